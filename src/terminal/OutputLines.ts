/**
 * From PTY bytes to lines, by three producers that take turns.
 *
 * The fast path takes output that only adds to the last line, live rows take what redraws the last few, the emulator
 * takes everything else. Each hands the screen's lines to the next, so they all fill one store. Who takes a byte depends
 * on the bytes before it alone, never on how they were cut into chunks. Plain: every byte of every command comes through
 * here.
 */

import { TextDecoder } from "node:util"
import { Emulator } from "./Emulator.ts"
import { ExactLines } from "./ExactLines.ts"
import { nextPiece } from "./emulatorPiece.ts"
import { LineFastPath } from "./LineFastPath.ts"
import { LineStore, type PrintedLines } from "./LineStore.ts"
import { LiveRows } from "./LiveRows.ts"
import type { CellPosition } from "./OutputView.ts"
import type { ProgramTalk } from "./ProgramTalk.ts"
import { LINK_END, linkOf, RESET, sgrOf } from "./sgr.ts"
import { TakenLines, type Untaken } from "./TakenLines.ts"
import { initialModes, modeSequences, type TerminalModes } from "./TerminalModes.ts"

const NO_BYTES = Buffer.alloc(0)
const CR = 0x0d

/** Lines that a producer holds, and the cursor as one of them and cells before it in it. */
interface Held {
  readonly store: LineStore
  readonly line: number
  readonly cells: number
  /** See `LiveLines.cursorWaits`. */
  readonly waits: boolean
}

/** What the emulator is given when it takes over. */
interface Handover {
  /** Lines it has not seen, the open one last. */
  readonly lines: Array<string>
  /** Rows of the store that are on the screen above them. */
  readonly above: number
  /** How the cursor gets from their end to its place, and what to print there once more. */
  readonly place: string
  readonly printed: string
}

/** Who takes the next byte. */
type Producer = "fast" | "rows" | "emulator"

interface Options {
  readonly columns: number
  readonly rows: number
  readonly maxBytes: number
  readonly talk: ProgramTalk
}

/** See the module's text. */
export class OutputLines {
  readonly modes: TerminalModes = initialModes()
  /** Lines above those that live rows or the emulator hold. */
  readonly store: LineStore
  /** Lines the fast path has added below those. */
  readonly #recent = new LineStore()
  readonly #fast: LineFastPath
  readonly #exact = new ExactLines()
  readonly #talk: ProgramTalk
  #columns: number
  #rows: number
  #cellRows: LiveRows | null = null
  #emulator: Emulator | null = null
  #producer: Producer = "fast"
  /** Who holds the screen's lines above what the fast path adds; `fast` when all lines are in the store. */
  #holder: Producer = "fast"
  /** The lines so held, read once after each change. */
  #held: Held | null = null
  /** Beginning of a sequence or character whose rest has not come yet. */
  #rest: Buffer = NO_BYTES
  #decoder: TextDecoder | null = null
  /** The decoder may hold the beginning of a character. */
  #decoding = false
  #finished = false
  #erased = false
  /** Lines given to the journal. */
  readonly #taken: TakenLines

  constructor(options: Options) {
    this.#columns = options.columns
    this.#rows = options.rows
    this.#talk = options.talk
    this.store = new LineStore(options.maxBytes)
    this.#taken = new TakenLines(this.store)
    this.#fast = new LineFastPath(this.store, this.modes, this.#talk)
  }

  /** The size of the program's terminal. */
  get columns(): number {
    return this.#columns
  }

  get rows(): number {
    return this.#rows
  }

  /** The program is on the alternate screen. */
  get alternate(): boolean {
    return this.#producer === "emulator" && this.#emulator!.alternate
  }

  /** The program has erased its whole normal screen. */
  get erased(): boolean {
    return this.#erased || (this.#emulator?.erased ?? false)
  }

