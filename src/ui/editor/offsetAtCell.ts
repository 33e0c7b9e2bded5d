import type { CellPosition } from "../../terminal/OutputView.ts"
import { type EditorLayoutInput, layoutEditor } from "./editorLayout.ts"
import { boundaryAtOrAfter } from "./graphemes.ts"

/**
 * The offset whose cursor stands at a cell of a layout, or nearest before it: left of the text its beginning, right of a
 * row its end. A handful of layouts, each of a screenful: asked for when somebody clicks.
 *
 * @param layout what was laid out, with the `top` that came of it
 */
export const offsetAtCell = (layout: Omit<EditorLayoutInput, "cursor">, cell: CellPosition): number => {
  const { text, top = 0 } = layout
  /** Whether the cursor at an offset stands behind the cell. */
  const isBehind = (offset: number): boolean => {
    const at = layoutEditor({ ...layout, cursor: offset })
    // A view that had to move has the offset above or below what is shown.
    if (at.top !== top) return at.top > top
    return at.cursor.row > cell.row || (at.cursor.row === cell.row && at.cursor.column > cell.column)
  }
  let low = 0
  let high = text.length
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (isBehind(boundaryAtOrAfter(text, middle))) high = middle - 1
    else low = middle
  }
  return boundaryAtOrAfter(text, low)
}
