/**
 * Addresses in plain text, as terminals find them: from the scheme to what no address holds, without the punctuation and
 * brackets of the text around it. Plain functions: they run for the rows in view.
 */

/** A stretch of a text, in UTF-16 offsets. */
export interface Stretch {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/**
 * Blanks, controls, quotes, angle brackets, and what RFC 3986 has no place for; frames and the punctuation of Chinese and
 * Japanese, which follow an address without a blank. A further scheme begins the next address.
 */
const ADDRESS =
  /(?<![\p{L}\p{N}])[a-z][a-z\d+.-]{1,14}:\/\/(?:(?!https?:\/\/)[^\s\p{Cc}"<>`{}|\\^\u2028\u2029\u2500-\u259f\u3000-\u303f\uff08\uff09\uff0c\uff1a\uff1b…“”‘’])+/giu

/** Closing brackets and what opens them. */
const BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" }

const count = (text: string, character: string): number => text.split(character).length - 1

/** The length of a text without the punctuation and the unpaired closing brackets at its end. */
export const lengthWithoutPunctuation = (text: string): number => {
  let end = text.length
  while (end > 0) {
    const last = text[end - 1]!
    const opening = BRACKETS[last]
    const rest = text.slice(0, end)
    const goes = opening === undefined ? /[.,:;!?'*]/.test(last) : count(rest, last) > count(rest, opening)
    if (!goes) return end
    end--
  }
  return end
}

/** The addresses of any scheme (`scheme://…`) in a text, from left to right. */
export const findUrls = (text: string): ReadonlyArray<Stretch> => {
  if (!text.includes("://")) return []
  const found: Array<Stretch> = []
  for (const match of text.matchAll(ADDRESS)) {
    // 'https://…' ends at the quote that it began with, though an address may hold one.
    const quoted = text[match.index - 1] === "'" ? match[0].indexOf("'") : -1
    const whole = quoted === -1 ? match[0] : match[0].slice(0, quoted)
    const length = lengthWithoutPunctuation(whole)
    const host = whole.slice(whole.indexOf("://") + 3, length)
    if (/^[\p{L}\p{N}[/~.]/u.test(host)) found.push({ from: match.index, to: match.index + length })
  }
  return found
}
