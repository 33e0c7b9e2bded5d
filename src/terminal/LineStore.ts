/**
 * Logical lines as bytes: what a block keeps of its output, bounded in size.
 *
 * Lines lie one after another in chunks of UTF-8, each with its newline, so a line costs four bytes beside its text and
 * whole chunks become strings at once. The last line may be open (no newline yet): the fast path writes into it
 * directly. When the limit is reached, lines go missing from the middle: the first half stays as head, the rest is a
 * ring. Plain and mutable: every byte that a command prints is copied into it.
 */

import { lineOfChunks, linesOfChunks, pieceOfChunks, plainOfChunk } from "./chunkTexts.ts"
import {
  countChunkRows,
  endOfWhole,
  LineChunk,
  linesCovering,
  plainBytes,
  readRows,
  rowsBeforeLine
} from "./LineChunk.ts"
import { type Hidden, LineGap } from "./LineGap.ts"
import { LINE_START, type LineEnd, measure } from "./lineLayout.ts"
import type { TextPiece } from "./PlainText.ts"
import { plain } from "./sanitise.ts"
import { LINK_END, RESET } from "./sgr.ts"

/** Bytes of a full chunk; one with a longer line is as long as that line. */
const CHUNK_BYTES = 65_536
/** Bytes of a store's first chunk: most commands print little. */
const FIRST_CHUNK_BYTES = 1_024
const LF = 0x0a
const NO_BYTES = Buffer.alloc(0)

/** Consecutive lines and the index of the first, counted from 0 over everything printed. */
export interface PrintedLines {
  readonly firstLine: number
  readonly lines: Array<string>
}

/** See the module's text. */
export class LineStore {
  readonly #maxBytes: number
  readonly #halfBytes: number
  readonly #maxLineBytes: number
  #chunks: Array<LineChunk> = []
  #last: LineChunk | null = null
  readonly #gap = new LineGap()
  /** Bytes of complete lines. */
  #stored = 0
  #count = 0
  /** Bytes of sequences in complete lines kept. */
  #sequences = 0
  #openMeasured: { width: number; to: number; at: LineEnd } = { width: 0, to: 0, at: LINE_START }

  /** The last chunk's bytes; the open line lies at `lineStart` to `end`. Writers put bytes at `end` after `room`. */
  bytes: Buffer = NO_BYTES
  lineStart = 0
  end = 0
  /** Set by writers: the open line holds something other than printable ASCII. */
  mixed = false
  /** Set by writers too: bytes of sequences in the open line. */
  openSequences = 0
  /** The open line has reached its limit: the rest of it is only counted. */
  truncated = false

  /** @param maxBytes bytes of stored text kept; a single line keeps at most half of them */
  constructor(maxBytes = Infinity) {
    this.#maxBytes = maxBytes
    this.#halfBytes = Math.floor(maxBytes / 2)
    // A line and its newline fit one half.
    this.#maxLineBytes = Math.max(0, this.#halfBytes - 1)
  }

  /** Complete lines kept. */
  get completeLines(): number {
    return this.#count
  }

  /** Complete lines that the limit dropped. */
  get droppedLines(): number {
    return this.#gap.droppedLines
  }

  /** Lines kept before the gap. */
  get headLines(): number {
    return this.#gap.headLines
  }

  get hidden(): Hidden {
    return this.#gap.hidden
  }

  /** Bytes of plain text printed, newlines included, kept or not, but for what is kept of the open line. */
  get printedBytes(): number {
    return this.#gap.hiddenBytes + this.#stored - this.#sequences
  }

  /** Bytes held by complete lines and the open one. */
  get storedBytes(): number {
    return this.#stored + this.openBytes
  }

  /** Bytes of memory in use: text, the room behind it, and where lines end. */
  get heldBytes(): number {
    return this.#chunks.reduce((sum, { bytes, ends }) => sum + bytes.length + ends.byteLength, 0)
  }

  get openBytes(): number {
    return this.end - this.lineStart
  }

  /** Lines kept, the open one included when it is not empty. */
  get lineCount(): number {
    return this.#count + (this.end > this.lineStart ? 1 : 0)
  }

