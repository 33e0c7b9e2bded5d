/**
 * One block's output, live or finished: takes PTY bytes, and is read by the screen, copy, search and the journal.
 *
 * Plain and mutable, with a version counter for readers: every byte that a command prints comes through here. Bytes are
 * parsed in short turns of the event loop, so that keys get through however much a command prints.
 */

import { MAX_BLOCK_OUTPUT_BYTES } from "../domain/limits.ts"
import type { Hidden } from "./LineGap.ts"
import type { LineStore, PrintedLines } from "./LineStore.ts"
import { OutputLines } from "./OutputLines.ts"
import type { CellPosition, CursorAt, OutputView } from "./OutputView.ts"
import type { PlainText, TextPiece } from "./PlainText.ts"
import { type ProgramRequest, ProgramTalk } from "./ProgramTalk.ts"
import { sanitise } from "./sanitise.ts"
import type { Untaken } from "./TakenLines.ts"
import type { TerminalModes } from "./TerminalModes.ts"
import type { TerminalSize } from "./TerminalSize.ts"

/** Longest stretch of parsing in one turn of the event loop, in milliseconds: half a frame. */
const TURN_MS = 8
/** Bytes parsed between two looks at the clock. */
const SLICE_BYTES = 32_768

/** Memory that a finished output takes besides its lines, in bytes: some thirty small objects, measured on Node 20. */
const OBJECT_BYTES = 2_300

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
  /** The program wants something of the user's terminal; nothing is done, or answered, unless somebody listens. */
  readonly onRequest?: (request: ProgramRequest) => void
  /** `backlog` has changed. */
  readonly onBacklog?: (bytes: number) => void
}

/**
 * What a restored output is made with. It stands here because functions made where the lines are would keep those in
 * memory for as long as the output.
 */
const RESTORED: BlockOutputOptions = {
  columns: 80,
  rows: 24,
  maxBytes: Infinity,
  onChange: () => {},
  onReply: () => {}
}

/** Does nothing, and answers so. */
const refuse = (request: ProgramRequest): void => {
  if (request.type === "color") request.answer(null)
}

/** See the module's text. */
export class BlockOutput implements OutputView, PlainText {
  version = 0
  readonly #options: BlockOutputOptions
  readonly #lines: OutputLines
  readonly #talk: ProgramTalk
  #queue: Array<Uint8Array> = []
  #backlog = 0
  #toldBacklog = 0
  #scheduled = false
  #finishing: (() => void) | null = null
  #finished = false
  /** What was hidden before a restored output was stored. */
  #restored: Hidden | null = null

