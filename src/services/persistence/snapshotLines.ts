import { readAt } from "./checkedFile.ts"

/*
 * The snapshot's layout: the head with `"blocks":[` at its end, one block per line, the end.
 *
 *   {"version":1,…,"blocks":[
 *   {"id":"…",…,"stdout":"…","stderr":"…"},
 *   {"id":"…",…,"stdout":"…","stderr":"…"}
 *   ]}
 *
 * JSON escapes newlines inside strings, so a newline byte is always a line's end, and a quote inside a string always
 * has a backslash before it, so `,"stdout":"` is always a key. Plain code over bytes: 100 MB pass here before the first
 * frame of a large session.
 */

/** Bytes read at a time while looking for newlines. */
const SCAN_BYTES = 1024 * 1024
/** Bytes read at a time for headers: those of many small blocks, the beginning of a large one. */
const HEADER_BYTES = 64 * 1024
/** What the head ends with. */
export const HEAD_END = '"blocks":['
/** What separates a block's header from its output. */
export const OUTPUT_KEY = ',"stdout":"'
/** What a whole snapshot ends with. */
export const DOCUMENT_END = "]}\n"

/** A block's line: its place in bytes and its header as JSON. */
export interface SnapshotLine {
  readonly start: number
  /** Where `,"stdout":` begins; `end` when the line has no output. */
  readonly output: number
  /** After the closing brace. */
  readonly end: number
  /** JSON of everything before the output; empty when there is no output. */
  readonly header: string
}

/** The lines of a snapshot. */
export interface LineIndex {
  /** Without its `]}`. */
  readonly head: string
  readonly lines: ReadonlyArray<SnapshotLine>
}

/** Indexes the file, null when it has not this layout: truncated, or rewritten by another program. */
export const indexLines = (fd: number, size: number): LineIndex | null => {
  const newlines = findNewlines(fd, size)
  const headEnd = newlines[0]
  const lastBlockEnd = newlines.at(-2)
  if (headEnd === undefined || lastBlockEnd === undefined) return null
  const head = readAt(fd, 0, headEnd).toString("utf8")
  if (!head.endsWith(HEAD_END)) return null
  if (lastBlockEnd !== size - 1 - DOCUMENT_END.length || !endsWhole(fd, size)) return null

  const readHeader = headerReader(fd)
  const lines: Array<SnapshotLine> = []
  for (let index = 0; index + 2 < newlines.length; index++) {
    const start = newlines[index]! + 1
    const newline = newlines[index + 1]!
    // Every line but the last block's ends with a comma.
    lines.push(readHeader(start, newline === lastBlockEnd ? newline : newline - 1))
  }
  return { head, lines }
}

/** True when the file's last bytes are the document's end. */
export const endsWhole = (fd: number, size: number): boolean =>
  size >= DOCUMENT_END.length &&
  readAt(fd, size - DOCUMENT_END.length, DOCUMENT_END.length).toString("latin1") === DOCUMENT_END

const findNewlines = (fd: number, size: number): Array<number> => {
  const newlines: Array<number> = []
  for (let base = 0; base < size; base += SCAN_BYTES) {
    const bytes = readAt(fd, base, Math.min(SCAN_BYTES, size - base))
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) newlines.push(base + at)
  }
  return newlines
}

/** Reads headers in the order of the file; small blocks share one read. */
const headerReader = (fd: number) => {
  let window: Buffer = Buffer.alloc(0)
  let base = 0

  const fill = (start: number, length: number): void => {
    window = readAt(fd, start, length)
    base = start
  }

  return (start: number, end: number): SnapshotLine => {
    for (let length = HEADER_BYTES; ; length *= 8) {
      const from = start - base
      const limit = Math.min(end - base, window.length)
      const at = from < limit ? window.subarray(0, limit).indexOf(OUTPUT_KEY, from, "latin1") : -1
      if (at >= 0) return { start, output: base + at, end, header: `${window.toString("utf8", from, at)}}` }
      if (from < window.length && base + window.length >= end) return { start, output: end, end, header: "" }
      fill(start, length)
      // A file that became shorter meanwhile.
      if (window.length === 0) return { start, output: end, end, header: "" }
      if (window.length < length && base + window.length < end) return { start, output: end, end, header: "" }
    }
  }
}
