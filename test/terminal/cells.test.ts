import { describe, expect, it } from "vitest"
import { fitCells, sliceCells, styledWidth, textWidth } from "../../src/terminal/cells.ts"

describe("cells", () => {
  it("counts like the emulator: wide, combining, emoji", () => {
    expect([..."aé你🚀"].map(textWidth)).toEqual([1, 1, 2, 2])
    expect(textWidth("e\u0301")).toBe(1)
    expect(textWidth("❤️")).toBe(1)
  })

  it("ignores SGR and links in styled text", () => {
    expect(styledWidth("\x1b[1;31mred\x1b[0m \x1b]8;;https://e.org\x1b\\link\x1b]8;;\x1b\\")).toBe(8)
  })

  it("slices by column and carries the style in", () => {
    expect(sliceCells("\x1b[31mabcdef\x1b[0m", 2, 4)).toBe("\x1b[31mcd\x1b[0m")
    expect(sliceCells("abcdef", 2, 4)).toBe("cd")
    expect(sliceCells("abc", 5, 9)).toBe("")
  })

  it("turns half a wide character into a blank", () => {
    expect(sliceCells("你好", 1, 3)).toBe("  ")
    expect(sliceCells("a你b", 0, 2)).toBe("a ")
  })

  it("keeps combining characters with their cell", () => {
    expect(sliceCells("ae\u0301b", 1, 2)).toBe("e\u0301")
    expect(sliceCells("ae\u0301b", 2, 3)).toBe("b")
  })

  it("drops the style that ended before the slice", () => {
    expect(sliceCells("\x1b[31mab\x1b[0mcd\u00e9", 2, 5)).toBe("cd\u00e9")
  })

  it("fits exactly", () => {
    expect(fitCells("ab", 4)).toBe("ab  ")
    expect(fitCells("你好吗", 5)).toBe("你好 ")
    expect(styledWidth(fitCells("\x1b[1m你好吗", 5))).toBe(5)
  })
})
