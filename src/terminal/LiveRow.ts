/**
 * One row of live output: its exact text until a cell changes, cells from then on. Plain: progress bars write into it.
 */

import { charWidth } from "./cells.ts"
import { endOfSequence } from "./lineLayout.ts"
import { applySgr, lookOf, Pen, StyledText } from "./sgr.ts"

const ESC = 0x1b
const TAB = 0x09
const TAB_STOP = 8
/** Looks that one stretch of rows may use, counted in a cell's 16 bits; the emulator takes over beyond. */
const MAX_LOOKS = 4_096

/** Numbers for the looks of cells; 0 is the default look. */
export class Looks {
  readonly #sgr: Array<string> = [""]
  readonly #numbers = new Map<string, number>([["", 0]])

  get isFull(): boolean {
    return this.#sgr.length >= MAX_LOOKS
  }

  /** The look's sequence. */
  sgr(number: number): string {
    return this.#sgr[number]!
  }

  /** The look's number. */
  number(pen: Pen): number {
    const sgr = lookOf(pen)
    const known = this.#numbers.get(sgr)
    if (known !== undefined) return known
    this.#sgr.push(sgr)
    this.#numbers.set(sgr, this.#sgr.length - 1)
    return this.#sgr.length - 1
  }
}

/** The column after a tab, which never reaches beyond the last. */
export const nextTabStop = (column: number, columns: number): number =>
  column >= columns ? column : Math.min(column - (column % TAB_STOP) + TAB_STOP, columns - 1)

/** See the module's text. */
export class LiveRow {
  /** Code points, 0 where nothing was written. */
  readonly codes: Uint32Array
  /** Numbers of looks. */
  readonly looks: Uint16Array
  /** One past the last cell that may have been written. */
  length = 0
  /** The text, null once it is in cells. */
  #exact: string | null = ""

  constructor(columns: number) {
    this.codes = new Uint32Array(columns)
    this.looks = new Uint16Array(columns)
  }

  /** Holds this text and nothing else. */
  reset(exact: string): void {
    this.clear()
    this.#exact = exact
  }

  /** Erases every cell. */
  clear(): void {
    this.#exact = null
    this.codes.fill(0, 0, this.length)
    this.length = 0
  }

  /** Erases cells `from` (inclusive) to `to` (exclusive); the text must be in cells. */
  erase(from: number, to: number): void {
    if (from < this.length) this.codes.fill(0, from, Math.min(to, this.length))
    if (to >= this.length) this.length = Math.min(this.length, from)
  }

  /** Nothing shows here. */
  get isBlank(): boolean {
    if (this.#exact !== null) return /^\t*$/.test(this.#exact)
    for (let column = 0; column < this.length; column++) if (this.codes[column] !== 0) return false
    return true
  }

  /** Puts the text into cells, unless it is there; false when it holds what these cells cannot: wide characters, links. */
  toCells(looks: Looks): boolean {
    if (this.#exact === null) return true
    if (!this.#parse(Buffer.from(this.#exact), looks)) return false
    this.#exact = null
    return true
  }

  #parse(bytes: Buffer, looks: Looks): boolean {
    const columns = this.codes.length
    const pen = new Pen()
    let look = 0
    let column = 0
    for (let i = 0; i < bytes.length; ) {
      if (bytes[i] === ESC) {
        const end = endOfSequence(bytes, i, bytes.length)
        if (bytes[i + 1] === 0x5d || looks.isFull) return false
        applySgr(pen, bytes, i + 2, end - 1)
        look = looks.number(pen)
        i = end
        continue
      }
      if (bytes[i] === TAB) {
        column = nextTabStop(column, columns)
        i++
        continue
      }
      let end = i + 1
      while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end++
      const code = end === i + 1 ? bytes[i]! : bytes.toString("utf8", i, end).codePointAt(0)!
      if (charWidth(code) !== 1 || column >= columns) return false
      this.codes[column] = code
      this.looks[column++] = look
      // Kept up to date, so that `clear` finds the cells even when the text turns out not to fit.
      this.length = column
      i = end
    }
    return true
  }

  /** The row as text: the exact one while no cell has changed. */
  text(looks: Looks): string {
    if (this.#exact !== null) return this.#exact
    const styled = new StyledText()
    let end = this.length
    while (end > 0 && this.codes[end - 1] === 0) end--
    for (let from = 0; from < end; ) {
      const empty = this.codes[from] === 0
      const look = empty ? 0 : this.looks[from]!
      let to = from + 1
      while (to < end && (this.codes[to] === 0) === empty && (empty || this.looks[to] === look)) to++
      if (empty) styled.gap(to - from)
      else styled.add(String.fromCodePoint(...this.codes.subarray(from, to)), looks.sgr(look), "")
      from = to
    }
    return styled.end()
  }
}
