import * as fc from "fast-check"
import { Box } from "ink"
import { render } from "ink-testing-library"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { styledWidth, textWidth } from "../../src/terminal/cells.ts"
import { HelpOverlay, helpPage, helpPageRows } from "../../src/ui/components/HelpOverlay.tsx"
import { helpGroups } from "../../src/ui/hints.ts"
import { KEY_BINDINGS } from "../../src/ui/keymap.ts"
import { fullTheme, plainTheme } from "../../src/ui/theme.ts"

const groups = (["leader", "navigate", "reader", "editor"] as const).map((scope) => ({
  title: scope,
  keys: KEY_BINDINGS.filter((binding) => binding.scope === scope).map((binding) => ({
    keys: binding.keys.join(" "),
    meaning: binding.help
  }))
}))

describe("what the help says of a key", () => {
  it("is short enough for two rows of a narrow screen", () => {
    const meanings = helpGroups("ctrl+\\").flatMap(({ keys }) => keys.map(({ meaning }) => meaning))
    expect(meanings.filter((meaning) => textWidth(meaning) > 60)).toEqual([])
    const { rows } = helpPage(helpGroups("ctrl+\\"), 76, 1000, 0, plainTheme)
    expect(rows.filter((row, index) => row.startsWith(" ") && rows[index - 1]?.startsWith(" "))).toEqual([])
  })
})

describe("a page of help", () => {
  it("holds every key once, in one column while they fit", () => {
    const page = helpPage(groups, 100, 200, 0, plainTheme)
    expect(page.rows).toHaveLength(page.total)
    for (const { help } of KEY_BINDINGS) expect(page.rows.some((row) => row.includes(help))).toBe(true)
    expect(page.rows.filter((row) => row !== "" && !row.includes("  "))).toEqual([
      "leader",
      "navigate",
      "reader",
      "editor"
    ])
  })

  it("takes columns before it scrolls, without cutting a meaning", () => {
    const few = groups.map(({ title, keys }) => ({ title, keys: keys.slice(0, 8) }))
    expect(helpPage(few, 80, 60, 0, plainTheme).total).toBeGreaterThan(24)
    const page = helpPage(few, 170, 24, 0, plainTheme)
    expect(page.total).toBeLessThanOrEqual(24)
    expect(page.width).toBeLessThanOrEqual(170)
    for (const { meaning } of few.flatMap(({ keys }) => keys))
      expect(page.rows.some((row) => row.includes(meaning))).toBe(true)
  })

  it("shows everything by scrolling on the smallest screen, long meanings on several rows", () => {
    const height = helpPageRows(15)
    const { total } = helpPage(groups, 56, height, 0, plainTheme)
    const seen: Array<string> = []
    for (let scroll = 0; scroll < total; scroll += height)
      seen.push(...helpPage(groups, 56, height, scroll, plainTheme).rows.slice(Math.max(0, scroll + height - total)))
    expect(seen).toHaveLength(total)
    const words = seen.join(" ").replace(/ +/g, " ")
    for (const { help } of KEY_BINDINGS) expect(words).toContain(help)
    expect(helpPage(groups, 56, height, 1_000, plainTheme).scroll).toBe(total - height)
    expect(helpPage(groups, 56, height, -5, plainTheme).scroll).toBe(0)
  })

  it("sets each group's meanings beside its own keys, and under those that are too long for that", () => {
    const keys = [
      { keys: "n", meaning: "next" },
      { keys: "Alt+Backspace, Ctrl+Backspace", meaning: "cut the word" }
    ]
    const { rows } = helpPage([{ title: "one", keys }, ...groups.slice(2)], 80, 200, 0, plainTheme)
    expect(rows.slice(0, 5)).toEqual(["one", "n  next", "Alt+Backspace, Ctrl+Backspace", "   cut the word", ""])
    expect(rows).toContain("alt+up    walk to the previous block")
  })

  it("shows who only reads a session its own keys first, and none that do nothing there", () => {
    const [first, ...others] = helpGroups("ctrl+\\", "reader")
    expect(first!.keys.map(({ keys }) => keys)).toEqual(["T", "q"])
    const titles = others.map(({ title }) => title)
    expect(titles).toContain("Navigating: moving")
    expect(titles.filter((title) => /^Editor/.test(title))).toEqual([])
    const meanings = others.flatMap(({ keys }) => keys.map(({ meaning }) => meaning))
    expect(meanings).toContain("fold or unfold the block")
    expect(meanings.filter((meaning) => /delete the block|undo|run the editor/.test(meaning))).toEqual([])
  })

  it("begins with the keys of navigating for who navigates, each of them once", () => {
    const navigating = helpGroups("ctrl+\\", "navigate").filter(({ title }) => title.startsWith("Navigating"))
    expect(helpGroups("ctrl+\\", "navigate").slice(0, navigating.length)).toEqual(navigating)
    expect(helpGroups("ctrl+\\")[0]!.title).toContain("after the leader")
    const shown = navigating.flatMap(({ keys }) => keys.map(({ meaning }) => meaning))
    const bound = KEY_BINDINGS.filter(({ scope }) => scope === "navigate").map(({ help }) => help)
    expect(shown.toSorted()).toEqual(bound.toSorted())
  })

  it("fits any size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 200 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(80),
        (width, height, scroll) => {
          const page = helpPage(groups, width, height, scroll, fullTheme)
          expect(page.rows.length).toBeLessThanOrEqual(height)
          for (const row of page.rows) expect(styledWidth(row)).toBeLessThanOrEqual(width)
        }
      )
    )
  })
})

describe("the help overlay", () => {
  const frame = (columns: number, rows: number, scroll: number) => {
    const hints = [
      { keys: "↑ ↓", meaning: "scroll" },
      { keys: "Esc", meaning: "close" }
    ]
    const { lastFrame, unmount } = render(
      <Box width={columns} height={rows}>
        <HelpOverlay groups={groups} hints={hints} scroll={scroll} theme={fullTheme} columns={columns} rows={rows} />
      </Box>
    )
    const lines = stripAnsi(lastFrame() ?? "").split("\n")
    unmount()
    return lines
  }

  it("stands framed in the middle of the smallest screen, with its place and its own keys", () => {
    const lines = frame(60, 15, 0)
    expect(lines.length).toBeLessThanOrEqual(15)
    expect(lines[0]).toMatch(/^ *╭─+╮$/)
    expect(lines.at(-1)).toMatch(/^ *╰─+╯$/)
    expect(lines.at(-2)).toMatch(/1–11 of \d+ · ↑ ↓ scroll · Esc close/)
    expect(lines[1]).toContain("leader")
  })

  it("scrolls", () => {
    expect(frame(60, 15, 3)[1]).toBe(frame(60, 15, 0)[4])
  })
})
