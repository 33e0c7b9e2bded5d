/**
 * A terminal for the output that needs one: cursor addressing, charsets, regions, the alternate screen.
 *
 * Wraps @xterm/headless with our table of widths (cells.ts). It hands out logical lines (unwrapped, styled, sanitised)
 * once they have left the screen, and the lines still on it. It is fed synchronously: a caller must know after which
 * byte the screen became simple again, whatever pieces the bytes came in. The public `write` answers only after a timer,
 * so some of the terminal's internals are used (xtermCore.ts).
 */

import { Terminal } from "@xterm/headless"
import { emulatorWidths } from "./cells.ts"
import { CellReader, isProtected, penOf, underlineOf } from "./emulatorCells.ts"
import type { CellPosition } from "./OutputView.ts"
import { type ProgramTalk, TALK_NUMBERS } from "./ProgramTalk.ts"
import { MAX_LINK_BYTES, Pen } from "./sgr.ts"
import { initialModes, setCursorShape, setMode, type TerminalModes } from "./TerminalModes.ts"
import { type Core, coreOf, dropLoneMarks, limitRepeats } from "./xtermCore.ts"

/** Rows kept above the screen until their lines are read. */
const SCROLLBACK_ROWS = 1_000
/** Rows after which scrolled lines are read even if nobody asks; the rest is room for one more sequence's scrolling. */
const READ_AFTER_ROWS = 500

interface Options {
  readonly columns: number
  readonly rows: number
  readonly modes: TerminalModes
  /** Takes what the program says besides what it shows, and what the terminal answers. */
  readonly talk: ProgramTalk
  /** A line left the screen: its text, and whether it is over (a line longer than the scrollback comes in parts). */
  readonly onLine: (text: string, ended: boolean) => void
}

/** Lines still on the normal screen, the first perhaps the rest of a line whose beginning was handed out. */
export interface LiveLines {
  readonly lines: ReadonlyArray<string>
  /** The cursor is on the last line: it has no newline yet. */
  readonly open: boolean
  /** Index of the cursor's line, which may be past the last, and cells before the cursor in it. */
  readonly cursorLine: number
  readonly cursorCells: number
  /** The cursor has filled its row and waits on the last cell of it: only what follows wraps. */
  readonly cursorWaits: boolean
}

/** See the module's text. */
export class Emulator {
  #terminal!: Terminal
  #core!: Core
  #reader!: CellReader
  readonly #options: Options
  readonly #pen = new Pen()
  /**
   * First row of the normal buffer whose line was not handed out. A number, as the emulator's own markers move with
   * lines that a program inserts and deletes.
   */
  #mark = 0
  /** Rows that scrolled since lines were last handed out, at most. */
  #scrolled = 0
  #tabsChanged = false

  constructor(options: Options) {
    this.#options = options
    this.#begin(options.columns, options.rows)
  }

