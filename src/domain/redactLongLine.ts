import { type KeyState, type Redaction, Redactor } from "./redact.ts"

/** Lines longer than this are redacted a piece at a time, in UTF-16 units: it takes about a millisecond. */
export const LONG_LINE = 16 * 1024
/**
 * Units before a piece that are read with it, for what tells a secret that has no mark of its own: a name, a header, a URL's
 * user. In styled text most of them are styles.
 */
const CONTEXT = 1024
const STYLED_CONTEXT = 8 * 1024
/** Longest sequence that a piece is not to end in, in UTF-16 units: a link. */
const MAX_SEQUENCE = 4 * 1024

/** Where a piece may end, before `end`: not in the middle of a sequence. */
const pieceEnd = (line: string, from: number, end: number): number => {
  if (end >= line.length) return line.length
  const sequence = line.lastIndexOf("\x1b", end)
  return sequence > from && end - sequence < MAX_SEQUENCE ? sequence : end
}

/** What is read before a place in a line: from the beginning of a sequence on, if it has any. */
const contextBefore = (line: string, at: number, styled: boolean): string => {
  const context = line.slice(Math.max(0, at - (styled ? STYLED_CONTEXT : CONTEXT)), at)
  const sequence = styled && context.length < at ? context.indexOf("\x1b") : 0
  return context.slice(Math.max(0, sequence))
}

/** A line without its secrets. */
export interface RedactedLine extends Redaction {
  /** Of a finished line, what the next one depends on: a private key may have begun in it. */
  readonly state: KeyState
}

/**
 * What `Redactor` makes of a line outside of a private key that has begun before it, a step at a time: of a line of megabytes
 * no step takes longer than a few milliseconds, unless one secret is that long.
 *
 * A piece's redaction is the beginning of what the longer line's will be (`Redactor.unfinished`), so the next piece goes on
 * from there.
 *
 * @param unfinished the line is still being printed: what may be the beginning of a secret is left out
 */
export function* redactLongLine(line: string, unfinished: boolean): Generator<void, RedactedLine, void> {
  const styled = line.includes("\x1b")
  let text = ""
  let count = 0
  /** Units of the line that are in `text`, and what is read before them again, with what it came to. */
  let done = 0
  let context = ""
  let known: Redaction = { text: "", count: 0 }
  let size = LONG_LINE
  for (let end = pieceEnd(line, 0, size); end < line.length; end = pieceEnd(line, done, done + size)) {
    yield
    const piece = new Redactor().unfinished(context + line.slice(done, end))
    const to = end - piece.held
    const nextContext = contextBefore(line, to, styled)
    const next = new Redactor().unfinished(nextContext + line.slice(to, end))
    if (to <= done || next.held !== piece.held || !piece.text.startsWith(known.text)) {
      // A secret is longer than the piece, or than what is read before the next one.
      size *= 2
      continue
    }
    text += piece.text.slice(known.text.length)
    count += piece.count - known.count
    done = to
    context = nextContext
    known = next
    size = LONG_LINE
  }
  yield
  const last = new Redactor()
  const rest = context + line.slice(done)
  const redacted = unfinished ? last.unfinished(rest) : { text: last.redact(rest), count: last.count }
  return {
    text: text + redacted.text.slice(known.text.length),
    count: count + redacted.count - known.count,
    state: last.state
  }
}
