/**
 * A run of stored lines: UTF-8 bytes and where each line ends. Plain: it is scanned for every row that is counted.
 */

import { countRows, endOfSequence, wrapLine } from "./lineLayout.ts"

const ESC = 0x1b

/** Lines lie in `bytes` one after another, each with its newline. */
export class LineChunk {
  bytes: Buffer
  /** For each line twice the offset after its newline, plus one when the line is printable ASCII and nothing else. */
  ends = new Uint32Array(16)
  count = 0
  /** Lines before this one were dropped. */
  first = 0
  /** Rows at `rowsWidth` of the lines from `first` to `rowsEnd`. */
  rowsWidth = 0
  rowsEnd = 0
  rows = 0

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  start(line: number): number {
    return line === 0 ? 0 : this.ends[line - 1]! >>> 1
  }

  /** Offset of the line's newline. */
  end(line: number): number {
    return (this.ends[line]! >>> 1) - 1
  }

  isAscii(line: number): boolean {
    return (this.ends[line]! & 1) === 1
  }

  rowsOf(line: number, width: number): number {
    const start = this.start(line)
    const end = this.end(line)
    if (this.isAscii(line)) return end - start <= width ? 1 : Math.ceil((end - start) / width)
    return countRows(this.bytes, start, end, width)
  }

  /** Rows of all kept lines, counted once per width and then only for new lines. */
  rowsAt(width: number): number {
    if (this.rowsWidth !== width || this.rowsEnd > this.count || this.rowsEnd < this.first) {
      this.rowsWidth = width
      this.rowsEnd = this.first
      this.rows = 0
    }
    for (; this.rowsEnd < this.count; this.rowsEnd++) this.rows += this.rowsOf(this.rowsEnd, width)
    return this.rows
  }

  dropFirst(): void {
    if (this.rowsEnd > this.first) this.rows -= this.rowsOf(this.first, this.rowsWidth)
    this.first++
  }
}

/** Plain bytes (without sequences) of a part of a line. */
export const plainBytes = (bytes: Uint8Array, from: number, to: number): number => {
  let count = 0
  for (let i = from; i < to; ) {
    if (bytes[i] === ESC) i = endOfSequence(bytes, i, to)
    else {
      i++
      count++
    }
  }
  return count
}

/** Where the last character or sequence ends that lies whole before `to`. */
export const endOfWhole = (bytes: Uint8Array, from: number, to: number): number => {
  for (let end = from; ; ) {
    let next = end + 1
    if (bytes[end] === ESC) next = endOfSequence(bytes, end, bytes.length)
    else while ((bytes[next]! & 0xc0) === 0x80) next++
    if (next > to) return end
    end = next
  }
}

/** A part of a store's bytes that is one line, finished or not. */
export interface LinePart {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Printable ASCII and nothing else: cells are bytes. */
  readonly ascii: boolean
}

/** Rows that complete lines take at `width`. */
export const countChunkRows = (chunks: ReadonlyArray<LineChunk>, width: number): number => {
  let rows = 0
  for (const chunk of chunks) rows += chunk.rowsAt(width)
  return rows
}

/** Rows at `width` before the line of this index. */
export const rowsBeforeLine = (chunks: ReadonlyArray<LineChunk>, index: number, width: number): number => {
  let rows = 0
  let base = 0
  for (const chunk of chunks) {
    const size = chunk.count - chunk.first
    if (base + size > index) {
      for (let line = chunk.first; line < chunk.first + index - base; line++) rows += chunk.rowsOf(line, width)
      break
    }
    rows += chunk.rowsAt(width)
    base += size
  }
  return rows
}

/** How many of the last lines it takes to fill `rows` rows at `width`. */
export const linesCovering = (chunks: ReadonlyArray<LineChunk>, rows: number, width: number): number => {
  let count = 0
  let covered = 0
  for (let index = chunks.length - 1; index >= 0; index--) {
    const chunk = chunks[index]!
    for (let line = chunk.count - 1; line >= chunk.first; line--) {
      if (covered >= rows) return count
      covered += chunk.rowsOf(line, width)
      count++
    }
  }
  return count
}

const addRows = (rows: Array<string>, part: LinePart, width: number, skip: number, count: number): void => {
  const { bytes, start, end } = part
  if (part.ascii) {
    if (start === end) rows.push("")
    for (let at = start + skip * width; at < end && rows.length < count; at += width) {
      rows.push(bytes.toString("latin1", at, Math.min(at + width, end)))
    }
    return
  }
  const wrapped = wrapLine(bytes, start, end, width, skip + count - rows.length - 1)
  for (let row = skip; row < wrapped.length && rows.length < count; row++) rows.push(wrapped[row]!)
}

/** Up to `count` rows from row `from` at `width`: those of the chunks' lines, then those of the open line. */
export const readRows = (
  chunks: ReadonlyArray<LineChunk>,
  open: LinePart | null,
  width: number,
  from: number,
  count: number
): Array<string> => {
  const rows: Array<string> = []
  let skip = from
  for (const chunk of chunks) {
    const size = chunk.rowsAt(width)
    if (skip >= size) {
      skip -= size
      continue
    }
    for (let line = chunk.first; line < chunk.count && rows.length < count; line++) {
      const size = chunk.rowsOf(line, width)
      if (skip >= size) skip -= size
      else {
        const part = { bytes: chunk.bytes, start: chunk.start(line), end: chunk.end(line), ascii: chunk.isAscii(line) }
        addRows(rows, part, width, skip, count)
        skip = 0
      }
    }
    if (rows.length >= count) return rows
  }
  if (open !== null && rows.length < count) addRows(rows, open, width, skip, count)
  return rows
}