  /** Parses bytes, to the end or to the beginning of something that is not whole yet. */
  take(piece: Uint8Array): void {
    this.#held = null
    let bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, bytes])
      this.#rest = NO_BYTES
    }
    let i = 0
    while (i < bytes.length) {
      const next = this.#step(bytes, i)
      if (next < 0) {
        this.#rest = Buffer.from(bytes.subarray(-1 - next))
        return
      }
      i = next
    }
  }

  /** The program's terminal has another size. */
  resize(columns: number, rows: number): void {
    // Live rows know one width.
    if (this.#producer === "rows") this.#enterEmulator()
    else if (this.#holder === "rows") this.#storeRows()
    this.#columns = columns
    this.#rows = rows
    this.#emulator?.resize(columns, rows)
    this.#held = null
  }

  /** Nothing more comes: all lines go to the store, and the emulator goes away. */
  finish(): void {
    if (this.#producer === "emulator") {
      if (this.#decoder !== null) this.#emulator!.write(this.#decoder.decode())
      this.#emulator!.handOutAll()
    } else {
      if (this.#producer === "fast") this.#fast.finish(this.#rest)
      if (this.#holder === "emulator") this.#catchUp()
      else if (this.#holder === "rows") this.#storeRows()
    }
    this.#erased = this.erased
    this.#emulator?.dispose()
    this.#producer = this.#holder = "fast"
    this.close()
  }

  /** As `finish`, for lines that were put into the store as they are; none of them is for the journal. */
  close(): void {
    this.#emulator = this.#cellRows = this.#decoder = this.#held = null
    this.#rest = NO_BYTES
    this.#finished = true
    this.store.compact()
  }

  /** Lines that left the screen since the last call, see `BlockOutput.takeFrozen`. */
  takeFrozen(): PrintedLines | null {
    if (this.#holder === "emulator") this.#emulator!.handOut()
    // The screen holds at least as many rows of the store as lines: what the emulator has it took out of the store.
    const printed = this.#taken.take(this.#finished || this.#holder === "emulator" ? 0 : this.#rows)
    return printed === null && this.#finished ? this.#taken.takeOpen() : printed
  }

  /** What `takeFrozen` has not given yet, see `BlockOutput.untaken`. */
  untaken(): Untaken {
    // First, as reading what the emulator holds may add to the store.
    const parts = this.parts()
    return this.#taken.untaken(parts, this.#producer === "fast" ? this.#openEnd() : "")
  }

  /** Has `takeFrozen` begin anew with the first line. */
  retake(): void {
    this.#taken.retake()
  }

  /** The emulator's screen, null while it is not at work. */
  screen(): { readonly rows: Array<string>; readonly cursor: CellPosition } | null {
    return this.#producer === "emulator" ? this.#emulator!.screen() : null
  }

  /** Where the cursor is among all rows at `width`. */
  cursor(width: number): CellPosition {
    if (this.#producer !== "fast") {
      const held = this.#readHeld()
      const row = this.store.rowCount(width) + held.store.rowsBefore(held.line, width)
      const cells = held.waits && held.cells % width === 0 ? held.cells - 1 : held.cells
      return { row: row + Math.floor(cells / width), column: cells % width }
    }
    const open = this.#holder === "fast" ? this.store : this.#recent
    const row = this.parts().reduce((rows, part) => rows + part.rowCount(width), 0)
    if (open.openBytes === 0) return { row, column: 0 }
    // A carriage return at a chunk's end waits for what follows; the cursor has gone back all the same.
    if (this.#rest[0] === CR) return { row: row - 1, column: 0 }
    // A full row's cursor waits on its last cell until something follows.
    return { row: row - 1, column: Math.min(open.openEnd(width).column, width - 1) }
  }

  /** The cursor's row on the program's screen, from 0. */
  get cursorRow(): number {
    if (this.#producer === "emulator") return this.#emulator!.cursorRow
    if (this.#producer === "rows") return this.#cells.above + this.#cells.cursor.line
    const { row } = this.cursor(this.#columns)
    if (this.#holder !== "emulator") return Math.min(row, this.#rows - 1)
    const { store, line } = this.#readHeld()
    const begun = this.store.rowCount(this.#columns) + store.rowsBefore(line, this.#columns)
    return Math.min(this.#emulator!.cursorRow + row - begun, this.#rows - 1)
  }

  /** All lines, one store after another. */
  parts(): ReadonlyArray<LineStore> {
    if (this.#holder === "fast") return [this.store]
    const { store } = this.#readHeld()
    return this.#producer === "fast" ? [this.store, store, this.#recent] : [this.store, store]
  }

  /** Takes bytes from `from`; returns where it stopped, or minus one minus that when it needs what comes next. */
  #step(bytes: Buffer, from: number): number {
    if (this.#producer === "emulator") return this.#feed(bytes, from)
    return this.#producer === "rows" ? this.#redraw(bytes, from) : this.#copy(bytes, from)
  }

  #copy(bytes: Buffer, from: number): number {
    const fast = this.#fast
    const next = fast.consume(bytes, from, bytes.length)
    if (this.#holder === "emulator" && this.#recent.rowCount(this.#columns) >= this.#rows) this.#catchUp()
    else if (this.#holder === "rows" && this.#recent.storedBytes > 0) this.#storeRows()
    if (fast.stop === "slow" && !this.#enterRows(bytes[next]!)) this.#enterEmulator()
    return fast.stop === "more" ? -1 - next : next
  }

  #redraw(bytes: Buffer, from: number): number {
    const cells = this.#cells
    const next = cells.consume(bytes, from, bytes.length)
    if (cells.stop === "slow") this.#enterEmulator()
    else if (cells.stop === "simple") {
      this.#producer = "fast"
      this.#holder = "rows"
      this.#fast.resume(this.#recent, cells.pen, "")
    }
    return cells.stop === "more" ? -1 - next : next
  }

  /** Emulator from `from`, up to the next byte after which the screen may be simple again. Returns as `#step` does. */
  #feed(bytes: Buffer, from: number): number {
    const { end, ascii, check } = nextPiece(bytes, from)
    if (end === from) return -1 - from
    const emulator = this.#emulator!
    if (ascii && !this.#decoding) emulator.write(bytes.toString("latin1", from, end))
    else {
      this.#decoder ??= new TextDecoder("utf-8", { ignoreBOM: true })
      emulator.write(this.#decoder.decode(bytes.subarray(from, end), { stream: true }))
      this.#decoding = bytes[end - 1]! >= 0x80
    }
    if (check && emulator.isSimple) this.#leaveEmulator()
    return end
  }

  get #cells(): LiveRows {
    this.#cellRows ??= new LiveRows(this.modes, this.#talk, {
      pull: () => (this.#taken.changeable > 0 ? this.store.takeRow(this.#columns) : null),
      push: (line) => this.store.appendLine(line)
    })
    return this.#cellRows
  }

  /** Gives the next byte to the live rows; false when only the emulator can have it. */
  #enterRows(byte: number): boolean {
    if (this.#holder === "emulator" || this.#fast.link !== "") return false
    const cells = this.#cells
    if (this.#holder === "fast") {
      const store = this.store
      const end = store.openEnd(this.#columns)
      if (store.truncated || end.row > 0 || (end.column === this.#columns && byte !== CR)) return false
      const above = Math.min(this.#rows - 1, store.completeRows(this.#columns))
      cells.begin(this.#columns, this.#rows, this.#takeOpen(store), above, end.column)
    }
    cells.setPen(this.#fast.pen)
    this.#producer = this.#holder = "rows"
    return true
  }

  /** Takes a store's open line as a text that ends its own looks. */
  #takeOpen(store: LineStore): string {
    const open = store.takeOpen()
    return open === "" ? "" : open + this.#openEnd()
  }

  /** What ends the looks of the fast path's open line. */
  #openEnd(): string {
    const { pen, link } = this.#fast
    return (link === "" ? "" : LINK_END) + (pen.isDefault ? "" : RESET)
  }

  /** Brings the emulator to where the other producers are, and gives it the next byte. */
  #enterEmulator(): void {
    const emulator = this.#emulator ?? this.#newEmulator()
    const fromRows = this.#producer === "rows"
    if (this.#holder === "rows" && !fromRows) this.#storeRows()
    const { lines, above, place, printed } = fromRows ? this.#takeRows() : this.#takeFast()
    const pen = fromRows ? this.#cells.pen : this.#fast.pen
    const link = fromRows ? "" : this.#fast.link
    const screen = [...this.#takeScreen(emulator, above), ...lines]
    this.#exact.trim(this.#rows)
    this.#exact.add(screen, emulator.columns)
    emulator.write(
      `${modeSequences(this.modes)}\x1b[m${screen.join("\r\n")}${place}${sgrOf(pen)}${linkOf(link)}${printed}`
    )
    this.#producer = this.#holder = "emulator"
  }

  #newEmulator(): Emulator {
    this.#emulator = new Emulator({
      columns: this.#columns,
      rows: this.#rows,
      modes: this.modes,
      talk: this.#talk,
      onLine: (text, ended) => this.#storeLine(text, ended)
    })
    return this.#emulator
  }

  #takeFast(): Handover {
    const behind = this.#holder === "emulator"
    const store = behind ? this.#recent : this.store
    if (store.truncated) {
      // What the end of a cut line looks like is not known: the emulator draws what follows, which is only counted.
      this.#fast.endOpen()
      return { lines: [], above: 0, place: "", printed: "" }
    }
    const open = this.#takeOpen(store)
    const lines = behind ? store.lines(0, store.completeLines) : []
    if (behind) store.clear()
    return { lines: [...lines, open], above: behind ? 0 : this.#rows, place: "", printed: "" }
  }

  #takeRows(): Handover {
    const { above, cursor, printed } = this.#cells
    const lines = this.#cells.texts()
    this.#cells.clear()
    const up = lines.length - 1 - cursor.line
    // The last character is printed again in its place, for combining ones to join it.
    const place = `${up > 0 ? `\x1b[${up}A` : ""}\x1b[${cursor.column + 1 - printed.length}G`
    return { lines, above, place, printed }
  }

  /** Takes the lines that are still on the screen out of the store; what cannot change any more is only shown again. */
  #takeScreen(emulator: Emulator, rows: number): Array<string> {
    const store = this.store
    const count = store.linesCovering(rows, emulator.columns)
    const free = Math.min(count, this.#taken.changeable)
    const kept = store.completeLines
    const shown = store.lines(kept - count, kept - free)
    if (shown.length > 0) {
      emulator.write(`\x1b[m${shown.map((line) => `${line}\r\n`).join("")}`)
      emulator.markHere()
    }
    return store.takeLast(free)
  }

  #leaveEmulator(): void {
    const emulator = this.#emulator!
    this.#producer = "fast"
    this.#fast.resume(this.#recent, emulator.pen, emulator.link)
  }

  /** The fast path has filled the screen: what the emulator holds has scrolled off it. */
  #catchUp(): void {
    this.#emulator!.handOutAll()
    this.#mergeRecent()
  }

  /** Puts the live rows' lines into the store. */
  #storeRows(): void {
    const { lines, open } = this.#cells.lines()
    this.#cells.clear()
    addLines(this.store, lines, open)
    this.#mergeRecent()
  }

  #mergeRecent(): void {
    this.store.appendStore(this.#recent)
    this.#fast.moveTo(this.store)
    this.#holder = "fast"
  }

  #storeLine(text: string, ended: boolean): void {
    if (!ended || this.store.openBytes > 0) this.store.writeText(text)
    else this.store.writeText(this.#exact.take(text))
    if (ended) this.store.endLine()
  }

  #readHeld(): Held {
    if (this.#holder === "emulator") this.#emulator!.handOut()
    this.#held ??= this.#holder === "rows" ? this.#readRows() : this.#readEmulator()
    return this.#held
  }

  #readRows(): Held {
    const { lines, open } = this.#cells.lines()
    const { line, column } = this.#cells.cursor
    return { store: storeOf(lines, open), line, cells: column, waits: false }
  }

  #readEmulator(): Held {
    const { lines, open, cursorLine, cursorCells, cursorWaits } = this.#emulator!.live()
    const store = storeOf(this.#exact.read(lines), open)
    return { store, line: cursorLine, cells: cursorCells, waits: cursorWaits }
  }
}

/** Lines in a store of their own, the last one without its newline when it is open. */
const storeOf = (lines: ReadonlyArray<string>, open: boolean): LineStore => {
  const store = new LineStore()
  addLines(store, lines, open)
  return store
}

const addLines = (store: LineStore, lines: ReadonlyArray<string>, open: boolean): void => {
  lines.forEach((line, index) => {
    store.writeText(line)
    if (!open || index < lines.length - 1) store.endLine()
  })
}
