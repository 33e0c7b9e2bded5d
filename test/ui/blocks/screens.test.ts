import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { BlockList } from "../../../src/ui/blocks/BlockList.ts"
import { headerRow } from "../../../src/ui/components/Header.tsx"
import { statusRow } from "../../../src/ui/components/StatusLine.tsx"
import { fullTheme } from "../../../src/ui/theme.ts"
import { HOME, NOW, typicalSession } from "./session.ts"

/**
 * Golden screens: header, block list and status line as a reader sees them. After a wanted change, write them anew with
 *   UPDATE_SCREENS=1 npx vitest run --config test/vitest.config.ts test/ui/blocks/screens.test.ts
 * and look at them before they are committed.
 */
const FOLDER = new URL("../../../fixtures/screens/", import.meta.url)

const theme = fullTheme

const screen = (width: number, height: number, prepare: (list: BlockList) => void): string => {
  const { blocks, output } = typicalSession()
  const list = new BlockList({ output, theme, home: HOME })
  list.setBlocks(blocks)
  list.rows(width, height - 2, NOW)
  prepare(list)
  const rows = [
    headerRow({
      session: "k3v9",
      directory: "/home/ada/work/effect-talk",
      home: HOME,
      branch: "main",
      warning: list.following ? null : "not saved: no space left",
      theme,
      width
    }),
    ...list.rows(width, height - 2, NOW),
    statusRow({
      owner: list.following ? "program" : "navigate",
      hints: list.following
        ? [
            { keys: "Ctrl+\\ e", meaning: "edit" },
            { keys: "Ctrl+\\ n", meaning: "navigate" },
            { keys: "Ctrl+\\ ?", meaning: "help" }
          ]
        : [
            { keys: "↑", meaning: "block" },
            { keys: "Enter", meaning: "fold" },
            { keys: "c", meaning: "copy" },
            { keys: "Esc", meaning: "back" },
            { keys: "?", meaning: "help" }
          ],
      theme,
      width
    })
  ]
  return `${rows.map((row) => stripAnsi(row).trimEnd()).join("\n")}\n`
}

const held = (list: BlockList) => {
  list.toTop()
  list.selectBy(-1, (block) => block.metadata.number === 9)
  list.ensureVisible(list.selected!)
}

const cases: ReadonlyArray<readonly [string, number, number, (list: BlockList) => void]> = [
  ["blocks-120x40", 120, 40, () => {}],
  ["blocks-80x24", 80, 24, () => {}],
  ["blocks-60x15", 60, 15, () => {}],
  ["blocks-held-120x40", 120, 40, held],
  ["blocks-held-80x24", 80, 24, held],
  ["blocks-held-60x15", 60, 15, held]
]

describe("golden screens", () => {
  it.each(cases)("%s", (name, width, height, prepare) => {
    const file = new URL(`${name}.txt`, FOLDER)
    const now = screen(width, height, prepare)
    if (process.env.UPDATE_SCREENS === "1") {
      mkdirSync(FOLDER, { recursive: true })
      writeFileSync(file, now)
    }
    expect(now).toBe(readFileSync(file, "utf8"))
    expect(now.split("\n")).toHaveLength(height + 1)
  })
})
