import { join } from "node:path"
import { memoryUsage } from "node:process"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { isFinished } from "../domain/Block.ts"
import type { BlockId } from "../domain/ids.ts"
import type { Session } from "../domain/Session.ts"
import { isWorthKeeping, type SessionEvent } from "../domain/SessionEvent.ts"
import { pidNamespace } from "../platform.ts"
import { type ProcessTable, systemProcesses } from "./persistence/ProcessLock.ts"
import { Counters, type ErrorComponent } from "./telemetry/Counters.ts"
import { METRICS_DIRECTORY, processFileNames } from "./telemetry/ProcessCounts.ts"
import type { LiveCounts } from "./telemetry/SharedCounts.ts"
import { type Measurement, StateFile } from "./telemetry/StateFile.ts"

/** Files of ended processes that may lie about before one that ends adds them up, should nobody serve the metrics. */
export const FOLD_AT_FILES = 32

/** How long the last write waits to be told how the last processes ended, in milliseconds: the kernel knows already. */
const EXIT_WAIT_MS = 100

/** Told every event of one open session, in order. Plain: it stands on the way of every line of output. */
export interface SessionObserver {
  readonly observe: (event: SessionEvent) => void
}

/** A number that somebody else knows, asked for whenever the counts are written or scraped. */
export type GaugeName = "processSlotsUsed" | "processSlotsMax" | "poolUsed" | "poolMax"

/**
 * Counts what EffectTalk does. Every number is something that happened here: docs/operations.md says when each rises.
 *
 * What is called on the way of every event or process is a plain function that cannot fail.
 */
export class Telemetry extends Context.Tag("effecttalk/Telemetry")<
  Telemetry,
  {
    /**
     * Begins to count one open session, until the scope ends.
     *
     * @param resumed the session as it was stored, before `SessionResumed`; null for a new one
     */
    readonly openSession: (resumed: Session | null) => Effect.Effect<SessionObserver, never, Scope.Scope>
    /** A process that EffectTalk itself starts was started: a shell, or the program of `exec`. */
    readonly processSpawned: () => void
    /** Such a process has ended after `durationMs` milliseconds; one of exit code and signal is null. */
    readonly processExited: (durationMs: number, exitCode: number | null, signal: string | null) => void
    /** An error was met. `kind` is its `reason` or errno name. */
    readonly error: (component: ErrorComponent, kind: string) => void
    /** Has `read` asked for a gauge until the scope ends; several of one name add up. */
    readonly registerGauge: (name: GaugeName, read: () => number) => Effect.Effect<void, never, Scope.Scope>
    /** This process's counts as they are now, for a server inside it; null when no process's are kept. */
    readonly live: (() => LiveCounts) | null
  }
>() {
  /** Keeps the counts in DATA_DIR: every METRICS_INTERVAL and, with the scope, at the end. */
  static readonly layer = (options: TelemetryOptions) => Layer.scoped(this, make(options))
}

/** How counts are kept. */
export interface TelemetryOptions {
  readonly dataDir: string
  /** False counts in memory alone: nothing is written. */
  readonly metricsEnabled: boolean
  /** Milliseconds between two writes. */
  readonly metricsInterval: number
  /** The machine's processes unless a test says otherwise. */
  readonly processes?: ProcessTable
}

/** What a session's observer and the gauges share. */
class Tally {
  readonly counters = new Counters()
  readonly sessions = new Set<ObservedSession>()
  readonly gauges = new Map<GaugeName, Set<() => number>>()
  /** True once something is counted that is worth a file: starting and leaving leaves nothing behind. */
  isWorthKeeping = false
  /** Processes that were spawned and have not exited. */
  processes = 0
  /** Called when there are none any more. */
  onAllExited: () => void = () => {}

  measure(): Measurement {
    const sum = (name: GaugeName) => {
      let total = 0
      for (const read of this.gauges.get(name) ?? []) total += read()
      return total
    }
    let runningBlocks = 0
    let queuedBlocks = 0
    for (const session of this.sessions) {
      runningBlocks += session.running.size
      queuedBlocks += session.queued.size
    }
    const { heapUsed, rss } = memoryUsage()
    return {
      counts: this.counters.counts,
      gauges: {
        activeSessions: this.sessions.size,
        runningBlocks,
        queuedBlocks,
        processSlotsUsed: sum("processSlotsUsed"),
        processSlotsMax: sum("processSlotsMax"),
        poolUsed: sum("poolUsed"),
        poolMax: sum("poolMax"),
        heapBytes: heapUsed,
        residentBytes: rss
      }
    }
  }
}

class ObservedSession implements SessionObserver {
  /** When the command of each running block started, in milliseconds since the epoch. */
  readonly running = new Map<BlockId, number>()
  readonly queued = new Set<BlockId>()
  /** True once the session has files, which is when it counts as created. */
  isKept: boolean
  readonly #tally: Tally

