import { setImmediate as nextTurn } from "node:timers/promises"

/** How long a text is gathered before keys have their turn, in ms. */
const SLICE_MS = 4

/** A text from its pieces, without holding up the screen; at once where that takes less than 4 ms. */
export const gatherText = async (pieces: Iterable<string>): Promise<string> => {
  const parts: Array<string> = []
  let began = performance.now()
  for (const piece of pieces) {
    parts.push(piece)
    if (performance.now() - began < SLICE_MS) continue
    await nextTurn()
    began = performance.now()
  }
  return parts.join("")
}
