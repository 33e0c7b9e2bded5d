import {
  type PatternOptions,
  type PatternProblem,
  type TextPattern,
  type TextRange,
  textPattern
} from "../../domain/textPattern.ts"
import { withinTime } from "./withinTime.ts"

/** What is searched for, as it was written. */
export interface WrittenPattern extends Required<PatternOptions> {
  readonly text: string
}

/** A match in a text of several lines. */
export interface LineHit extends TextRange {
  /** Index of the line in the text. */
  readonly line: number
}

/** Longest that one piece of text may take, in ms, twice in a row: it usually takes one. Both are less than a frame. */
const PIECE_LIMIT_MS = 6

/** What can match a line's end, or look past it: with these a text of several lines says nothing about its lines. */
const CROSSES_LINES = /\[\^|\\[sWDPnrfvxuc0]|\(\?<?[=!]/

/**
 * Matches pieces of text line by line. A text without a hit costs one look at the whole. An expression that takes too long
 * on a piece is given up for good: `tooSlow`, and it matches nothing from then on.
 *
 * Plain: it is asked for every line in view at every paint.
 */
export class LineMatcher {
  readonly written: WrittenPattern
  readonly #pattern: TextPattern
  /** Only these can take long. */
  readonly #guarded: boolean
  readonly #byLine: boolean
  #tooSlow = false

  private constructor(written: WrittenPattern, pattern: TextPattern) {
    this.written = written
    this.#pattern = pattern
    this.#guarded = written.regex
    this.#byLine = written.regex && CROSSES_LINES.test(written.text)
  }

  /** A matcher, or why the pattern is none. */
  static make(written: WrittenPattern): LineMatcher | PatternProblem {
    const pattern = textPattern(written.text, written)
    return "problem" in pattern ? pattern : new LineMatcher(written, pattern)
  }

  /** True once the expression has taken too long. */
  get tooSlow(): boolean {
    return this.#tooSlow
  }

  /** Where one line matches. */
  matches(line: string): ReadonlyArray<TextRange> {
    return this.#limited(() => this.#pattern.matches(line), [])
  }

  /** Where the lines of a text match, from top to bottom. */
  hits(text: string): ReadonlyArray<LineHit> {
    return this.#limited(() => {
      const found: Array<LineHit> = []
      if (this.#mayMatch(text)) {
        text.split("\n").forEach((content, line) => {
          for (const { from, to } of this.#pattern.matches(content)) found.push({ line, from, to })
        })
      }
      return found
    }, [])
  }

  /** Which lines of a text match, matches without characters included (`^$` is an empty line). */
  lines(text: string): ReadonlyArray<number> {
    return this.#limited(() => {
      const found: Array<number> = []
      if (this.#mayMatch(text)) {
        text.split("\n").forEach((content, line) => {
          if (this.#pattern.holds(content)) found.push(line)
        })
      }
      return found
    }, [])
  }

  #mayMatch(text: string): boolean {
    return this.#byLine || this.#pattern.mayMatch(text)
  }

  #limited<A>(work: () => A, otherwise: A): A {
    if (this.#tooSlow) return otherwise
    if (!this.#guarded) return work()
    const done = withinTime(work, PIECE_LIMIT_MS)
    this.#tooSlow = done === null
    return done === null ? otherwise : done.result
  }
}
