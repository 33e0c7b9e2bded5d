import { describe, expect, it } from "vitest"
import { lineOfChunks, linesOfChunks, pieceOfChunks, plainOfChunk } from "../../src/terminal/chunkTexts.ts"
import { LineChunk } from "../../src/terminal/LineChunk.ts"

/** A chunk of such lines, the first `dropped` of them gone. */
const chunkOf = (lines: ReadonlyArray<string>, dropped = 0): LineChunk => {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""))
  const chunk = new LineChunk(bytes.length)
  bytes.copy(chunk.bytes)
  let end = 0
  for (const line of lines) {
    end += Buffer.byteLength(line) + 1
    chunk.ends[chunk.count++] = end * 2
  }
  for (let i = 0; i < dropped; i++) chunk.dropFirst()
  return chunk
}

describe("texts of lines in chunks", () => {
  const chunks = [chunkOf(["a", "\x1b[1mé\x1b[m"]), chunkOf(["gone", "c", ""], 1), chunkOf(["e"])]
  const all = ["a", "\x1b[1mé\x1b[m", "c", "", "e"]

  it("are counted over all chunks, without the lines that were dropped", () => {
    expect(all.map((_, index) => lineOfChunks(chunks, index))).toEqual(all)
    expect(lineOfChunks(chunks, all.length)).toBeNull()
    for (let from = 0; from <= all.length; from++)
      for (let to = from; to <= all.length + 1; to++)
        expect(linesOfChunks(chunks, from, to)).toEqual(all.slice(from, to))
  })

  it("are read without their sequences, chunk by chunk", () => {
    expect(chunks.map(plainOfChunk)).toEqual(["a\né\n", "c\n\n", "e\n"])
    const piece = pieceOfChunks(chunks, 3)!
    expect([piece.firstLine, piece.lines, piece.text()]).toEqual([2, 2, "c\n"])
    expect(pieceOfChunks(chunks, 5)).toBeNull()
  })
})
