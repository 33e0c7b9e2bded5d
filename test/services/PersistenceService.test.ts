import fs, { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import fc from "fast-check"
import { afterEach, assert } from "vitest"
import { type Block, EMPTY_ACCOUNT } from "../../src/domain/Block.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { isIncognitoText } from "../../src/domain/incognito.ts"
import type { SessionDocument } from "../../src/domain/Session.ts"
import { ErrorRecoveryService } from "../../src/services/ErrorRecoveryService.ts"
import { PersistenceService } from "../../src/services/PersistenceService.ts"
import type { ProcessTable } from "../../src/services/persistence/ProcessLock.ts"
import { block, created, processes, SESSION, started, storedLine, temporaryDirectory } from "./persistence/sessions.ts"

/** Tries twice more, without a pause. */
const recovery = ErrorRecoveryService.layer({
  errorRetryMaxAttempts: 2,
  errorRetryBaseDelay: 0,
  errorRetryMaxDelay: 0
})

const withService = <A, E>(
  body: (service: typeof PersistenceService.Service, dataDir: string) => Effect.Effect<A, E, never>,
  table: ProcessTable = processes(10)
) =>
  Effect.suspend(() => {
    const dataDir = join(temporaryDirectory(), "data")
    return Effect.flatMap(PersistenceService, (service) => body(service, dataDir)).pipe(
      Effect.provide(Layer.provide(PersistenceService.layer({ dataDir, processes: table }), recovery))
    )
  })

/** Blocks whose output says what their headers say. */
const storedBlock = fc
  .record({
    command: fc.fullUnicodeString(),
    lines: fc.array(storedLine, { maxLength: 5 }),
    finished: fc.boolean(),
    hidden: fc.nat(3),
    status: fc.constantFrom("success", "failure", "interrupted", "running"),
    stderr: fc.array(storedLine, { maxLength: 2 }),
    notices: fc.array(storedLine, { maxLength: 2 }),
    said: fc.record({
      name: fc.option(fc.constantFrom("build", "test-2")),
      note: fc.option(fc.fullUnicodeString()),
      pinned: fc.boolean()
    }),
    folded: fc.boolean(),
    exitCode: fc.option(fc.integer({ min: 0, max: 255 })),
    signal: fc.option(fc.constantFrom("SIGKILL", "SIGHUP")),
    startTime: fc.option(fc.nat()),
    endTime: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }))
  })
  .map(
    ({ lines, finished, hidden, folded, notices, stderr, said, ...rest }): Block => ({
      ...rest,
      id: BlockId.make("b0"),
      status: rest.status as Block["status"],
      stdout: lines.length === 0 ? "" : lines.join("\n") + (finished || lines.at(-1) === "" ? "\n" : ""),
      stderr: stderr.join("\n"),
      metadata: {
        number: 1,
        directory: "/home/ada",
        lines: lines.length + hidden,
        hiddenBytes: hidden * 10,
        hiddenLines: hidden,
        headLines: Math.min(1, lines.length),
        ...(stderr.length > 0 && { stderr: { ...EMPTY_ACCOUNT, lines: stderr.length } }),
        folded,
        ...(said.name !== null && { name: said.name }),
        ...(said.note !== null && { note: said.note }),
        ...(said.pinned && { pinned: true }),
        notices
      }
    })
  )

const storedDocument: fc.Arbitrary<SessionDocument> = fc
  .record({
    sequence: fc.nat(),
    workingDirectory: fc.fullUnicodeString(),
    environment: fc.dictionary(fc.constantFrom("EDITOR", "LANG", "constructor", "A B"), fc.fullUnicodeString()),
    createdAt: fc.nat(),
    lastModified: fc.nat(),
    shell: fc.string(),
    // One that begins with a blank is not stored.
    input: fc.fullUnicodeString().filter((input) => !isIncognitoText(input)),
    unset: fc.array(fc.string(), { maxLength: 2 }),
    lastNumber: fc.nat(),
    blocks: fc.array(storedBlock, { maxLength: 4 })
  })
  .map(({ shell, input, unset, lastNumber, blocks, ...rest }) => ({
    ...rest,
    version: 1,
    id: SESSION,
    activeBlockId: blocks.length > 0 ? BlockId.make("b0") : null,
    metadata: { shell, input, unset, lastNumber },
    blocks: blocks.map((one, index) => ({
      ...one,
      id: BlockId.make(`b${index}`),
      metadata: { ...one.metadata, number: index + 1 }
    }))
  }))