  /**
   * Makes room in the open line for up to `wanted` bytes; returns how many may be written at `bytes[end]`, 0 when the
   * line has reached its limit. With `whole` it is all of them or none.
   */
  room(wanted: number, whole = false): number {
    if (this.truncated) return 0
    const left = this.#maxLineBytes - this.openBytes
    if (left < wanted && (whole || left <= 0)) {
      this.#cut()
      return 0
    }
    const granted = Math.min(wanted, left)
    if (this.end + granted <= this.bytes.length) return granted
    const here = this.bytes.length - this.end
    // Fill the chunk before the line moves on: long runs come in pieces anyway.
    if (!whole && here > 0) return here
    this.#grow(whole ? granted : Math.min(granted, CHUNK_BYTES))
    return Math.min(granted, this.bytes.length - this.end)
  }

  /** Counts bytes of text that the open line's limit leaves out. */
  hide(bytes: number): void {
    this.#gap.hiddenBytes += bytes
  }

  /** Writes sequence bytes that belong to the open line; at the limit they are dropped. */
  writeSequence(text: string): void {
    const bytes = Buffer.byteLength(text)
    if (bytes === 0 || this.room(bytes, true) === 0) return
    this.end += this.bytes.write(text, this.end, bytes)
    this.openSequences += bytes
    this.mixed = true
  }

  /** Writes a sequence that ends the open line's looks, beyond its limit if need be. */
  closeSequence(text: string): void {
    if (this.bytes.length - this.end < text.length) this.#grow(text.length)
    this.end += this.bytes.write(text, this.end)
    this.openSequences += text.length
    this.mixed = true
  }

  /** Adds sanitised text to the open line. */
  writeText(text: string): void {
    const source = Buffer.from(text)
    this.writeBytes(source, 0, source.length, !/^[\x20-\x7e]*$/.test(text))
  }

