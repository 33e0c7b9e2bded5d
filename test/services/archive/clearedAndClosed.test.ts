import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import fc from "fast-check"
import type { SessionId } from "../../../src/domain/ids.ts"
import type { Session } from "../../../src/domain/Session.ts"
import { SessionFile, type SessionFileOptions } from "../../../src/services/persistence/SessionFile.ts"
import { openSessionFiles } from "../../../src/services/persistence/SessionReader.ts"
import { type ArchivingSession, SessionArchive } from "../../../src/services/SessionArchive.ts"
import { SessionStore } from "../../../src/services/SessionStore.ts"
import { storedFiles } from "../../../src/services/search/storedFiles.ts"
import { fakeLogging } from "../fakeLogging.ts"
import { fillDisk, live } from "../persistence/dying.ts"
import { block, created, optionsFor, temporaryDirectory } from "../persistence/sessions.ts"

/** A session as the process has it open that writes it, and what becomes of it when it is closed. */
interface Opened extends ArchivingSession {
  readonly options: SessionFileOptions
  readonly close: Effect.Effect<void, never, SessionArchive>
}

const archiveOf = ({ directory, processes }: SessionFileOptions) =>
  SessionArchive.layer({ dataDir: directory.root, processes }).pipe(Layer.provide(fakeLogging([])))

const open = Effect.gen(function* () {
  const options = optionsFor(join(temporaryDirectory(), "data"))
  const archive = Context.get(yield* Layer.build(archiveOf(options)), SessionArchive)
  const file = SessionFile.create(created, options)
  const cleared = new Set<SessionId>()
  const context = yield* Layer.build(
    SessionStore.layer(file.session, {
      append: (event) => {
        file.append(event)
        if (event._tag === "BlocksArchived" && event.why === "clear") cleared.add(event.archive)
      },
      clearAgain: (event, fold) => archive.clearAgain(file, event, fold)
    })
  )
  const close = Effect.zipRight(
    archive.settle(file, cleared),
    Effect.promise(() => file.close())
  )
  return { archive, opened: { file, store: Context.get(context, SessionStore), options, close } satisfies Opened }
})

/** How often a command prints its name: most of what its session takes up is output. */
const PRINTED = 1000

/** Runs commands that print their own names. */
const runs = Effect.fn(function* ({ store }: Opened, ...names: ReadonlyArray<string>) {
  for (const name of names) for (const event of block(name, [name.repeat(PRINTED)])) yield* store.dispatch(event)
})

/** The blocks that the disk has, once for each time, with where: `a` in the session, `a*` in the archive. Sorted. */
const onDisk = ({ options: { directory } }: Opened): ReadonlyArray<string> =>
  storedFiles(directory)
    .flatMap(({ directory: place, id, name, archived }) => {
      const reader = openSessionFiles(place, id, name)
      try {
        return reader.session.blocks.map((header) => {
          assert.strictEqual(reader.text(header).stdout, `${header.id.repeat(PRINTED)}\n`)
          return `${header.id}${archived === null ? "" : "*"}`
        })
      } finally {
        reader.close()
      }
    })
    .sort()

/** Deletes the documents of cleared blocks, as the command line does. */
const removeCleared = Effect.fn(function* (archive: typeof SessionArchive.Service) {
  for (const entry of (yield* archive.list).archived) if (entry.kind === "clear") yield* archive.remove(entry)
})

/** Has the session outgrow its limit by a little: some of it moves. */
const shrink = Effect.fn(function* (archive: typeof SessionArchive.Service, opened: Opened) {
  yield* Effect.promise(() => opened.file.compact())
  return yield* archive.shrink(opened, opened.file.size - 1, Number.POSITIVE_INFINITY)
})

/** One thing that happens to a session; `which` chooses among what there is. */
type Happening =
  | { readonly kind: "run" | "clear" | "undo" | "redo" | "shrink" | "forget" }
  | { readonly kind: "delete" | "pin"; readonly which: number }

const happenings: fc.Arbitrary<ReadonlyArray<Happening>> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant({ kind: "run" } as const) },
    { weight: 4, arbitrary: fc.constant({ kind: "clear" } as const) },
    { weight: 6, arbitrary: fc.constant({ kind: "undo" } as const) },
    { weight: 6, arbitrary: fc.constant({ kind: "redo" } as const) },
    { weight: 2, arbitrary: fc.constant({ kind: "shrink" } as const) },
    { weight: 4, arbitrary: fc.constant({ kind: "forget" } as const) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("delete" as const, "pin" as const), which: fc.nat(5) }) }
  ),
  { minLength: 8, maxLength: 24 }
)

/** What the user was told last of each block: where it is. `null` for nowhere. */
type Told = Map<string, "session" | "archive" | null>

