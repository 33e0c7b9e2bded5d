import { charWidth, textWidth } from "../../terminal/cells.ts"

/** Columns between tab stops, as terminals have them. */
const TAB_COLUMNS = 8

/**
 * Characters that change what a reader sees without being seen: bidi controls, zero-width blanks and joiners without a
 * use in commands, line separators, the byte order mark, tags (https://trojansource.codes, Unicode TR36).
 * ZWJ and ZWNJ stay: emoji and several scripts need them.
 */
const HIDDEN =
  /[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/u

const needsWork = /[^\x20-\x7e]/

const named = (codePoint: number): string => `<U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}>`

/**
 * One line of untrusted text as printable text: tabs become blanks up to the next stop, C0 controls and DEL `^X`, C1
 * controls, bidi controls and invisible characters `<U+202E>`, half a surrogate pair U+FFFD. The result holds no escape
 * sequence, so its width is `textWidth`.
 */
export const visibleText = (text: string): string => {
  if (!needsWork.test(text)) return text
  let out = ""
  let column = 0
  for (const char of text) {
    const codePoint = char.codePointAt(0)!
    let shown = char
    if (codePoint === 0x09) shown = " ".repeat(TAB_COLUMNS - (column % TAB_COLUMNS))
    else if (codePoint < 0x20 || codePoint === 0x7f) shown = `^${String.fromCharCode(codePoint ^ 0x40)}`
    else if ((codePoint >= 0x80 && codePoint < 0xa0) || HIDDEN.test(char)) shown = named(codePoint)
    else if (codePoint >= 0xd800 && codePoint <= 0xdfff) shown = "\ufffd"
    out += shown
    column += shown === char ? charWidth(codePoint) : textWidth(shown)
  }
  return out
}

/** The longest start of visible text that fits `width` cells; a wide or combined character is never split. */
export const headCells = (text: string, width: number): string => {
  let cells = 0
  let end = 0
  for (const char of text) {
    cells += charWidth(char.codePointAt(0)!)
    if (cells > width) return text.slice(0, end)
    end += char.length
  }
  return text
}

/** The longest end of visible text that fits `width` cells; it never begins with a combining character. */
export const tailCells = (text: string, width: number): string => {
  const chars = [...text]
  let cells = 0
  let from = chars.length
  for (let i = chars.length - 1; i >= 0; i--) {
    const size = charWidth(chars[i]!.codePointAt(0)!)
    if (cells + size > width) break
    cells += size
    if (size > 0) from = i
  }
  return chars.slice(from).join("")
}

/** Visible text in at most `width` cells, with `ellipsis` (one cell) at its end when it was cut. */
export const truncateText = (text: string, width: number, ellipsis = "…"): string => {
  if (textWidth(text) <= width) return text
  return width < 1 ? "" : headCells(text, width - 1) + ellipsis
}

/** Visible text in at most `width` cells, cut in its middle so that both ends can be read. */
export const truncateMiddle = (text: string, width: number, ellipsis = "…"): string => {
  if (textWidth(text) <= width) return text
  if (width < 1) return ""
  const tail = tailCells(text, Math.ceil((width - 1) / 2))
  return headCells(text, width - 1 - textWidth(tail)) + ellipsis + tail
}

/**
 * Visible text cut into rows: the first of `first` cells, the others of `rest` cells (2 at least). A row ends after its
 * last blank when that is past its first third, so that words stay whole. Nothing is lost: the rows joined are the text.
 * A row may have one blank more than its cells at its end, which need not be shown.
 */
export const wrapText = (text: string, first: number, rest: number): ReadonlyArray<string> => {
  const rows: Array<string> = []
  let left = text
  let room = Math.max(first, 2)
  while (true) {
    const head = headCells(left, room)
    if (head.length === left.length) {
      rows.push(left)
      return rows
    }
    const blank = head.lastIndexOf(" ") + 1
    const cut = left[head.length] === " " ? head.length + 1 : blank * 3 < head.length ? head.length : blank
    rows.push(left.slice(0, cut))
    left = left.slice(cut)
    if (left === "") return rows
    room = Math.max(rest, 2)
  }
}
