import { diffArrays } from "diff"
import { encodeHunks, type Hunk, type LineDiff } from "./DiffOrder.ts"

/** How long the shortest way from one list to the other is looked for, in ms. */
const MAX_DIFF_MS = 5_000

/** Where those lines stand, from `begin` to `end` (exclusive), that `others` has as well. */
const shared = (lines: ReadonlyArray<string>, begin: number, end: number, others: ReadonlySet<string>) => {
  const places: Array<number> = []
  for (let at = begin; at < end; at++) if (others.has(lines[at]!)) places.push(at)
  return places
}

/**
 * What leads from `before` to `after` with the fewest lines removed and added.
 *
 * Equal lines at both ends and lines that only one of them has are no work for the library, whose time grows with the
 * square of what differs: what is left are lines that were moved, and those that stand there again and again.
 *
 * Plain and synchronous: it runs on a thread of its own.
 *
 * @param timeLimit after which it gives up, in ms
 */
export const diffLines = (
  before: ReadonlyArray<string>,
  after: ReadonlyArray<string>,
  timeLimit = MAX_DIFF_MS
): LineDiff => {
  let begin = 0
  let to = before.length
  let newTo = after.length
  while (begin < to && begin < newTo && before[begin] === after[begin]) begin++
  while (begin < to && begin < newTo && before[to - 1] === after[newTo - 1]) {
    to--
    newTo--
  }
  const places = shared(before, begin, to, new Set(after.slice(begin, newTo)))
  const newPlaces = shared(after, begin, newTo, new Set(before.slice(begin, to)))
  const changes = diffArrays(
    places.map((at) => before[at]!),
    newPlaces.map((at) => after[at]!),
    { timeout: timeLimit }
  )
  if (changes === undefined) {
    const all = { from: begin, to, newFrom: begin, newTo }
    return { hunks: encodeHunks([all]), lineByLine: false }
  }

  const hunks: Array<Hunk> = []
  let from = begin
  let newFrom = begin
  /** Takes all up to here as replaced, and the two lines here as equal. */
  const passEqual = (at: number, newAt: number) => {
    if (from < at || newFrom < newAt) hunks.push({ from, to: at, newFrom, newTo: newAt })
    from = at + 1
    newFrom = newAt + 1
  }
  let index = 0
  let newIndex = 0
  for (const { added, removed, count } of changes) {
    if (!added && !removed) for (let n = 0; n < count; n++) passEqual(places[index + n]!, newPlaces[newIndex + n]!)
    if (!added) index += count
    if (!removed) newIndex += count
  }
  passEqual(to, newTo)
  return { hunks: encodeHunks(hunks), lineByLine: true }
}
