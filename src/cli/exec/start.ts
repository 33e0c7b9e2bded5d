/** Starts the command of `exec`, on a terminal of its own or on the caller's streams. */
import { type ChildProcess, spawn } from "node:child_process"
import { constants } from "node:os"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { OutputStream } from "../../domain/Block.ts"
import { ProcessService } from "../../services/ProcessService.ts"
import { PAGER_VARIABLES } from "../../shell/integration/ShellIntegration.ts"
import type { PtyExit } from "../../shell/Pty.ts"
import { makePrivateDirectory, removePrivateDirectory } from "../../shell/privateDirectory.ts"
import type { TerminalSize } from "../../terminal/TerminalSize.ts"
import { CliError } from "../CliError.ts"
import { type Outlet, pipeOutlet, terminalOutlet } from "./outlets.ts"
import { signalTree } from "./processTree.ts"

/** What to start, and on what. */
export interface StartOptions {
  /** Absolute path of the shell. */
  readonly shell: string
  readonly shellArguments: ReadonlyArray<string>
  /** Absolute directory. */
  readonly directory: string
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>
  /** Keys come from a terminal and output goes to one: the command gets a terminal of its own. */
  readonly interactive: boolean
  /** Which of our streams are terminals. */
  readonly terminals: Readonly<Record<OutputStream, boolean>>
  readonly splitStderr: boolean
  /** Of our terminal. */
  readonly size: TerminalSize
  /** How long starting may take, in milliseconds. */
  readonly spawnTimeout: number
}

/** One of the command's streams. */
export interface StartedOutput {
  readonly stream: OutputStream
  readonly isTerminal: boolean
  readonly bytes: Stream.Stream<Uint8Array>
}

/** A command that runs. */
export interface StartedCommand {
  readonly pid: number
  /** `stdout`, which holds both streams unless they are kept apart. */
  readonly outputs: ReadonlyArray<StartedOutput>
  /** Waits for the command's own end; output may still follow. */
  readonly exit: Effect.Effect<PtyExit>
  readonly resize: (size: TerminalSize) => Effect.Effect<void>
  /** Sends bytes as if typed; nothing where the command reads our own standard input. */
  readonly type: (bytes: Uint8Array) => Effect.Effect<void>
}

/**
 * Runs the words after the first, with stderr to what the first names and without descriptors of ours. It is the shell's
 * own `exec`: the command keeps the pid.
 */
const throughShell = (options: StartOptions, redirections: ReadonlyArray<string>) => {
  const { shell, shellArguments } = options
  return redirections.length === 0
    ? shellArguments
    : ["-c", `exec ${redirections.join(" ")} && exec "$@"`, "effecttalk", shell, ...shellArguments]
}

