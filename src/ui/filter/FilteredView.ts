import { LineStore } from "../../terminal/LineStore.ts"
import type { OutputView } from "../../terminal/OutputView.ts"
import type { PlainText, TextPiece } from "../../terminal/PlainText.ts"
import type { LineMatcher } from "../find/LineMatcher.ts"

/** Which lines of an output are shown. */
export interface LineFilter {
  readonly matcher: LineMatcher
  /** Those that do not match. */
  readonly invert: boolean
  /** Lines shown around each of them. */
  readonly context: number
}

/** What is filtered. */
export type FilterBase = OutputView & PlainText

/** Lines at the end of a running output that may still change: more than any terminal is high. */
const LIVE_LINES = 1_000
/** No output's own version is as high: what is shown in its place is never taken for it. */
const FIRST_VERSION = 2 ** 40

let versions = FIRST_VERSION

/** How far a pass over the lines has come. */
interface Progress {
  /** The next line to look at. */
  readonly next: number
  /** Lines shown so far, the rules between them included. */
  readonly stored: number
  /** Those of them that match. */
  readonly matched: number
  /** The last line shown, −1 for none. */
  readonly last: number
  /** Lines up to this one are shown because one before them matches. */
  readonly around: number
}

const START: Progress = { next: 0, stored: 0, matched: 0, last: -1, around: -1 }

/**
 * The lines of an output that pass a filter, as an output of its own: its lines, rows and places are those that are shown.
 * `advance` works through the output a piece at a time; what is printed later is taken up where it stopped.
 *
 * Between two groups with context stands a rule that counts the lines left out; without context there are none. A rule is
 * no line of the output: `text()` is without them.
 */
export class FilteredView implements OutputView, PlainText {
  version = ++versions
  hidden: OutputView["hidden"] = { lines: 0, bytes: 0, headLines: 0 }
  readonly #filter: LineFilter
  readonly #rule: (linesLeftOut: number) => string
  readonly #store = new LineStore()
  /** For each line shown its index in the output, for a rule that of the line after it. */
  #sources: Array<number> = []
  readonly #rules = new Set<number>()
  #at: Progress = START
  /** Where what may still change begins. */
  #settled: Progress = START
  #baseVersion = -1
  #of = 0

  constructor(filter: LineFilter, rule: (linesLeftOut: number) => string) {
    this.#filter = filter
    this.#rule = rule
  }

  /** Lines that match. */
  get matched(): number {
    return this.#at.matched
  }

  /** Lines of the output, as far as they are looked at. */
  get looked(): number {
    return this.#at.next
  }

  /** Lines of the output. */
  get of(): number {
    return this.#of
  }

  /** Lines of the output that its limit had left out when this began: with other ones it has to begin anew. */
  hiddenLines = 0

  /**
   * Takes up what the output has to offer, piece by piece until `enough` says so; true when nothing is left.
   *
   * @param live more may be printed
   */
  advance(base: FilterBase, live: boolean, enough: () => boolean): boolean {
    if (this.#at === START) this.hiddenLines = base.hiddenLines
    if (base.version !== this.#baseVersion) {
      this.#baseVersion = base.version
      this.#backTo(this.#settled)
    }
    this.#of = base.lineCount
    const settled = live ? Math.max(0, base.lineCount - LIVE_LINES) : base.lineCount
    while (this.#at.next < base.lineCount) {
      const piece = base.pieceAt(this.#at.next)
      if (piece === null) break
      const end = piece.firstLine + piece.lines
      const matches = this.#matches(piece)
      if (this.#at.next < settled) {
        this.#take(base, matches, Math.min(end, settled))
        this.#settled = this.#at
      }
      this.#take(base, matches, end)
      this.version = ++versions
      if (this.#at.next < base.lineCount && enough()) return false
    }
    const { lines, bytes, headLines } = base.hidden
    this.hidden = { lines, bytes, headLines: this.#shownBefore(headLines) }
    this.version = ++versions
    return true
  }

  get lineCount(): number {
    return this.#store.lineCount
  }

  rowCount(width: number): number {
    return this.#store.rowCount(width)
  }

  rows(width: number, from: number, count: number): ReadonlyArray<string> {
    return this.#store.rows(width, from, count)
  }

  rowOfLine(width: number, index: number): number {
    return index >= this.lineCount ? this.rowCount(width) : this.#store.rowsBefore(index, width)
  }

  line(index: number): string {
    return this.#store.line(index)
  }

  pieceAt(line: number): TextPiece | null {
    return this.#store.pieceAt(line)
  }

  text(): string {
    if (this.#rules.size === 0) return this.#store.text()
    const kept = this.#store.text().split("\n")
    return kept.filter((_, index) => !this.#rules.has(index)).join("\n")
  }

  cursor(): null {
    return null
  }

  /** The lines of a piece that are to be shown, as indices in the output. */
  #matches(piece: TextPiece): ReadonlyArray<number> {
    const { matcher, invert } = this.#filter
    const found = matcher.lines(piece.text()).map((line) => piece.firstLine + line)
    if (!invert || matcher.tooSlow) return found
    const matching = new Set(found)
    return Array.from({ length: piece.lines }, (_, line) => piece.firstLine + line).filter(
      (line) => !matching.has(line)
    )
  }

  /** Looks at the lines up to `end` (exclusive), of which `matches` are known. */
  #take(base: FilterBase, matches: ReadonlyArray<number>, end: number): void {
    const { context } = this.#filter
    let { last, around, matched } = this.#at
    const { next } = this.#at
    const show = (from: number, to: number) => {
      for (let line = from; line < to; line++) this.#add(base.line(line), line)
      if (to > from) last = to - 1
    }
    for (const match of matches) {
      if (match < next) continue
      if (match >= end) break
      show(last + 1, Math.min(around + 1, match))
      const from = Math.max(last + 1, match - context)
      if (context > 0 && last >= 0 && from > last + 1) {
        this.#rules.add(this.#sources.length)
        this.#add(this.#rule(from - last - 1), from)
      }
      show(from, match + 1)
      around = match + context
      matched++
    }
    show(last + 1, Math.min(around + 1, end))
    this.#at = { next: Math.max(next, end), stored: this.#sources.length, matched, last, around }
  }

  #add(text: string, source: number): void {
    this.#store.appendLine(text)
    this.#sources.push(source)
  }

  #backTo(progress: Progress): void {
    this.#store.takeLast(this.#sources.length - progress.stored)
    this.#sources.length = progress.stored
    for (const rule of this.#rules) if (rule >= progress.stored) this.#rules.delete(rule)
    this.#at = progress
  }

  /** How many of the lines shown come before a line of the output. */
  #shownBefore(line: number): number {
    let low = 0
    let high = this.#sources.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sources[middle]! < line) low = middle + 1
      else high = middle
    }
    return low
  }
}
