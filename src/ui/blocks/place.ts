import type { OutputView } from "../../terminal/OutputView.ts"
import { type BlockLayout, type BlockPart, type BlockStreams, partAt, rowOfPart } from "./blockRows.ts"

/** What a row of the list can be: `divider` is the blank row after a block. */
export type RowKind = BlockPart | "divider"

/** A place in a block that keeps its meaning when the width, a fold or the output limit changes the rows around it. */
export interface Place {
  readonly part: RowKind
  /** The stream's logical line, counted over everything printed, the hidden lines too; 0 in parts that are no stream. */
  readonly line: number
  /** Row within the line, or within the part. */
  readonly row: number
}

/** The stream whose rows a part holds, null for other parts. */
const viewOf = ({ stdout, stderr }: BlockStreams, part: RowKind): OutputView | null =>
  part === "output" ? stdout : part === "stderr" ? stderr : null

/** The kept line that row `row` of an output belongs to. */
export const lineAtRow = (view: OutputView, width: number, row: number): number => {
  let low = 0
  let high = Math.max(0, view.lineCount - 1)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (view.rowOfLine(width, middle) <= row) low = middle
    else high = middle - 1
  }
  return low
}

/** The place of a block's row `row`. */
export const placeOfRow = (layout: BlockLayout, streams: BlockStreams, width: number, row: number): Place => {
  if (row >= layout.height) return { part: "divider", line: 0, row: 0 }
  const at = partAt(layout, row)
  // What is folded away is reached at its first line.
  if (at.part === "fold" && layout.fold !== null) return { ...layout.fold.next, row: 0 }
  const view = viewOf(streams, at.part)
  if (view === null) return { ...at, line: 0 }
  const kept = lineAtRow(view, width, at.row)
  const line = kept < view.hidden.headLines ? kept : kept + view.hidden.lines
  return { part: at.part, line, row: at.row - view.rowOfLine(width, kept) }
}

/**
 * The block's row where a place is now: the inverse of `placeOfRow`. A line that the output limit has hidden since is
 * found at the gap; what a fold or a shorter output took away, as near as there is a row before the block's divider.
 */
export const rowOfPlace = (layout: BlockLayout, streams: BlockStreams, width: number, place: Place): number => {
  if (place.part === "divider") return layout.height
  const view = viewOf(streams, place.part)
  if (view === null) return rowOfPart(layout, place.part, place.row)
  const { headLines, lines } = view.hidden
  if (lines > 0 && place.line >= headLines && place.line < headLines + lines)
    return layout.fold !== null ? layout.fold.at : rowOfPart(layout, place.part === "stderr" ? "stderrGap" : "gap", 0)
  const kept = place.line < headLines || lines === 0 ? place.line : place.line - lines
  const first = view.rowOfLine(width, kept)
  const end = view.rowOfLine(width, kept + 1)
  return rowOfPart(layout, place.part, Math.min(first + place.row, Math.max(first, end - 1)))
}
