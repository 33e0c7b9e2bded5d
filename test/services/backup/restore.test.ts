import { spawnSync } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { execPath } from "node:process"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { assert, describe, it } from "vitest"
import { BackupError } from "../../../src/services/backup/BackupError.ts"
import { planRestore } from "../../../src/services/backup/restore/planRestore.ts"
import { type RestoreOptions, restoreBackup } from "../../../src/services/backup/restore/restoreBackup.ts"
import { settleRestore, takeRestoreLock } from "../../../src/services/backup/restore/settleRestore.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { PersistenceError } from "../../../src/services/persistence/PersistenceError.ts"
import { systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { block, created, optionsFor, processes, SESSION, temporaryDirectory } from "../persistence/sessions.ts"
import { backUp, NOW, put, someSessions, tree } from "./backups.ts"
import { HOSTILE } from "./hostileArchives.ts"

const STAMP = "2026-01-02T030405Z"
const FIRST = `${STAMP}.tar.gz`

const restore = (dataDir: string, changes: Partial<RestoreOptions> = {}) =>
  restoreBackup({
    directory: dataDirectory(dataDir),
    processes: processes(),
    now: () => NOW,
    backup: join(dataDir, "backups", FIRST),
    ...changes
  })

const refusal = async (promise: Promise<unknown>): Promise<BackupError> => {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause
  )
  assert.instanceOf(error, BackupError)
  return error
}

/** All sessions, file by file. */
const sessionsIn = (directory: string) => [tree(join(directory, "active")), tree(join(directory, "archived"))]

/** Flips, cuts, removes and adds. */
const damage = (dataDir: string): void => {
  const journal = join(dataDir, "active/a.journal")
  const bytes = readFileSync(journal)
  bytes[3] = bytes[3]! ^ 0xff
  writeFileSync(journal, bytes)
  truncateSync(join(dataDir, "active/a.json"), 3)
  unlinkSync(join(dataDir, "active/b.journal"))
  rmSync(join(dataDir, "archived/2025-12"), { recursive: true })
  put(dataDir, "active/new.json", "{}")
}

/** A DATA_DIR whose sessions are not those of its backup any more. */
const damaged = async () => {
  const dataDir = someSessions()
  await backUp(dataDir)
  const restored = sessionsIn(dataDir)
  damage(dataDir)
  return { dataDir, restored, old: sessionsIn(dataDir) }
}

