import { randomBytes } from "node:crypto"
import {
  appendFileSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { BackupError } from "../../../src/services/backup/BackupError.ts"
import { listBackups, withBackup, withBackupLock } from "../../../src/services/backup/backupFiles.ts"
import { extractBackup } from "../../../src/services/backup/extractBackup.ts"
import { readArchive } from "../../../src/services/backup/readArchive.ts"
import { writeBackupOf } from "../../../src/services/backup/writeBackup.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { loadDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import { block, created, optionsFor, processes, SESSION, temporaryDirectory } from "../persistence/sessions.ts"
import { backUp, DAY_MS, HOUR_MS, NOW, namesOf, put, someSessions, tree } from "./backups.ts"

const FIRST = "2026-01-02T030405Z.tar.gz"

const pathsIn = async (dataDir: string, name: string): Promise<ReadonlyArray<string>> => {
  const { files } = await withBackup(join(dataDir, "backups", name), (archive) => readArchive(archive))
  return files.map(({ path }) => path)
}

const refusal = async (promise: Promise<unknown>): Promise<BackupError> => {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause
  )
  assert.instanceOf(error, BackupError)
  return error
}

describe("makeBackup", () => {
  it("holds active and archived sessions, and nothing else that lies there", async () => {
    const dataDir = someSessions()
    const expected = ["active/a.journal", "active/a.json", "active/b.journal", "archived/2025-12/c.json"]
    put(dataDir, "active/a.screen", "picture")
    put(dataDir, "active/a.torn-2026-01-01T00-00-00-000Z", "tail")
    for (const name of ["a.lock", ".a.json.x.tmp", "notes.txt", "a.sock"]) put(dataDir, `active/${name}`, "no")
    put(dataDir, "archived/elsewhere/d.json", "no")
    put(dataDir, "quarantine/a.json", "no")
    put(dataDir, "history.jsonl", "no")
    const outcome = (await backUp(dataDir))!
    assert.strictEqual(outcome.name, FIRST)
    assert.strictEqual(outcome.sessions, 3)
    const more = ["active/a.screen", "active/a.torn-2026-01-01T00-00-00-000Z"]
    const paths = await pathsIn(dataDir, FIRST)
    assert.deepStrictEqual(paths.toSorted(), [...expected, ...more].sort())
    // In the order in which its reader takes them.
    assert.deepStrictEqual(paths.slice(0, 3), ["active/a.screen", "active/a.journal", "active/a.json"])
    assert.strictEqual(statSync(outcome.path).mode & 0o777, 0o600)
    assert.deepStrictEqual(namesOf(dataDir), [FIRST])
  })

  it("unpacks to the same files, byte for byte", async () => {
    const dataDir = someSessions()
    put(dataDir, "active/large.json", Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * at) % 251)))
    const { path } = (await backUp(dataDir))!
    const into = temporaryDirectory()
    await withBackup(path, (archive) => extractBackup(archive, into))
    for (const part of ["active", "archived"]) assert.deepStrictEqual(tree(join(into, part)), tree(join(dataDir, part)))
  })

  it("takes an open session as its readers do, while it is written, replaced and compacted", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    try {
      for (let round = 0; round < 8; round++) {
        const lines = Array.from({ length: 200 }, (_, line) => `${round} ${line}`)
        for (const event of block(`b${round}`, lines)) file.append(event)
        await file.flush()
        const saved = file.session.blocks.length
        // Between the two readings of a backup, just before it is written.
        const busy = async () => {
          for (const event of block(`c${round}`, lines)) file.append(event)
          await file.compact()
        }
        let meanwhile: Promise<void> | null = null
        const space = () => {
          meanwhile ??= busy()
          return { free: 1e12, total: 1e12 }
        }
        const outcome = await backUp(dataDir, { now: () => NOW + round * 1000, space })
        await meanwhile
        const into = temporaryDirectory()
        await withBackup(outcome!.path, (archive) => extractBackup(archive, into))
        const { blocks } = loadDocument(dataDirectory(into), SESSION)
        assert.isAtLeast(blocks.length, saved)
        for (const { stdout, status } of blocks) {
          if (status === "success") assert.strictEqual(stdout.split("\n").length, 201)
        }
      }
    } finally {
      await file.close()
    }
  })

  it("begins again when a file has changed between its two readings, and gives up on one that always does", async () => {
    const dataDir = someSessions()
    let looks = 0
    const space = (times: number) => () => {
      if (looks++ < times) put(dataDir, "active/a.json", `look ${looks}`)
      return { free: 1e12, total: 1e12 }
    }
    await backUp(dataDir, { space: space(2) })
    assert.strictEqual(looks, 3)
    put(dataDir, "active/a.json", "before")
    const error = await refusal(backUp(dataDir, { space: space(1000), now: () => NOW + 1000 }))
    assert.strictEqual(error.reason, "Changing")
    assert.deepStrictEqual(namesOf(dataDir), [FIRST])
  })

  it("takes files of any time along", async () => {
    const dataDir = someSessions()
    const times = { "active/a.json": -1000, "active/a.journal": 1e10, "active/b.journal": 1.5 }
    for (const [path, seconds] of Object.entries(times)) utimesSync(join(dataDir, path), seconds, seconds)
    assert.strictEqual((await backUp(dataDir))?.sessions, 3)
  })

  it("can be written anew with other sessions, and is no younger then", async () => {
    const dataDir = someSessions()
    const { path } = (await backUp(dataDir))!
    utimesSync(path, 1e9, 1e9)
    const into = temporaryDirectory()
    const { createdAt } = await withBackup(path, (archive) => extractBackup(archive, into))
    unlinkSync(join(into, "active/b.journal"))
    const target = { backups: join(dataDir, "backups"), name: FIRST }
    const manifest = await writeBackupOf(dataDirectory(into), createdAt, target)
    assert.deepStrictEqual(await withBackup(path, (archive) => readArchive(archive)), manifest)
    assert.deepStrictEqual([manifest.sessions, manifest.createdAt], [2, NOW])
    assert.strictEqual(statSync(path).mtimeMs, 1e12)
  })

  it("makes none when nothing has changed, and says up to when the last one is good", async () => {
    const dataDir = someSessions()
    const first = (await backUp(dataDir))!
    const later = (await backUp(dataDir, { now: () => NOW + HOUR_MS }))!
    assert.strictEqual(later.type, "unchanged")
    assert.strictEqual(later.name, FIRST)
    assert.strictEqual(listBackups(join(dataDir, "backups"))[0]?.confirmed, NOW + HOUR_MS)
    // Without reading any file again, for a process that knows.
    const known = await backUp(dataDir, { known: first.known, now: () => NOW + 2 * HOUR_MS })
    assert.deepStrictEqual({ type: known?.type, sessions: known?.sessions }, { type: "unchanged", sessions: 3 })
    appendFileSync(join(dataDir, "active/a.journal"), "more")
    const changed = await backUp(dataDir, { known: first.known, now: () => NOW + 3 * HOUR_MS })
    assert.strictEqual(changed?.type, "made")
    assert.deepStrictEqual(namesOf(dataDir), [FIRST, "2026-01-02T060405Z.tar.gz"])
  })

  it("makes a new one when the last is damaged, whatever has changed", async () => {
    const dataDir = someSessions()
    const { path } = (await backUp(dataDir))!
    truncateSync(path, statSync(path).size - 20)
    const outcome = (await backUp(dataDir))!
    assert.strictEqual(outcome.type, "made")
    assert.strictEqual(outcome.name, "2026-01-02T030405Z-2.tar.gz")
    // Also for a process that has verified it, as far as it looks at it again.
    writeFileSync(outcome.path, "")
    assert.strictEqual((await backUp(dataDir, { known: outcome.known }))?.type, "made")
  })

  it("makes none of nothing", async () => {
    const dataDir = temporaryDirectory()
    assert.isNull(await backUp(dataDir))
    assert.deepStrictEqual(namesOf(dataDir), [])
  })

  it("goes without a file that may not be opened, and says so", async () => {
    const dataDir = someSessions()
    symlinkSync("/etc/passwd", join(dataDir, "active/evil.json"))
    const outcome = (await backUp(dataDir))!
    assert.strictEqual(outcome.sessions, 3)
    assert.match(outcome.skipped.join("\n"), /^"[^\n]*evil\.json" was refused: it is a symbolic link$/)
  })

  it("is made by one process at a time, and removes what a killed one has left", async () => {
    const dataDir = someSessions()
    const backups = join(dataDir, "backups")
    const left = put(dataDir, "backups/.2026-01-02T020000Z.tar.gz.abcDEF_-1.tmp", "half")
    const other = put(dataDir, "backups/.notes.tmp", "somebody's")
    await withBackupLock(backups, processes(11, [10, 11]), async () => {
      const error = await refusal(backUp(dataDir, { processes: processes(10, [10, 11]) }))
      assert.deepStrictEqual([error.reason, error.message], ["Busy", "process 11 is making or restoring a backup"])
    })
    writeFileSync(left, "half")
    // The lock of a dead process binds nobody.
    put(dataDir, "backups/backup.lock", JSON.stringify({ pid: 12, startTime: 1, bootId: "b" }))
    await backUp(dataDir)
    assert.deepStrictEqual(namesOf(dataDir), [".notes.tmp", FIRST])
    assert.strictEqual(readFileSync(other, "utf8"), "somebody's")
  })

  it("is not made when it would leave less than a tenth of the disk free, as far as can be told or as it turns out", async () => {
    const dataDir = someSessions()
    const full = await refusal(backUp(dataDir, { space: () => ({ free: 100, total: 1000 }) }))
    assert.strictEqual(full.reason, "NoSpace")
    assert.match(full.message, /^less than 10 % of the disk would stay free after a backup of some 46 B$/)
    // Noise, which gzip makes no smaller.
    put(dataDir, "active/large.json", randomBytes(5_000_000))
    let looks = 0
    const space = () => ({ free: looks++ === 0 ? 1000e6 : 90e6, total: 1000e6 })
    assert.strictEqual((await refusal(backUp(dataDir, { space }))).reason, "NoSpace")
    assert.isAbove(looks, 1)
    assert.deepStrictEqual(namesOf(dataDir), [])
  })

  it("is not made when it alone would be more than all may be", async () => {
    const dataDir = someSessions()
    const error = await refusal(backUp(dataDir, { maxBytes: 100 }))
    assert.deepStrictEqual(
      [error.reason, error.message],
      ["TooLarge", "the backup alone would be larger than BACKUP_MAX_BYTES (100 B)"]
    )
    assert.deepStrictEqual(namesOf(dataDir), [])
  })

  describe("afterwards", () => {
    const old = (dataDir: string, name: string, bytes = 1000) => put(dataDir, `backups/${name}`, "x".repeat(bytes))

    it("removes what is older than the retention by its name, and no file of another name", async () => {
      const dataDir = someSessions()
      for (const name of ["2025-12-01T000000Z.tar.gz", "2025-12-26T030404Z.tar.gz", "2025-12-26T030406Z.tar.gz"])
        old(dataDir, name)
      for (const name of ["2025-12-01.tar.gz", "2025-13-01T000000Z.tar.gz", "mine.tar.gz"]) old(dataDir, name)
      const { removed } = (await backUp(dataDir))!
      assert.deepStrictEqual(removed, ["2025-12-01T000000Z.tar.gz", "2025-12-26T030404Z.tar.gz"])
      const others = ["2025-12-01.tar.gz", "2025-12-26T030406Z.tar.gz", "2025-13-01T000000Z.tar.gz"]
      assert.deepStrictEqual(namesOf(dataDir), [...others, FIRST, "mine.tar.gz"])
    })

    it("removes the oldest when there is too much", async () => {
      const dataDir = someSessions()
      for (const hour of [1, 2, 3]) old(dataDir, `2026-01-01T0${hour}0000Z.tar.gz`)
      const { removed } = (await backUp(dataDir, { maxBytes: 2500 }))!
      assert.deepStrictEqual(removed, ["2026-01-01T010000Z.tar.gz", "2026-01-01T020000Z.tar.gz"])
    })

    it("keeps the one that is good, however old it is", async () => {
      const dataDir = someSessions()
      await backUp(dataDir)
      const { type, removed } = (await backUp(dataDir, { now: () => NOW + 100 * DAY_MS, maxBytes: 1 }))!
      assert.deepStrictEqual([type, removed], ["unchanged", []])
    })

    it("is not confused by a clock that was wrong", async () => {
      const dataDir = someSessions()
      await backUp(dataDir, { now: () => NOW + 3650 * DAY_MS })
      appendFileSync(join(dataDir, "active/a.journal"), "more")
      // Back in the present: a backup is made although the newest name lies ahead, and neither takes the other away.
      assert.strictEqual((await backUp(dataDir))?.type, "made")
      assert.strictEqual((await backUp(dataDir, { now: () => NOW + HOUR_MS }))?.type, "unchanged")
      assert.deepStrictEqual(namesOf(dataDir), [FIRST, "2035-12-31T030405Z.tar.gz"])
    })

    it("makes room by what may go before it gives up for want of it", async () => {
      const dataDir = someSessions()
      await backUp(dataDir)
      unlinkSync(join(dataDir, "active/b.journal"))
      put(dataDir, "backups/2025-12-01T000000Z.tar.gz", gzipSync("old"))
      const space = () => ({ free: namesOf(dataDir).some((name) => name.startsWith("2025")) ? 0 : 1000, total: 1000 })
      assert.strictEqual((await backUp(dataDir, { now: () => NOW + HOUR_MS, space }))?.type, "made")
    })
  })
})
