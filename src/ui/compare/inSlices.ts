import * as Effect from "effect/Effect"

/** Longest stretch of work in one turn of the event loop, in ms: a key that comes meanwhile is not felt. */
const SLICE_MS = 4

/** Runs a generator to its end, a slice in each turn of the event loop, and gives what it returns. To interrupt stops it. */
export const inSlices = <A>(steps: Generator<void, A>): Effect.Effect<A> =>
  Effect.async((resume) => {
    let turn: NodeJS.Immediate
    const work = () => {
      const end = performance.now() + SLICE_MS
      while (performance.now() < end) {
        const step = steps.next()
        if (step.done === true) return resume(Effect.succeed(step.value))
      }
      turn = setImmediate(work)
    }
    turn = setImmediate(work)
    return Effect.sync(() => clearImmediate(turn))
  })
