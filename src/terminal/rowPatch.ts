/**
 * The bytes that turn a row on the screen into another: only the cells that differ. Plain functions: they run for every
 * row of every frame.
 */

import type { CellRow } from "./CellRow.ts"
import { type CellStyle, linkOf, sgrOf } from "./CellStyle.ts"
import { charWidth } from "./cells.ts"
import { type Ambiguity, isSure, reachOf } from "./sureWidths.ts"

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

/**
 * Opens a link. Its id is made of the address, so that a terminal takes the pieces that are written of it, on one row or on
 * several, as one link (the OSC 8 proposal, "Hover underlining and the id parameter").
 */
const openLink = (address: string): string => {
  // FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv
  let hash = 0x811c9dc5
  for (let i = 0; i < address.length; i++) hash = Math.imul(hash ^ address.charCodeAt(i), 0x01000193)
  return `\x1b]8;id=${(hash >>> 0).toString(36)};${address}\x1b\\`
}

/** Switches the pen to a style: SGR from a reset, and the link opened or closed where it changes. */
const setPen = (pen: PenState, style: CellStyle): string => {
  if (pen.style === style) return ""
  const [before, link] = [linkOf(pen.style), linkOf(style)]
  const sgr = sgrOf(pen.style) === sgrOf(style) ? "" : sgrOf(style)
  pen.style = style
  return sgr + (before === link ? "" : link === "" ? LINK_CLOSE : openLink(link))
}

/** Puts the pen down: default look, no link. */
export const closePen = (pen: PenState): string => setPen(pen, "")

const isBlank = (row: CellRow, column: number): boolean =>
  (row.chars[column] ?? " ") === " " && (row.styles[column] ?? "") === ""

const isSame = (a: CellRow, b: CellRow, column: number): boolean =>
  (a.chars[column] ?? " ") === (b.chars[column] ?? " ") && (a.styles[column] ?? "") === (b.styles[column] ?? "")

/** Cells of the character that begins in a column: 1 or 2. */
const cellsAt = (row: CellRow, column: number): number => (row.chars[column + 1] === "" ? 2 : 1)

const isDoubtful = (row: CellRow, columns: number, ambiguity: Ambiguity): boolean => {
  const end = Math.min(row.chars.length, columns)
  for (let column = 0; column < end; column++) {
    const char = row.chars[column]!
    if (char !== "" && !isSure(char, ambiguity)) return true
  }
  return false
}

/** Where a doubtful character may be drawn: from its column to `to` (exclusive), or in the cells of the one before it. */
interface Span {
  readonly from: number
  readonly to: number
  readonly joins: boolean
}

const doubtfulSpans = (row: CellRow, columns: number, ambiguity: Ambiguity): Array<Span> => {
  const spans: Array<Span> = []
  const end = Math.min(row.chars.length, columns)
  for (let from = 0; from < end; from++) {
    const char = row.chars[from]!
    if (char === "" || isSure(char, ambiguity)) continue
    const cells = cellsAt(row, from)
    const { least, most } = reachOf(char, cells, ambiguity)
    spans.push({ from, to: Math.min(columns, from + Math.max(cells, most)), joins: least < cells })
  }
  return spans
}

/**
 * Which cells to write (1) where a row has or had doubtful characters: those that differ and short gaps between them, and
 * with any cell that a doubtful character may have been drawn in, or will be, that character and all of its cells.
 */
const touchedCells = (columns: number, before: CellRow, after: CellRow, ambiguity: Ambiguity): Uint8Array => {
  const touched = new Uint8Array(columns)
  let last = Number.NEGATIVE_INFINITY
  for (let column = 0; column < columns; column++) {
    if (isSame(before, after, column)) continue
    touched.fill(1, column - last - 1 <= MERGE_GAP ? last + 1 : column, column + 1)
    last = column
  }
  const spans = [...doubtfulSpans(before, columns, ambiguity), ...doubtfulSpans(after, columns, ambiguity)]
  spans.sort((a, b) => a.from - b.from)
  for (let i = 0; i < spans.length; ) {
    const { from } = spans[i]!
    let { to } = spans[i]!
    for (i++; i < spans.length; i++) {
      const next = spans[i]!
      if (next.from > to || (next.from === to && !next.joins)) break
      to = Math.max(to, next.to)
    }
    // Half a character cannot be written.
    if (to < columns && after.chars[to] === "") to++
    if (touched.subarray(from, to).includes(1)) touched.fill(1, from, to)
  }
  return touched
}

