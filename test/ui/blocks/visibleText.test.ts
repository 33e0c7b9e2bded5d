import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { textWidth } from "../../../src/terminal/cells.ts"
import {
  headCells,
  tailCells,
  truncateMiddle,
  truncateText,
  visibleText,
  wrapText
} from "../../../src/ui/blocks/visibleText.ts"

const text = fc.oneof(
  fc.fullUnicodeString({ maxLength: 60 }),
  fc
    .array(fc.constantFrom("a", "bc ", " ", "会", "🚀", "e\u0301", "\u200d", "\t", "\x1b", "\u202e", "\ud800"), {
      maxLength: 60
    })
    .map((parts) => parts.join(""))
)

describe("visibleText", () => {
  it("shows what would act or hide", () => {
    expect(visibleText("a\x1b[2J\x07\x7f")).toBe("a^[[2J^G^?")
    expect(visibleText("\u009b31m")).toBe("<U+009B>31m")
    expect(visibleText("safe\u202egpj.exe\u2066\u200b\ufeff\u2028")).toBe(
      "safe<U+202E>gpj.exe<U+2066><U+200B><U+FEFF><U+2028>"
    )
    expect(visibleText("half \ud83d pair")).toBe("half \ufffd pair")
    expect(visibleText("tag\u{e0041}")).toBe("tag<U+E0041>")
  })

  it("leaves text alone that is seen as it is", () => {
    const plain = "echo 'é 会議 🚀 👩‍🚀 می‌خواهم'"
    expect(visibleText(plain)).toBe(plain)
  })

  it("expands tabs to stops of eight columns, by cells", () => {
    expect(visibleText("\tx")).toBe("        x")
    expect(visibleText("会\tx")).toBe("会      x")
    expect(visibleText("\x01\tx")).toBe("^A      x")
  })

  it("leaves no control character, and nothing for a second pass", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const shown = visibleText(raw)
        expect(shown).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u)
        expect(visibleText(shown)).toBe(shown)
      })
    )
  })
})

describe("cutting", () => {
  it("never splits a wide character and keeps combining ones with their base", () => {
    expect(headCells("会議", 3)).toBe("会")
    expect(tailCells("会議", 3)).toBe("議")
    expect(headCells("e\u0301x", 1)).toBe("e\u0301")
    expect(tailCells("xe\u0301", 1)).toBe("e\u0301")
  })

  it("fits the width, with the ellipsis inside it", () => {
    expect(truncateText("abcdef", 4)).toBe("abc…")
    expect(truncateText("abcd", 4)).toBe("abcd")
    expect(truncateMiddle("abcdefgh", 5)).toBe("ab…gh")
    expect(truncateText("abc", 0)).toBe("")
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 30 }), (raw, width) => {
        const shown = visibleText(raw)
        expect(textWidth(truncateText(shown, width))).toBeLessThanOrEqual(width)
        expect(textWidth(truncateMiddle(shown, width))).toBeLessThanOrEqual(width)
      })
    )
  })
})

describe("wrapText", () => {
  it("keeps words whole and drops no blank", () => {
    expect(wrapText("one two three", 7, 7)).toEqual(["one two ", "three"])
    expect(wrapText("one two three", 5, 9)).toEqual(["one ", "two three"])
    expect(wrapText("abcdefghij k", 4, 4)).toEqual(["abcd", "efgh", "ij k"])
    expect(wrapText("abcd ", 4, 4)).toEqual(["abcd "])
    expect(wrapText("", 4, 4)).toEqual([""])
  })

  it("loses nothing and fits, at any width", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 30 }), (raw, first, rest) => {
        const shown = visibleText(raw)
        const rows = wrapText(shown, first, rest)
        expect(rows.join("")).toBe(shown)
        for (const [index, row] of rows.entries())
          expect(textWidth(row.replace(/ $/, ""))).toBeLessThanOrEqual(index === 0 ? first : rest)
      })
    )
  })
})
