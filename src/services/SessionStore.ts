import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { Block, BlockHeader } from "../domain/Block.ts"
import { blockEvents } from "../domain/blockEvents.ts"
import { BlockId, type SessionId } from "../domain/ids.ts"
import { reduce } from "../domain/reduce.ts"
import type { Session } from "../domain/Session.ts"
import type { BlocksArchived, SessionEvent } from "../domain/SessionEvent.ts"
import { sanitise } from "../terminal/sanitise.ts"
import type { PersistenceError } from "./persistence/PersistenceError.ts"
import { sessionChanges } from "./sessionChanges.ts"
import { type UndoDirection, UndoError, UndoStack } from "./UndoStack.ts"

/** Why a session did not answer, or did not change. */
export class SessionStoreError extends Schema.TaggedError<SessionStoreError>()("SessionStoreError", {
  /**
   * `UnknownBlock`: the session has no such block. `BlockExists`: it has one of that id already. `Unsupported`: no event
   * changes this field. `Invalid`: the field cannot hold this value.
   */
  reason: Schema.Literal("UnknownBlock", "BlockExists", "Unsupported", "Invalid"),
  block: Schema.optionalWith(BlockId, { exact: true }),
  /** Path of the field, such as `metadata.shell`. */
  field: Schema.optionalWith(Schema.String, { exact: true })
}) {
  override get message(): string {
    return MESSAGES[this.reason](this)
  }
}

const MESSAGES: Readonly<Record<SessionStoreError["reason"], (error: SessionStoreError) => string>> = {
  UnknownBlock: ({ block }) => `This session has no block ${block}`,
  BlockExists: ({ block }) => `This session already has a block ${block}`,
  Unsupported: ({ field }) => `A session's ${field} cannot be changed`,
  Invalid: ({ field }) => `A session's ${field} cannot hold this value`
}

/** Where a session's events go to be kept: the journal on disk, or a list in a test. */
export interface EventSink {
  /**
   * Accepts one event in order; returns at once, the disk follows.
   *
   * @param add folds an event that follows from this one and is kept already
   */
  readonly append: (event: SessionEvent, add: (event: SessionEvent) => void) => void
  /** Moves what `clearBlocks` takes out to the archive, where there is one; nothing has moved when it fails. */
  readonly clear?: Effect.Effect<void, PersistenceError>
  /** Has the archive hold what is cleared again before `fold`, see `SessionArchive.clearAgain`; where there is one. */
  readonly clearAgain?: <A, E>(
    cleared: typeof BlocksArchived.Type,
    fold: (archive: SessionId) => Effect.Effect<A, E>
  ) => Effect.Effect<A, E | PersistenceError>
}

/** What came of undoing or redoing. */
export interface Undone {
  /** The events that were added for it; none when the user had put it right by hand already. */
  readonly events: ReadonlyArray<SessionEvent>
  readonly before: Session
  readonly after: Session
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
    /**
     * Adds a whole block, output included; it gets the session's next number, and its name becomes its own. Fails with
     * `BlockExists`, also for a deleted block that can be brought back.
     */
    readonly addBlock: (block: Block) => Effect.Effect<void, SessionStoreError>
    /**
     * Changes the fields that have an event: `workingDirectory`, `environment`, `activeBlockId`, and of `metadata` `unset`,
     * `name`, `pinned` and `input`. Fails with `Unsupported` or `Invalid`, naming the field, and changes nothing then.
     * It is the session that is told, not its shell: what the shell's next prompt says comes after.
     */
    readonly updateSession: (change: (session: Session) => Session) => Effect.Effect<void, SessionStoreError>
    /** Marks the block that keys act on; null for none. */
    readonly setActiveBlock: (id: BlockId | null) => Effect.Effect<void>
    /**
     * Moves the finished blocks to the archive, see `SessionArchive.clear`; those that run, wait or are pinned stay. A store
     * over a sink without an archive lets them go. Fails as the disk does, and nothing has moved then.
     */
    readonly clearBlocks: Effect.Effect<void, PersistenceError>
    /**
     * Takes back what the user did last to the session and its blocks, since this store was made: deleting, clearing,
     * folding all, names, notes, pins. Never a command. Fails with `Nothing`, or with why the last thing cannot be taken
     * back, which is out of the way then.
     */
    readonly undo: Effect.Effect<Undone, UndoError | PersistenceError>
    /**
     * Does again what was undone last, unless something else was done since. Fails like `undo`, and as the disk does where
     * blocks are cleared again whose document is gone: nothing has changed then, and it may be tried again.
     */
    readonly redo: Effect.Effect<Undone, UndoError | PersistenceError>
  }