  #begin(columns: number, rows: number): void {
    this.#terminal = new Terminal({
      cols: columns,
      rows,
      scrollback: SCROLLBACK_ROWS,
      allowProposedApi: true,
      // Our handlers of XTWINOPS are called only for what is allowed here.
      windowOptions: { pushTitle: true, popTitle: true },
      logLevel: "off"
    })
    this.#terminal.unicode.register(emulatorWidths)
    this.#terminal.unicode.activeVersion = emulatorWidths.version
    this.#core = coreOf(this.#terminal)
    const cell = this.#terminal.buffer.active.getNullCell()
    this.#reader = new CellReader(cell, (link) => this.#core._oscLinkService.getLinkData(link)?.uri ?? "")
    this.#terminal.onData((bytes) => this.#options.talk.reply(bytes))
    this.#terminal.onBell(() => this.#options.talk.bell())
    this.#terminal.onScroll(() => {
      if (++this.#scrolled >= READ_AFTER_ROWS && !this.alternate) this.handOut()
    })
    this.#followSequences()
    this.#followTrims()
    limitRepeats(this.#terminal, this.#core)
    dropLoneMarks(this.#core)
  }

  get columns(): number {
    return this.#terminal.cols
  }

  get rows(): number {
    return this.#terminal.rows
  }

  /** The program is on the alternate screen. */
  get alternate(): boolean {
    return this.#terminal.buffer.active.type === "alternate"
  }

  /** Parses text; lines may be handed out and replies sent before it returns. */
  write(text: string): void {
    try {
      this.#core.writeSync(text)
    } catch {
      this.#restart(this.columns, this.rows)
      // Nothing is lost; what it had taken of this text comes twice. Should it fail again, it is the text.
      try {
        this.#core.writeSync(text)
      } catch {
        this.#restart(this.columns, this.rows)
      }
    }
  }

  resize(columns: number, rows: number): void {
    try {
      this.#resize(columns, rows)
    } catch {
      this.#restart(columns, rows)
    }
  }

  /**
   * xterm.js throws on some rare orders of sequences and sizes (rows that it has not made, a scroll region that is not
   * there any more). A block's program must not end EffectTalk by that: it gets an empty screen, as after a reset, and
   * what had scrolled off stays.
   */
  #restart(columns: number, rows: number): void {
    const { alternate } = this
    try {
      this.handOut(true)
    } catch {
      // The rows that cannot be read are those that made it throw.
    }
    this.#terminal.dispose()
    this.#mark = 0
    this.#scrolled = 0
    this.#tabsChanged = false
    this.#begin(columns, rows)
    if (alternate) this.#core.writeSync("\x1b[?1049h")
  }

  #resize(columns: number, rows: number): void {
    this.handOut()
    // Reflow moves rows, and markers with them; the public ones exist only while the normal screen is on.
    const marker = this.#core.buffers.normal.addMarker(this.#mark)
    this.#terminal.resize(columns, rows)
    // An alternate screen that is not on keeps the larger size's room, and would keep rows above itself in it: they came
    // back with the next larger size.
    const { lines } = this.#core.buffers.alt
    if (lines.length === 0) lines.maxLength = rows
    this.#mark = Math.max(0, marker.line)
    marker.dispose()
    this.handOut()
  }

  dispose(): void {
    this.#terminal.dispose()
  }

  /** Lines handed out later begin at the cursor's row: what is above belongs to someone else. */
  markHere(): void {
    const { buffer } = this.#core
    this.#mark = buffer.ybase + buffer.y
  }

  /** The program has erased its whole normal screen. */
  erased = false

  /** Empties the screen and forgets what scrolled off it; the cursor goes to the top left, in the default look. */
  clear(): void {
    const { erased } = this
    this.#core.writeSync("\x1b[m\x1b]8;;\x1b\\\x1b[H\x1b[2J")
    this.erased = erased
    this.#scrolled = 0
    this.markHere()
  }

  /**
   * True when all that follows from here can only add to the last line: the parser is between sequences, the cursor in
   * column 0 of an empty last line of the normal screen, and no mode makes printing do anything special.
   */
  get isSimple(): boolean {
    const { buffer, _inputHandler: input, _charsetService: charsets } = this.#core
    if (buffer.x !== 0 || input._parser.currentState !== 0 || this.alternate || this.#tabsChanged) return false
    if (charsets.charset !== undefined || charsets.glevel !== 0) return false
    if (buffer.scrollTop !== 0 || buffer.scrollBottom !== this.#terminal.rows - 1) return false
    const { modes } = this.#terminal
    if (modes.insertMode || modes.originMode || !modes.wraparoundMode) return false
    if (isProtected(input.getAttrData())) return false
    for (let row = buffer.ybase + buffer.y; row < buffer.ybase + this.#terminal.rows; row++) {
      const line = buffer.lines.get(row)
      if (line === undefined || line.isWrapped || line.getNoBgTrimmedLength() !== 0) return false
    }
    return true
  }

  /** The look of the next character, until the next call. */
  get pen(): Pen {
    const attributes = this.#core._inputHandler.getAttrData()
    penOf(attributes, this.#pen)
    // A colour for underlines may be set before there is one.
    this.#pen.underline = underlineOf(attributes)
    return this.#pen
  }

  /** Address of the open link when it may be kept, `""` otherwise. */
  get link(): string {
    return this.#reader.linkOf(this.#core._inputHandler.getAttrData())
  }

  /**
   * Hands out every line that has left the normal screen.
   *
   * @param cut a line that goes on below ends at the screen's top: its rest is about to be erased
   */
  handOut(cut = false): void {
    this.#scrolled = 0
    const buffer = this.#terminal.buffer.normal
    const end = buffer.baseY
    let row = this.#mark
    while (row < end) {
      let next = row + 1
      while (next < end && buffer.getLine(next)!.isWrapped) next++
      const ended = cut || !(next === end && (buffer.getLine(end)?.isWrapped ?? false))
      // A line that goes on below stays until it is whole, unless it fills the scrollback.
      if (!ended && end - row < READ_AFTER_ROWS) break
      this.#options.onLine(this.#reader.line(buffer, row, next, this.#terminal.cols), ended)
      row = next
    }
    this.#mark = row
  }

  /** Lines that were not handed out: those on the normal screen. */
  live(): LiveLines {
    const buffer = this.#terminal.buffer.normal
    const lines: Array<string> = []
    const cursorRow = buffer.baseY + buffer.cursorY
    const bottom = buffer.baseY + this.#terminal.rows - 1
    let last = bottom
    while (last > cursorRow && this.#reader.isBlank(buffer, last)) last--
    if (last === cursorRow && this.#reader.isBlank(buffer, last)) last--
    let row = this.#mark
    let cursorLine = -1
    let cursorCells = 0
    while (row <= last) {
      let next = row + 1
      while (next <= last && buffer.getLine(next)!.isWrapped) next++
      if (cursorRow >= row && cursorRow < next) {
        cursorLine = lines.length
        cursorCells = (cursorRow - row) * this.#terminal.cols + buffer.cursorX
      }
      lines.push(this.#reader.line(buffer, row, next, this.#terminal.cols))
      row = next
    }
    if (cursorLine === -1) {
      cursorLine = lines.length + Math.max(0, cursorRow - row)
      cursorCells = buffer.cursorX
    }
    const cursorWaits = buffer.cursorX === this.#terminal.cols
    return { lines, open: last === cursorRow && lines.length > 0, cursorLine, cursorCells, cursorWaits }
  }

  /** Hands out the lines on the screen too and empties it. Returns whether the last one has no newline. */
  handOutAll(): boolean {
    this.handOut()
    const { lines, open } = this.live()
    for (let i = 0; i < lines.length; i++) this.#options.onLine(lines[i]!, !(open && i === lines.length - 1))
    this.clear()
    return open
  }

  /** The cursor's row on the program's screen, from 0. */
  get cursorRow(): number {
    return this.#core.buffer.y
  }

  /** The screen the program sees, row by row, styled. */
  screen(): { readonly rows: Array<string>; readonly cursor: CellPosition } {
    const buffer = this.#terminal.buffer.active
    const rows: Array<string> = []
    for (let y = 0; y < this.#terminal.rows; y++) {
      const row = buffer.baseY + y
      rows.push(this.#reader.line(buffer, row, row + 1, this.#terminal.cols))
    }
    return { rows, cursor: { row: buffer.cursorY, column: Math.min(buffer.cursorX, this.#terminal.cols - 1) } }
  }

  #followTrims(): void {
    this.#core.buffers.normal.lines.onTrim((rows) => {
      this.#mark = Math.max(0, this.#mark - rows)
    })
  }

  /** Hooks that run before the emulator's own handling; they return true to take its place. */
  #followSequences(): void {
    const { parser } = this.#terminal
    const { modes, talk } = this.#options
    for (const on of [true, false]) {
      parser.registerCsiHandler({ prefix: "?", final: on ? "h" : "l" }, (parameters) => {
        for (const mode of parameters) if (typeof mode === "number") setMode(modes, mode, on)
        return false
      })
      parser.registerEscHandler({ final: on ? "=" : ">" }, () => {
        modes.applicationKeypad = on
        return false
      })
    }
    parser.registerCsiHandler({ intermediates: " ", final: "q" }, ([shape]) => {
      if (typeof shape === "number") setCursorShape(modes, shape)
      return false
    })
    // RIS: the emulator begins with new buffers, so what scrolled off the old one is read first.
    parser.registerEscHandler({ final: "c" }, () => {
      this.handOut(true)
      this.erased = true
      this.#terminal.reset()
      this.#followTrims()
      this.#mark = 0
      this.#tabsChanged = false
      Object.assign(modes, initialModes())
      return true
    })
    parser.registerCsiHandler({ intermediates: "!", final: "p" }, () => {
      modes.cursorVisible = true
      modes.applicationCursorKeys = modes.applicationKeypad = false
      return false
    })
    parser.registerCsiHandler({ final: "J" }, ([what]) => this.#erase(what))
    const changeTabs = () => {
      this.#tabsChanged = true
      return false
    }
    parser.registerEscHandler({ final: "H" }, changeTabs)
    parser.registerCsiHandler({ final: "g" }, changeTabs)
    // What is longer than any address that may be kept never reaches the emulator's link table.
    parser.registerOscHandler(8, (payload) => payload.length > MAX_LINK_BYTES)
    for (const number of TALK_NUMBERS) {
      parser.registerOscHandler(number, (payload) => {
        talk.osc(`${number};${payload}`)
        return true
      })
    }
    parser.registerCsiHandler({ final: "t" }, ([operation, what]) => {
      talk.titleStack(Number(operation), Number(what ?? 0))
      return true
    })
  }

  /** ED: lines that scrolled off are never erased (`CSI 3 J`), as they are stored; a screen erased whole is all ours. */
  #erase(what: number | Array<number> | undefined): boolean {
    if (what === 3) {
      this.erased ||= !this.alternate
      return true
    }
    const { buffer } = this.#core
    const whole = what === 2 || ((what === 0 || what === undefined) && buffer.x === 0 && buffer.y === 0)
    if (whole && !this.alternate) {
      this.erased = true
      this.handOut()
      this.#mark = Math.min(this.#mark, buffer.ybase)
    }
    return false
  }
}
