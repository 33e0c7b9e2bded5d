/**
 * Our own OSC number: marks look like `ESC ] 7717 ; <payload> BEL` (or `ESC \`). Not used by any terminal protocol we
 * know of (0–133, 633, 777, 1337, 6973, 9001, 9277–9279, 16162 are taken).
 */
export const MARK_OSC = 7717

/** Longest payload in bytes; a longer one is no mark and passes as output. Holds a quoted PATH_MAX and typed-ahead text. */
export const MAX_MARK_BYTES = 32_768

const ESC = 0x1b
const BEL = 0x07
const BACKSLASH = 0x5c
const PREFIX = Buffer.from(`\x1b]${MARK_OSC};`, "latin1")

/** What the parser finds, in the order of the stream. */
export interface MarkSink {
  /** Bytes that are not marks; a view of the chunk that was pushed wherever possible. */
  output(bytes: Buffer): void
  /** What stood between `7717;` and the terminator, as UTF-8. */
  mark(payload: string): void
}

/**
 * Splits a byte stream into output and marks, however it is cut into chunks. Plain code: all output passes through it,
 * and a chunk without a mark is handed on as it is.
 */
export class MarkParser {
  private held: Buffer | null = null
  private readonly sink: MarkSink

  constructor(sink: MarkSink) {
    this.sink = sink
  }

  push(chunk: Buffer): void {
    let bytes = chunk
    if (this.held !== null) {
      bytes = Buffer.concat([this.held, chunk])
      this.held = null
    }
    let from = 0
    for (;;) {
      const start = bytes.indexOf(PREFIX, from)
      if (start === -1) {
        const rest = partialPrefix(bytes, from)
        this.emit(bytes, from, rest)
        if (rest < bytes.length) this.held = bytes.subarray(rest)
        return
      }
      const payload = start + PREFIX.length
      const end = payloadEnd(bytes, payload)
      if (end === bytes.length || (bytes[end] === ESC && end + 1 === bytes.length)) {
        if (end - payload <= MAX_MARK_BYTES) {
          this.emit(bytes, from, start)
          this.held = bytes.subarray(start)
          return
        }
      } else if (end - payload <= MAX_MARK_BYTES) {
        const length = bytes[end] === BEL ? 1 : bytes[end + 1] === BACKSLASH ? 2 : 0
        if (length > 0) {
          this.emit(bytes, from, start)
          this.sink.mark(bytes.toString("utf8", payload, end))
          from = end + length
          continue
        }
      }
      // Only looked like a mark: it is output, and the search goes on behind its first byte.
      this.emit(bytes, from, payload)
      from = payload
    }
  }

  /** Ends the stream: an unfinished mark is output. */
  flush(): void {
    if (this.held === null) return
    const held = this.held
    this.held = null
    this.sink.output(held)
  }

  private emit(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.sink.output(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
  }
}

/** First BEL or ESC at or after `from`, or the length. */
const payloadEnd = (bytes: Buffer, from: number): number => {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === BEL || byte === ESC) return i
  }
  return bytes.length
}

/** Where a proper prefix of PREFIX begins that reaches the end of the chunk, or the length. */
const partialPrefix = (bytes: Buffer, from: number): number => {
  const first = Math.max(from, bytes.length - PREFIX.length + 1)
  for (let i = first; i < bytes.length; i++) {
    if (bytes[i] === ESC && bytes.compare(PREFIX, 0, bytes.length - i, i) === 0) return i
  }
  return bytes.length
}
