import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { BlockHeader } from "../domain/Block.ts"
import { BlockId } from "../domain/ids.ts"
import { reduce } from "../domain/reduce.ts"
import type { Session } from "../domain/Session.ts"
import type { SessionEvent } from "../domain/SessionEvent.ts"

/** A question about a block that the session does not have. */
export class SessionStoreError extends Schema.TaggedError<SessionStoreError>()("SessionStoreError", {
  reason: Schema.Literal("UnknownBlock"),
  block: BlockId
}) {
  override get message(): string {
    return `This session has no block ${this.block}`
  }
}

/** Where a session's events go to be kept: the journal on disk, or a list in a test. */
export interface EventSink {
  /** Accepts one event in order; returns at once, the disk follows. */
  readonly append: (event: SessionEvent) => void
}

/** The open session: a fold of its events, and the only way to add one. */
export class SessionStore extends Context.Tag("effecttalk/SessionStore")<
  SessionStore,
  {
    /** The session as it is now. */
    readonly get: Effect.Effect<Session>
    /** The same, for readers that cannot wait (React's `getSnapshot`): always the latest, never torn. */
    readonly ref: SubscriptionRef.SubscriptionRef<Session>
    /** The session now and after every change. */
    readonly changes: Stream.Stream<Session>
    /** Folds an event into the session and hands it to the journal. */
    readonly dispatch: (event: SessionEvent) => Effect.Effect<void>
    /** One block's header. Fails with `UnknownBlock`. */
    readonly getBlock: (id: BlockId) => Effect.Effect<BlockHeader, SessionStoreError>
    /** Marks the block that keys act on; null for none. */
    readonly setActiveBlock: (id: BlockId | null) => Effect.Effect<void>
  }
>() {
  /** A store that begins with `session` and sends each event to `sink`. */
  static readonly layer = (session: Session, sink: EventSink) => Layer.effect(this, make(session, sink))
}

const make = Effect.fn("SessionStore.make")(function* (initial: Session, sink: EventSink) {
  const ref = yield* SubscriptionRef.make(initial)

  const dispatch = Effect.fn("SessionStore.dispatch")((event: SessionEvent) =>
    // The journal sees events in the order in which they are folded: both happen under the ref's lock.
    SubscriptionRef.update(ref, (session) => {
      sink.append(event)
      return reduce(session, event)
    })
  )

  return SessionStore.of({
    get: SubscriptionRef.get(ref),
    ref,
    changes: ref.changes,
    dispatch,
    getBlock: Effect.fn("SessionStore.getBlock")(function* (id) {
      const session = yield* SubscriptionRef.get(ref)
      const block = session.blocks.findLast((candidate) => candidate.id === id)
      return block ?? (yield* new SessionStoreError({ reason: "UnknownBlock", block: id }))
    }),
    setActiveBlock: Effect.fn("SessionStore.setActiveBlock")(function* (block) {
      const at = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      yield* dispatch({ _tag: "ActiveBlockSet", at, block })
    })
  })
})
