import { type ChildProcess, type StdioOptions, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, constants, openSync, statSync } from "node:fs"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { withCoveredDescriptors } from "../coveredDescriptors.ts"
import { processStatus } from "../platform.ts"
import { findProgram } from "../shell/findProgram.ts"
import type { HostProcess, OuterTerminal } from "./OuterTerminal.ts"

/** A program that shall have the user's terminal for a while: a pager, an editor. */
export interface LentProgram {
  /** Looked up in the PATH of `env` unless it has a slash. */
  readonly file: string
  readonly args: ReadonlyArray<string>
  /** Absolute directory. */
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Done before it starts, when the terminal is given away already: what is typed meanwhile is the program's. */
  readonly before?: () => Promise<void>
  /** What it reads on its standard input, at its own pace, in place of the terminal. */
  readonly input?: AsyncIterable<string> | Iterable<string>
}

/** How it went. */
export type LendEnd =
  | {
      readonly _tag: "Ended"
      /** Null when a signal ended it. */
      readonly exitCode: number | null
      readonly signal: NodeJS.Signals | null
      /** Keys that were typed too early for it: behind the one that asked for it, in one read. Nobody has got them. */
      readonly dropped: number
    }
  /** It did not start. */
  | { readonly _tag: "Failed" /** A line for the user. */; readonly problem: string }

export interface TerminalLenderOptions {
  readonly terminal: Pick<OuterTerminal, "quiet" | "giveAway" | "takeBack" | "entered">
  readonly process: Pick<HostProcess, "pid" | "on" | "off" | "kill">
  /** Keeps what is typed from everybody from now on; the result lets it through again and tells how many keys were dropped. */
  readonly refuseKeys: () => () => number
  /** Lets Ctrl+C pass without effect on us; the result heeds it again. */
  readonly ignoreInterrupt: () => () => void
}

/** How long a program has to end after SIGHUP when EffectTalk ends before it, in ms. */
const HANGUP_GRACE_MS = 1000
/** The longest text of `stty -g` that is taken for one, in characters. */
const MAX_LINE_SETTINGS = 1000
/** Exit codes above it tell of a signal (128 + n), as shells say it. */
const SIGNAL_CODES = 128

/**
 * Lends the user's terminal to a program, and takes it back at its end. The program is in our process group, which Node
 * cannot change, and so are the signals of the keyboard: Ctrl+C and Ctrl+\ are its own, Ctrl+Z stops both, and `fg` brings
 * back both. Commands in blocks go on meanwhile.
 */
export class TerminalLender {
  readonly #options: TerminalLenderOptions
  #child: ChildProcess | null = null
  #lent: Promise<LendEnd> | null = null
  /** Nothing is started any more. */
  #isEnding = false

  constructor(options: TerminalLenderOptions) {
    this.#options = options
  }

