/**
 * What differs between two lists of lines.
 *
 * Lines that stand once in both are anchors, in the longest order that both share (patience diff); between them Myers'
 * shortest edit script ("An O(ND) Difference Algorithm and Its Variations", 1986) decides, up to a number of edits: beyond it
 * a part counts as replaced. So the time is bounded whatever is compared, and a moved or repeated line takes nothing else
 * with it. Plain generators over numbers: 100,000 lines pass here in slices.
 */

/** A run of lines that were replaced: lines `from` to `to` (exclusive) by lines `newFrom` to `newTo`; either may be none. */
export interface Hunk {
  readonly from: number
  readonly to: number
  readonly newFrom: number
  readonly newTo: number
}

/** Edits up to which the shortest script of a part without anchors is looked for; time and memory grow with its square. */
const MAX_EDITS = 400
/** Lines that are looked at between two yields: some tenths of a millisecond. */
const STEP = 512

/** Lines from `at` in the old list equal those from `newAt` in the new one. */
interface Match {
  readonly at: number
  readonly newAt: number
  readonly length: number
}

/** Numbers for lines: the same for equal ones. */
function* numbered(lists: ReadonlyArray<ReadonlyArray<string>>): Generator<void, ReadonlyArray<Int32Array>> {
  const ids = new Map<string, number>()
  const all: Array<Int32Array> = []
  for (const lines of lists) {
    const numbers = new Int32Array(lines.length)
    for (const [index, line] of lines.entries()) {
      let id = ids.get(line)
      if (id === undefined) {
        id = ids.size
        ids.set(line, id)
      }
      numbers[index] = id
      if (index % STEP === 0) yield
    }
    all.push(numbers)
  }
  return all
}

/** Where each line stands from `begin` to `end` (exclusive), -1 for more than once. */
function* places(ids: Int32Array, begin: number, end: number): Generator<void, ReadonlyMap<number, number>> {
  const found = new Map<number, number>()
  for (let at = begin; at < end; at++) {
    const id = ids[at]!
    found.set(id, found.has(id) ? -1 : at)
    if (at % STEP === 0) yield
  }
  return found
}

/** The lines of a part that stand once in both, where they are in the same order: the longest such order. */
function* anchors(a: Int32Array, b: Int32Array, part: Hunk): Generator<void, ReadonlyArray<Match>> {
  const before = yield* places(a, part.from, part.to)
  const after = yield* places(b, part.newFrom, part.newTo)
  /** Ends of the best orders by their length, and who comes before whom in them. */
  const ends: Array<Chain> = []
  for (let at = part.from; at < part.to; at++) {
    const newAt = before.get(a[at]!) === at ? (after.get(a[at]!) ?? -1) : -1
    if (newAt === -1) continue
    let low = 0
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1
      if (ends[middle]!.newAt < newAt) low = middle + 1
      else high = middle
    }
    ends[low] = { at, newAt, length: 1, previous: ends[low - 1] ?? null }
    if (at % STEP === 0) yield
  }
  const order: Array<Match> = []
  for (let chain: Chain | null = ends.at(-1) ?? null; chain !== null; chain = chain.previous) order.push(chain)
  return order.reverse()
}

type Chain = Match & { readonly previous: Chain | null }

