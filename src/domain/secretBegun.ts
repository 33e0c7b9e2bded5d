import { openSecretAt, openValueAt } from "./secretNames.ts"
import { SECRET_PATTERNS } from "./secretPatterns.ts"

/**
 * Characters at the end of an unfinished line that are held back because a secret may begin in them: nothing of the table is
 * longer before it is recognised.
 */
export const MAX_HELD_CHARACTERS = 4096

/** Characters before those in which what tells a secret that has no mark of its own stands, as a URL's user. */
const MAX_BEFORE = 1024

const BEGUN = SECRET_PATTERNS.flatMap(({ begun }) => (begun === undefined ? [] : [begun]))
/** What secrets begin with that begin with a mark, at the beginning of a word. */
const MARKS: ReadonlyArray<string> = SECRET_PATTERNS.flatMap(({ hints, begun }) => (begun === undefined ? hints : []))
const LONGEST_MARK = Math.max(...MARKS.map((mark) => mark.length))
const BEGINNINGS = new Set(
  MARKS.flatMap((mark) => Array.from({ length: mark.length }, (_, index) => mark.slice(0, index + 1)))
)
const ANY_MARK = new RegExp(
  `(?<!\\w)(?:${MARKS.map((mark) => mark.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|")})`
)
const WORD_CHARACTER = /\w/
const BLANK = /\s/

/** Where the last run of characters without a blank begins; the end when the text ends with one. */
const lastWordAt = (text: string): number => {
  let at = text.length
  while (at > 0 && !BLANK.test(text[at - 1]!)) at--
  return at
}

/** Where a whole mark stands in the text's last word, or the beginning of one at its end; the text's length for none. */
const markAt = (text: string): number => {
  const word = lastWordAt(text)
  const mark = ANY_MARK.exec(text.slice(word))
  if (mark !== null) return word + mark.index
  for (let at = Math.max(word, text.length - LONGEST_MARK); at < text.length; at++) {
    const begins = at === word || !WORD_CHARACTER.test(text[at - 1]!)
    if (begins && BEGINNINGS.has(text.slice(at))) return at
  }
  return text.length
}

/**
 * From where on the end of an unfinished plain line may be, or become, a part of a secret that stands in one line; the line's
 * length for nowhere. A secret that is over already is not looked for, nor what is further back than `MAX_HELD_CHARACTERS`.
 */
export const secretBegunAt = (line: string): number => {
  const from = Math.max(0, line.length - MAX_HELD_CHARACTERS - MAX_BEFORE)
  const end = line.slice(from)
  const places = BEGUN.map((begun) => begun.exec(end)?.index ?? end.length)
  return Math.max(
    Math.min(openValueAt(line) ?? line.length, from + Math.min(markAt(end), ...places)),
    line.length - MAX_HELD_CHARACTERS
  )
}

/** What stands behind a host's colon more often than a password, and what is too short to tell one from a word. */
const PORT_OR_SHORT = /^(?:\d{1,5}|.{0,2})$/

/**
 * From where on a line that is being typed is a secret already, by what stands before its end: a URL's user, a header's or a
 * secret's name. The line's length for nowhere.
 */
export const secretTypedAt = (line: string): number => {
  const places = BEGUN.map((begun) => begun.exec(line)?.index ?? line.length)
  return Math.min(
    openSecretAt(line) ?? line.length,
    ...places.filter((at) => !PORT_OR_SHORT.test(line.slice(at))),
    line.length
  )
}
