/**
 * The last few rows of the screen as cells: progress bars and lists that redraw themselves.
 *
 * Between the fast path, which only appends, and the emulator, which does everything, this knows what most programs
 * use: carriage return, backspace, moves by rows and columns, erasing to an end, narrow characters. At anything else it
 * stops and the emulator takes over from the same rows. It exists for speed (several times the emulator's) and agrees
 * with the emulator cell by cell, which a property test holds it to. Plain code over bytes and typed arrays.
 */

import { charWidth } from "./cells.ts"
import { endOfSequence } from "./lineLayout.ts"
import { followKeypad, followPassive } from "./passiveSequences.ts"
import { applySgr, lookOf, Pen, StyledText } from "./sgr.ts"
import type { TerminalModes } from "./TerminalModes.ts"

const ESC = 0x1b
const TAB_STOP = 8
/** Longest CSI sequence followed here, in bytes. */
const MAX_CSI_BYTES = 128
/** Looks that one stretch of rows may use; a row's cells hold their number. */
const MAX_LOOKS = 4_096

/** A row: its exact text until a cell changes, cells from then on. */
interface Row {
  exact: string | null
  /** Code points, 0 where nothing was written. */
  readonly codes: Uint32Array
  /** Looks, as indexes. */
  readonly looks: Uint16Array
  /** One past the last cell written. */
  length: number
}

/** Why `consume` stopped: nothing left, the rest of a sequence is needed, the emulator is, or the fast path will do. */
export type RowsStop = "end" | "more" | "slow" | "simple"

/** Where lines come from that the cursor moves up to, and where they go that scroll off the screen. */
interface Lines {
  /** Takes the line above the first row, if it may change and takes one row; null otherwise. */
  readonly pull: () => string | null
  readonly push: (line: string) => void
}

/** See the module's text. */
export class LiveRows {
  stop: RowsStop = "end"
  readonly pen = new Pen()
  readonly #lines: Lines
  readonly #modes: TerminalModes
  #columns = 0
  #screenRows = 0
  #rows: Array<Row> = []
  /** Index of the cursor's row, its row on the screen, and its column. */
  #index = 0
  #y = 0
  #column = 0
  /** The cursor has been at the screen's bottom: rows may have scrolled off. */
  #full = false
  /** The last byte taken ended a character. */
  #joinable = false
  /** Rows to be used again. */
  #spare: Array<Row> = []
  #looks: Array<string> = [""]
  #numbers = new Map<string, number>([["", 0]])
  #look = 0

  constructor(modes: TerminalModes, lines: Lines) {
    this.#modes = modes
    this.#lines = lines
  }

