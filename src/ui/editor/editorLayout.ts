/**
 * Lays the editor's text out in rows: prompt, soft wrapping, gutter, and the part of a long text that is shown. Plain
 * functions: they run on every key. Only the rows around the cursor are looked at, so a pasted megabyte costs what a
 * screenful costs.
 */

import { fitCells, styledWidth, textWidth } from "../../terminal/cells.ts"
import type { CellPosition } from "../../terminal/OutputView.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import { showCluster } from "./display.ts"
import { boundaryAtOrAfter, nextBoundary } from "./graphemes.ts"

/** Narrowest layout, in cells; less is laid out as this and cut by whoever paints it. */
const MIN_WIDTH = 4
/** Cells of the gutter before every row but the first; narrower screens than four gutters go without. */
const GUTTER = 2
/** Cells the prompt's last line must leave for text; else the text begins on a row of its own. */
const MIN_FIRST_ROW = 20
/**
 * Rows after which a line that is still going on may be laid out anew, so that nobody has to lay out all before it. In
 * text of one-cell characters the break falls where a row ends anyway; elsewhere that row is a little short.
 */
const ROWS_PER_CHUNK = 64

const DIM = "\x1b[2m"
const UNDERLINE = "\x1b[4m"
const NO_UNDERLINE = "\x1b[24m"
const RESET = "\x1b[0m"

/** The signs of the gutter, one cell each. */
export interface GutterSigns {
  /** Before a line that follows a newline. */
  readonly line: string
  /** Before the first or last row shown, when there are more. */
  readonly above: string
  readonly below: string
  /** Behind a suggestion that goes on. */
  readonly cut: string
}

export const unicodeGutter: GutterSigns = { line: "│", above: "↑", below: "↓", cut: "…" }
/** For a console font or a locale that has nothing but ASCII. */
export const asciiGutter: GutterSigns = { line: "|", above: "^", below: "v", cut: "~" }

/** A part of a text, by UTF-16 offsets on grapheme boundaries. */
export interface TextPart {
  readonly start: number
  readonly end: number
}

/** What to lay out. */
export interface EditorLayoutInput {
  readonly text: string
  /** UTF-16 offset on a grapheme boundary. */
  readonly cursor: number
  /** Sanitised text with SGR, of one or several lines; the text begins behind its last one. */
  readonly prompt: string
  /** Likewise, of one line: stands at the right edge of the text's first row while there is room. */
  readonly rightPrompt?: string | undefined
  /** Cells. */
  readonly width: number
  /** Rows shown at most, prompt included; at least 1. */
  readonly maxRows: number
  /** `top` of the layout before, so that the view moves only as far as the cursor needs. */
  readonly top?: number | undefined
  /** Shown dim while there is no text. */
  readonly placeholder?: string | undefined
  /** Parts of the text that are underlined, by UTF-16 offsets, in their order and apart. */
  readonly underlined?: ReadonlyArray<TextPart> | undefined
  /** Shown dim behind the text, as far as its row has room, while the cursor stands there; of one or several lines. */
  readonly suggestion?: string | undefined
  readonly signs?: GutterSigns | undefined
}

/** The rows to paint. */
export interface EditorLayout {
  /** At least one; each at most `width` cells, with its own SGR and reset at its end. */
  readonly rows: ReadonlyArray<string>
  /** Where the cursor stands among `rows`. */
  readonly cursor: CellPosition
  /** Names the first row shown: to be handed to the next layout. */
  readonly top: number
  /** Whether there are rows above or below those shown. */
  readonly more: { readonly above: boolean; readonly below: boolean }
}

interface Row {
  /** Offsets into the text; a prompt row has a negative start, so that starts only ever grow. */
  readonly start: number
  readonly end: number
  /** `first` follows the prompt, `line` a newline, `wrap` the row before it. */
  readonly kind: "prompt" | "first" | "line" | "wrap"
}

/** Consecutive rows of one line that can be laid out without looking at what is before them. */
interface Chunk {
  readonly lineStart: number
  readonly lineEnd: number
  readonly index: number
  readonly start: number
  readonly end: number
}

