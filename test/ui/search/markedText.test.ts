import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { textWidth } from "../../../src/terminal/cells.ts"
import { markedText } from "../../../src/ui/search/markedText.ts"

const shown = (text: string, ranges: ReadonlyArray<readonly [number, number]>, room: number): string =>
  markedText(
    text,
    ranges.map(([from, to]) => ({ from, to })),
    room,
    (cells) => `[${cells}]`,
    "…"
  ).text

describe("a line with its matches", () => {
  it("is shown whole where it fits", () => {
    expect(shown("an error here", [[3, 8]], 13)).toBe("an [error] here")
    expect(
      shown(
        "aXbXc",
        [
          [1, 2],
          [3, 4]
        ],
        5
      )
    ).toBe("a[X]b[X]c")
  })

  it("is cut behind a match that is seen", () => {
    expect(shown("an error here", [[3, 8]], 10)).toBe("an [error] …")
    expect(shown("an error here", [[3, 8]], 9)).toBe("an [error]…")
  })

  it("begins shortly before a match that is far", () => {
    const text = `${"x".repeat(100)}needle${"y".repeat(100)}`
    expect(shown(text, [[100, 106]], 30)).toBe(`…${"x".repeat(12)}[needle]${"y".repeat(10)}…`)
  })

  it("fills the row with what is before a match at the end", () => {
    expect(shown(`${"x".repeat(100)}needle`, [[100, 106]], 30)).toBe(`…${"x".repeat(23)}[needle]`)
    expect(shown(`${"漢".repeat(100)}needle`, [[100, 106]], 30)).toMatch(/^…漢+\[needle\]$/)
  })

  it("has nothing in it that a terminal would act on", () => {
    expect(shown("a\x1b[31mb", [[1, 2]], 20)).toBe("a[^[][31mb")
  })

  it("never takes more cells than it has, and tells how many", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "漢", "\t", "\x1b", "é", "🚀") })
    fc.assert(
      fc.property(line, fc.nat(20), fc.nat(8), fc.integer({ min: 1, max: 24 }), (text, from, length, room) => {
        const range = { from: Math.min(from, text.length), to: Math.min(from + length, text.length) }
        const ranges = range.to > range.from ? [range] : []
        const made = markedText(text, ranges, room, (cells) => cells, "…")
        expect(textWidth(made.text)).toBe(made.cells)
        expect(made.cells).toBeLessThanOrEqual(room)
      })
    )
  })
})
