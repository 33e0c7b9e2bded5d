import { mindsCase } from "../../domain/textPattern.ts"
import type { WrittenPattern } from "./LineMatcher.ts"

/** True when what has no match of `before` has none of `next` either: it is the same plain text with more to it. */
export const narrows = (before: WrittenPattern, next: WrittenPattern): boolean => {
  if (before.regex || next.regex || before.text === "") return false
  // A whole word may end where the longer text goes on.
  if (before.words) return false
  const exactBefore = mindsCase(before.text, before)
  if (exactBefore && !mindsCase(next.text, next)) return false
  if (next.text.includes(before.text)) return true
  // Beyond ASCII a letter's other case may be two letters.
  return !exactBefore && isAscii(before.text) && isAscii(next.text) && lower(next.text).includes(lower(before.text))
}

const isAscii = (text: string): boolean => /^[ -~]*$/.test(text)

const lower = (text: string): string => text.toLowerCase()
