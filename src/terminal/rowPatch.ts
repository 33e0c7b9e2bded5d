/**
 * The bytes that turn a row on the screen into another: only the cells that differ. Plain functions: they run for every
 * row of every frame.
 */

import type { CellRow } from "./CellRow.ts"
import { type CellStyle, linkOf, sgrOf } from "./CellStyle.ts"
import { charWidth } from "./cells.ts"

/** Unchanged cells between two changes that are written again, because addressing the cursor costs more bytes. */
const MERGE_GAP = 6
/** Blank cells at the end of a row from which erasing is shorter than writing them. */
const ERASE_MINIMUM = 4

/** What the terminal draws next text with: threaded through one frame, closed by `closePen`. */
export interface PenState {
  style: CellStyle
}

/** CSI row;column H (CUP), counted from 0 here and from 1 there. */
export const moveTo = (row: number, column: number): string =>
  column === 0 ? (row === 0 ? "\x1b[H" : `\x1b[${row + 1}H`) : `\x1b[${row + 1};${column + 1}H`

/** CSI column G (CHA). */
const moveToColumn = (column: number): string => `\x1b[${column + 1}G`

const LINK_CLOSE = "\x1b]8;;\x1b\\"

/** Switches the pen to a style: SGR from a reset, and the link opened or closed where it changes. */
const setPen = (pen: PenState, style: CellStyle): string => {
  if (pen.style === style) return ""
  const [before, link] = [linkOf(pen.style), linkOf(style)]
  const sgr = sgrOf(pen.style) === sgrOf(style) ? "" : sgrOf(style)
  pen.style = style
  return sgr + (before === link ? "" : link === "" ? LINK_CLOSE : `\x1b]8;;${link}\x1b\\`)
}

/** Puts the pen down: default look, no link. */
export const closePen = (pen: PenState): string => setPen(pen, "")

/**
 * True when all terminals agree on the width: no marks, and outside of the blocks where tables differ by age or taste
 * (emoji, supplementary planes).
 */
const isSureWidth = (char: string): boolean => {
  const unit = char.charCodeAt(0)
  if (char.length > 1 || (unit >= 0xd800 && unit <= 0xdfff)) return false
  return unit < 0x2300 || unit > 0x2bff || (unit >= 0x2500 && unit <= 0x25ff) || charWidth(unit) === 1
}

const isBlank = (row: CellRow, column: number): boolean =>
  (row.chars[column] ?? " ") === " " && (row.styles[column] ?? "") === ""

const isSame = (a: CellRow, b: CellRow, column: number): boolean =>
  (a.chars[column] ?? " ") === (b.chars[column] ?? " ") && (a.styles[column] ?? "") === (b.styles[column] ?? "")

/**
 * Writes the cells from `from` (a whole character's first) to `to` (exclusive), the cursor being at `from`. It is at
 * `to` afterwards if `goesOn`, else wherever the terminal leaves it.
 */
const writeCells = (row: CellRow, from: number, to: number, pen: PenState, goesOn: boolean): string => {
  let out = ""
  for (let column = from; column < to; column++) {
    const char = row.chars[column] ?? " "
    if (char === "") continue
    out += setPen(pen, row.styles[column] ?? "")
    if (isSureWidth(char)) {
      out += char
      continue
    }
    // The terminal may draw it narrower or wider than we count: clear its cells first, go on by position after.
    const cells = row.chars[column + 1] === "" ? 2 : 1
    if (cells === 2) out += `  ${moveToColumn(column)}`
    out += char
    if (goesOn || column + cells < to) out += moveToColumn(column + cells)
  }
  return out
}

/**
 * The bytes that make row `y` of the screen show `after` where it shows `before`, `""` when nothing differs. Autowrap
 * must be off. The pen is left as the last cell needed it.
 */
export const patchRow = (y: number, columns: number, before: CellRow, after: CellRow, pen: PenState): string => {
  let textEnd = columns
  while (textEnd > 0 && isBlank(after, textEnd - 1)) textEnd--
  let out = ""
  for (let column = 0; column < columns; ) {
    if (isSame(before, after, column)) {
      column++
      continue
    }
    // Ink gives an emoji two columns where the emulator has one: the same character may gain a second half.
    const from = after.chars[column] === "" ? column - 1 : column
    let to = column + 1
    for (let next = to; next < columns && next - to <= MERGE_GAP; next++) {
      if (!isSame(before, after, next)) to = next + 1
    }
    const erase = to > textEnd && columns - textEnd >= ERASE_MINIMUM && to - Math.max(from, textEnd) >= ERASE_MINIMUM
    out += moveTo(y, from)
    if (erase) {
      out += `${writeCells(after, from, textEnd, pen, true)}${closePen(pen)}\x1b[K`
      return out
    }
    out += writeCells(after, from, to, pen, false)
    column = to
  }
  return out
}