  constructor(options: BlockOutputOptions) {
    this.#options = options
    this.#talk = new ProgramTalk({ onReply: options.onReply, onRequest: options.onRequest ?? refuse })
    this.#lines = new OutputLines({
      columns: options.columns,
      rows: options.rows,
      maxBytes: options.maxBytes ?? MAX_BLOCK_OUTPUT_BYTES,
      talk: this.#talk
    })
  }

  /**
   * A finished output as it comes from disk; its lines are sanitised again.
   *
   * @param open the last line had no newline
   */
  static fromLines(lines: ReadonlyArray<string>, hidden: Hidden, open = false): BlockOutput {
    const output = new BlockOutput(RESTORED)
    const { store } = output.#lines
    lines.forEach((line, index) => {
      store.writeText(sanitise(line, "keep").replaceAll("\n", ""))
      if (!open || index < lines.length - 1) store.endLine()
    })
    output.#lines.close()
    output.#restored = hidden
    output.#finished = true
    return output
  }

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
    const { columns: oldColumns, rows: oldRows } = this.#lines
    if (this.#finished || (columns === oldColumns && rows === oldRows)) return
    this.#lines.resize(columns, rows)
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

  /** Memory that this output takes, in bytes; once it is finished it takes no more. */
  get heldBytes(): number {
    return this.#parts().reduce((sum, part) => sum + part.heldBytes, OBJECT_BYTES)
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
      this.#lines.take(next.subarray(at, end))
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
    this.#talk.tell()
    if (had) this.#changed()
    if (!this.#scheduled && this.#finishing !== null) this.#complete(this.#finishing)
  }

  #changed(): void {
    this.version++
    this.#options.onChange()
  }

  #complete(done: () => void): void {
    this.#finishing = null
    this.#lines.finish()
    this.#talk.close()
    this.#finished = true
    this.#changed()
    done()
  }

  /**
   * Lines that left the live screen since the last call, in one run without a gap; null when there are none. After
   * `finish` the rest follows: call until null. Lines that the limit drops before they are taken are skipped.
   */
  takeFrozen(): PrintedLines | null {
    return this.#restored === null ? this.#lines.takeFrozen() : null
  }

  /**
   * What `takeFrozen` has not given yet, of output that is not finished: the lines of the live screen, the open one
   * included, and before them what the journal has not asked for. Of the alternate screen nothing.
   */
  untaken(): Untaken {
    return this.#lines.untaken()
  }

  /** Has `takeFrozen` begin anew with the first line: what was taken so far is to be stored once more. */
  retake(): void {
    this.#lines.retake()
  }

  /** It was read from disk: what was left out there is not known here. */
  get isRestored(): boolean {
    return this.#restored !== null
  }

  /** The program is on the alternate screen: `screen()` is what it shows, the block's lines rest. */
  get alternate(): boolean {
    return this.#lines.alternate
  }

  /** The program has erased its screen, and nothing that it printed is left. */
  get clearedScreen(): boolean {
    return this.#lines.erased && this.lineCount === 0 && this.hidden.lines === 0
  }

  /** The title that the program has set, untrusted; `""` for none, and once it has ended. */
  get title(): string {
    return this.#talk.title
  }

  /** What the program asked of keys, mouse, paste and cursor; the object stays the same and changes. */
  get modes(): Readonly<TerminalModes> {
    return this.#lines.modes
  }

  /**
   * The alternate screen as the program sees it, `rows` rows with SGR, and its cursor unless hidden; at other times the
   * rows around the cursor, which need not begin where the program's screen does.
   */
  screen(): { readonly rows: ReadonlyArray<string>; readonly cursor: CursorAt | null } {
    const { columns, rows: height, modes } = this.#lines
    const visible = modes.cursorVisible && !this.#finished
    const emulated = this.#lines.screen()
    if (emulated !== null) return { rows: emulated.rows, cursor: visible ? this.#shaped(emulated.cursor) : null }
    const { row, column } = this.#lines.cursor(columns)
    const first = Math.max(0, row + 1 - height)
    const rows = this.rows(columns, first, height).slice()
    while (rows.length < height) rows.push("")
    return { rows, cursor: visible ? this.#shaped({ row: row - first, column }) : null }
  }

  /** The row among all rows where the program's normal screen begins; null once it has ended. */
  get screenTop(): number | null {
    return this.#finished ? null : this.#lines.cursor(this.#lines.columns).row - this.#lines.cursorRow
  }

  /** The size of the program's terminal. */
  get size(): TerminalSize {
    return { columns: this.#lines.columns, rows: this.#lines.rows }
  }

  get lineCount(): number {
    return this.#parts().reduce((count, part) => count + part.lineCount, 0)
  }

  get hidden(): Hidden {
    return this.#restored ?? this.#lines.store.hidden
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

  /** `text` in pieces of some 64 KB, for those who do not want it all at once; not to be held while the output changes. */
  *textPieces(): Generator<string> {
    for (const part of this.#parts()) yield* part.textPieces()
  }

  get hiddenLines(): number {
    return this.hidden.lines
  }

  pieceAt(line: number): TextPiece | null {
    let first = 0
    for (const part of this.#parts()) {
      const { lineCount } = part
      if (line < first + lineCount) {
        const piece = part.pieceAt(line - first)
        return piece === null ? null : { ...piece, firstLine: first + piece.firstLine }
      }
      first += lineCount
    }
    return null
  }

  cursor(width: number): CursorAt | null {
    if (this.#finished || !this.modes.cursorVisible || this.alternate) return null
    return this.#shaped(this.#lines.cursor(width))
  }

  /** With the look that the program has asked for, if any. */
  #shaped(at: CellPosition): CursorAt {
    const { cursorShape: shape, cursorBlink: blink } = this.modes
    return shape === "default" ? at : { ...at, shape, blink }
  }

  #parts(): ReadonlyArray<LineStore> {
    return this.#lines.parts()
  }
}
