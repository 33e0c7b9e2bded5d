/** What is searched for, as a person wrote it, and how it is meant. */
export interface PatternOptions {
  /** It is a JavaScript regular expression, not plain text. */
  readonly regex?: boolean
  /** Whether capitals count; `smart` (the default): they do when the pattern has one. */
  readonly caseSensitive?: boolean | "smart"
  /** It matches whole words only. */
  readonly words?: boolean
}

/** A stretch of a line, UTF-16 offsets. */
export interface TextRange {
  readonly from: number
  readonly to: number
}

/** A pattern ready to search lines with. */
export interface TextPattern {
  /** Whether some line of a text may match: false is sure, so that a whole output without a hit costs one look. */
  readonly mayMatch: (text: string) => boolean
  /** Whether one line matches, be it without characters. */
  readonly holds: (line: string) => boolean
  /** Where one line matches, from left to right; a match without characters is none. */
  readonly matches: (line: string) => ReadonlyArray<TextRange>
}

/** A regular expression that is none, and why, in one line. */
export interface PatternProblem {
  readonly problem: string
}

/** Matches of one line that are looked at: more of them tell a reader nothing. */
const MAX_MATCHES_PER_LINE = 1_000

/** `(?!…)` and `(?<!…)`: what they refuse may be the newline around a line, which the line by itself does not have. */
const REFUSES = /\(\?<?!/

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")

/** A capital that is no part of an escape (`\S` is none). */
const hasCapital = (text: string, regex: boolean): boolean =>
  /\p{Lu}/u.test(regex ? text.replace(/\\(?:[pP]\{[^}]*\}|.)/gs, "") : text)

/** Whether capitals count in what was written. */
export const mindsCase = (text: string, { regex = false, caseSensitive = "smart" }: PatternOptions): boolean =>
  caseSensitive === "smart" ? hasCapital(text, regex) : caseSensitive

/** Makes a pattern of what was written. An empty one matches nothing. */
export const textPattern = (text: string, options: PatternOptions = {}): TextPattern | PatternProblem => {
  if (text === "") return { mayMatch: () => false, holds: () => false, matches: () => [] }
  const source = options.regex === true ? text : escaped(text)
  // Letters, digits and `_` of every script, where `\b` knows those of ASCII.
  const whole = options.words === true ? `(?<![\\p{L}\\p{N}_])(?:${source})(?![\\p{L}\\p{N}_])` : source
  let expression: RegExp
  try {
    expression = new RegExp(whole, mindsCase(text, options) ? "gmu" : "gimu")
  } catch (cause) {
    // V8 spells the whole expression before the reason.
    const reason = cause instanceof Error ? (/: ([^:]*)$/.exec(cause.message)?.[1] ?? cause.message) : String(cause)
    return { problem: `not a regular expression: ${reason}` }
  }
  const holds = (text: string): boolean => {
    expression.lastIndex = 0
    return expression.test(text)
  }
  return {
    mayMatch: options.regex === true && REFUSES.test(text) ? () => true : holds,
    holds,
    matches: (line) => {
      const found: Array<TextRange> = []
      expression.lastIndex = 0
      for (const match of line.matchAll(expression)) {
        if (match[0] === "") continue
        found.push({ from: match.index, to: match.index + match[0].length })
        if (found.length === MAX_MATCHES_PER_LINE) break
      }
      return found
    }
  }
}
