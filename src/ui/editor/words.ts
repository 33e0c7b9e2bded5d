/**
 * Words as readline sees them (its text.c and util.c): letters and digits for the Alt keys, whatever is not blank for
 * Ctrl+W. Offsets are UTF-16 offsets of grapheme boundaries.
 */

import { nextBoundary, previousBoundary } from "./graphemes.ts"

const LETTER_OR_DIGIT = /^[\p{L}\p{N}\p{M}]/u

/** True when the character at `at` is part of a word: readline's `rl_alphabetic`, so not the underscore. */
export const isWordAt = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at)
  if (unit < 0x80) {
    return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a)
  }
  const codePoint = text.codePointAt(at)
  return codePoint !== undefined && LETTER_OR_DIGIT.test(String.fromCodePoint(codePoint))
}

/** Readline's blanks, and the newline: its own editor has one line only, and Ctrl+W should not eat two of ours. */
const isBlankAt = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at)
  return unit === 0x20 || unit === 0x09 || unit === 0x0a
}

/** The end of the word at or after `at` (`forward-word`). */
export const wordEndAfter = (text: string, at: number): number => {
  let end = at
  while (end < text.length && !isWordAt(text, end)) end = nextBoundary(text, end)
  while (end < text.length && isWordAt(text, end)) end = nextBoundary(text, end)
  return end
}

const runStartBefore = (text: string, at: number, inRun: (at: number) => boolean): number => {
  let start = at
  for (const expected of [false, true]) {
    while (start > 0) {
      const previous = previousBoundary(text, start)
      if (inRun(previous) !== expected) break
      start = previous
    }
  }
  return start
}

/** The start of the word at or before `at` (`backward-word`). */
export const wordStartBefore = (text: string, at: number): number =>
  runStartBefore(text, at, (place) => isWordAt(text, place))

/** The start of the blank-separated word before `at` (`unix-word-rubout`). */
export const blankWordStartBefore = (text: string, at: number): number =>
  runStartBefore(text, at, (place) => !isBlankAt(text, place))
