import { describe, expect, it } from "vitest"
import type { BlockId } from "../../../src/domain/ids.ts"
import { BlockMeasures } from "../../../src/ui/blocks/BlockMeasures.ts"
import { ViewMap } from "../../../src/ui/blocks/ViewMap.ts"
import { Viewport } from "../../../src/ui/blocks/Viewport.ts"
import { plainTheme } from "../../../src/ui/theme.ts"
import { clock, FakeOutput, sketchBlock } from "./fakes.ts"

const WIDTH = 40

/** Three blocks of such many lines in a view of `height` rows that follows the end, and the map of it. */
const mapOf = (height: number, lines = [3, 30, 2]) => {
  const outputs = new Map<BlockId, FakeOutput>()
  const blocks = lines.map((count, index) => {
    const block = sketchBlock({ command: `seq ${count}`, number: index + 1, lines: count })
    outputs.set(block.id, new FakeOutput(Array.from({ length: count }, (_, line) => `${line}`)))
    return block
  })
  const source = { theme: plainTheme, home: "/home/ada", output: (id: BlockId) => outputs.get(id)!, stderr: () => null }
  const measures = new BlockMeasures(source)
  const viewport = new Viewport(measures)
  measures.setFrame(WIDTH, clock("15:00:00"))
  measures.setBlocks(blocks, () => {})
  viewport.height = height
  return { map: new ViewMap(measures, viewport), viewport, outputs, ids: blocks.map(({ id }) => id) }
}

describe("what stands where in the view", () => {
  it("is said alike for a row of the view and for a row of a block", () => {
    const { map, viewport } = mapOf(12)
    for (let up = 0; up < 40; up++) {
      for (const { block, from, at, rows } of map.blocks()) {
        for (let row = 0; row < rows; row++) {
          expect(map.hit(at + row)?.block).toBe(block.id)
          expect(map.rowOf(block.id, from + row)).toBe(at + row)
        }
        expect(map.rowOf(block.id, from + rows)).toBeNull()
        if (from > 0) expect(map.rowOf(block.id, from - 1)).toBeNull()
      }
      viewport.scrollBy(-1)
    }
  })

  it("begins with the header that stands over a block which begins above", () => {
    const { map, ids } = mapOf(12)
    expect(map.hit(0)).toEqual({ block: ids[1], part: "header" })
    expect(map.block(ids[1]!)).toMatchObject({ at: 1 })
    expect(map.block(ids[0]!)).toBeUndefined()
  })

  it("is nothing above the list's first row nor below the view", () => {
    const { map } = mapOf(20, [1])
    expect(map.hit(0)).toBeNull()
    expect(map.hit(19)?.part).not.toBeUndefined()
    expect(map.hit(20)).toBeNull()
  })

  it("has the program's cursor where its row is, at the last cell at most, and none out of view", () => {
    const { map, viewport, outputs, ids } = mapOf(12)
    const last = ids[2]!
    outputs.get(last)!.cursorAt = { row: 1, column: 100 }
    const output = map.output(last)!
    expect(map.cursor(last)).toMatchObject({ row: output.end - 1, column: WIDTH - 1 })
    viewport.scrollBy(-20)
    expect(map.block(last)).toBeUndefined()
    expect(map.cursor(last)).toBeNull()
    expect(map.output(last)).toBeNull()
  })
})
