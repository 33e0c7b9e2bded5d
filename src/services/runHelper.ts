import { type ChildProcess, spawn } from "node:child_process"
import { statSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { withCoveredDescriptors } from "../coveredDescriptors.ts"
import { findProgram } from "../shell/findProgram.ts"

/** How long a helper has after SIGTERM to remove what it has half written before it is killed, in ms. */
const HELPER_GRACE_MS = 200
/** How long the error output of one that has failed is waited for, in ms, where what it leaves behind may have it open. */
const LAST_WORDS_MS = 100
/** What is kept of a helper's error output, in bytes: enough for the line that says why. */
const MAX_ERROR_BYTES = 4096

/** Why a helper gave no result. That it ended with another code than 0 is a result. */
export class HelperError extends Schema.TaggedError<HelperError>()("HelperError", {
  /**
   * `NotFound`: no such program on PATH. `NoDirectory`: nothing to start in. `NotStarted`: the system refused.
   * `TooSlow`: ended at its time limit. `TooMuch`: ended at its output limit.
   */
  reason: Schema.Literal("NotFound", "NoDirectory", "NotStarted", "TooSlow", "TooMuch"),
  command: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return `${this.command} ${HELPER_MESSAGES[this.reason]}`
  }
}

const HELPER_MESSAGES: Readonly<Record<HelperError["reason"], string>> = {
  NotFound: "was not found on PATH",
  NoDirectory: "has no directory to start in",
  NotStarted: "could not be started",
  TooSlow: "took too long and was ended",
  TooMuch: "printed too much and was ended"
}

/** What to run for ourselves, past every terminal. */
export interface HelperOptions {
  /** Looked up in the PATH of `env` unless it has a slash. */
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Absolute directory. */
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Milliseconds after which it is ended. */
  readonly timeout: number
  /** Bytes of standard output after which it is ended. */
  readonly maxOutputBytes: number
  /** What it reads; nothing unless given. */
  readonly input?: Uint8Array
  /**
   * It may leave a process behind that has its output open, as programs do that hold a clipboard: then its result is
   * there when it has ended itself, and what it leaves is let live.
   */
  readonly leavesProcess?: boolean
}

/** What a helper said. */
export interface HelperResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  /** Standard output, whole. */
  readonly stdout: Buffer
  /** How standard error began. */
  readonly stderr: string
}

const start = (options: HelperOptions): ChildProcess =>
  withCoveredDescriptors((covered) =>
    spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe", ...covered],
      // A session of its own: no terminal to ask questions on, no key signals, and one group to end.
      detached: true
    })
  )

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/**
 * Runs a program to its end and gives what it printed. It has no terminal and no descriptor of ours, and its standard
 * input is empty unless it is given one. At its time or output limit, or on interruption, it and its children are ended: SIGTERM, then SIGKILL.
 */
export const runHelper = Effect.fn("runHelper")(
  function* (options: HelperOptions) {
    const { command, cwd, env, maxOutputBytes } = options
    const fail = (reason: HelperError["reason"], cause?: unknown) => new HelperError({ reason, command, cause })
    if (findProgram(command, env.PATH) === null) return yield* fail("NotFound")
    if (!isDirectory(cwd)) return yield* fail("NoDirectory")
    return yield* Effect.async<HelperResult, HelperError>((resume) => {
      let child: ChildProcess
      try {
        child = start(options)
      } catch (cause) {
        return resume(fail("NotStarted", cause))
      }
      const out: Array<Buffer> = []
      let outBytes = 0
      let stderr = Buffer.alloc(0)
      const closed = new Promise<void>((done) => child.once("close", () => done()))
      child.stdout?.on("data", (bytes: Buffer) => {
        outBytes += bytes.length
        if (outBytes <= maxOutputBytes) out.push(bytes)
        else
          resume(
            Effect.zipRight(
              Effect.promise(() => end(child, closed)),
              fail("TooMuch")
            )
          )
      })
      child.stderr?.on("data", (bytes: Buffer) => {
        stderr = Buffer.concat([stderr, bytes.subarray(0, MAX_ERROR_BYTES - stderr.length)])
      })
      child.once("error", (cause) => resume(fail("NotStarted", cause)))
      const succeed = (exitCode: number | null) =>
        resume(Effect.succeed({ exitCode, stdout: Buffer.concat(out), stderr: stderr.toString("utf8") }))
      child.once("close", succeed)
      if (options.leavesProcess === true)
        child.once("exit", (exitCode) => {
          const letGo = () => {
            succeed(exitCode)
            for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
          }
          // What has failed has left nothing behind, and has said why.
          if (exitCode === 0) letGo()
          else void Promise.race([closed, delay(LAST_WORDS_MS)]).then(letGo)
        })
      // It may end without having read everything.
      child.stdin?.on("error", () => {})
      if (options.input !== undefined) child.stdin?.end(options.input)
      return Effect.promise(() => end(child, closed))
    })
  },
  (effect, options) =>
    Effect.timeoutFail(effect, {
      duration: Duration.millis(options.timeout),
      onTimeout: () => new HelperError({ reason: "TooSlow", command: options.command })
    })
)

/** Ends a child's whole process group and waits until nobody holds its output any more. */
const end = async (child: ChildProcess, closed: Promise<void>): Promise<void> => {
  const { pid } = child
  if (pid === undefined) return
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-pid, name)
    } catch {
      // Nothing of it is left.
    }
  }
  signal("SIGTERM")
  const grace = setTimeout(() => signal("SIGKILL"), HELPER_GRACE_MS)
  await closed
  clearTimeout(grace)
}
