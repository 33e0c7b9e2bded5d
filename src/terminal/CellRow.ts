/**
 * A row of the screen as cells, and the reading of styled text into cells.
 *
 * What is painted is regenerated from cells, so a control byte in the text cannot reach the terminal: printable
 * characters, SGR and, where allowed, http(s) links are all that a cell can say. Plain code: it runs per painted row.
 */

import stringWidth from "string-width"
import { applySgr, type CellStyle, withLink } from "./CellStyle.ts"
import { charWidth, textWidth } from "./cells.ts"
import type { ColorDepth } from "./colorDepth.ts"
import { lightSegmenter } from "./lightSegmenter.ts"

/** One row of cells, from column 0. Cells past the end are blanks of the default look. */
export interface CellRow {
  /** The text of each cell; `""` is the second half of a wide character. */
  readonly chars: ReadonlyArray<string>
  /** The look of each cell, both halves of a wide character alike. */
  readonly styles: ReadonlyArray<CellStyle>
}

/** A row without cells. */
export const EMPTY_ROW: CellRow = { chars: [], styles: [] }

/** Code points kept in one cell: a base and its marks; what stacks higher is dropped. */
const MAX_CELL_CODE_POINTS = 12
/** Style transitions and widths remembered before a cache is emptied. */
const MAX_CACHE_ENTRIES = 4096

/**
 * Characters without a width that do harm or nothing: bidi marks, embeddings, overrides and isolates (they reorder the
 * rest of the row), zero-width space and no-break space, word joiner and its invisible neighbours, line and paragraph
 * separators, interlinear annotation, tags.
 */
const isUnsafe = (codePoint: number): boolean =>
  codePoint < 0x20 ||
  (codePoint >= 0x7f && codePoint < 0xa0) ||
  codePoint === 0x61c ||
  codePoint === 0x180e ||
  codePoint === 0x200b ||
  codePoint === 0x200e ||
  codePoint === 0x200f ||
  (codePoint >= 0x2028 && codePoint <= 0x202e) ||
  (codePoint >= 0x2060 && codePoint <= 0x206f) ||
  codePoint === 0xfeff ||
  (codePoint >= 0xfff9 && codePoint <= 0xfffb) ||
  (codePoint >= 0xe0000 && codePoint <= 0xe007f)

/**
 * What makes a terminal draw cells wider, narrower or as one: VS15 and VS16, which choose the look of an emoji, and the
 * zero-width joiner. Each cell is painted for itself, so without them.
 */
const changesCells = (codePoint: number): boolean =>
  codePoint === 0xfe0e || codePoint === 0xfe0f || codePoint === 0x200d

/** Half of a flag. */
const isRegional = (codePoint: number): boolean => codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff
const isHalfFlag = (char: string | undefined): boolean => char?.length === 2 && isRegional(char.codePointAt(0)!)

const isSurrogate = (codePoint: number): boolean => codePoint >= 0xd800 && codePoint <= 0xdfff

/** An escape sequence at `start` (an ESC): where it ends and what it means to a cell. */
type Sequence =
  | { readonly end: number; readonly kind: "sgr"; readonly parameters: string }
  | { readonly end: number; readonly kind: "link"; readonly address: string }
  | { readonly end: number; readonly kind: "other" }

/** ECMA-48 strings: what starts them after ESC (DCS, SOS, OSC, PM, APC). */
const STRING_INTRODUCERS = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f])

const readSequence = (text: string, start: number): Sequence => {
  const introducer = text.charCodeAt(start + 1)
  if (introducer === 0x5b) {
    let i = start + 2
    while (i < text.length && text.charCodeAt(i) >= 0x20 && text.charCodeAt(i) <= 0x3f) i++
    const final = text.charCodeAt(i)
    const parameters = text.slice(start + 2, i)
    if (final === 0x6d && /^[\d;:]*$/.test(parameters)) return { end: i + 1, kind: "sgr", parameters }
    // A byte that cannot belong to the sequence ends it and is looked at by itself.
    return { end: final >= 0x40 && final <= 0x7e ? i + 1 : i, kind: "other" }
  }
  if (STRING_INTRODUCERS.has(introducer)) {
    let i = start + 2
    while (i < text.length && text.charCodeAt(i) !== 0x07 && text.charCodeAt(i) !== 0x1b) i++
    const body = text.slice(start + 2, i)
    const end = text.charCodeAt(i) === 0x1b && text.charCodeAt(i + 1) === 0x5c ? i + 2 : Math.min(i + 1, text.length)
    const link = introducer === 0x5d ? /^8;[^;]*;(.*)$/s.exec(body) : null
    return link === null ? { end, kind: "other" } : { end, kind: "link", address: link[1]! }
  }
  let i = start + 1
  while (i < text.length && text.charCodeAt(i) >= 0x20 && text.charCodeAt(i) <= 0x2f) i++
  const final = text.charCodeAt(i)
  return { end: final >= 0x30 && final <= 0x7e ? i + 1 : i, kind: "other" }
}

const remember = <K, V>(cache: Map<K, V>, key: K, value: V): V => {
  if (cache.size >= MAX_CACHE_ENTRIES) cache.clear()
  cache.set(key, value)
  return value
}

/** The text without the sequences, as runs of one style each. */
interface Run {
  readonly text: string
  readonly style: CellStyle
}

/** Reads styled text into rows of cells, mapping colours to what the outer terminal can show. */
export class CellReader {
  readonly #depth: ColorDepth
  readonly #links: boolean
  readonly #styles = new Map<string, CellStyle>()
  readonly #inkWidths = new Map<string, number>()

  /** @param links false for a terminal that does not know them: it may print their addresses */
  constructor(depth: ColorDepth, links = true) {
    this.#depth = depth
    this.#links = links
  }

