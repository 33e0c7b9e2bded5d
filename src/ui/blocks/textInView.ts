import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import type { CellPosition, OutputView } from "../../terminal/OutputView.ts"
import { plain } from "../../terminal/sanitise.ts"
import { cellOfOffset } from "../../terminal/textPlaces.ts"
import type { BlockList } from "./BlockList.ts"
import { lineAtRow } from "./place.ts"
import type { BlockInView } from "./ViewMap.ts"

/** A character of a block's output: a kept line of a stream, and the UTF-16 offset in its plain text. */
export interface TextPlace {
  readonly block: BlockId
  readonly stream: OutputStream
  readonly line: number
  readonly offset: number
}

/** A line of output of which some rows are in view. */
export interface LineInView {
  readonly block: BlockHeader
  readonly stream: OutputStream
  /** Index of the kept line. */
  readonly line: number
  readonly text: string
  /** The line's rows that are in view, from the first up to but not including the last. */
  readonly rows: { readonly from: number; readonly to: number }
  /** The view's row of the first of them. */
  readonly at: number
}

/** Rows of one stream that stand together in view: its rows `first` on, from the view's row `at` on. */
interface StreamInView {
  readonly stream: OutputStream
  readonly view: OutputView
  readonly first: number
  readonly rows: number
  readonly at: number
}

const streamsIn = ({ layout, streams, from, at, rows }: BlockInView): ReadonlyArray<StreamInView> =>
  layout.sections.flatMap((section) => {
    const stream = section.part === "output" ? "stdout" : section.part === "stderr" ? "stderr" : null
    const view = stream === null ? null : streams[stream]
    const top = Math.max(section.at, from)
    const end = Math.min(section.at + section.rows, from + rows)
    if (stream === null || view === null || top >= end) return []
    return [{ stream, view, first: section.from + top - section.at, rows: end - top, at: at + top - from }]
  })

/** The lines of output in view, from top to bottom. */
export const linesInView = (list: BlockList): ReadonlyArray<LineInView> => {
  const { width } = list
  const found: Array<LineInView> = []
  for (const visible of list.inView()) {
    for (const { stream, view, first, rows, at } of streamsIn(visible)) {
      for (let line = lineAtRow(view, width, first); line < view.lineCount; line++) {
        const top = view.rowOfLine(width, line)
        if (top >= first + rows) break
        const from = Math.max(0, first - top)
        const to = Math.min(view.rowOfLine(width, line + 1), first + rows) - top
        if (to <= from) continue
        const text = plain(view.line(line))
        found.push({ block: visible.block, stream, line, text, rows: { from, to }, at: at + top + from - first })
      }
    }
  }
  return found
}

/** The cell of the view where a character stands; null out of view. */
export const cellInView = (list: BlockList, place: TextPlace): CellPosition | null => {
  const line = linesInView(list).find(
    ({ block, stream, line }) => block.id === place.block && stream === place.stream && line === place.line
  )
  if (line === undefined) return null
  const { row, column } = cellOfOffset(line.text, place.offset, list.width)
  if (row < line.rows.from || row >= line.rows.to) return null
  return { row: line.at + row - line.rows.from, column }
}
