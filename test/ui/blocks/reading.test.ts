import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import type { BlockHeader } from "../../../src/domain/Block.ts"
import type { BlockId } from "../../../src/domain/ids.ts"
import { BlockList } from "../../../src/ui/blocks/BlockList.ts"
import { foldPreview } from "../../../src/ui/blocks/foldPreview.ts"
import { plainTheme } from "../../../src/ui/theme.ts"
import { clock, FakeOutput, sketchBlock } from "./fakes.ts"

const NOW = clock("15:00:00")
const numbered = (count: number, name = "line") => Array.from({ length: count }, (_, i) => `${name} ${i + 1}`)

/** A list of blocks that print so many lines each; `change` gives it others. */
const listOf = (...lines: ReadonlyArray<number>) => {
  const outputs = new Map<BlockId, FakeOutput>()
  const cleared = new Set<BlockId>()
  const add = (count: number, status: BlockHeader["status"] = "success") => {
    const block = sketchBlock({ command: `seq ${count}`, number: blocks.length + 1, lines: count, status })
    outputs.set(block.id, new FakeOutput(numbered(count)))
    blocks = [...blocks, block]
    return block.id
  }
  let blocks: ReadonlyArray<BlockHeader> = []
  for (const count of lines) add(count)
  const list = new BlockList({
    theme: plainTheme,
    home: "/home/ada",
    output: (id) => outputs.get(id) ?? null,
    stderr: () => null,
    cleared: (id) => cleared.has(id)
  })
  const show = () => list.setBlocks(blocks)
  show()
  const rows = (height = 10) => list.rows(60, height, NOW).map((row) => stripAnsi(row).trimEnd())
  rows()
  const change = (id: BlockId, status: BlockHeader["status"], metadata: Partial<BlockHeader["metadata"]> = {}) => {
    blocks = blocks.map((block) =>
      block.id === id ? { ...block, status, metadata: { ...block.metadata, ...metadata } } : block
    )
    show()
  }
  return {
    list,
    rows,
    add,
    show,
    change,
    cleared,
    blocks: () => blocks,
    id: (number: number) => blocks[number - 1]!.id
  }
}

const BLANK = Array(10).fill("")

describe("a new page", () => {
  it("begins empty; what is above comes back row by row and goes again, and nothing is deleted", () => {
    const { list, rows } = listOf(3, 3)
    list.clear()
    expect(rows()).toEqual(BLANK)
    expect(list.following).toBe(true)
    list.scrollBy(-2)
    expect(rows().slice(0, 3)).toEqual([expect.stringMatching(/^✓ {2}2 ↑ seq 3/), "line 3", ""])
    list.scrollBy(1)
    expect(rows().slice(0, 2)).toEqual(["line 3", ""])
    list.scrollBy(1)
    expect(rows()).toEqual(BLANK)
    list.toTop()
    expect(rows()[0]).toMatch(/^✓ {2}1 seq 3/)
    list.pageDown()
    list.pageDown()
    expect(list.following).toBe(true)
    expect(rows()).toEqual(BLANK)
  })

  it("shows what comes then, and never more of what was before", () => {
    const { list, rows, add, show } = listOf(3, 3)
    list.clear()
    add(2)
    show()
    expect(rows().slice(7)).toEqual([expect.stringMatching(/^✓ {2}3 seq 2/), "line 1", "line 2"])
    expect(rows()[6]).toBe("")
    add(20)
    show()
    expect(rows()[0]).toMatch(/^✓ {2}4 ↑ seq 20/)
  })

  it("leaves what runs in view", () => {
    const { list, rows, add, show } = listOf(3)
    add(2, "running")
    show()
    list.clear()
    expect(rows().slice(6)).toEqual(["", expect.stringMatching(/^● {2}2 seq 2/), "line 1", "line 2"])
  })

  it("is begun by a command that ends having cleared its screen, seen running or not, and leaves no row of it", () => {
    const { rows, add, show, change, cleared } = listOf(3)
    const first = add(0, "running")
    show()
    cleared.add(first)
    expect(rows()[9]).toMatch(/^● {2}2 seq 0/)
    change(first, "success")
    expect(rows()).toEqual(BLANK)
    cleared.add(add(0))
    show()
    expect(rows()).toEqual(BLANK)
    // What is said of it later is to be read.
    change(first, "success")
    const other = add(1)
    show()
    cleared.add(other)
    change(other, "success")
    expect(rows()[9]).toBe("line 1")
  })

  it("shows a block again that has something to say, and survives the block that it began behind", () => {
    const { list, rows, add, show, change } = listOf(3)
    const last = add(0)
    show()
    list.clear()
    change(last, "success", { notices: ["[1]+  Done  sleep 1"] })
    expect(rows().slice(8)).toEqual([expect.stringMatching(/^✓ {2}2 seq 0/), "└ [1]+  Done  sleep 1"])
    list.clear()
    const headers = list.inView()
    expect(headers).toEqual([])
    list.setBlocks([])
    expect(rows()).toEqual(BLANK)
  })
})

