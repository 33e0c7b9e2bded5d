/**
 * THE table of cell widths: what a code point takes in the emulator, in stored lines, in the editor and in every row of
 * the screen, so that a row is as wide here as there. Nothing else in src decides a width.
 *
 * The table is that of the emulator's own Unicode 11 addon, brought up to date (newerWidths.ts). Widths add up as wcwidth's
 * do, because what runs inside counts so: U+1F680 is 2, U+2764 U+FE0F is 1, combining is 0, a family of three is 6. How a
 * terminal that counts otherwise is painted all the same: sureWidths.ts and rowPatch.ts.
 *
 * Plain functions: they run for every painted row.
 */

import { Unicode11Addon } from "@xterm/addon-unicode11"
import type { ITerminalAddon, IUnicodeHandling, IUnicodeVersionProvider, Terminal } from "@xterm/headless"
import { isInRanges, NEVER_WIDE, NEWER_WIDE, NEWER_ZERO } from "./newerWidths.ts"

const unicode11 = ((): IUnicodeVersionProvider => {
  let captured: IUnicodeVersionProvider | undefined
  const unicode: Pick<IUnicodeHandling, "register"> = {
    register: (provider) => {
      captured = provider
    }
  }
  // The addon only registers its table with the terminal it is given: this one keeps it for us.
  const addon: ITerminalAddon = new Unicode11Addon()
  addon.activate({ unicode } as Terminal)
  if (captured === undefined) throw new Error("the Unicode 11 table was not registered")
  return captured
})()

/** The first code point that Unicode 12 or later made anything but one cell wide. */
const FIRST_NEWER = NEWER_ZERO[0]!

/** Cells that a code point takes: 0 (control, combining), 1 or 2. */
export const charWidth = (codePoint: number): 0 | 1 | 2 => {
  if (codePoint < 0x20) return 0
  if (codePoint < 0x7f) return 1
  if (codePoint < 0xa0) return 0
  const width = unicode11.wcwidth(codePoint)
  if (codePoint < FIRST_NEWER) return width
  // The lists are asked only where they can differ, which no ideograph or syllable does.
  if (width === 1) return isInRanges(NEWER_WIDE, codePoint) ? 2 : isInRanges(NEWER_ZERO, codePoint) ? 0 : 1
  return width === 2 && codePoint > 0xffff && isInRanges(NEVER_WIDE, codePoint) ? 1 : width
}

/**
 * The table as the emulator takes it. What has no width joins the cell before the cursor, wherever that has come from: the
 * addon joins only what follows its base directly, so that a mark after a change of colour would take a cell of its own.
 */
export const emulatorWidths: IUnicodeVersionProvider = {
  version: "effecttalk",
  wcwidth: charWidth,
  charProperties: (codePoint, preceding) => {
    const width = charWidth(codePoint)
    // xterm.js' packing: bit 0 says that it joins, bits 1 and 2 hold the width of the cell that it makes or joins.
    return width === 0 ? 1 | (preceding & 0b110) : width << 1
  }
}

/** True when every UTF-16 unit is printable ASCII: then cells are units. */
export const isPrintableAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || unit > 0x7e) return false
  }
  return true
}

/** Cells that plain text (no escape sequences, no tabs) takes. */
export const textWidth = (text: string): number => {
  let width = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x20 && unit < 0x7f) width++
    else {
      const codePoint = text.codePointAt(i)!
      width += charWidth(codePoint)
      if (codePoint > 0xffff) i++
    }
  }
  return width
}

const RESET = "\x1b[0m"
const LINK_END = "\x1b]8;;\x1b\\"

/**
 * Index just past the escape sequence that begins at `start` (an ESC): CSI up to its final byte, OSC up to BEL or ST,
 * anything else two units.
 */
export const endOfEscape = (text: string, start: number): number => {
  const kind = text.charCodeAt(start + 1)
  if (kind === 0x5b) {
    let i = start + 2
    while (i < text.length && (text.charCodeAt(i) < 0x40 || text.charCodeAt(i) > 0x7e)) i++
    return Math.min(i + 1, text.length)
  }
  if (kind === 0x5d) {
    for (let i = start + 2; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit === 0x07) return i + 1
      if (unit === 0x1b && text.charCodeAt(i + 1) === 0x5c) return i + 2
    }
    return text.length
  }
  return Math.min(start + 2, text.length)
}

/** Cells that sanitised text (SGR and OSC 8, no tabs) takes. */
export const styledWidth = (text: string): number => {
  if (!text.includes("\x1b")) return textWidth(text)
  let width = 0
  for (let i = 0; i < text.length; ) {
    if (text.charCodeAt(i) === 0x1b) {
      i = endOfEscape(text, i)
      continue
    }
    const codePoint = text.codePointAt(i)!
    width += charWidth(codePoint)
    i += codePoint > 0xffff ? 2 : 1
  }
  return width
}

/** The SGR state after one more sequence: a reset clears, others add up. */
const nextStyle = (style: string, sequence: string): string => {
  if (sequence === RESET || sequence === "\x1b[m") return ""
  return sequence.startsWith("\x1b[0;") ? sequence : style + sequence
}

/**
 * The cells from column `from` (inclusive) to column `to` (exclusive) of sanitised text, with the style in force at
 * `from` and reset at its end. Half of a wide character at an edge becomes a blank. Short text gives a short slice.
 */
export const sliceCells = (text: string, from: number, to: number): string => {
  if (to <= from) return ""
  if (isPrintableAscii(text)) return text.slice(from, to)
  let out = ""
  let style = ""
  let link = ""
  let column = 0
  let begun = false
  let taken = false
  for (let i = 0; i < text.length; ) {
    if (text.charCodeAt(i) === 0x1b) {
      const end = endOfEscape(text, i)
      const sequence = text.slice(i, end)
      if (sequence.charCodeAt(1) === 0x5d)
        link = /^\x1b\]8;[^;]*;./.test(sequence) && sequence !== LINK_END ? sequence : ""
      else style = nextStyle(style, sequence)
      if (begun && column < to) out += sequence
      i = end
      continue
    }
    const codePoint = text.codePointAt(i)!
    const size = codePoint > 0xffff ? 2 : 1
    const width = charWidth(codePoint)
    if (column + width > from && column < to && width > 0) {
      if (!begun) {
        out += style + link
        begun = true
      }
      if (column < from || column + width > to) out += " ".repeat(Math.min(column + width, to) - Math.max(column, from))
      else out += text.slice(i, i + size)
      taken = true
    } else if (width === 0 && taken && column <= to && column > from) {
      // A combining character belongs to the cell before it.
      out += text.slice(i, i + size)
    }
    if (width > 0 && column >= to) break
    column += width
    i += size
  }
  if (!begun) return ""
  return out + (link === "" ? "" : LINK_END) + (out.includes("\x1b[") ? RESET : "")
}

/** Sanitised text as exactly `width` cells: cut or padded with blanks. */
export const fitCells = (text: string, width: number): string => {
  const cells = styledWidth(text)
  if (cells === width) return text
  if (cells < width) return text + " ".repeat(width - cells)
  const cut = sliceCells(text, 0, width)
  return cut
}
