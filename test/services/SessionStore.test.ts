import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession } from "../../src/domain/reduce.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"

const session = emptySession({
  _tag: "SessionCreated",
  at: 0,
  session: SessionId.make("s1"),
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
})
const started = (id: string): SessionEvent => ({
  _tag: "BlockStarted",
  at: 1,
  block: BlockId.make(id),
  command: "true",
  directory: "/home/ada"
})

/** A store over a list instead of a journal. */
const withStore = <A, E>(use: (appended: ReadonlyArray<SessionEvent>) => Effect.Effect<A, E, SessionStore>) => {
  const appended: Array<SessionEvent> = []
  return use(appended).pipe(Effect.provide(SessionStore.layer(session, { append: (event) => appended.push(event) })))
}

describe("SessionStore", () => {
  it.effect("folds an event and hands it to the journal", () =>
    withStore((appended) =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        yield* store.dispatch(started("b1"))
        assert.deepStrictEqual(
          (yield* store.get).blocks.map((block) => [block.id, block.status]),
          [[BlockId.make("b1"), "running"]]
        )
        assert.deepStrictEqual(appended, [started("b1")])
      })
    )
  )

  it.effect("keeps the journal's order when many fibers dispatch at once", () =>
    withStore((appended) =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const ids = Array.from({ length: 50 }, (_, index) => `b${index}`)
        yield* Effect.forEach(ids, (id) => store.dispatch(started(id)), { concurrency: "unbounded" })
        const blocks = (yield* store.get).blocks.map((block) => block.id)
        assert.deepStrictEqual(
          blocks,
          appended.map((event) => (event._tag === "BlockStarted" ? event.block : null))
        )
        assert.strictEqual(blocks.length, 50)
      })
    )
  )

  it.effect("streams the session now and after each change", () =>
    withStore(() =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const subscribed = yield* Deferred.make<void>()
        const counts = yield* store.changes.pipe(
          Stream.map(({ blocks }) => blocks.length),
          Stream.tap(() => Deferred.succeed(subscribed, undefined)),
          Stream.take(3),
          Stream.runCollect,
          Effect.fork
        )
        yield* Deferred.await(subscribed)
        yield* store.dispatch(started("b1"))
        yield* store.dispatch(started("b2"))
        assert.deepStrictEqual([...(yield* Fiber.join(counts))], [0, 1, 2])
      })
    )
  )

  it.effect("fails for an unknown block by its id", () =>
    withStore(() =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const error = yield* Effect.flip(store.getBlock(BlockId.make("nope")))
        assert.strictEqual(error.reason, "UnknownBlock")
        assert.include(error.message, "nope")
      })
    )
  )

  it.effect("marks the active block", () =>
    withStore(() =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        yield* store.setActiveBlock(BlockId.make("b1"))
        assert.strictEqual((yield* store.get).activeBlockId, "b1")
        yield* store.setActiveBlock(null)
        assert.strictEqual((yield* store.get).activeBlockId, null)
      })
    )
  )
})
