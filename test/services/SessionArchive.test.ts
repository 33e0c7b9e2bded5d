import fs, { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import type { YieldWrap } from "effect/Utils"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { reduce } from "../../src/domain/reduce.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { takeRestoreLock } from "../../src/services/backup/restore/settleRestore.ts"
import { archiveSession } from "../../src/services/persistence/archiveSession.ts"
import { dataDirectory } from "../../src/services/persistence/dataDirectory.ts"
import { PersistenceError } from "../../src/services/persistence/PersistenceError.ts"
import { systemProcesses } from "../../src/services/persistence/ProcessLock.ts"
import { SessionFile, type SessionFileOptions } from "../../src/services/persistence/SessionFile.ts"
import { openSessionFiles } from "../../src/services/persistence/SessionReader.ts"
import { writeSnapshot } from "../../src/services/persistence/writeSnapshot.ts"
import {
  type ArchivingSession,
  FIRST_LOOK_MS,
  LOOK_INTERVAL_MS,
  SessionArchive
} from "../../src/services/SessionArchive.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { searchSessions } from "../../src/services/search/searchSessions.ts"
import { storedFiles } from "../../src/services/search/storedFiles.ts"
import { ensureBuilt } from "../harness/build.ts"
import { eventually } from "../harness/eventually.ts"
import { asleep } from "./asleep.ts"
import { fakeLogging } from "./fakeLogging.ts"
import { broken, dieAt, fillDisk, live } from "./persistence/dying.ts"
import {
  block,
  created,
  optionsFor,
  printed,
  processes,
  SESSION,
  started,
  temporaryDirectory
} from "./persistence/sessions.ts"

const id = (name: string) => BlockId.make(name)

const newOptions = () => optionsFor(join(temporaryDirectory(), "data"))

const service = ({ directory, processes: table }: SessionFileOptions, lines: Array<string> = []) =>
  SessionArchive.layer({ dataDir: directory.root, processes: table }).pipe(Layer.provide(fakeLogging(lines)))

const open = (file: SessionFile): Effect.Effect<ArchivingSession> =>
  Effect.scoped(
    Effect.map(
      Layer.build(SessionStore.layer(file.session, { append: (event: SessionEvent) => void file.append(event) })),
      (context) => ({ file, store: Context.get(context, SessionStore) })
    )
  )

/** An open session of three blocks: two in its snapshot, of which the second is pinned, and one in its journal. */
const three = async (options: SessionFileOptions): Promise<SessionFile> => {
  const file = SessionFile.create(created, options)
  for (const event of [...block("a", ["alpha", "\x1b[31mred\x1b[0m"]), ...block("b", ["beta"])]) file.append(event)
  file.append({ _tag: "BlockPinned", at: 3000, block: id("b"), pinned: true })
  await file.flush()
  await file.compact()
  for (const event of block("c", ["gamma", "delta"])) file.append(event)
  await file.flush()
  return file
}

/** What a test gets that archives an open session of three blocks. */
interface Archiving {
  readonly options: SessionFileOptions
  readonly archive: Context.Tag.Service<SessionArchive>
  readonly session: ArchivingSession
  /** Fills while it runs. */
  readonly logged: ReadonlyArray<string>
}

const withThree = <Step extends YieldWrap<Effect.Effect<unknown, unknown>>, A>(
  test: (archiving: Archiving) => Generator<Step, A>
) => {
  const options = newOptions()
  const logged: Array<string> = []
  return Effect.gen(function* () {
    const archive = yield* SessionArchive
    const session = yield* open(yield* Effect.promise(() => three(options)))
    return yield* test({ options, archive, session, logged })
  }).pipe(Effect.provide(service(options, logged)))
}

/** Every block that is stored anywhere, with its text: `a: alpha…`, sorted; one that is stored twice stands there twice. */
const everywhere = ({ directory }: SessionFileOptions): ReadonlyArray<string> =>
  storedFiles(directory)
    .flatMap((files) => {
      const reader = openSessionFiles(files.directory, files.id, files.name)
      try {
        return reader.session.blocks.map((header) => `${header.id}: ${reader.text(header).stdout}`)
      } finally {
        reader.close()
      }
    })
    .sort()

const ALL = ["a: alpha\n\x1b[31mred\x1b[0m\n", "b: beta\n", "c: gamma\ndelta\n"]

/** What a search comes upon, with the month of the archive. */
const found = ({ directory }: SessionFileOptions, pattern: string): ReadonlyArray<readonly [string, string | null]> => {
  const events = searchSessions(directory, { pattern })
  assert.notProperty(events, "problem")
  return "problem" in events
    ? []
    : [...events].flatMap((event) =>
        event.type === "found" ? [[event.found.block.id, event.found.archived] as const] : []
      )
}

const ids = (session: ArchivingSession) => Effect.map(session.store.get, ({ blocks }) => blocks.map((each) => each.id))

describe("clear", () => {
  it.live("moves what has ended and is not pinned to a document that a search finds, until it is taken back", () =>
    withThree(function* ({ options, archive, session, logged }) {
      yield* session.store.dispatch(started("running"))
      const moved = yield* archive.clear(session)
      assert.deepStrictEqual(moved?.blocks, [id("a"), id("c")])
      assert.deepStrictEqual(yield* ids(session), [id("b"), id("running")])
      assert.deepStrictEqual(found(options, "gamma|red"), [])
      assert.deepStrictEqual(found(options, "gamma"), [["c", "1970-01"]])
      const path = join(options.directory.archived, "1970-01", `${moved!.archive}.json`)
      assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      const { archived } = yield* archive.list
      assert.strictEqual(archived.length, 1)
      assert.deepInclude(archived[0], {
        id: moved!.archive!,
        kind: "clear",
        from: SESSION,
        blocks: 2,
        month: "1970-01"
      })
      assert.include(logged, "audit blocks.archived")

      yield* archive.save(session, "with all")
      // Back, and cleared again without the first: the document of both stays until the session is closed.
      yield* session.store.undo
      yield* Effect.promise(() => session.file.flush())
      assert.deepStrictEqual(found(options, "alpha"), [["a", null]])
      yield* archive.remove((yield* archive.list).archived.find(({ kind }) => kind === "save")!)
      assert.deepStrictEqual(yield* ids(session), [id("a"), id("b"), id("c"), id("running")])
      yield* session.store.dispatch({ _tag: "BlockPinned", at: 3000, block: id("a"), pinned: true })
      const again = yield* archive.clear(session)
      assert.deepStrictEqual(again?.blocks, [id("c")])
      assert.isNull(yield* archive.clear(session))
      yield* archive.settle(session.file, new Set([moved!.archive!, again!.archive!]))
      yield* Effect.promise(() => session.file.close())
      assert.isFalse(existsSync(path))
      assert.deepStrictEqual(everywhere(options), [...ALL, "running: "].sort())
      assert.isFalse(readFileSync(join(options.directory.active, "s1.json"), "utf8").includes("gamma"))
    })
  )

  it.live("overwrites no document that holds a block the session has not, and keeps in it what has not come back", () =>
    withThree(function* ({ options, archive, session }) {
      const both = yield* archive.clear(session)
      // Only the first of the two comes back, and is deleted.
      yield* session.store.dispatch({ _tag: "BlocksRestored", at: 9000, blocks: [id("a")] })
      const one = yield* archive.clear(session)
      assert.notStrictEqual(one!.archive, both!.archive)
      yield* session.store.undo
      yield* session.store.dispatch({ _tag: "BlocksDeleted", at: 9000, blocks: [id("a")] })
      yield* archive.settle(session.file, new Set([both!.archive!, one!.archive!]))
      yield* Effect.promise(() => session.file.close())
      assert.deepStrictEqual(everywhere(options), ALL.slice(1))
    })
  )

  it.live("does not read a document again that it has written itself", () =>
    withThree(function* ({ options, archive, session }) {
      const { openSync } = fs
      const first = yield* archive.clear(session)
      yield* session.store.undo
      const opened: Array<string> = []
      broken({
        openSync: (path, ...more) => {
          opened.push(String(path))
          return openSync(path, ...more)
        }
      })
      const again = yield* archive.clear(session)
      yield* archive.settle(session.file, new Set([again!.archive!]))
      live()
      assert.deepStrictEqual(again, first)
      const name = `${first!.archive}.json`
      assert.deepStrictEqual(
        opened.filter((path) => path.endsWith(`/${name}`)),
        []
      )
      yield* Effect.promise(() => session.file.close())
      assert.deepStrictEqual(everywhere(options), ALL)
    })
  )

  it.live("keeps what is said of a block after it was cleared", () =>
    withThree(function* ({ options, archive, session }) {
      const moved = yield* archive.clear(session)
      const path = join(options.directory.archived, "1970-01", `${moved!.archive}.json`)
      yield* archive.settle(session.file, new Set([moved!.archive!]))
      const { ino } = statSync(path)
      yield* session.store.dispatch({ _tag: "NoticeAdded", at: 9000, block: id("a"), lines: ["it came late"] })
      yield* archive.settle(session.file, new Set([moved!.archive!]))
      assert.notStrictEqual(statSync(path).ino, ino)
      assert.include(readFileSync(path, "utf8"), "it came late")
      // Nothing new: it is not written again.
      const again = statSync(path).ino
      yield* archive.settle(session.file, new Set([moved!.archive!]))
      assert.strictEqual(statSync(path).ino, again)
      yield* Effect.promise(() => session.file.close())
      assert.deepStrictEqual(everywhere(options), ALL)
    })
  )

  it.live("writes what is stored of a block and no more: no secret, and nothing of one that is in no file", () =>
    withThree(function* ({ options, archive, session }) {
      const secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
      yield* session.store.dispatch({ _tag: "BlockRenamed", at: 3000, block: id("a"), name: "kept" })
      for (const event of block("s", [`token ${secret}`])) yield* session.store.dispatch(event)
      const file = session.file
      // On the screen alone, as a command behind a blank is.
      const store = yield* Effect.scoped(
        Effect.map(
          Layer.build(
            SessionStore.layer([...block("nowhere", ["unseen"])].reduce(reduce, yield* session.store.get), {
              append: (event) => void file.append(event)
            })
          ),
          (context) => Context.get(context, SessionStore)
        )
      )
      const moved = yield* archive.clear({ file, store })
      assert.deepStrictEqual(moved?.blocks, [id("a"), id("c"), id("s"), id("nowhere")])
      yield* Effect.promise(() => file.close())
      const document = readFileSync(join(options.directory.archived, "1970-01", `${moved!.archive}.json`), "utf8")
      assert.include(document, "token")
      assert.include(document, '"kept"')
      assert.notInclude(document, secret)
      assert.notInclude(document, "nowhere")
    })
  )

  it.live("says that the disk is full, and nothing has moved", () =>
    withThree(function* ({ options, archive, session }) {
      fillDisk()
      const error = yield* Effect.flip(archive.clear(session))
      assert.include(error.message, "the disk is full")
      live()
      assert.deepStrictEqual(yield* ids(session), [id("a"), id("b"), id("c")])
      assert.deepStrictEqual((yield* archive.list).archived, [])
      assert.isNotNull(yield* archive.clear(session))
      yield* Effect.promise(() => session.file.close())
      assert.deepStrictEqual(everywhere(options), ALL)
    })
  )

  it.live("loses nothing wherever it is killed, and what is there twice then is cleared away", () =>
    Effect.gen(function* () {
      let doubled = 0
      let steps = 0
      for (let made = Number.POSITIVE_INFINITY; made >= steps; steps++) {
        const options = newOptions()
        const session = yield* open(yield* Effect.promise(() => three(options)))
        const calls = dieAt(steps)
        const clearing = Effect.flatMap(SessionArchive, (archive) => archive.clear(session))
        yield* Effect.either(Effect.provide(clearing, service(options)))
        made = calls()
        yield* Effect.promise(() => session.file.close())
        live()
        const where = `step ${steps} of ${made}`
        const left = everywhere(options)
        assert.deepStrictEqual([...new Set(left)], ALL, where)
        if (left.length > ALL.length) doubled++
        // Another process, after the first one has died.
        const later = { ...options, processes: processes(11) }
        const tidied = Effect.flatMap(SessionArchive, (archive) => archive.archiveOlder(Date.now()))
        assert.deepInclude(yield* Effect.provide(tidied, service(later)), { archived: [], refused: [] }, where)
        assert.deepStrictEqual(everywhere(later), ALL, where)
      }
      assert.isAbove(steps, 10)
      assert.isAbove(doubled, 0)
    })
  )
})

describe("save", () => {
  it.live("keeps the session as it is under a name, which restores it as often as one likes", () =>
    withThree(function* ({ options, archive, session }) {
      yield* session.store.dispatch(started("running"))
      yield* session.store.dispatch(printed("running", 0, ["so far"]))
      yield* session.store.dispatch({ _tag: "SessionPinned", at: 4000, pinned: true })
      yield* session.store.dispatch({ _tag: "InputKept", at: 4001, input: "/save before" })
      const saved = yield* archive.save(session, "  before the merge ")
      const taken = yield* Effect.flip(archive.save(session, "before the merge"))
      assert.strictEqual(taken.reason, "NameTaken")
      for (const name of ["", "a\nb", "x".repeat(65)]) {
        assert.strictEqual((yield* Effect.flip(archive.save(session, name))).reason, "BadName")
      }
      const replaced = yield* archive.save(session, "before the merge", true)
      const { archived } = yield* archive.list
      assert.deepStrictEqual(
        archived.map((each) => [each.id, each.kind, each.name, each.from]),
        [[replaced, "save", "before the merge", SESSION]]
      )
      assert.notStrictEqual(saved, replaced)
      yield* Effect.promise(() => session.file.close())
      for (const _ of [1, 2]) {
        const restored = yield* archive.restore("before the merge")
        assert.isFalse(restored.moved)
        const reader = openSessionFiles(options.directory.active, restored.id)
        const { blocks, metadata } = reader.session
        assert.deepStrictEqual(
          blocks.map((header) => [header.id, header.status, reader.text(header).stdout]),
          [
            ["a", "success", "alpha\n\x1b[31mred\x1b[0m\n"],
            ["b", "success", "beta\n"],
            ["c", "success", "gamma\ndelta\n"],
            ["running", "interrupted", "so far\n"]
          ]
        )
        assert.strictEqual(metadata.name, "before the merge")
        assert.strictEqual(metadata.input, "")
        assert.notProperty(metadata, "archived")
        assert.notProperty(metadata, "pinned")
        reader.close()
      }
      const [entry] = (yield* archive.list).archived
      yield* archive.remove(entry!)
      assert.deepStrictEqual((yield* archive.list).archived, [])
      assert.strictEqual((yield* Effect.flip(archive.restore("before the merge"))).reason, "Unknown")
      assert.strictEqual((yield* Effect.flip(archive.remove(entry!))).reason, "Io")
    })
  )

  it.live("keeps nothing of a session without blocks", () => {
    const options = newOptions()
    return Effect.gen(function* () {
      const session = yield* open(SessionFile.create(created, options))
      const error = yield* Effect.flip((yield* SessionArchive).save(session, "nothing"))
      assert.strictEqual(error.reason, "Nothing")
      assert.isFalse(existsSync(options.directory.root))
    }).pipe(Effect.provide(service(options)))
  })
})

/** A stored session, closed. */
const stored = async (options: SessionFileOptions, name: string, lines: ReadonlyArray<string>): Promise<SessionId> => {
  const session = SessionId.make(name)
  const file = SessionFile.create({ ...created, session }, options)
  for (const event of block(`${name}-block`, lines)) file.append(event)
  await file.close()
  return session
}

describe("restore", () => {
  it.live("moves a session back under its id, and under another one when that is taken", () => {
    const options = newOptions()
    const { active, archived } = options.directory
    return Effect.gen(function* () {
      const archive = yield* SessionArchive
      const one = yield* Effect.promise(() => stored(options, "one", ["first"]))
      writeFileSync(join(active, "one.torn-2026"), "torn")
      yield* Effect.promise(() => archiveSession(one, options))
      const back = yield* archive.restore("on")
      assert.deepStrictEqual([back.id, back.moved], [one, true])
      assert.deepStrictEqual(readdirSync(active).sort(), ["one.json", "one.torn-2026"])
      assert.deepStrictEqual(readdirSync(join(archived, "1970-01")), [])

      yield* Effect.promise(() => archiveSession(one, options))
      yield* Effect.promise(() => stored(options, "one", ["second"]))
      const other = yield* archive.restore("one")
      assert.notStrictEqual(other.id, one)
      assert.deepStrictEqual(everywhere(options), ["one-block: first\n", "one-block: second\n"])
      assert.strictEqual((yield* archive.list).archived.length, 0)
    }).pipe(Effect.provide(service(options)))
  })

  it.live("waits for a backup that is being restored: the directories are swapped", () => {
    const options = { ...newOptions(), processes: processes(10, [10, 11]) }
    const { root } = options.directory
    return Effect.gen(function* () {
      const archive = yield* SessionArchive
      const one = yield* Effect.promise(() => stored(options, "one", ["first"]))
      const file = yield* Effect.promise(() => SessionFile.open(one, options))
      yield* archive.save(yield* open(file), "saved")
      yield* Effect.promise(() => file.close())
      yield* Effect.promise(() => archiveSession(one, options))
      for (const text of ["one", "saved"]) {
        const restoring = takeRestoreLock(root, processes(11, [10, 11]))
        const before = everywhere(options)
        assert.deepInclude(yield* Effect.flip(archive.restore(text)), { reason: "Locked", pid: 11 })
        assert.deepStrictEqual(everywhere(options), before)
        restoring.release()
        yield* archive.restore(text)
      }
    }).pipe(Effect.provide(service(options)))
  })

  it.live("counts as used, so that its age does not archive it again", () => {
    const options = newOptions()
    return Effect.gen(function* () {
      const archive = yield* SessionArchive
      const one = yield* Effect.promise(() => stored(options, "one", ["first"]))
      assert.deepInclude(yield* archive.archiveOlder(7 * 86_400_000), { archived: [{ id: one, name: null }] })
      yield* archive.restore("one")
      assert.deepInclude(yield* archive.archiveOlder(7 * 86_400_000), { archived: [] })
    }).pipe(Effect.provide(service(options)))
  })

  it.live("leaves what is damaged where it is, and says so", () => {
    const options = newOptions()
    return Effect.gen(function* () {
      const archive = yield* SessionArchive
      const one = yield* Effect.promise(() => stored(options, "one", ["first"]))
      yield* Effect.promise(() => archiveSession(one, options))
      const path = join(options.directory.archived, "1970-01", "one.json")
      const whole = readFileSync(path)
      writeFileSync(path, "precious")
      const { archived, refused } = yield* archive.list
      assert.deepStrictEqual(archived, [])
      assert.strictEqual(refused[0]?.reason, "Damaged")
      assert.strictEqual((yield* Effect.flip(archive.restore("one"))).reason, "Unknown")
      assert.strictEqual(readFileSync(path, "utf8"), "precious")
      // Under another id a block that cannot be read would be left out: then the original stays.
      writeFileSync(path, whole.toString().replace('{"id":"one-block"', '{"id":7'))
      yield* Effect.promise(() => stored(options, "one", ["second"]))
      const back = yield* archive.restore("one")
      assert.isFalse(back.moved)
      assert.isTrue(existsSync(path))
      // Under its own it moves as it is, and the damage is mended where sessions are opened: the original is kept.
      writeFileSync(path, whole.subarray(0, whole.length - 5))
      rmSync(join(options.directory.active, "one.json"))
      assert.deepInclude(yield* archive.restore("one"), { id: one, moved: true })
      const kept = readdirSync(options.directory.quarantine).map((name) =>
        readFileSync(join(options.directory.quarantine, name))
      )
      assert.isTrue(kept.some((bytes) => bytes.equals(whole.subarray(0, whole.length - 5))))
    }).pipe(Effect.provide(service(options)))
  })

  it.live("leaves a whole session in one place or the other when it is killed at any step", () =>
    Effect.gen(function* () {
      let steps = 0
      for (let made = Number.POSITIVE_INFINITY; made >= steps; steps++) {
        const options = newOptions()
        const one = yield* Effect.promise(() => stored(options, "one", ["first"]))
        yield* Effect.promise(() => archiveSession(one, options))
        const restoring = Effect.flatMap(SessionArchive, (archive) => archive.restore("one"))
        const calls = dieAt(steps)
        yield* Effect.either(Effect.provide(restoring, service(options)))
        made = calls()
        live()
        const where = `step ${steps} of ${made}`
        assert.deepStrictEqual([...new Set(everywhere(options))], ["one-block: first\n"], where)
        const later = { ...options, processes: processes(11) }
        // Done already, or ended now.
        yield* Effect.either(Effect.provide(restoring, service(later)))
        assert.deepStrictEqual(everywhere(later), ["one-block: first\n"], where)
        assert.isTrue(existsSync(join(options.directory.active, "one.json")), where)
      }
      assert.isAbove(steps, 5)
    })
  )

  it.live("leaves one session under another id too, however often it is killed and tried again", () =>
    Effect.gen(function* () {
      const both = ["one-block: first\n", "one-block: second\n"]
      let doubled = 0
      let steps = 0
      for (let made = Number.POSITIVE_INFINITY; made >= steps; steps++) {
        const options = newOptions()
        const one = yield* Effect.promise(() => stored(options, "one", ["first"]))
        yield* Effect.promise(() => archiveSession(one, options))
        yield* Effect.promise(() => stored(options, "one", ["second"]))
        const restoring = Effect.flatMap(SessionArchive, (archive) => archive.restore("one"))
        const calls = dieAt(steps)
        yield* Effect.either(Effect.provide(restoring, service(options)))
        made = calls()
        live()
        const where = `step ${steps} of ${made}`
        const left = everywhere(options)
        assert.deepStrictEqual([...new Set(left)], both, where)
        if (left.length > both.length) doubled++
        const later = { ...options, processes: processes(11) }
        yield* Effect.either(Effect.provide(restoring, service(later)))
        assert.deepStrictEqual(everywhere(later), both, where)
        assert.deepStrictEqual(
          storedFiles(options.directory).map(({ archived }) => archived),
          [null, null],
          where
        )
      }
      assert.isAbove(doubled, 0)
    })
  )
})

describe("a document", () => {
  it("is not put in place when it could not be opened again", async () => {
    const options = newOptions()
    const file = await three(options)
    await file.compact()
    const path = join(options.directory.active, "s1.json")
    const before = readFileSync(path, "utf8")
    const document = { directory: options.directory.active, session: file.session, sequence: 9, previous: null }
    const error = await writeSnapshot({
      ...document,
      changedText: async () => ({ stdout: "x".repeat(1000), stderr: "" }),
      maxBytes: 2000
    }).then(
      () => null,
      (cause) => cause
    )
    assert.instanceOf(error, PersistenceError)
    assert.strictEqual(error.reason, "Refused")
    assert.strictEqual(readFileSync(path, "utf8"), before)
    await file.close()
  })
})

describe("archiveOlder", () => {
  it.effect("archives what nobody has used for so long, but what is pinned or open", () => {
    const options = optionsFor(join(temporaryDirectory(), "data"), processes(10, [10, 11]))
    const logged: Array<string> = []
    return Effect.gen(function* () {
      yield* TestClock.setTime(100_000)
      const archive = yield* SessionArchive
      for (const name of ["old", "pinned", "held"]) yield* Effect.promise(() => stored(options, name, [name]))
      yield* Effect.promise(async () => {
        const file = await SessionFile.open(SessionId.make("pinned"), options)
        file.append({ _tag: "SessionPinned", at: 3000, pinned: true })
        await file.close()
      })
      const theirs = { ...options, processes: processes(11, [10, 11]) }
      const held = yield* Effect.promise(() => SessionFile.open(SessionId.make("held"), theirs))
      assert.deepInclude(yield* archive.archiveOlder(97_001), { archived: [], kept: [] })
      const { archived, kept, refused } = (yield* archive.archiveOlder(96_999))!
      assert.deepStrictEqual(
        archived.map((each) => each.id),
        [SessionId.make("old")]
      )
      assert.sameDeepMembers(
        [...kept],
        [
          { id: SessionId.make("pinned"), name: null, owner: null },
          { id: SessionId.make("held"), name: null, owner: 11 }
        ]
      )
      assert.deepStrictEqual(refused, [])
      assert.deepStrictEqual(
        logged.filter((line) => line.startsWith("audit")),
        ["audit session.archived"]
      )
      yield* Effect.promise(() => held.close())
    }).pipe(Effect.provide(service(options, logged)))
  })

  it.live("makes no directory for somebody who has no sessions", () => {
    const options = newOptions()
    return Effect.gen(function* () {
      assert.deepInclude(yield* (yield* SessionArchive).archiveOlder(1), { archived: [] })
      assert.isFalse(existsSync(dataDirectory(options.directory.root).root))
    }).pipe(Effect.provide(service(options)))
  })
})

describe("archiveByAge", () => {
  const worker = fileURLToPath(new URL("../../dist/backgroundWorker.cjs", import.meta.url))

  it.effect("looks for old sessions on a thread, a while after the start and once a day", () => {
    const options = optionsFor(join(temporaryDirectory(), "data"), systemProcesses())
    const { directory } = options
    const logged: Array<string> = []
    const day = 86_400_000
    const layer = SessionArchive.layer({ dataDir: directory.root, archiveAfter: 3 * day, worker }).pipe(
      Layer.provide(fakeLogging(logged))
    )
    /** Real threads take real time. */
    const settled = (count: number) => Effect.promise(() => eventually(() => assert.strictEqual(logged.length, count)))
    return Effect.gen(function* () {
      yield* Effect.promise(ensureBuilt)
      yield* Effect.promise(() => stored(options, "old", ["old"]))
      yield* TestClock.setTime(3 * day)
      yield* Effect.forkScoped((yield* SessionArchive).archiveByAge)
      yield* TestClock.adjust(FIRST_LOOK_MS)
      yield* settled(2)
      assert.deepStrictEqual(logged, ["audit session.archived", "info old sessions were archived"])
      assert.deepStrictEqual(readdirSync(join(directory.archived, "1970-01")), ["old.json"])
      yield* Effect.promise(() => stored(options, "older", ["older"]))
      yield* asleep()
      yield* TestClock.adjust(LOOK_INTERVAL_MS)
      yield* settled(4)
    }).pipe(Effect.scoped, Effect.provide(layer))
  })

  it.effect("never happens where it is not wanted", () =>
    Effect.gen(function* () {
      yield* (yield* SessionArchive).archiveByAge
    }).pipe(Effect.provide(service(newOptions())))
  )
})