describe("the header over a block that begins above", () => {
  it("hides no row that one scrolls by, and is the block's header for a click", () => {
    const { list, rows, id } = listOf(30)
    const seen = new Set<string>()
    list.toTop()
    for (const row of rows().slice(0, -1)) seen.add(row)
    while (!list.following) {
      list.pageDown()
      const view = rows()
      expect(view[0]).toMatch(/^✓ {2}1 ↑ seq 30/)
      expect(list.hit(0)).toEqual({ block: id(1), part: "header" })
      for (const row of view) seen.add(row)
    }
    for (const row of numbered(30)) expect(seen).toContain(row)
  })

  it("counts when a row is revealed: it is under it no more", () => {
    const { list, rows, id } = listOf(30, 1)
    list.toTop()
    list.scrollBy(5)
    expect(rows()[1]).toBe("line 6")
    list.reveal(id(1), "stdout", 4)
    expect(rows()).toContain("line 5")
    expect(list.outputInView(id(1))?.at).toBe(1)
  })

  it("is not there in a view that has no row to spare", () => {
    const { list, rows } = listOf(30)
    list.scrollBy(-5)
    expect(rows(4)[0]).toMatch(/^line/)
  })
})

describe("what has come since a view was held", () => {
  it("is not a block that was deleted and comes back", () => {
    const made = listOf(20, 20, 3, 5)
    const { list, rows } = made
    const all = made.blocks()
    rows()
    list.toTop()
    list.setBlocks(all.slice(0, -1))
    list.setBlocks(all)
    expect(rows().at(-1)).toMatch(/rows below$/)
    made.add(1)
    made.show()
    expect(rows().at(-1)).toMatch(/, 2 new lines$/)
  })
})

describe("scrolling while a block is selected", () => {
  it("takes the selection along, so that no key acts on what is out of view", () => {
    const { list, id } = listOf(4, 30, 4)
    list.select(id(3))
    list.scrollBy(-20)
    expect(list.selected).toBe(id(2))
    list.toTop()
    list.select(id(1))
    list.scrollBy(10)
    expect(list.selected).toBe(id(2))
  })

  it("finds no failed block where there is none", () => {
    const { list } = listOf(1, 1)
    expect(list.selectBy(-1, ({ status }) => status === "failure")).toBe(false)
    expect(list.selected).toBeNull()
  })
})

describe("the lines that a fold shows", () => {
  it("are the first and the last of both streams, and count what is between", () => {
    const preview = foldPreview(new FakeOutput(numbered(5)), new FakeOutput(numbered(3, "err")), 60, {
      first: 2,
      last: 4
    })
    expect(preview?.head.map(({ part, row }) => [part, row])).toEqual([
      ["output", 0],
      ["output", 1]
    ])
    expect(preview?.tail.map(({ part, row }) => [part, row])).toEqual([
      ["output", 4],
      ["stderr", 0],
      ["stderr", 1],
      ["stderr", 2]
    ])
    expect(preview?.hidden).toBe(2)
  })

  it("are one row each, marked where the line goes on", () => {
    const { list, rows, add, show, change } = listOf()
    const id = add(0)
    show()
    const output = new FakeOutput(["x".repeat(150), ...numbered(9)])
    const other = new BlockList({ theme: plainTheme, home: "/", output: () => output, stderr: () => null })
    change(id, "success")
    other.setBlocks([{ ...sketchBlock({ command: "x", lines: 10, folded: true }), id }])
    const drawn = other.rows(60, 7, NOW).map((row) => stripAnsi(row))
    expect(drawn[1]).toBe(`${"x".repeat(59)}…`)
    expect(drawn.slice(2)).toEqual(["line 1", "⋯ 5 lines folded", "line 7", "line 8", "line 9"])
    expect([list.empty, rows(1).length]).toEqual([false, 1])
  })

  it("are none where that would save nothing, or none are wanted", () => {
    const output = new FakeOutput(numbered(6))
    expect(foldPreview(output, null, 60, { first: 2, last: 3 })).toBeNull()
    expect(foldPreview(output, null, 60, { first: 0, last: 0 })).toBeNull()
    expect(foldPreview(null, null, 60, { first: 2, last: 3 })).toBeNull()
  })
})
