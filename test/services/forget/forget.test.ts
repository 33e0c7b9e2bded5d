import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll } from "vitest"
import { BlockId, SessionId } from "../../../src/domain/ids.ts"
import { listBackups, openBackup } from "../../../src/services/backup/backupFiles.ts"
import { readArchive } from "../../../src/services/backup/readArchive.ts"
import type { ForgetTarget } from "../../../src/services/forget/ForgetTarget.ts"
import { type ForgetOptions, forget, planForget } from "../../../src/services/forget/forget.ts"
import { resolveForget } from "../../../src/services/forget/resolveForget.ts"
import { HistoryStore } from "../../../src/services/HistoryStore.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { readStoredSession } from "../../../src/services/persistence/StoredSession.ts"
import type { StructuredLoggingService } from "../../../src/services/StructuredLoggingService.ts"
import { backUp, HOUR_MS, NOW } from "../backup/backups.ts"
import { fakeLogging } from "../fakeLogging.ts"
import { block, created, optionsFor, place, processes, temporaryDirectory } from "../persistence/sessions.ts"
import { filesIn, filesWith, leaveTraces, OTHER, startTimeOf, WANTED, wordOf } from "./world.ts"

const SESSION: ForgetTarget = { session: WANTED, block: null }
const BLOCK: ForgetTarget = {
  session: WANTED,
  block: { id: BlockId.make(`${WANTED}-a`), number: 1, startTime: startTimeOf("a") }
}

/** The kill comes before every step of this many: all of them would take as many times as long. */
const STRIDE = 3

/** Each with a pid of its own, and nobody else alive. */
let pid = 2000

const run = <A, E>(
  dataDir: string,
  use: (options: ForgetOptions) => Effect.Effect<A, E, HistoryStore | StructuredLoggingService>
) => {
  const options = { directory: dataDirectory(dataDir), processes: processes(++pid) }
  return use(options).pipe(
    Effect.provide(HistoryStore.layer({ dataDir, processes: options.processes })),
    Effect.provide(fakeLogging())
  )
}

/** What there is of the session that nobody wants to forget, in files and in backups. */
const others = (dataDir: string) =>
  filesIn(dataDir)
    .filter(([path]) => path.includes(OTHER) && !path.endsWith(".lock"))
    .map(([path, bytes]) => [path, bytes.toString("latin1")])

const blocksIn = (directory: string, name: string, id: SessionId = WANTED) => {
  const { session, close } = readStoredSession(directory, id, name)
  close()
  return session.blocks.map((block) => `${block.metadata.number} ${block.id}`)
}

/** Unpacks every backup to its last byte. */
const verifyBackups = async (dataDir: string): Promise<ReadonlyArray<string>> => {
  const names: Array<string> = []
  for (const { name, path } of listBackups(join(dataDir, "backups"))) {
    const archive = openBackup(path)
    await readArchive(archive).finally(archive.close)
    names.push(name)
  }
  return names
}

