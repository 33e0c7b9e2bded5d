/**
 * Terminals count some characters otherwise than we do. Whatever they make of them: what stands beside and after is in its
 * columns, in the first picture and after every change of it.
 */

import type { IUnicodeVersionProvider } from "@xterm/headless"
import * as fc from "fast-check"
import stringWidth from "string-width"
import { describe, expect, it } from "vitest"
import { CellReader, type CellRow, CellRowBuilder, EMPTY_ROW } from "../../src/terminal/CellRow.ts"
import { Presenter } from "../../src/terminal/Presenter.ts"
import { patchRow } from "../../src/terminal/rowPatch.ts"
import { type Ambiguity, isSure, reachOf } from "../../src/terminal/sureWidths.ts"
import { Emulator } from "../harness/Emulator.ts"
import { tmux } from "../harness/tmux.ts"
import { itWith } from "../harness/tools.ts"
import { cluster } from "./clusters.ts"

const COLUMNS = 40

/** xterm.js' packing of what a character is: state from bit 3, width in bits 1 and 2, whether it joins in bit 0. */
const property = (state: number, width: number, joins: boolean): number => (state << 3) | (width << 1) | Number(joins)
const widthIn = (value: number): number => (value >> 1) & 3

/** A terminal of a CJK desktop: what is ambiguous is wide. Nothing joins but marks. */
const ambiguousWide: IUnicodeVersionProvider = {
  version: "ambiguous",
  wcwidth: (codePoint) =>
    Math.min(2, stringWidth(String.fromCodePoint(codePoint), { ambiguousIsNarrow: false })) as 0 | 1 | 2,
  charProperties(codePoint, preceding) {
    const width = this.wcwidth(codePoint)
    return width === 0 ? property(0, widthIn(preceding), preceding !== 0) : property(0, width, false)
  }
}

const [PLAIN, JOINER, REGIONAL] = [0, 1, 2]

/** A terminal that draws clusters: selectors widen, joiners, skin tones and halves of flags join what is before them. */
const clustering: IUnicodeVersionProvider = {
  version: "clustering",
  wcwidth: (codePoint) => Math.min(2, stringWidth(String.fromCodePoint(codePoint))) as 0 | 1 | 2,
  charProperties(codePoint, preceding) {
    const state = preceding >> 3
    const before = widthIn(preceding)
    if (codePoint === 0xfe0f && before > 0) return property(PLAIN, 2, true)
    if (codePoint === 0xfe0e && before > 0) return property(PLAIN, before, true)
    if (codePoint === 0x200d && before > 0) return property(JOINER, before, true)
    const regional = codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff
    const skin = codePoint >= 0x1f3fb && codePoint <= 0x1f3ff
    if (before > 0 && (state === JOINER || skin || (regional && state === REGIONAL))) return property(PLAIN, 2, true)
    const width = this.wcwidth(codePoint)
    if (width === 0) return property(PLAIN, before, before > 0)
    return property(regional ? REGIONAL : PLAIN, width, false)
  }
}

/** Terminals by their tables, and what they are told about ambiguous widths. */
const TERMINALS: ReadonlyArray<readonly [name: string, ambiguity: Ambiguity, table: string | IUnicodeVersionProvider]> =
  [
    ["Unicode 6", "narrow", "6"],
    ["Unicode 11", "narrow", "11"],
    ["clusters", "narrow", clustering],
    ["ambiguous is wide", "either", ambiguousWide],
    ["Unicode 6 in a CJK locale", "either", "6"]
  ]

/** A presenter on an emulated terminal, and a surface that fills it. */
const outer = (table: string | IUnicodeVersionProvider, ambiguity: Ambiguity, rows: number) => {
  const emulator = new Emulator({ cols: COLUMNS, rows, scrollback: 0 })
  const { unicode } = emulator.xterm
  if (typeof table !== "string") unicode.register(table)
  unicode.activeVersion = typeof table === "string" ? table : table.version
  emulator.write("\x1b[?1049h\x1b[?7l")
  const written: Array<string> = []
  const presenter = new Presenter({
    columns: COLUMNS,
    rows,
    colorDepth: "truecolor",
    ambiguity,
    output: {
      write: (data, done) => {
        written.push(data)
        emulator.write(data)
        done()
      },
      cursorShape: () => ""
    },
    onError: (error) => {
      throw error.cause
    }
  })
  let shown: ReadonlyArray<string> = []
  presenter.add({ id: "rows", z: 0, rect: () => ({ x: 0, y: 0, width: COLUMNS, height: rows }), rows: () => shown })
  const show = async (texts: ReadonlyArray<string>): Promise<void> => {
    shown = texts
    presenter.invalidate()
    presenter.flush()
    await new Promise<void>((resolve) => emulator.write("", resolve))
  }
  return { emulator, show, written }
}

const reader = new CellReader("truecolor")

/** Columns of a row in which a terminal may show anything: its doubtful characters, and the blanks that those may cover. */
const freeColumns = (row: CellRow, ambiguity: Ambiguity): Set<number> => {
  const free = new Set<number>()
  for (const [column, char] of row.chars.entries()) {
    if (char === "" || isSure(char, ambiguity)) continue
    const cells = row.chars[column + 1] === "" ? 2 : 1
    for (let cell = 0; cell < Math.max(cells, reachOf(char, cells, ambiguity).most); cell++) {
      const at = column + cell
      if (cell < cells || (row.chars[at] ?? " ") === " ") free.add(at)
    }
  }
  return free
}

/** What a terminal shows in a cell: text, and background where that can be told. */
type Shown = (column: number, row: number) => { readonly char: string; readonly bg?: unknown }

