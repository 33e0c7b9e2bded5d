/**
 * Reads the emulator's cells as styled text: its attributes as a `Pen`, its rows as lines. Plain: it runs over every
 * cell of every row that is shown or stored from the emulator.
 */

import type { IBuffer, IBufferCell } from "@xterm/headless"
import { charWidth } from "./cells.ts"
import {
  BLINK,
  BOLD,
  DIM,
  INVERSE,
  INVISIBLE,
  ITALIC,
  isLinkAllowed,
  lookOf,
  OVERLINE,
  PALETTE,
  Pen,
  RGB,
  STRIKE,
  StyledText,
  UNDERLINE_SHIFT
} from "./sgr.ts"

/** Colour modes of the emulator's attributes (bits 24–25): default, 16, 256, RGB. */
const COLOUR_MODE = 0x3000000
const RGB_MODE = 0x3000000
/** Flags in `fg` and `bg` of its attributes. */
const FG_INVERSE = 0x4000000
const FG_BOLD = 0x8000000
const FG_UNDERLINE = 0x10000000
const FG_BLINK = 0x20000000
const FG_INVISIBLE = 0x40000000
const FG_STRIKE = 0x80000000
const BG_ITALIC = 0x4000000
const BG_DIM = 0x8000000
const BG_EXTENDED = 0x10000000
/** DECSCA. */
const BG_PROTECTED = 0x20000000
const BG_OVERLINE = 0x40000000

/** The first code point above the controls that has no width. */
const FIRST_MARK = 0x300

/** A cell's attributes as the emulator packs them, for the next character or a cell. */
export interface Attributes {
  readonly fg: number
  readonly bg: number
  readonly extended: { readonly underlineStyle: number; readonly underlineColor: number; readonly urlId: number }
}

/** The look that attributes say. */
export const penOf = (cell: Attributes, pen: Pen): void => {
  const { fg, bg } = cell
  pen.foreground = colourOf(fg)
  pen.background = colourOf(bg)
  let flags = 0
  if (fg & FG_BOLD) flags |= BOLD
  if (bg & BG_DIM) flags |= DIM
  if (bg & BG_ITALIC) flags |= ITALIC
  if (fg & FG_BLINK) flags |= BLINK
  if (fg & FG_INVERSE) flags |= INVERSE
  if (fg & FG_INVISIBLE) flags |= INVISIBLE
  if (fg & FG_STRIKE) flags |= STRIKE
  if (bg & BG_OVERLINE) flags |= OVERLINE
  // A link shows as dashed in the emulator: only the flag says whether the program underlined it.
  const extended = (bg & BG_EXTENDED) !== 0
  const shape = extended && cell.extended.urlId === 0 ? cell.extended.underlineStyle : 1
  if (fg & FG_UNDERLINE) flags |= shape << UNDERLINE_SHIFT
  pen.flags = flags
  pen.underline = extended ? underlineOf(cell) : 0
}

/** The colour for underlines, whether there are any or not. SGR 59 leaves all bits set there. */
export const underlineOf = ({ extended }: Attributes): number => {
  const value = extended.underlineColor & (COLOUR_MODE | 0xffffff)
  return value === (COLOUR_MODE | 0xffffff) ? 0 : colourOf(value)
}

const colourOf = (value: number): number => {
  const mode = value & COLOUR_MODE
  if (mode === 0) return 0
  return mode === RGB_MODE ? RGB | (value & 0xffffff) : PALETTE | (value & 0xff)
}

/** True for text that DECSCA protects from erasing. */
export const isProtected = (attributes: Attributes): boolean => (attributes.bg & BG_PROTECTED) !== 0

/** A cell's text; a mark that was printed on an empty cell gets a blank to stand on, or it would fall on the cell before. */
const standing = (chars: string): string =>
  chars.charCodeAt(0) >= FIRST_MARK && charWidth(chars.codePointAt(0)!) === 0 ? ` ${chars}` : chars

/** See the module's text. */
export class CellReader {
  readonly #cell: IBufferCell
  readonly #address: (link: number) => string
  readonly #styled = new StyledText()
  readonly #pen = new Pen()

  /**
   * @param cell one to be used again and again
   * @param address gives a link's address by its number
   */
  constructor(cell: IBufferCell, address: (link: number) => string) {
    this.#cell = cell
    this.#address = address
  }

  /** Nothing was written in this row, and nothing painted. */
  isBlank(buffer: IBuffer, row: number): boolean {
    const line = buffer.getLine(row)
    if (line === undefined) return true
    if (line.isWrapped) return false
    for (let x = 0; x < line.length; x++) {
      const cell = line.getCell(x, this.#cell)!
      if (cell.getChars() !== "" || !cell.isBgDefault()) return false
    }
    return true
  }

  /** Address of the link that these attributes are in when it may be kept, `""` otherwise. */
  linkOf(cell: Attributes): string {
    if ((cell.bg & BG_EXTENDED) === 0 || cell.extended.urlId === 0) return ""
    const address = this.#address(cell.extended.urlId)
    return isLinkAllowed(address) ? address : ""
  }

  /** The rows `from` (inclusive) to `to` (exclusive) of a `columns` wide buffer as one line. */
  line(buffer: IBuffer, from: number, to: number, columns: number): string {
    for (let row = from; row < to; row++) this.#addRow(buffer, row, columns, row === to - 1)
    return this.#styled.end()
  }

  /** Adds a row's cells; `last` when no other row of its line follows, so that cells never written are left out. */
  #addRow(buffer: IBuffer, row: number, columns: number, last: boolean): void {
    const line = buffer.getLine(row)
    if (line === undefined) return
    const cell = this.#cell
    const attributes = cell as unknown as Attributes
    let end = Math.min(line.length, columns)
    if (last) {
      while (end > 0 && line.getCell(end - 1, cell)!.getChars() === "" && cell.isBgDefault() && cell.getWidth() > 0)
        end--
    } else if (end > 0 && line.getCell(end - 1, cell)!.getChars() === "" && cell.getWidth() === 1) {
      // A wide character that did not fit left one cell empty.
      if (
        buffer
          .getLine(row + 1)
          ?.getCell(0, cell)
          ?.getWidth() === 2
      )
        end--
    }
    let fg = -1
    let bg = -1
    let extended: unknown
    let sgr = ""
    let link = ""
    let run = ""
    for (let x = 0; x < end; x++) {
      line.getCell(x, cell)
      const chars = cell.getChars()
      if (chars === "" && cell.getWidth() === 0) continue
      if (attributes.fg !== fg || attributes.bg !== bg || (bg & BG_EXTENDED && attributes.extended !== extended)) {
        if (run !== "") this.#styled.add(run, sgr, link)
        run = ""
        fg = attributes.fg
        bg = attributes.bg
        extended = attributes.extended
        penOf(attributes, this.#pen)
        sgr = lookOf(this.#pen)
        link = this.linkOf(attributes)
      }
      run += chars === "" ? " " : standing(chars)
    }
    if (run !== "") this.#styled.add(run, sgr, link)
  }
}
