/**
 * Which logical lines of a block's output are kept: the first `headLines`, then, after a gap of `hiddenLines`, the rest
 * up to `lines`. Without a gap `headLines` is 0 and every line is kept.
 */
export interface OutputSpan {
  /** Logical lines printed so far, kept or not. */
  readonly lines: number
  readonly hiddenLines: number
  readonly headLines: number
}

/** The span of an output to which nothing was added. */
export const EMPTY_SPAN: OutputSpan = { lines: 0, hiddenLines: 0, headLines: 0 }

/** What adding lines did: keep the first `kept` of the lines kept so far, then add the new ones; `span` holds after. */
export interface PlacedLines {
  readonly kept: number
  readonly span: OutputSpan
}

/**
 * Adds `count` lines at `firstLine` (counted from 0). What comes later wins: a line that was there and everything after
 * it is replaced, and a jump leaves a gap. There is one gap at most: a second jump drops what stood after the first.
 */
export const placeLines = (span: OutputSpan, firstLine: number, count: number): PlacedLines => {
  const lines = firstLine + count
  const head = span.hiddenLines > 0 ? span.headLines : span.lines
  if (firstLine <= head) return { kept: firstLine, span: { lines, hiddenLines: 0, headLines: 0 } }
  const tail = head + span.hiddenLines
  if (span.hiddenLines > 0 && firstLine > tail && firstLine <= span.lines) {
    return { kept: firstLine - span.hiddenLines, span: { ...span, lines } }
  }
  return { kept: head, span: { lines, hiddenLines: firstLine - head, headLines: head } }
}