const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`

const toCliError = (cause: unknown) =>
  new CliError({ exitCode: 1, line: cause instanceof Error ? cause.message : String(cause) })

/** Pagers read their keys from stderr's terminal, where none arrive. */
const withoutPagers = (environment: Readonly<Record<string, string>>) => ({
  ...environment,
  ...Object.fromEntries(PAGER_VARIABLES.map((name) => [name, "cat"]))
})

const privateDirectory = ({ environment }: StartOptions) =>
  Effect.acquireRelease(
    Effect.try({ try: () => makePrivateDirectory(environment.XDG_RUNTIME_DIR), catch: toCliError }),
    (directory) => Effect.sync(() => removePrivateDirectory(directory))
  )

/** A terminal where ours is one, so that programs behave as they would without us; else a pipe. */
const outletFor = (stream: OutputStream, options: StartOptions) =>
  options.terminals[stream]
    ? terminalOutlet(options.size)
    : Effect.flatMap(privateDirectory(options), (directory) =>
        pipeOutlet({ directory, name: stream, env: options.environment, timeout: options.spawnTimeout })
      )

const outputOf = (stream: OutputStream, { output: bytes, isTerminal }: Outlet): StartedOutput => ({
  stream,
  isTerminal,
  bytes
})

/** On a terminal of its own, which is the controlling one: keys, job control and size reach it as they would ours. */
const onOwnTerminal = Effect.fn("exec.onOwnTerminal")(function* (options: StartOptions) {
  const { shell, directory, environment, size, terminals } = options
  const stderr = options.splitStderr ? yield* outletFor("stderr", options) : null
  const processes = yield* ProcessService
  const handle = yield* processes
    .spawn({
      command: shell,
      args: throughShell(options, stderr === null ? [] : [`2>${quoted(stderr.path)}`]),
      cwd: directory,
      env: stderr !== null && terminals.stderr ? withoutPagers(environment) : environment,
      cols: size.columns,
      rows: size.rows,
      // Its limit is `Ending`'s business, the same as for a command on the caller's streams.
      timeout: null
    })
    .pipe(Effect.mapError(toCliError))
  const stdout: StartedOutput = { stream: "stdout", isTerminal: true, bytes: handle.output }
  return {
    pid: handle.pid,
    outputs: stderr === null ? [stdout] : [stdout, outputOf("stderr", stderr)],
    exit: Effect.tap(handle.exit, () => Effect.sync(() => stderr?.commandEnded())),
    resize: (next) =>
      Effect.zipRight(
        Effect.sync(() => stderr?.resize(next)),
        handle.resize(next.columns, next.rows)
      ),
    type: (bytes) => handle.write(bytes)
  } satisfies StartedCommand as StartedCommand
})

const exitOf = (code: number | null, signal: NodeJS.Signals | null): PtyExit => ({
  exitCode: signal === null ? code : null,
  signal
})

/** On our standard input, in our session and process group, as a shell would start it. */
const onOurStreams = Effect.fn("exec.onOurStreams")(function* (options: StartOptions) {
  const stdout = yield* outletFor("stdout", options)
  const stderr = options.splitStderr ? yield* outletFor("stderr", options) : stdout
  const outlets = stderr === stdout ? [stdout] : [stdout, stderr]
  const exposed = outlets.flatMap((outlet) => (outlet.exposed === null ? [] : [`${outlet.exposed}>&-`]))
  const pagers = options.splitStderr && options.terminals.stderr
  const exit = yield* Deferred.make<PtyExit>()
  const child = yield* Effect.acquireRelease(
    Effect.async<ChildProcess, CliError>((resume) => {
      const each = spawn(options.shell, throughShell(options, exposed), {
        cwd: options.directory,
        env: pagers ? withoutPagers(options.environment) : options.environment,
        stdio: ["inherit", stdout.fd, stderr.fd]
      })
      each.once("spawn", () => resume(Effect.succeed(each)))
      each.once("error", (cause) => resume(toCliError(cause)))
      each.once("exit", (code, signal) => {
        for (const outlet of outlets) outlet.commandEnded()
        Deferred.unsafeDone(exit, Effect.succeed(exitOf(code, signal)))
      })
    }),
    (each) =>
      Effect.sync(() => {
        if (each.pid !== undefined && each.exitCode === null && each.signalCode === null)
          signalTree(each.pid, "SIGKILL")
      })
  )
  return {
    pid: child.pid!,
    outputs: outlets.map((outlet) => outputOf(outlet === stdout ? "stdout" : "stderr", outlet)),
    exit: Deferred.await(exit),
    resize: (size) =>
      Effect.sync(() => {
        for (const outlet of outlets) outlet.resize(size)
      }),
    type: () => Effect.void
  } satisfies StartedCommand as StartedCommand
})

/** Starts the command. Its scope ends what is left of it. Fails with exit code 1 when it did not start. */
export const startCommand = (
  options: StartOptions
): Effect.Effect<StartedCommand, CliError, ProcessService | Scope.Scope> =>
  (options.interactive ? onOwnTerminal(options) : onOurStreams(options)).pipe(
    Effect.timeoutFail({
      duration: options.spawnTimeout,
      onTimeout: () =>
        new CliError({
          exitCode: 1,
          line: `the command did not start within ${options.spawnTimeout} ms (PROCESS_SPAWN_TIMEOUT)`
        })
    })
  )

/** What a shell's `$?` would be. */
export const exitCodeOf = ({ exitCode, signal }: PtyExit): number =>
  signal === null ? (exitCode ?? 1) : 128 + (constants.signals[signal as NodeJS.Signals] ?? 0)