const document = (blocks: ReadonlyArray<Block> = []): SessionDocument => ({
  version: 1,
  sequence: 7,
  id: SESSION,
  workingDirectory: "/",
  environment: {},
  activeBlockId: null,
  createdAt: 1,
  lastModified: 2,
  metadata: { shell: "/bin/sh", input: "", unset: [] },
  blocks
})

describe("PersistenceService", () => {
  it.effect("leaves no file of a session without blocks, and its directories neither", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        yield* Effect.scoped(service.createSession(created))
        assert.isFalse(existsSync(dataDir))
      })
    )
  )

  it.effect("brings a closed session back, one snapshot and nothing else on disk", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        const session = yield* Effect.scoped(
          Effect.gen(function* () {
            const file = yield* service.createSession(created)
            for (const event of block("a", ["\tone  ", "\x1b[31mtwo\x1b[0m"])) file.append(event)
            const status = yield* Effect.promise(() => file.flush())
            assert.deepStrictEqual(status, { appended: 4, durable: 4, failure: null })
            assert.deepStrictEqual(readdirSync(join(dataDir, "active")).sort(), ["s1.journal", "s1.lock"])
            return file.session
          })
        )
        assert.deepStrictEqual(readdirSync(join(dataDir, "active")), ["s1.json"])
        yield* Effect.scoped(
          Effect.gen(function* () {
            const file = yield* service.openSession(SESSION)
            assert.deepStrictEqual(file.session, session)
            assert.deepStrictEqual(file.output(BlockId.make("a")), {
              lines: ["\tone  ", "\x1b[31mtwo\x1b[0m"],
              unfinished: false,
              hidden: { lines: 0, bytes: 0, headLines: 0 }
            })
          })
        )
      })
    )
  )

  it.effect(
    "load(save(s)) = s",
    () =>
      withService((service) =>
        Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(storedDocument, async (stored) => {
              const again = await Effect.runPromise(
                Effect.zipRight(service.saveSession(stored), service.loadSession(stored.id))
              )
              assert.deepStrictEqual(again, stored)
            }),
            { numRuns: 200 }
          )
        )
      ),
    60_000
  )

  it.effect("loads a live session whole, while its owner writes and compacts", () =>
    withService((service) =>
      Effect.scoped(
        Effect.gen(function* () {
          const file = yield* service.createSession(created)
          for (const name of ["a", "b", "c"]) {
            for (const event of block(name, [`${name}1`, `${name}2`])) file.append(event)
            yield* Effect.promise(async () => void (await (name === "b" ? file.compact() : file.flush())))
          }
          const loaded = yield* service.loadSession(SESSION)
          assert.deepStrictEqual(
            loaded.blocks.map(({ stdout }) => stdout),
            ["a1\na2\n", "b1\nb2\n", "c1\nc2\n"]
          )
          assert.strictEqual(loaded.sequence, 10)
        })
      )
    )
  )

  it.effect("opens what saveSession stored, and saves over what a journal held", () =>
    withService((service) =>
      Effect.gen(function* () {
        const crashed = yield* Scope.make()
        const lost = yield* Scope.extend(service.createSession(created), crashed)
        for (const event of block("old", ["old"])) lost.append(event)
        yield* Effect.promise(() => lost.flush())
        const busy = yield* Effect.flip(service.saveSession(document()))
        assert.strictEqual(busy.reason, "Locked")
        yield* Scope.close(crashed, Exit.void)
        yield* service.saveSession(document())
        const file = yield* Effect.scoped(service.openSession(SESSION))
        assert.deepStrictEqual(file.session.blocks, [])
      })
    )
  )

  it.effect("stores no secret of an environment it is given", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        yield* service.saveSession({ ...document(), environment: { EDITOR: "vi", API_KEY: "hunter2" } })
        assert.notInclude(readFileSync(join(dataDir, "active", "s1.json"), "utf8"), "hunter2")
        const loaded = yield* service.loadSession(SESSION)
        assert.deepStrictEqual(loaded.environment, { EDITOR: "vi" })
        assert.deepStrictEqual(loaded.metadata.redacted, ["API_KEY"])
      })
    )
  )

  it.effect("does not overwrite what it cannot read", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        yield* service.saveSession(document())
        const path = join(dataDir, "active", "s1.json")
        writeFileSync(path, "precious")
        const error = yield* Effect.flip(service.saveSession(document()))
        assert.strictEqual(error.reason, "Damaged")
        assert.strictEqual(readFileSync(path, "utf8"), "precious")
      })
    )
  )

  it.effect("deletes a session with all that is beside it and nothing else, but not from under its owner", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const file = yield* Scope.extend(service.createSession(created), scope)
        for (const event of block("a", [])) file.append(event)
        yield* Effect.promise(() => file.flush())
        assert.strictEqual((yield* Effect.flip(service.deleteSession(SESSION))).reason, "Locked")
        yield* Scope.close(scope, Exit.void)
        const active = join(dataDir, "active")
        const others = [".s10.json.x.tmp", "s10.json", "s10.screen", "s10.torn-2026"]
        for (const name of [...others, "s1.torn-2026", "s1.screen", ".s1.json.x.tmp"])
          writeFileSync(join(active, name), "x")
        yield* service.deleteSession(SESSION)
        assert.deepStrictEqual(readdirSync(active).sort(), others)
        assert.strictEqual((yield* Effect.flip(service.deleteSession(SESSION))).reason, "Unknown")
        assert.strictEqual((yield* Effect.flip(service.loadSession(SESSION))).reason, "Unknown")
      })
    )
  )

  it.effect("archives what was not used for a week, as the seeds do; a list shows the rest", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        const now = Date.UTC(2026, 0, 17)
        const old = { ...document(), id: SessionId.make("old"), lastModified: Date.UTC(2025, 11, 31, 23, 59) }
        yield* service.saveSession(old)
        yield* service.saveSession({ ...document(), lastModified: now })
        const oneWeekAgo = now - 7 * 24 * 60 * 60 * 1000
        const { sessions } = yield* service.listSessions()
        const oldSessions = sessions.filter(({ lastModified }) => lastModified < oneWeekAgo)
        yield* Effect.forEach(oldSessions, ({ id }) => service.archiveSession(id))
        assert.deepStrictEqual(
          (yield* service.listSessions()).sessions.map(({ id }) => id),
          [SESSION]
        )
        assert.deepStrictEqual(readdirSync(join(dataDir, "archived", "2025-12")), ["old.json"])
        assert.strictEqual((yield* Effect.flip(service.archiveSession(old.id))).reason, "Unknown")
      })
    )
  )

  it.effect("lists and resolves what it stored", () =>
    withService((service) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* service.listSessions(), { sessions: [], refused: [] })
        yield* service.saveSession(document())
        const { sessions } = yield* service.listSessions()
        assert.deepStrictEqual(
          sessions.map(({ id, blocks, lastCommand }) => [id, blocks, lastCommand]),
          [[SESSION, 0, null]]
        )
        assert.strictEqual(yield* service.resolveSession("s"), SESSION)
        assert.strictEqual((yield* Effect.flip(service.resolveSession("../s1"))).reason, "Malformed")
      })
    )
  )

  it.effect("closes and releases a session with its scope, also when the body fails", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(
          Effect.scoped(
            Effect.gen(function* () {
              const file = yield* service.createSession(created)
              file.append(started("a"))
              return yield* Effect.fail("boom")
            })
          )
        )
        assert.isTrue(Exit.isFailure(exit))
        assert.deepStrictEqual(readdirSync(join(dataDir, "active")), ["s1.json"])
      })
    )
  )
})

