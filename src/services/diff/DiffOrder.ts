/** A run of lines that were replaced: lines `from` to `to` (exclusive) by lines `newFrom` to `newTo`; either may be none. */
export interface Hunk {
  readonly from: number
  readonly to: number
  readonly newFrom: number
  readonly newTo: number
}

/** Numbers of a hunk in a list of them. */
const HUNK_NUMBERS = 4

/** What differs between two lists of lines: what the thread says, once. */
export interface LineDiff {
  /**
   * In order, none touching the next: see `hunkAt`. Numbers, because 50,000 objects would be read from another thread in
   * one go of some 30 ms.
   */
  readonly hunks: Int32Array
  /** False when the lists are too different to be compared line by line: all between their equal ends is one hunk. */
  readonly lineByLine: boolean
}

/** How many hunks there are. */
export const hunkCount = (hunks: Int32Array): number => hunks.length / HUNK_NUMBERS

/** One of them; undefined beyond the last. */
export const hunkAt = (hunks: Int32Array, index: number): Hunk | undefined => {
  const at = index * HUNK_NUMBERS
  if (at >= hunks.length) return undefined
  return { from: hunks[at]!, to: hunks[at + 1]!, newFrom: hunks[at + 2]!, newTo: hunks[at + 3]! }
}

/** Hunks as they are sent. */
export const encodeHunks = (hunks: ReadonlyArray<Hunk>): Int32Array =>
  Int32Array.from(hunks.flatMap(({ from, to, newFrom, newTo }) => [from, to, newFrom, newTo]))

/** What the thread is given: two lists of lines, in pieces (`encodeLines`). */
export interface DiffOrder {
  readonly type: "diff"
  readonly before: ReadonlyArray<ArrayBuffer>
  readonly after: ReadonlyArray<ArrayBuffer>
}

/** A piece of a list: one line at least, none with a line's end in it. Handed over to a thread, it costs nothing there. */
export const encodeLines = (lines: ReadonlyArray<string>): ArrayBuffer =>
  new TextEncoder().encode(lines.join("\n")).buffer

/** The lines of all pieces. */
export const decodeLines = (pieces: ReadonlyArray<ArrayBuffer>): ReadonlyArray<string> =>
  pieces.flatMap((piece) => Buffer.from(piece).toString().split("\n"))
