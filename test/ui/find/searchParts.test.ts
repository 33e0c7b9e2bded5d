import { describe, expect, it } from "vitest"
import type { OutputStream } from "../../../src/domain/Block.ts"
import type { PlainText } from "../../../src/terminal/PlainText.ts"
import { SEARCH_PARTS, textOfPart } from "../../../src/ui/find/searchParts.ts"
import { type BlockSketch, sketchBlock } from "../blocks/fakes.ts"

const OUTPUT: PlainText = { version: 1, lineCount: 1, hiddenLines: 0, pieceAt: () => null }

/** The parts of a block that there is text of, and the streams that were read for it. */
const parts = (sketch: Partial<BlockSketch>) => {
  const read: Array<OutputStream> = []
  const block = sketchBlock({ command: "make", ...sketch })
  const found = SEARCH_PARTS.filter(
    (part) =>
      textOfPart(block, part, (_, stream) => {
        read.push(stream)
        return OUTPUT
      }) !== null
  )
  return { found, read }
}

describe("what is searched of a block", () => {
  it("is its header, and what it printed, from top to bottom", () => {
    const stderr = { lines: 1, hiddenLines: 0, hiddenBytes: 0, headLines: 1 }
    expect(parts({ lines: 1, stderr }).found).toEqual(["header", "stdout", "stderr"])
  })

  it("asks for no output that is not there", () => {
    expect(parts({})).toEqual({ found: ["header"], read: [] })
    expect(parts({ lines: 3 })).toEqual({ found: ["header", "stdout"], read: ["stdout"] })
    expect(parts({ status: "idle" })).toEqual({ found: ["header"], read: [] })
    // What runs may print at any time.
    expect(parts({ status: "running" }).read).toEqual(["stdout", "stderr"])
  })

  it("has command, name and note in the header, one below the other", () => {
    const block = sketchBlock({ command: "make\ncheck", name: "build", note: "slow" })
    const text = textOfPart(block, "header", () => null)
    expect(text?.pieceAt(0)?.text()).toBe("make\ncheck\nbuild\nslow")
    expect(text?.pieceAt(1)).toBeNull()
    const plain = textOfPart(sketchBlock({ command: "ls" }), "header", () => null)
    expect(plain?.pieceAt(0)?.text()).toBe("ls")
  })
})
