import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BlockOutput } from "../../../src/terminal/BlockOutput.ts"
import { CellReader } from "../../../src/terminal/CellRow.ts"
import { linkOf, sgrOf } from "../../../src/terminal/CellStyle.ts"
import { plain } from "../../../src/terminal/sanitise.ts"
import { linkRows } from "../../../src/ui/blocks/linkRows.ts"

const outputOf = (...lines: ReadonlyArray<string>) => BlockOutput.fromLines(lines, { lines: 0, bytes: 0, headLines: 0 })

const reader = new CellReader("truecolor")

/** The linked stretches of rows, as `row: text -> address`. */
const linksIn = (rows: ReadonlyArray<string>): ReadonlyArray<string> =>
  rows.flatMap((row, index) => {
    const { chars, styles } = reader.text(row)
    const found = new Map<string, string>()
    for (const [column, style] of styles.entries())
      if (linkOf(style) !== "") found.set(linkOf(style), (found.get(linkOf(style)) ?? "") + chars[column]!)
    return [...found].map(([address, text]) => `${index}: ${text} -> ${address}`)
  })

const linked = (width: number, first: number, count: number, ...lines: ReadonlyArray<string>) => {
  const output = outputOf(...lines)
  return linksIn(linkRows(output, width, first, output.rows(width, first, count)))
}

describe("addresses in an output", () => {
  it("are links without the punctuation around them", () => {
    expect(linked(80, 0, 9, "(see https://a.io/x_(y)), http://b.io.", "nothing: //here")).toEqual([
      "0: https://a.io/x_(y) -> https://a.io/x_(y)",
      "0: http://b.io -> http://b.io"
    ])
  })

  it("are one link over the rows that they take, whichever of them are in view", () => {
    const url = `https://example.org/${"path/".repeat(5)}`
    const line = `at ${url} end`
    const pieces = [url.slice(0, 17), url.slice(17, 37), url.slice(37)].map((text) => `${text} -> ${url}`)
    expect(linked(20, 0, 9, line)).toEqual(pieces.map((piece, row) => `${row}: ${piece}`))
    expect(linked(20, 1, 1, line)).toEqual([`0: ${pieces[1]}`])
    expect(linked(20, 2, 1, line)).toEqual([`0: ${pieces[2]}`])
    expect(linked(20, 0, 1, line)).toEqual([`0: ${pieces[0]}`])
    expect(linked(20, 1, 1, "x", line)).toEqual([`0: ${pieces[0]}`])
  })

  it("stay what a program has made of them", () => {
    const own = "\x1b]8;;https://own.io\x1b\\https://shown.io/a\x1b]8;;\x1b\\"
    const part = "https://a.io/\x1b]8;;https://own.io\x1b\\part\x1b]8;;\x1b\\"
    expect(linked(80, 0, 9, own, part)).toEqual([
      "0: https://shown.io/a -> https://own.io",
      "1: part -> https://own.io"
    ])
  })

  it("have no other scheme, and only letters that an address may have", () => {
    expect(
      linked(80, 0, 9, "file:///etc/passwd ssh://h/x javascript://x/%0aalert(1) data://x", "https://日本.jp/あ 漢")
    ).toEqual(["1: https://日本.jp/あ -> https://xn--wgv71a.jp/%E3%81%82"])
    expect(linked(80, 0, 1, `https://x.io/${"a".repeat(3_000)}`)).toEqual([])
  })

  it("are looked for again only when the output or the view of it has changed", () => {
    const output = outputOf("https://a.io")
    const rows = () => output.rows(80, 0, 1)
    expect(linkRows(output, 80, 0, rows())).toBe(linkRows(output, 80, 0, rows()))
    expect(linkRows(output, 79, 0, rows())).not.toBe(linkRows(output, 80, 0, rows()))
  })

  it("change neither the text nor the looks of any row", () => {
    const piece = fc.constantFrom(
      "https://a.io/",
      "b",
      " ",
      "\x1b[31m",
      "\x1b[0m",
      "漢",
      "\t",
      "e\u0301",
      ")",
      "\x1b]8;;https://o.io\x1b\\",
      "\x1b]8;;\x1b\\"
    )
    const line = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""))
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 4 }),
        fc.integer({ min: 2, max: 40 }),
        fc.nat(5),
        (lines, width, first) => {
          const output = outputOf(...lines)
          const rows = output.rows(width, first, 6)
          const after = linkRows(output, width, first, rows)
          expect(after.map(plain)).toEqual(rows.map(plain))
          const looks = (row: string) => reader.text(row).styles.map(sgrOf)
          expect(after.map(looks)).toEqual(rows.map(looks))
        }
      )
    )
  })
})
