import { piecesOf } from "../../domain/blockEvents.ts"
import { EMPTY_SPAN, type OutputSpan, placeLines } from "../../domain/OutputSpan.ts"
import type { OutputFrozen } from "../../domain/SessionEvent.ts"

/**
 * The lines of one stream of a block that are kept, folded from what the journal says of them.
 *
 * As a document's `stdout` or `stderr` they are joined by newlines, and the last one ends with a newline unless the output
 * stopped inside it (`printf x`). The gap that the output limit left is not marked in the text: it comes after the first
 * `headLines` lines of the stream's account and stands for `hiddenLines` lines.
 */
export class KeptOutput {
  #lines: Array<string>
  #span: OutputSpan
  #unfinished: boolean

  private constructor(lines: Array<string>, span: OutputSpan, unfinished: boolean) {
    this.#lines = lines
    this.#span = span
    this.#unfinished = unfinished
  }

  /** Output that has not begun. */
  static empty(): KeptOutput {
    return new KeptOutput([], EMPTY_SPAN, false)
  }

  /** What a document holds of a block whose header says `span`. */
  static fromText(text: string, span: OutputSpan): KeptOutput {
    if (text === "") return new KeptOutput([], span, false)
    const unfinished = !text.endsWith("\n")
    const lines = text.split("\n")
    if (!unfinished) lines.pop()
    return new KeptOutput(lines, span, unfinished)
  }

  /** The lines kept, the unfinished last one included. */
  get lines(): ReadonlyArray<string> {
    return this.#lines
  }

  /** True when the last line has no newline. */
  get unfinished(): boolean {
    return this.#unfinished
  }

  /** Folds one event, as `reduce` folds its counts. */
  add(event: typeof OutputFrozen.Type): void {
    const { kept, span } = placeLines(this.#span, event.firstLine, event.lines.length)
    if (kept < this.#lines.length) {
      this.#lines.length = Math.max(0, kept)
      this.#unfinished = false
    }
    for (const line of event.lines) this.#lines.push(line)
    this.#span = span
    if (event.lines.length > 0) this.#unfinished = event.unfinished === true
    if (this.#unfinished && this.#lines.at(-1) === "") {
      this.#lines.pop()
      this.#unfinished = false
    }
  }

  /** Drops what the finished block's own account says was hidden, where the journal still had it. */
  trim(account: OutputSpan): void {
    const { hiddenLines, headLines } = this.#span
    if (account.hiddenLines === 0) return
    if (account.hiddenLines === hiddenLines && account.headLines === headLines) return
    // What is left out is one run: lines are in the order of their numbers.
    const first = this.#indexOf(account.headLines)
    this.#lines.splice(first, this.#indexOf(account.headLines + account.hiddenLines) - first)
    this.#span = account
  }

  /** How many of the lines kept come before the line of this number. */
  #indexOf(number: number): number {
    const { hiddenLines, headLines } = this.#span
    const index = hiddenLines > 0 && number > headLines ? Math.max(headLines, number - hiddenLines) : number
    return Math.min(index, this.#lines.length)
  }

  /** As it stands in a document. */
  text(): string {
    return [...this.pieces()].join("")
  }

  /** The same in pieces of some `PIECE_CHARACTERS`, for those who must not take long over one. */
  *pieces(): Generator<string> {
    for (const { firstLine, lines } of piecesOf({ firstLine: 0, lines: this.#lines })) {
      const isLast = firstLine + lines.length === this.#lines.length
      yield lines.join("\n") + (isLast && this.#unfinished ? "" : "\n")
    }
  }
}
