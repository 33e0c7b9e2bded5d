import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type PatternOptions, type TextPattern, textPattern } from "../../src/domain/textPattern.ts"

const pattern = (text: string, options?: PatternOptions): TextPattern => {
  const made = textPattern(text, options)
  if ("problem" in made) throw new Error(made.problem)
  return made
}

const found = (text: string, line: string, options?: PatternOptions) =>
  pattern(text, options)
    .matches(line)
    .map(({ from, to }) => line.slice(from, to))

describe("a pattern", () => {
  it("is plain text unless it is said to be a regular expression", () => {
    expect(found("a.c", "abc a.c")).toEqual(["a.c"])
    expect(found("a.c", "abc a.c", { regex: true })).toEqual(["abc", "a.c"])
    expect(found("[x]-(y)/{2}", "see [x]-(y)/{2}!")).toEqual(["[x]-(y)/{2}"])
  })

  it("minds capitals when it has one, or is told to", () => {
    expect(found("error", "Error ERROR error")).toEqual(["Error", "ERROR", "error"])
    expect(found("Error", "Error ERROR error")).toEqual(["Error"])
    expect(found("error", "Error error", { caseSensitive: true })).toEqual(["error"])
    expect(found("Error", "Error error", { caseSensitive: false })).toEqual(["Error", "error"])
    expect(found("\\S+x", "ABX", { regex: true })).toEqual(["ABX"])
    expect(found("ÄRGER", "ärger Ärger ÄRGER")).toEqual(["ÄRGER"])
    expect(found("ärger", "ärger Ärger")).toEqual(["ärger", "Ärger"])
  })

  it("matches whole words where it is told to, in any script", () => {
    expect(found("cat", "cat concat cat_ cat-x", { words: true })).toEqual(["cat", "cat"])
    expect(found("är", "är bär är.", { words: true })).toEqual(["är", "är"])
  })

  it("finds nothing that has no characters, and nothing when it is empty", () => {
    expect(found("x*", "ab", { regex: true })).toEqual([])
    expect(pattern("").mayMatch("anything")).toBe(false)
    expect(pattern("").matches("anything")).toEqual([])
  })

  it("looks at each line from its start, whatever it was asked before", () => {
    const made = pattern("a")
    expect(made.mayMatch("xxxxa")).toBe(true)
    expect(made.matches("a")).toEqual([{ from: 0, to: 1 }])
    expect(made.mayMatch("a")).toBe(true)
  })

  it("looks past the end of no line, whatever it refuses there", () => {
    const made = pattern("failed(?!\\s)", { regex: true })
    expect(made.matches("it failed")).toEqual([{ from: 3, to: 9 }])
    expect(made.mayMatch("it failed\nand failed again")).toBe(true)
    expect([made.holds("it failed"), made.holds("it failed again")]).toEqual([true, false])
  })

  it("says in one line why an expression is none", () => {
    expect(textPattern("(", { regex: true })).toEqual({ problem: "not a regular expression: Unterminated group" })
    expect(textPattern("a:b[", { regex: true })).toEqual({
      problem: "not a regular expression: Unterminated character class"
    })
  })

  it("misses no line of a text that has one", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "b", "A", " ", "é") })
    fc.assert(
      fc.property(
        fc.array(line),
        fc.constantFrom("a", "ab", "^a", "b$", "[^b]a", "a\\s*b", "a(?!\\s)", "(?<!\\W)b"),
        (lines, text) => {
          const made = pattern(text, { regex: true })
          if (lines.some((each) => made.matches(each).length > 0)) expect(made.mayMatch(lines.join("\n"))).toBe(true)
        }
      )
    )
  })
})
