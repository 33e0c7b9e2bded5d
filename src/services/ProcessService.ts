import { stat } from "node:fs/promises"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { KILL_GRACE_MS } from "../domain/limits.ts"
import { isAlive } from "../platform.ts"
import { endSession, NO_JOBS } from "../shell/endSession.ts"
import { findProgramFrom } from "../shell/findProgram.ts"
import { openPty, type Pty, type PtyExit } from "../shell/Pty.ts"
import { ErrorRecoveryService, mayPass } from "./ErrorRecoveryService.ts"
import { ProcessOutput } from "./ProcessOutput.ts"
import { ProcessSlots } from "./ProcessSlots.ts"

/** Why a process did not start. */
export class ProcessError extends Schema.TaggedError<ProcessError>()("ProcessError", {
  /**
   * `NotFound`: no such program on PATH. `NoDirectory`: nothing to start in. `NoTerminal`: the system has no terminal or
   * no process left. `SpawnTimedOut`: it took longer than PROCESS_SPAWN_TIMEOUT. `TooMany`: MAX_CONCURRENT_PROCESSES
   * run already.
   */
  reason: Schema.Literal("NotFound", "NoDirectory", "NoTerminal", "SpawnTimedOut", "TooMany"),
  command: Schema.String,
  directory: Schema.String,
  /** The limit that was met, of `SpawnTimedOut` in milliseconds. */
  limit: Schema.optional(Schema.Number),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return MESSAGES[this.reason](this)
  }
}

const MESSAGES: Record<ProcessError["reason"], (error: ProcessError) => string> = {
  NotFound: ({ command }) => `There is no program called ${JSON.stringify(command)}`,
  NoDirectory: ({ directory }) => `${JSON.stringify(directory)} is not a directory`,
  NoTerminal: ({ command }) => `No terminal could be opened for ${JSON.stringify(command)}`,
  SpawnTimedOut: ({ command, limit }) =>
    `${JSON.stringify(command)} did not start within ${limit} ms (PROCESS_SPAWN_TIMEOUT)`,
  TooMany: ({ command, limit }) =>
    `${JSON.stringify(command)} was not started: ${limit} processes run already (MAX_CONCURRENT_PROCESSES)`
}

/** The part of the configuration that limits processes. */
export interface ProcessLimits {
  /** From the call until the process exists, further attempts included, in milliseconds (PROCESS_SPAWN_TIMEOUT). */
  readonly processSpawnTimeout: number
  /** How long a process may run that names no limit of its own, in milliseconds (MAX_PROCESS_TIMEOUT). */
  readonly maxProcessTimeout: number
}

/** What to run, and where. */
export interface ProcessOptions {
  /** Looked up in the PATH of `env` unless it has a slash, which is looked up from `cwd`. */
  readonly command: string
  readonly args?: ReadonlyArray<string>
  /** Absolute directory. */
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Size in cells; 80 × 24 when left out. */
  readonly cols?: number
  readonly rows?: number
  /**
   * How long it may run, in milliseconds; null for as long as it likes, `maxProcessTimeout` when left out. Then its
   * process group gets SIGTERM, and `KILL_GRACE_MS` later SIGKILL.
   */
  readonly timeout?: number | null
}

/** How a process ended: one of `exitCode` and `signal` is null. */
export interface ProcessExit extends PtyExit {
  /** True when it was ended because its time was up, whatever it did about that. */
  readonly timedOut: boolean
}

/** Listeners that cannot wait for a fiber, by what they are told. */
export interface ProcessListeners {
  /** Bytes it printed; only valid until the listener returns. */
  readonly data: (bytes: Uint8Array) => void
  /** The same as text; characters are whole. */
  readonly stdout: (text: string) => void
  /** Once, after the last output; at the next turn when it has ended already. */
  readonly exit: (exitCode: number | null, signal: string | null) => void
}

