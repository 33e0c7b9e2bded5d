import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { FuzzySearch } from "../../../src/domain/fuzzy.ts"
import { HistoryIndex } from "../../../src/services/history/HistoryIndex.ts"
import { styledWidth } from "../../../src/terminal/cells.ts"
import { type HistoryView, historyHeight, historyRows } from "../../../src/ui/history/historyRows.ts"
import { fullTheme, makeTheme, plainTheme } from "../../../src/ui/theme.ts"
import { historyEntry } from "../../services/fakeHistory.ts"

const NOW = 1_790_000_000_000
const index = new HistoryIndex()
index.add(historyEntry("from the shell", { status: null, exit: null, duration: null, directory: null, session: null }))
index.add(historyEntry(`echo ${"会議 ".repeat(40)}`, { at: NOW - 90_000_000 }))
index.add(
  historyEntry("for i in 1; do\n\techo \x1b[2J$i\ndone", { at: NOW - 7_200_000, status: "interrupted", exit: 130 })
)
index.add(historyEntry("nope --flag", { at: NOW - 180_000, status: "failure", exit: 127, directory: "/home/ada/a/b" }))

const view = (typed: string, change: Partial<HistoryView> = {}): HistoryView => {
  const search = new FuzzySearch(index.newest("everywhere", { session: "s", directory: "/" }))
  search.ask(typed)
  search.work()
  return {
    at: (rank) => search.at(rank),
    count: search.count,
    size: search.size,
    query: search.query,
    place: { at: 0, top: 0 },
    filter: "everywhere",
    reading: false,
    ...change
  }
}

const draw = (shown: HistoryView, width: number, height: number) =>
  historyRows(shown, { theme: plainTheme, home: "/home/ada", now: NOW }, width, height)

describe("the panel of the history", () => {
  it("has the newest at the bottom, with sign, exit, directory and age, and its facts below", () => {
    const rows = draw(view(""), 80, 8)
    expect(rows[0]).toMatch(/^── History ─+ 4 of 4 ──$/)
    expect(rows[2]).toMatch(/^ {7}from the shell +$/)
    expect(rows[3]).toMatch(/^ ✓ {5}echo 会議 .*… +~ +1d$/)
    expect(rows[4]).toMatch(/^ ⊘ {5}for i in 1; do⏎ +echo \^\[\[2J\$i⏎done +~ +2h$/)
    expect(rows[5]).toMatch(/^▸✗ 127 nope --flag +~\/a\/b +3m$/)
    expect(rows[6]).toMatch(/^ exit 127 · 2026-\d\d-\d\d [\d:]{8} · 3m ago · took 10ms · ~\/a\/b$/)
    expect(rows[7]?.trimEnd()).toBe("  this session   this directory  [everywhere]  failed    Ctrl+R next filter")
  })

  it("shows the whole of a chosen command that its row cannot", () => {
    const rows = draw(view("", { place: { at: 1, top: 0 } }), 80, 11)
    expect(rows.filter((row) => row.startsWith("│"))).toEqual(["│ for i in 1; do", "│         echo ^[[2J$i", "│ done"])
  })

  it("says why it is empty", () => {
    expect(draw(view("zzz"), 80, 8).join("\n")).toContain("No command matches")
    expect(draw(view("zzz", { filter: "failed" }), 80, 8).join("\n")).toContain("Ctrl+R looks elsewhere")
    expect(draw(view("", { count: 0, size: 0, reading: true }), 80, 8).join("\n")).toContain("Reading the history")
  })

  it("is as large as it is told, in every theme", () => {
    const ascii = makeTheme({ colors: true, attributes: true, unicode: false })
    for (const theme of [fullTheme, plainTheme, ascii])
      for (const width of [60, 76, 80, 91, 120, 200])
        for (const height of [8, 13, 24])
          for (let at = 0; at < 4; at++) {
            const shown = view("o", { place: { at, top: 0 } })
            const rows = historyRows(shown, { theme, home: "/home/ada", now: NOW }, width, height)
            expect(rows).toHaveLength(height)
            for (const row of rows) expect(styledWidth(row), stripAnsi(row)).toBeLessThanOrEqual(width)
          }
  })

  it("takes a part of the screen, and what there is of a low one", () => {
    expect(historyHeight(40, 37)).toBe(24)
    expect(historyHeight(15, 12)).toBe(9)
    expect(historyHeight(10, 6)).toBe(6)
  })
})
