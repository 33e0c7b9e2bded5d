/**
 * How the editor shows one character: as itself, as blanks up to a tab stop, or spelled out in inverse when a terminal
 * would act on it or hide it. Plain functions: they run for every visible character on every key.
 */

import { textWidth } from "../../terminal/cells.ts"
import { nextBoundary } from "./graphemes.ts"

/** Cells between tab stops, counted from where the row's text begins. */
export const TAB_STOP = 8

const INVERSE = "\x1b[7m"
const NOT_INVERSE = "\x1b[27m"

/** Format characters, line and paragraph separators: bidirectional overrides and zero-width spaces among them. */
const INVISIBLE = /^[\p{Cf}\p{Zl}\p{Zp}]$/u

/** A character as it is shown: `text` carries its own SGR and takes `width` cells. */
export interface Shown {
  readonly text: string
  readonly width: number
}

const spelled = (text: string): Shown => ({ text: INVERSE + text + NOT_INVERSE, width: text.length })

/** What stands for a character that not even an empty row can hold. */
const misfit = spelled("?")

/**
 * One grapheme cluster as shown at `column` of a row's text. Controls are `^X` (C0 and DEL) or `<9b>` (C1); invisible
 * format characters, which could reorder or hide what is about to be run, are `<202e>`.
 *
 * @param room cells that a row has for text: a cluster wider than that is shown as `?`
 */
export const showCluster = (cluster: string, column: number, room: number): Shown => {
  const code = cluster.codePointAt(0)!
  if (code === 0x09) {
    const stop = TAB_STOP - (column % TAB_STOP)
    // The last tab of a row ends with it; one that begins past it goes to the next row.
    const width = column < room ? Math.min(stop, room - column) : stop
    return { text: " ".repeat(width), width }
  }
  if (code < 0x20 || code === 0x7f) return spelled(`^${String.fromCharCode(code ^ 0x40)}`)
  if (code < 0x7f && cluster.length === 1) return { text: cluster, width: 1 }
  if (code < 0xa0 && code > 0x7f) return spelled(`<${code.toString(16)}>`)
  if (INVISIBLE.test(cluster)) return spelled(`<${code.toString(16).padStart(4, "0")}>`)
  const width = textWidth(cluster)
  if (width > room) return misfit
  // A combining mark with nothing to combine with stands on a blank, or it would fall on the cell before it.
  return width === 0 ? { text: ` ${cluster}`, width: 1 } : { text: cluster, width }
}

/** The cells from `start` to `end` of one line, with no row ending between them. */
export const columnOf = (text: string, start: number, end: number): number => {
  let column = 0
  for (let at = start; at < end; ) {
    const next = nextBoundary(text, at)
    column += showCluster(text.slice(at, next), column, Number.MAX_SAFE_INTEGER).width
    at = next
  }
  return column
}

/** The offset between `start` and `end` whose character covers cell `column`, or `end` when the line is shorter. */
export const offsetAtColumn = (text: string, start: number, end: number, column: number): number => {
  let reached = 0
  for (let at = start; at < end; ) {
    const next = nextBoundary(text, at)
    reached += showCluster(text.slice(at, next), reached, Number.MAX_SAFE_INTEGER).width
    if (reached > column) return at
    at = next
  }
  return end
}
