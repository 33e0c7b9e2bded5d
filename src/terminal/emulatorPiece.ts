/**
 * Cuts bytes into what the emulator gets at once: up to the next byte after which the screen may be simple again, a
 * line end, an erased display, a private mode that was reset or RIS. A plain function: it scans every byte so given.
 */

const LF = 0x0a
const ESC = 0x1b
/** Bytes given to the emulator at once. */
const PIECE_BYTES = 4_096
/** Longest sequence that is kept together when chunks split it, in bytes; a longer one goes on as it comes. */
const MAX_SPLIT_BYTES = 64
/** Final bytes after which the screen may be simple: ED, RM (the alternate screen's end), RIS. */
const ED = 0x4a
const RM = 0x6c
const RIS = 0x63

/** A piece of input. */
export interface Piece {
  /** Index after its last byte; where it began when the rest of a sequence must come first. */
  readonly end: number
  readonly ascii: boolean
  /** The screen may be simple after it. */
  readonly check: boolean
}

/** Where the sequence at `start` ends, as far as it matters here; 0 when its end has not come yet. */
const endOfSequence = (bytes: Uint8Array, start: number): number => {
  if (start + 1 === bytes.length) return 0
  const kind = bytes[start + 1]!
  if (kind === RIS) return start + 2
  if (kind !== 0x5b) return start + 1
  const last = Math.min(bytes.length, start + MAX_SPLIT_BYTES)
  let i = start + 2
  while (i < last && bytes[i]! >= 0x20 && bytes[i]! <= 0x3f) i++
  if (i === last) return i === bytes.length && i - start < MAX_SPLIT_BYTES ? 0 : start + 1
  const final = bytes[i]!
  return final >= 0x40 && final <= 0x7e ? i + 1 : start + 1
}

/** The piece that begins at `from`. */
export const nextPiece = (bytes: Uint8Array, from: number): Piece => {
  const limit = Math.min(bytes.length, from + PIECE_BYTES)
  let end = from
  let ascii = true
  let check = false
  while (end < limit && !check) {
    const byte = bytes[end]!
    if (byte === ESC) {
      const after = endOfSequence(bytes, end)
      if (after === 0) break
      const final = bytes[after - 1]
      check = final === ED || final === RM || final === RIS
      end = after
    } else {
      if (byte === LF) check = true
      else if (byte >= 0x80) ascii = false
      end++
    }
  }
  return { end, ascii, check }
}
