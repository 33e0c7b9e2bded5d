import { describe, expect, it } from "vitest"
import { HitCounts, type PieceCount } from "../../../src/ui/find/HitCounts.ts"
import { sketchBlock } from "../blocks/fakes.ts"

const BLOCKS = [1, 2, 3].map((number) => sketchBlock({ command: "make", number }))
const [FIRST, SECOND, THIRD] = BLOCKS.map(({ id }) => id) as [never, never, never]
const piece = (part: PieceCount["part"], firstLine: number, hits: number): PieceCount => {
  return { part, firstLine, lines: 10, hits }
}

describe("the hits that are counted", () => {
  it("are a sum over blocks, each counted as it is by now", () => {
    const counts = new HitCounts()
    counts.set(FIRST, "a", [piece("header", 0, 1), piece("stdout", 0, 2)])
    counts.set(SECOND, "a", [])
    expect(counts.total).toBe(3)
    counts.set(FIRST, "b", [piece("stdout", 0, 5)])
    expect([counts.total, counts.get(FIRST)?.stamp, counts.get(FIRST)?.hits]).toEqual([5, "b", 5])
  })

  it("number a hit from the end of the session, through parts and pieces, once all below it is counted", () => {
    const counts = new HitCounts()
    const place = { block: SECOND, part: "stdout", piece: 10, after: 2 } as const
    expect(counts.numberOf(place, BLOCKS)).toBeNull()
    counts.set(SECOND, "", [
      piece("header", 0, 1),
      piece("stdout", 0, 4),
      piece("stdout", 10, 3),
      piece("stdout", 20, 8),
      piece("stderr", 0, 16)
    ])
    expect(counts.numberOf(place, BLOCKS)).toBeNull()
    counts.set(THIRD, "", [piece("header", 0, 32)])
    expect(counts.numberOf(place, BLOCKS)).toBe(1 + 2 + 8 + 16 + 32)
    expect(counts.numberOf({ block: THIRD, part: "header", piece: 0, after: 31 }, BLOCKS)).toBe(32)
    // What is above it does not matter, and a block that has gone has no number.
    expect(counts.numberOf(place, [BLOCKS[0]!])).toBeNull()
  })

  it("leave for a pattern that finds less which blocks have none", () => {
    const counts = new HitCounts()
    counts.set(FIRST, "", [piece("stdout", 0, 1)])
    counts.set(SECOND, "", [])
    counts.keepEmpty()
    expect([counts.total, counts.get(FIRST), counts.get(SECOND)?.hits]).toEqual([0, undefined, 0])
  })

  it("go with their blocks", () => {
    const counts = new HitCounts()
    for (const id of [FIRST, SECOND, THIRD]) counts.set(id, "", [piece("stdout", 0, 2)])
    counts.keepOnly(BLOCKS)
    expect(counts.total).toBe(6)
    counts.keepOnly(BLOCKS.slice(1))
    expect([counts.total, counts.get(FIRST)]).toEqual([4, undefined])
  })
})
