import type { SessionId } from "../../domain/ids.ts"
import { textWidth } from "../../terminal/cells.ts"
import { truncateText } from "../blocks/visibleText.ts"
import type { Paint, Theme } from "../theme.ts"

/** A piece of a row: visible text (see `visibleText`) and its look. */
export interface Span {
  readonly text: string
  readonly paint: Paint
  /** With fewer cells than this left for it, it is left out; 1 when absent. */
  readonly least?: number
}

/** One row of the sidebar before it is painted: what stands from the left, and what stands at the right edge. */
export interface SidebarRow {
  readonly left: ReadonlyArray<Span>
  readonly right: ReadonlyArray<Span>
  /** The session that keys act on, while the sidebar has the keyboard. */
  readonly selected?: boolean
  /** The session that it is about, for clicks. */
  readonly session?: SessionId
  /** The cell where the terminal's cursor stands. */
  readonly cursor?: number
}

/** Blanks between what stands left and what stands right, at least. */
const GAP = 2
/** The left has so many cells, or its own length, before anything stands at the right. */
const MIN_LEFT_CELLS = 8

/** No look of its own. */
export const plain: Paint = (text) => text

/** Unpainted text. */
export const plainSpan = (text: string): Span => ({ text, paint: plain })

/** A row of nothing. */
export const emptyRow: SidebarRow = { left: [], right: [] }

/** A row with spans at the left alone. */
export const leftRow = (...left: ReadonlyArray<Span>): SidebarRow => ({ left, right: [] })

/** Cells of some spans. */
export const spanCells = (spans: ReadonlyArray<Span>): number =>
  spans.reduce((sum, span) => sum + textWidth(span.text), 0)

/** The spans at the right that leave the left enough room, in `width` cells: the first go first. */
const fittingRight = (row: SidebarRow, width: number): ReadonlyArray<Span> => {
  const needed = Math.min(spanCells(row.left), MIN_LEFT_CELLS)
  for (let from = 0; from < row.right.length; from++) {
    const right = row.right.slice(from)
    if (needed + GAP + spanCells(right) <= width) return right
  }
  return []
}

/** Cells that the left of a row has, in `width` cells. */
export const leftRoom = (row: SidebarRow, width: number): number => {
  const right = fittingRight(row, width)
  return right.length === 0 ? width : width - spanCells(right) - GAP
}

/** A row as styled text of at most `width` cells; a selected one is as wide as that. */
export const paintRow = (row: SidebarRow, width: number, theme: Theme): string => {
  const right = fittingRight(row, width)
  let left = leftRoom(row, width)
  let cells = 0
  const spans: Array<Span> = []
  for (const span of row.left) {
    if (left < Math.min(span.least ?? 1, textWidth(span.text))) break
    const text = truncateText(span.text, left, theme.signs.ellipsis)
    const size = textWidth(text)
    spans.push({ ...span, text })
    left -= size
    cells += size
  }
  const blanks = (count: number) => plainSpan(" ".repeat(Math.max(0, count)))
  if (right.length > 0) spans.push(blanks(width - cells - spanCells(right)), ...right)
  else if (row.selected === true) spans.push(blanks(width - cells))
  if (row.selected === true) return theme.selected(spans.map(({ text }) => text).join(""))
  return spans.map(({ text, paint }) => paint(text)).join("")
}

const inRows = (spans: ReadonlyArray<Span>, width: number, separator: Span): ReadonlyArray<ReadonlyArray<Span>> => {
  const rows: Array<Array<Span>> = []
  let left = 0
  for (const span of spans) {
    const cells = textWidth(separator.text) + textWidth(span.text)
    const row = rows.at(-1)
    if (row !== undefined && cells <= left) {
      row.push(separator, span)
      left -= cells
    } else {
      rows.push([span])
      left = width - textWidth(span.text)
    }
  }
  return rows
}

/**
 * Spans one after another, set apart by `separator`, on at most `maxRows` rows of `width` cells. When they do not fit,
 * the last ones are left out and `more` stands for them.
 */
export const flowSpans = (
  spans: ReadonlyArray<Span>,
  width: number,
  maxRows: number,
  separator: Span,
  more: (count: number) => Span
): ReadonlyArray<SidebarRow> => {
  let rows = inRows(spans, width, separator)
  // Each takes a cell at least, so there is no need to try with more.
  for (let count = Math.min(spans.length, maxRows * width) - 1; rows.length > maxRows && count >= 0; count--) {
    rows = inRows([...spans.slice(0, count), more(spans.length - count)], width, separator)
  }
  return rows.slice(0, maxRows).map((row) => leftRow(...row))
}
