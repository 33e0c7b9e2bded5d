import * as fc from "fast-check"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { fitCells, sliceCells, styledWidth } from "../../../src/terminal/cells.ts"
import { edit } from "../../../src/ui/editor/bufferCommands.ts"
import { asciiGutter, type EditorLayoutInput, layoutEditor } from "../../../src/ui/editor/editorLayout.ts"
import { boundaryAtOrAfter } from "../../../src/ui/editor/graphemes.ts"
import { makeTextBuffer, pasteText, typeText } from "../../../src/ui/editor/TextBuffer.ts"
import { nastyText } from "./nastyText.ts"

/** The layout with `|` where the cursor is, styles left out. */
const draw = (text: string, options: Partial<EditorLayoutInput> = {}): ReadonlyArray<string> => {
  const cursor = text.indexOf("|")
  const layout = layoutEditor({
    text: text.replace("|", ""),
    cursor: cursor === -1 ? text.length : cursor,
    prompt: "$ ",
    width: 20,
    maxRows: 10,
    ...options
  })
  return layout.rows.map((row, i) => {
    const plain = stripAnsi(row)
    if (i !== layout.cursor.row) return plain
    const { column } = layout.cursor
    return `${fitCells(plain, column)}|${sliceCells(plain, column, 1000)}`
  })
}

