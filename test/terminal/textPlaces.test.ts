import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { charWidth, styledWidth } from "../../src/terminal/cells.ts"
import { wrapLine } from "../../src/terminal/lineLayout.ts"
import { plain } from "../../src/terminal/sanitise.ts"
import { cellOfOffset, offsetOfCell, paintCells } from "../../src/terminal/textPlaces.ts"

const character = fc.constantFrom("a", "b", " ", "\t", "漢", "é", "🚀", "e\u0301")
const text = fc.array(character, { maxLength: 40 }).map((characters) => characters.join(""))
const width = fc.integer({ min: 2, max: 24 })

const rowsOf = (line: string, columns: number): ReadonlyArray<string> => {
  const bytes = Buffer.from(line)
  return wrapLine(bytes, 0, bytes.length, columns)
}

/** The character that a row shows from a cell on. */
const shownAt = (row: string, column: number): string => {
  let cell = 0
  for (const char of row) {
    const cells = charWidth(char.codePointAt(0)!)
    if (cell === column && cells > 0) return char
    cell += cells
  }
  return ""
}

describe("a character's place", () => {
  it("is the cell in which the line's rows show it", () => {
    fc.assert(
      fc.property(text, width, (line, columns) => {
        const rows = rowsOf(line, columns)
        for (let offset = 0; offset < line.length; offset++) {
          const char = String.fromCodePoint(line.codePointAt(offset)!)
          if (charWidth(char.codePointAt(0)!) === 0 || char.trim() === "") continue
          const { row, column } = cellOfOffset(line, offset, columns)
          expect(shownAt(rows[row] ?? "", column)).toBe(char)
          if (char.length === 2) offset++
        }
      })
    )
  })

  it("is found again from its cell", () => {
    fc.assert(
      fc.property(text, width, (line, columns) => {
        for (let offset = 0; offset < line.length; offset++) {
          const codePoint = line.codePointAt(offset)!
          if (charWidth(codePoint) === 0) continue
          expect(offsetOfCell(line, cellOfOffset(line, offset, columns), columns)).toBeGreaterThanOrEqual(offset)
          if (codePoint > 0xffff) offset++
        }
      })
    )
  })

  it("goes back to the last character where the cell is past the end", () => {
    expect(offsetOfCell("abc", { row: 0, column: 9 }, 10)).toBe(2)
    expect(offsetOfCell("abcdef", { row: 1, column: 0 }, 4)).toBe(4)
    expect(offsetOfCell("漢字", { row: 0, column: 3 }, 10)).toBe(1)
  })
})

describe("painting cells anew", () => {
  const mark = (row: string, from: number, to: number): string => paintCells(row, from, to, (cells) => `<${cells}>`)

  it("leaves the text and the looks around it as they are", () => {
    const painted = mark("\x1b[31mabcdef\x1b[0m gh", 2, 4)
    expect(plain(painted)).toBe("ab<cd>ef gh")
    expect(painted.endsWith("<cd>\x1b[31mef\x1b[0m gh")).toBe(true)
  })

  it("gives the text without the looks it had", () => {
    const given: Array<string> = []
    paintCells("a\x1b[1mb\x1b[32mc\x1b[0md", 0, 4, (cells) => {
      given.push(cells)
      return cells
    })
    expect(given).toEqual(["abcd"])
  })

  it("takes the look that holds behind the stretch, not the one before it", () => {
    expect(mark("\x1b[31mab\x1b[0m\x1b[32mcd", 0, 3)).toMatch(/<abc>\x1b\[32md$/)
    expect(mark("\x1b[31mab\x1b[0mcd", 0, 2)).toMatch(/<ab>cd$/)
  })

  it("fills with blanks what a row does not have", () => {
    expect(plain(mark("ab", 4, 6))).toBe("ab  <  >")
    expect(plain(mark("", 0, 1))).toBe("< >")
    expect(plain(mark("abc", 2, 5))).toBe("ab<c  >")
  })

  it("paints a wide character whole", () => {
    expect(plain(mark("a漢b", 1, 2))).toBe("a<漢>b")
    expect(plain(mark("a漢b", 2, 3))).toBe("a<漢>b")
  })

  it("keeps the width and the text of every row", () => {
    const styled = fc
      .array(
        fc.oneof(
          character.filter((char) => char !== "\t"),
          fc.constantFrom("\x1b[31m", "\x1b[0m", "\x1b[1;4m")
        )
      )
      .map((parts) => parts.join(""))
    fc.assert(
      fc.property(styled, fc.nat(12), fc.nat(12), (row, from, length) => {
        const painted = paintCells(row, from, from + length, (cells) => cells)
        expect(plain(painted).trimEnd()).toBe(plain(row).trimEnd())
        expect(styledWidth(painted)).toBeGreaterThanOrEqual(styledWidth(row))
      })
    )
  })
})