  /**
   * Starts the program in the terminal and waits for its end. Never rejects. What is typed before its end is its own, what is
   * typed after it ours; whatever it has left the terminal in is undone.
   */
  lend(program: LentProgram): Promise<LendEnd> {
    const problem = this.#lent === null ? problemOf(program) : "Another program has the terminal"
    if (problem !== null || this.#isEnding || !this.#options.terminal.entered)
      return Promise.resolve({ _tag: "Failed", problem: problem ?? "There is no terminal to lend" })
    this.#lent = this.#lend(program).finally(() => {
      this.#lent = null
    })
    return this.#lent
  }

  /** Ends the program that has the terminal, if one has, and waits until it is ours again. No other is started from then on. */
  async end(): Promise<void> {
    this.#isEnding = true
    if (this.#lent === null) return
    this.#child?.kill("SIGHUP")
    const kill = setTimeout(() => this.#child?.kill("SIGKILL"), HANGUP_GRACE_MS)
    await this.#lent
    clearTimeout(kill)
  }

  async #lend(program: LentProgram): Promise<LendEnd> {
    const { terminal, process, refuseKeys, ignoreInterrupt } = this.#options
    const accept = refuseKeys()
    // What answers us would be typed into the program.
    await terminal.quiet()
    const heed = ignoreInterrupt()
    terminal.giveAway()
    const undo: Array<() => void> = []
    const listen = (event: string, listener: () => void) => {
      process.on(event, listener)
      undo.push(() => void process.off(event, listener))
    }
    let end: LendEnd
    try {
      const settings = await lineSettings(program)
      // Node stops reading behind the present turn; `lineSettings` has waited, but may have failed at once.
      await new Promise((resolve) => setImmediate(resolve))
      await program.before?.()
      if (this.#isEnding) throw new Error("EffectTalk ends")
      const child = startProgram(program)
      this.#child = child
      listen("exit", () => child.kill("SIGHUP"))
      listen("SIGCHLD", () => this.#followStop(child))
      listen("SIGTSTP", () => this.#followStop(child))
      listen("SIGCONT", () => void child.kill("SIGCONT"))
      const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>
      // A pager is left before it has read everything.
      const { stdin } = child
      if (stdin !== null) void pipeline(Readable.from(program.input ?? []), stdin).catch(() => {})
      const [exitCode, signal] = await ended
      stdin?.destroy()
      if (settings !== null && (signal !== null || (exitCode ?? 0) > SIGNAL_CODES)) await stty(settings, program)
      end = { _tag: "Ended", exitCode, signal, dropped: 0 }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      end = { _tag: "Failed", problem: `${program.file} could not be started: ${why}` }
    }
    this.#child = null
    for (const stop of undo) stop()
    // Before the terminal is taken: the keys that wait in it already are ours.
    const dropped = accept()
    terminal.takeBack()
    heed()
    return end._tag === "Ended" ? { ...end, dropped } : end
  }

  /**
   * Stops us when the program has stopped, so that the shell above gets its terminal; its `fg` goes on with both. Where
   * nobody could go on with it the kernel does not let it stop. A SIGTSTP of ours alone means nothing.
   */
  #followStop(child: ChildProcess): void {
    const { process } = this.#options
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    if (processStatus(child.pid)?.state === "T") process.kill(process.pid, "SIGSTOP")
  }
}

/** Why a program cannot be started; null when it can. */
const problemOf = ({ file, cwd, env }: LentProgram): string | null => {
  if (findProgram(file, env.PATH) === null) return `${file} was not found on PATH`
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) return `${file} has no directory to start in`
  return null
}

/** The terminal, opened anew: what a child does to the modes of its descriptor would be done to ours. */
const openTerminal = (): number => openSync("/dev/fd/0", constants.O_RDWR | constants.O_NOCTTY)

/** Runs `start` with three standard streams: the terminal, or our own descriptors of it where it cannot be opened anew. */
const onTerminal = (start: (stream: number | "inherit") => ChildProcess): ChildProcess => {
  let terminal: number | null = null
  try {
    terminal = openTerminal()
  } catch {
    // Another user's, since su(1).
  }
  try {
    return start(terminal ?? "inherit")
  } finally {
    if (terminal !== null) closeSync(terminal)
  }
}

const startProgram = ({ file, args, cwd, env, input }: LentProgram): ChildProcess =>
  onTerminal((stream) =>
    withCoveredDescriptors((covered) => {
      const stdio: StdioOptions = [input === undefined ? stream : "pipe", stream, stream, ...covered]
      return spawn(file, [...args], { cwd, env, stdio })
    })
  )

/** Runs stty(1) on the terminal, whose line Node cannot ask or set; null when that fails. */
const stty = async (argument: string, { env }: LentProgram): Promise<string | null> => {
  try {
    const child = onTerminal((stream) =>
      withCoveredDescriptors((covered) =>
        spawn("stty", [argument], { env, stdio: [stream, "pipe", "ignore", ...covered] })
      )
    )
    let text = ""
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      text += piece
    })
    const [code] = await once(child, "close")
    return code === 0 ? text.trim() : null
  } catch {
    return null // it is not there
  }
}

/**
 * The terminal's line settings as one word, to be put back by `stty` after a program that was killed: its terminal does not
 * echo. Null when they cannot be had.
 */
const lineSettings = async (program: LentProgram): Promise<string | null> => {
  const text = await stty("-g", program)
  return text !== null && text !== "" && text.length <= MAX_LINE_SETTINGS ? text : null
}
