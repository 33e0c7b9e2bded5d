import { Unicode11Addon } from "@xterm/addon-unicode11"
import xtermHeadless, { type IUnicodeVersionProvider } from "@xterm/headless"
import * as fc from "fast-check"
import stringWidth from "string-width"
import { describe, expect, it } from "vitest"
import { CellReader } from "../../src/terminal/CellRow.ts"
import { charWidth, styledWidth, textWidth } from "../../src/terminal/cells.ts"
import { Emulator } from "../../src/terminal/Emulator.ts"
import { LINE_START, measure, wrapLine } from "../../src/terminal/lineLayout.ts"
import { isInRanges, NEVER_WIDE, NEWER_WIDE, NEWER_ZERO } from "../../src/terminal/newerWidths.ts"
import { ProgramTalk } from "../../src/terminal/ProgramTalk.ts"
import { ambiguityOf, isSure, isSureMark } from "../../src/terminal/sureWidths.ts"
import { initialModes } from "../../src/terminal/TerminalModes.ts"
import { visibleText } from "../../src/ui/blocks/visibleText.ts"
import { showCluster } from "../../src/ui/editor/display.ts"
import { nextBoundary } from "../../src/ui/editor/graphemes.ts"
import { cluster } from "./clusters.ts"

const LAST_CODE_POINT = 0x10ffff
const UNASSIGNED = /^[\p{Cn}\p{Cs}]$/u

/** Every code point that is assigned, controls left out. */
const assigned = (): Array<number> => {
  const found: Array<number> = []
  for (let codePoint = 0xa0; codePoint <= LAST_CODE_POINT; codePoint++) {
    if (!UNASSIGNED.test(String.fromCodePoint(codePoint))) found.push(codePoint)
  }
  return found
}

const name = (codePoint: number): string => `U+${codePoint.toString(16).toUpperCase()}`

/** xterm.js' own two tables. */
const xtermTables = (): { readonly 6: IUnicodeVersionProvider; readonly 11: IUnicodeVersionProvider } => {
  const terminal = new xtermHeadless.Terminal({ allowProposedApi: true })
  terminal.loadAddon(new Unicode11Addon())
  const core = terminal as unknown as {
    readonly _core: { readonly unicodeService: { readonly _providers: Record<string, IUnicodeVersionProvider> } }
  }
  const { _providers: providers } = core._core.unicodeService
  return { 6: providers["6"]!, 11: providers["11"]! }
}

/** Wider than any text here. */
const COLUMNS = 2_000

const emulator = (): Emulator =>
  new Emulator({
    columns: COLUMNS,
    rows: 1,
    modes: initialModes(),
    talk: new ProgramTalk({ onReply: () => {}, onRequest: () => {} }),
    onLine: () => {}
  })

const reader = new CellReader("truecolor")

/** Cells of a text by each of those who count them. The mark at its start keeps it from beginning with a combining one. */
const counted = (text: string, terminal: Emulator) => {
  const line = `|${text}|`
  terminal.write(`\r\x1b[2K${line}`)
  const screen = terminal.screen()
  const bytes = Buffer.from(line)
  return {
    table: textWidth(line),
    styled: styledWidth(`\x1b[1m${line}\x1b[0m`),
    emulator: screen.cursor?.column,
    layout: measure(bytes, 0, bytes.length, COLUMNS, LINE_START).column,
    row: reader.text(wrapLine(bytes, 0, bytes.length, COLUMNS)[0]!).chars.length,
    emulatorRow: reader.text(screen.rows[0]!).chars.length
  }
}

/** The same number for all. */
const agreed = (text: string): ReturnType<typeof counted> => {
  const width = textWidth(text) + 2
  return { table: width, styled: width, emulator: width, layout: width, row: width, emulatorRow: width }
}

/** Clusters of a text as the editor shows them: the cells it counts, and those of the row that is painted. */
const edited = (text: string): Array<{ readonly counts: number; readonly paints: number }> => {
  const found = []
  for (let at = 0; at < text.length; at = nextBoundary(text, at)) {
    const shown = showCluster(text.slice(at, nextBoundary(text, at)), 0, COLUMNS)
    found.push({ counts: shown.width, paints: reader.text(`|${shown.text}`).chars.length - 1 })
  }
  return found
}

