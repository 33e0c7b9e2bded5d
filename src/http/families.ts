import {
  type CountKey,
  type Counts,
  type DurationKey,
  errorCounts,
  exitCodeCounts
} from "../services/telemetry/Counters.ts"
import type { Gauges } from "../services/telemetry/ProcessCounts.ts"
import type { Aggregate } from "../services/telemetry/SharedCounts.ts"

/** What every metric of ours has. */
interface Described {
  readonly name: string
  /** Its name in the seeds where it is in them; it differs where promtool does not take that name for a counter. */
  readonly seed: string | null
  readonly help: string
}

/** One value of a metric with labels. */
export interface Labelled {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A metric, and where its value comes from. */
export type Family = Described &
  (
    | { readonly type: "counter"; readonly key: CountKey }
    | {
        readonly type: "labelled"
        readonly labelNames: ReadonlyArray<string>
        readonly read: (counts: Counts) => ReadonlyArray<Labelled>
      }
    | { readonly type: "gauge"; readonly read: (aggregate: Aggregate) => number }
    | { readonly type: "histogram"; readonly key: DurationKey }
  )

const sum =
  (gauge: keyof Gauges) =>
  ({ running }: Aggregate): number =>
    running.reduce((total, { gauges }) => total + gauges[gauge], 0)

/** The fullest pool: an average would hide that one is exhausted. */
const utilization = ({ running }: Aggregate): number =>
  Math.max(0, ...running.map(({ gauges: { poolUsed, poolMax } }) => (poolMax === 0 ? 0 : poolUsed / poolMax)))

/** Every metric of EffectTalk, in the order of `/metrics`. docs/operations.md says when each of them rises. */
export const FAMILIES: ReadonlyArray<Family> = [
  {
    name: "effect_talk_sessions_total",
    seed: "effect_talk_sessions_total",
    type: "counter",
    key: "sessions",
    help: "Sessions created: those that were given something to keep."
  },
  {
    name: "effect_talk_active_sessions",
    seed: "effect_talk_active_sessions",
    type: "gauge",
    read: sum("activeSessions"),
    help: "Sessions that are open now."
  },
  {
    name: "effect_talk_session_duration_seconds",
    seed: "effect_talk_session_duration_seconds",
    type: "histogram",
    key: "session_duration",
    help: "How long sessions were open, from opening or resuming to closing."
  },
  {
    name: "effect_talk_blocks_total",
    seed: "effect_talk_blocks_total",
    type: "counter",
    key: "blocks",
    help: "Blocks created for commands, waiting ones included."
  },
  {
    name: "effect_talk_blocks_success_total",
    seed: "effect_talk_blocks_success",
    type: "counter",
    key: "blocks_success",
    help: "Blocks whose command ended with exit code 0."
  },
  {
    name: "effect_talk_blocks_failed_total",
    seed: "effect_talk_blocks_failed",
    type: "counter",
    key: "blocks_failed",
    help: "Blocks whose command ended with another exit code or by a signal."
  },
  {
    name: "effect_talk_blocks_interrupted_total",
    seed: null,
    type: "counter",
    key: "blocks_interrupted",
    help: "Blocks that were interrupted, stopped, cancelled while waiting, or found unfinished when resumed."
  },
  {
    name: "effect_talk_blocks_running",
    seed: null,
    type: "gauge",
    read: sum("runningBlocks"),
    help: "Blocks whose command runs now."
  },
  {
    name: "effect_talk_blocks_queued",
    seed: null,
    type: "gauge",
    read: sum("queuedBlocks"),
    help: "Blocks that wait for another command to end."
  },
  {
    name: "effect_talk_block_duration_seconds",
    seed: null,
    type: "histogram",
    key: "block_duration",
    help: "How long commands ran, from the start of a block to its end."
  },
  {
    name: "effect_talk_processes_spawned_total",
    seed: "effect_talk_processes_spawned",
    type: "counter",
    key: "processes",
    help: "Processes that EffectTalk itself started: shells, and programs of exec."
  },
  {
    name: "effect_talk_process_duration_seconds",
    seed: "effect_talk_process_duration_seconds",
    type: "histogram",
    key: "process_duration",
    help: "How long these processes ran."
  },
  {
    name: "effect_talk_process_exit_codes_total",
    seed: "effect_talk_process_exit_codes",
    type: "labelled",
    labelNames: ["code_class"],
    read: (counts) => exitCodeCounts(counts).map(({ count, ...labels }) => ({ labels, value: count })),
    help: "How these processes ended, by class of exit code."
  },
  {
    name: "effect_talk_process_slots_used",
    seed: null,
    type: "gauge",
    read: sum("processSlotsUsed"),
    help: "Processes that count against MAX_CONCURRENT_PROCESSES."
  },
  {
    name: "effect_talk_process_slots_max",
    seed: null,
    type: "gauge",
    read: sum("processSlotsMax"),
    help: "MAX_CONCURRENT_PROCESSES, added up over the EffectTalks that run."
  },
  {
    name: "effect_talk_memory_bytes",
    seed: "effect_talk_memory_bytes",
    type: "gauge",
    read: sum("heapBytes"),
    help: "JavaScript heap in use, added up over the EffectTalks that run."
  },
  {
    name: "effect_talk_resident_memory_bytes",
    seed: null,
    type: "gauge",
    read: sum("residentBytes"),
    help: "Resident memory, added up over the EffectTalks that run."
  },
  {
    name: "effect_talk_resource_pool_utilization",
    seed: "effect_talk_resource_pool_utilization",
    type: "gauge",
    read: utilization,
    help: "Lent part of the fullest resource pool, 0 to 1."
  },
  {
    name: "effect_talk_errors_total",
    seed: "effect_talk_errors_total",
    type: "labelled",
    labelNames: ["component", "kind"],
    read: (counts) => errorCounts(counts).map(({ count, ...labels }) => ({ labels, value: count })),
    help: "Errors by the part of EffectTalk that met them."
  },
  {
    name: "effect_talk_instances",
    seed: null,
    type: "gauge",
    read: ({ running }) => running.length,
    help: "EffectTalks that run and have counted something."
  },
  {
    name: "effect_talk_state_age_seconds",
    seed: null,
    type: "gauge",
    read: ({ age }) => age / 1000,
    help: "Age of the oldest counts among the EffectTalks that run."
  },
  {
    name: "effect_talk_state_unreadable_files",
    seed: null,
    type: "gauge",
    read: ({ unreadable }) => unreadable,
    help: "Files of counts that could not be read and are missing in the sums."
  },
  {
    name: "effect_talk_last_backup_success_timestamp_seconds",
    seed: null,
    type: "gauge",
    read: ({ lastBackup }) => lastBackup / 1000,
    help: "When the backups last held every session as it was, in seconds since the epoch."
  }
]
