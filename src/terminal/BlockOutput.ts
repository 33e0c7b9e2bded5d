/**
 * One block's output, from PTY bytes to the lines that are shown, copied, searched and stored.
 *
 * Two producers fill one store of logical lines: the fast path while output only adds to the last line, an emulator for
 * everything else. Which one takes a byte depends on the bytes before it alone, never on how they were cut into chunks.
 * Plain and mutable, with a version counter for readers: every byte that a command prints comes through here.
 */

import { MAX_BLOCK_OUTPUT_BYTES } from "../domain/limits.ts"
import { Emulator } from "./Emulator.ts"
import { ExactLines } from "./ExactLines.ts"
import { LineFastPath } from "./LineFastPath.ts"
import { type Hidden, LineStore } from "./LineStore.ts"
import { LiveRows } from "./LiveRows.ts"
import type { CellPosition, OutputView } from "./OutputView.ts"
import { sanitise } from "./sanitise.ts"
import { LINK_END, linkOf, RESET, sgrOf } from "./sgr.ts"
import { initialModes, modeSequences, type TerminalModes } from "./TerminalModes.ts"

/** Longest stretch of parsing in one turn of the event loop, in milliseconds: half a frame. */
const TURN_MS = 8
/** Bytes parsed between two looks at the clock. */
const SLICE_BYTES = 32_768
/** Bytes given to the emulator at once. */
const PIECE_BYTES = 4_096
/** Longest sequence that is kept together when chunks split it, in bytes; a longer one goes on as it comes. */
const MAX_SPLIT_BYTES = 64
const NO_BYTES = Buffer.alloc(0)
const LF = 0x0a
const ESC = 0x1b

/** What a block's output is made with. */
export interface BlockOutputOptions {
  /** Size of the program's terminal, in cells. */
  readonly columns: number
  readonly rows: number
  /** Bytes of stored text kept; `MAX_BLOCK_OUTPUT_BYTES` unless given. */
  readonly maxBytes?: number
  /** Something that a reader could see has changed; called at most once per write and per turn of parsing. */
  readonly onChange: () => void
  /** What the terminal answers to the program's queries, for that program's PTY alone. */
  readonly onReply: (bytes: string) => void
  /** `backlog` has changed. */
  readonly onBacklog?: (bytes: number) => void
}

/** Lines that left the live screen, and where they belong. */
export interface FrozenLines {
  /** Counted from 0 over everything printed; a jump over the lines taken before is a gap that the limit made. */
  readonly firstLine: number
  readonly lines: Array<string>
}

/** The emulator's screen as lines, and the cursor as a line of them and cells before it. */
interface Live {
  readonly version: number
  readonly store: LineStore
  readonly line: number
  readonly cells: number
}

/** Who takes the next byte. */
type Producer = "fast" | "rows" | "emulator"

/** See the module's text. */
export class BlockOutput implements OutputView {
  version = 0
  readonly #options: BlockOutputOptions
  #columns: number
  #rows: number
  readonly #modes: TerminalModes = initialModes()

  /** Lines above those that live rows or the emulator hold. */
  readonly #store: LineStore
  /** Lines the fast path has added below those. */
  readonly #recent = new LineStore()
  readonly #fast: LineFastPath
  readonly #exact = new ExactLines()
  readonly #cells: LiveRows
  #emulator: Emulator | null = null
  #producer: Producer = "fast"
  /** Who holds the screen's lines above what the fast path adds; `fast` when all lines are in the store. */
  #holder: Producer = "fast"
  /** The lines so held, read once per version. */
  #live: Live | null = null

  /** Beginning of a sequence or character whose rest has not come yet. */
  #rest: Buffer = NO_BYTES
  #decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  /** The decoder may hold the beginning of a character. */
  #decoding = false

