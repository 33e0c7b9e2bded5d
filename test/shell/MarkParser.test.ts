import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MARK_OSC, MAX_MARK_BYTES, MarkParser } from "../../src/shell/MarkParser.ts"

type Piece = { readonly output: string } | { readonly mark: string }

/** Parses chunks; neighbouring output is joined, since chunks may cut it anywhere. */
const parse = (chunks: ReadonlyArray<Buffer>): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  const parser = new MarkParser({
    output: (bytes) => {
      const text = bytes.toString("latin1")
      const last = pieces.at(-1)
      if (last !== undefined && "output" in last) pieces[pieces.length - 1] = { output: last.output + text }
      else pieces.push({ output: text })
    },
    mark: (payload) => pieces.push({ mark: payload })
  })
  for (const chunk of chunks) parser.push(chunk)
  parser.flush()
  return pieces
}

/** The whole stream at once, by a regular expression. */
const model = (stream: Buffer): ReadonlyArray<Piece> => {
  const text = stream.toString("latin1")
  const pieces: Array<Piece> = []
  const pattern = new RegExp(`\\x1b\\]${MARK_OSC};([^\\x07\\x1b]{0,${MAX_MARK_BYTES}})(?:\\x07|\\x1b\\\\)`, "g")
  let from = 0
  for (const found of text.matchAll(pattern)) {
    if (found.index > from) pieces.push({ output: text.slice(from, found.index) })
    pieces.push({ mark: Buffer.from(found[1]!, "latin1").toString("utf8") })
    from = found.index + found[0].length
  }
  if (from < text.length) pieces.push({ output: text.slice(from) })
  return pieces
}

const fragment = fc.oneof(
  fc.constantFrom(
    "\x1b",
    "\x1b]",
    `\x1b]${MARK_OSC}`,
    `\x1b]${MARK_OSC};`,
    "\x07",
    "\x1b\\",
    "\\",
    "]",
    ";",
    "\n",
    "7717;"
  ),
  fc.constantFrom(
    `\x1b]${MARK_OSC};E;1;0\x07`,
    `\x1b]${MARK_OSC};D;grüße\x1b\\`,
    "\x1b]0;title\x07",
    "\x1b[1mx\x1b[0m"
  ),
  fc.string({ maxLength: 8 })
)

const cut = (stream: Buffer, sizes: ReadonlyArray<number>): ReadonlyArray<Buffer> => {
  const chunks: Array<Buffer> = []
  let at = 0
  for (let i = 0; at < stream.length; i++) {
    const size = sizes[i % sizes.length]!
    chunks.push(stream.subarray(at, at + size))
    at += size
  }
  return chunks
}

describe("MarkParser", () => {
  it("finds what a regular expression over the whole stream finds, however it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fragment, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (fragments, sizes) => {
          const stream = Buffer.from(fragments.join(""), "utf8")
          expect(parse(cut(stream, sizes))).toEqual(model(stream))
        }
      ),
      { numRuns: 2000 }
    )
  })

  it("passes a mark that never ends, or is too long, as output", () => {
    for (const extra of [0, 1, 2]) {
      const stream = Buffer.from(`a\x1b]${MARK_OSC};${"x".repeat(MAX_MARK_BYTES + extra)}\x07b`)
      expect(parse(cut(stream, [7919]))).toEqual(model(stream))
    }
    const endless = Buffer.from(`\x1b]${MARK_OSC};${"x".repeat(MAX_MARK_BYTES * 3)}`)
    expect(parse(cut(endless, [4096]))).toEqual([{ output: endless.toString() }])
  })

  it("does not hold more of an endless mark than its limit", () => {
    let passed = 0
    const parser = new MarkParser({
      output: (bytes) => {
        passed += bytes.length
      },
      mark: () => {}
    })
    const head = `\x1b]${MARK_OSC};`
    parser.push(Buffer.from(head))
    for (let i = 0; i < 64; i++) parser.push(Buffer.alloc(4096, 120))
    expect(head.length + 64 * 4096 - passed).toBeLessThanOrEqual(MAX_MARK_BYTES + head.length)
  })

  it("hands on a chunk without a mark as it is, without copying", () => {
    const seen: Array<Buffer> = []
    const parser = new MarkParser({ output: (bytes) => void seen.push(bytes), mark: () => {} })
    const plain = Buffer.from("plain \x1b[31mred\x1b[0m\r\n")
    parser.push(plain)
    expect(seen[0]).toBe(plain)
  })
})