describe("PersistenceService on a disk that says no", () => {
  /** A snapshot on its way to its name. */
  const TEMPORARY = /s1\.json\..*\.tmp$/
  const whole = { openSync: fs.openSync, open: fs.open, fsync: fs.fsync }

  afterEach(() => {
    Object.assign(fs, whole)
    syncBuiltinESMExports()
  })

  /** Makes the next calls about such paths fail, and returns every call about them that was made. */
  const failing = (name: "openSync" | "open" | "fsync", code: string, times = 1, about = /^/) => {
    const calls: Array<unknown> = []
    const real = whole[name] as (...parameters: ReadonlyArray<unknown>) => unknown
    Object.assign(fs, {
      [name]: (...parameters: ReadonlyArray<unknown>) => {
        if (!about.test(String(parameters[0]))) return real(...parameters)
        calls.push(parameters[0])
        if (calls.length > times) return real(...parameters)
        const error = Object.assign(new Error(code), { code })
        if (name === "openSync") throw error
        setImmediate(parameters.at(-1) as (error: Error) => void, error)
      }
    })
    syncBuiltinESMExports()
    return calls
  }

  it.effect("saves again from the start, in a file of its own, when descriptors ran out", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        yield* service.saveSession(document())
        const calls = failing("openSync", "EMFILE", 2, TEMPORARY)
        yield* service.saveSession({ ...document(), workingDirectory: "/new" })
        assert.lengthOf(calls, 3)
        assert.strictEqual(new Set(calls).size, 3)
        assert.strictEqual((yield* service.loadSession(SESSION)).workingDirectory, "/new")
        assert.deepStrictEqual(readdirSync(join(dataDir, "active")), ["s1.json"])
      })
    )
  )

  it.effect("gives up after its retries, with the error as it came, and keeps the old file", () =>
    withService((service) =>
      Effect.gen(function* () {
        yield* service.saveSession(document())
        const calls = failing("openSync", "EMFILE", 9, TEMPORARY)
        const error = yield* Effect.flip(service.saveSession({ ...document(), workingDirectory: "/new" }))
        assert.strictEqual(error.reason, "Io")
        assert.strictEqual(error.message, '"s1": too many open files')
        assert.lengthOf(calls, 3)
        assert.strictEqual((yield* service.loadSession(SESSION)).workingDirectory, "/")
      })
    )
  )

  it.effect("asks a full disk once, and never syncs again after a sync that failed", () =>
    withService((service) =>
      Effect.gen(function* () {
        yield* service.saveSession(document())
        const opened = failing("openSync", "ENOSPC", 9, TEMPORARY)
        assert.strictEqual((yield* Effect.flip(service.saveSession(document()))).message, '"s1": the disk is full')
        assert.lengthOf(opened, 1)
        Object.assign(fs, whole)
        const synced = failing("fsync", "EIO", 9)
        const error = yield* Effect.flip(service.saveSession(document()))
        assert.strictEqual(error.message, '"s1": the disk reports an error')
        assert.lengthOf(synced, 1)
      })
    )
  )

  it.effect("deletes a session whose directory could not be synced at first", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        yield* service.saveSession(document())
        const calls = failing("open", "EMFILE", 1, /active$/)
        yield* service.deleteSession(SESSION)
        // The one that failed, and the two of the next attempt: what stands beside the snapshot goes first.
        assert.lengthOf(calls, 3)
        assert.deepStrictEqual(readdirSync(join(dataDir, "active")), [])
      })
    )
  )

  it.effect("opens and loads at the second attempt, with one lock and no other left behind", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        yield* service.saveSession(document())
        const calls = failing("openSync", "EMFILE", 1, /s1\.json$/)
        assert.strictEqual((yield* service.loadSession(SESSION)).id, SESSION)
        assert.isAtLeast(calls.length, 2)
        const active = join(dataDir, "active")
        yield* Effect.scoped(
          Effect.gen(function* () {
            const again = failing("openSync", "EMFILE", 1, /s1\.json$/)
            const file = yield* service.openSession(SESSION)
            assert.isAtLeast(again.length, 2)
            assert.isNull(file.status.failure)
            assert.deepStrictEqual(readdirSync(active).sort(), ["s1.json", "s1.lock"])
          })
        )
        assert.deepStrictEqual(readdirSync(active), ["s1.json"])
      })
    )
  )
})