/** A running process on a terminal of its own. */
export interface ProcessHandle {
  readonly pid: number
  /**
   * What it prints, both streams in order; ends after the last byte. For one consumer; a process whose output nobody
   * takes has to wait, as on every terminal.
   *
   * Output is kept until somebody wants it. Whoever comes first, this stream or a listener, gets it from the start; who
   * comes later gets what is printed from then on.
   */
  readonly output: Stream.Stream<Uint8Array>
  readonly write: (data: Uint8Array | string) => Effect.Effect<void>
  /** In cells. */
  readonly resize: (cols: number, rows: number) => Effect.Effect<void>
  /** Sends a signal to its process group; nothing once it has exited. */
  readonly kill: (signal?: NodeJS.Signals) => Effect.Effect<void>
  /** Waits for its end, which comes after the last byte of its output. */
  readonly exit: Effect.Effect<ProcessExit>
  /** Listens; returns a function that stops listening. */
  readonly on: <E extends keyof ProcessListeners>(event: E, listener: ProcessListeners[E]) => () => void
}

/** Told of every process that is started here. Plain and quick: `Telemetry` is one. */
export interface ProcessObserver {
  readonly processSpawned: () => void
  readonly processExited: (durationMs: number, exitCode: number | null, signal: string | null) => void
}

/** Programs on terminals of their own, each as long as its scope. */
export class ProcessService extends Context.Tag("effecttalk/ProcessService")<
  ProcessService,
  {
    /**
     * Starts a program, which has one of the `ProcessSlots` until it ends; again when the system has no process or
     * terminal to spare just now. When the scope closes it and its children are ended: SIGHUP, SIGTERM, SIGKILL. Fails
     * with `ProcessError` when it cannot start.
     */
    readonly spawn: (options: ProcessOptions) => Effect.Effect<ProcessHandle, ProcessError, Scope.Scope>
    /** Has an observer told of processes until the scope ends. */
    readonly observe: (observer: ProcessObserver) => Effect.Effect<void, never, Scope.Scope>
  }
>() {
  static readonly layer = (limits: ProcessLimits) => Layer.effect(this, make(limits))
}

const DEFAULT_COLS = 80
const DEFAULT_ROWS = 24

/** node-pty does not say why a fork failed: EAGAIN or ENOMEM, no descriptor, or no pseudo-terminal left (forkpty(3)). */
const FORK_FAILED = "forkpty(3) failed."

const mayStartLater = (error: ProcessError): boolean =>
  mayPass(error) || (error.cause instanceof Error && error.cause.message === FORK_FAILED)

const failing =
  ({ command, cwd }: ProcessOptions) =>
  (reason: ProcessError["reason"], details: { readonly cause?: unknown; readonly limit?: number } = {}) =>
    new ProcessError({ reason, command, directory: cwd, ...details })

/** Whether there is what should be run, and where. Off the event loop: either may be on a server that does not answer. */
const check = Effect.fn("ProcessService.check")(function* (options: ProcessOptions) {
  const { command, cwd, env } = options
  const fail = failing(options)
  const directory = yield* Effect.tryPromise({
    try: () => stat(cwd),
    catch: (cause) => fail("NoDirectory", { cause })
  })
  if (!directory.isDirectory()) return yield* fail("NoDirectory")
  if ((yield* Effect.promise(() => findProgramFrom(cwd, command, env.PATH))) === null) return yield* fail("NotFound")
})

/** The process, ended and gone with the scope. */
const open = (options: ProcessOptions) => {
  const { command, args = [], cwd, env, cols = DEFAULT_COLS, rows = DEFAULT_ROWS } = options
  return Effect.acquireRelease(
    Effect.try({
      try: () => openPty({ file: command, args, cwd, env, cols, rows }),
      catch: (cause) => failing(options)("NoTerminal", { cause })
    }),
    (pty) =>
      Effect.promise(async () => {
        if (isAlive(pty.pid, pty.startTime)) signalGroup(pty.pid, "SIGHUP")
        await endSession(pty, NO_JOBS)
        pty.close()
      })
  )
}

const signalGroup = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

