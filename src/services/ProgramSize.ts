import { screenProgram } from "../shell/screenProgram.ts"
import type { TerminalSize } from "../terminal/TerminalSize.ts"

/**
 * How long a program prints nothing before it is taken to have drawn its picture, in milliseconds. One that starts is
 * silent for a few at most, unless the machine is busy: then it is at work all the same.
 */
const SETTLED_MS = 60
/** A program that never falls silent and rests (an animation) gets its size after this time, in milliseconds. */
const MAX_SETTLING_MS = 500

/**
 * The size of one shell's terminal: a block's room, or the whole screen while the program in it is on the alternate one.
 *
 * A program that is resized while it starts goes wrong: vim limits scrolling to the rows it was born with, once, and a
 * terminal that has grown by then keeps the limit; less may miss the signal. So one that is known to take the screen
 * begins with the screen's size, and any other gets it when it has drawn its first picture, as when a window is resized.
 * Plain: it is told of every change of an output.
 */
export class ProgramSize {
  #room: TerminalSize
  #screen: TerminalSize
  /** The terminal has the whole screen's size. */
  #whole = false
  /** The program that is expected to take the screen, until it has. */
  #expected: string | null = null
  /** Those that were, and drew among the blocks: an option in the environment, such as LESS=X, may say so. */
  readonly #stayed = new Set<string>()
  /** When the program first asked for the other size, by `performance.now()`; null while it has what it asks for. */
  #asked: number | null = null
  #timer: NodeJS.Timeout | undefined
  readonly #apply: (size: TerminalSize) => void
  readonly #works: () => boolean

  /**
   * @param room of a block, until `window` says more
   * @param apply sizes terminal and output; called only when `current` has changed
   * @param works whether the program is at work, and does not wait for a key
   */
  constructor(room: TerminalSize, apply: (size: TerminalSize) => void, works: () => boolean = () => false) {
    this.#room = this.#screen = room
    this.#apply = apply
    this.#works = works
  }

  get current(): TerminalSize {
    return this.#whole ? this.#screen : this.#room
  }

  /** The window has these sizes to give: it takes effect at once. */
  window(room: TerminalSize, screen: TerminalSize): void {
    this.#change(() => {
      this.#room = room
      this.#screen = screen
    })
  }

  /** A command is about to start. */
  begin(command: string): void {
    this.#expected = screenProgram(command)
    this.#choose(this.#expected !== null && !this.#stayed.has(this.#expected))
  }

  /** The program has printed; `alternate`: it is on the alternate screen. */
  printed(alternate: boolean): void {
    clearTimeout(this.#timer)
    if (alternate && this.#expected !== null) {
      this.#stayed.delete(this.#expected)
      this.#expected = null
    }
    if (alternate === this.#whole) {
      this.#asked = null
      return
    }
    this.#asked ??= performance.now()
    this.#settle(alternate, this.#asked + MAX_SETTLING_MS)
  }

  /** Gives it its size once it rests, at `latest` by `performance.now()`. */
  #settle(alternate: boolean, latest: number): void {
    const left = latest - performance.now()
    this.#timer = setTimeout(
      () => {
        if (left > SETTLED_MS && this.#works()) {
          this.#settle(alternate, latest)
          return
        }
        // On the normal screen, and it waits: that is where it draws.
        if (this.#expected !== null) this.#stayed.add(this.#expected)
        this.#choose(alternate)
      },
      Math.min(SETTLED_MS, left)
    )
  }

  /** The command has ended, or is not to be: the terminal is the shell's. */
  end(): void {
    this.#expected = null
    this.#choose(false)
  }

  #choose(whole: boolean): void {
    clearTimeout(this.#timer)
    this.#asked = null
    this.#change(() => {
      this.#whole = whole
    })
  }

  #change(change: () => void): void {
    const before = this.current
    change()
    const { columns, rows } = this.current
    if (columns !== before.columns || rows !== before.rows) this.#apply(this.current)
  }
}
