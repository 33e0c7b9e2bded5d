import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { readConfig } from "../../src/config.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import type { Session } from "../../src/domain/Session.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { BesideShells } from "../../src/services/BesideShells.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { ConfigService } from "../../src/services/ConfigService.ts"
import { ErrorRecoveryService } from "../../src/services/ErrorRecoveryService.ts"
import {
  type OpenSession,
  OpenSessions,
  type SessionRequest,
  type SessionServices
} from "../../src/services/OpenSessions.ts"
import type { GiveUp } from "../../src/services/ownership/OwnerSocket.ts"
import { readOnlyServices } from "../../src/services/ownership/readOnlyServices.ts"
import type { SessionFollower } from "../../src/services/ownership/SessionFollower.ts"
import type { Takeover } from "../../src/services/ownership/Takeover.ts"
import { refused } from "../../src/services/ownership/TakeoverError.ts"
import { PersistenceService } from "../../src/services/PersistenceService.ts"
import type { ProcessTable } from "../../src/services/persistence/ProcessLock.ts"
import type { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import { MAX_SNAPSHOT_BYTES } from "../../src/services/persistence/Snapshot.ts"
import { SessionArchive } from "../../src/services/SessionArchive.ts"
import { SessionShell } from "../../src/services/SessionShell.ts"
import { type EventSink, SessionStore } from "../../src/services/SessionStore.ts"
import { HARD_LIMIT_BYTES, largeSession } from "../../src/services/sessionSize.ts"
import { Telemetry } from "../../src/services/Telemetry.ts"
import { fakeLogging } from "./fakeLogging.ts"
import { block, processes, started, temporaryDirectory } from "./persistence/sessions.ts"

const NEW: SessionRequest = { _tag: "New", directory: "/home/ada", shell: "/bin/bash" }

/** What ending the shell of a session called `stubborn` takes. */
const takingItsTime = ({ session }: SessionFile) =>
  session.metadata.name === "stubborn" ? Effect.repeatN(Effect.yieldNow(), 1000) : Effect.void

/** A data directory, and sessions in it whose shells only say when they begin and end. */
const world = (
  dataDir = join(temporaryDirectory(), "data"),
  table: ProcessTable = processes(10),
  takeover: typeof Takeover.Service | null = null
) => {
  const told: Array<string> = []
  const logged: Array<string> = []
  const bugs = new Map<SessionId, Deferred.Deferred<never>>()
  const shellOf = (file: SessionFile) =>
    Layer.scoped(
      SessionShell,
      Effect.gen(function* () {
        if (file.session.metadata.name === "hopeless") yield* Effect.die(new Error("no terminal left"))
        yield* Effect.acquireRelease(
          Effect.sync(() => told.push("begins")),
          () =>
            Effect.zipRight(
              takingItsTime(file),
              Effect.sync(() => told.push("ends"))
            )
        )
        const bug = yield* Deferred.make<never>()
        bugs.set(file.id, bug)
        const jobs = Effect.succeed([{ pid: 7, name: `job of ${file.session.metadata.name}` }])
        return { broken: Deferred.await(bug), jobs } as unknown as typeof SessionShell.Service
      })
    )
  const besides = Layer.succeed(BesideShells, {
    jobs: Effect.succeed([{ pid: 8, name: "beside" }])
  } as unknown as typeof BesideShells.Service)
  const services = (file: SessionFile, sink: EventSink): Layer.Layer<SessionServices> =>
    // The rest of a session's services nobody here asks for.
    Layer.mergeAll(
      shellOf(file),
      besides,
      SessionStore.layer(file.session, sink)
    ) as unknown as Layer.Layer<SessionServices>
  const readers = (follower: SessionFollower) => readOnlyServices(follower, { maxBytes: 4096, environment: {} })
  const { config } = readConfig({
    EFFECTTALK_SESSION_ID_LENGTH: "40",
    EFFECTTALK_MAX_BLOCK_OUTPUT_SIZE: "4096",
    EFFECTTALK_MAX_SESSION_SIZE: "8192"
  })
  const configured = ConfigService.layer(config)
  const counting = Telemetry.layer({ dataDir, metricsEnabled: false, metricsInterval: 60_000 })
  const persistence = PersistenceService.layer({
    dataDir,
    processes: table,
    socket: () => takeover?.socket() ?? null
  }).pipe(
    Layer.provideMerge(
      ErrorRecoveryService.layer({ errorRetryMaxAttempts: 0, errorRetryBaseDelay: 0, errorRetryMaxDelay: 0 })
    )
  )
  const layer = (first: SessionRequest = NEW) =>
    OpenSessions.layer({ first, services, readers, takeover }).pipe(
      Layer.provideMerge(Layer.merge(persistence, SessionArchive.layer({ dataDir, processes: processes(10) }))),
      Layer.provideMerge(counting),
      Layer.provideMerge(fakeLogging(logged)),
      Layer.provideMerge(configured)
    )
  return { dataDir, told, logged, bugs, layer }
}

const storeOf = (session: { readonly services: Context.Context<SessionServices> }) =>
  Context.get(session.services, SessionStore)

/** Gives the session on the screen a block, so that it is kept. */
const giveBlock = Effect.fn(function* (name: string) {
  const { state } = yield* OpenSessions
  const { active } = yield* state.get
  yield* storeOf(active).dispatch(started(name))
  return active.id
})

describe("OpenSessions", () => {
  it.live("begins sessions, keeps those before them open, and goes back", () => {
    const { told, layer } = world()
    return Effect.gen(function* () {
      const sessions = yield* OpenSessions
      const first = yield* giveBlock("one")
      yield* storeOf((yield* sessions.state.get).active).dispatch({
        _tag: "DirectoryChanged",
        at: 2,
        directory: "/srv"
      })
      yield* sessions.create
      const second = (yield* sessions.state.get).active
      assert.notStrictEqual(second.id, first)
      assert.strictEqual(first.length, 40)
      // Where one stands is where the new one begins.
      assert.strictEqual((yield* storeOf(second).get).workingDirectory, "/srv")
      yield* sessions.switchTo(first)
      const { open, active } = yield* sessions.state.get
      assert.deepStrictEqual([active.id, open.map(({ id }) => id)], [first, [first, second.id]])
      assert.deepStrictEqual(told, ["begins", "begins"])
    }).pipe(Effect.provide(layer()), Effect.ensuring(Effect.sync(() => assert.strictEqual(told.length, 4))))
  })

  it.live("keeps nothing of incognito commands, nor a session that has had no others", () => {
    const { logged, layer, dataDir } = world()
    const active = join(dataDir, "active")
    const stored = () => readdirSync(active).map((name) => readFileSync(join(active, name), "latin1"))
    const secret = { ...started("secret", "echo hunter2"), incognito: true } as SessionEvent
    return Effect.gen(function* () {
      const sessions = yield* OpenSessions
      const { id, file, services } = (yield* sessions.state.get).active
      const { dispatch } = storeOf({ services })
      // Written without its blank at first.
      yield* dispatch({ _tag: "InputKept", at: 2, input: "echo hunter2" })
      yield* dispatch(secret)
      assert.deepStrictEqual([existsSync(active), logged], [false, []])
      yield* dispatch(started("one"))
      yield* Effect.promise(() => file.flush())
      assert.notMatch(stored().join(), /hunter2|secret/)
      // The same while there are files.
      yield* dispatch({ _tag: "InputKept", at: 2, input: "echo hunter2" })
      yield* Effect.promise(() => file.flush())
      assert.match(stored().join(), /hunter2/)
      yield* dispatch({ ...secret, block: BlockId.make("other") } as SessionEvent)
      yield* Effect.promise(() => (file as SessionFile).compact())
      assert.notMatch(stored().join(), /hunter2|secret|other/)
      const { blocks } = yield* storeOf({ services }).get
      assert.deepStrictEqual(
        blocks.map(({ metadata }) => [metadata.number, metadata.incognito]),
        [
          [1, true],
          [2, undefined],
          [3, true]
        ]
      )
      assert.deepStrictEqual(
        file.session.blocks.map(({ metadata }) => metadata.number),
        [2]
      )
      yield* sessions.create
      yield* sessions.close(id)
    }).pipe(
      Effect.provide(layer()),
      Effect.ensuring(Effect.sync(() => assert.notMatch(stored().join() + logged.join(), /hunter2|secret|other/)))
    )
  })

  it.live("opens what is stored once, however often it is asked for, and says what was found", () => {
    const { told, layer, dataDir } = world()
    return Effect.gen(function* () {
      const id = yield* Effect.provide(giveBlock("one"), layer())
      yield* Effect.gen(function* () {
        const sessions = yield* OpenSessions
        yield* Effect.all([sessions.switchTo(id), sessions.switchTo(id)], { concurrency: "unbounded" })
        const { open, active, news } = yield* sessions.state.get
        assert.strictEqual(open.length, 2)
        assert.strictEqual(active.id, id)
        assert.deepStrictEqual(news, [])
        const [block] = (yield* storeOf(active).get).blocks
        assert.strictEqual(block?.status, "interrupted")
      }).pipe(Effect.provide(world(dataDir).layer()))
      assert.deepStrictEqual(told, ["begins", "ends"])
    })
  })

  it.live("closes one and shows another; the last one it leaves alone", () => {
    const { told, logged, layer } = world()
    return Effect.gen(function* () {
      const sessions = yield* OpenSessions
      const first = (yield* sessions.state.get).active.id
      assert.isFalse(yield* sessions.close(first))
      yield* sessions.create
      const second = yield* giveBlock("two")
      yield* sessions.kept
      assert.isTrue(yield* sessions.close(second))
      const { open, active, news } = yield* sessions.state.get
      assert.deepStrictEqual([open.length, active.id, news.length], [1, first, 1])
      assert.deepStrictEqual(told, ["begins", "begins", "ends"])
      assert.deepStrictEqual(logged, ["audit session.created", "audit session.closed"])
      // One that is closed already is not the last one.
      assert.isTrue(yield* sessions.close(second))
      assert.isFalse(yield* sessions.close(first))
      // A session that has ended is no bug of the others.
      assert.isTrue(Option.isNone(yield* Effect.timeoutOption(sessions.broken, 0)))
    }).pipe(Effect.provide(layer()))
  })

  it.live("are all closed when it ends, also one that was being closed just then", () => {
    const { told, layer } = world()
    return Effect.gen(function* () {
      const sessions = yield* OpenSessions
      yield* sessions.create
      const { id } = (yield* sessions.state.get).active
      yield* sessions.rename(id, "stubborn")
      yield* Effect.forkDaemon(sessions.close(id))
      yield* sessions.state.changes.pipe(
        Stream.filter(({ open }) => open.length === 1),
        Stream.runHead
      )
      assert.deepStrictEqual(told, ["begins", "begins"])
    }).pipe(
      Effect.provide(layer()),
      Effect.ensuring(Effect.sync(() => assert.deepStrictEqual(told, ["begins", "begins", "ends", "ends"])))
    )
  })

  it.live("names and pins what is open and what is only stored, and lists it so", () => {
    const { layer, dataDir } = world()
    return Effect.gen(function* () {
      const stored = yield* Effect.provide(giveBlock("one"), layer())
      yield* Effect.gen(function* () {
        const sessions = yield* OpenSessions
        const open = yield* giveBlock("two")
        yield* sessions.rename(stored, " build ")
        yield* sessions.rename(open, "server")
        yield* sessions.pin(stored, true)
        const { active } = yield* sessions.state.get
        assert.strictEqual((yield* storeOf(active).get).metadata.name, "server")
        yield* Effect.promise(() => active.file.flush())
        yield* sessions.refresh
        const told = yield* sessions.stored.get
        yield* sessions.refresh
        // Nothing has changed, so nobody is told.
        assert.strictEqual(yield* sessions.stored.get, told)
        const list = told.sessions
        const titles = new Map(list.map(({ id, name, pinned, blocks }) => [id, [name, pinned, blocks]]))
        assert.deepStrictEqual(titles.get(stored), ["build", true, 1])
        assert.deepStrictEqual(titles.get(open), ["server", false, 1])
        // A stored session that got a name was not opened for that: what ran in it is not ended twice.
        assert.strictEqual((yield* sessions.state.get).open.length, 1)
        yield* sessions.rename(stored, "  ")
        assert.isNull((yield* sessions.stored.get).sessions.find(({ id }) => id === stored)?.name)
      }).pipe(Effect.provide(world(dataDir).layer()))
    })
  })

  it.live("archives what is only stored, and says why it does not take what is open", () => {
    const { layer, dataDir } = world()
    return Effect.gen(function* () {
      const stored = yield* Effect.provide(giveBlock("one"), layer())
      const again = world(dataDir)
      yield* Effect.gen(function* () {
        const sessions = yield* OpenSessions
        const open = yield* giveBlock("two")
        const error = yield* Effect.flip(sessions.archive(open))
        assert.deepInclude(error, { reason: "StillOpen" })
        assert.include(error.message, "end it before it can be archived")
        yield* sessions.refresh
        const ids = Effect.map(sessions.stored.get, ({ sessions: list }) => list.map(({ id }) => id))
        assert.include(yield* ids, stored)
        yield* sessions.archive(stored)
        assert.notInclude(yield* ids, stored)
        assert.include(again.logged, "audit session.archived")
        const months = readdirSync(join(dataDir, "archived"))
        assert.deepStrictEqual(readdirSync(join(dataDir, "archived", months[0] ?? "")), [`${stored}.json`])
      }).pipe(Effect.provide(again.layer()))
    })
  })

  it.live("refuses names that would control a terminal or fill it", () => {
    const { layer } = world()
    return Effect.gen(function* () {
      const sessions = yield* OpenSessions
      const { id } = (yield* sessions.state.get).active
      for (const name of ["a\x1b[2J", "a\nb", "x".repeat(65), "\u202egnp.exe"]) {
        const error = yield* Effect.flip(sessions.rename(id, name))
        assert.deepInclude(error, { _tag: "OpenSessionsError", reason: "BadName" })
        assert.include(error.message, "64 characters")
      }
    }).pipe(Effect.provide(layer()))
  })

  it.live("leaves the screen as it is when a session cannot be opened", () => {
    const { layer, dataDir, told } = world()
    return Effect.gen(function* () {
      const stored = yield* Effect.gen(function* () {
        const id = yield* giveBlock("one")
        yield* (yield* OpenSessions).rename(id, "hopeless")
        return id
      }).pipe(Effect.provide(layer()))
      yield* Effect.gen(function* () {
        const sessions = yield* OpenSessions
        const before = yield* sessions.state.get
        const missing = yield* Effect.flip(sessions.switchTo(SessionId.make("nobody")))
        assert.deepInclude(missing, { _tag: "PersistenceError", reason: "Unknown" })
        const hopeless = yield* Effect.flip(sessions.switchTo(stored))
        assert.deepInclude(hopeless, { _tag: "OpenSessionsError", reason: "NoShell", message: "no terminal left" })
        assert.strictEqual(yield* sessions.state.get, before)
        // Its files are free again.
        yield* (yield* PersistenceService).deleteSession(stored)
      }).pipe(Effect.provide(world(dataDir).layer()))
      assert.deepStrictEqual(told, ["begins", "ends"])
    })
  })

  describe("between two processes", () => {
    /** The processes 10 and 11 over one data directory; what is asked of one it does, or says `refusal`. */
    const neighbours = (refusal: string | null = null) => {
      const dataDir = join(temporaryDirectory(), "data")
      const doors = new Map<number, GiveUp>()
      const one = (pid: number) => {
        const takeover: typeof Takeover.Service = {
          socket: () => `/run/${pid}`,
          listen: (giveUp) => Effect.sync(() => doors.set(pid, giveUp)),
          ask: (id, owner) =>
            Effect.flatMap(
              Effect.promise(async () => refusal ?? (await doors.get(owner.pid)!({ take: id, pid }))),
              (why) => (why === null ? Effect.void : refused(owner.pid, why))
            )
        }
        return world(dataDir, processes(pid, [10, 11]), takeover)
      }
      return { dataDir, ten: one(10), eleven: one(11) }
    }

    const active = Effect.flatMap(OpenSessions, ({ state }) => Effect.map(state.get, (now) => now.active))
    const stored = Effect.fn(function* (name: string) {
      const id = yield* giveBlock(name)
      const session = yield* active
      yield* Effect.promise(() => session.file.flush())
      return id
    })
    const whenIn = (session: OpenSession, ok: (session: Session) => boolean) =>
      storeOf(session).changes.pipe(Stream.filter(ok), Stream.runHead, Effect.map(Option.getOrThrow))
    const commands = ({ blocks }: Session) => blocks.map(({ command, status }) => `${command} ${status}`)

    it.live("reads what another process has, follows it, takes it, and gives it back", () => {
      const { dataDir, ten, eleven } = neighbours()
      return Effect.gen(function* () {
        const here = yield* OpenSessions
        const id = yield* stored("one")
        yield* Effect.gen(function* () {
          const there = yield* OpenSessions
          yield* there.switchTo(id)
          const reader = yield* active
          assert.deepInclude(reader.reading?.follower.owner, { pid: 10, socket: "/run/10" })
          assert.deepStrictEqual(commands(yield* storeOf(reader).get), ["echo one running"])
          assert.deepInclude(yield* Effect.flip(there.pin(id, true)), { reason: "Locked", pid: 10 })

          // It follows, and folds for itself alone.
          yield* storeOf(reader).dispatch({ _tag: "AllFolded", at: 1, folded: true })
          for (const event of block("two", ["2"]))
            yield* storeOf(yield* here.state.get.pipe(Effect.map((now) => now.active))).dispatch(event)
          const followed = yield* whenIn(reader, ({ blocks }) => blocks[1]?.status === "success")
          assert.deepStrictEqual(
            followed.blocks.map(({ metadata }) => metadata.folded),
            [true, false]
          )
          const { outputs } = Context.get(reader.services, BlockService)
          assert.strictEqual(outputs.get(followed.blocks[1]!.id)?.text(), "2\n")

          yield* there.take(id)
          const taken = yield* active
          assert.isNull(taken.reading)
          assert.deepStrictEqual(commands(yield* storeOf(taken).get), ["echo one interrupted", "echo two success"])
          const left = yield* here.state.get
          assert.strictEqual(left.active.id, id)
          assert.deepStrictEqual(left.news, ["Process 11 has taken this session over"])
          assert.deepStrictEqual(ten.told, ["begins", "ends"])
          yield* whenIn(left.active, ({ blocks }) => blocks.every(({ status }) => status !== "running"))

          // And back: it is not written by both at any time.
          yield* storeOf(taken).dispatch(started("three"))
          yield* here.take(id)
          assert.isNotNull((yield* active).reading)
          assert.deepStrictEqual(commands((yield* here.state.get).active.file.session), [
            "echo one interrupted",
            "echo two success",
            "echo three interrupted"
          ])
        }).pipe(Effect.provide(eleven.layer()))
        assert.isNull((yield* here.state.get).active.reading)
      }).pipe(
        Effect.provide(ten.layer()),
        Effect.ensuring(Effect.sync(() => assert.deepStrictEqual(readdirSync(join(dataDir, "active")).length, 1)))
      )
    })

    it.live("leaves both as they are when the owner says no", () => {
      const { ten, eleven } = neighbours("the session is not saved: the disk is full")
      return Effect.gen(function* () {
        const id = yield* stored("one")
        const mine = yield* active
        yield* Effect.gen(function* () {
          const there = yield* OpenSessions
          const error = yield* Effect.flip(there.take(id))
          assert.strictEqual(error.message, "Process 10 keeps the session: the session is not saved: the disk is full")
          assert.isNotNull((yield* active).reading)
          assert.isNull(mine.reading)
          // A reader is closed like any other.
          yield* there.create
          assert.isTrue(yield* there.close(id))
          assert.lengthOf((yield* there.state.get).open, 1)
        }).pipe(Effect.provide(eleven.layer({ _tag: "Stored", id, access: "any" })))
        assert.strictEqual((yield* active).id, id)
      }).pipe(Effect.provide(ten.layer()))
    })

    it.live("follows on purpose what nobody has, and opens it in its place", () => {
      const { dataDir, ten } = neighbours()
      return Effect.gen(function* () {
        const id = yield* Effect.provide(stored("one"), ten.layer())
        const before = readdirSync(join(dataDir, "active"))
        yield* Effect.gen(function* () {
          const sessions = yield* OpenSessions
          const reader = yield* active
          assert.deepStrictEqual([reader.reading?.follower.owner, readdirSync(join(dataDir, "active"))], [null, before])
          assert.deepStrictEqual(commands(yield* storeOf(reader).get), ["echo one interrupted"])
          yield* sessions.take(id)
          assert.isNull((yield* active).reading)
          assert.include(readdirSync(join(dataDir, "active")), `${id}.lock`)
        }).pipe(Effect.provide(ten.layer({ _tag: "Stored", id, access: "read" })))
      })
    })

    it.live("reads what a newer version wrote, which it does not take", () => {
      const { dataDir, ten } = neighbours()
      return Effect.gen(function* () {
        const id = yield* Effect.provide(stored("one"), ten.layer())
        const path = join(dataDir, "active", `${id}.json`)
        writeFileSync(path, readFileSync(path, "utf8").replace(/"version":\d+/, '"version":99'))
        const text = readFileSync(path, "utf8")
        yield* Effect.gen(function* () {
          const sessions = yield* OpenSessions
          assert.strictEqual((yield* active).reading?.refusal?.reason, "Newer")
          assert.deepInclude(yield* Effect.flip(sessions.take(id)), { reason: "Newer" })
        }).pipe(Effect.provide(ten.layer({ _tag: "Stored", id, access: "any" })))
        assert.strictEqual(readFileSync(path, "utf8"), text)
      })
    })
  })

  it.live(
    "moves the oldest blocks of a session that has become too large to the archive, and says where they are",
    () => {
      const { layer, dataDir } = world()
      const line = "x".repeat(1000)
      const print = Effect.fn(function* (name: string, lines: number) {
        const { active } = yield* (yield* OpenSessions).state.get
        for (const event of block(name, Array<string>(lines).fill(line))) yield* storeOf(active).dispatch(event)
        yield* Effect.promise(() => active.file.flush())
        return active
      })
      const noticed = (session: OpenSession, has: (text: string) => boolean) =>
        storeOf(session).changes.pipe(
          Stream.flatMap(({ blocks }) => Stream.fromIterable(blocks.flatMap(({ metadata }) => metadata.notices))),
          Stream.filter(has),
          Stream.runHead,
          Effect.map(Option.getOrThrow)
        )
      return Effect.gen(function* () {
        const first = yield* print("first", 2)
        yield* storeOf(first).dispatch({ _tag: "BlockPinned", at: 1, block: BlockId.make("first"), pinned: true })
        yield* print("second", 2)
        yield* print("third", 2)
        assert.isBelow(first.file.size, 8192)
        yield* print("fourth", 2)
        const says = yield* noticed(first, (text) => text.includes("moved to the archive"))
        assert.include(says, "as this session's files had passed 0.00781 MiB (MAX_SESSION_SIZE)")
        const { blocks, metadata } = yield* storeOf(first).get
        assert.deepStrictEqual(
          blocks.map(({ id }) => id),
          ["first", "fourth"].map((name) => BlockId.make(name))
        )
        assert.strictEqual(metadata.archivedBlocks, 2)
        assert.isAtMost(first.file.size, 8192)
        const { archived } = yield* (yield* SessionArchive).list
        assert.deepInclude(archived[0], { kind: "size", from: first.id, blocks: 2 })
        assert.include(says, `effecttalk show ${archived[0]!.id.slice(0, 8)}`)
        // Nothing is left that may move: what is pinned stays, and it is said.
        for (const { id } of blocks) {
          yield* storeOf(first).dispatch({ _tag: "BlockPinned", at: 1, block: id, pinned: true })
        }
        yield* storeOf(first).dispatch(started("endless"))
        const frozen = { _tag: "OutputFrozen", block: BlockId.make("endless"), firstLine: 0 } as const
        yield* storeOf(first).dispatch({ ...frozen, lines: Array<string>(9).fill(line) })
        yield* Effect.promise(() => first.file.flush())
        const stuck = yield* noticed(first, (text) => text.includes("have passed"))
        assert.include(stuck, "all that could move to the archive runs or is pinned")
        assert.strictEqual((yield* storeOf(first).get).blocks.length, 3)
        assert.strictEqual(readdirSync(join(dataDir, "archived", "1970-01")).length, 1)
      }).pipe(Effect.provide(layer()))
    }
  )

  it.live("takes the document of cleared blocks out of the archive when it is closed with all of them back", () => {
    const { layer, dataDir } = world()
    const listed = Effect.flatMap(SessionArchive, ({ list }) => Effect.map(list, ({ archived }) => archived))
    return Effect.gen(function* () {
      const id = yield* Effect.gen(function* () {
        const { active } = yield* (yield* OpenSessions).state.get
        const store = storeOf(active)
        for (const event of [...block("one", ["1"]), ...block("two", ["2"])]) yield* store.dispatch(event)
        yield* store.clearBlocks
        assert.strictEqual((yield* store.get).blocks.length, 0)
        yield* store.undo
        assert.strictEqual((yield* store.get).blocks.length, 2)
        yield* store.redo
        assert.strictEqual((yield* store.get).blocks.length, 0)
        assert.deepStrictEqual(
          (yield* listed).map(({ from, blocks }) => [from, blocks]),
          [[active.id, 2]]
        )
        yield* store.undo
        return active.id
      }).pipe(Effect.provide(layer()))
      yield* Effect.gen(function* () {
        const sessions = yield* OpenSessions
        yield* sessions.switchTo(id)
        assert.strictEqual((yield* storeOf((yield* sessions.state.get).active).get).blocks.length, 2)
        assert.deepStrictEqual(yield* listed, [])
      }).pipe(Effect.provide(world(dataDir).layer()))
    })
  })

  it.live("has blocks in the archive that were cleared again after their document was deleted", () => {
    const { layer, dataDir } = world()
    const list = Effect.flatMap(SessionArchive, (archive) => Effect.map(archive.list, ({ archived }) => archived))
    return Effect.gen(function* () {
      yield* Effect.gen(function* () {
        const archive = yield* SessionArchive
        const store = storeOf((yield* (yield* OpenSessions).state.get).active)
        for (const event of block("one", ["1"])) yield* store.dispatch(event)
        yield* store.clearBlocks
        for (const entry of yield* list) yield* archive.remove(entry)
        yield* store.undo
        yield* store.redo
      }).pipe(Effect.provide(layer()))
      const left = yield* Effect.provide(list, world(dataDir).layer())
      assert.deepStrictEqual(
        left.map(({ kind, blocks }) => [kind, blocks]),
        [["clear", 1]]
      )
    })
  })

  it("keeps no pin from where a session could soon not be opened, whatever the limit is", () => {
    const { bytes, stuck } = largeSession(1_048_576_000)
    assert.strictEqual(bytes, HARD_LIMIT_BYTES)
    assert.isAtMost(2 * HARD_LIMIT_BYTES, MAX_SNAPSHOT_BYTES)
    assert.include(stuck, "have passed 200 MiB, and all")
  })

  it.live("gathers what runs in all of them, and hears of the one whose fold is broken", () => {
    const { layer, bugs } = world()
    return Effect.gen(function* () {
      const sessions = yield* OpenSessions
      yield* sessions.create
      assert.deepStrictEqual(
        (yield* sessions.jobs).map(({ pid }) => pid),
        [7, 8, 7, 8]
      )
      const { id } = (yield* sessions.state.get).active
      yield* Deferred.die(bugs.get(id)!, new Error("the fold is broken"))
      const exit = yield* Effect.exit(sessions.broken)
      assert.include(Exit.isFailure(exit) && Cause.pretty(exit.cause), "the fold is broken")
    }).pipe(Effect.provide(layer()))
  })
})
