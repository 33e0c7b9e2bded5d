import { type KeyState, NO_KEY, REDACTED, Redactor } from "../../domain/redact.ts"
import type { OutputFrozen } from "../../domain/SessionEvent.ts"

/** Places that are remembered of a stream, for output that is printed anew; of more the oldest are forgotten. */
const MAX_PLACES = 1000
/** What every key that has several lines has in it. */
const KEY_HINT = "PRIVATE KEY"

type Frozen = typeof OutputFrozen.Type

/** What holds from a line on. */
interface Place {
  readonly line: number
  readonly state: KeyState
}

/**
 * Takes the secrets out of one stream of a block, event by event. Plain: every line that a command prints comes through
 * here.
 *
 * Lines may be replaced by their numbers: then the state is the one in which they were met before. The end of an
 * unfinished line is held back while a secret may have begun in it (`Redactor.unfinished`), until another event replaces
 * the line or the output ends.
 */
export class StreamRedactor {
  /** The line that comes next, and what it depends on. */
  #next: Place = { line: 0, state: NO_KEY }
  /** Where keys of several lines begin and end, by rising lines. */
  #keys: Array<Place> = []
  /** Secrets by line, in order. */
  #counts: Array<{ readonly line: number; readonly count: number }> = []
  /** Secrets of lines that `#counts` has forgotten. */
  #earlier = 0
  /** The unfinished last line as it was printed, while its end is held back. */
  #held: Frozen | null = null

  /** Secrets taken out of the lines as they are by now. */
  get count(): number {
    return this.#counts.reduce((sum, { count }) => sum + count, this.#earlier)
  }

  /** True while the end of the last line is in no event yet. */
  get holds(): boolean {
    return this.#held !== null
  }

  /** What a screen's first line depends on, when it comes after the lines so far. */
  get state(): KeyState {
    return this.#next.state
  }

  /** The event as it may be stored. */
  redact(event: Frozen): Frozen {
    this.#goTo(event.firstLine)
    this.#held = null
    const { lines } = event
    if (event.unfinished !== true || lines.length === 0) return this.#replace(event, this.#redactLines(lines))
    const last = lines.at(-1)!
    const whole = this.#redactLines(lines.slice(0, -1))
    const line = this.#next.line
    const { text, count, held } = new Redactor(this.#next.state).unfinished(last)
    this.#counted(line, count)
    if (held > 0) this.#held = { ...event, firstLine: line, lines: [last] }
    this.#next = { line: line + 1, state: this.#next.state }
    return { ...event, lines: [...whole, text] }
  }

  /** The output ends, or nobody knows how it goes on: the unfinished line as it is; null when nothing was held back. */
  release(): Frozen | null {
    const held = this.#held
    if (held === null) return null
    this.#goTo(held.firstLine)
    this.#held = null
    return this.#replace(held, this.#redactLines(held.lines))
  }

  #replace(event: Frozen, lines: ReadonlyArray<string>): Frozen {
    return lines === event.lines ? event : { ...event, lines }
  }

  /** Whole lines; the same array where there is nothing to take out. */
  #redactLines(lines: ReadonlyArray<string>): ReadonlyArray<string> {
    if (lines.length === 0) return lines
    const first = this.#next.line
    const text = `${lines.join("\n")}\n`
    const { state } = this.#next
    if (state.keyLines > 0 || text.includes(KEY_HINT)) return this.#redactEach(lines)
    const redactor = new Redactor(state)
    const redacted = redactor.redact(text)
    this.#next = { line: first + lines.length, state: redactor.state }
    if (redactor.count === 0) return lines
    const kept = redacted.slice(0, -1).split("\n")
    kept.forEach((line, index) => {
      const printed = lines[index]!
      // An address that was taken away leaves nothing in its place.
      if (line !== printed) this.#counted(first + index, Math.max(1, secretsIn(line) - secretsIn(printed)))
    })
    return kept
  }

  /** The same line by line, for knowing where a key begins and ends. */
  #redactEach(lines: ReadonlyArray<string>): ReadonlyArray<string> {
    const redactor = new Redactor(this.#next.state)
    const kept: Array<string> = []
    for (const line of lines) {
      const before = redactor.state
      const counted = redactor.count
      kept.push(redactor.redact(`${line}\n`).slice(0, -1))
      const { state, count } = redactor
      this.#counted(this.#next.line, count - counted)
      this.#next = { line: this.#next.line + 1, state }
      // Inside a key every line counts one down.
      if (state.keyLines !== Math.max(0, before.keyLines - 1) || state.isNewKey !== before.isNewKey) {
        this.#keys.push(this.#next)
        if (this.#keys.length > MAX_PLACES) this.#keys.shift()
      }
    }
    return kept
  }

  #counted(line: number, count: number): void {
    if (count <= 0) return
    this.#counts.push({ line, count })
    if (this.#counts.length > MAX_PLACES) this.#earlier += this.#counts.shift()!.count
  }

  /** What comes next is the line of this number: lines from there on are forgotten, or lines before it are not known. */
  #goTo(line: number): void {
    if (line === this.#next.line) return
    if (line > this.#next.line) {
      // A gap may lie inside a key.
      this.#next = { line, state: later(this.#next, line) }
      return
    }
    if (line === 0) this.#earlier = 0
    this.#counts = this.#counts.filter((counted) => counted.line < line)
    this.#keys = this.#keys.filter((place) => place.line <= line)
    const place = this.#keys.at(-1)
    this.#next = { line, state: place === undefined ? NO_KEY : later(place, line) }
  }
}

const secretsIn = (line: string): number => line.split(REDACTED).length - 1

const later = ({ line: from, state }: Place, line: number): KeyState => ({
  ...state,
  keyLines: Math.max(0, state.keyLines - (line - from))
})