describe("one table of widths", () => {
  it("gives every assigned code point the same cells in emulator, layout, rows and painted screen", () => {
    const terminal = emulator()
    const all = assigned()
    expect(all.length).toBeGreaterThan(280_000)
    const wrong: Array<string> = []
    const BATCH = 200
    for (let from = 0; from < all.length; from += BATCH) {
      const batch = all.slice(from, from + BATCH)
      const text = batch.map((codePoint) => `|${String.fromCodePoint(codePoint)}`).join("")
      const [got, want] = [counted(text, terminal), agreed(text)]
      if (JSON.stringify(got) === JSON.stringify(want)) continue
      for (const codePoint of batch) {
        const [one, all] = [counted(String.fromCodePoint(codePoint), terminal), agreed(String.fromCodePoint(codePoint))]
        if (JSON.stringify(one) !== JSON.stringify(all)) wrong.push(`${name(codePoint)} ${JSON.stringify(one)}`)
      }
    }
    terminal.dispose()
    expect(wrong).toEqual([])
  })

  it("gives every assigned code point the cells that the editor and the lists of sessions and blocks count", () => {
    const wrong: Array<string> = []
    for (const codePoint of assigned()) {
      const char = String.fromCodePoint(codePoint)
      const { width, text } = showCluster(char, 0, COLUMNS)
      if (reader.text(`|${text}`).chars.length !== width + 1) wrong.push(`editor ${name(codePoint)}`)
      const visible = visibleText(`|${char}`)
      if (reader.text(visible).chars.length !== textWidth(visible)) wrong.push(`list ${name(codePoint)}`)
    }
    expect(wrong).toEqual([])
  })

  it("counts sequences alike everywhere: families, flags, keycaps, skin tones, selectors, jamo, marks", () => {
    const terminal = emulator()
    fc.assert(
      fc.property(fc.array(cluster, { maxLength: 12 }), (clusters) => {
        const text = clusters.join("")
        expect(counted(text, terminal)).toEqual(agreed(text))
        for (const { counts, paints } of edited(text)) expect(paints).toBe(counts)
      }),
      { numRuns: 300 }
    )
    terminal.dispose()
  })

  it("keeps the columns of what follows a mark, wherever the mark stands", () => {
    const terminal = emulator()
    // Behind a change of looks, behind a movement, on an empty cell, after a wide character, at the start of a row.
    for (const [text, column] of [
      ["a\x1b[31m\u0301b", 1],
      ["a\x1b[1C\x1b[1D\u0301b", 1],
      ["\x1b[5G\u0301b", 4],
      ["你\x1b[m\u0301b", 2],
      ["\u0301b", 0],
      ["\u200d\u0301\ufe0fb", 0]
    ] as const) {
      terminal.write(`\r\x1b[2K${text}`)
      const screen = terminal.screen()
      expect([text, reader.text(screen.rows[0]!).chars.indexOf("b"), screen.cursor?.column]).toEqual([
        text,
        column,
        column + 1
      ])
    }
    terminal.dispose()
  })

  it("is Unicode 11's, as the emulator's addon has it, and Unicode 17's for what came later", () => {
    const { 11: unicode11 } = xtermTables()
    const wrong: Array<string> = []
    // Known to Unicode 11 as narrow; EastAsianWidth.txt made them wide in Unicode 16.
    const keptNarrow = [0x2630, 0x2637, 0x268a, 0x268f, 0x4dc0, 0x4dff, 0x1d300, 0x1d356, 0x1d360, 0x1d376]
    const SOFT_HYPHEN = 0xad
    for (const codePoint of assigned()) {
      const char = String.fromCodePoint(codePoint)
      let expected = unicode11.wcwidth(codePoint)
      if (expected === 1 && codePoint !== SOFT_HYPHEN) {
        if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(char)) expected = 0
        else if (stringWidth(char) === 2 && !isInRanges(keptNarrow, codePoint)) expected = 2
      }
      if (isInRanges(NEVER_WIDE, codePoint)) expected = 1
      if (charWidth(codePoint) !== expected)
        wrong.push(`${name(codePoint)} is ${charWidth(codePoint)}, not ${expected}`)
    }
    expect(wrong).toEqual([])
    for (const ranges of [NEWER_WIDE, NEWER_ZERO, NEVER_WIDE]) {
      expect(ranges.every((bound, i) => i === 0 || bound >= ranges[i - 1]!)).toBe(true)
      expect(ranges.every((bound) => unicode11.wcwidth(bound) !== charWidth(bound))).toBe(true)
    }
  })
})

