import { statSync } from "node:fs"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { isAlive } from "../platform.ts"
import { endSession } from "../shell/endSession.ts"
import { findProgram } from "../shell/findProgram.ts"
import { openPty, type PtyExit } from "../shell/Pty.ts"

/** Why a process did not start. */
export class ProcessError extends Schema.TaggedError<ProcessError>()("ProcessError", {
  /** `NotFound`: no such program on PATH. `NoDirectory`: nothing to start in. `NoTerminal`: the system has none left. */
  reason: Schema.Literal("NotFound", "NoDirectory", "NoTerminal"),
  command: Schema.String,
  directory: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return MESSAGES[this.reason](this)
  }
}

const MESSAGES: Record<ProcessError["reason"], (error: ProcessError) => string> = {
  NotFound: ({ command }) => `There is no program called ${JSON.stringify(command)}`,
  NoDirectory: ({ directory }) => `${JSON.stringify(directory)} is not a directory`,
  NoTerminal: ({ command }) => `No terminal could be opened for ${JSON.stringify(command)}`
}

/** What to run, and where. */
export interface ProcessOptions {
  /** Looked up in the PATH of `env` unless it has a slash. */
  readonly command: string
  readonly args?: ReadonlyArray<string>
  /** Absolute directory. */
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Size in cells; 80 × 24 when left out. */
  readonly cols?: number
  readonly rows?: number
}

/** What happens to a process, for listeners that cannot wait for a fiber. */
export interface ProcessEvents {
  /** Bytes it printed; only valid until the listener returns. */
  readonly data: Uint8Array
  readonly exit: PtyExit
}

/** A running process on a terminal of its own. */
export interface ProcessHandle {
  readonly pid: number
  /** Everything printed from the start, both streams in order; ends after the last byte. For one consumer. */
  readonly output: Stream.Stream<Uint8Array>
  readonly write: (data: Uint8Array | string) => Effect.Effect<void>
  /** In cells. */
  readonly resize: (cols: number, rows: number) => Effect.Effect<void>
  /** Sends a signal to its process group; nothing once it has exited. */
  readonly kill: (signal?: NodeJS.Signals) => Effect.Effect<void>
  /** Waits for its end, which comes after the last byte of its output. */
  readonly exit: Effect.Effect<PtyExit>
  /** Listens; returns a function that stops listening. */
  readonly on: <E extends keyof ProcessEvents>(event: E, listener: (value: ProcessEvents[E]) => void) => () => void
}

/** Programs on terminals of their own, each as long as its scope. */
export class ProcessService extends Context.Tag("effecttalk/ProcessService")<
  ProcessService,
  {
    /**
     * Starts a program. When the scope closes it and its children are ended: SIGHUP, SIGTERM, SIGKILL. Fails with
     * `ProcessError` when it cannot start.
     */
    readonly spawn: (options: ProcessOptions) => Effect.Effect<ProcessHandle, ProcessError, Scope.Scope>
  }
>() {
  static readonly layer = Layer.sync(this, () => ProcessService.of({ spawn }))
}

const DEFAULT_COLS = 80
const DEFAULT_ROWS = 24

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

const open = Effect.fn("ProcessService.open")(function* (options: ProcessOptions) {
  const { command, args = [], cwd, env, cols = DEFAULT_COLS, rows = DEFAULT_ROWS } = options
  const fail = (reason: ProcessError["reason"], cause?: unknown) =>
    new ProcessError({ reason, command, directory: cwd, cause })
  if (!isDirectory(cwd)) return yield* fail("NoDirectory")
  if (findProgram(command, env.PATH) === null) return yield* fail("NotFound")
  return yield* Effect.try({
    try: () => openPty({ file: command, args, cwd, env, cols, rows }),
    catch: (cause) => fail("NoTerminal", cause)
  })
})

const signalGroup = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

/** No job table: nothing in this session is a shell's business. */
const NO_JOBS = { leaders: new Set<number>(), disowned: new Set<number>(), disowning: false }

const spawn = Effect.fn("ProcessService.spawn")(function* (options: ProcessOptions) {
  const exit = yield* Deferred.make<PtyExit>()
  const output = yield* Mailbox.make<Uint8Array>()
  const pty = yield* Effect.acquireRelease(open(options), (pty) =>
    Effect.promise(async () => {
      if (isAlive(pty.pid, null)) signalGroup(pty.pid, "SIGHUP")
      await endSession(pty.pid, NO_JOBS)
      pty.close()
    })
  )
  const listeners: { readonly [E in keyof ProcessEvents]: Set<(value: ProcessEvents[E]) => void> } = {
    data: new Set(),
    exit: new Set()
  }
  let exited = false
  pty.onData((bytes) => {
    for (const listener of listeners.data) listener(bytes)
    output.unsafeOffer(bytes)
  })
  pty.onExit((end) => {
    exited = true
    output.unsafeDone(Exit.void)
    Deferred.unsafeDone(exit, Effect.succeed(end))
    for (const listener of listeners.exit) listener(end)
  })
  return {
    pid: pty.pid,
    output: Mailbox.toStream(output),
    write: (data) => Effect.sync(() => pty.write(data)),
    resize: (cols, rows) => Effect.sync(() => pty.resize(cols, rows)),
    kill: (signal = "SIGTERM") =>
      Effect.sync(() => {
        if (!exited) signalGroup(pty.pid, signal)
      }),
    exit: Deferred.await(exit),
    on: (event, listener) => {
      listeners[event].add(listener)
      return () => listeners[event].delete(listener)
    }
  } satisfies ProcessHandle as ProcessHandle
})
