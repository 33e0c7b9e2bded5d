import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { BlockList } from "../../../src/ui/blocks/BlockList.ts"
import { headerRow } from "../../../src/ui/components/Header.tsx"
import { statusRow } from "../../../src/ui/components/StatusLine.tsx"
import { fullTheme, makeTheme, type Theme } from "../../../src/ui/theme.ts"
import { busySession, HOME, NOW, type SketchedSession, typicalSession } from "./session.ts"

/**
 * Golden screens: header, block list and status line as a reader sees them. After a wanted change, write them anew with
 *   UPDATE_SCREENS=1 npx vitest run --config test/vitest.config.ts test/ui/blocks/screens.test.ts
 * and look at them before they are committed.
 */
const FOLDER = new URL("../../../fixtures/screens/", import.meta.url)

interface Screen {
  readonly width: number
  readonly height: number
  readonly session: SketchedSession
  readonly prepare?: (list: BlockList) => void
  readonly theme?: Theme
}

const screen = ({ width, height, session, prepare = () => {}, theme = fullTheme }: Screen): string => {
  const { blocks, output, stderr } = session
  const list = new BlockList({ output, stderr, theme, home: HOME })
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

const ascii = makeTheme({ colors: false, attributes: false, unicode: false })

const SIZES = [
  { width: 120, height: 40 },
  { width: 80, height: 24 },
  { width: 60, height: 15 }
] as const

const cases: ReadonlyArray<readonly [string, Screen]> = [
  ...SIZES.flatMap((size): ReadonlyArray<readonly [string, Screen]> => {
    const suffix = `${size.width}x${size.height}`
    return [
      [`blocks-${suffix}`, { ...size, session: typicalSession() }],
      [`blocks-held-${suffix}`, { ...size, session: typicalSession(), prepare: held }],
      [`blocks-busy-${suffix}`, { ...size, session: busySession() }]
    ]
  }),
  ["blocks-busy-top-80x24", { width: 80, height: 24, session: busySession(), prepare: (list) => list.toTop() }],
  ["blocks-busy-top-60x15", { width: 60, height: 15, session: busySession(), prepare: (list) => list.toTop() }],
  ["blocks-busy-ascii-80x24", { width: 80, height: 24, session: busySession(), theme: ascii }]
]

describe("golden screens", () => {
  it.each(cases)("%s", (name, drawn) => {
    const file = new URL(`${name}.txt`, FOLDER)
    const now = screen(drawn)
    if (process.env.UPDATE_SCREENS === "1") {
      mkdirSync(FOLDER, { recursive: true })
      writeFileSync(file, now)
    }
    expect(now).toBe(readFileSync(file, "utf8"))
    expect(now.split("\n")).toHaveLength(drawn.height + 1)
  })
})
