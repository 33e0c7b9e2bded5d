/**
 * How a cursor moves over lines of text, as in vi: it stands on a character, never behind the last one, and a character is a
 * grapheme cluster, so that a letter with its marks and a tab are one step.
 *
 * Plain functions: they run for every key.
 */

import type { CellPosition } from "../../terminal/OutputView.ts"
import { cellOfOffset, offsetOfCell } from "../../terminal/textPlaces.ts"
import { boundaryAtOrAfter, nextBoundary, previousBoundary } from "../editor/graphemes.ts"

/** Lines of plain text. */
export interface TextLines {
  readonly count: number
  readonly text: (line: number) => string
}

/** A character: a line's index and the UTF-16 offset at which it begins. An empty line has offset 0 alone. */
export interface Spot {
  readonly line: number
  readonly offset: number
}

/** What a key does to the cursor; a big word is all that stands between blanks. */
export type Motion =
  | "left"
  | "right"
  | "up"
  | "down"
  | "wordNext"
  | "wordEnd"
  | "wordBack"
  | "bigWordNext"
  | "bigWordEnd"
  | "bigWordBack"
  | "lineStart"
  | "lineText"
  | "lineEnd"
  | "pageUp"
  | "pageDown"
  | "top"
  | "bottom"

/** What moving by rows needs to know of the screen. */
export interface MotionView {
  /** Cells per row. */
  readonly width: number
  /** Rows of a page. */
  readonly page: number
}

/** A cursor and the cell of its line that it keeps to when it moves from line to line; null: its own. */
export interface Cursor {
  readonly spot: Spot
  readonly goal: CellPosition | null
}

/** Past the end of any line: what `$` keeps to. */
const LINE_END: CellPosition = { row: Number.POSITIVE_INFINITY, column: 0 }

/** The offset of a line's last character, 0 where it is empty. */
export const lastOffset = (text: string): number => previousBoundary(text, text.length)

/** The start of the character that an offset lies in. */
const startOfCharacter = (text: string, offset: number): number => {
  const boundary = boundaryAtOrAfter(text, offset)
  return boundary === offset ? offset : previousBoundary(text, boundary)
}

/** The nearest character that there is: lines and ends of lines may have gone since the spot was made. */
export const nearestSpot = (lines: TextLines, { line, offset }: Spot): Spot => {
  const there = Math.max(0, Math.min(line, lines.count - 1))
  const text = lines.text(there)
  return { line: there, offset: startOfCharacter(text, Math.min(offset, lastOffset(text))) }
}

/** The next character, on the next line behind a line's last; null behind the last line's. */
const spotAfter = (lines: TextLines, { line, offset }: Spot): Spot | null => {
  const text = lines.text(line)
  const next = nextBoundary(text, offset)
  if (next < text.length) return { line, offset: next }
  return line + 1 < lines.count ? { line: line + 1, offset: 0 } : null
}

const spotBefore = (lines: TextLines, { line, offset }: Spot): Spot | null => {
  if (offset > 0) return { line, offset: previousBoundary(lines.text(line), offset) }
  return line > 0 ? { line: line - 1, offset: lastOffset(lines.text(line - 1)) } : null
}

type CharacterKind = "blank" | "word" | "other"

const WORD = /^[\p{L}\p{N}\p{M}_]/u

/** vi's kinds of characters; an empty line is blank. */
const kindAt = (lines: TextLines, { line, offset }: Spot, big: boolean): CharacterKind => {
  const codePoint = lines.text(line).codePointAt(offset)
  if (codePoint === undefined) return "blank"
  const character = String.fromCodePoint(codePoint)
  if (/^\s/u.test(character)) return "blank"
  return big || WORD.test(character) ? "word" : "other"
}

const isEmpty = (lines: TextLines, { line }: Spot): boolean => lines.text(line) === ""

/** The start of the next word; an empty line counts as one. The last character where there is none. */
const wordNext = (lines: TextLines, from: Spot, big: boolean): Spot => {
  let at = from
  const kind = kindAt(lines, from, big)
  let inRun = kind !== "blank"
  for (let next = spotAfter(lines, at); next !== null; next = spotAfter(lines, at)) {
    const here = kindAt(lines, next, big)
    if (inRun && (next.line !== at.line || here !== kind)) inRun = false
    at = next
    if (!inRun && (here !== "blank" || isEmpty(lines, at))) return at
  }
  return at
}

/** The last character of the word that ends next. */
const wordEnd = (lines: TextLines, from: Spot, big: boolean): Spot => {
  let at = spotAfter(lines, from) ?? from
  while (kindAt(lines, at, big) === "blank") {
    const next = spotAfter(lines, at)
    if (next === null) return at
    at = next
  }
  const kind = kindAt(lines, at, big)
  for (let next = spotAfter(lines, at); next !== null && next.line === at.line; next = spotAfter(lines, at)) {
    if (kindAt(lines, next, big) !== kind) break
    at = next
  }
  return at
}

