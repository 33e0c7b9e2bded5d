/** Longest text that is compared, in UTF-16 units: every name is shorter, and the work grows with the square. */
const MAX_COMPARED_LENGTH = 64

/**
 * How many characters must be put in, taken out, replaced or swapped with their neighbour to make one text of the other
 * (optimal string alignment, after Damerau 1964).
 */
export const editDistance = (a: string, b: string): number => {
  let before: ReadonlyArray<number> = []
  let row: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? before[j - 2]! + 1 : replaced
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1))
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** As if written in the same way: case, underscores, dashes and dots do not count. */
const core = (text: string): string => text.toLowerCase().replace(/[_\-.\s]/g, "")

/**
 * What may have been meant by `text`: the candidate that differs least, the first of equals; null when even that one
 * differs in more than a third of its characters.
 */
export const nearest = (text: string, candidates: ReadonlyArray<string>): string | null => {
  const written = core(text)
  if (written === "" || written.length > MAX_COMPARED_LENGTH) return null
  let best: string | null = null
  let least = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const wanted = core(candidate)
    // `warning` for `warn`, `dev` for `development`: as near as one wrong character.
    const begins = wanted.startsWith(written) || written.startsWith(wanted)
    const distance = Math.min(
      editDistance(written, wanted),
      begins && Math.min(written.length, wanted.length) > 2 ? 1 : Number.POSITIVE_INFINITY
    )
    if (distance < least && distance <= Math.max(1, Math.floor(wanted.length / 3))) {
      best = candidate
      least = distance
    }
  }
  return best
}