const look = (told: Told, { blocks }: Session, gone: "archive" | null): void => {
  const here = new Set<string>(blocks.map(({ id }) => id))
  for (const [id, place] of told) if (place === "session" && !here.has(id)) told.set(id, gone)
  for (const id of here) told.set(id, "session")
}

describe("blocks that were cleared, when their session is closed", () => {
  it.scopedLive("are in the archive after redoing, though the document was deleted before it", () =>
    Effect.gen(function* () {
      const { archive, opened } = yield* open
      const { store } = opened
      yield* runs(opened, "a", "b")
      yield* archive.clear(opened)
      yield* removeCleared(archive)
      yield* store.undo
      assert.deepStrictEqual((yield* store.redo).after.blocks, [])
      // Not at the end alone, which may be a kill.
      yield* Effect.promise(() => opened.file.flush())
      assert.deepStrictEqual(onDisk(opened), ["a*", "b*"])
      yield* opened.close.pipe(Effect.provideService(SessionArchive, archive))
      assert.deepStrictEqual(onDisk(opened), ["a*", "b*"])
    })
  )

  it.scopedLive("are nowhere when the document was deleted and they were left cleared", () =>
    Effect.gen(function* () {
      const { archive, opened } = yield* open
      yield* runs(opened, "a")
      yield* archive.clear(opened)
      yield* removeCleared(archive)
      yield* opened.close.pipe(Effect.provideService(SessionArchive, archive))
      assert.deepStrictEqual(onDisk(opened), [])
    })
  )

  it.scopedLive("are in the archive when they came back and left again for the session's size", () =>
    Effect.gen(function* () {
      const { archive, opened } = yield* open
      yield* runs(opened, "a", "b")
      yield* archive.clear(opened)
      yield* opened.store.undo
      const { blocks } = yield* shrink(archive, opened)
      assert.strictEqual(blocks, 1)
      yield* opened.close.pipe(Effect.provideService(SessionArchive, archive))
      assert.deepStrictEqual(onDisk(opened), ["a*", "b"])
    })
  )

  it.scopedLive(
    "stay in the session while the disk is too full for a new document, and redoing may be tried again",
    () =>
      Effect.gen(function* () {
        const { archive, opened } = yield* open
        const { store } = opened
        yield* runs(opened, "a")
        yield* archive.clear(opened)
        yield* removeCleared(archive)
        yield* store.undo
        yield* Effect.promise(() => opened.file.flush())
        fillDisk()
        assert.include((yield* Effect.flip(store.redo)).message, "the disk is full")
        assert.lengthOf((yield* store.get).blocks, 1)
        live()
        yield* store.redo
        yield* opened.close.pipe(Effect.provideService(SessionArchive, archive))
        assert.deepStrictEqual(onDisk(opened), ["a*"])
      })
  )

  it.live(
    "are each where the user was told last, once, whatever was undone, redone, deleted and moved for its size",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(happenings, (all) => Effect.runPromise(Effect.scoped(happen(all)))),
          { numRuns: 40 }
        )
      )
  )
})

const happen = Effect.fn(function* (all: ReadonlyArray<Happening>) {
  const { archive, opened } = yield* open
  const { store } = opened
  const told: Told = new Map()
  let count = 0
  yield* runs(opened, "first")
  look(told, yield* store.get, null)
  for (const happening of all) {
    const { blocks } = yield* store.get
    const chosen = "which" in happening ? blocks[happening.which] : undefined
    /** Where the blocks are that it takes out of the session. */
    let gone: "archive" | null = "archive"
    switch (happening.kind) {
      case "run":
        yield* runs(opened, `b${count++}-`)
        break
      case "clear":
        yield* archive.clear(opened)
        break
      case "undo":
        yield* Effect.ignore(store.undo)
        break
      case "redo": {
        const redone = yield* Effect.option(store.redo)
        if (redone._tag === "Some" && redone.value.events[0]?._tag === "BlocksDeleted") gone = null
        break
      }
      case "shrink":
        yield* shrink(archive, opened)
        break
      case "forget": {
        yield* removeCleared(archive)
        for (const { id, metadata } of (yield* store.get).deleted ?? []) {
          if (metadata.archive !== undefined) told.set(id, null)
        }
        break
      }
      case "delete":
        if (chosen === undefined) break
        gone = null
        yield* store.dispatch({ _tag: "BlocksDeleted", at: 5000, blocks: [chosen.id] })
        break
      case "pin":
        if (chosen !== undefined)
          yield* store.dispatch({ _tag: "BlockPinned", at: 5000, block: chosen.id, pinned: true })
        break
    }
    look(told, yield* store.get, gone)
  }
  yield* opened.close.pipe(Effect.provideService(SessionArchive, archive))
  const expected = [...told].flatMap(([id, place]) => (place === null ? [] : place === "session" ? [id] : [`${id}*`]))
  assert.deepStrictEqual(onDisk(opened), expected.sort())
})