describe("rows of the editor", () => {
  it("follow the prompt, newlines marked and wraps indented", () => {
    expect(draw("echo one\ntwo words|\n")).toEqual(["$ echo one", "│ two words|", "│ "])
    expect(draw("0123456789012345678901234567890123456789|")).toEqual([
      "$ 012345678901234567",
      "  890123456789012345",
      "  6789|"
    ])
  })

  it("give the cursor a cell of its own behind a full row", () => {
    expect(draw("012345678901234567|")).toEqual(["$ 012345678901234567", "  |"])
    expect(draw("012345678901234567|\nx")).toEqual(["$ 012345678901234567", "  |", "│ x"])
  })

  it("never split a wide character", () => {
    expect(draw("01234567890123456字|")).toEqual(["$ 01234567890123456", "  字|"])
  })

  it("show tabs as blanks, controls as ^X, and what would hide or reorder as its number", () => {
    expect(draw("a\tb\n\tc|", { width: 40 })).toEqual(["$ a       b", "│         c|"])
    expect(draw("\x01\x1b[m\x7f\x9b\u202e\u200b|", { width: 40 })).toEqual(["$ ^A^[[m^?<9b><202e><200b>|"])
    expect(layoutEditor({ text: "\x1b[2J", cursor: 0, prompt: "", width: 40, maxRows: 1 }).rows[0]).toBe(
      "\x1b[7m^[\x1b[27m[2J"
    )
  })

  it("underline parts of the text, across wraps and newlines, and nothing else", () => {
    const rowsOf = (text: string, parts: ReadonlyArray<readonly [number, number]>, width = 20) =>
      layoutEditor({
        text,
        cursor: 0,
        prompt: "$ ",
        width,
        maxRows: 10,
        underlined: parts.map(([start, end]) => ({ start, end }))
      }).rows
    expect(
      rowsOf("diff @prev @last", [
        [5, 10],
        [11, 16]
      ])
    ).toEqual(["$ diff \x1b[4m@prev\x1b[24m \x1b[4m@last\x1b[24m"])
    expect(
      rowsOf("@b1\ncat @b1", [
        [0, 3],
        [8, 11]
      ])
    ).toEqual(["$ \x1b[4m@b1\x1b[24m", expect.stringMatching(/cat \x1b\[4m@b1\x1b\[24m$/)])
    // Where the row breaks the underline ends and begins again.
    expect(
      rowsOf("01234567 @name", [[9, 14]], 14).map((row) => row.replace(/\x1b\[4m/g, "<").replace(/\x1b\[24m/g, ">"))
    ).toEqual(["$ 01234567 <@na>", "  <me>"])
    expect(rowsOf("echo @last", [])).toEqual(["$ echo @last"])
  })

  it("end with what stands to the right while the text leaves room, on the first row only", () => {
    const right = { rightPrompt: "\x1b[31m12:00\x1b[0m" }
    expect(draw("|", right)).toEqual(["$ |             12:00"])
    expect(draw("0123456789字|", right)).toEqual(["$ 0123456789字| 12:00"])
    expect(draw("0123456789字1|", right)).toEqual(["$ 0123456789字1|"])
    expect(draw("a|\nb", right)).toEqual(["$ a|", "│ b"])
    expect(draw("ls|", { ...right, prompt: "a/very/long/path$ " })).toEqual([
      "a/very/long/path$ ",
      "ls|             12:00"
    ])
  })

  it("put the text below a prompt that leaves no room, and cut one that is too wide", () => {
    expect(draw("ls|", { prompt: "a/very/long/path$ " })).toEqual(["a/very/long/path$ ", "ls|"])
    expect(draw("ls|", { prompt: `${"x".repeat(30)}$ ` })).toEqual(["x".repeat(20), "ls|"])
  })

  it("carry a prompt's style from line to line, and no further", () => {
    const { rows } = layoutEditor({ text: "x", cursor: 1, prompt: "\x1b[1;32m~\n$ ", width: 20, maxRows: 5 })
    expect(rows).toEqual(["\x1b[1;32m~\x1b[0m", "\x1b[1;32m$ \x1b[0mx"])
  })

  it("show a suggestion dim behind the text, as far as the row has room, while the cursor is there", () => {
    expect(draw("git |", { suggestion: "push" })).toEqual(["$ git |push"])
    expect(draw("gi|t", { suggestion: " push" })).toEqual(["$ gi|t"])
    expect(draw("echo |", { suggestion: "a suggestion too long" })).toEqual(["$ echo |a suggestion…"])
    expect(draw("for |", { suggestion: "i in 1\ndo" })).toEqual(["$ for |i in 1…"])
    expect(draw("x|", { suggestion: "\x1b[2J会議" })).toEqual(["$ x|^[[2J会議"])
    expect(draw("012345678901234567|", { suggestion: "8" })).toEqual(["$ 012345678901234567", "  |8"])
    const { rows, cursor } = layoutEditor({
      text: "git",
      cursor: 3,
      prompt: "$ ",
      width: 20,
      maxRows: 5,
      suggestion: " push"
    })
    expect(rows).toEqual(["$ git\x1b[2m push\x1b[0m"])
    expect(cursor).toEqual({ row: 0, column: 5 })
  })

  it("show a placeholder only while there is no text", () => {
    expect(draw("|", { placeholder: "type a command, or ? for help" })).toEqual(["$ |type a command, or"])
    expect(draw("x|", { placeholder: "type" })).toEqual(["$ x|"])
  })
})

describe("a text longer than its rows", () => {
  const text = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n")
  const at = (line: number) => text.indexOf(`line ${line}`)
  const view = (cursor: number, top?: number) => {
    const layout = layoutEditor({ text, cursor, prompt: "~/src\n$ ", width: 20, maxRows: 5, top })
    return { ...layout, plain: layout.rows.map((row) => stripAnsi(row).trimEnd()) }
  }

  it("shows the rows around the cursor and says where there are more", () => {
    expect(view(text.length).plain).toEqual(["↑ line 25", "│ line 26", "│ line 27", "│ line 28", "│ line 29"])
    expect(view(at(0)).plain).toEqual(["~/src", "$ line 0", "│ line 1", "│ line 2", "↓ line 3"])
    expect(view(at(10)).plain).toEqual(["↑ line 6", "│ line 7", "│ line 8", "│ line 9", "↓ line 10"])
    expect(view(at(10)).more).toEqual({ above: true, below: true })
  })

  it("moves only as far as the cursor needs", () => {
    const bottom = view(text.length)
    const still = view(at(26), bottom.top)
    expect(still).toMatchObject({ top: bottom.top, cursor: { row: 1, column: 2 } })
    const up = view(at(20), still.top)
    expect(up).toMatchObject({ cursor: { row: 0, column: 2 } })
    expect(up.plain[0]).toBe("↑ line 20")
    expect(view(at(24), up.top).plain).toEqual(up.plain)
  })

  it("fills its rows when the text gets shorter", () => {
    const { top } = view(text.length)
    const layout = layoutEditor({ text: "one\ntwo", cursor: 7, prompt: "$ ", width: 20, maxRows: 5, top })
    expect(layout.rows.map(stripAnsi)).toEqual(["$ one", "│ two"])
  })

  it("is marked in ASCII where there is nothing else", () => {
    const { rows } = layoutEditor({ text, cursor: at(10), prompt: "", width: 20, maxRows: 3, signs: asciiGutter })
    expect(rows.map((row) => stripAnsi(row)[0])).toEqual(["^", "|", "v"])
  })
})

const inputs = fc.record({
  text: nastyText,
  place: fc.nat(),
  prompt: fc.constantFrom("", "$ ", "\x1b[32muser@host\x1b[0m:~/src\n❯ ", "漢字> ", "a long prompt indeed > "),
  width: fc.integer({ min: 8, max: 40 }),
  maxRows: fc.integer({ min: 1, max: 8 })
})

describe("any text in any width", () => {
  it("gives rows no wider than the screen, and a cursor on it", () => {
    fc.assert(
      fc.property(inputs, ({ maxRows, place, prompt, text, width }) => {
        const cursor = boundaryAtOrAfter(text, place % (text.length + 1))
        const layout = layoutEditor({ text, cursor, prompt, width, maxRows })
        expect(layout.rows.length).toBeGreaterThan(0)
        expect(layout.rows.length).toBeLessThanOrEqual(maxRows)
        for (const row of layout.rows) {
          expect(styledWidth(row)).toBeLessThanOrEqual(width)
          expect(row).not.toMatch(/[\n\t]/)
          expect(stripAnsi(row)).not.toMatch(/[\0-\x1f\x7f-\x9f]/)
        }
        expect(layout.cursor.row).toBeLessThan(layout.rows.length)
        expect(layout.cursor.column).toBeLessThan(width)
      }),
      { numRuns: 1000 }
    )
  })

  it("puts the cursor at the character it stands before", () => {
    // Every character has its own letter, so the cell under the cursor names the offset.
    const lettered = fc
      .array(fc.constantFrom("", "\n", "\t", "字", "e\u0301", "\x01"), { maxLength: 40 })
      .map((pieces) => pieces.map((piece, i) => piece + String.fromCodePoint(0x4e00 + i)).join(""))
    fc.assert(
      fc.property(lettered, inputs, (text, { maxRows, place, prompt, width }) => {
        const marks = [...text.matchAll(/[\u4e00-\u4e30]/g)]
        fc.pre(marks.length > 0)
        const mark = marks[place % marks.length]!
        const { cursor, rows } = layoutEditor({ text, cursor: mark.index, prompt, width, maxRows })
        expect(stripAnsi(sliceCells(rows[cursor.row]!, cursor.column, cursor.column + 2))).toBe(mark[0])
      }),
      { numRuns: 1000 }
    )
  })

  it("shows a window of the whole, wherever the view was before", () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: -3, max: 60 }), ({ maxRows, place, prompt, text, width }, top) => {
        const cursor = boundaryAtOrAfter(text, place % (text.length + 1))
        const signs = { line: " ", above: " ", below: " ", cut: "~" }
        const whole = layoutEditor({ text, cursor, prompt, width, maxRows: 1000, signs })
        const part = layoutEditor({ text, cursor, prompt, width, maxRows, signs, top })
        const plain = (rows: ReadonlyArray<string>) => rows.map((row) => stripAnsi(row).trimEnd())
        const offset = whole.cursor.row - part.cursor.row
        expect(plain(part.rows)).toEqual(plain(whole.rows.slice(offset, offset + part.rows.length)))
        expect(part.rows.length).toBe(Math.min(maxRows, whole.rows.length))
        expect(part.cursor.column).toBe(whole.cursor.column)
        expect(part.more).toEqual({ above: offset > 0, below: offset + part.rows.length < whole.rows.length })
      }),
      { numRuns: 1000 }
    )
  })
})