  /** Adds bytes of sanitised text to the open line, as far as its limit allows: whole characters, and what ends their looks. */
  writeBytes(source: Buffer, from: number, to: number, mixed: boolean): void {
    if (mixed) this.mixed = true
    const left = Math.max(0, this.#maxLineBytes - this.openBytes)
    const fits = to - from <= left && !this.truncated
    const end = fits ? to : this.truncated ? from : mixed ? endOfWhole(source, from, from + left) : from + left
    for (let i = from; i < end; ) {
      const granted = this.room(end - i)
      source.copy(this.bytes, this.end, i, i + granted)
      this.end += granted
      i += granted
    }
    const plain = mixed ? plainBytes(source, from, end) : end - from
    this.openSequences += end - from - plain
    if (fits) return
    this.hide(plainBytes(source, end, to))
    if (this.truncated) return
    this.#cut()
    if (plain < end - from) this.closeSequence(`${LINK_END}${RESET}`)
  }

  /** Ends the open line with a newline. */
  endLine(): void {
    // The newline counts as kept even when the line was cut: it is written whatever the limit.
    if (this.end === this.bytes.length) this.#grow(1)
    this.bytes[this.end++] = LF
    const chunk = this.#last!
    if (chunk.count === chunk.ends.length) {
      const ends = new Uint32Array(chunk.count * 2)
      ends.set(chunk.ends)
      chunk.ends = ends
    }
    const length = this.end - this.lineStart
    chunk.ends[chunk.count++] = this.end * 2 + (this.mixed ? 0 : 1)
    this.#count++
    this.#stored += length
    this.#sequences += this.openSequences
    this.lineStart = this.end
    this.mixed = false
    this.openSequences = 0
    this.truncated = false
    if (this.#stored > this.#halfBytes) this.#limit(length)
  }

  /** Adds a whole sanitised line. */
  appendLine(text: string): void {
    this.writeText(text)
    this.endLine()
  }

  /** Takes over everything another store holds; its open line goes on in this one. The other is empty afterwards. */
  appendStore(other: LineStore): void {
    for (const chunk of other.#chunks) {
      for (let line = chunk.first; line < chunk.count; line++) {
        this.writeBytes(chunk.bytes, chunk.start(line), chunk.end(line), !chunk.isAscii(line))
        this.endLine()
      }
    }
    this.writeBytes(other.bytes, other.lineStart, other.end, other.mixed)
    other.clear()
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks = []
    this.#use(null)
    this.#gap.clear()
    this.#stored = this.#count = this.#sequences = this.openSequences = 0
    this.mixed = this.truncated = false
  }

  /** Replaces the open line's text. */
  replaceOpen(text: string): void {
    this.#emptyOpen()
    this.writeText(text)
  }

  /** Takes the open line's text out of the store. */
  takeOpen(): string {
    const text = this.bytes.toString("utf8", this.lineStart, this.end)
    this.#emptyOpen()
    return text
  }

  /** Takes the last `count` complete lines out of the store, the oldest first. There must be no open line. */
  takeLast(count: number): Array<string> {
    const lines: Array<string> = []
    while (lines.length < count) {
      const chunk = this.#chunks.at(-1)
      if (chunk === undefined) break
      const tailChunks = this.#gap.droppedLines > 0 ? this.#chunks.length - this.#gap.headChunks : Infinity
      if (chunk.count === chunk.first) {
        // The gap is before the first chunk of the tail: what is on its other side is not the line before.
        if (tailChunks <= 1) break
        this.#chunks.pop()
        this.#use(this.#chunks.at(-1) ?? null)
        continue
      }
      const line = chunk.count - 1
      const start = chunk.start(line)
      lines.push(chunk.bytes.toString("utf8", start, chunk.end(line)))
      this.#forget(chunk, line)
      this.#count--
      chunk.count--
      this.#gap.left(this.#count)
      this.#use(chunk)
    }
    return lines.reverse()
  }

  /** How many of the last complete lines it takes to fill `rows` rows at `width`, no more than follow the gap. */
  linesCovering(rows: number, width: number): number {
    const { droppedLines, headChunks } = this.#gap
    return linesCovering(droppedLines > 0 ? this.#chunks.slice(headChunks) : this.#chunks, rows, width)
  }

  /** Takes the last complete line if it can be had and takes one row at `width`; null otherwise. */
  takeRow(width: number): string | null {
    const chunk = this.#chunks.findLast((one) => one.count > one.first)
    if (chunk === undefined || chunk.rowsOf(chunk.count - 1, width) !== 1) return null
    return this.takeLast(1)[0] ?? null
  }

  /** One kept line. */
  line(index: number): string {
    const line = lineOfChunks(this.#chunks, index)
    return line ?? (index === this.#count ? this.bytes.toString("utf8", this.lineStart, this.end) : "")
  }

  /** Kept lines from `from` (inclusive) to `to` (exclusive), complete ones only. */
  lines(from: number, to: number): Array<string> {
    return linesOfChunks(this.#chunks, from, to)
  }

  /**
   * Complete lines from `from` (inclusive) to `to` (exclusive), counted over everything printed, without a gap: up to
   * the gap when they begin before it, from behind it when they begin in it. Null when there are none.
   */
  printedLines(from: number, to: number): PrintedLines | null {
    const span = this.#gap.span(from, to)
    return span === null ? null : { firstLine: span.firstLine, lines: this.lines(span.from, span.to) }
  }

  /** Everything kept as plain text, the open line without a newline. */
  text(): string {
    return [...this.textPieces()].join("")
  }

  /** The same in pieces of whole lines, the open line as one of its own. */
  *textPieces(): Generator<string> {
    for (const chunk of this.#chunks) yield plainOfChunk(chunk)
    if (this.end > this.lineStart) yield plain(this.bytes.toString("utf8", this.lineStart, this.end))
  }

  /** The piece of the text that a line is in: a chunk, or the open line. Null for a line that is not there. */
  pieceAt(index: number): TextPiece | null {
    const piece = pieceOfChunks(this.#chunks, index)
    const firstLine = this.#count
    if (piece !== null || index !== firstLine || index >= this.lineCount) return piece
    const { bytes, lineStart, end } = this
    return { firstLine, lines: 1, text: () => plain(bytes.toString("utf8", lineStart, end)) }
  }

  /** Rows that everything kept takes at `width`. */
  rowCount(width: number): number {
    const rows = this.completeRows(width)
    return this.end > this.lineStart ? rows + this.openEnd(width).row + 1 : rows
  }

  /** Rows that the complete lines take at `width`. */
  completeRows(width: number): number {
    return countChunkRows(this.#chunks, width)
  }

  /** Rows at `width` before a line, which may be past the last: lines that are not there take one row each. */
  rowsBefore(index: number, width: number): number {
    if (index > this.#count) return this.rowCount(width) + index - this.lineCount
    return rowsBeforeLine(this.#chunks, index, width)
  }

  /** Where the open line ends at `width`. Goes on from the last answer, so asking is cheap while a long line grows. */
  openEnd(width: number): LineEnd {
    const known = this.#openMeasured
    const goesOn = known.width === width && known.to >= this.lineStart && known.to <= this.end
    const from = goesOn ? known.to : this.lineStart
    const at = measure(this.bytes, from, this.end, width, goesOn ? known.at : LINE_START)
    this.#openMeasured = { width, to: this.end, at }
    return at
  }

  /** Up to `count` rows from row `from` at `width`. */
  rows(width: number, from: number, count: number): Array<string> {
    const { bytes, lineStart: start, end } = this
    const open = end > start ? { bytes, start, end, ascii: !this.mixed } : null
    return readRows(this.#chunks, open, width, from, count)
  }

  /** Gives back memory that no line uses; to be called when nothing more is written. */
  compact(): void {
    for (const chunk of this.#chunks) {
      const used = chunk === this.#last ? this.end : chunk.start(chunk.count)
      if (used < chunk.bytes.length) {
        const bytes = Buffer.allocUnsafeSlow(used)
        chunk.bytes.copy(bytes, 0, 0, used)
        chunk.bytes = bytes
      }
      if (chunk.count < chunk.ends.length) chunk.ends = chunk.ends.slice(0, chunk.count)
    }
    if (this.#last !== null) this.bytes = this.#last.bytes
  }

  /** The open line has reached its limit: what follows of it is hidden. */
  #cut(): void {
    this.truncated = true
    this.#gap.cut(this.#count)
  }

  /** A complete line is not kept any more; gives its plain bytes. */
  #forget(chunk: LineChunk, line: number): number {
    const start = chunk.start(line)
    const end = chunk.end(line) + 1
    const plain = chunk.isAscii(line) ? end - start : plainBytes(chunk.bytes, start, end)
    this.#stored -= end - start
    this.#sequences -= end - start - plain
    return plain
  }

  #emptyOpen(): void {
    this.end = this.lineStart
    this.mixed = this.truncated = false
    this.openSequences = 0
    if (this.#openMeasured.to > this.end) this.#openMeasured = { width: 0, to: 0, at: LINE_START }
  }

  /** A chunk with room for the open line and `wanted` bytes more. */
  #grow(wanted: number): void {
    const open = this.openBytes
    const last = this.#last
    const needed = open + wanted + 1
    if (last === null || (last.count > 0 && last.bytes.length >= CHUNK_BYTES)) {
      this.#openChunk(Math.max(last === null ? FIRST_CHUNK_BYTES : CHUNK_BYTES, needed * (open > 0 ? 2 : 1)))
      return
    }
    const bytes = Buffer.allocUnsafeSlow(Math.max(last.bytes.length * 2, this.lineStart + needed))
    last.bytes.copy(bytes, 0, 0, this.end)
    last.bytes = this.bytes = bytes
  }

  /** Begins a chunk and moves the open line into it. */
  #openChunk(capacity: number): void {
    const chunk = new LineChunk(capacity)
    const open = this.openBytes
    if (open > 0) this.bytes.copy(chunk.bytes, 0, this.lineStart, this.end)
    this.#chunks.push(chunk)
    this.#last = chunk
    this.bytes = chunk.bytes
    this.lineStart = 0
    this.end = open
    this.#openMeasured = { width: 0, to: 0, at: LINE_START }
  }

  /** Writing goes on after the complete lines of `chunk`, the last one if there is any. */
  #use(chunk: LineChunk | null): void {
    this.#last = chunk
    this.bytes = chunk?.bytes ?? NO_BYTES
    this.lineStart = this.end = chunk?.start(chunk.count) ?? 0
    this.openSequences = 0
    this.#openMeasured = { width: 0, to: 0, at: LINE_START }
  }

  /** Keeps the limit after a line of `length` bytes was ended. */
  #limit(length: number): void {
    const gap = this.#gap
    if (gap.headChunks === Infinity) {
      // This line does not fit the first half: the tail begins with it, in a chunk of its own.
      const chunk = this.#last!
      const headLines = this.#count - 1
      if (chunk.count - chunk.first > 1) {
        const mark = chunk.ends[--chunk.count]!
        const start = chunk.start(chunk.count)
        const tail = new LineChunk(Math.max(CHUNK_BYTES, length))
        chunk.bytes.copy(tail.bytes, 0, start, start + length)
        tail.ends[tail.count++] = length * 2 + (mark & 1)
        this.#chunks.push(tail)
        this.#use(tail)
      }
      gap.endHead(this.#chunks.length - 1, headLines)
    }
    while (this.#stored > this.#maxBytes) {
      const index = gap.headChunks
      const chunk = this.#chunks[index]!
      gap.drop(this.#forget(chunk, chunk.first))
      this.#count--
      chunk.dropFirst()
      if (chunk.first === chunk.count && chunk !== this.#last) this.#chunks.splice(index, 1)
    }
  }
}
