import { describe, expect, it } from "vitest"
import { SelfFolding } from "../../src/services/SelfFolding.ts"
import { type BlockSketch, sketchBlock } from "../ui/blocks/fakes.ts"

const LIMIT = 10

/** A block that has ended well, with as many lines. */
const ended = (lines: number, sketch: Partial<BlockSketch> = {}) => sketchBlock({ command: "make", lines, ...sketch })

describe("folding by itself", () => {
  it("takes a success with more lines than the limit, on both streams together", () => {
    const folding = new SelfFolding(LIMIT)
    expect(folding.folds(ended(LIMIT))).toBe(false)
    expect(folding.folds(ended(LIMIT + 1))).toBe(true)
    const stderr = { lines: 1, hiddenLines: 0, hiddenBytes: 0, headLines: 0 }
    expect(folding.folds(ended(LIMIT - 1, { stderr }))).toBe(false)
    expect(folding.folds(ended(LIMIT, { stderr }))).toBe(true)
  })

  it("leaves what is to be read: a failure, an interruption, output that no command printed", () => {
    const folding = new SelfFolding(LIMIT)
    expect(folding.folds(ended(100, { status: "failure" }))).toBe(false)
    expect(folding.folds(ended(100, { status: "interrupted" }))).toBe(false)
    const block = ended(100)
    expect(folding.folds({ ...block, metadata: { ...block.metadata, origin: "background" } })).toBe(false)
  })

  it("leaves what the user reads, and what was opened while it ran, unless it was folded again", () => {
    const folding = new SelfFolding(LIMIT)
    folding.reading((id) => id === ended(100).id)
    expect(folding.folds(ended(100))).toBe(false)
    folding.reading(() => false)
    const running = [ended(100, { status: "running" })]
    folding.chosen(running, false)
    expect(folding.folds(ended(100))).toBe(false)
    // The next run of this block is another one.
    expect(folding.folds(ended(100))).toBe(true)
    folding.chosen(running, false)
    folding.chosen(running, true)
    expect(folding.folds(ended(100))).toBe(true)
    folding.chosen([ended(100)], false)
    expect(folding.folds(ended(100))).toBe(true)
  })

  it("is off with a limit of 0", () => {
    expect(new SelfFolding(0).folds(ended(100_000))).toBe(false)
  })
})