describe("a line of any length", () => {
  it("wraps the same from every cursor, and as if it were laid out at once", () => {
    const text = Array.from({ length: 5000 }, (_, i) => String(i % 10)).join("")
    const rowOf = (cursor: number) => {
      const { cursor: cell, rows } = layoutEditor({ text, cursor, prompt: "$ ", width: 20, maxRows: 3 })
      return { row: stripAnsi(rows[cell.row]!), column: cell.column }
    }
    for (const cursor of [0, 17, 18, 19, 1169, 1170, 1171, 2322, 4999]) {
      const row = Math.floor(cursor / 18)
      expect(rowOf(cursor)).toEqual({
        row: expect.stringContaining(text.slice(row * 18, row * 18 + 18)),
        column: 2 + (cursor % 18)
      })
    }
  })

  it("ends where a chunk would begin", () => {
    // 18 cells behind the prompt and 64 rows of 18.
    const text = "x".repeat(18 + 64 * 18)
    const full = "x".repeat(18)
    expect(draw(`${text}|\nnext`, { maxRows: 3 })).toEqual([`↑ ${full}`, `  ${full}`, "↓ |"])
    expect(draw(`${text}x|\nnext`, { maxRows: 3 })).toEqual([`↑ ${full}`, `  ${full}`, "↓ x|"])
    expect(draw(`${text}\nnext|`, { maxRows: 3 })).toEqual([`↑ ${full}`, "  ", "│ next|"])
  })

  it("ends a chunk that a wide character straddles without losing or doubling one", () => {
    const text = "字a".repeat(2000)
    const seen: Array<string> = []
    for (let cursor = 0; cursor < text.length; cursor++) {
      const { cursor: cell, rows } = layoutEditor({ text, cursor, prompt: "", width: 17, maxRows: 1 })
      seen.push(stripAnsi(sliceCells(rows[0]!, cell.column, cell.column + (cursor % 2 === 0 ? 2 : 1))))
    }
    expect(seen.join("")).toBe(text)
  })
})

describe("a megabyte", () => {
  // Looking at all of it once per key would take minutes: the test's time limit is the assertion.
  it.each([
    ["one line of ASCII", "0123456789 abcdef".repeat(62_000)],
    ["one line of ideographs", "漢字".repeat(500_000)],
    ["short lines", "echo hello\n".repeat(95_000)]
  ])("of %s is edited key by key", (_, text) => {
    let buffer = pasteText(makeTextBuffer(), text)
    buffer = edit(edit(buffer, "backward-word"), "backward-char")
    let top: number | undefined
    for (let key = 0; key < 300; key++) {
      buffer = key % 3 === 2 ? edit(buffer, "backward-delete-char") : typeText(buffer, "x")
      top = layoutEditor({ text: buffer.text, cursor: buffer.cursor, prompt: "$ ", width: 80, maxRows: 10, top }).top
    }
    expect(buffer.text.length).toBe(text.length + 100)
    const { cursor, rows } = layoutEditor({
      text: buffer.text,
      cursor: buffer.cursor,
      prompt: "$ ",
      width: 80,
      maxRows: 10,
      top
    })
    expect(stripAnsi(rows[cursor.row]!)[cursor.column - 1]).toBe("x")
  })
})
