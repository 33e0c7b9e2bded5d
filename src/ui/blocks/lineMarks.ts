import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import { textWidth } from "../../terminal/cells.ts"
import type { OutputView } from "../../terminal/OutputView.ts"
import { plain } from "../../terminal/sanitise.ts"
import { cellOfOffset, paintCells } from "../../terminal/textPlaces.ts"
import type { Theme } from "../theme.ts"
import { lineAtRow } from "./place.ts"

/** A stretch of a line that stands out. Offsets are those of textPlaces.ts; one that is empty shows as one cell. */
export interface LineMark {
  readonly from: number
  readonly to: number
  /** `match` of a search, the `current` one, what is `selected`, a `label` that names it. */
  readonly look: "match" | "current" | "selected" | "label"
  /** Shown over the first cells of the stretch instead of its text. */
  readonly label?: string
}

/** Text with blanks behind it, up to so many cells: a label over half of a wide character hides all of it. */
const padCells = (text: string, cells: number): string => text + " ".repeat(Math.max(0, cells - textWidth(text)))

/** The marks of one kept line of a block, in any order; later ones lie above. Asked for at every paint, in view only. */
export type LineMarker = (
  block: BlockHeader,
  stream: OutputStream,
  line: number,
  text: () => string
) => ReadonlyArray<LineMark>

/**
 * `rows` of an output, from its row `first` on, with the marks of their lines.
 *
 * @param marksOf the marks of a kept line, by its index and text
 */
export const markRows = (
  view: OutputView,
  width: number,
  first: number,
  rows: ReadonlyArray<string>,
  theme: Theme,
  marksOf: (line: number, text: () => string) => ReadonlyArray<LineMark>
): ReadonlyArray<string> => {
  const marked = [...rows]
  const end = first + rows.length
  for (let line = lineAtRow(view, width, first); line < view.lineCount; line++) {
    const top = view.rowOfLine(width, line)
    if (top >= end) break
    let text: string | undefined
    const read = () => (text ??= plain(view.line(line)))
    for (const { from, to, look, label } of marksOf(line, read)) {
      const place = cellOfOffset(read(), from, width)
      // A label is not cut by the edge, nor does it go on in the next row.
      const begin =
        label === undefined ? place : { ...place, column: Math.max(0, Math.min(place.column, width - label.length)) }
      const stop =
        label === undefined ? cellOfOffset(read(), to, width) : { ...begin, column: begin.column + label.length }
      for (let row = begin.row; row <= stop.row; row++) {
        const at = top + row - first
        const here = marked[at]
        if (here === undefined) continue
        const left = row === begin.row ? begin.column : 0
        const right = row === stop.row ? stop.column : width
        if (right <= left && row > begin.row) continue
        const last = Math.min(Math.max(right, left + 1), Math.max(width, left + 1))
        marked[at] = paintCells(here, left, last, (cells) =>
          theme[look](label === undefined ? cells : padCells(label, textWidth(cells)))
        )
      }
    }
  }
  return marked
}