/** Cells that are not what the rows say, where that is certain. */
const wrongCells = (shown: Shown, texts: ReadonlyArray<string>, ambiguity: Ambiguity): Array<string> => {
  const wrong: Array<string> = []
  for (const [y, text] of texts.entries()) {
    const row = new CellRowBuilder(COLUMNS)
    row.put(0, COLUMNS, reader.text(text))
    const free = freeColumns(row, ambiguity)
    for (let column = 0; column < COLUMNS; column++) {
      if (free.has(column)) continue
      const expected = row.chars[column] ?? " "
      const painted = (row.styles[column] ?? "") === "" ? "default" : 1
      const { char, bg = painted } = shown(column, y)
      if ((expected === "" ? "" : char) !== expected || bg !== painted) {
        wrong.push(`${y},${column}: ${JSON.stringify(char)} on ${bg}, not ${JSON.stringify(expected)} on ${painted}`)
      }
    }
  }
  return wrong
}

const RED = "\x1b[41m"
const piece = fc.oneof(
  { weight: 4, arbitrary: cluster },
  { weight: 3, arbitrary: fc.constantFrom("a", "bc", "word", "|", "你好", "é") },
  { weight: 2, arbitrary: fc.constantFrom(" ", "  ", "     ") },
  { weight: 1, arbitrary: fc.constantFrom(RED, "\x1b[0m") }
)
const rowText = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""))

/** Pictures one after the other; each row of a later one shares its start, its end or all with one before. */
const pictures = fc.array(rowText, { minLength: 2, maxLength: 5 }).chain((pool) =>
  fc.array(
    fc.array(
      fc
        .tuple(fc.constantFrom(...pool), piece, fc.constantFrom(...pool), fc.nat(3))
        .map(
          ([before, middle, after, kind]) => [before, before + middle, middle + after, before + middle + after][kind]!
        ),
      { minLength: 2, maxLength: 2 }
    ),
    { minLength: 1, maxLength: 6 }
  )
)

describe("on a terminal that counts otherwise", () => {
  it.each(TERMINALS)("%s: all else is in its columns, after partial repaints too", async (_, ambiguity, table) => {
    await fc.assert(
      fc.asyncProperty(pictures, async (sequence) => {
        const { emulator, show } = outer(table, ambiguity, 2)
        for (const texts of sequence) {
          await show(texts)
          expect(wrongCells((x, y) => emulator.cell(x, y), texts, ambiguity).join("\n")).toBe("")
        }
        emulator[Symbol.dispose]()
      }),
      { numRuns: 250 }
    )
  })
})

describe("what it costs", () => {
  const painted = (text: string, ambiguity: Ambiguity = "narrow") =>
    patchRow(0, COLUMNS, EMPTY_ROW, reader.text(text), { style: "" }, ambiguity)

  it.each(["plain text", "Größe, café – «oui»…", "Съешь ещё булок", "中文字符 한국어 日本語テキスト", "┌──┬──┐ ✓ ⚠ "])(
    "is nothing for %s",
    (text) => {
      expect(painted(text.trimEnd())).toBe(`\x1b[H${text.trimEnd()}`)
    }
  )

  it("is a cleared place and a position for an emoji, one position for a combined character", () => {
    expect(painted("a🚀b")).toBe("\x1b[Ha  \x1b[2G🚀\x1b[4Gb")
    expect(painted("ae\u0301b")).toBe("\x1b[Hae\u0301\x1b[3Gb")
    expect(painted("a❤️b")).toBe("\x1b[Ha❤b")
    // The blank beside a sign that may be wide is left to it.
    expect(painted("a· b", "either")).toBe("\x1b[Ha  \x1b[2G·\x1b[4Gb")
  })
})

/** Rows of a picture in tmux, the last one for its number. */
const TMUX_ROWS = 20
/** Pictures that follow one another in tmux. */
const TMUX_PICTURES = 4

describe("in tmux", () => {
  itWith(["tmux"], "all else is in its columns, after partial repaints too", async () => {
    // A fixed seed: a second emulator is slow, so it sees the same hundred rows each time.
    const rows = fc.sample(rowText, { seed: 20, numRuns: TMUX_ROWS * TMUX_PICTURES })
    const pictures = Array.from({ length: TMUX_PICTURES }, (_, at) =>
      Array.from({ length: TMUX_ROWS - 1 }, (_, y) => {
        const row = y * TMUX_PICTURES
        // The first part stays, the second changes.
        return rows[row]! + rows[row + at]!
      }).concat(`picture ${at}`)
    )
    const script = "stty -echo; printf '\\033[?1049h\\033[?7lready'; while read -r name; do cat \"$name\"; done"
    await using t = await tmux({ cols: COLUMNS, rows: TMUX_ROWS, program: ["sh", "-c", script] })
    await t.waitFor("ready")
    const { emulator, show, written } = outer("11", "narrow", TMUX_ROWS)
    for (const [at, picture] of pictures.entries()) {
      await show(picture)
      t.home.write(`picture.${at}`, written.splice(0).join(""))
      await t.type(`picture.${at}\n`)
      await t.waitFor(`picture ${at}`)
      const cells = await t.cells(COLUMNS, TMUX_ROWS)
      // Where nothing was written there is a blank; the right half of a wide character is not looked at.
      const shown: Shown = (column, y) => ({ char: cells[y]![column] || " " })
      expect(wrongCells(shown, picture, "narrow").join("\n")).toBe("")
    }
    emulator[Symbol.dispose]()
  })
})
