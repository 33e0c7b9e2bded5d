import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"

/** How many sleep on the test's clock; who was interrupted in his sleep counts on. */
export const sleepers: Effect.Effect<number> = Effect.map(TestClock.sleeps(), Chunk.size)

/**
 * Waits until so many sleep on the test's clock. A fiber that writes to a real disk goes to sleep some time after its file is
 * there; the clock must not be moved on before.
 */
export const asleep = Effect.fn(function* (count = 1) {
  while ((yield* sleepers) < count) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
})
