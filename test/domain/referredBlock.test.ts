import { describe, expect, it } from "vitest"
import type { BlockHeader } from "../../src/domain/Block.ts"
import { BlockId } from "../../src/domain/ids.ts"
import { referredBlock } from "../../src/domain/referredBlock.ts"

const block = (
  number: number,
  command: string,
  { metadata, ...rest }: Partial<Omit<BlockHeader, "metadata">> & { metadata?: Partial<BlockHeader["metadata"]> } = {}
): BlockHeader => ({
  id: BlockId.make(`id${number}`),
  command,
  status: "success",
  exitCode: 0,
  signal: null,
  startTime: 1,
  endTime: 2,
  metadata: {
    number,
    directory: "/",
    lines: 0,
    hiddenBytes: 0,
    hiddenLines: 0,
    headLines: 0,
    folded: false,
    notices: [],
    ...metadata
  },
  ...rest
})

const BLOCKS = [
  block(1, "", { metadata: { origin: "start" } }),
  block(2, "make"),
  block(3, "make", { status: "failure", metadata: { name: "broken" } }),
  block(4, "sleep 9", { status: "running", endTime: null }),
  block(5, "ls", { status: "interrupted", startTime: null }),
  block(6, "bash", { metadata: { plain: true } }),
  block(7, "", { metadata: { origin: "background" } }),
  block(8, "echo next", { status: "idle", startTime: null, endTime: null })
]

const number = (name: string) => referredBlock(BLOCKS, name)?.metadata.number ?? null

describe("the block that a word means", () => {
  it("last and prev: the newest commands that have run and ended", () => {
    expect([number("last"), number("prev")]).toEqual([3, 2])
    const one = BLOCKS.slice(0, 2)
    expect([referredBlock(one, "last")?.id, referredBlock(one, "prev")]).toEqual(["id2", null])
    expect([referredBlock([], "last"), referredBlock([], "prev")]).toEqual([null, null])
  })

  it("a number: whatever stands under it, as soon as it has begun", () => {
    expect([1, 2, 4, 6, 7].map((n) => number(`b${n}`))).toEqual([1, 2, 4, 6, 7])
    expect(["b5", "b8", "b9", "b0", "b02", "b", "B2"].map(number)).toEqual([null, null, null, null, null, null, null])
  })

  it("a name that the user gave", () => {
    expect([number("broken"), number("Broken"), number("types")]).toEqual([3, null, null])
  })
})
