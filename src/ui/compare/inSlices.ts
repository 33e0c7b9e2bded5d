/** Longest stretch of work in one turn of the event loop, in ms: a key that comes meanwhile is not felt. */
const SLICE_MS = 4

/**
 * Runs a generator to its end, a slice in each turn of the event loop, and gives what it returns. The result stops it.
 */
export const inSlices = <A>(steps: Generator<void, A>, done: (value: A) => void): (() => void) => {
  let turn: NodeJS.Immediate | null = null
  const work = () => {
    const end = performance.now() + SLICE_MS
    while (performance.now() < end) {
      const step = steps.next()
      if (step.done !== true) continue
      turn = null
      return done(step.value)
    }
    turn = setImmediate(work)
  }
  turn = setImmediate(work)
  return () => {
    if (turn !== null) clearImmediate(turn)
    turn = null
  }
}
