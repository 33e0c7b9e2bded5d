/** Letters for labels: those under the fingers first, then the row above, then the one below. */
const LETTERS = [..."asdfghjklqwertyuiopzxcvbnm"]

/** Most things that can be named with two letters. */
export const MAX_LABELS = LETTERS.length ** 2

/**
 * Labels for so many things, the shortest and most easily typed first; none begins another, so the last letter of each
 * chooses at once. At most `MAX_LABELS`.
 */
export const makeLabels = (count: number): ReadonlyArray<string> => {
  const wanted = Math.min(count, MAX_LABELS)
  // A letter that begins labels of two names nothing alone.
  const leading = Math.max(0, Math.ceil((wanted - LETTERS.length) / (LETTERS.length - 1)))
  const single = LETTERS.slice(0, LETTERS.length - leading)
  const double = LETTERS.slice(LETTERS.length - leading).flatMap((first) => LETTERS.map((second) => first + second))
  return [...single, ...double].slice(0, wanted)
}
