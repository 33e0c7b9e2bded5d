/** Foreign text in messages: one line, nothing of it can act on a terminal or hide. Light, as the files are read by it. */

/** Longest value that a message repeats, in UTF-16 units. */
const MAX_SHOWN_LENGTH = 80

/** Control characters, bidirectional overrides, what is invisible, what is no character, line separators. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/gu

/** What would not be seen as it is becomes `\u{1b}`. */
export const escaped = (text: string): string =>
  text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)

/** The same, and the end of a long text is cut. */
export const shown = (text: string): string =>
  text.length > MAX_SHOWN_LENGTH
    ? `${escaped(text.slice(0, MAX_SHOWN_LENGTH))}… (${text.length} characters)`
    : escaped(text)