describe("what terminals agree about", () => {
  it("is what Unicode 6, 11 and 17 agree about", () => {
    const { 6: unicode6, 11: unicode11 } = xtermTables()
    const wrong: Array<string> = []
    for (let unit = 0x20; unit <= 0xffff; unit++) {
      const char = String.fromCharCode(unit)
      const width = charWidth(unit)
      if (width === 0 || !isSure(char, "narrow")) continue
      const widths = [unicode6.wcwidth(unit), unicode11.wcwidth(unit), stringWidth(char)]
      if (widths.some((other) => other !== width) || /[\p{Cn}\p{Cs}\p{Mc}\p{Cf}]/u.test(char)) {
        wrong.push(`${name(unit)} ${width} ${widths}`)
      }
    }
    for (let unit = 0; unit <= 0xffff; unit++) {
      if (!isSureMark(unit)) continue
      // After a letter, as string-width counts a mark alone by another rule than one that is combined.
      const widths = [charWidth(unit), unicode6.wcwidth(unit), unicode11.wcwidth(unit)]
      const combined = stringWidth(`e${String.fromCharCode(unit)}`)
      if (widths.some((width) => width !== 0) || combined !== 1) wrong.push(`${name(unit)} ${widths} ${combined}`)
    }
    expect(wrong).toEqual([])
  })

  it("has what people write: such rows cost no byte more", () => {
    const sure = (text: string) => [...text].filter((char) => !isSure(char, "narrow"))
    expect(sure("äöüßéàçñøłÆ€£§°±·…–—“”«»¿×÷")).toEqual([])
    expect(sure("ΑΩαω АЯая אבגת ابجد ไทย देवनागरी".replace(/\p{M}/gu, ""))).toEqual([])
    expect(sure("─│┌┐└┘├┤┬┴┼═║╔╗╚╝█▓▒░▀▄●○■□▲▶◀◆★☆✓✗✔✘⚠❤☀→←↑↓⇒")).toEqual([])
    expect(sure("ひらがなカタカナ、。「」！？ｶﾞ")).toEqual([])
    for (let unit = 0x4e00; unit <= 0x9fff; unit++) expect(isSure(String.fromCharCode(unit), "either")).toBe(true)
    for (let unit = 0xac00; unit <= 0xd7a3; unit++) expect(isSure(String.fromCharCode(unit), "either")).toBe(true)
  })

  it("leaves out what is ambiguous where a locale lets that be wide", () => {
    expect([..."─│·…±α①é"].filter((char) => isSure(char, "either"))).toEqual([])
    expect([..."aß你한ぁ"].filter((char) => isSure(char, "either"))).toEqual(["a", "你", "한", "ぁ"])
    expect(ambiguityOf({ LANG: "ja_JP.UTF-8" })).toBe("either")
    expect(ambiguityOf({ LANG: "ja_JP.UTF-8", LC_ALL: "C.UTF-8" })).toBe("narrow")
    expect(ambiguityOf({ LC_CTYPE: "zh_TW.UTF-8", LANG: "de_DE.UTF-8" })).toBe("either")
    expect(ambiguityOf({ LANG: "kok_IN.UTF-8" })).toBe("narrow")
    expect(ambiguityOf({})).toBe("narrow")
  })
})
