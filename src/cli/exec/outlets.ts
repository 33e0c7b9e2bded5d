/** What a command prints into when it has no terminal of its own, or prints its errors apart. */
import { closeSync, constants, openSync } from "node:fs"
import { Socket } from "node:net"
import { join } from "node:path"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { runHelper } from "../../services/runHelper.ts"
import { openBarePty } from "../../shell/BarePty.ts"
import type { TerminalSize } from "../../terminal/TerminalSize.ts"
import { CliError } from "../CliError.ts"

/** One stream's way from a command to us, open as long as its scope. */
export interface Outlet {
  /** Where a program can open its writing end. */
  readonly path: string
  /** The writing end, for a child's standard streams. */
  readonly fd: number
  /** A descriptor of ours that is not close-on-exec, null when there is none. */
  readonly exposed: number | null
  /** True for a terminal, whose lines end with CR LF. */
  readonly isTerminal: boolean
  /**
   * Everything printed, for one consumer: when it stops early, whoever prints into a pipe gets SIGPIPE. A pipe ends once
   * `commandEnded` and nobody has it open any more, a terminal with `commandEnded`.
   */
  readonly output: Stream.Stream<Uint8Array>
  readonly resize: (size: TerminalSize) => void
  /** The command itself has ended; what it left behind may go on printing into a pipe. */
  readonly commandEnded: () => void
}

const cannotOpen = (what: string, cause: unknown) =>
  new CliError({
    exitCode: 1,
    line: `${what} could not be opened: ${cause instanceof Error ? cause.message : String(cause)}`
  })

/** Where the programs are that every system has (getconf PATH), whatever the PATH is that a command gets. */
const STANDARD_PATH = "/usr/bin:/bin"

/** Closes a descriptor once, whoever asks first. */
const closeOnce = (fd: number) => {
  let open = true
  return () => {
    if (open) closeSync(fd)
    open = false
  }
}

/** What making a pipe takes. */
export interface PipeOptions {
  /** A private directory that takes the pipe's name. */
  readonly directory: string
  readonly name: string
  /** In whose PATH the program that makes pipes is looked for first. */
  readonly env: Readonly<Record<string, string>>
  /** How long that may take, in milliseconds. */
  readonly timeout: number
}

/**
 * A named pipe. Node's own pipes to children are sockets, and a program that opens /dev/stdout or /dev/stderr gets ENXIO
 * from those; a name also lets one pipe be a command's stdout and stderr at once, so that their order is kept.
 */
export const pipeOutlet = ({
  directory,
  name,
  env,
  timeout
}: PipeOptions): Effect.Effect<Outlet, CliError, Scope.Scope> =>
  Effect.gen(function* () {
    const path = join(directory, name)
    const made = yield* runHelper({
      command: "mkfifo",
      args: ["-m", "600", path],
      cwd: directory,
      env: { ...env, PATH: env.PATH ? `${env.PATH}:${STANDARD_PATH}` : STANDARD_PATH },
      timeout,
      maxOutputBytes: 0
    }).pipe(Effect.mapError((cause) => cannotOpen("a pipe", cause)))
    if (made.exitCode !== 0) return yield* cannotOpen("a pipe", made.stderr.trim())
    const open = (flags: number) =>
      Effect.acquireRelease(
        Effect.try({ try: () => openSync(path, flags), catch: (cause) => cannotOpen("a pipe", cause) }).pipe(
          Effect.map((fd) => ({ fd, close: closeOnce(fd) }))
        ),
        ({ close }) => Effect.sync(close)
      )
    // In this order neither waits for the other.
    const reader = yield* Effect.try({
      try: () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
      catch: (cause) => cannotOpen("a pipe", cause)
    })
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() => new Socket({ fd: reader, readable: true, writable: false })),
      (each) => Effect.sync(() => each.destroy())
    )
    const writer = yield* open(constants.O_WRONLY)
    return {
      path,
      fd: writer.fd,
      exposed: null,
      isTerminal: false,
      output: NodeStream.fromReadable<never, Uint8Array>(
        () => socket,
        (cause) => {
          throw cause
        }
      ),
      resize: () => {},
      commandEnded: writer.close
    } satisfies Outlet
  })

/** A terminal that only this stream goes to. */
export const terminalOutlet = (size: TerminalSize): Effect.Effect<Outlet, CliError, Scope.Scope> =>
  Effect.gen(function* () {
    const pty = yield* Effect.acquireRelease(
      Effect.try({
        try: () => openBarePty(size.columns, size.rows),
        catch: (cause) => cannotOpen("a terminal", cause)
      }),
      (each) => Effect.sync(() => each.close())
    )
    const output = yield* Mailbox.make<Uint8Array>()
    pty.onData((bytes) => void output.unsafeOffer(bytes))
    return {
      path: pty.path,
      fd: pty.slave,
      exposed: pty.master,
      isTerminal: true,
      output: Mailbox.toStream(output),
      resize: ({ columns, rows }) => pty.resize(columns, rows),
      commandEnded: () => {
        pty.drain()
        output.unsafeDone(Exit.void)
      }
    } satisfies Outlet
  })
