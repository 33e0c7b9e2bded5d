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

/** Brackets by what opens them. */
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" }

/** The length of a text without the punctuation and the unpaired closing brackets at its end. One walk: texts are hostile. */
export const lengthWithoutPunctuation = (text: string): number => {
  /** Closing brackets that nothing opens, by kind. */
  const unpaired = new Map([
    [")", 0],
    ["]", 0],
    ["}", 0]
  ])
  for (const character of text) {
    const closing = CLOSING[character]
    if (closing !== undefined) unpaired.set(closing, unpaired.get(closing)! - 1)
    else if (unpaired.has(character)) unpaired.set(character, unpaired.get(character)! + 1)
  }
  let end = text.length
  for (; end > 0; end--) {
    const last = text[end - 1]!
    const surplus = unpaired.get(last)
    if (surplus === undefined ? !/[.,:;!?'*]/.test(last) : surplus <= 0) return end
    if (surplus !== undefined) unpaired.set(last, surplus - 1)
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
