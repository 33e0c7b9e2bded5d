import type { OutputStream } from "../../domain/Block.ts"
import type { OutputView } from "../../terminal/OutputView.ts"
import { plain } from "../../terminal/sanitise.ts"
import type { Spot, TextLines } from "./textMotions.ts"

/** A character of a block's output that keeps its meaning while more is printed and the output limit takes lines away. */
export interface PrintedPlace {
  readonly stream: OutputStream
  /** Counted over everything printed to the stream, hidden lines too. */
  readonly line: number
  /** UTF-16 offset in the line's plain text. */
  readonly offset: number
}

/** The line of its stream that a kept line is, counted over everything printed. */
export const printedLine = ({ hidden }: OutputView, kept: number): number =>
  kept < hidden.headLines ? kept : kept + hidden.lines

/** The kept line that a printed one is; null for one that the output limit has taken away. */
export const keptLine = ({ hidden }: OutputView, printed: number): number | null => {
  if (printed < hidden.headLines) return printed
  return printed < hidden.headLines + hidden.lines ? null : printed - hidden.lines
}

/** Order of two places of one block: stdout stands above stderr. */
export const comparePlaces = (a: PrintedPlace, b: PrintedPlace): number => {
  if (a.stream !== b.stream) return a.stream === "stdout" ? -1 : 1
  return a.line === b.line ? a.offset - b.offset : a.line - b.line
}

/** All that is kept of a block's output as one text: the lines of stdout, below them those of stderr. Made for one key. */
export class OutputText implements TextLines {
  readonly #stdout: OutputView | null
  readonly #stderr: OutputView | null
  readonly #read = new Map<number, string>()

  constructor(stdout: OutputView | null, stderr: OutputView | null) {
    this.#stdout = stdout
    this.#stderr = stderr
  }

  get count(): number {
    return (this.#stdout?.lineCount ?? 0) + (this.#stderr?.lineCount ?? 0)
  }

  /** The line's plain text, with its tabs. */
  text(line: number): string {
    let text = this.#read.get(line)
    if (text === undefined) {
      const kept = this.kept(line)
      text = plain(this.view(kept.stream)?.line(kept.line) ?? "")
      this.#read.set(line, text)
    }
    return text
  }

  view(stream: OutputStream): OutputView | null {
    return stream === "stdout" ? this.#stdout : this.#stderr
  }

  /** The stream and the kept line in it that a line of the whole is. */
  kept(line: number): { readonly stream: OutputStream; readonly line: number } {
    const above = this.#stdout?.lineCount ?? 0
    return line < above ? { stream: "stdout", line } : { stream: "stderr", line: line - above }
  }

  /** The line of the whole that a kept line of a stream is. */
  lineOf(stream: OutputStream, kept: number): number {
    return stream === "stdout" ? kept : kept + (this.#stdout?.lineCount ?? 0)
  }

  placeOf({ line, offset }: Spot): PrintedPlace {
    const { stream, line: kept } = this.kept(line)
    const view = this.view(stream)
    return { stream, line: view === null ? kept : printedLine(view, kept), offset }
  }

  /** Where a place is now; null when the output limit has taken its line away. */
  spotOf({ stream, line, offset }: PrintedPlace): Spot | null {
    const view = this.view(stream)
    const kept = view === null ? null : keptLine(view, line)
    return kept === null ? null : { line: this.lineOf(stream, kept), offset }
  }
}
