/**
 * The last few rows of the screen as cells: progress bars and lists that redraw themselves.
 *
 * Between the fast path, which only appends, and the emulator, which does everything, this knows what most programs
 * use: carriage return, backspace, moves by rows and columns, erasing to an end, narrow characters. At anything else it
 * stops and the emulator takes over from the same rows. It exists for speed (several times the emulator's) and agrees
 * with the emulator cell by cell, which a property test holds it to. Plain code over bytes and typed arrays.
 */

import { charWidth } from "./cells.ts"
import { LiveRow, Looks, nextTabStop } from "./LiveRow.ts"
import type { ProgramTalk } from "./ProgramTalk.ts"
import { followKeypad, followPassive } from "./passiveSequences.ts"
import { applySgr, Pen } from "./sgr.ts"
import type { TerminalModes } from "./TerminalModes.ts"

const ESC = 0x1b
/** Longest CSI sequence followed here, in bytes. */
const MAX_CSI_BYTES = 128

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
  readonly #talk: ProgramTalk
  #columns = 0
  #screenRows = 0
  #rows: Array<LiveRow> = []
  /** Index of the cursor's row, its row on the screen, and its column. */
  #index = 0
  #y = 0
  #column = 0
  /** The cursor has been at the screen's bottom: rows may have scrolled off. */
  #full = false
  /** The last byte taken ended a character. */
  #joinable = false
  /** Rows to be used again. */
  #spare: Array<LiveRow> = []
  #looks = new Looks()
  #look = 0

  constructor(modes: TerminalModes, talk: ProgramTalk, lines: Lines) {
    this.#modes = modes
    this.#talk = talk
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
    this.#looks = new Looks()
  }

  /** Continues in this look. */
  setPen(pen: Pen): void {
    this.pen.copy(pen)
    this.#findLook()
  }

  /** The rows as lines; `open` when the cursor is on the last one, so that it has no newline yet. */
  lines(): { readonly lines: Array<string>; readonly open: boolean } {
    let last = this.#rows.length - 1
    while (last > this.#index && this.#rows[last]!.isBlank) last--
    if (last === this.#index && this.#rows[last]!.isBlank) last--
    const lines = this.#rows.slice(0, last + 1).map((row) => row.text(this.#looks))
    return { lines, open: last === this.#index && last >= 0 }
  }

  /** All rows' texts, empty ones at the end included. */
  texts(): Array<string> {
    return this.#rows.map((row) => row.text(this.#looks))
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
          this.#column = nextTabStop(this.#column, this.#columns)
        } else if (byte === 0x07) this.#talk.bell()
        else if (byte >= 0x0b && byte <= 0x0e) {
          this.stop = "slow"
          i--
        }
      }
    }
    return i
  }

  #ascii(input: Uint8Array, from: number, to: number): number {
    const row = this.#writable()
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
    const row = valid && charWidth(code) === 1 ? this.#writable() : null
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
        this.#lines.push(first.text(this.#looks))
        this.#spare.push(first)
        this.#index--
      }
    }
    // Blank rows below the cursor of a full screen are nothing that appended lines could tell of: wait until they are
    // used up.
    const atEnd = this.#index === this.#rows.length - 1 && this.#rows[this.#index]!.isBlank
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
    if (!plain) return followPassive(input, from, to, this.#modes, this.#talk)
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
        return followPassive(input, from, to, this.#modes, this.#talk)
    }
  }

  #sgr(input: Uint8Array, from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      if (input[i]! < 0x30 || input[i]! > 0x3b) return followPassive(input, from, to, this.#modes, this.#talk)
    }
    if (this.#looks.isFull) return false
    applySgr(this.pen, input, from, to)
    this.#findLook()
    return true
  }

  #findLook(): void {
    this.#look = this.#looks.number(this.pen)
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
    if (what === 2) {
      this.#rows[this.#index]!.clear()
      return true
    }
    const row = this.#writable()
    if (row === null) return false
    if (what === 0) row.erase(this.#column, this.#columns)
    else row.erase(0, this.#column + 1)
    return true
  }

  #eraseBelow(): boolean {
    if (!this.#eraseLine(0)) return false
    this.#spare.push(...this.#rows.splice(this.#index + 1))
    return true
  }

  #newRow(exact: string): LiveRow {
    const row = this.#spare.pop() ?? new LiveRow(this.#columns)
    row.reset(exact)
    return row
  }

  /** The cursor's row with its text in cells; null when it holds what cells here cannot. */
  #writable(): LiveRow | null {
    const row = this.#rows[this.#index]!
    return row.toCells(this.#looks) ? row : null
  }
}