  constructor(tally: Tally, resumed: Session | null) {
    this.#tally = tally
    this.isKept = resumed !== null
    tally.isWorthKeeping ||= resumed !== null
    // Whoever ran them was killed; that they are interrupted becomes true now.
    for (const block of resumed?.blocks ?? []) {
      if (!isFinished(block.status) && block.metadata.origin === undefined) tally.counters.count("blocks_interrupted")
    }
  }

  readonly observe = (event: SessionEvent): void => {
    if (isWorthKeeping(event)) this.#keep()
    switch (event._tag) {
      case "BlockQueued":
        this.queued.add(event.block)
        return this.#tally.counters.count("blocks")
      case "BlockStarted":
        // What start files and background jobs print has a block on the screen, and no command to succeed or fail.
        if (event.origin !== undefined) return
        this.running.set(event.block, event.at)
        if (!this.queued.delete(event.block)) this.#tally.counters.count("blocks")
        return
      case "BlockFinished": {
        const started = this.running.get(event.block)
        if (started !== undefined) this.#tally.counters.observe("block_duration", event.at - started)
        else if (!this.queued.has(event.block)) return
        this.running.delete(event.block)
        this.queued.delete(event.block)
        if (event.status === "success") this.#tally.counters.count("blocks_success")
        else if (event.status === "failure") this.#tally.counters.count("blocks_failed")
        else this.#tally.counters.count("blocks_interrupted")
        return
      }
    }
  }

  #keep(): void {
    if (this.isKept) return
    this.isKept = true
    this.#tally.isWorthKeeping = true
    this.#tally.counters.count("sessions")
  }
}

const make = Effect.fn("Telemetry.make")(function* (options: TelemetryOptions) {
  const { dataDir, metricsEnabled, metricsInterval, processes = systemProcesses() } = options
  const clock = yield* Effect.clock
  const now = () => clock.unsafeCurrentTimeMillis()
  const namespace = pidNamespace()
  const tally = new Tally()
  const file = new StateFile({ dataDir, processes, namespace, interval: metricsInterval, now })

  // The user has a session to run: a disk that takes no counts is felt in the sessions themselves, and said there.
  const write = (ended: boolean) =>
    Effect.suspend(() =>
      tally.isWorthKeeping
        ? Effect.ignore(Effect.tryPromise(() => file.write(() => tally.measure(), ended)))
        : Effect.void
    )

  const allExited = Effect.async<void>((resume) => {
    tally.onAllExited = () => resume(Effect.void)
    if (tally.processes <= 0) resume(Effect.void)
  }).pipe(Effect.interruptible, Effect.timeoutOption(EXIT_WAIT_MS))

  const foldWhenMany = Effect.ignore(
    Effect.tryPromise(async () => {
      if (processFileNames(join(dataDir, METRICS_DIRECTORY)).length < FOLD_AT_FILES) return
      const { foldEnded } = await import("./telemetry/SharedCounts.ts")
      await foldEnded({ dataDir, processes, namespace, now })
    })
  )

  if (metricsEnabled) {
    // Before the fiber that writes, so that the last write comes after its end.
    yield* Effect.addFinalizer(() =>
      tally.isWorthKeeping ? allExited.pipe(Effect.zipRight(write(true)), Effect.zipRight(foldWhenMany)) : Effect.void
    )
    yield* Effect.sleep(metricsInterval).pipe(Effect.zipRight(write(false)), Effect.forever, Effect.forkScoped)
  }

  return Telemetry.of({
    openSession: Effect.fn("Telemetry.openSession")(function* (resumed) {
      const openedAt = now()
      return yield* Effect.acquireRelease(
        Effect.sync(() => {
          const session = new ObservedSession(tally, resumed)
          tally.sessions.add(session)
          return session
        }),
        (session) =>
          Effect.sync(() => {
            tally.sessions.delete(session)
            if (session.isKept) tally.counters.observe("session_duration", now() - openedAt)
          })
      )
    }),
    processSpawned: () => {
      tally.processes++
      tally.counters.count("processes")
    },
    processExited: (durationMs, exitCode, signal) => {
      if (--tally.processes === 0) tally.onAllExited()
      tally.counters.observe("process_duration", durationMs)
      tally.counters.exited(exitCode, signal)
    },
    error: (component, kind) => {
      tally.isWorthKeeping = true
      tally.counters.error(component, kind)
    },
    registerGauge: Effect.fn("Telemetry.registerGauge")((name, read) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const readers = tally.gauges.get(name) ?? new Set()
          tally.gauges.set(name, readers.add(read))
        }),
        () => Effect.sync(() => tally.gauges.get(name)?.delete(read))
      )
    ),
    live: metricsEnabled ? () => file.describe(tally.measure(), false) : null
  })
})
