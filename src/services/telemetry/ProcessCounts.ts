import { closeSync, constants, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { openChecked, readAt } from "../persistence/checkedFile.ts"
import { errorCode, PersistenceError, quoted } from "../persistence/PersistenceError.ts"
import { ProcessIdentity } from "../persistence/ProcessLock.ts"
import type { Counts } from "./Counters.ts"

/** The directory of counts below DATA_DIR. */
export const METRICS_DIRECTORY = "metrics"
/** Counts of all processes that have ended. */
export const TOTALS_FILE = "totals.json"
/** Format of the files here; a reader leaves what is newer alone. */
export const COUNTS_VERSION = 1

/** Largest file of counts that is read, in bytes: some 200 keys are known, each under 100 bytes. */
const MAX_COUNTS_BYTES = 256 * 1024

/** Whole numbers that arithmetic keeps exact. */
const Count = Schema.NonNegativeInt.pipe(Schema.lessThanOrEqualTo(Number.MAX_SAFE_INTEGER))
const StoredCounts = Schema.Record({ key: Schema.String, value: Count })

/** What a process measures of itself: numbers that rise and fall. */
export const Gauges = Schema.Struct({
  /** Sessions that are open. */
  activeSessions: Count,
  /** Blocks of commands that run, and that wait for their turn. */
  runningBlocks: Count,
  queuedBlocks: Count,
  /** Processes that count against MAX_CONCURRENT_PROCESSES, and that limit; 0 where nothing is limited. */
  processSlotsUsed: Count,
  processSlotsMax: Count,
  /** Resources lent by the pool, and its ceiling; 0 where there is no pool. */
  poolUsed: Count,
  poolMax: Count,
  /** Bytes of JavaScript objects, and of memory that the kernel gives the process. */
  heapBytes: Count,
  residentBytes: Count
})
export type Gauges = typeof Gauges.Type

/** The file in which a process keeps its counts, `<pid>-<start time>-<random>.json`. */
export const ProcessCounts = Schema.Struct({
  version: Schema.Literal(COUNTS_VERSION),
  process: ProcessIdentity,
  /** Number of the namespace in which `process.pid` means something, null where there is none. */
  namespace: Schema.NullOr(Schema.Int),
  /** METRICS_INTERVAL of the process, in milliseconds: how often the file is written. */
  interval: Schema.Positive,
  /** Milliseconds since the epoch. */
  writtenAt: Schema.Number,
  /** True when the process has ended in order: nothing comes after this. */
  ended: Schema.Boolean,
  counts: StoredCounts,
  gauges: Gauges
})
export type ProcessCounts = typeof ProcessCounts.Type

/** The file of all processes that have ended. */
export const Totals = Schema.Struct({
  version: Schema.Literal(COUNTS_VERSION),
  /** One more with every change: a reader sees by it that nothing was moved here meanwhile. */
  generation: Count,
  counts: StoredCounts,
  /** Names of files whose counts are in here, as long as the files may exist still. */
  contains: Schema.Array(Schema.String)
})
export type Totals = typeof Totals.Type

/** Where nothing was ever counted. */
export const NO_TOTALS: Totals = { version: COUNTS_VERSION, generation: 0, counts: {}, contains: [] }

const PROCESS_FILE = /^\d+-\d+-[A-Za-z0-9_-]{12}\.json$/

/** The name of a process's file. `random` has 12 characters, because pids and start times may come again. */
export const processFileName = (process: ProcessIdentity, random: string): string =>
  `${process.pid}-${process.startTime ?? 0}-${random}.json`

/** The names of all processes' files; none while nothing was counted. Throws what the system says otherwise. */
export const processFileNames = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory).filter((name) => PROCESS_FILE.test(name))
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return []
    throw cause
  }
}

/** A file's content with the time of its last change, in milliseconds since the epoch. */
export interface Read<A> {
  readonly content: A
  readonly modified: number
}

const reader =
  <A, I>(schema: Schema.Schema<A, I>) =>
  (directory: string, name: string): Read<A> | null => {
    try {
      const { fd, size, modified } = openChecked(join(directory, name), constants.O_RDONLY, MAX_COUNTS_BYTES)
      try {
        return { content: decode(schema, readAt(fd, 0, size).toString("utf8"), name), modified }
      } finally {
        closeSync(fd)
      }
    } catch (cause) {
      if (isMissing(cause)) return null
      throw cause
    }
  }

const decode = <A, I>(schema: Schema.Schema<A, I>, text: string, name: string): A => {
  const content: unknown = JSON.parse(text)
  const version = typeof content === "object" && content !== null && "version" in content ? content.version : null
  if (typeof version === "number" && version > COUNTS_VERSION) {
    throw new PersistenceError({ reason: "Newer", subject: name, detail: `a newer EffectTalk wrote ${quoted(name)}` })
  }
  return Schema.decodeUnknownSync(schema)(content)
}

const isMissing = (cause: unknown): boolean =>
  errorCode(cause) === "ENOENT" || (cause instanceof Error && errorCode(cause.cause) === "ENOENT")

/**
 * Reads a process's file; null when it is gone. Throws `PersistenceError` (`Refused`, `Newer`, `Io`), and for what is
 * damaged `SyntaxError` or `ParseError`.
 */
export const readProcessCounts = reader(ProcessCounts)

/** Reads the file of ended processes; null before there is one. Throws as `readProcessCounts` does. */
export const readTotals = reader(Totals)

/** Counts as they are stored, as a map. */
export const countsOf = (stored: Readonly<Record<string, number>>): Counts => new Map(Object.entries(stored))
