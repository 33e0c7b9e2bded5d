import { ownsTerminal } from "../../platform.ts"
import { typedText } from "../terminalText.ts"

/** How often the kernel is asked whether a command has the terminal, and how long keys wait for that at most, in ms. */
const TERMINAL_LOOK_MS = 2
const TERMINAL_WAIT_MS = 200

/**
 * Keys that a command did not read: those that wait here until it has the terminal, and those that may stand in the
 * edit line since. When the shell is ready again they come back as text, and never run.
 */
export class TypedKeys {
  /** Keys that wait until the command has started, or come back when it does not. */
  #waiting: Array<Uint8Array> = []
  /** What was found in the edit line. */
  #found = ""
  #mayStand = false
  #areUsers = false
  /** The terminal may still have the line editor's modes. */
  #startsRaw = false
  #rawTimer: NodeJS.Timeout | undefined
  #lookTimer: NodeJS.Timeout | undefined
  readonly #pid: number
  readonly #write: (bytes: Uint8Array) => void

  /**
   * @param pid the shell's
   * @param write takes keys that need not wait any longer
   */
  constructor(pid: number, write: (bytes: Uint8Array) => void) {
    this.#pid = pid
    this.#write = write
  }

  /** Keys went to the terminal since the command started, so some may stand in the edit line. */
  get mayStand(): boolean {
    return this.#mayStand
  }

  /** Among them were the user's own; without any, what stands there is only what our emulator answered. */
  get areUsers(): boolean {
    return this.#areUsers
  }

  /** Keys for the command that runs have to wait still. */
  get haveToWait(): boolean {
    return this.#startsRaw
  }

  /** A command is typed into an empty edit line. */
  begin(): void {
    this.#mayStand = false
    this.#areUsers = false
  }

  /** Keys of the user go to the terminal, or something stands in the edit line that is the user's. */
  typed(): void {
    this.#mayStand = true
    this.#areUsers = true
  }

  /** An answer of our emulator goes to the terminal. */
  answered(): void {
    this.#mayStand = true
  }

  /** Keeps keys for later. */
  hold(bytes: Uint8Array): void {
    this.#waiting.push(Uint8Array.from(bytes))
    if (this.#startsRaw && this.#waiting.length === 1) this.#awaitModes()
  }

  /**
   * The command runs: what waits is written, at once or when its terminal is ready for keys.
   *
   * @param startsRaw the terminal has the line editor's modes until a program has it
   */
  start(startsRaw: boolean): void {
    this.#startsRaw = startsRaw
    if (startsRaw) this.#rawTimer = setTimeout(() => this.#writeWaiting(), TERMINAL_WAIT_MS)
    // Not in the middle of what the shell has printed: the rest may say that the command is over.
    queueMicrotask(() => this.#awaitModes())
  }

  /** The command does not run (any more). */
  stop(): void {
    this.#startsRaw = false
    clearTimeout(this.#rawTimer)
    clearTimeout(this.#lookTimer)
  }

  /** This was in the edit line. */
  find(line: string): void {
    // An answer that its program did not wait for is no text of the user's: output must not write commands.
    if (this.#areUsers) this.#found += typedText(line)
  }

  /** Takes all that was typed ahead, as text. */
  take(): string {
    this.begin()
    const ahead = this.#found + typedText(Buffer.concat(this.#waiting.splice(0)).toString("utf8"))
    this.#found = ""
    return ahead
  }

  /** Keys wait until the terminal has the modes of commands, which it has once a program has it. */
  #awaitModes(): void {
    if (this.#waiting.length === 0) return
    if (this.#startsRaw && ownsTerminal(this.#pid) !== false)
      this.#lookTimer = setTimeout(() => this.#awaitModes(), TERMINAL_LOOK_MS)
    else this.#writeWaiting()
  }

  #writeWaiting(): void {
    this.stop()
    for (const bytes of this.#waiting.splice(0)) this.#write(bytes)
  }
}
