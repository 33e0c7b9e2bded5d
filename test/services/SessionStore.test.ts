import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { type Block, type BlockHeader, EMPTY_ACCOUNT } from "../../src/domain/Block.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"
import type { Session } from "../../src/domain/Session.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { PersistenceError } from "../../src/services/persistence/PersistenceError.ts"
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

const whole: Block = {
  id: BlockId.make("b1"),
  command: "make",
  status: "failure",
  exitCode: 3,
  signal: null,
  startTime: 5,
  endTime: 7,
  stdout: "",
  stderr: "",
  metadata: { number: 9, directory: "/home/ada", ...EMPTY_ACCOUNT, folded: false, notices: ["note"] }
}

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

  it.effect("adds a whole block, once, with text that cannot attack a terminal", () =>
    withStore((appended) =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        yield* store.addBlock({ ...whole, stdout: "red \x1b[31mred\x1b]52;c;eA==\x07\nopen" })
        const added = yield* store.getBlock(whole.id)
        assert.deepInclude(added, { status: "failure", exitCode: 3, startTime: 5, endTime: 7 })
        assert.deepInclude(added.metadata, { number: 1, lines: 2, notices: ["note"] })
        assert.deepInclude(
          appended.find(({ _tag }) => _tag === "OutputFrozen"),
          { lines: ["red \x1b[31mred", "open"], unfinished: true }
        )
        const before = appended.length
        const error = yield* Effect.flip(store.addBlock(whole))
        assert.deepStrictEqual([error.reason, error.block, appended.length], ["BlockExists", whole.id, before])
        // One that was deleted may come back.
        yield* store.dispatch({ _tag: "BlocksDeleted", at: 9, blocks: [whole.id] })
        assert.strictEqual((yield* Effect.flip(store.addBlock(whole))).reason, "BlockExists")
      })
    )
  )

  it.effect("changes what has an event, by these events and no others", () =>
    withStore((appended) =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        yield* store.updateSession((now) => now)
        assert.deepStrictEqual(appended, [])
        yield* store.updateSession((now) => ({ ...now, workingDirectory: "/new/path" }))
        assert.deepStrictEqual(appended, [{ _tag: "DirectoryChanged", at: 0, directory: "/new/path" }])
        yield* store.updateSession((now) => ({
          ...now,
          environment: { EDITOR: "vi", API_TOKEN: "hidden" },
          activeBlockId: BlockId.make("b1"),
          metadata: { ...now.metadata, unset: ["PAGER"], name: "work", pinned: true, input: "ls" }
        }))
        const changed = yield* store.get
        assert.deepStrictEqual(changed.environment, { EDITOR: "vi" })
        assert.deepStrictEqual(changed.activeBlockId, "b1")
        assert.deepStrictEqual(changed.metadata, {
          shell: "/bin/bash",
          unset: ["PAGER"],
          redacted: ["API_TOKEN"],
          name: "work",
          pinned: true,
          input: "ls"
        })
        assert.strictEqual(appended.length, 6)
        yield* store.updateSession(({ metadata: { name: _name, ...metadata }, ...now }) => ({ ...now, metadata }))
        assert.deepStrictEqual(appended.at(-1), { _tag: "SessionRenamed", at: 0, name: null })
        assert.isUndefined((yield* store.get).metadata.name)
      })
    )
  )

  const refused: ReadonlyArray<readonly [string, "Unsupported" | "Invalid", (session: Session) => Session]> = [
    ["id", "Unsupported", (now) => ({ ...now, id: SessionId.make("s2") })],
    ["blocks", "Unsupported", (now) => ({ ...now, blocks: [...now.blocks, {} as BlockHeader] })],
    ["createdAt", "Unsupported", (now) => ({ ...now, createdAt: 1 })],
    ["lastModified", "Unsupported", (now) => ({ ...now, lastModified: 1 })],
    ["mood", "Unsupported", (now) => ({ ...now, mood: "good" })],
    ["metadata.shell", "Unsupported", (now) => ({ ...now, metadata: { ...now.metadata, shell: "/bin/zsh" } })],
    ["workingDirectory", "Invalid", (now) => ({ ...now, workingDirectory: "relative" })],
    ["environment", "Invalid", (now) => ({ ...now, environment: { "A B": "1" } })],
    ["metadata.name", "Invalid", (now) => ({ ...now, metadata: { ...now.metadata, name: "x".repeat(65) } })],
    ["metadata.name", "Invalid", (now) => ({ ...now, metadata: { ...now.metadata, name: "a\x1b[31m" } })]
  ]
  for (const [field, reason, change] of refused) {
    it.effect(`refuses to change ${field} where no event can (${reason}), with all that came with it`, () =>
      withStore((appended) =>
        Effect.gen(function* () {
          const store = yield* SessionStore
          const error = yield* Effect.flip(
            store.updateSession((now) => change({ ...now, metadata: { ...now.metadata, input: "kept" } }))
          )
          assert.deepStrictEqual([error.reason, error.field], [reason, field])
          assert.include(error.message, field)
          assert.deepStrictEqual([appended, yield* store.get], [[], session])
        })
      )
    )
  }

  it.effect("clears finished blocks, and leaves those that run or wait", () =>
    withStore(() =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        yield* store.addBlock(whole)
        yield* store.dispatch(started("b2"))
        yield* store.dispatch({
          _tag: "BlockQueued",
          at: 1,
          block: BlockId.make("b3"),
          command: "ls",
          directory: "/home/ada"
        })
        yield* store.setActiveBlock(whole.id)
        yield* store.clearBlocks
        const { blocks, activeBlockId } = yield* store.get
        assert.deepStrictEqual(
          blocks.map((block) => [block.id, block.status]),
          [
            ["b2", "running"],
            ["b3", "idle"]
          ]
        )
        assert.isNull(activeBlockId)
      })
    )
  )

  const ended = (id: string): SessionEvent => ({
    _tag: "BlockFinished",
    at: 2,
    block: BlockId.make(id),
    status: "success",
    exitCode: 0,
    signal: null,
    ...EMPTY_ACCOUNT
  })
  const rename = (id: string, name: string | null): SessionEvent => ({
    _tag: "BlockRenamed",
    at: 3,
    block: BlockId.make(id),
    name
  })
  const remove = (...ids: ReadonlyArray<string>): SessionEvent => ({
    _tag: "BlocksDeleted",
    at: 3,
    blocks: ids.map((id) => BlockId.make(id))
  })

  it.effect("takes back what the user did and does it again, by events that the journal gets", () =>
    withStore((appended) =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        for (const id of ["b1", "b2"]) for (const event of [started(id), ended(id)]) yield* store.dispatch(event)
        yield* store.dispatch(rename("b1", "build"))
        yield* store.dispatch(remove("b1", "b2"))
        yield* store.updateSession((now) => ({ ...now, metadata: { ...now.metadata, name: "work" } }))
        const done = yield* store.get
        yield* TestClock.adjust("1 hour")
        const steps = appended.length
        const undone = [yield* store.undo, yield* store.undo, yield* store.undo]
        assert.deepStrictEqual(
          undone.map(({ events }) => events),
          [
            [{ _tag: "SessionRenamed", at: 3_600_000, name: null }],
            [
              { _tag: "BlocksRestored", at: 3_600_000, blocks: [BlockId.make("b1"), BlockId.make("b2")] },
              { _tag: "ActiveBlockSet", at: 3_600_000, block: BlockId.make("b2") }
            ],
            [{ _tag: "BlockRenamed", at: 3_600_000, block: BlockId.make("b1"), name: null }]
          ]
        )
        assert.deepStrictEqual(
          appended.slice(steps),
          undone.flatMap(({ events }) => events)
        )
        assert.deepStrictEqual(appended.reduce(reduce, session), yield* store.get)
        // The commands that ran are not among what can be taken back.
        const nothing = yield* Effect.flip(store.undo)
        assert.strictEqual(nothing.message, "Nothing to undo since the session was opened")
        assert.lengthOf((yield* store.get).blocks, 2)
        yield* Effect.all([store.redo, store.redo, store.redo])
        assert.deepStrictEqual(yield* store.get, { ...done, lastModified: 3_600_000 })
        assert.strictEqual((yield* Effect.flip(store.redo)).message, "Nothing to redo")
      })
    )
  )

  it.effect("does nothing again once something else was done, and goes on when something runs meanwhile", () =>
    withStore(() =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        for (const event of [started("b1"), ended("b1"), rename("b1", "one"), rename("b1", "two")]) {
          yield* store.dispatch(event)
        }
        const name = Effect.map(store.getBlock(BlockId.make("b1")), ({ metadata }) => metadata.name)
        yield* store.undo
        yield* store.dispatch(started("b2"))
        yield* store.redo
        assert.strictEqual(yield* name, "two")
        yield* store.undo
        yield* store.dispatch(rename("b2", "other"))
        assert.strictEqual((yield* Effect.flip(store.redo)).reason, "Nothing")
        yield* store.undo
        yield* store.undo
        assert.isUndefined(yield* name)
      })
    )
  )

  it.effect("has the archive hold what it clears again before the event, one redo after the other", () => {
    const told: Array<string> = []
    let holds: Effect.Effect<SessionId, PersistenceError> = Effect.succeed(SessionId.make("anew"))
    return Effect.gen(function* () {
      const store = yield* SessionStore
      for (const id of ["b1", "b2"]) {
        for (const event of [started(id), ended(id)]) yield* store.dispatch(event)
        const archive = SessionId.make(`of-${id}`)
        yield* store.dispatch({ _tag: "BlocksArchived", at: 3, blocks: [BlockId.make(id)], archive, why: "clear" })
      }
      yield* Effect.all([store.undo, store.undo])
      told.length = 0
      // As two keys of one read.
      yield* Effect.all([store.redo, store.redo], { concurrency: "unbounded" })
      assert.deepStrictEqual(told, ["holds of-b1", "BlocksArchived anew", "holds of-b2", "BlocksArchived anew"])
      yield* store.undo
      const full = new PersistenceError({ reason: "Io", subject: "s1", detail: "the disk is full" })
      holds = full
      const before = yield* store.get
      assert.strictEqual((yield* Effect.flip(store.redo)).message, full.message)
      assert.deepStrictEqual(yield* store.get, before)
      holds = Effect.succeed(SessionId.make("later"))
      yield* store.redo
      assert.strictEqual(told.at(-1), "BlocksArchived later")
    }).pipe(
      Effect.provide(
        SessionStore.layer(session, {
          append: (event) =>
            void told.push(event._tag === "BlocksArchived" ? `${event._tag} ${event.archive}` : event._tag),
          clearAgain: ({ archive }, fold) =>
            Effect.sync(() => told.push(`holds ${archive}`)).pipe(
              Effect.zipRight(Effect.yieldNow()),
              Effect.zipRight(Effect.suspend(() => holds)),
              Effect.flatMap(fold)
            )
        })
      )
    )
  })

  it.effect("says what cannot be taken back any more, and goes on with what came before it", () =>
    withStore(() =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        for (const id of ["b1", "b2"]) for (const event of [started(id), ended(id)]) yield* store.dispatch(event)
        yield* store.dispatch(rename("b1", "one"))
        yield* store.dispatch(rename("b2", "two"))
        yield* store.dispatch({
          _tag: "BlocksArchived",
          at: 3,
          blocks: [BlockId.make("b2")],
          archive: SessionId.make("kept"),
          why: "size"
        })
        assert.strictEqual(
          (yield* Effect.flip(store.undo)).message,
          "Cannot undo that: b2 has left the session meanwhile"
        )
        yield* store.undo
        assert.isUndefined((yield* store.getBlock(BlockId.make("b1"))).metadata.name)
      })
    )
  )
})