describe("forgetting", () => {
  let template: string
  beforeAll(async () => {
    template = mkdtempSync(join(place, "forget-"))
    await leaveTraces(template)
  })
  afterAll(() => rmSync(template, { recursive: true, force: true }))

  const copy = (): string => {
    const dataDir = temporaryDirectory()
    cpSync(template, dataDir, { recursive: true, preserveTimestamps: true })
    return dataDir
  }

  it.live("leaves no byte of a session anywhere, and every byte of the others", () => {
    const dataDir = copy()
    const before = others(dataDir)
    const times = readdirSync(join(dataDir, "backups")).map((name) => [
      name,
      Math.round(statSync(join(dataDir, "backups", name)).mtimeMs)
    ])
    // There is something to find wherever the session could have left it.
    const places = filesWith(dataDir, `MARK-${WANTED}`).map((path) => path.replace(/^[^/]*(?=-2026)|\d.*Z/g, "*"))
    for (const part of [
      "active/",
      "archived/",
      "pre-restore",
      "quarantine/",
      "backups/",
      "history",
      "torn-",
      ".tmp",
      ".carry"
    ]) {
      expect(
        filesWith(dataDir, `MARK-${WANTED}`).some((path) => path.includes(part)),
        `${part} in ${places}`
      ).toBe(true)
    }
    return run(dataDir, (options) =>
      Effect.gen(function* () {
        const done = yield* forget(SESSION, options)
        expect(done.map(({ errors }) => errors)).toEqual([[]])
        expect(done[0]!.entries).toBeGreaterThan(0)
        expect(filesWith(dataDir, WANTED)).toEqual([])
        expect(others(dataDir)).toEqual(before)
        yield* Effect.promise(() => verifyBackups(dataDir))
        expect(
          readdirSync(join(dataDir, "backups")).map((name) => [
            name,
            Math.round(statSync(join(dataDir, "backups", name)).mtimeMs)
          ])
        ).toEqual(times)
        const { entries } = yield* (yield* HistoryStore).open
        expect(entries.map(({ session }) => session)).toEqual([OTHER, OTHER])
        // Nothing is left to do, nor of doing it.
        expect(readdirSync(dataDir).filter((name) => name.includes("forget"))).toEqual([])
      })
    )
  })

  it.live("leaves no byte of a block anywhere, and the session with everything else", () => {
    const dataDir = copy()
    const before = others(dataDir)
    expect(filesWith(dataDir, wordOf(WANTED, "a")).length).toBeGreaterThan(20)
    return run(dataDir, (options) =>
      Effect.gen(function* () {
        const done = yield* forget(BLOCK, options)
        expect(done.map(({ errors }) => errors)).toEqual([[]])
        expect(filesWith(dataDir, wordOf(WANTED, "a"))).toEqual([])
        expect(others(dataDir)).toEqual(before)
        const names = yield* Effect.promise(() => verifyBackups(dataDir))
        expect(names).toEqual(["2026-01-02T050405Z.tar.gz", "2026-01-02T030405Z.tar.gz"])
        const { active, archived } = options.directory
        expect(blocksIn(active, WANTED)).toEqual(
          ["2 b", "3 c", "4 d", "5 e"].map((text) => text.replace(" ", ` ${WANTED}-`))
        )
        expect(blocksIn(join(archived, "1970-01"), `${WANTED}.2`)).toEqual([`2 ${WANTED}-b`])
        // It held nothing else.
        expect(readdirSync(join(archived, "1970-01"))).not.toContain(`${WANTED}.json`)
        for (const block of ["b", "c"])
          expect(filesWith(dataDir, `${wordOf(WANTED, block)}output`).length).toBeGreaterThan(5)
        // Opened again, it goes on; the number is not given to another.
        const file = yield* Effect.promise(() => SessionFile.open(WANTED, optionsFor(dataDir, processes(++pid))))
        expect(file.output(BlockId.make(`${WANTED}-c`))?.lines).toEqual([
          `${wordOf(WANTED, "c")}output`,
          `${wordOf(WANTED, "c")}more`
        ])
        expect(file.notes).toEqual([])
        yield* Effect.promise(() => file.close())
        const { entries } = yield* (yield* HistoryStore).open
        expect(entries.filter(({ session }) => session === WANTED).map(({ at }) => at)).toEqual([startTimeOf("b")])
      })
    )
  })

  it.live(
    "takes a command that ran when its terminal was killed off its live screen too, and keeps those beside it",
    () => {
      const dataDir = copy()
      const at = startTimeOf("d")
      const target = { session: WANTED, block: { id: BlockId.make(`${WANTED}-d`), number: 4, startTime: at } }
      expect(filesWith(dataDir, wordOf(WANTED, "d"))).toContain(`active/${WANTED}.screen`)
      return run(dataDir, (options) =>
        Effect.gen(function* () {
          expect((yield* forget(target, options)).flatMap(({ errors }) => errors)).toEqual([])
          expect(filesWith(dataDir, wordOf(WANTED, "d"))).toEqual([])
          expect(filesWith(dataDir, `${wordOf(WANTED, "e")}live`)).toContain(`active/${WANTED}.json`)
        })
      )
    }
  )

  it.live("says first what it would do, and does nothing", () => {
    const dataDir = copy()
    const before = filesIn(dataDir)
    return run(dataDir, (options) =>
      Effect.gen(function* () {
        const { traces, entries } = yield* planForget(BLOCK, options)
        const marked = filesWith(dataDir, wordOf(WANTED, "a")).filter(
          (path) => !path.startsWith("backups/") && !path.includes("history")
        )
        const named = [
          ...traces.files.map(({ path }) => path),
          ...traces.documents.flatMap(({ directory, name }) =>
            ["json", "journal"].map((end) => join(directory, `${name}.${end}`))
          )
        ]
        for (const path of marked) expect(named).toContain(join(dataDir, path))
        expect(traces.inBackups.backups.map(({ name }) => name)).toEqual(
          readdirSync(join(dataDir, "backups")).filter((name) => name.endsWith(".tar.gz"))
        )
        expect(entries).toBe(1)
        expect(filesIn(dataDir)).toEqual(before)
      })
    )
  })

  it.live("refuses a session that a process has open, naming it, and touches nothing", () => {
    const dataDir = copy()
    return Effect.gen(function* () {
      const owner = yield* Effect.promise(() => SessionFile.open(WANTED, optionsFor(dataDir, processes(77))))
      const before = others(dataDir).length
      const marked = filesWith(dataDir, WANTED)
      for (const target of [SESSION, BLOCK]) {
        const options = { directory: dataDirectory(dataDir), processes: processes(78, [77, 78]) }
        for (const act of [Effect.asVoid(planForget(target, options)), Effect.asVoid(forget(target, options))]) {
          const error = yield* Effect.flip(run(dataDir, () => act))
          expect(error).toMatchObject({ reason: "Locked", pid: 77 })
        }
      }
      expect(filesWith(dataDir, WANTED)).toEqual(marked)
      expect(others(dataDir)).toHaveLength(before)
      yield* Effect.promise(() => owner.close())
    })
  })

  it.live(
    "is completed when it is run again, wherever it was killed",
    () => {
      return Effect.gen(function* () {
        for (const target of [SESSION, BLOCK]) {
          const steps: Array<string> = []
          yield* run(copy(), (options) => forget(target, { ...options, onStep: (step) => void steps.push(step) }))
          expect(steps.length).toBeGreaterThan(15)
          for (const killedAt of steps.keys()) {
            if (killedAt % STRIDE !== 0) continue
            const dataDir = copy()
            const before = others(dataDir)
            const killed = yield* Deferred.make<void>()
            let at = 0
            // A process that is killed ends no step, and gives no lock back.
            yield* Effect.forkDaemon(
              run(dataDir, (options) =>
                forget(target, {
                  ...options,
                  onStep: () => {
                    if (at++ < killedAt) return
                    Deferred.unsafeDone(killed, Effect.void)
                    return new Promise<void>(() => {})
                  }
                })
              )
            )
            yield* Deferred.await(killed)
            const asked = target.block === null ? null : `b${target.block.number}`
            yield* run(dataDir, (options) =>
              Effect.gen(function* () {
                const { target: found } = yield* Effect.promise(() =>
                  resolveForget(options.directory, WANTED.slice(0, 6), asked)
                )
                expect(found).toEqual(target)
                expect((yield* forget(found, options)).flatMap(({ errors }) => errors)).toEqual([])
              })
            )
            expect(filesWith(dataDir, target.block === null ? WANTED : wordOf(WANTED, "a")), steps[killedAt]!).toEqual(
              []
            )
            expect(others(dataDir)).toEqual(before)
            expect(readdirSync(dataDir).filter((name) => name.includes("forget") && !name.endsWith(".lock"))).toEqual(
              []
            )
          }
        }
      })
    },
    60_000
  )

  it.live("names a backup that cannot be read, does the rest, and goes on with it the next time", () => {
    const dataDir = copy()
    const damaged = join(dataDir, "backups/2026-01-02T030405Z.tar.gz")
    truncateSync(damaged, statSync(damaged).size - 100)
    return Effect.gen(function* () {
      const [first] = yield* run(dataDir, (options) => forget(BLOCK, options))
      expect(first!.errors.map(({ message }) => message)).toEqual([
        expect.stringContaining("2026-01-02T030405Z.tar.gz")
      ])
      expect(filesWith(dataDir.replace(/$/, "/active"), wordOf(WANTED, "a"))).toEqual([])
      // Another one reminds of it; once the backup is gone there is nothing left to be reminded of.
      const other = { session: OTHER, block: null }
      const reminded = yield* run(dataDir, (options) => forget(other, options))
      expect(reminded.map(({ target, errors }) => [target.session, errors.length])).toEqual([
        [WANTED, 1],
        [OTHER, 1]
      ])
      rmSync(damaged)
      const last = yield* run(dataDir, (options) => forget(BLOCK, options))
      expect(last.flatMap(({ errors }) => errors)).toEqual([])
      expect(filesWith(dataDir, wordOf(WANTED, "a"))).toEqual([])
      expect(filesWith(dataDir, OTHER)).toEqual([])
      expect(readdirSync(dataDir)).not.toContain("forgetting.json")
    })
  })

  it("finds a session and a block wherever there is something left of them, and says what there is not", async () => {
    const dataDir = copy()
    const directory = dataDirectory(dataDir)
    const resolved = await resolveForget(directory, WANTED.slice(0, 4), "@b1")
    expect(resolved).toEqual({ target: BLOCK, about: `echo ${wordOf(WANTED, "a")}command` })
    expect((await resolveForget(directory, `of ${OTHER}`, null)).target).toEqual({
      session: `saved${OTHER}`,
      block: null
    })
    for (const name of ["active", "archived", "quarantine"]) rmSync(join(dataDir, name), { recursive: true })
    for (const name of readdirSync(dataDir))
      if (name.startsWith("pre-restore")) rmSync(join(dataDir, name), { recursive: true })
    expect((await resolveForget(directory, WANTED, "1")).target).toEqual(BLOCK)
    await expect(resolveForget(directory, WANTED, "9")).rejects.toMatchObject({
      reason: "Unknown",
      message: expect.stringContaining("has no block")
    })
    await expect(resolveForget(directory, WANTED, "nobody")).rejects.toMatchObject({ reason: "Unknown" })
    await expect(resolveForget(directory, "nobody", null)).rejects.toMatchObject({ reason: "Unknown" })
    await expect(resolveForget(directory, "../x", null)).rejects.toMatchObject({ reason: "Malformed" })
    writeFileSync(join(dataDir, "forgetting.json"), "{")
    await expect(resolveForget(directory, WANTED, "9")).rejects.toMatchObject({ reason: "Damaged" })
    expect(readFileSync(join(dataDir, "forgetting.json"), "utf8")).toBe("{")
  })

  it.live("names what is too damaged to say whose it is, in the archive and in a backup", () => {
    const dataDir = copy()
    const [saved] = filesWith(dataDir, `of ${WANTED}`).filter((path) => path.startsWith("archived/"))
    const path = join(dataDir, saved!)
    const bytes = readFileSync(path)
    bytes[bytes.indexOf('"workingDirectory"')] = 0x78
    writeFileSync(path, bytes)
    return run(dataDir, (options) =>
      Effect.gen(function* () {
        yield* Effect.promise(() => backUp(dataDir, { now: () => NOW + 3 * HOUR_MS }))
        const [done] = yield* forget(SESSION, options)
        // A backup is written anew as a whole or not at all.
        const backup = "backups/2026-01-02T060405Z.tar.gz"
        const kept = filesWith(dataDir, `MARK-${WANTED}`).filter((name) => !name.startsWith(`${backup}/`))
        expect(kept).toEqual([saved])
        const why = `"${saved!.slice("archived/".length)}" is damaged, and may hold blocks of session ${WANTED}: it is yours to remove`
        expect(done!.errors.map(({ message }) => message)).toEqual([
          why,
          `"${dataDir}/${backup}" stays as it is: ${why}`
        ])
        rmSync(path)
        rmSync(join(dataDir, "backups/2026-01-02T060405Z.tar.gz"))
        expect((yield* forget(SESSION, options)).flatMap(({ errors }) => errors)).toEqual([])
      })
    )
  })

  it.live("writes no session anew that was brought back meanwhile, and is open by now", () => {
    const dataDir = copy()
    const back = SessionId.make("back0000")
    const path = join(dataDir, "active", `${back}.json`)
    return run(dataDir, (options) =>
      Effect.gen(function* () {
        const onStep = (step: string) => {
          if (step !== "history") return
          const text = readFileSync(join(dataDir, "active", `${WANTED}.json`), "utf8")
          writeFileSync(path, text.replace(`"id":"${WANTED}"`, `"id":"${back}"`), { mode: 0o600 })
        }
        const [first] = yield* forget(BLOCK, { ...options, onStep })
        expect(first!.errors.map(({ message }) => message)).toEqual([
          `Session ${back} was brought back while it was forgotten`
        ])
        expect(readFileSync(path, "utf8")).toContain(wordOf(WANTED, "a"))
        yield* forget(BLOCK, options)
        expect(filesWith(dataDir, wordOf(WANTED, "a"))).toEqual([])
      })
    )
  })

  it("takes no beginning of an id for that of another session, which backups alone still have", async () => {
    const dataDir = copy()
    const directory = dataDirectory(dataDir)
    for (const name of readdirSync(dataDir)) {
      if (name !== "backups") rmSync(join(dataDir, name), { recursive: true })
    }
    const options = optionsFor(dataDir)
    const longer = SessionId.make(`${WANTED}x`)
    const file = SessionFile.create({ ...created, session: longer }, options)
    for (const event of block("a", ["text"])) file.append(event)
    await file.close()
    expect((await resolveForget(directory, WANTED, null)).target.session).toBe(WANTED)
    expect((await resolveForget(directory, longer, null)).target.session).toBe(longer)
    await expect(resolveForget(directory, WANTED.slice(0, 5), null)).rejects.toMatchObject({ reason: "Ambiguous" })
  })
})
