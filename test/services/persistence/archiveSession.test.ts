import fs, { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { umask } from "node:process"
import { assert, describe, it } from "vitest"
import { archiveSession } from "../../../src/services/persistence/archiveSession.ts"
import { PersistenceError } from "../../../src/services/persistence/PersistenceError.ts"
import { SessionFile, type SessionFileOptions } from "../../../src/services/persistence/SessionFile.ts"
import { loadDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import { broken, dieAt, live } from "./dying.ts"
import { block, created, optionsFor, processes, SESSION, temporaryDirectory, withFile } from "./sessions.ts"

const archived = (dataDir: string) => join(dataDir, "archived", "1970-01")

/** Names of a directory, without what belongs to locks and half-written files of the dead. */
const names = (directory: string): ReadonlyArray<string> =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => !name.startsWith(".") && !name.endsWith(".lock"))
        .sort()
    : []

/** A data directory as a crash leaves it: a snapshot, a journal that goes on from it, and what was cut off before. */
const crashed = async (): Promise<SessionFileOptions> => {
  const options = optionsFor(join(temporaryDirectory(), "data"))
  const file = SessionFile.create(created, options)
  for (const event of block("a", ["one"])) file.append(event)
  await file.flush()
  await file.compact()
  for (const event of block("b", ["two", "three"])) file.append(event)
  await file.flush()
  const after = optionsFor(join(temporaryDirectory(), "data"))
  mkdirSync(after.directory.root, { mode: 0o700 })
  cpSync(options.directory.active, after.directory.active, { recursive: true })
  await file.close()
  writeFileSync(join(after.directory.active, "s1.torn-2026"), "torn")
  return after
}

/** What the session is, wherever it is. */
const outputs = ({ directory }: SessionFileOptions): ReadonlyArray<string> => {
  const places = [directory, { ...directory, active: archived(directory.root) }]
  const documents = places.flatMap((place) =>
    existsSync(join(place.active, "s1.json")) ? loadDocument(place, SESSION) : []
  )
  assert.isAtLeast(documents.length, 1)
  return documents[0]!.blocks.map(({ stdout }) => stdout)
}

const failure = async (operation: Promise<void>): Promise<PersistenceError> => {
  const error = await operation.then(
    () => null,
    (cause) => cause
  )
  assert.instanceOf(error, PersistenceError)
  return error
}

/** Another process, after the first one has died. */
const afterwards = (options: SessionFileOptions): SessionFileOptions => ({ ...options, processes: processes(11) })

describe("archiveSession", () => {
  it("moves a session as one snapshot to the month it was last modified in, with what was cut off", async () => {
    const old = umask(0)
    try {
      const options = await crashed()
      const { root } = options.directory
      await archiveSession(SESSION, afterwards(options))
      assert.deepStrictEqual(names(options.directory.active), [])
      assert.deepStrictEqual(readdirSync(archived(root)).sort(), ["s1.json", "s1.torn-2026"])
      assert.deepStrictEqual(outputs(options), ["one\n", "two\nthree\n"])
      assert.strictEqual(statSync(archived(root)).mode & 0o777, 0o700)
      assert.strictEqual(statSync(join(archived(root), "s1.json")).mode & 0o777, 0o600)
    } finally {
      umask(old)
    }
  })

  it("leaves a whole session in one place or the other when it is killed at any step, and the next attempt ends it", async () => {
    let steps = 0
    for (let made = Number.POSITIVE_INFINITY; steps < made; steps++) {
      const options = await crashed()
      const calls = dieAt(steps)
      const error = await archiveSession(SESSION, afterwards(options)).then(
        () => null,
        (cause) => cause
      )
      made = calls()
      live()
      const where = `step ${steps} of ${made}: ${error}`
      assert.deepStrictEqual(outputs(options), ["one\n", "two\nthree\n"], where)
      await archiveSession(SESSION, { ...options, processes: processes(12) })
      assert.deepStrictEqual(names(options.directory.active), [], where)
      assert.deepStrictEqual(names(archived(options.directory.root)), ["s1.json", "s1.torn-2026"], where)
      assert.deepStrictEqual(outputs(options), ["one\n", "two\nthree\n"], where)
    }
    assert.isAbove(steps, 20)
  }, 60_000)

  it("overwrites nothing: a second session of the same name is numbered", async () => {
    const options = await crashed()
    const { active, root } = options.directory
    await archiveSession(SESSION, afterwards(options))
    const first = readFileSync(join(archived(root), "s1.json"), "utf8")
    for (const copy of [2, 3]) {
      cpSync(join(archived(root), "s1.json"), join(active, "s1.json"))
      await withFile(options, (file) => block(`c${copy}`, []).map((event) => file.append(event)))
      await archiveSession(SESSION, options)
    }
    assert.deepStrictEqual(names(archived(root)), ["s1.2.json", "s1.3.json", "s1.json", "s1.torn-2026"])
    assert.strictEqual(readFileSync(join(archived(root), "s1.json"), "utf8"), first)
    assert.include(readFileSync(join(archived(root), "s1.3.json"), "utf8"), '"c3"')
  })

  it("refuses while a process has the session open, and when the archive is a link", async () => {
    const options = optionsFor(join(temporaryDirectory(), "data"), processes(10, [10, 11]))
    const { active, archived: archive, root } = options.directory
    const file = SessionFile.create(created, options)
    for (const event of block("a", ["one"])) file.append(event)
    await file.flush()
    const error = await failure(archiveSession(SESSION, { ...options, processes: processes(11, [10, 11]) }))
    assert.deepInclude(error, { reason: "Locked", pid: 10 })
    await file.close()
    fs.rmdirSync(archive)
    fs.symlinkSync(temporaryDirectory(), archive)
    assert.strictEqual((await failure(archiveSession(SESSION, options))).reason, "Refused")
    assert.deepStrictEqual(readdirSync(active), ["s1.json"])
    assert.deepStrictEqual(names(archived(root)), [])
  })

  it("leaves a session where it is that cannot be read, or not be brought into its snapshot", async () => {
    const options = await crashed()
    const { active, root } = options.directory
    const before = names(active)
    const { renameSync } = fs
    broken({
      renameSync: (from, to) => {
        if (`${to}`.endsWith("s1.json")) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" })
        renameSync(from, to)
      }
    })
    const full = await failure(archiveSession(SESSION, afterwards(options)))
    assert.deepInclude(full, { reason: "Io", message: '"s1": the disk is full' })
    live()
    assert.deepStrictEqual(names(active), before)
    assert.deepStrictEqual(outputs(options), ["one\n", "two\nthree\n"])
    writeFileSync(join(active, "s1.json"), "precious")
    assert.strictEqual((await failure(archiveSession(SESSION, options))).reason, "Damaged")
    assert.strictEqual(readFileSync(join(active, "s1.json"), "utf8"), "precious")
    assert.deepStrictEqual(names(archived(root)), [])
  })
})
