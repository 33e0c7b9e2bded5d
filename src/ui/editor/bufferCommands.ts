/** The editing commands of readline's emacs mode that need nothing but the text, each a pure step of a `TextBuffer`. */

import { columnOf, offsetAtColumn } from "./display.ts"
import { boundaryAtOrAfter, nextBoundary, previousBoundary } from "./graphemes.ts"
import { currentKill, rotateKills } from "./killRing.ts"
import { insertQuoted, kill, moveTo, replace, type TextBuffer, undo } from "./TextBuffer.ts"
import { blankWordStartBefore, isWordAt, wordEndAfter, wordStartBefore } from "./words.ts"

/** Where the line (between newlines) that holds `at` begins. */
export const lineStart = (text: string, at: number): number => (at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1)

/** Where the line that holds `at` ends, before its newline. */
export const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf("\n", at)
  return end === -1 ? text.length : end
}

/** The same column one line up or down; the same buffer when there is no such line. */
const moveLine = (buffer: TextBuffer, way: "up" | "down"): TextBuffer => {
  const { cursor, last, text } = buffer
  const start = lineStart(text, cursor)
  const end = lineEnd(text, cursor)
  if (way === "up" ? start === 0 : end === text.length) return buffer
  const column = last.kind === "vertical" ? last.column : columnOf(text, start, cursor)
  const target = way === "up" ? lineStart(text, start - 1) : end + 1
  return moveTo(buffer, offsetAtColumn(text, target, lineEnd(text, target), column), { kind: "vertical", column })
}

/** The next character when there is one on a later line too: Ctrl+K at a line's end joins the lines, as in emacs. */
const killLine = (buffer: TextBuffer): TextBuffer => {
  const end = lineEnd(buffer.text, buffer.cursor)
  return kill(buffer, buffer.cursor, end === buffer.cursor ? nextBoundary(buffer.text, end) : end)
}

const discardLine = (buffer: TextBuffer): TextBuffer => {
  const start = lineStart(buffer.text, buffer.cursor)
  return kill(buffer, start === buffer.cursor ? previousBoundary(buffer.text, start) : start, buffer.cursor)
}

/** Swaps the characters around the cursor and steps over them; at a line's end, the two before it. */
const transposeCharacters = (buffer: TextBuffer): TextBuffer => {
  const { cursor, text } = buffer
  const start = lineStart(text, cursor)
  const middle = cursor === lineEnd(text, cursor) ? previousBoundary(text, cursor) : cursor
  if (cursor === start || middle === start) return moveTo(buffer, cursor)
  const from = previousBoundary(text, middle)
  const to = nextBoundary(text, middle)
  return replace(buffer, from, to, text.slice(middle, to) + text.slice(from, middle))
}

/** Readline's `rl_transpose_words`: the word at or after the cursor changes places with the one before it. */
const transposeWords = (buffer: TextBuffer): TextBuffer => {
  const { cursor, text } = buffer
  const secondEnd = wordEndAfter(text, cursor)
  const secondStart = wordStartBefore(text, secondEnd)
  const firstStart = wordStartBefore(text, secondStart)
  const firstEnd = wordEndAfter(text, firstStart)
  if (firstStart === secondStart || secondStart < firstEnd) return moveTo(buffer, cursor)
  const swapped =
    text.slice(secondStart, secondEnd) + text.slice(firstEnd, secondStart) + text.slice(firstStart, firstEnd)
  return replace(buffer, firstStart, secondEnd, swapped)
}

/** One code point to one code point, as `towupper` and `towlower` do: "ß" has no capital of its own. */
const oneToOne = (character: string, changed: string): string =>
  [...changed].length === [...character].length ? changed : character

/** Changes the word at or after the cursor and steps behind it. */
const changeCase = (buffer: TextBuffer, how: "upper" | "lower" | "capital"): TextBuffer => {
  const { cursor, text } = buffer
  const end = wordEndAfter(text, cursor)
  let changed = ""
  let inWord = false
  for (let at = cursor; at < end; ) {
    const next = nextBoundary(text, at)
    const character = text.slice(at, next)
    const upper = how === "upper" || (how === "capital" && !inWord)
    inWord = isWordAt(text, at)
    changed += inWord ? oneToOne(character, upper ? character.toUpperCase() : character.toLowerCase()) : character
    at = next
  }
  return replace(buffer, cursor, end, changed)
}

