import { plain } from "./sanitise.ts"

/** A run of an output's kept lines. */
export interface TextPiece {
  /** Index of its first line. */
  readonly firstLine: number
  /** Lines, one at least. */
  readonly lines: number
  /** The lines without their sequences, a newline between two of them. Read when it is asked for. */
  readonly text: () => string
}

/**
 * An output as a search reads it: in pieces of some 64 KB, so that none takes long, and of which only those are read that
 * are looked at. Every kept line is in one piece.
 */
export interface PlainText {
  /** Grows with every change of the text. */
  readonly version: number
  /** Lines kept, the unfinished last one included when it is not empty. */
  readonly lineCount: number
  /** Lines that the output limit has left out so far: when it grows, lines have other indices. */
  readonly hiddenLines: number
  /** The piece that a line is in; null for a line that is not there. */
  pieceAt(line: number): TextPiece | null
}

/** Lines of a piece, where they are strings already. */
const PIECE_LINES = 1_000

/** Lines that are in memory as the text of an output that does not change. */
export const plainLines = (lines: ReadonlyArray<string>, hiddenLines: number): PlainText => ({
  version: 0,
  lineCount: lines.length,
  hiddenLines,
  pieceAt: (line) => {
    if (line < 0 || line >= lines.length) return null
    const firstLine = line - (line % PIECE_LINES)
    const piece = lines.slice(firstLine, firstLine + PIECE_LINES)
    return { firstLine, lines: piece.length, text: () => plain(piece.join("\n")) }
  }
})
