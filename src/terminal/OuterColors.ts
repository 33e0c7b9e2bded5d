/**
 * Asks the outer terminal for its colours (OSC 4, 10 to 12 with `?`) when a program wants to know them, and takes its
 * answers out of what the keyboard sends: they must reach neither the editor nor a program as keys, however they are cut
 * and however late they come.
 *
 * Each batch of questions ends with DA1, which every terminal answers, in order: once that answer is there, what has not
 * been answered will not be, and nothing more of this batch can come. Until then the input is looked at; afterwards, and
 * before the first question, it passes untouched.
 *
 * A plain class over bytes: every byte that is typed may pass through it.
 */

import { afterReading } from "./afterReading.ts"
import type { ColorName } from "./ProgramTalk.ts"

interface Options {
  readonly write: (data: string) => void
  /** Takes what is no answer to us, as it came. */
  readonly onInput: (bytes: Buffer) => void
  /** Runs something later; the result cancels it. For tests. */
  readonly setTimer?: (run: () => void, ms: number) => () => void
  /** Milliseconds of a clock that never goes back. For tests. */
  readonly now?: () => number
}

/** How long a program waits for the outer terminal at most, in ms: a slow line's there and back. */
export const COLOR_TIMEOUT_MS = 1_000
/** How long an answer is good, in ms: a burst of questions costs one, and a theme that was changed is seen soon. */
const COLOR_LIFETIME_MS = 5_000
/** How long an ESC at a chunk's end is kept for what may follow, in ms, while an answer is awaited. */
const ESCAPE_MS = 25
/** The rest of an answer that has begun for certain is waited for this long, in ms, before its beginning is dropped. */
const REST_MS = 500
/** A terminal that is this late, in ms, does not answer: a key need not wait for it. */
const LATE_MS = 10_000

