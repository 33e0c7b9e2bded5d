import type { OutputView } from "../../terminal/OutputView.ts"

/** How many lines of output a folded block shows; 0 and 0 leave the header alone. */
export interface FoldLines {
  readonly first: number
  readonly last: number
}

/** A row of a folded block's output: the first of a line. */
export interface PreviewRow {
  readonly part: "output" | "stderr"
  /** Which of the stream's rows it is. */
  readonly row: number
  /** The line goes on in rows that are not shown. */
  readonly cut: boolean
}

/** The rows that a folded block keeps. */
export interface FoldPreview {
  readonly head: ReadonlyArray<PreviewRow>
  readonly tail: ReadonlyArray<PreviewRow>
  /** Lines between them, those that the output limit has hidden too. */
  readonly hidden: number
  /** The first of those: its stream, and its number over everything printed to that. */
  readonly next: { readonly part: "output" | "stderr"; readonly line: number }
}

/**
 * Rows under a folded block's header, by the lines that were printed: one per line shown and one for what is hidden
 * between them. None where folding would not save a row more than it shows: such a block folds to its header.
 */
export const previewHeight = (lines: number, { first, last }: FoldLines): number =>
  first + last === 0 || lines <= first + last + 1 ? 0 : first + last + 1

interface Source {
  readonly part: "output" | "stderr"
  readonly view: OutputView
}

const rowOf = ({ part, view }: Source, width: number, line: number): PreviewRow => {
  const row = view.rowOfLine(width, line)
  return { part, row, cut: view.rowOfLine(width, line + 1) - row > 1 }
}

/** The first and last lines of what a block printed, stderr after stdout; null where a folded block is its header alone. */
export const foldPreview = (
  stdout: OutputView | null,
  stderr: OutputView | null,
  width: number,
  limits: FoldLines
): FoldPreview | null => {
  const sources: ReadonlyArray<Source> = [
    ...(stdout === null ? [] : [{ part: "output" as const, view: stdout }]),
    ...(stderr === null ? [] : [{ part: "stderr" as const, view: stderr }])
  ]
  const printed = sources.reduce((sum, { view }) => sum + view.lineCount + view.hidden.lines, 0)
  if (previewHeight(printed, limits) === 0) return null

  const head: Array<PreviewRow> = []
  let next: FoldPreview["next"] = { part: sources[0]!.part, line: 0 }
  for (const source of sources) {
    const { view, part } = source
    const gap = view.hidden.lines > 0
    const end = Math.min(gap ? view.hidden.headLines : view.lineCount, limits.first - head.length)
    for (let line = 0; line < end; line++) head.push(rowOf(source, width, line))
    // Up to the gap a kept line's index is its number.
    next = { part, line: end }
    if (gap || end < view.lineCount) break
  }

  const tail: Array<PreviewRow> = []
  for (const source of sources.toReversed()) {
    const { view } = source
    const gap = view.hidden.lines > 0
    const first = Math.max(gap ? view.hidden.headLines : 0, view.lineCount - (limits.last - tail.length))
    for (let line = view.lineCount - 1; line >= first; line--) tail.unshift(rowOf(source, width, line))
    if (gap || first > 0) break
  }
  return { head, tail, hidden: printed - head.length - tail.length, next }
}
