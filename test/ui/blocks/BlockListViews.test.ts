import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import type { BlockId } from "../../../src/domain/ids.ts"
import { BlockList } from "../../../src/ui/blocks/BlockList.ts"
import { makeTheme, plainTheme } from "../../../src/ui/theme.ts"
import { clock, FakeOutput, sketchBlock } from "./fakes.ts"

const NOW = clock("15:00:00")
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}`)

/** Three blocks, of 20, 3 and 4 lines; the second is folded. */
const listOf = (theme = plainTheme) => {
  const outputs = [numbered(20), numbered(3), numbered(4)].map((lines) => new FakeOutput(lines))
  const blocks = outputs.map(({ lineCount }, index) =>
    sketchBlock({ command: `seq ${lineCount}`, number: index + 1, lines: lineCount, folded: index === 1 })
  )
  const list = new BlockList({
    theme,
    home: "/home/ada",
    output: (id) => outputs[blocks.findIndex((block) => block.id === id)] ?? null,
    stderr: () => null
  })
  list.setBlocks(blocks)
  const rows = (height: number) => list.rows(60, height, NOW).map((row) => stripAnsi(row).trimEnd())
  rows(10)
  return { list, blocks, rows, id: (number: number): BlockId => blocks[number - 1]!.id }
}

describe("what a search does with the list", () => {
  it("goes back to the very row and the selection it remembers", () => {
    const { list, rows, id } = listOf()
    list.scrollBy(-7)
    list.select(id(1))
    const before = rows(10)
    const back = list.remember()
    list.toTop()
    list.select(id(3))
    expect(rows(10)).not.toEqual(before)
    back()
    expect(rows(10)).toEqual(before)
    expect(list.selected).toBe(id(1))
  })

  it("follows again when it was following, and when what it was held on is gone", () => {
    const { list, blocks, id } = listOf()
    const following = list.remember()
    list.toTop()
    following()
    expect(list.following).toBe(true)
    list.toTop()
    list.select(id(1))
    const held = list.remember()
    list.setBlocks(blocks.slice(1))
    held()
    expect(list.following).toBe(true)
    expect(list.selected).toBeNull()
  })

  it("looks into a folded block, one at a time, without unfolding it in the session", () => {
    const { list, blocks, rows, id } = listOf()
    const folded = rows(12)
    expect(folded.filter((row) => row === "line 3")).toHaveLength(1)
    list.peek(id(2))
    expect(rows(12).filter((row) => row === "line 3")).toHaveLength(2)
    list.peek(null)
    expect(rows(12)).toEqual(folded)
    expect(blocks[1]!.metadata.folded).toBe(true)
  })

  it("forgets that it looks into a block once that is unfolded for good: a fold after it holds", () => {
    const { list, blocks, rows, id } = listOf()
    const folded = rows(12)
    list.peek(id(2))
    list.setBlocks(blocks.map((block) => ({ ...block, metadata: { ...block.metadata, folded: false } })))
    list.setBlocks([...blocks])
    expect(rows(12)).toEqual(folded)
  })

  it("shows something else in place of an output, says so under the header, and brings the output back", () => {
    const { list, rows, id } = listOf()
    const whole = rows(12)
    const view = Object.assign(new FakeOutput(["line 2", "line 4"]), { version: 1e9 })
    list.setView(id(3), {
      streams: { stdout: view, stderr: null },
      tag: "2 of 4 lines",
      version: view.version,
      text: () => null
    })
    expect(rows(4)).toEqual([expect.stringContaining("seq 4"), "     └ 2 of 4 lines", "line 2", "line 4"])
    expect(list.view(id(3))?.tag).toBe("2 of 4 lines")
    list.setView(id(3), null)
    expect(rows(12)).toEqual(whole)
  })

  it("drops what is shown in place of a block that has left the session", () => {
    const { list, blocks, id } = listOf()
    list.setView(id(3), {
      streams: { stdout: new FakeOutput(), stderr: null },
      tag: "nothing",
      version: 1e9,
      text: () => null
    })
    list.setBlocks(blocks.slice(0, 2))
    list.setBlocks(blocks)
    expect(list.view(id(3))).toBeNull()
  })

  it("keeps what was found marked below other marks", () => {
    const theme = { ...makeTheme({ colors: false, attributes: false, unicode: true }), match: () => "m" }
    const { list, rows } = listOf({ ...theme, selected: (text) => (text.startsWith("line") ? "S" : text) })
    list.setMarker((_block, _stream, line) => (line === 3 ? [{ from: 5, to: 6, look: "match" }] : []))
    expect(rows(2).at(-1)).toBe("line m")
    list.setMarker((_block, _stream, line) => (line === 3 ? [{ from: 0, to: 6, look: "selected" }] : []), "pick")
    expect(rows(2).at(-1)).not.toContain("line")
    list.setMarker(null, "pick")
    expect(rows(2).at(-1)).toBe("line m")
  })
})