  /**
   * Begins on the last row of a screen: `open` is its text, `y` its number from the screen's top, `column` the
   * cursor's.
   */
  begin(columns: number, screenRows: number, open: string, y: number, column: number): void {
    this.#screenRows = screenRows
    if (columns !== this.#columns) this.#spare = []
    this.#columns = columns
    this.#rows = [this.#newRow(open)]
    this.#index = 0
    this.#y = y
    this.#full = y === screenRows - 1
    this.#joinable = false
    this.#column = column
    this.#looks = [""]
    this.#numbers = new Map([["", 0]])
  }

  /** Continues in this look. */
  setPen(pen: Pen): void {
    this.pen.copy(pen)
    this.#findLook()
  }

  /** The rows as lines; `open` when the cursor is on the last one, so that it has no newline yet. */
  lines(): { readonly lines: Array<string>; readonly open: boolean } {
    let last = this.#rows.length - 1
    while (last > this.#index && this.#isBlank(last)) last--
    if (last === this.#index && this.#isBlank(last)) last--
    const lines = this.#rows.slice(0, last + 1).map((row) => this.#textOf(row))
    return { lines, open: last === this.#index && last >= 0 }
  }

  /** All rows' texts, empty ones at the end included. */
  texts(): Array<string> {
    return this.#rows.map((row) => this.#textOf(row))
  }

  /** The cursor's row among the rows, and its column. */
  get cursor(): { readonly line: number; readonly column: number } {
    return { line: this.#index, column: this.#column }
  }

  /** The character just printed, which combining ones would join; `""` after anything else. */
  get printed(): string {
    const row = this.#rows[this.#index]
    return this.#joinable && row !== undefined ? String.fromCodePoint(row.codes[this.#column - 1]!) : ""
  }

  /** Rows of the screen above the first row. */
  get above(): number {
    return this.#y - this.#index
  }

  /** Forgets the rows. */
  clear(): void {
    this.#spare = this.#rows
    this.#rows = []
  }

  /** Takes bytes as `LineFastPath.consume` does; stops as `simple` right after the byte that made the screen so. */
  consume(input: Uint8Array, from: number, to: number): number {
    let i = from
    this.stop = "end"
    while (i < to && this.stop === "end") {
      const byte = input[i]!
      if (byte >= 0x20 && byte < 0x7f) i = this.#ascii(input, i, to)
      else if (byte >= 0x80) i = this.#utf8(input, i, to)
      else if (byte === ESC) {
        i = this.#escape(input, i, to)
        if (this.stop === "end") this.#joinable = false
      } else {
        i++
        this.#joinable = false
        if (byte === 0x0d) this.#column = 0
        else if (byte === 0x0a) this.#lineFeed()
        else if (byte === 0x08) this.#column = Math.max(0, this.#column - 1)
        else if (byte === 0x09) {
          this.#column = Math.min(this.#column - (this.#column % TAB_STOP) + TAB_STOP, this.#columns - 1)
        } else if (byte >= 0x0b && byte <= 0x0e) {
          this.stop = "slow"
          i--
        }
      }
    }
    return i
  }

  #ascii(input: Uint8Array, from: number, to: number): number {
    const row = this.#writable(this.#rows[this.#index]!)
    // The last column is the emulator's: what is printed there waits before it wraps.
    const room = this.#columns - 1 - this.#column
    if (row === null || room <= 0) {
      this.stop = "slow"
      return from
    }
    const stop = Math.min(to, from + room)
    const { codes, looks } = row
    const look = this.#look
    let column = this.#column
    let i = from
    for (; i < stop; i++) {
      const byte = input[i]!
      if (byte < 0x20 || byte > 0x7e) break
      codes[column] = byte
      looks[column++] = look
    }
    this.#column = column
    this.#joinable = true
    if (column > row.length) row.length = column
    return i
  }

  /** One narrow character beyond ASCII; broken, combining and wide ones are left to the emulator. */
  #utf8(input: Uint8Array, from: number, to: number): number {
    const lead = input[from]!
    const length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe1 && lead <= 0xec ? 3 : 0
    if (length > 0 && from + length > to) {
      this.stop = "more"
      return from
    }
    let code = length === 2 ? lead & 0x1f : lead & 0x0f
    let valid = length > 0
    for (let n = 1; n < length; n++) {
      const byte = input[from + n]!
      valid &&= (byte & 0xc0) === 0x80
      code = (code << 6) | (byte & 0x3f)
    }
    const row = valid && charWidth(code) === 1 ? this.#writable(this.#rows[this.#index]!) : null
    if (row === null || this.#column >= this.#columns - 1) {
      this.stop = "slow"
      return from
    }
    row.codes[this.#column] = code
    row.looks[this.#column++] = this.#look
    if (this.#column > row.length) row.length = this.#column
    this.#joinable = true
    return from + length
  }

  #lineFeed(): void {
    this.#y = Math.min(this.#y + 1, this.#screenRows - 1)
    this.#full ||= this.#y === this.#screenRows - 1
    if (++this.#index === this.#rows.length) {
      this.#rows.push(this.#newRow(""))
      if (this.#rows.length > this.#screenRows) {
        const first = this.#rows.shift()!
        this.#lines.push(this.#textOf(first))
        this.#spare.push(first)
        this.#index--
      }
    }
    // Blank rows below the cursor of a full screen are nothing that appended lines could tell of: wait until they are
    // used up.
    const atEnd = this.#index === this.#rows.length - 1 && this.#isBlank(this.#index)
    const noneBelow = !this.#full || this.#y === this.#screenRows - 1
    if (this.#column === 0 && atEnd && noneBelow) this.stop = "simple"
  }

  #escape(input: Uint8Array, from: number, to: number): number {
    const kind = input[from + 1]
    if (from + 1 === to || (kind === 0x28 && from + 2 === to)) {
      this.stop = "more"
      return from
    }
    if (kind === 0x5b) {
      let i = from + 2
      while (i < to && input[i]! >= 0x20 && input[i]! <= 0x3f && i - from <= MAX_CSI_BYTES) i++
      if (i === to && i - from <= MAX_CSI_BYTES) {
        this.stop = "more"
        return from
      }
      if (i < to && this.#csi(input, from + 2, i)) return i + 1
    } else if (kind === 0x28 && input[from + 2] === 0x42) return from + 3
    else if (kind === 0x5c || followKeypad(kind!, this.#modes)) return from + 2
    this.stop = "slow"
    return from
  }

  /** One CSI sequence, parameters at `from`, final byte at `to`; false when it is not one of ours. */
  #csi(input: Uint8Array, from: number, to: number): boolean {
    let number = 0
    let plain = true
    for (let i = from; i < to; i++) {
      const byte = input[i]!
      if (byte >= 0x30 && byte <= 0x39) number = Math.min(number * 10 + byte - 0x30, 0xffff)
      else plain = false
    }
    const final = input[to]!
    if (final === 0x6d) return this.#sgr(input, from, to)
    if (!plain) return followPassive(input, from, to, this.#modes)
    const count = Math.max(1, number)
    switch (final) {
      case 0x41:
        return this.#up(count)
      case 0x42:
        if (this.#index + count >= this.#rows.length) return false
        this.#index += count
        this.#y += count
        return true
      case 0x43:
        this.#column = Math.min(this.#column + count, this.#columns - 1)
        return true
      case 0x44:
        this.#column = Math.max(0, this.#column - count)
        return true
      case 0x47:
        this.#column = Math.min(count - 1, this.#columns - 1)
        return true
      case 0x4b:
        return this.#eraseLine(number)
      case 0x4a:
        return number === 0 && this.#eraseBelow()
      default:
        return followPassive(input, from, to, this.#modes)
    }
  }

  #sgr(input: Uint8Array, from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      if (input[i]! < 0x30 || input[i]! > 0x3b) return followPassive(input, from, to, this.#modes)
    }
    if (this.#looks.length === MAX_LOOKS) return false
    applySgr(this.pen, input, from, to)
    this.#findLook()
    return true
  }

  #findLook(): void {
    this.#look = this.#numberOf(lookOf(this.pen))
  }

  #numberOf(sgr: string): number {
    const known = this.#numbers.get(sgr)
    if (known !== undefined) return known
    this.#looks.push(sgr)
    this.#numbers.set(sgr, this.#looks.length - 1)
    return this.#looks.length - 1
  }

  #up(count: number): boolean {
    // At the top of the screen the emulator decides.
    if (count > this.#y) return false
    for (let missing = count - this.#index; missing > 0; missing--) {
      const line = this.#lines.pull()
      if (line === null) return false
      this.#rows.unshift(this.#newRow(line))
      this.#index++
    }
    this.#index -= count
    this.#y -= count
    return true
  }

  #eraseLine(what: number): boolean {
    // Erasing paints the background, if there is one.
    if (this.pen.background !== 0 || what > 2) return false
    const index = this.#index
    if (what === 2) {
      const row = this.#rows[index]!
      row.exact = null
      row.codes.fill(0, 0, row.length)
      row.length = 0
      return true
    }
    const row = this.#writable(this.#rows[index]!)
    if (row === null) return false
    if (what === 0) {
      if (this.#column < row.length) {
        row.codes.fill(0, this.#column, row.length)
        row.length = this.#column
      }
    } else row.codes.fill(0, 0, Math.min(this.#column + 1, row.length))
    return true
  }

  #eraseBelow(): boolean {
    if (!this.#eraseLine(0)) return false
    this.#spare.push(...this.#rows.splice(this.#index + 1))
    return true
  }

  #isBlank(index: number): boolean {
    const row = this.#rows[index]!
    if (row.exact !== null) return /^\t*$/.test(row.exact)
    for (let column = 0; column < row.length; column++) if (row.codes[column] !== 0) return false
    return true
  }

  #newRow(exact: string): Row {
    const spare = this.#spare.pop()
    if (spare !== undefined) {
      spare.exact = exact
      spare.codes.fill(0)
      spare.length = 0
      return spare
    }
    return { exact, codes: new Uint32Array(this.#columns), looks: new Uint16Array(this.#columns), length: 0 }
  }

  /** The row with its text in cells; null when it holds what cells here cannot. */
  #writable(row: Row): Row | null {
    if (row.exact === null) return row
    if (!this.#parse(row, row.exact)) return null
    row.exact = null
    return row
  }

  #parse(row: Row, text: string): boolean {
    if (text === "") return true
    const bytes = Buffer.from(text)
    const pen = new Pen()
    let look = 0
    let column = 0
    for (let i = 0; i < bytes.length; ) {
      if (bytes[i] === ESC) {
        const end = endOfSequence(bytes, i, bytes.length)
        if (bytes[i + 1] === 0x5d || this.#looks.length >= MAX_LOOKS) return false
        applySgr(pen, bytes, i + 2, end - 1)
        look = this.#numberOf(lookOf(pen))
        i = end
        continue
      }
      if (bytes[i] === 0x09) {
        column = column >= this.#columns ? column : Math.min(column - (column % TAB_STOP) + TAB_STOP, this.#columns - 1)
        i++
        continue
      }
      let end = i + 1
      while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end++
      const code = end === i + 1 ? bytes[i]! : bytes.toString("utf8", i, end).codePointAt(0)!
      if (charWidth(code) !== 1 || column >= this.#columns) return false
      row.codes[column] = code
      row.looks[column++] = look
      i = end
    }
    row.length = column
    return true
  }

  #textOf(row: Row): string {
    if (row.exact !== null) return row.exact
    const styled = new StyledText()
    let end = row.length
    while (end > 0 && row.codes[end - 1] === 0) end--
    for (let from = 0; from < end; ) {
      const empty = row.codes[from] === 0
      const look = empty ? 0 : row.looks[from]!
      let to = from + 1
      while (to < end && (row.codes[to] === 0) === empty && (empty || row.looks[to] === look)) to++
      if (empty) styled.gap(to - from)
      else styled.add(String.fromCodePoint(...row.codes.subarray(from, to)), this.#looks[look]!, "")
      from = to
    }
    return styled.end()
  }
}
