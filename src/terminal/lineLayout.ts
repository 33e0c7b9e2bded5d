/**
 * Lays one stored line out in cells: how many rows it takes, what each row shows, where it ends.
 *
 * A stored line is UTF-8 text with tabs, SGR and OSC 8, every sequence complete. Cells are the emulator's: wide
 * characters are never split, combining ones join the cell before them, a tab moves to the next stop of eight without
 * writing and never past the last column. Plain functions over bytes: they run for every row that is shown or counted.
 */

import { charWidth } from "./cells.ts"
import { applySgr, lookOf, Pen, StyledText } from "./sgr.ts"

const ESC = 0x1b
const TAB = 0x09
const TAB_STOP = 8

/** Where a line ends: the row and column after its last cell. A full row's end is its width, not the next row. */
export interface LineEnd {
  readonly row: number
  readonly column: number
}

/** Index just past the escape sequence that begins at `start`: SGR up to its `m`, OSC 8 up to its ST. */
export const endOfSequence = (bytes: Uint8Array, start: number, end: number): number => {
  let i = start + 2
  if (bytes[start + 1] === 0x5d) {
    while (i < end && !(bytes[i] === 0x5c && bytes[i - 1] === ESC)) i++
  } else {
    while (i < end && bytes[i] !== 0x6d) i++
  }
  return i < end ? i + 1 : end
}

/** Bytes of the character that starts with this byte, in valid UTF-8. */
const lengthOf = (lead: number): number => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4)

const decode = (bytes: Uint8Array, at: number, length: number): number => {
  const lead = bytes[at]!
  if (length === 1) return lead
  const second = bytes[at + 1]! & 0x3f
  if (length === 2) return ((lead & 0x1f) << 6) | second
  const third = bytes[at + 2]! & 0x3f
  if (length === 3) return ((lead & 0x0f) << 12) | (second << 6) | third
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f)
}

/** Direction controls (embeddings, overrides, isolates): kept in text, never shown, as they make code read otherwise. */
export const isBidiControl = (codePoint: number): boolean =>
  (codePoint >= 0x202a && codePoint <= 0x202e) || (codePoint >= 0x2066 && codePoint <= 0x2069)

/** The column that a tab goes to: the next stop of eight, never past the last column. */
export const nextStop = (column: number, width: number): number =>
  column >= width ? column : Math.min(column - (column % TAB_STOP) + TAB_STOP, width - 1)

/**
 * Measures bytes of a line without showing them, from a position that an earlier call returned or the line's start.
 *
 * @param width cells per row, at least 1
 */
export const measure = (bytes: Uint8Array, from: number, to: number, width: number, at: LineEnd): LineEnd => {
  let { row, column } = at
  for (let i = from; i < to; ) {
    const byte = bytes[i]!
    let cells = 1
    if (byte >= 0x20 && byte < 0x7f) i++
    else if (byte === ESC) {
      i = endOfSequence(bytes, i, to)
      continue
    } else if (byte === TAB) {
      column = nextStop(column, width)
      i++
      continue
    } else {
      const length = lengthOf(byte)
      cells = charWidth(decode(bytes, i, length))
      i += length
      if (cells === 0) continue
    }
    if (column + cells > width) {
      row++
      column = 0
    }
    column += cells
  }
  return { row, column }
}

/** The start of a line. */
export const LINE_START: LineEnd = { row: 0, column: 0 }

/** Rows that a line takes at `width`. */
export const countRows = (bytes: Uint8Array, from: number, to: number, width: number): number =>
  measure(bytes, from, to, width, LINE_START).row + 1

/** Collects what a layout shows. */
class Rows {
  readonly #text = new StyledText()
  readonly #pen = new Pen()
  readonly #bytes: Buffer
  #sgr = ""
  #link = ""
  /** Cells skipped by tabs, shown only when something follows them. */
  #gap = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  sequence(from: number, to: number): void {
    if (this.#bytes[from + 1] === 0x5d) {
      // ESC ] 8 ; ; address ESC \
      this.#link = this.#bytes.toString("latin1", from + 5, to - 2)
      return
    }
    applySgr(this.#pen, this.#bytes, from + 2, to - 1)
    this.#sgr = lookOf(this.#pen)
  }

  skip(cells: number): void {
    this.#gap += cells
  }

  add(from: number, to: number): void {
    if (to <= from) return
    this.#text.gap(this.#gap)
    this.#gap = 0
    this.#text.add(this.#bytes.toString("utf8", from, to), this.#sgr, this.#link)
  }

  /** The row, when its line goes on in the next. */
  wrap(): string {
    this.#text.gap(this.#gap)
    return this.end()
  }

  end(): string {
    this.#gap = 0
    return this.#text.end()
  }
}

/** How `layOut` treats the end of a row: begin the next string, or go on in the same one (a logical line of cells). */
type Breaks = "rows" | "joined"

const layOut = (
  bytes: Buffer,
  from: number,
  to: number,
  width: number,
  breaks: Breaks,
  last: number
): Array<string> => {
  const rows: Array<string> = []
  const out = new Rows(bytes)
  let column = 0
  let run = from
  let i = from
  while (i < to) {
    const byte = bytes[i]!
    let cells = 1
    let length = 1
    if (byte < 0x20 || byte >= 0x7f) {
      if (byte === ESC || byte === TAB) {
        out.add(run, i)
        if (byte === ESC) {
          const end = endOfSequence(bytes, i, to)
          out.sequence(i, end)
          i = end
        } else {
          const stop = nextStop(column, width)
          out.skip(stop - column)
          column = stop
          i++
        }
        run = i
        continue
      }
      length = lengthOf(byte)
      const codePoint = decode(bytes, i, length)
      if (isBidiControl(codePoint) && breaks === "rows") {
        out.add(run, i)
        i += length
        run = i
        continue
      }
      cells = charWidth(codePoint)
    }
    if (cells > 0 && column + cells > width) {
      out.add(run, i)
      run = i
      if (breaks === "rows") {
        rows.push(out.wrap())
        if (rows.length > last) return rows
      }
      column = 0
    }
    column += cells
    i += length
  }
  out.add(run, to)
  rows.push(out.end())
  return rows
}

/**
 * The rows of a line at `width`, tabs expanded, each with its own SGR and ended; at most up to row `last`.
 *
 * @param from first byte of the line in `bytes`, `to` the one after its last
 */
export const wrapLine = (bytes: Buffer, from: number, to: number, width: number, last = Infinity): Array<string> =>
  layOut(bytes, from, to, width, "rows", last)

/**
 * The cells of a line as the emulator would read them back when its terminal is `width` wide: tabs are blanks, styles
 * canonical, rows joined again.
 */
export const cellsOfLine = (line: string, width: number): string => {
  const bytes = Buffer.from(line)
  return layOut(bytes, 0, bytes.length, width, "joined", Infinity)[0]!
}