const SGR = /\x1b\[[0-9;:]*m/g

/** The prompt's lines, each carrying the style that the lines before it left on. */
const promptLines = (prompt: string): ReadonlyArray<string> => {
  let style = ""
  return prompt.split("\n").map((line) => {
    const styled = style + line
    for (const [sequence] of line.matchAll(SGR)) {
      style = /^\x1b\[0*m$/.test(sequence) ? "" : style + sequence
    }
    return styled.includes("\x1b") ? styled + RESET : styled
  })
}

/** One text in one geometry: knows its rows without having laid out all of them. */
class Rows {
  readonly #text: string
  readonly #width: number
  readonly #indent: number
  readonly #gutter: number

  constructor(text: string, width: number, indent: number, gutter: number) {
    this.#text = text
    this.#width = width
    this.#indent = indent
    this.#gutter = gutter
  }

  /** Cells before the text of a row. */
  indent(kind: Row["kind"]): number {
    return kind === "first" ? this.#indent : kind === "prompt" ? 0 : this.#gutter
  }

  /** Cells for the text of a row. */
  room(kind: Row["kind"]): number {
    return this.#width - this.indent(kind)
  }

  #kindAt(lineStart: number): "first" | "line" {
    return lineStart === 0 ? "first" : "line"
  }

  #boundary(lineStart: number, index: number): number {
    if (index === 0) return lineStart
    const firstRow = this.room(this.#kindAt(lineStart))
    return boundaryAtOrAfter(this.#text, lineStart + firstRow + index * ROWS_PER_CHUNK * this.room("wrap"))
  }

  #chunk(lineStart: number, lineEnd: number, index: number): Chunk {
    const end = Math.min(this.#boundary(lineStart, index + 1), lineEnd)
    return { lineStart, lineEnd, index, start: this.#boundary(lineStart, index), end }
  }

  /** The chunk that holds an offset. */
  chunkAt(offset: number): Chunk {
    const lineStart = offset === 0 ? 0 : this.#text.lastIndexOf("\n", offset - 1) + 1
    const newline = this.#text.indexOf("\n", offset)
    const lineEnd = newline === -1 ? this.#text.length : newline
    const firstRow = this.room(this.#kindAt(lineStart))
    const guess = Math.floor((offset - lineStart - firstRow) / (ROWS_PER_CHUNK * this.room("wrap")))
    let index = Math.max(0, guess)
    while (index > 0) {
      const start = this.#boundary(lineStart, index)
      if (start <= offset && start < lineEnd) break
      index--
    }
    return this.#chunk(lineStart, lineEnd, index)
  }

  chunkBefore(chunk: Chunk): Chunk | null {
    if (chunk.index > 0) return this.#chunk(chunk.lineStart, chunk.lineEnd, chunk.index - 1)
    return chunk.lineStart > 0 ? this.chunkAt(chunk.lineStart - 1) : null
  }

  chunkAfter(chunk: Chunk): Chunk | null {
    if (chunk.end < chunk.lineEnd) return this.#chunk(chunk.lineStart, chunk.lineEnd, chunk.index + 1)
    return chunk.lineEnd < this.#text.length ? this.chunkAt(chunk.lineEnd + 1) : null
  }

  /** The rows of a chunk. A line that fills its last row gets one more, for the cursor at its end. */
  rowsOf(chunk: Chunk): ReadonlyArray<Row> {
    const rows: Array<Row> = []
    let kind: Row["kind"] = chunk.index > 0 ? "wrap" : this.#kindAt(chunk.lineStart)
    let start = chunk.start
    let column = 0
    for (let at = chunk.start; at < chunk.end; ) {
      const next = nextBoundary(this.#text, at)
      const room = this.room(kind)
      const cluster = this.#text.slice(at, next)
      let { width } = showCluster(cluster, column, room)
      if (column + width > room) {
        rows.push({ start, end: at, kind })
        kind = "wrap"
        start = at
        column = 0
        width = showCluster(cluster, 0, this.room(kind)).width
      }
      column += width
      at = next
    }
    rows.push({ start, end: chunk.end, kind })
    if (chunk.end === chunk.lineEnd && column >= this.room(kind)) {
      rows.push({ start: chunk.end, end: chunk.end, kind: "wrap" })
    }
    return rows
  }

  /** A row's text as shown, and the cells before offset `cursor` of it. */
  paint(
    row: Row,
    cursor: number,
    underlined: ReadonlyArray<TextPart>
  ): { readonly text: string; readonly column: number } {
    const room = this.room(row.kind)
    const parts = underlined.filter(({ start, end }) => start < row.end && end > row.start)
    let isUnderlined = false
    let text = ""
    let column = 0
    let cursorColumn = 0
    for (let at = row.start; at < row.end; ) {
      const next = nextBoundary(this.#text, at)
      const shown = showCluster(this.#text.slice(at, next), column, room)
      if (parts.length > 0 && isUnderlined !== parts.some(({ start, end }) => start <= at && at < end)) {
        isUnderlined = !isUnderlined
        text += isUnderlined ? UNDERLINE : NO_UNDERLINE
      }
      text += shown.text
      column += shown.width
      at = next
      if (at <= cursor) cursorColumn = column
    }
    return { text: isUnderlined ? text + NO_UNDERLINE : text, column: cursorColumn }
  }
}

/** Up to `count` rows before and after the one that holds the cursor, that one between them. */
const rowsAround = (rows: Rows, cursor: number, count: number) => {
  const chunk = rows.chunkAt(cursor)
  const own = rows.rowsOf(chunk)
  const index = own.findIndex((row, i) => cursor < row.end || i === own.length - 1)
  let around = own.slice(0, index + 1)
  for (
    let before = rows.chunkBefore(chunk);
    before !== null && around.length <= count;
    before = rows.chunkBefore(before)
  ) {
    around = [...rows.rowsOf(before), ...around]
  }
  around = around.slice(-(count + 1))
  const at = around.length - 1
  around = [...around, ...own.slice(index + 1)]
  for (
    let after = rows.chunkAfter(chunk);
    after !== null && around.length <= at + count + 1;
    after = rows.chunkAfter(after)
  ) {
    around = [...around, ...rows.rowsOf(after)]
  }
  return { rows: around.slice(0, at + count + 1), at, below: around.length > at + count + 1 }
}

/** Lays out what is visible. Pure. */
export const layoutEditor = (input: EditorLayoutInput): EditorLayout => {
  const { cursor, placeholder = "", rightPrompt = "", signs = unicodeGutter, text, underlined = [] } = input
  const { suggestion = "" } = input
  const width = Math.max(MIN_WIDTH, input.width)
  const maxRows = Math.max(1, input.maxRows)
  const lines = promptLines(input.prompt)
  const last = lines.at(-1) ?? ""
  const lastWidth = styledWidth(last)
  const beside = lastWidth + Math.min(MIN_FIRST_ROW, width >> 1) <= width
  const heads = beside ? lines.slice(0, -1) : lines
  const indent = beside ? lastWidth : 0
  const gutter = width >= GUTTER * 4 ? GUTTER : 0
  const rows = new Rows(text, width, indent, gutter)

  const around = rowsAround(rows, cursor, maxRows)
  const reachesStart = around.rows[0]?.start === 0
  const prompts: ReadonlyArray<Row> = reachesStart
    ? heads.map((_, i) => ({ start: i - heads.length, end: 0, kind: "prompt" }))
    : []
  const all = [...prompts, ...around.rows]
  const at = prompts.length + around.at

  // The view stays where it was, unless the cursor left it or there is text to fill rows that would stay empty.
  const wanted = all.findIndex((row) => row.start >= (input.top ?? Number.NEGATIVE_INFINITY))
  const first = Math.max(0, Math.min(Math.max(wanted === -1 ? at : wanted, at - maxRows + 1), at, all.length - maxRows))
  const shown = all.slice(first, first + maxRows)
  const above = first > 0 || !reachesStart
  const below = first + maxRows < all.length || around.below

  let column = 0
  const painted = shown.map((row, i) => {
    if (row.kind === "prompt") return fitted(heads[row.start + heads.length] ?? "", width)
    const { column: cursorColumn, text: body } = rows.paint(row, cursor, underlined)
    if (first + i === at) column = rows.indent(row.kind) + cursorColumn
    const mark =
      above && i === 0
        ? signs.above
        : below && i === shown.length - 1
          ? signs.below
          : row.kind === "line"
            ? signs.line
            : ""
    const lead =
      row.kind === "first" ? (beside ? last : "") : gutter === 0 ? "" : mark === "" ? "  " : `${DIM}${mark}${RESET} `
    const ghost =
      suggestion === "" || row.end !== text.length || cursor !== text.length
        ? ""
        : ghostText(suggestion, rows.room(row.kind) - cursorColumn, signs.cut)
    const tail =
      text === "" && placeholder !== "" ? `${DIM}${fitted(placeholder, width - indent)}${RESET}` : body + ghost
    return row.kind === "first" && row.end === text.length ? withRight(lead + tail, rightPrompt, width) : lead + tail
  })
  return {
    rows: painted,
    cursor: { row: at - first, column },
    top: shown[0]?.start ?? 0,
    more: { above, below }
  }
}

/** The first line of a suggestion in at most `room` cells. */
const ghostText = (suggestion: string, room: number, cut: string): string => {
  const [first = "", ...rest] = suggestion.split("\n")
  const shown = visibleText(first)
  const text = rest.length === 0 && textWidth(shown) <= room ? shown : truncateText(`${shown}${cut}`, room, cut)
  return text === "" ? "" : `${DIM}${text}${RESET}`
}

/** A row with something at its right edge, when the text leaves room and a blank between. */
const withRight = (row: string, right: string, width: number): string => {
  const blanks = right === "" ? 0 : width - styledWidth(row) - styledWidth(right)
  return blanks > 0 ? `${row}${" ".repeat(blanks)}${right}${RESET}` : row
}

const fitted = (text: string, width: number): string => (styledWidth(text) > width ? fitCells(text, width) : text)
