import { readSync } from "node:fs"
import { readAt } from "./checkedFile.ts"
import { atOnce, type Steps } from "./Slices.ts"

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

/** Bytes read at a time while looking for lines: one step. */
const SCAN_BYTES = 256 * 1024
/** Bytes of a line that are searched for the end of its header at first. */
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
export function* indexLines(fd: number, size: number): Steps<LineIndex | null> {
  const { newlines, begins } = yield* scan(fd, size)
  const headEnd = newlines[0]
  const lastBlockEnd = newlines.at(-2)
  if (headEnd === undefined || lastBlockEnd === undefined) return null
  const head = readAt(fd, 0, headEnd).toString("utf8")
  if (!head.endsWith(HEAD_END)) return null
  if (lastBlockEnd !== size - 1 - DOCUMENT_END.length || !endsWhole(fd, size)) return null

  const lines: Array<SnapshotLine> = []
  for (let index = 0; index + 2 < newlines.length; index++) {
    yield
    const start = newlines[index]! + 1
    const newline = newlines[index + 1]!
    // Every line but the last block's ends with a comma.
    const end = newline === lastBlockEnd ? newline : newline - 1
    const begin = begins[index] ?? null
    lines.push(begin === null ? readHeader(fd, start, end) : { start, ...begin, end })
  }
  return { head, lines }
}

/** True when the file's last bytes are the document's end. */
export const endsWhole = (fd: number, size: number): boolean =>
  size >= DOCUMENT_END.length &&
  readAt(fd, size - DOCUMENT_END.length, DOCUMENT_END.length).toString("latin1") === DOCUMENT_END

/** What a line begins with; null where that does not lie in one piece of the file. */
type LineBegin = Pick<SnapshotLine, "output" | "header"> | null

/** Finds every newline, and what the line after it begins with: one pass over the file, through one piece of memory. */
function* scan(fd: number, size: number) {
  const newlines: Array<number> = []
  const begins: Array<LineBegin> = []
  const buffer = Buffer.allocUnsafe(Math.min(SCAN_BYTES, size))
  for (let base = 0; base < size; ) {
    const length = readSync(fd, buffer, 0, buffer.length, base)
    if (length === 0) break
    const bytes = buffer.subarray(0, length)
    for (let at = bytes.indexOf(10); at >= 0; ) {
      newlines.push(base + at)
      const start = at + 1
      at = bytes.indexOf(10, start)
      const limit = at < 0 ? length : at
      const output = bytes.subarray(start, Math.min(limit, start + HEADER_BYTES)).indexOf(OUTPUT_KEY, 0, "latin1")
      begins.push(
        output < 0
          ? null
          : { output: base + start + output, header: `${bytes.toString("utf8", start, start + output)}}` }
      )
    }
    base += length
    yield
  }
  return { newlines, begins }
}

/** Where the newlines of a file are, in bytes from its beginning; also of one that has not this layout. */
export const findNewlines = (fd: number, size: number): ReadonlyArray<number> => atOnce(scan(fd, size)).newlines

/** The same of one line, wherever its header ends; no header when it has no output, or the file became shorter meanwhile. */
const readHeader = (fd: number, start: number, end: number): SnapshotLine => {
  // An empty line: damage has put it there.
  if (end <= start) return { start, output: end, end, header: "" }
  for (let length = HEADER_BYTES; ; length *= 8) {
    const wanted = Math.min(length, end - start)
    const bytes = readAt(fd, start, wanted)
    const at = bytes.indexOf(OUTPUT_KEY, 0, "latin1")
    if (at >= 0) return { start, output: start + at, end, header: `${bytes.toString("utf8", 0, at)}}` }
    if (bytes.length < wanted || wanted === end - start) return { start, output: end, end, header: "" }
  }
}