describe("restoreBackup", () => {
  it("brings back every byte after damage, and keeps what was there", async () => {
    const { dataDir, restored, old } = await damaged()
    const outcome = await restore(dataDir)
    assert.deepStrictEqual(sessionsIn(dataDir), restored)
    assert.strictEqual(outcome.previous, join(dataDir, `pre-restore-${STAMP}`))
    assert.deepStrictEqual(sessionsIn(outcome.previous), old)
    for (const path of ["active", "archived", "archived/2025-12", `pre-restore-${STAMP}`]) {
      assert.strictEqual(statSync(join(dataDir, path)).mode & 0o777, 0o700, path)
    }
    const names = ["active", "archived", "backups", `pre-restore-${STAMP}`, "quarantine"]
    assert.deepStrictEqual(readdirSync(dataDir).sort(), names)
    assert.strictEqual(outcome.sessions, 3)
  })

  it("refuses every hostile archive as a whole, and touches nothing", async () => {
    const { dataDir } = await damaged()
    const before = tree(dataDir)
    const archive = join(temporaryDirectory(), "hostile.tar.gz")
    for (const [name, bytes] of HOSTILE) {
      writeFileSync(archive, bytes)
      const { reason } = await refusal(restore(dataDir, { backup: archive }))
      assert.match(reason, /Refused|Damaged|Newer/, name)
      assert.deepStrictEqual(tree(dataDir), before, name)
      assert.deepStrictEqual(readdirSync(dataDir).sort(), ["active", "archived", "backups", "quarantine"], name)
    }
    assert.strictEqual((await refusal(restore(dataDir, { backup: join(dataDir, "no.tar.gz") }))).reason, "Unknown")
    const full = await refusal(restore(dataDir, { space: () => ({ free: 64 * 1024 * 1024, total: 1e12 }) }))
    assert.strictEqual(full.reason, "NoSpace")
    assert.deepStrictEqual(tree(dataDir), before)
  })

  it("leaves the old or the new sessions, whole, wherever it and its completion are killed", async () => {
    const { dataDir, restored, old } = await damaged()
    /** As the disk is at a moment, locks of the killed process included. */
    const copy = (from: string): string => {
      const to = join(temporaryDirectory(), "data")
      cpSync(from, to, { recursive: true })
      return to
    }
    const dead = processes(99, [99])
    const killed: Array<readonly [string, string]> = []
    await restore(dataDir, { onStep: (step) => void killed.push([step, copy(dataDir)]) })
    const steps = killed.map(([step]) => step)
    assert.includeMembers(steps, [
      "unpack",
      "write the marker",
      "active away",
      "archived into place",
      "remove the marker"
    ])
    const ends = new Map<string, string>()
    for (const [step, state] of killed) {
      const again: Array<readonly [string, string]> = []
      const note = await settleRestore(
        dataDirectory(state),
        dead,
        (next) => void again.push([`${step}, then ${next}`, copy(state)])
      )
      for (const [where, later] of again) {
        await settleRestore(dataDirectory(later), processes(100, [100]))
        assert.deepStrictEqual(sessionsIn(later), sessionsIn(state), where)
      }
      const now = sessionsIn(state)
      const isNew = JSON.stringify(now) === JSON.stringify(restored)
      assert.deepStrictEqual(now, isNew ? restored : old, step)
      if (isNew) assert.deepStrictEqual(sessionsIn(join(state, `pre-restore-${STAMP}`)), old, step)
      ends.set(step, `${isNew ? "new" : "old"}: ${note}`)
      const left = readdirSync(state).filter((name) => /^restore|lock$/.test(name))
      assert.deepStrictEqual(left, [], step)
      assert.isNull(await settleRestore(dataDirectory(state), dead), step)
    }
    assert.strictEqual(ends.get("unpack"), "old: null")
    assert.match(ends.get("write the marker") ?? "", /^old: A restore was cut short before it had changed anything/)
    assert.match(ends.get("active away") ?? "", /^new: A restore was cut short and has been completed/)
    assert.strictEqual(ends.get("remove what is kept too long"), "new: null")
  })

  it("is completed by whoever comes next when its process is killed", async () => {
    const { dataDir, restored } = await damaged()
    const entry = fileURLToPath(new URL("./restoreChild.ts", import.meta.url))
    const built = await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", write: false })
    const program = join(temporaryDirectory(), "restoreChild.mjs")
    writeFileSync(program, built.outputFiles[0]!.text)
    const run = spawnSync(execPath, [program, dataDir, join(dataDir, "backups", FIRST), "active into place"])
    assert.strictEqual(run.signal, "SIGKILL", run.stderr.toString())
    assert.isFalse(existsSync(join(dataDir, "active")))
    // Not asked for: by the first who would write a session.
    const file = SessionFile.create(
      { ...created, session: SESSION },
      { ...optionsFor(dataDir), processes: systemProcesses() }
    )
    for (const event of block("b1", ["one"])) file.append(event)
    assert.isNull((await file.flush()).failure)
    await file.close()
    const [active, archived] = sessionsIn(dataDir)
    const { "s1.json": mine, ...others } = active!
    assert.isDefined(mine)
    assert.deepStrictEqual([others, archived], restored)
  })

  it("puts aside what others make while the directories are swapped", async () => {
    const { dataDir, restored } = await damaged()
    let made = 0
    await restore(dataDir, {
      onStep: (step) => {
        if (step === "active into place" && made++ < 2) put(dataDir, `active/x.lock`, "somebody's")
      }
    })
    assert.deepStrictEqual(sessionsIn(dataDir), restored)
    const kept = readdirSync(join(dataDir, `pre-restore-${STAMP}`)).sort()
    assert.deepStrictEqual(kept, ["active", "active.2", "active.3", "archived"])
  })

  it("is refused while a process has a session open, which it names", async () => {
    const { dataDir } = await damaged()
    const before = tree(dataDir)
    const lock = (pid: number) => JSON.stringify({ pid, startTime: 1, bootId: "b" })
    put(dataDir, "active/a.lock", lock(11))
    put(dataDir, "active/dead.lock", lock(12))
    const error = await refusal(restore(dataDir, { processes: processes(10, [10, 11]) }))
    assert.deepStrictEqual(
      [error.reason, error.message],
      ["Busy", 'leave first what has sessions open: session "a" in process 11']
    )
    unlinkSync(join(dataDir, "active/a.lock"))
    unlinkSync(join(dataDir, "active/dead.lock"))
    assert.deepStrictEqual(tree(dataDir), before)
    put(dataDir, "restore.lock", lock(13))
    const other = await refusal(restore(dataDir, { processes: processes(10, [10, 13]) }))
    assert.strictEqual(other.message, "process 13 is restoring a backup")
    put(dataDir, "backups/backup.lock", lock(14))
    const busy = await refusal(restore(dataDir, { processes: processes(10, [10, 14]) }))
    assert.strictEqual(busy.message, "process 14 is making or restoring a backup")
  })

  it("keeps sessions from being opened or saved meanwhile, and lets them be saved afterwards", async () => {
    const dataDir = temporaryDirectory()
    const options = { ...optionsFor(dataDir), processes: systemProcesses() }
    const first = SessionFile.create(created, options)
    for (const event of block("b1", ["one"])) first.append(event)
    await first.close()
    const other = SessionFile.create({ ...created, session: "s2" as typeof SESSION }, options)
    const lock = takeRestoreLock(dataDir, options.processes)
    const error = await SessionFile.open(SESSION, options).catch((cause: unknown) => cause)
    assert.instanceOf(error, PersistenceError)
    assert.strictEqual(error.reason, "Locked")
    assert.match(error.message, /^process \d+ is restoring a backup$/)
    for (const event of block("b1", ["two"])) other.append(event)
    assert.match((await other.flush()).failure ?? "", /is restoring a backup/)
    assert.deepStrictEqual(readdirSync(join(dataDir, "active")), ["s1.json"])
    lock.release()
    assert.isNull((await other.flush()).failure)
    await other.close()
    assert.deepStrictEqual(readdirSync(join(dataDir, "active")).sort(), ["s1.json", "s2.json"])
  })

  it("keeps what was there before the last three restores", async () => {
    const { dataDir } = await damaged()
    mkdirSync(join(dataDir, "pre-restore-mine"))
    const removed: Array<ReadonlyArray<string>> = []
    for (let hour = 0; hour < 4; hour++) {
      removed.push((await restore(dataDir, { now: () => NOW + hour * 3_600_000 })).removed)
    }
    assert.deepStrictEqual(removed, [[], [], [], [`pre-restore-${STAMP}`]])
    // Two in one second.
    await restore(dataDir, { now: () => NOW + 3 * 3_600_000 })
    const kept = readdirSync(dataDir).filter((name) => name.startsWith("pre-"))
    const hours = ["2026-01-02T050405Z", "2026-01-02T060405Z", "2026-01-02T060405Z-2"]
    assert.deepStrictEqual(kept.sort(), [...hours.map((stamp) => `pre-restore-${stamp}`), "pre-restore-mine"])
    // A clock that was set back: what is put aside now is the oldest by its name, and all that there is of today.
    const { previous } = await restore(dataDir, { now: () => NOW - 3_600_000 })
    assert.isTrue(existsSync(join(previous, "active")))
  })
})

describe("planRestore", () => {
  it("tells what would come back, go and change, and writes nothing", async () => {
    const { dataDir } = await damaged()
    put(dataDir, "archived/2026-01/d.json", "{}")
    const before = tree(dataDir)
    const { sessions } = await planRestore(dataDirectory(dataDir), join(dataDir, "backups", FIRST))
    assert.deepStrictEqual(
      sessions.map(({ session, change }) => `${session} ${change}`),
      [
        "active/a changes",
        "active/b returns",
        "active/new goes",
        "archived/2025-12/c returns",
        "archived/2026-01/d goes"
      ]
    )
    assert.strictEqual(sessions[0]?.bytes, 23)
    assert.deepStrictEqual(tree(dataDir), before)
    await restore(dataDir)
    const after = await planRestore(dataDirectory(dataDir), join(dataDir, "backups", FIRST))
    assert.deepStrictEqual(new Set(after.sessions.map(({ change }) => change)), new Set(["stays"]))
  })
})
