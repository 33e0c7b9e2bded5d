import { readAt } from "./checkedFile.ts"
import type { Steps } from "./Slices.ts"
import { DOCUMENT_END, endsWhole, HEAD_END, type LineIndex, OUTPUT_KEY, type SnapshotLine } from "./snapshotLines.ts"

/** Bytes read at a time: what a line ends with and, mostly, the whole header of the next one. */
const WINDOW_BYTES = 1024
/** Bytes read at a time of a text whose end is looked for: one step. */
const SEARCH_BYTES = 64 * 1024
/** Largest header that is looked for, in bytes: behind it lies no text whose length could be known. */
const MAX_HEADER_BYTES = 1024 * 1024
const NEWLINE = 0x0a

/** Bytes of a block's line from `,"stdout":` to after its closing brace; null where they may be another number. */
export type KnownTexts = (id: string) => number | null

/**
 * Indexes a snapshot like `indexLines`, but reads no text whose length is known: it looks whether the line ends there. Null
 * when one does not, or the file has not this layout. A snapshot keeps the bytes of what has not changed since the one before.
 */
export function* indexKnownLines(fd: number, size: number, known: KnownTexts): Steps<LineIndex | null> {
  const headEnd = yield* findNewline(fd, 0, size)
  if (headEnd === null || !endsWhole(fd, size)) return null
  const head = readAt(fd, 0, headEnd).toString("utf8")
  if (!head.endsWith(HEAD_END)) return null
  const documentEnd = size - DOCUMENT_END.length
  const read = windowOf(fd)
  const lines: Array<SnapshotLine> = []
  for (let start = headEnd + 1; start < documentEnd; ) {
    yield
    const begin = readBegin(read, start)
    if (begin === null) return null
    const { header, output } = begin
    const text = known(idOf(header))
    const end = text === null ? yield* findEnd(fd, output, documentEnd) : output + text
    const isLast = end === documentEnd - 1
    if (end === null || end >= documentEnd) return null
    if (read(end - 1, 3).toString("latin1") !== (isLast ? "}\n]" : "},\n")) return null
    lines.push({ start, output, end, header })
    start = isLast ? documentEnd : end + 2
  }
  return { head, lines }
}

/** Reads short ranges, each of which mostly lies where the one before was read. */
const windowOf = (fd: number) => {
  let bytes: Buffer = Buffer.alloc(0)
  let base = 0
  return (position: number, length: number): Buffer => {
    if (position < base || position + length > base + bytes.length) {
      bytes = readAt(fd, position, Math.max(length, WINDOW_BYTES))
      base = position
    }
    return bytes.subarray(position - base, position - base + length)
  }
}

/** A line's header, as JSON, and where its output begins. */
const readBegin = (
  read: ReturnType<typeof windowOf>,
  start: number
): Pick<SnapshotLine, "header" | "output"> | null => {
  for (let length = WINDOW_BYTES / 2; length <= MAX_HEADER_BYTES; length *= 2) {
    const bytes = read(start, length)
    const at = bytes.indexOf(OUTPUT_KEY, 0, "latin1")
    if (at >= 0) return { header: `${bytes.toString("utf8", 0, at)}}`, output: start + at }
    if (bytes.length < length) return null
  }
  return null
}

/** The id that a header begins with; empty for one that another program has written. */
const idOf = (header: string): string => /^\{"id":"([^"\\]+)"/.exec(header)?.[1] ?? ""

/** Where a block ends whose text is not known. */
function* findEnd(fd: number, output: number, documentEnd: number): Steps<number | null> {
  const newline = yield* findNewline(fd, output, documentEnd)
  return newline === null || newline === documentEnd - 1 ? newline : newline - 1
}

function* findNewline(fd: number, from: number, to: number): Steps<number | null> {
  for (let at = from; at < to; at += SEARCH_BYTES) {
    const found = readAt(fd, at, Math.min(SEARCH_BYTES, to - at)).indexOf(NEWLINE)
    if (found >= 0) return at + found
    yield
  }
  return null
}
