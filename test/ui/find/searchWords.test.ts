import { describe, expect, it } from "vitest"
import { filterWords } from "../../../src/ui/filter/useLineFilter.ts"
import type { SearchState } from "../../../src/ui/find/Finder.ts"
import { LineMatcher } from "../../../src/ui/find/LineMatcher.ts"
import { searchWords, walkWords } from "../../../src/ui/find/useFind.ts"
import { matcherFor, meaningOf, NO_PATTERN } from "../../../src/ui/find/usePatternLine.ts"

const found = {
  block: "b1",
  part: "stdout",
  line: 0,
  from: 0,
  to: 1,
  text: "x",
  piece: 0,
  after: 0
} as SearchState["found"]
const state: SearchState = { found, number: 3, total: 17, counting: false, walking: false, tooSlow: false }

describe("what the status line says", () => {
  it.each<readonly [string, Partial<SearchState>]>([
    ["3 of 17", {}],
    ["3 of 17+", { counting: true }],
    ["… of 17+", { counting: true, number: null }],
    ["1,234 of 10,000", { number: 1_234, total: 10_000 }],
    ["no match", { found: null, number: null, total: 0 }],
    ["searching", { walking: true, counting: true }],
    ["this expression takes too long: nothing is searched for", { tooSlow: true }]
  ])("of a search: %s", (words, change) => {
    expect(searchWords({ ...state, ...change }, "…")).toBe(words)
  })

  it("of a search that was kept: the keys that go on, where there is more than one hit", () => {
    expect(walkWords(state, "…")).toBe("3 of 17: n goes up, N down")
    expect(walkWords({ ...state, number: 1, total: 1 }, "…")).toBe("1 of 1")
    expect(walkWords({ ...state, found: null, number: null, total: 0 }, "…")).toBe("no match")
  })

  it("of how a pattern is meant: what is not usual", () => {
    expect(meaningOf(NO_PATTERN)).toBe("")
    expect(meaningOf({ text: "x", regex: true, caseSensitive: true, words: true })).toBe("exact case, regex, words")
    expect(meaningOf({ ...NO_PATTERN, caseSensitive: false })).toBe("any case")
  })

  it("of a filter: how many of how many, and how far it is", () => {
    const { matcher } = matcherFor({ ...NO_PATTERN, text: "x" })
    const filter = { matcher: matcher!, invert: false, context: 0 }
    const words = (matched: number, of: number, looked: number) =>
      filterWords({ filter: { filter, count: { matched, of, looked } } })
    expect(words(12, 340, 1)).toBe("12 of 340 lines")
    expect(words(0, 1, 1)).toBe("0 of 1 line")
    expect(words(5, 100_000, 0.409)).toBe("filtering 40 %, 5 of 100,000 lines")
  })
})

it("makes no matcher of nothing, and none of what is no expression", () => {
  expect(matcherFor(NO_PATTERN)).toEqual({ matcher: null, problem: null })
  expect(matcherFor({ ...NO_PATTERN, text: "(", regex: true })).toEqual({
    matcher: null,
    problem: "not a regular expression: Unterminated group"
  })
  expect(matcherFor({ ...NO_PATTERN, text: "(" }).matcher).toBeInstanceOf(LineMatcher)
})
