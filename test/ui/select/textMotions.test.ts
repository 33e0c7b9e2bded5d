import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type Cursor,
  type Motion,
  moveCursor,
  type Spot,
  type TextLines,
  textBetween
} from "../../../src/ui/select/textMotions.ts"

const linesOf = (...texts: ReadonlyArray<string>): TextLines => ({ count: texts.length, text: (line) => texts[line]! })

const at = (line: number, offset: number): Cursor => ({ spot: { line, offset }, goal: null })

const view = { width: 10, page: 3 }

/** The characters that a motion, done again and again, stops at. */
const stops = (lines: TextLines, from: Cursor, motion: Motion): string => {
  const seen: Array<string> = []
  for (let cursor = from; ; ) {
    const next = moveCursor(lines, cursor, motion, view)
    if (next.spot.line === cursor.spot.line && next.spot.offset === cursor.spot.offset) return seen.join(" ")
    seen.push(`${next.spot.line}:${next.spot.offset}`)
    cursor = next
  }
}

describe("a cursor in an output", () => {
  const words = linesOf("foo.bar(x)  baz_1", "", "  día 漢字")

  it.each<[Motion, Cursor, string]>([
    ["wordNext", at(0, 0), "0:3 0:4 0:7 0:8 0:9 0:12 1:0 2:2 2:6 2:7"],
    ["bigWordNext", at(0, 0), "0:12 1:0 2:2 2:6 2:7"],
    ["wordEnd", at(0, 0), "0:2 0:3 0:6 0:7 0:8 0:9 0:16 2:4 2:7"],
    ["bigWordEnd", at(0, 0), "0:9 0:16 2:4 2:7"],
    ["wordBack", at(2, 7), "2:6 2:2 1:0 0:12 0:9 0:8 0:7 0:4 0:3 0:0"],
    ["bigWordBack", at(2, 7), "2:6 2:2 1:0 0:12 0:0"]
  ])("stops by %s where vi does", (motion, from, expected) => {
    expect(stops(words, from, motion)).toBe(expected)
  })

  it("takes a letter with its marks, a family, a tab and a wide character as one step", () => {
    const lines = linesOf("e\u0301\t漢👨‍👩‍👧x", "y")
    expect(stops(lines, at(0, 0), "right")).toBe("0:2 0:3 0:4 0:12 1:0")
    expect(stops(lines, at(1, 0), "left")).toBe("0:12 0:4 0:3 0:2 0:0")
  })

  it("keeps to its cell over shorter lines, and to their ends after $", () => {
    const lines = linesOf("abcdef", "漢字漢字", "x", "abcdef")
    let cursor = at(0, 3)
    const down = () => {
      cursor = moveCursor(lines, cursor, "down", view)
      return cursor.spot.offset
    }
    expect([down(), down(), down(), down()]).toEqual([1, 0, 3, 3])
    cursor = moveCursor(lines, at(0, 0), "lineEnd", view)
    expect([cursor.spot.offset, down(), down(), down()]).toEqual([5, 3, 0, 5])
  })

  it("goes to the ends of the line, its text and the output", () => {
    const lines = linesOf("  ab c  ", "", "zz")
    const go = (motion: Motion, from: Cursor) => moveCursor(lines, from, motion, view).spot
    expect(go("lineStart", at(0, 4))).toEqual({ line: 0, offset: 0 })
    expect(go("lineText", at(0, 7))).toEqual({ line: 0, offset: 2 })
    expect(go("lineEnd", at(0, 0))).toEqual({ line: 0, offset: 7 })
    expect(go("lineText", at(1, 0))).toEqual({ line: 1, offset: 0 })
    expect(go("bottom", at(0, 3))).toEqual({ line: 2, offset: 1 })
    expect(go("top", at(2, 1))).toEqual({ line: 0, offset: 0 })
  })

  it("pages by rows of the screen, through a line that takes many", () => {
    const lines = linesOf("a", "0123456789".repeat(5), "b", "c")
    expect(stops(lines, at(0, 0), "pageDown")).toBe("1:20 2:0 3:0")
    expect(stops(lines, at(3, 0), "pageUp")).toBe("1:30 1:0 0:0")
  })

  const character = fc.constantFrom("a", "b_", ".", " ", "\t", "漢", "e\u0301", "🚀", "👨‍👩‍👧")
  const text = fc.array(character, { maxLength: 12 }).map((characters) => characters.join(""))
  const motions: ReadonlyArray<Motion> = [
    "left",
    "right",
    "up",
    "down",
    "wordNext",
    "wordEnd",
    "wordBack",
    "bigWordNext",
    "bigWordEnd",
    "bigWordBack",
    "lineStart",
    "lineText",
    "lineEnd",
    "pageUp",
    "pageDown",
    "top",
    "bottom"
  ]

  it("always stands on a whole character, whatever it does", () => {
    const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })
    const startsOf = (line: string) => [...graphemes.segment(line)].map(({ index }) => index)
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 6 }),
        fc.array(fc.constantFrom(...motions), { maxLength: 30 }),
        fc.integer({ min: 2, max: 12 }),
        (texts, keys, width) => {
          const lines = linesOf(...texts)
          let cursor = at(0, 0)
          for (const key of keys) {
            cursor = moveCursor(lines, cursor, key, { width, page: 2 })
            const { line, offset } = cursor.spot
            expect(texts[line]).toBeDefined()
            expect(texts[line] === "" ? [0] : startsOf(texts[line]!)).toContain(offset)
          }
        }
      )
    )
  })
})

describe("the text between two characters", () => {
  const lines = linesOf("one\ttwo", "", "漢字 e\u0301x")
  const spot = (line: number, offset: number): Spot => ({ line, offset })

  it("holds both of them, tabs and empty lines, and ends without a newline", () => {
    expect(textBetween(lines, spot(0, 2), spot(2, 3), "characters")).toBe("e\ttwo\n\n漢字 e\u0301")
    expect(textBetween(lines, spot(2, 0), spot(0, 4), "characters")).toBe("two\n\n漢")
    expect(textBetween(lines, spot(0, 3), spot(0, 3), "characters")).toBe("\t")
    expect(textBetween(lines, spot(1, 0), spot(1, 0), "characters")).toBe("")
  })

  it("is whole lines where lines are selected", () => {
    expect(textBetween(lines, spot(2, 1), spot(1, 0), "lines")).toBe("\n漢字 e\u0301x")
    expect(textBetween(lines, spot(0, 4), spot(0, 4), "lines")).toBe("one\ttwo")
  })
})