const yank = (buffer: TextBuffer): TextBuffer => {
  const text = currentKill(buffer.kills)
  if (text === null) return moveTo(buffer, buffer.cursor)
  const { cursor } = buffer
  return { ...replace(buffer, cursor, cursor, text, { kind: "yanked" }), mark: cursor }
}

/** Right after a yank: the kill before it instead, in the same undo step. */
const yankPop = (buffer: TextBuffer): TextBuffer => {
  if (buffer.last.kind !== "yanked") return moveTo(buffer, buffer.cursor)
  return yank({ ...undo(buffer), kills: rotateKills(buffer.kills) })
}

/** The blanks around the cursor. */
const deleteHorizontalSpace = (buffer: TextBuffer): TextBuffer => {
  const { cursor, text } = buffer
  const isBlank = (at: number): boolean => text[at] === " " || text[at] === "\t"
  let from = cursor
  let to = cursor
  while (from > 0 && isBlank(from - 1)) from--
  while (isBlank(to)) to++
  return replace(buffer, boundaryAtOrAfter(text, from), boundaryAtOrAfter(text, to), "")
}

const exchangePointAndMark = (buffer: TextBuffer): TextBuffer => ({
  ...moveTo(buffer, Math.min(buffer.mark, buffer.text.length)),
  mark: buffer.cursor
})

/** Takes every change of this line back. */
const revertLine = (buffer: TextBuffer): TextBuffer => {
  let reverted = buffer
  while (reverted.undo.length > 0) reverted = undo(reverted)
  return reverted
}

/** By the names readline gives them (bash(1), READLINE); those of ours do what the name says. */
export const BUFFER_COMMANDS = {
  "beginning-of-line": (b) => moveTo(b, lineStart(b.text, b.cursor)),
  "end-of-line": (b) => moveTo(b, lineEnd(b.text, b.cursor)),
  "backward-char": (b) => moveTo(b, previousBoundary(b.text, b.cursor)),
  "forward-char": (b) => moveTo(b, nextBoundary(b.text, b.cursor)),
  "backward-word": (b) => moveTo(b, wordStartBefore(b.text, b.cursor)),
  "forward-word": (b) => moveTo(b, wordEndAfter(b.text, b.cursor)),
  "previous-line": (b) => moveLine(b, "up"),
  "next-line": (b) => moveLine(b, "down"),
  "insert-newline": (b) => insertQuoted(b, "\n"),
  "backward-delete-char": (b) => replace(b, previousBoundary(b.text, b.cursor), b.cursor, ""),
  "delete-char": (b) => replace(b, b.cursor, nextBoundary(b.text, b.cursor), ""),
  "delete-horizontal-space": deleteHorizontalSpace,
  "kill-line": killLine,
  "unix-line-discard": discardLine,
  "unix-word-rubout": (b) => kill(b, blankWordStartBefore(b.text, b.cursor), b.cursor),
  "kill-word": (b) => kill(b, b.cursor, wordEndAfter(b.text, b.cursor)),
  "backward-kill-word": (b) => kill(b, wordStartBefore(b.text, b.cursor), b.cursor),
  yank,
  "yank-pop": yankPop,
  "transpose-chars": transposeCharacters,
  "transpose-words": transposeWords,
  "upcase-word": (b) => changeCase(b, "upper"),
  "downcase-word": (b) => changeCase(b, "lower"),
  "capitalize-word": (b) => changeCase(b, "capital"),
  "set-mark": (b) => ({ ...moveTo(b, b.cursor), mark: b.cursor }),
  "exchange-point-and-mark": exchangePointAndMark,
  undo,
  "revert-line": revertLine
} satisfies Record<string, (buffer: TextBuffer) => TextBuffer>

export type BufferCommand = keyof typeof BUFFER_COMMANDS

/** Carries one command out. Pure; a command that cannot do anything gives a buffer with the same text and cursor. */
export const edit = (buffer: TextBuffer, command: BufferCommand): TextBuffer => BUFFER_COMMANDS[command](buffer)