const make = Effect.fn("ProcessService.make")(function* (limits: ProcessLimits) {
  const { processSpawnTimeout, maxProcessTimeout } = limits
  const { retry, withTimeout } = yield* ErrorRecoveryService
  const slots = yield* ProcessSlots
  const observers = new Set<ProcessObserver>()

  /** Takes a slot until the scope ends; gives how to leave it before. */
  const takeSlot = (options: ProcessOptions) =>
    Effect.acquireRelease(
      Effect.suspend(() => {
        if (!slots.take()) return failing(options)("TooMany", { limit: slots.max })
        let isTaken = true
        return Effect.succeed(() => {
          if (isTaken) slots.release()
          isTaken = false
        })
      }),
      (leave) => Effect.sync(leave)
    )

  const start = (options: ProcessOptions) =>
    Effect.zipRight(check(options), open(options)).pipe(
      (attempt) => retry(attempt, { while: mayStartLater }),
      (attempts) => withTimeout(attempts, processSpawnTimeout, options.command),
      Effect.catchTag("RecoveryError", () => failing(options)("SpawnTimedOut", { limit: processSpawnTimeout }))
    )

  const spawnIn = Effect.fn("ProcessService.spawn")(function* (options: ProcessOptions, scope: Scope.Scope) {
    const clock = yield* Effect.clock
    const leaveSlot = yield* takeSlot(options)
    const pty = yield* start(options)
    const startedAt = clock.unsafeCurrentTimeMillis()
    for (const observer of observers) observer.processSpawned()
    const life = yield* observeLife(pty)
    pty.onExit((end) => {
      leaveSlot()
      const duration = clock.unsafeCurrentTimeMillis() - startedAt
      for (const observer of observers) observer.processExited(duration, end.exitCode, end.signal)
      life.ended(end)
    })
    const { timeout = maxProcessTimeout } = options
    if (timeout !== null) yield* Effect.forkIn(life.endAfter(timeout), scope)
    return life.handle
  })

  return ProcessService.of({
    spawn: Effect.fnUntraced(function* (options) {
      const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
      return yield* spawnIn(options, scope).pipe(
        Scope.extend(scope),
        // What came into being just as the time was up must not wait for the caller's scope.
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
    }),
    observe: (observer) =>
      Effect.acquireRelease(
        Effect.sync(() => void observers.add(observer)),
        () => Effect.sync(() => observers.delete(observer))
      )
  })
})

/** From a terminal to a handle: what it prints, how it ends, and when it has to. */
const observeLife = Effect.fn("ProcessService.observeLife")(function* (pty: Pty) {
  const exit = yield* Deferred.make<ProcessExit>()
  const output = yield* ProcessOutput.make(pty)
  const exitListeners = new Set<ProcessListeners["exit"]>()
  let end: ProcessExit | null = null
  let timedOut = false
  pty.onData((bytes) => output.push(bytes))

  const onExit = (listener: ProcessListeners["exit"]) => {
    exitListeners.add(listener)
    if (end !== null) {
      const { exitCode, signal } = end
      queueMicrotask(() => exitListeners.delete(listener) && listener(exitCode, signal))
    }
    return () => exitListeners.delete(listener)
  }
  const signal = (name: NodeJS.Signals) =>
    Effect.sync(() => {
      if (end === null) signalGroup(pty.pid, name)
    })
  const handle: ProcessHandle = {
    pid: pty.pid,
    output: output.stream,
    write: (data) => Effect.sync(() => pty.write(data)),
    resize: (cols, rows) => Effect.sync(() => pty.resize(cols, rows)),
    kill: (name = "SIGTERM") => signal(name),
    exit: Deferred.await(exit),
    on: (event, listener) => {
      switch (event) {
        case "data":
          return output.onBytes(listener as ProcessListeners["data"])
        case "stdout":
          return output.onText(listener as ProcessListeners["stdout"])
        default:
          return onExit(listener as ProcessListeners["exit"])
      }
    }
  }
  return {
    handle,
    ended: (how: PtyExit) => {
      end = { ...how, timedOut }
      output.end()
      Deferred.unsafeDone(exit, Effect.succeed(end))
      for (const listener of exitListeners) listener(how.exitCode, how.signal)
      exitListeners.clear()
    },
    endAfter: (milliseconds: number) =>
      Effect.sleep(milliseconds).pipe(
        Effect.zipRight(
          Effect.sync(() => {
            timedOut = end === null
          })
        ),
        Effect.zipRight(signal("SIGTERM")),
        Effect.zipRight(Effect.sleep(KILL_GRACE_MS)),
        Effect.zipRight(signal("SIGKILL")),
        Effect.raceFirst(Deferred.await(exit))
      )
  }
})