const withoutMarks = (char: string): string => [...char].filter((one) => charWidth(one.codePointAt(0)!) > 0).join("")

/**
 * Writes the cells from `from` (a whole character's first) to `to` (exclusive), the cursor being at `from`. It is at
 * `to` afterwards if `goesOn`, else wherever the terminal leaves it.
 */
const writeCells = (
  row: CellRow,
  columns: number,
  from: number,
  to: number,
  pen: PenState,
  goesOn: boolean,
  ambiguity: Ambiguity
): string => {
  let out = ""
  // Where the cursor surely is; -1 after what a terminal may draw narrower or wider than we count.
  let at = from
  for (let column = from; column < to; ) {
    const char = row.chars[column] ?? " "
    if (char === "") {
      column++
      continue
    }
    if (at !== column) out += moveToColumn(column)
    const style = row.styles[column] ?? ""
    out += setPen(pen, style)
    const cells = cellsAt(row, column)
    let shown = char
    let end = column + cells
    if (isSure(char, ambiguity)) at = end
    else {
      at = -1
      const { least, most } = reachOf(char, cells, ambiguity)
      if (least < cells) {
        // Its cells are cleared first, as it may not fill them; blanks beside it are, too, and left to it if it needs more.
        const reach = Math.min(to, column + most)
        while (end < reach && (row.chars[end] ?? " ") === " " && (row.styles[end] ?? "") === style) end++
        out += " ".repeat(end - column) + moveToColumn(column)
        // At the edge a terminal may leave it out for want of room, and put its marks on the character before it.
        if (column + most > columns) shown = withoutMarks(char)
      }
    }
    out += shown
    column = end
  }
  return goesOn && at !== to ? out + moveToColumn(to) : out
}

/**
 * The bytes that make row `y` of the screen show `after` where it shows `before`, `""` when nothing differs. Autowrap
 * must be off. The pen is left as the last cell needed it. Every cell is where it should be in any terminal, however
 * narrow or wide that draws the doubtful characters of the row (sureWidths.ts).
 */
export const patchRow = (
  y: number,
  columns: number,
  before: CellRow,
  after: CellRow,
  pen: PenState,
  ambiguity: Ambiguity
): string => {
  let first = 0
  while (first < columns && isSame(before, after, first)) first++
  if (first === columns) return ""
  const touched =
    isDoubtful(after, columns, ambiguity) || isDoubtful(before, columns, ambiguity)
      ? touchedCells(columns, before, after, ambiguity)
      : null
  const isClean = (column: number) => (touched === null ? isSame(before, after, column) : touched[column] === 0)
  const mergeGap = touched === null ? MERGE_GAP : 0

  let textEnd = columns
  while (textEnd > 0 && isBlank(after, textEnd - 1)) textEnd--
  // Erasing must not begin in the middle of what a terminal has drawn wider.
  if (touched !== null) textEnd = Math.max(textEnd, doubtfulSpans(after, columns, ambiguity).at(-1)?.to ?? 0)
  let out = ""
  for (let column = touched === null ? first : 0; column < columns; ) {
    if (isClean(column)) {
      column++
      continue
    }
    const from = after.chars[column] === "" ? column - 1 : column
    let to = column + 1
    for (let next = to; next < columns && next - to <= mergeGap; next++) {
      if (!isClean(next)) to = next + 1
    }
    const erase = to > textEnd && columns - textEnd >= ERASE_MINIMUM && to - Math.max(from, textEnd) >= ERASE_MINIMUM
    out += moveTo(y, from)
    if (erase) {
      out += `${writeCells(after, columns, from, textEnd, pen, true, ambiguity)}${closePen(pen)}\x1b[K`
      return out
    }
    out += writeCells(after, columns, from, to, pen, false, ambiguity)
    column = to
  }
  return out
}