  #queue: Array<Uint8Array> = []
  #backlog = 0
  #toldBacklog = 0
  #scheduled = false
  #finishing: (() => void) | null = null
  #finished = false
  /** Lines handed to `takeFrozen`'s callers, counted over everything printed. */
  #taken = 0
  /** What was hidden before a restored output was stored. */
  #restored: Hidden | null = null

  constructor(options: BlockOutputOptions) {
    this.#options = options
    this.#columns = options.columns
    this.#rows = options.rows
    this.#store = new LineStore(options.maxBytes ?? MAX_BLOCK_OUTPUT_BYTES)
    this.#fast = new LineFastPath(this.#store, this.#modes)
    this.#cells = new LiveRows(this.#modes, {
      pull: () => (this.#changeable > 0 ? this.#store.takeRow(this.#columns) : null),
      push: (line) => this.#store.appendLine(line)
    })
  }

  /**
   * A finished output as it comes from disk; its lines are sanitised again.
   *
   * @param open the last line had no newline
   */
  static fromLines(lines: ReadonlyArray<string>, hidden: Hidden, open = false): BlockOutput {
    const output = new BlockOutput({
      columns: 80,
      rows: 24,
      maxBytes: Infinity,
      onChange: () => {},
      onReply: () => {}
    })
    lines.forEach((line, index) => {
      output.#store.writeText(sanitise(line, "keep").replaceAll("\n", ""))
      if (!open || index < lines.length - 1) output.#store.endLine()
    })
    output.#store.compact()
    output.#restored = hidden
    output.#finished = true
    output.#taken = lines.length + hidden.lines
    return output
  }

  /** The same from a block's stored text, where every finished line ends with a newline. */
  static fromText(text: string, hidden: Hidden): BlockOutput {
    const lines = text.split("\n")
    const open = lines.at(-1) !== ""
    if (!open) lines.pop()
    return BlockOutput.fromLines(lines, hidden, open)
  }

  // --- writing

  /** Takes bytes from the PTY, in order, in any pieces. They must not be changed afterwards. */
  write(bytes: Uint8Array): void {
    if (this.#finished || this.#finishing !== null || bytes.length === 0) return
    this.#queue.push(bytes)
    this.#backlog += bytes.length
    if (this.#scheduled) this.#tellBacklog()
    else this.#drain()
  }

  /** The program's terminal has another size. Call it when the PTY is told. */
  resize(columns: number, rows: number): void {
    if (this.#finished || (columns === this.#columns && rows === this.#rows)) return
    // Live rows know one width.
    if (this.#producer === "rows") this.#enterEmulator()
    else if (this.#holder === "rows") this.#storeRows()
    this.#columns = columns
    this.#rows = rows
    this.#emulator?.resize(columns, rows)
    this.#changed()
  }

  /** Nothing more is written. `done` is called once everything written is in lines and the emulator is gone. */
  finish(done: () => void): void {
    if (this.#finished) {
      done()
      return
    }
    this.#finishing = done
    if (!this.#scheduled) this.#drain()
  }

  /** Bytes written and not parsed yet: callers pause the PTY on it. */
  get backlog(): number {
    return this.#backlog
  }

  #tellBacklog(): void {
    if (this.#toldBacklog === this.#backlog) return
    this.#toldBacklog = this.#backlog
    this.#options.onBacklog?.(this.#backlog)
  }

  #drain(): void {
    this.#scheduled = false
    const start = performance.now()
    let next = this.#queue[0]
    let at = 0
    const had = next !== undefined
    while (next !== undefined) {
      const end = Math.min(next.length, at + SLICE_BYTES)
      this.#take(next.subarray(at, end))
      this.#backlog -= end - at
      at = end
      if (at === next.length) {
        this.#queue.shift()
        next = this.#queue[0]
        at = 0
      }
      if (next !== undefined && performance.now() - start > TURN_MS) {
        this.#queue[0] = next.subarray(at)
        this.#scheduled = true
        setImmediate(() => this.#drain())
        break
      }
    }
    this.#tellBacklog()
    if (had) this.#changed()
    if (!this.#scheduled && this.#finishing !== null) this.#complete(this.#finishing)
  }

  #changed(): void {
    this.version++
    this.#options.onChange()
  }

  #take(piece: Uint8Array): void {
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

  /**
   * Emulator from `from`, up to the next byte after which the screen may be simple again: a line end, an erased
   * display, a private mode that was reset. Returns as `#step` does.
   */
  #feed(bytes: Buffer, from: number): number {
    const limit = Math.min(bytes.length, from + PIECE_BYTES)
    let end = from
    let ascii = !this.#decoding
    let check = false
    while (end < limit && !check) {
      const byte = bytes[end]!
      if (byte === ESC) {
        const after = this.#sequenceEnd(bytes, end)
        if (after === 0) {
          if (end === from) return -1 - from
          break
        }
        const final = bytes[after - 1]
        check = final === 0x4a || final === 0x6c || final === 0x63
        end = after
      } else {
        if (byte === LF) check = true
        else if (byte >= 0x80) ascii = false
        end++
      }
    }
    const emulator = this.#emulator!
    emulator.write(
      ascii ? bytes.toString("latin1", from, end) : this.#decoder.decode(bytes.subarray(from, end), { stream: true })
    )
    this.#decoding = !ascii && bytes[end - 1]! >= 0x80
    if (check && emulator.isSimple) this.#leaveEmulator()
    return end
  }

  /** Where the sequence at `start` ends, as far as it matters here; 0 when its end has not come yet. */
  #sequenceEnd(bytes: Buffer, start: number): number {
    if (start + 1 === bytes.length) return 0
    const kind = bytes[start + 1]!
    // RIS is the one without parameters after which the screen is simple.
    if (kind === 0x63) return start + 2
    if (kind !== 0x5b) return start + 1
    const last = Math.min(bytes.length, start + MAX_SPLIT_BYTES)
    let i = start + 2
    while (i < last && bytes[i]! >= 0x20 && bytes[i]! <= 0x3f) i++
    if (i === last) return i === bytes.length && i - start < MAX_SPLIT_BYTES ? 0 : start + 1
    const final = bytes[i]!
    return final >= 0x40 && final <= 0x7e ? i + 1 : start + 1
  }

  /** Lines at the store's end that nobody has taken for good. */
  get #changeable(): number {
    return this.#store.droppedLines + this.#store.completeLines - this.#taken
  }

  /** Gives the next byte to the live rows; false when only the emulator can have it. */
  #enterRows(byte: number): boolean {
    if (this.#holder === "emulator" || this.#fast.link !== "") return false
    if (this.#holder === "fast") {
      const store = this.#store
      const end = store.openEnd(this.#columns)
      if (store.truncated || end.row > 0 || (end.column === this.#columns && byte !== 0x0d)) return false
      const above = Math.min(this.#rows - 1, store.completeRows(this.#columns))
      this.#cells.begin(this.#columns, this.#rows, this.#takeOpen(store), above, end.column)
    }
    this.#cells.setPen(this.#fast.pen)
    this.#producer = this.#holder = "rows"
    return true
  }

  /** Takes a store's open line as a text that ends its own looks. */
  #takeOpen(store: LineStore): string {
    const { pen, link } = this.#fast
    const open = store.takeOpen()
    return open === "" ? "" : open + (link === "" ? "" : LINK_END) + (pen.isDefault ? "" : RESET)
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
      `${modeSequences(this.#modes)}\x1b[m${screen.join("\r\n")}${place}${sgrOf(pen)}${linkOf(link)}${printed}`
    )
    this.#producer = this.#holder = "emulator"
  }

  #newEmulator(): Emulator {
    this.#emulator = new Emulator({
      columns: this.#columns,
      rows: this.#rows,
      modes: this.#modes,
      onReply: this.#options.onReply,
      onLine: (text, ended) => this.#storeLine(text, ended)
    })
    return this.#emulator
  }

  /**
   * The lines that the emulator has not seen, the open one last; how many rows of the store are on the screen above
   * them; how the cursor gets from their end to its place; and what to print there once more.
   */
  #takeFast(): {
    readonly lines: Array<string>
    readonly above: number
    readonly place: string
    readonly printed: string
  } {
    const behind = this.#holder === "emulator"
    const store = behind ? this.#recent : this.#store
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

  #takeRows(): {
    readonly lines: Array<string>
    readonly above: number
    readonly place: string
    readonly printed: string
  } {
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
    const store = this.#store
    const count = store.linesCovering(rows, emulator.columns)
    const free = Math.min(count, this.#changeable)
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
    lines.forEach((line, index) => {
      this.#store.writeText(line)
      if (!open || index < lines.length - 1) this.#store.endLine()
    })
    this.#mergeRecent()
  }

  #mergeRecent(): void {
    this.#store.appendStore(this.#recent)
    this.#fast.moveTo(this.#store)
    this.#holder = "fast"
  }

  #storeLine(text: string, ended: boolean): void {
    if (!ended || this.#store.openBytes > 0) this.#store.writeText(text)
    else this.#store.writeText(this.#exact.take(text))
    if (ended) this.#store.endLine()
  }

  #complete(done: () => void): void {
    this.#finishing = null
    if (this.#producer === "emulator") {
      this.#emulator!.write(this.#decoder.decode())
      this.#emulator!.handOutAll()
    } else {
      if (this.#producer === "fast") this.#fast.finish(this.#rest)
      if (this.#holder === "emulator") this.#catchUp()
      else if (this.#holder === "rows") this.#storeRows()
    }
    this.#rest = NO_BYTES
    this.#emulator?.dispose()
    this.#emulator = null
    this.#producer = this.#holder = "fast"
    this.#live = null
    this.#store.compact()
    this.#finished = true
    this.#changed()
    done()
  }

  // --- the journal

  /**
   * Lines that left the live screen since the last call, in one run without a gap; null when there are none. After
   * `finish` the rest follows: call until null. Lines that the limit drops before they are taken are skipped.
   */
  takeFrozen(): FrozenLines | null {
    const store = this.#store
    if (this.#holder === "emulator") this.#emulator!.handOut()
    const complete = store.droppedLines + store.completeLines
    const end = this.#finished
      ? store.droppedLines + store.lineCount
      : this.#holder === "emulator"
        ? complete
        : complete - this.#rows
    const { headLines } = store
    const gapEnd = headLines + store.droppedLines
    const gap = store.droppedLines > 0
    const first = gap && this.#taken >= headLines && this.#taken < gapEnd ? gapEnd : this.#taken
    if (first >= end) return null
    const last = gap && first < headLines ? Math.min(end, headLines) : end
    const offset = gap && first >= gapEnd ? store.droppedLines : 0
    this.#taken = last
    const lines = store.lines(first - offset, last - offset)
    if (this.#finished && last === end && store.openBytes > 0) lines.push(store.line(store.completeLines))
    return lines.length === 0 ? null : { firstLine: first, lines }
  }

  // --- what the program's terminal is like

  /** The program is on the alternate screen: `screen()` is what it shows, the block's lines rest. */
  get alternate(): boolean {
    return this.#producer === "emulator" && this.#emulator!.alternate
  }

  /** What the program asked of keys, mouse, paste and cursor; the object stays the same and changes. */
  get modes(): Readonly<TerminalModes> {
    return this.#modes
  }

  /** The whole screen as the program sees it, `rows` rows with SGR, and its cursor unless hidden. */
  screen(): { readonly rows: ReadonlyArray<string>; readonly cursor: CellPosition | null } {
    if (this.#producer === "emulator") {
      const { rows, cursor } = this.#emulator!.screen()
      return { rows, cursor: this.#modes.cursorVisible ? cursor : null }
    }
    const cursor = this.#cursorAt(this.#columns)
    const first = Math.max(0, cursor.row + 1 - this.#rows)
    const rows = this.rows(this.#columns, first, this.#rows).slice()
    while (rows.length < this.#rows) rows.push("")
    const visible = this.#modes.cursorVisible && !this.#finished
    return { rows, cursor: visible ? { row: cursor.row - first, column: cursor.column } : null }
  }

  // --- reading

  get lineCount(): number {
    return this.#parts().reduce((count, part) => count + part.lineCount, 0)
  }

  get hidden(): Hidden {
    return this.#restored ?? this.#store.hidden
  }

  /** False when the last line has its newline, or there is none. */
  get isOpen(): boolean {
    return this.#parts().some((part) => part.openBytes > 0)
  }

  rowCount(width: number): number {
    return this.#parts().reduce((count, part) => count + part.rowCount(width), 0)
  }

  rows(width: number, from: number, count: number): ReadonlyArray<string> {
    let rows: Array<string> = []
    let skip = from
    for (const part of this.#parts()) {
      const size = part.rowCount(width)
      if (skip >= size) {
        skip -= size
        continue
      }
      const found = part.rows(width, skip, count - rows.length)
      rows = rows.length === 0 ? found : rows.concat(found)
      if (rows.length >= count) break
      skip = 0
    }
    return rows
  }

  rowOfLine(width: number, index: number): number {
    let row = 0
    let at = index
    for (const part of this.#parts()) {
      if (at < part.lineCount) return row + part.rowsBefore(at, width)
      row += part.rowCount(width)
      at -= part.lineCount
    }
    return row
  }

  line(index: number): string {
    let at = index
    for (const part of this.#parts()) {
      if (at < part.lineCount) return part.line(at)
      at -= part.lineCount
    }
    return ""
  }

  text(): string {
    return this.#parts()
      .map((part) => part.text())
      .join("")
  }

  cursor(width: number): CellPosition | null {
    if (this.#finished || !this.#modes.cursorVisible || this.alternate) return null
    return this.#cursorAt(width)
  }

  #cursorAt(width: number): CellPosition {
    if (this.#producer !== "fast") {
      const live = this.#readLive()
      const row = this.#store.rowCount(width) + live.store.rowsBefore(live.line, width)
      return { row: row + Math.floor(live.cells / width), column: live.cells % width }
    }
    const open = this.#holder === "fast" ? this.#store : this.#recent
    const row = this.rowCount(width)
    if (open.openBytes === 0) return { row, column: 0 }
    // A full row's cursor waits on its last cell until something follows.
    return { row: row - 1, column: Math.min(open.openEnd(width).column, width - 1) }
  }

  #readLive(): Live {
    if (this.#holder === "emulator") this.#emulator!.handOut()
    if (this.#live?.version === this.version) return this.#live
    const store = new LineStore()
    const add = (lines: ReadonlyArray<string>, open: boolean) => {
      lines.forEach((text, index) => {
        store.writeText(text)
        if (!open || index < lines.length - 1) store.endLine()
      })
    }
    if (this.#holder === "rows") {
      const { lines, open } = this.#cells.lines()
      const { line, column } = this.#cells.cursor
      add(lines, open)
      this.#live = { version: this.version, store, line, cells: column }
    } else {
      const { lines, open, cursorLine, cursorCells } = this.#emulator!.live()
      add(this.#exact.read(lines), open)
      this.#live = { version: this.version, store, line: cursorLine, cells: cursorCells }
    }
    return this.#live
  }

  #parts(): ReadonlyArray<LineStore> {
    if (this.#holder === "fast") return [this.#store]
    const { store } = this.#readLive()
    return this.#producer === "fast" ? [this.#store, store, this.#recent] : [this.#store, store]
  }
}
