import { Box } from "ink"
import { render } from "ink-testing-library"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { BlockList as BlockListModel } from "../../src/ui/blocks/BlockList.ts"
import { welcomeRows } from "../../src/ui/blocks/welcome.ts"
import { BlockList } from "../../src/ui/components/BlockList.tsx"
import { fullTheme, plainTheme } from "../../src/ui/theme.ts"
import { clock, FakeOutput, sketchBlock } from "./blocks/fakes.ts"

const welcome = [
  { keys: "Ctrl+\\ ?", meaning: "shows every key" },
  { keys: "Ctrl+\\ n", meaning: "walks through the blocks" }
]

describe("the block list on the screen", () => {
  it("tells a newcomer what to do until there is a block, then shows blocks as they change", () => {
    const output = new FakeOutput(["hello"])
    const list = new BlockListModel({ theme: fullTheme, home: "/home/ada", output: () => output, stderr: () => null })
    let now = clock("14:03:25")
    const tree = (tick: number) => (
      <Box width={60} height={10}>
        <BlockList list={list} theme={fullTheme} welcome={welcome} now={() => now} tick={tick} program={null} />
      </Box>
    )
    const { lastFrame, rerender, unmount } = render(tree(0))
    const lines = () =>
      stripAnsi(lastFrame() ?? "")
        .split("\n")
        .map((line) => line.trimEnd())
        .filter((line) => line !== "")
    expect(lines()).toEqual([
      "Type a command and press Enter: it becomes a block.",
      "Ctrl+\\ ?  shows every key",
      "Ctrl+\\ n  walks through the blocks"
    ])
    list.setBlocks([sketchBlock({ command: "tail -f log", status: "running" })])
    rerender(tree(1))
    expect(lines()).toEqual(["●  1 tail -f log                   ~/work       3s  14:03:22", "hello"])
    now += 60_000
    rerender(tree(2))
    expect(lines()[0]).toMatch(/1m 03s {2}14:03:22$/)
    unmount()
  })
})

describe("the first-run text", () => {
  it("stands above the editor and loses its last rows first", () => {
    expect(welcomeRows(welcome, 60, 6, plainTheme)).toEqual([
      "",
      "Type a command and press Enter: it becomes a block.",
      "",
      "Ctrl+\\ ?  shows every key",
      "Ctrl+\\ n  walks through the blocks",
      ""
    ])
    expect(welcomeRows(welcome, 60, 3, plainTheme)[2]).toBe("Ctrl+\\ ?  shows every key")
    expect(welcomeRows(welcome, 20, 4, plainTheme)).toEqual([
      "Type a command and …",
      "",
      "Ctrl+\\ ?  shows eve…",
      "Ctrl+\\ n  walks thr…"
    ])
  })
})