/** Primary device attributes. */
const DA1 = "\x1b[c"
const FENCE = /^\x1b\[\?[\d;]*c/
const REPLY = /^\x1b\](10|11|12|4;\d{1,3});([^\x07\x1b]{0,64})(?:\x07|\x1b\\)/
/** A colour as XParseColor takes it: `rgb:` and one to four hexadecimal digits each (with alpha `rgba:`), or `#rrggbb`. */
const COLOR = /^(rgb:[\da-f]{1,4}(\/[\da-f]{1,4}){2}|rgba:[\da-f]{1,4}(\/[\da-f]{1,4}){3}|#([\da-f]{3}){1,4})$/i
/** The beginning of one of those answers. */
const BEGINNING =
  /^\x1b(?:\](?:1|1[012]|4|4;\d{0,3}|(?:1[012]|4;\d{1,3});[^\x07\x1b]{0,64}\x1b?)?|\[(?:\?[\d;]{0,64})?)?$/
/** A beginning that could be a key: Escape, Alt with a bracket. */
const PERHAPS_A_KEY = /^\x1b[\][]?$/

/** Whether an answer of this terminal begins here, whole. */
const isAnswer = (data: string): boolean => FENCE.test(data) || COLOR.test(REPLY.exec(data)?.[2] ?? "")

type Ask = (color: string | null) => void

/** See the module's text. */
export class OuterColors {
  readonly #options: Options
  readonly #setTimer: (run: () => void, ms: number) => () => void
  readonly #now: () => number
  readonly #known = new Map<ColorName, { readonly color: string | null; readonly at: number }>()
  /** Who waits for a colour. */
  readonly #waiting = new Map<ColorName, Array<Ask>>()
  /** The colours of the next batch, asked for at the end of this turn. */
  #next: Array<ColorName> = []
  /** Batches under way, the oldest first: the names in each that have no answer yet. */
  readonly #batches: Array<Set<ColorName>> = []
  /** When the latest batch was sent. */
  #askedAt = Number.NEGATIVE_INFINITY
  /** The terminal let a batch time out: nothing more is asked until it says something. */
  #mute = false
  #held = ""
  /** What was given away as keys, or dropped, a moment before it could prove the beginning of an answer. */
  #before = ""
  #cancelHeld: () => void = () => {}
  /** Who waits until no answer is under way. */
  #onQuiet: Array<() => void> = []

  constructor(options: Options) {
    this.#options = options
    this.#setTimer = options.setTimer ?? afterReading
    this.#now = options.now ?? (() => performance.now())
  }

  /** Gives a colour, from memory or from the terminal; null when it does not say in time, or never does. */
  ask(name: ColorName, answer: Ask): void {
    const known = this.#known.get(name)
    if (known !== undefined && this.#now() - known.at < COLOR_LIFETIME_MS) return answer(known.color)
    if (this.#mute) return answer(null)
    const others = this.#waiting.get(name)
    if (others !== undefined) {
      others.push(answer)
      return
    }
    this.#waiting.set(name, [answer])
    if (this.#next.push(name) === 1) setImmediate(() => this.#send())
  }

  /** Takes what the terminal sent and passes on what is no answer. */
  push(chunk: Buffer): void {
    if (this.#batches.length === 0 && this.#held === "") {
      this.#before = ""
      return this.#options.onInput(chunk)
    }
    this.#cancelHeld()
    // One character per byte.
    let data = this.#held + chunk.toString("latin1")
    this.#held = ""
    if (this.#before !== "" && isAnswer(this.#before + data)) data = this.#before + data
    this.#before = ""
    let rest = ""
    let from = 0
    for (let at = data.indexOf("\x1b"); at !== -1; at = data.indexOf("\x1b", at)) {
      const tail = data.slice(at)
      const taken = this.#take(tail)
      if (taken > 0) {
        rest += data.slice(from, at)
        at += taken
        from = at
      } else if (this.#mayBegin(tail)) {
        this.#hold(tail)
        data = data.slice(0, at)
        break
      } else at++
    }
    rest += data.slice(from)
    if (rest !== "") this.#options.onInput(Buffer.from(rest, "latin1"))
  }

  /**
   * Resolves once no answer is under way: it would be typed into the user's shell. A terminal that has not answered within
   * `COLOR_TIMEOUT_MS` of a question is not waited for.
   */
  quiet(): Promise<void> {
    if (this.#batches.length === 0 || this.#mute) return Promise.resolve()
    return new Promise((resolve) => this.#onQuiet.push(resolve))
  }

  /** Forgets what the terminal said, and what it was asked: it may be another one by now, or look otherwise. */
  forget(): void {
    this.#batches.length = 0
    this.#mute = false
    for (const name of [...this.#waiting.keys()]) if (!this.#next.includes(name)) this.#settle(name, null)
    this.#known.clear()
    this.#tellQuiet()
  }

  #send(): void {
    const names = this.#next
    this.#next = []
    const batch = new Set(names)
    this.#batches.push(batch)
    this.#askedAt = this.#now()
    this.#options.write(names.map((name) => `\x1b]${name};?\x1b\\`).join("") + DA1)
    this.#setTimer(() => {
      if (!this.#batches.includes(batch)) return
      this.#mute = true
      for (const name of batch) this.#settle(name, null)
      this.#tellQuiet()
    }, COLOR_TIMEOUT_MS)
  }

  /** Takes an answer at the beginning of `data`; returns its length, 0 when it is none. */
  #take(data: string): number {
    const fence = FENCE.exec(data)
    if (fence !== null && this.#batches.length > 0) {
      this.#mute = false
      for (const name of this.#batches.shift()!) this.#remember(name, null)
      if (this.#batches.length === 0) this.#tellQuiet()
      return fence[0].length
    }
    const reply = fence === null ? REPLY.exec(data) : null
    if (reply === null || this.#batches.length === 0) return 0
    const name = reply[1] as ColorName
    this.#mute = false
    for (const batch of this.#batches) batch.delete(name)
    this.#remember(name, COLOR.test(reply[2]!) ? reply[2]! : null)
    return reply[0].length
  }

  /** Whether the input ends in what may be an answer's beginning. A key waits only where an answer is still expected. */
  #mayBegin(tail: string): boolean {
    if (this.#batches.length === 0 || !BEGINNING.test(tail)) return false
    return this.#now() - this.#askedAt < LATE_MS || !PERHAPS_A_KEY.test(tail)
  }

  #remember(name: ColorName, color: string | null): void {
    this.#known.set(name, { color, at: this.#now() })
    this.#settle(name, color)
  }

  #tellQuiet(): void {
    for (const tell of this.#onQuiet.splice(0)) tell()
  }

  #settle(name: ColorName, color: string | null): void {
    const waiting = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    for (const answer of waiting) answer(color)
  }

  #hold(tail: string): void {
    this.#held = tail
    const perhapsKey = PERHAPS_A_KEY.test(tail)
    this.#cancelHeld = this.#setTimer(
      () => {
        this.#held = ""
        this.#before = tail
        // What began as an answer for certain is no key.
        if (perhapsKey) this.#options.onInput(Buffer.from(tail, "latin1"))
      },
      perhapsKey ? ESCAPE_MS : REST_MS
    )
  }
}
