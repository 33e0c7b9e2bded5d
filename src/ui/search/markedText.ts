import type { TextRange } from "../../domain/textPattern.ts"
import { textWidth } from "../../terminal/cells.ts"
import { headCells, visibleText } from "../blocks/visibleText.ts"
import type { Paint } from "../theme.ts"

/** A piece of text that is shown in one way. */
interface Piece {
  readonly text: string
  readonly matches: boolean
}

/** UTF-16 units before the first match that stay with it when the text before it has no room. */
const LEAD = 12

/** The text cut where its matches begin and end, from `start` on, each piece visible. */
const piecesOf = (text: string, ranges: ReadonlyArray<TextRange>, start: number): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  let at = start
  for (const { from, to } of ranges) {
    if (to <= at) continue
    if (from > at) pieces.push({ text: visibleText(text.slice(at, from)), matches: false })
    pieces.push({ text: visibleText(text.slice(Math.max(at, from), to)), matches: true })
    at = to
  }
  if (at < text.length) pieces.push({ text: visibleText(text.slice(at)), matches: false })
  return pieces
}

/** Where the text begins, so that its first match is seen: further back where the text behind it leaves room. */
const startOf = (text: string, first: TextRange, room: number): number => {
  const cells = (from: number, to?: number) => textWidth(visibleText(text.slice(from, to)))
  if (cells(0, first.to) <= room) return 0
  const led = Math.max(0, first.from - LEAD)
  const near = cells(led, first.to) <= room ? led : first.from
  const spare = room - cells(near)
  // Wide characters take twice the cells.
  const starts = [spare, spare >> 1].map((units) => Math.max(0, near - Math.max(0, units)))
  return starts.find((start) => cells(start, first.to) <= room) ?? near
}

/** A line as it is shown, and the cells that it takes. */
export interface ShownText {
  readonly text: string
  readonly cells: number
}

/**
 * One line of untrusted text in at most `room` cells with its matches painted. Where the first of them would be cut off,
 * the line begins shortly before it; `ellipsis` (one cell) stands where something was cut.
 *
 * @param ranges UTF-16 offsets, from left to right
 */
export const markedText = (
  text: string,
  ranges: ReadonlyArray<TextRange>,
  room: number,
  match: Paint,
  ellipsis: string
): ShownText => {
  const first = ranges[0]
  const start = first === undefined ? 0 : startOf(text, first, room - 1)
  let shown = start > 0 ? ellipsis : ""
  let cells = start > 0 ? 1 : 0
  const pieces = piecesOf(text, ranges, start)
  for (const [index, piece] of pieces.entries()) {
    const size = textWidth(piece.text)
    const rest = index < pieces.length - 1 ? 1 : 0
    if (cells + size + rest <= room) {
      shown += piece.matches ? match(piece.text) : piece.text
      cells += size
      continue
    }
    const fits = cells + size <= room && rest === 0 ? piece.text : headCells(piece.text, Math.max(0, room - cells - 1))
    shown += piece.matches ? match(fits) : fits
    cells += textWidth(fits)
    if (fits !== piece.text || rest > 0) {
      if (cells < room) {
        shown += ellipsis
        cells++
      }
      break
    }
  }
  return { text: shown, cells }
}