/** The start of the word that begins before; an empty line counts as one. */
const wordBack = (lines: TextLines, from: Spot, big: boolean): Spot => {
  let at = spotBefore(lines, from) ?? from
  while (kindAt(lines, at, big) === "blank" && !isEmpty(lines, at)) {
    const before = spotBefore(lines, at)
    if (before === null) return at
    at = before
  }
  const kind = kindAt(lines, at, big)
  for (let before = spotBefore(lines, at); before !== null && before.line === at.line; before = spotBefore(lines, at)) {
    if (kindAt(lines, before, big) !== kind) break
    at = before
  }
  return at
}

/** Rows that a line takes. */
const rowsOf = (text: string, width: number): number => cellOfOffset(text, text.length, width).row + 1

const onLine = (lines: TextLines, line: number, cell: CellPosition, width: number): Spot => {
  const text = lines.text(line)
  // A character of several code points may go on in the next row.
  const offset = cell === LINE_END ? lastOffset(text) : startOfCharacter(text, offsetOfCell(text, cell, width))
  return { line, offset }
}

/** By rows of the screen, down or, negative, up; at the first or last row at most. */
const moveByRows = (lines: TextLines, from: Spot, by: number, column: number, width: number): Spot => {
  let { line } = from
  let row = cellOfOffset(lines.text(line), from.offset, width).row + by
  while (row < 0 && line > 0) row += rowsOf(lines.text(--line), width)
  for (let rows = rowsOf(lines.text(line), width); row >= rows; rows = rowsOf(lines.text(line), width)) {
    if (line + 1 === lines.count) {
      row = rows - 1
      break
    }
    row -= rows
    line++
  }
  return onLine(lines, line, { row: Math.max(0, row), column }, width)
}

/** The cursor after a motion. There must be a line. */
export const moveCursor = (lines: TextLines, cursor: Cursor, motion: Motion, view: MotionView): Cursor => {
  const { spot } = cursor
  const text = lines.text(spot.line)
  const to = (next: Spot | null): Cursor => ({ spot: next ?? spot, goal: null })
  const goal = cursor.goal ?? cellOfOffset(text, spot.offset, view.width)
  const toLine = (line: number): Cursor => {
    if (line < 0 || line >= lines.count) return cursor
    return { spot: onLine(lines, line, goal, view.width), goal }
  }
  const byRows = (rows: number): Cursor => ({
    spot: moveByRows(lines, spot, rows, goal === LINE_END ? 0 : goal.column, view.width),
    goal
  })
  switch (motion) {
    case "left":
      return to(spotBefore(lines, spot))
    case "right":
      return to(spotAfter(lines, spot))
    case "up":
      return toLine(spot.line - 1)
    case "down":
      return toLine(spot.line + 1)
    case "wordNext":
      return to(wordNext(lines, spot, false))
    case "wordEnd":
      return to(wordEnd(lines, spot, false))
    case "wordBack":
      return to(wordBack(lines, spot, false))
    case "bigWordNext":
      return to(wordNext(lines, spot, true))
    case "bigWordEnd":
      return to(wordEnd(lines, spot, true))
    case "bigWordBack":
      return to(wordBack(lines, spot, true))
    case "lineStart":
      return to({ line: spot.line, offset: 0 })
    case "lineText":
      return to({ line: spot.line, offset: Math.min(text.search(/\S|$/), lastOffset(text)) })
    case "lineEnd":
      return { spot: { line: spot.line, offset: lastOffset(text) }, goal: LINE_END }
    case "pageUp":
      return byRows(-view.page)
    case "pageDown":
      return byRows(view.page)
    case "top":
      return to({ line: 0, offset: 0 })
    case "bottom":
      return to(onLine(lines, lines.count - 1, LINE_END, view.width))
  }
}

/** What is selected: up to and with the characters at both ends, or whole lines. */
export type SelectionKind = "characters" | "lines"

/** True when `a` stands before `b`. */
export const isBefore = (a: Spot, b: Spot): boolean => a.line < b.line || (a.line === b.line && a.offset < b.offset)

/** The text from one character to another, whichever comes first; lines are joined by `\n`, none is at the end. */
export const textBetween = (lines: TextLines, one: Spot, other: Spot, kind: SelectionKind): string => {
  const [from, to] = isBefore(other, one) ? [other, one] : [one, other]
  const parts: Array<string> = []
  for (let line = from.line; line <= to.line; line++) {
    const text = lines.text(line)
    const start = kind === "characters" && line === from.line ? from.offset : 0
    const end = kind === "characters" && line === to.line ? nextBoundary(text, to.offset) : text.length
    parts.push(text.slice(start, end))
  }
  return parts.join("\n")
}
