import * as fc from "fast-check"
import { expect, it } from "vitest"
import { BlockId } from "../../src/domain/ids.ts"
import { BlockOutput } from "../../src/terminal/BlockOutput.ts"
import { BlockStore } from "../../src/terminal/BlockStore.ts"
import { type PlainText, plainLines } from "../../src/terminal/PlainText.ts"

/** All lines, piece by piece, in one direction. */
const readAll = (text: PlainText, step: -1 | 1): ReadonlyArray<string> => {
  const read: Array<string> = []
  let line = step > 0 ? 0 : text.lineCount - 1
  for (let piece = text.pieceAt(line); piece !== null; piece = text.pieceAt(line)) {
    const lines = piece.text().split("\n")
    expect(lines).toHaveLength(piece.lines)
    if (step > 0) read.push(...lines)
    else read.unshift(...lines)
    line = step > 0 ? piece.firstLine + piece.lines : piece.firstLine - 1
  }
  return read
}

it("reads lines in memory in pieces that leave nothing out", () => {
  const lines = Array.from({ length: 2_500 }, (_, i) => `\x1b[31mline ${i}\x1b[0m`)
  const text = plainLines(lines, 0)
  const read: Array<string> = []
  for (let piece = text.pieceAt(0); piece !== null; piece = text.pieceAt(piece.firstLine + piece.lines)) {
    expect(piece.text().split("\n")).toHaveLength(piece.lines)
    read.push(...piece.text().split("\n"))
  }
  expect(read).toEqual(lines.map((_, i) => `line ${i}`))
  expect(text.pieceAt(1_234)?.firstLine).toBe(1_000)
  expect(text.pieceAt(2_500)).toBeNull()
})

it("reads an output as it is printed, whoever holds its lines, to its limit and past it, in either direction", () => {
  const part = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "é", " ") }),
    fc.constantFrom("\r\n", "\r\n\r\n", "\x1b[31mred\x1b[0m", "\x1b[2A", "\rnew", "\x1b[K", "\x1b[5;3Hthere"),
    fc.constant(`${"long line ".repeat(30)}\r\n`)
  )
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 40 }),
      fc.constantFrom(500, 100_000),
      fc.boolean(),
      (parts, maxBytes, ends) => {
        const output = new BlockOutput({ columns: 40, rows: 5, maxBytes, onChange: () => {}, onReply: () => {} })
        output.write(Buffer.from(parts.join("")))
        if (ends) output.finish(() => {})
        const text = output.text()
        const expected = text === "" ? [] : text.replace(/\n$/, "").split("\n")
        expect(readAll(output, 1)).toEqual(expected)
        expect(readAll(output, -1)).toEqual(expected)
        expect(output.pieceAt(output.lineCount)).toBeNull()
      }
    )
  )
})

it("reads a large output in pieces that are each but a part of it", () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}`)
  const output = BlockOutput.fromLines(lines, { lines: 0, bytes: 0, headLines: 0 })
  expect(readAll(output, 1)).toEqual(lines)
  expect(output.pieceAt(10_000)!.lines).toBeLessThan(10_000)
})

it("reads a block from disk for a search without holding it, nor letting go of what is held", () => {
  const id = (name: string) => BlockId.make(name)
  const read: Array<string> = []
  const store = new BlockStore({
    maxBytes: 1_000,
    restore: (block) => {
      read.push(block)
      if (block === "unknown") return null
      return { lines: ["one", "\x1b[1mtwo\x1b[0m"], unfinished: false, hidden: { lines: 3, bytes: 9, headLines: 1 } }
    }
  })
  store.get(id("b1"))
  const { heldBytes } = store
  expect(store.plainText(id("b1"))).toBe(store.held(id("b1")))
  const text = store.plainText(id("b2"))!
  expect(readAll(text, 1)).toEqual(["one", "two"])
  expect(text.hiddenLines).toBe(3)
  expect(store.plainText(id("unknown"))).toBeNull()
  expect(store.heldBytes).toBe(heldBytes)
  expect(store.held(id("b2"))).toBeNull()
  expect(read).toEqual(["b1", "b2", "unknown"])
})
