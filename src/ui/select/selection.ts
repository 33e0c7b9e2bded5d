import type { OutputStream } from "../../domain/Block.ts"
import type { CellPosition, OutputView } from "../../terminal/OutputView.ts"
import { formatCount, formatLines } from "../blocks/format.ts"
import type { LineMark } from "../blocks/lineMarks.ts"
import { nextBoundary } from "../editor/graphemes.ts"
import { comparePlaces, type OutputText, type PrintedPlace } from "./OutputText.ts"
import { nearestSpot, type SelectionKind, textBetween } from "./textMotions.ts"

/** A cursor in a block's output, and what is selected between it and the other end. */
export interface Selection {
  readonly at: PrintedPlace
  /** The cell of its line that the cursor keeps to from line to line; null: its own. */
  readonly goal: CellPosition | null
  /** The other end; null while nothing is selected. */
  readonly anchor: PrintedPlace | null
  readonly kind: SelectionKind
}

/** Lines that the output limit has taken of each stream. */
export type HiddenLines = Readonly<Record<OutputStream, number>>

/** Characters of one line that are counted for the status line; longer ones would take the time of a key. */
const MAX_COUNTED = 4096

/** Both ends, the upper one first; the cursor's place twice while nothing is selected. */
const endsOf = ({ at, anchor }: Selection): readonly [from: PrintedPlace, to: PrintedPlace] => {
  const other = anchor ?? at
  return comparePlaces(other, at) <= 0 ? [other, at] : [at, other]
}

/** What is selected of a printed line, for the block list to show. */
export const selectionMark = (
  selection: Selection,
  stream: OutputStream,
  line: number,
  text: () => string
): LineMark | null => {
  if (selection.anchor === null) return null
  const [from, to] = endsOf(selection)
  const begins = comparePlaces({ ...from, stream, line }, from)
  const ends = comparePlaces({ ...to, stream, line }, to)
  if (begins < 0 || ends > 0) return null
  const isCut = selection.kind === "characters"
  return {
    from: isCut && begins === 0 ? from.offset : 0,
    to: isCut && ends === 0 ? nextBoundary(text(), to.offset) : text().length,
    look: "selected"
  }
}

/** What is selected, or the line with the cursor; null when a line at an end of it is no more. */
export const selectedText = ({ at, anchor, kind }: Selection, text: OutputText): string | null => {
  const one = text.spotOf(at)
  const other = text.spotOf(anchor ?? at)
  if (one === null || other === null) return null
  return textBetween(text, nearestSpot(text, one), nearestSpot(text, other), anchor === null ? "lines" : kind)
}

const countCharacters = (text: string): number => {
  let count = 0
  for (let at = 0; at < text.length; at = nextBoundary(text, at)) count++
  return count
}

/** How much is selected, in words: `3 lines`, `1 character`; else where the cursor is: `line 12`. */
export const describeSelection = (selection: Selection, text: OutputText): string => {
  const [from, to] = [text.spotOf(selection.at), text.spotOf(selection.anchor ?? selection.at)]
  if (selection.anchor === null || from === null || to === null) return `line ${formatCount(selection.at.line + 1)}`
  const lines = Math.abs(from.line - to.line) + 1
  if (lines > 1) return formatLines(lines)
  const found = Math.abs(from.offset - to.offset) < MAX_COUNTED ? selectedText(selection, text) : null
  if (selection.kind === "lines" || found === null) return "1 line"
  const count = countCharacters(found)
  return `${formatCount(count)} ${count === 1 ? "character" : "characters"}`
}

/**
 * True when the output limit has taken a selected line of a stream away.
 *
 * @param known lines of the stream that were hidden when somebody last asked: those were not selected, but stepped over
 */
export const losesLines = (
  selection: Selection,
  stream: OutputStream,
  { hidden }: OutputView,
  known: number
): boolean => {
  if (hidden.lines <= known) return false
  const [from, to] = endsOf(selection)
  const first = { stream, line: hidden.headLines + known, offset: 0 }
  const last = { stream, line: hidden.headLines + hidden.lines - 1, offset: Number.POSITIVE_INFINITY }
  return comparePlaces(to, first) >= 0 && comparePlaces(from, last) <= 0
}
