/** What the limit left out; see `OutputView.hidden`. */
export interface Hidden {
  readonly lines: number
  /** Bytes of plain text, newlines included: with those of `text()` they are what was printed. */
  readonly bytes: number
  readonly headLines: number
}

/** Consecutive lines as they are kept, and the number of the first, counted from 0 over everything printed. */
export interface LineSpan {
  readonly firstLine: number
  /** Kept lines from `from` (inclusive) to `to` (exclusive). */
  readonly from: number
  readonly to: number
}

/**
 * The account of what a store's limit leaves out: lines between its head and its tail, and the ends of lines that are too
 * long. Plain: it is told of every line that goes.
 */
export class LineGap {
  /** Chunks of the head; all of them until the first half is full. */
  headChunks = Infinity
  /** Complete lines that were dropped. */
  droppedLines = 0
  /** Bytes of plain text left out, newlines included. */
  hiddenBytes = 0
  #headLines = 0
  /** Set when part of a long line is hidden while no line is: the gap is after this many lines. */
  #cutAfter = 0

  /** Lines kept before the gap. */
  get headLines(): number {
    return this.droppedLines > 0 ? this.#headLines : this.#cutAfter
  }

  get hidden(): Hidden {
    const bytes = this.hiddenBytes
    return { lines: this.droppedLines, bytes, headLines: bytes === 0 && this.droppedLines === 0 ? 0 : this.headLines }
  }

  /** The first half is full: lines are dropped behind this one from now on. */
  endHead(chunks: number, lines: number): void {
    this.headChunks = chunks
    this.#headLines = lines
  }

  /** A line is dropped, of so many bytes of plain text. */
  drop(bytes: number): void {
    this.droppedLines++
    this.hiddenBytes += bytes
  }

  /** The end of the line at `index` is left out. */
  cut(index: number): void {
    if (this.#cutAfter === 0) this.#cutAfter = index + 1
  }

  /** So many lines are left after some were taken out at the end: a head that had nothing dropped behind it may open again. */
  left(lines: number): void {
    if (this.droppedLines > 0 || lines >= this.#headLines) return
    this.headChunks = Infinity
    this.#headLines = 0
  }

  /**
   * Lines from `from` (inclusive) to `to` (exclusive), counted over everything printed, without a gap: up to the gap when they
   * begin before it, from behind it when they begin in it. Null when there are none.
   */
  span(from: number, to: number): LineSpan | null {
    const { headLines } = this
    const dropped = this.droppedLines
    const first = dropped > 0 && from >= headLines ? Math.max(from, headLines + dropped) : from
    const last = dropped > 0 && first < headLines ? Math.min(to, headLines) : to
    if (first >= last) return null
    const offset = dropped > 0 && first >= headLines ? dropped : 0
    return { firstLine: first, from: first - offset, to: last - offset }
  }

  /** Nothing is left out. */
  clear(): void {
    this.headChunks = Infinity
    this.droppedLines = this.hiddenBytes = this.#headLines = this.#cutAfter = 0
  }
}