  /**
   * Text whose cells are code points with our table's widths, as surfaces have them. SGR and http(s) links are kept, marks
   * join the cell before them, the two halves of a flag are one wide cell. Tabs, all other control bytes, joiners and
   * selectors of a look are dropped.
   */
  text(text: string): CellRow {
    const chars: Array<string> = []
    const styles: Array<CellStyle> = []
    const add = (char: string, style: CellStyle): void => {
      chars.push(char)
      styles.push(style)
    }
    for (const run of this.#runs(text, this.#links)) {
      for (let i = 0; i < run.text.length; ) {
        const codePoint = run.text.codePointAt(i)!
        const size = codePoint > 0xffff ? 2 : 1
        const char = isSurrogate(codePoint) ? "\ufffd" : run.text.slice(i, i + size)
        i += size
        const width = charWidth(codePoint)
        if (isUnsafe(codePoint)) {
          // It has no cells, or blank ones.
          for (let cell = 0; cell < width; cell++) add(" ", run.style)
        } else if (width === 0) {
          const base = chars.at(-1) === "" ? chars.length - 2 : chars.length - 1
          if (base >= 0 && joins(codePoint, chars[base]!)) chars[base] += char
        } else if (isRegional(codePoint) && isHalfFlag(chars.at(-1))) {
          chars[chars.length - 1] += char
          add("", styles.at(-1)!)
        } else {
          add(char, run.style)
          if (width === 2) add("", run.style)
        }
      }
    }
    return { chars, styles }
  }

  /**
   * A line of Ink's frame. Ink places graphemes by string-width's table, at least one column each; here each stays in
   * Ink's column, so that borders line up where that table and ours differ. Only SGR is kept. Text that comes from
   * outside is not given to Ink, but to surfaces.
   */
  frame(line: string): CellRow {
    const chars: Array<string> = []
    const styles: Array<CellStyle> = []
    for (const run of this.#runs(line, false)) {
      if (isAscii(run.text)) {
        for (let i = 0; i < run.text.length; i++) {
          const unit = run.text.charCodeAt(i)
          chars.push(unit < 0x20 || unit === 0x7f ? " " : run.text[i]!)
          styles.push(run.style)
        }
        continue
      }
      for (const { segment } of lightSegmenter.segment(run.text)) {
        const columns = this.#inkWidth(segment)
        const shown = fitGrapheme(segment, columns)
        const width = textWidth(shown)
        for (let i = 0; i < columns; i++) {
          chars.push(i === 0 ? shown : i < width ? "" : " ")
          styles.push(run.style)
        }
      }
    }
    return { chars, styles }
  }

  *#runs(text: string, links: boolean): Generator<Run> {
    let style: CellStyle = ""
    let from = 0
    while (from < text.length) {
      let at = text.indexOf("\x1b", from)
      if (at === -1) at = text.length
      if (at > from) yield { text: text.slice(from, at), style }
      if (at === text.length) return
      const sequence = readSequence(text, at)
      if (sequence.kind === "sgr") style = this.#styled(style, sequence.parameters)
      else if (sequence.kind === "link" && links) style = withLink(style, sequence.address)
      from = sequence.end
    }
  }

  #styled(style: CellStyle, parameters: string): CellStyle {
    const key = `${style}\0${parameters}`
    return this.#styles.get(key) ?? remember(this.#styles, key, applySgr(style, parameters, this.#depth))
  }

  #inkWidth(grapheme: string): number {
    return this.#inkWidths.get(grapheme) ?? remember(this.#inkWidths, grapheme, Math.max(1, stringWidth(grapheme)))
  }
}

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/** True for what has no width and may be painted with the text of a cell. */
const joins = (codePoint: number, cell: string): boolean =>
  cell.length < MAX_CELL_CODE_POINTS * 2 && !changesCells(codePoint)

/** As many code points of a grapheme as fit into `columns` by our table; a blank when none is printable. */
const fitGrapheme = (grapheme: string, columns: number): string => {
  let fitted = ""
  let width = 0
  let count = 0
  for (const char of grapheme) {
    const codePoint = char.codePointAt(0)!
    if (isUnsafe(codePoint) || changesCells(codePoint)) continue
    const size = charWidth(codePoint)
    if (width + size > columns || count === MAX_CELL_CODE_POINTS || (fitted === "" && size === 0)) break
    fitted += isSurrogate(codePoint) ? "\ufffd" : char
    width += size
    count++
  }
  return fitted === "" ? " " : fitted
}

/**
 * A row being put together. Where a layer's edge cuts a wide character in half, both halves become blanks, as every
 * terminal would leave them.
 */
export class CellRowBuilder implements CellRow {
  readonly chars: Array<string>
  readonly styles: Array<CellStyle>

  constructor(columns: number) {
    this.chars = new Array<string>(columns).fill(" ")
    this.styles = new Array<CellStyle>(columns).fill("")
  }

  /**
   * Paints `width` cells at column `x`: those of `row` from its column `from`, blanks where it ends. What does not fit
   * the row is cut.
   */
  put(x: number, width: number, row: CellRow, from = 0): void {
    const start = Math.max(0, x)
    const end = Math.min(this.chars.length, x + width)
    if (start >= end) return
    if (this.chars[start] === "") this.chars[start - 1] = " "
    if (end < this.chars.length && this.chars[end] === "") this.chars[end] = " "
    for (let column = start; column < end; column++) {
      const source = from + column - x
      this.chars[column] = row.chars[source] ?? " "
      this.styles[column] = row.styles[source] ?? ""
    }
    if (this.chars[start] === "") this.chars[start] = " "
    const source = from + end - x
    if (row.chars[source] === "") this.chars[end - 1] = " "
  }
}
