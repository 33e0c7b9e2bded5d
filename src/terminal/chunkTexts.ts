import type { LineChunk } from "./LineChunk.ts"
import type { TextPiece } from "./PlainText.ts"
import { plain } from "./sanitise.ts"

/** The styled text of one line of chunks; null for a line that is in none of them. */
export const lineOfChunks = (chunks: ReadonlyArray<LineChunk>, index: number): string | null => {
  let base = 0
  for (const chunk of chunks) {
    const size = chunk.count - chunk.first
    if (index < base + size) return lineOf(chunk, chunk.first + index - base)
    base += size
  }
  return null
}

/** Those of the lines from `from` (inclusive) to `to` (exclusive). */
export const linesOfChunks = (chunks: ReadonlyArray<LineChunk>, from: number, to: number): Array<string> => {
  const lines: Array<string> = []
  let base = 0
  for (const chunk of chunks) {
    const size = chunk.count - chunk.first
    const begin = Math.max(from - base, 0)
    for (let i = begin; i < Math.min(size, to - base); i++) lines.push(lineOf(chunk, chunk.first + i))
    base += size
    if (base >= to) break
  }
  return lines
}

/** The plain text of a chunk's lines, each with its newline. */
export const plainOfChunk = (chunk: LineChunk): string =>
  plain(chunk.bytes.toString("utf8", chunk.start(chunk.first), chunk.start(chunk.count)))

/** The chunk that a line is in, as a piece of the text; null for a line that is in none of them. */
export const pieceOfChunks = (chunks: ReadonlyArray<LineChunk>, index: number): TextPiece | null => {
  let firstLine = 0
  for (const chunk of chunks) {
    const lines = chunk.count - chunk.first
    if (index >= firstLine && index < firstLine + lines) {
      const { bytes } = chunk
      const from = chunk.start(chunk.first)
      const to = chunk.end(chunk.count - 1)
      return { firstLine, lines, text: () => plain(bytes.toString("utf8", from, to)) }
    }
    firstLine += lines
  }
  return null
}

const lineOf = (chunk: LineChunk, line: number): string =>
  chunk.bytes.toString("utf8", chunk.start(line), chunk.end(line))