>() {
  /** A store that begins with `session` and sends each event to `sink`. */
  static readonly layer = (session: Session, sink: EventSink) => Layer.effect(this, make(session, sink))
}

const make = Effect.fn("SessionStore.make")(function* (initial: Session, sink: EventSink) {
  const ref = yield* SubscriptionRef.make(initial)

  const undoStack = new UndoStack()

  const fold = (session: Session, event: SessionEvent): Session => {
    let folded = reduce(session, event)
    sink.append(event, (more) => {
      folded = reduce(folded, more)
    })
    return folded
  }

  /** Folds what the user may want back. */
  const foldNoted = (session: Session, event: SessionEvent): Session => {
    undoStack.note(session, event)
    return fold(session, event)
  }

  const dispatch = Effect.fn("SessionStore.dispatch")((event: SessionEvent) =>
    // The journal sees events in the order in which they are folded: both happen under the ref's lock.
    SubscriptionRef.update(ref, (session) => foldNoted(session, event))
  )

  // One after the other: what comes next is known once the last one is done.
  const undoing = yield* Effect.makeSemaphore(1)

  const step = (direction: UndoDirection, archive?: SessionId) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) =>
      SubscriptionRef.modifyEffect(ref, (before) =>
        Effect.suspend(() => {
          const applied = undoStack.apply(direction, before, at, archive)
          if (applied instanceof UndoError) return applied
          const { events } = applied
          let { after } = applied
          const add = (more: SessionEvent) => {
            after = reduce(after, more)
          }
          for (const event of events) sink.append(event, add)
          return Effect.succeed([{ events, before, after } satisfies Undone, after] as const)
        })
      )
    )

  const through = (direction: UndoDirection) =>
    Effect.suspend(() => {
      const cleared = undoStack.clearing(direction)
      return cleared === null || sink.clearAgain === undefined
        ? step(direction)
        : sink.clearAgain(cleared, (archive) => step(direction, archive))
    }).pipe(undoing.withPermits(1), Effect.withSpan(`SessionStore.${direction}`))

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
    addBlock: Effect.fn("SessionStore.addBlock")(function* (block) {
      const now = yield* Clock.currentTimeMillis
      const safe = { ...block, stdout: sanitise(block.stdout, "keep"), stderr: sanitise(block.stderr, "keep") }
      yield* SubscriptionRef.updateEffect(ref, (session) =>
        [...session.blocks, ...(session.deleted ?? [])].some(({ id }) => id === block.id)
          ? new SessionStoreError({ reason: "BlockExists", block: block.id })
          : Effect.sync(() => blockEvents(safe, now).reduce(fold, session))
      )
    }),
    updateSession: Effect.fn("SessionStore.updateSession")(function* (change) {
      const now = yield* Clock.currentTimeMillis
      yield* SubscriptionRef.updateEffect(ref, (session) =>
        Either.match(sessionChanges(session, change(session), now), {
          onLeft: (problem) => new SessionStoreError(problem),
          onRight: (events) => Effect.sync(() => events.reduce(foldNoted, session))
        })
      )
    }),
    setActiveBlock: Effect.fn("SessionStore.setActiveBlock")(function* (block) {
      const at = yield* Clock.currentTimeMillis
      yield* dispatch({ _tag: "ActiveBlockSet", at, block })
    }),
    clearBlocks: (
      sink.clear ?? Effect.flatMap(Clock.currentTimeMillis, (at) => dispatch({ _tag: "BlocksCleared", at }))
    ).pipe(Effect.withSpan("SessionStore.clearBlocks")),
    undo: through("undo"),
    redo: through("redo")
  })
})
