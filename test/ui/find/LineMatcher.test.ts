import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { LineMatcher, type WrittenPattern } from "../../../src/ui/find/LineMatcher.ts"
import { withinTime } from "../../../src/ui/find/withinTime.ts"

const written = (text: string, options: Partial<WrittenPattern> = {}): WrittenPattern => ({
  text,
  regex: false,
  caseSensitive: "smart",
  words: false,
  ...options
})

const matcher = (text: string, options: Partial<WrittenPattern> = {}): LineMatcher => {
  const made = LineMatcher.make(written(text, options))
  if ("problem" in made) throw new Error(made.problem)
  return made
}

describe("matching pieces of text", () => {
  it("finds every match with its line and place", () => {
    expect(matcher("b").hits("abc\nxyz\nbb")).toEqual([
      { line: 0, from: 1, to: 2 },
      { line: 2, from: 0, to: 1 },
      { line: 2, from: 1, to: 2 }
    ])
  })

  it("says which lines match, the empty ones too", () => {
    expect(matcher("^$", { regex: true }).lines("a\n\nb\n")).toEqual([1, 3])
    expect(matcher("x*", { regex: true }).lines("a\nb")).toEqual([0, 1])
  })

  it("gives what each line by itself gives, whatever can match a line's end", () => {
    const piece = fc.array(fc.string({ unit: fc.constantFrom("a", "b", " ", ",") }), { minLength: 1 })
    const sources = [
      "a\\s*",
      "a(?!\\s)",
      "a(?=\\s)",
      "[^b]*a",
      "\\W+",
      "b$",
      "^ ?a",
      "a|b$",
      "(?<!b)a",
      "(a|,)+",
      "\\s$"
    ]
    fc.assert(
      fc.property(piece, fc.constantFrom(...sources), (lines, source) => {
        const one = matcher(source, { regex: true })
        const expected = lines.flatMap((text, line) => one.matches(text).map((range) => ({ line, ...range })))
        expect(one.hits(lines.join("\n"))).toEqual(expected)
      })
    )
  })

  it("gives up an expression that takes too long, at once and for good", () => {
    const endless = matcher("(a+)+$", { regex: true })
    const started = process.cpuUsage()
    expect(endless.hits(`${"a".repeat(60)}b`)).toEqual([])
    // It would be 2^60 steps.
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000)
    expect(endless.tooSlow).toBe(true)
    expect(endless.matches("aaa")).toEqual([])
  })

  it("takes an expression for what it is where it has time: the same one on other text", () => {
    const fine = matcher("(a+)+$", { regex: true })
    expect(fine.hits("xx\naaa")).toEqual([{ line: 1, from: 0, to: 3 }])
    expect(fine.tooSlow).toBe(false)
  })

  it("says why an expression is none", () => {
    expect(LineMatcher.make(written("(", { regex: true }))).toHaveProperty("problem")
    expect(LineMatcher.make(written("("))).toBeInstanceOf(LineMatcher)
  })
})

describe("work with a limit", () => {
  it("gives its result, and passes on what it throws", () => {
    expect(withinTime(() => 7, 50)).toEqual({ result: 7 })
    expect(() =>
      withinTime(() => {
        throw new Error("mine")
      }, 50)
    ).toThrow("mine")
  })

  it("cuts off what does not end, and works on", () => {
    const endless = () => {
      for (;;);
    }
    expect(withinTime(endless, 5)).toBeNull()
    expect(withinTime(() => "next", 50)).toEqual({ result: "next" })
  })
})
