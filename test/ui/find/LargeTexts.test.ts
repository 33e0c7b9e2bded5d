import { describe, expect, it } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import { BlockStore } from "../../../src/terminal/BlockStore.ts"
import { LargeTexts } from "../../../src/ui/find/LargeTexts.ts"

const block = (name: string) => ({ id: BlockId.make(name) })

/** Blocks on disk, named by how many lines they have. */
const world = (maxLines?: number) => {
  const read: Array<string> = []
  const store = new BlockStore({
    maxBytes: 1_000_000,
    restore: (id) => {
      read.push(id)
      const lines = Array.from({ length: Number(id.slice(1)) }, (_, line) => `${line}`)
      return { lines, unfinished: false, hidden: { lines: 0, bytes: 0, headLines: 0 } }
    }
  })
  return { read, store, texts: new LargeTexts(store, maxLines) }
}

describe("what a search reads from disk", () => {
  it("is read once where it is large, until the search is over, and each time where it is small", () => {
    const { read, texts } = world()
    for (let key = 0; key < 3; key++) {
      expect(texts.read(block("b6000"), "stdout")?.lineCount).toBe(6_000)
      expect(texts.read(block("b10"), "stdout")?.lineCount).toBe(10)
    }
    expect(read.filter((id) => id === "b6000")).toHaveLength(1)
    expect(read.filter((id) => id === "b10")).toHaveLength(3)
    texts.forget()
    texts.read(block("b6000"), "stdout")
    expect(read.filter((id) => id === "b6000")).toHaveLength(2)
  })

  it("is kept up to a limit, the last ones", () => {
    const { read, texts } = world(15_000)
    for (const name of ["b6000", "b7000", "b8000", "b8000", "b7000"]) texts.read(block(name), "stdout")
    expect(read).toEqual(["b6000", "b7000", "b8000"])
    texts.read(block("b6000"), "stdout")
    expect(read).toHaveLength(4)
  })

  it("is not read where memory has it", () => {
    const { read, store, texts } = world()
    const output = store.get(block("b9000").id)
    expect(texts.read(block("b9000"), "stdout")).toBe(output)
    expect(read).toHaveLength(1)
  })
})
