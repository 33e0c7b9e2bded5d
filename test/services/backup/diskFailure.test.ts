import { execFileSync, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import fs, { readdirSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { execPath, getuid } from "node:process"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterEach, assert, describe, it } from "vitest"
import { BackupError } from "../../../src/services/backup/BackupError.ts"
import { restoreBackup } from "../../../src/services/backup/restore/restoreBackup.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { processes, temporaryDirectory } from "../persistence/sessions.ts"
import { backUp, NOW, namesOf, put, someSessions, tree } from "./backups.ts"

const FIRST = "2026-01-02T030405Z.tar.gz"
const plenty = () => ({ free: 1e12, total: 1e12 })

const mounts: Array<string> = []
const { fsync } = fs

afterEach(() => {
  Object.assign(fs, { fsync })
  syncBuiltinESMExports()
  for (const path of mounts.splice(0)) execFileSync("umount", ["--lazy", path])
})

/** A file system of its own, of a few megabytes. */
const mountSmall = (megabytes: number): string => {
  const path = temporaryDirectory()
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path], { stdio: "ignore" })
  mounts.push(path)
  return path
}

const mountable = (() => {
  if (getuid?.() !== 0) return false
  try {
    mountSmall(1)
  } catch {
    return false
  }
  for (const path of mounts.splice(0)) execFileSync("umount", [path])
  return true
})()

const refusal = async (promise: Promise<unknown>): Promise<BackupError> => {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause
  )
  assert.instanceOf(error, BackupError)
  return error
}

/** Has `meanwhile` done to the first file that is synced, once. */
const onSync = (meanwhile: (fd: number, done: (error: Error | null) => void) => void) => {
  Object.assign(fs, {
    fsync: (fd: number, done: (error: Error | null) => void) => {
      Object.assign(fs, { fsync })
      syncBuiltinESMExports()
      meanwhile(fd, done)
    }
  })
  syncBuiltinESMExports()
}

describe("a disk that fails", () => {
  it.skipIf(!mountable)(
    "leaves no backup when it is full, nor a restored session, and takes both once it has room",
    async () => {
      const dataDir = join(mountSmall(8), "data")
      put(dataDir, "active/a.json", randomBytes(2_500_000))
      const filler = put(dataDir, "filler", randomBytes(4_000_000))
      const before = tree(dataDir)
      const told = await refusal(backUp(dataDir))
      assert.strictEqual(told.reason, "NoSpace")
      const full = await refusal(backUp(dataDir, { space: plenty }))
      assert.match(full.message, /the disk is full$/)
      assert.deepStrictEqual(tree(dataDir), before)
      rmSync(filler)
      await backUp(dataDir)
      const backup = join(dataDir, "backups", FIRST)
      const restore = () =>
        restoreBackup({
          directory: dataDirectory(dataDir),
          processes: processes(),
          now: () => NOW,
          backup,
          space: plenty
        })
      writeFileSync(filler, randomBytes(1_000_000))
      const held = tree(dataDir)
      assert.match((await refusal(restore())).message, /the disk is full$/)
      assert.deepStrictEqual(tree(dataDir), held)
      assert.deepStrictEqual(readdirSync(dataDir).sort(), ["active", "archived", "backups", "filler", "quarantine"])
      rmSync(filler)
      assert.strictEqual((await restore()).sessions, 1)
    }
  )

  it.skipIf(!mountable)("is named when it can only be read", async () => {
    const mount = mountSmall(1)
    const dataDir = join(mount, "data")
    put(dataDir, "active/a.json", "{}")
    await backUp(dataDir)
    execFileSync("mount", ["-o", "remount,ro", mount])
    const error = await refusal(backUp(dataDir))
    assert.match(error.message, /the file system is read-only$/)
    assert.deepStrictEqual(namesOf(dataDir), [FIRST])
  })

  it("leaves no backup when it cannot sync it", async () => {
    const dataDir = someSessions()
    await backUp(dataDir)
    put(dataDir, "active/a.json", "other")
    onSync((_, done) => done(Object.assign(new Error("EIO"), { code: "EIO" })))
    const error = await refusal(backUp(dataDir, { now: () => NOW + 1000 }))
    assert.match(error.message, /the disk reports an error$/)
    assert.deepStrictEqual(namesOf(dataDir), [FIRST])
  })

  it("leaves no backup when it gives back something else", async () => {
    const dataDir = someSessions()
    await backUp(dataDir)
    put(dataDir, "active/a.json", "other")
    onSync((fd, done) => {
      writeSync(fd, "x", 200)
      fsync(fd, done)
    })
    const error = await refusal(backUp(dataDir, { now: () => NOW + 1000 }))
    assert.match(error.reason, /Damaged|Refused/)
    assert.deepStrictEqual(namesOf(dataDir), [FIRST])
  })

  it("leaves no backup of a process that is killed, and the next one tidies up", async () => {
    const dataDir = someSessions()
    put(dataDir, "active/large.json", randomBytes(5_000_000))
    const entry = fileURLToPath(new URL("./backupChild.ts", import.meta.url))
    const built = await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", write: false })
    const program = join(temporaryDirectory(), "backupChild.mjs")
    writeFileSync(program, built.outputFiles[0]!.text)
    const run = spawnSync(execPath, [program, dataDir])
    assert.strictEqual(run.signal, "SIGKILL", run.stderr.toString())
    const [temporary = "", lock] = namesOf(dataDir)
    assert.match(temporary, /^\.\d{4}-.*\.tar\.gz\..*\.tmp$/)
    assert.strictEqual(lock, "backup.lock")
    await backUp(dataDir)
    assert.deepStrictEqual(namesOf(dataDir), [FIRST])
  })
})
