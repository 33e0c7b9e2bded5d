import { type DiffOrder, decodeLines, type LineDiff } from "./DiffOrder.ts"
import { diffLines } from "./diffLines.ts"

/** Compares two lists of lines, and posts how they differ. */
export const postDiff = ({ before, after }: DiffOrder, post: (message: LineDiff) => void): void =>
  post(diffLines(decodeLines(before), decodeLines(after)))
