/**
 * Where a character of a stored line stands among the line's rows, and back. Offsets are UTF-16 offsets into the line's
 * plain text (`plain` of sanitise.ts): tabs and trailing blanks included, no sequences. The rows are those of lineLayout.ts.
 * Plain functions: they run for what is in view.
 */

import { charWidth, endOfEscape } from "./cells.ts"
import { nextStop } from "./lineLayout.ts"
import type { CellPosition } from "./OutputView.ts"
import { LINK_END, linkOf } from "./sgr.ts"

/** Calls `visit` with the cell at which each character begins until it answers false; gives the cell after the last. */
const walkCells = (
  text: string,
  width: number,
  visit: (offset: number, cell: CellPosition, cells: number) => boolean
): CellPosition => {
  let row = 0
  let column = 0
  for (let offset = 0; offset < text.length; ) {
    const codePoint = text.codePointAt(offset)!
    const isTab = codePoint === 0x09
    const cells = isTab ? nextStop(column, width) - column : charWidth(codePoint)
    if (!isTab && column + cells > width) {
      row++
      column = 0
    }
    if (!visit(offset, { row, column }, cells)) return { row, column }
    column += cells
    offset += codePoint > 0xffff ? 2 : 1
  }
  return { row, column }
}

/** The cell of the character at `offset` among the line's rows at `width`; past the end the one after the last. */
export const cellOfOffset = (text: string, offset: number, width: number): CellPosition =>
  walkCells(text, width, (at) => at < offset)

/** The offset of the character whose cells cover a cell; of the last one before it where none does. */
export const offsetOfCell = (text: string, { row, column }: CellPosition, width: number): number => {
  let found = 0
  walkCells(text, width, (offset, cell) => {
    if (cell.row > row || (cell.row === row && cell.column > column)) return false
    found = offset
    return true
  })
  return found
}

const RESET = `\x1b[0m${LINK_END}`

/**
 * A row with the cells from `from` up to `to` painted anew: their text without its own looks is given to `paint`, the rest
 * of the row stays as it is. Cells past the row's end are blanks; what a cut would halve is painted whole.
 *
 * @param row ready to print, with SGR and OSC 8
 */
export const paintCells = (row: string, from: number, to: number, paint: (text: string) => string): string => {
  let looks = ""
  let link = ""
  let cell = 0
  let head = 0
  let middle = ""
  let tail = row.length
  for (let i = 0; i < row.length; ) {
    const codePoint = row.codePointAt(i)!
    if (codePoint === 0x1b) {
      const end = endOfEscape(row, i)
      const sequence = row.slice(i, end)
      if (sequence.startsWith("\x1b]")) link = sequence
      else looks = /^\x1b\[0?m$/.test(sequence) ? "" : looks + sequence
      if (cell <= from && middle === "") head = end
      i = end
      continue
    }
    const cells = charWidth(codePoint)
    const length = codePoint > 0xffff ? 2 : 1
    if (cell + cells <= from && (cells > 0 || middle === "")) head = i + length
    else if (cell < to || (cells === 0 && middle !== "")) middle += row.slice(i, i + length)
    else {
      tail = i
      break
    }
    cell += cells
    i += length
  }
  const gap = cell < from ? " ".repeat(from - cell) : ""
  const blanks = " ".repeat(Math.max(0, to - Math.max(cell, from)))
  return row.slice(0, head) + RESET + gap + paint(middle + blanks) + looks + link + row.slice(tail)
}

/** A sequence that opens a link. */
const OPENS_LINK = /^\x1b\]8;[^;]*;[^\x07\x1b]/

/**
 * A row whose cells from `from` up to `to` are a link, with the looks they have. Unchanged where any of them is in a link
 * already.
 *
 * @param row ready to print, with SGR and OSC 8
 * @param address one that `isLinkAllowed`
 */
export const linkCells = (row: string, from: number, to: number, address: string): string => {
  let cell = 0
  let open = false
  let head = -1
  let tail = row.length
  for (let i = 0; i < row.length; ) {
    if (row.charCodeAt(i) === 0x1b) {
      const end = endOfEscape(row, i)
      if (row[i + 1] === "]") open = OPENS_LINK.test(row.slice(i, end))
      if (open && head !== -1) return row
      i = end
      continue
    }
    const codePoint = row.codePointAt(i)!
    const cells = charWidth(codePoint)
    if (cells > 0 && cell >= to) {
      tail = i
      break
    }
    if (cells > 0 && cell >= from && head === -1) {
      if (open) return row
      head = i
    }
    cell += cells
    i += codePoint > 0xffff ? 2 : 1
  }
  return head === -1 ? row : row.slice(0, head) + linkOf(address) + row.slice(head, tail) + LINK_END + row.slice(tail)
}