/** Myers' greedy algorithm: the equal runs of a part; null when more than `MAX_EDITS` edits are needed. */
function* shortest(a: Int32Array, b: Int32Array, part: Hunk): Generator<void, ReadonlyArray<Match> | null> {
  const { from, newFrom } = part
  const n = part.to - from
  const m = part.newTo - newFrom
  const max = Math.min(n + m, MAX_EDITS)
  const middle = max + 1
  /** The furthest old line on each diagonal (old minus new line), -1 where none is reached. */
  const reach = new Int32Array(2 * max + 3).fill(-1)
  const trace: Array<Int32Array> = []
  /** Where diagonal `k` is entered from what the step before has reached, and how. */
  const enter = (v: Int32Array, zero: number, k: number): { x: number; down: boolean } => {
    const down = v[zero + k + 1]!
    const right = v[zero + k - 1]! + 1
    const canDown = down >= 0 && down - k <= m
    const canRight = right > 0 && right <= n
    if (canDown && (!canRight || down >= right)) return { x: down, down: true }
    return { x: canRight ? right : -1, down: false }
  }
  let looked = 0
  for (let d = 0; d <= max; d++) {
    trace.push(reach.slice(middle - d - 1, middle + d + 2))
    for (let k = -d; k <= d; k += 2) {
      let x = d === 0 ? 0 : enter(reach, middle, k).x
      if (x >= 0) while (x < n && x - k < m && a[from + x] === b[newFrom + x - k]) x++
      looked += x - Math.max(reach[middle + k]!, 0) + 1
      reach[middle + k] = x
      if (x === n && x - k === m) return backwards(d, k)
      if (looked > STEP) {
        looked = 0
        yield
      }
    }
  }
  return null

  function backwards(d: number, k: number): ReadonlyArray<Match> {
    const matches: Array<Match> = []
    const push = (begin: number, end: number, diagonal: number) => {
      if (end > begin) matches.push({ at: from + begin, newAt: newFrom + begin - diagonal, length: end - begin })
    }
    let end = n
    let diagonal = k
    for (let step = d; step > 0; step--) {
      const v = trace[step]!
      const { x, down } = enter(v, step + 1, diagonal)
      push(x, end, diagonal)
      diagonal += down ? 1 : -1
      end = v[step + 1 + diagonal]!
    }
    push(0, end, diagonal)
    return matches.reverse()
  }
}

/**
 * The hunks that lead from `before` to `after`, in order, none touching the next. Yields every few tenths of a millisecond,
 * so that who waits for it can do something else in between.
 */
export function* diffLines(
  before: ReadonlyArray<string>,
  after: ReadonlyArray<string>
): Generator<void, ReadonlyArray<Hunk>> {
  const [a, b] = (yield* numbered([before, after])) as [Int32Array, Int32Array]
  const hunks: Array<Hunk> = []
  const add = (hunk: Hunk) => {
    const last = hunks.at(-1)
    if (last?.to === hunk.from && last.newTo === hunk.newFrom)
      hunks[hunks.length - 1] = { ...hunk, from: last.from, newFrom: last.newFrom }
    else hunks.push(hunk)
  }
  let looked = 0
  /** Parts that are still to be looked at, the next one last. */
  const parts: Array<Hunk> = [{ from: 0, to: a.length, newFrom: 0, newTo: b.length }]
  for (let next = parts.pop(); next !== undefined; next = parts.pop()) {
    if (++looked % STEP === 0) yield
    let { from, to, newFrom, newTo } = next
    for (; from < to && newFrom < newTo && a[from] === b[newFrom]; from++, newFrom++) if (++looked % STEP === 0) yield
    for (; from < to && newFrom < newTo && a[to - 1] === b[newTo - 1]; to--, newTo--) if (++looked % STEP === 0) yield
    const part = { from, to, newFrom, newTo }
    if (from === to || newFrom === newTo) {
      if (from < to || newFrom < newTo) add(part)
      continue
    }
    const fixed = yield* anchors(a, b, part)
    const matches = fixed.length > 0 ? fixed : yield* shortest(a, b, part)
    if (matches === null || matches.length === 0) {
      add(part)
      continue
    }
    const between: Array<Hunk> = []
    for (const { at, newAt, length } of matches) {
      between.push({ from, to: at, newFrom, newTo: newAt })
      from = at + length
      newFrom = newAt + length
    }
    between.push({ from, to, newFrom, newTo })
    // What the shortest script leaves between its runs are its edits.
    if (fixed.length > 0) for (const one of between.reverse()) parts.push(one)
    else for (const edit of between) if (edit.from < edit.to || edit.newFrom < edit.newTo) add(edit)
  }
  return hunks
}
