import { execFileSync } from "node:child_process"
import fs, { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { getuid } from "node:process"
import { afterEach, assert, describe, it, vi } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import type { SaveStatus } from "../../../src/services/persistence/JournalWriter.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { asOrdinaryUser } from "../../harness/ordinaryUser.ts"
import {
  block,
  created,
  finished,
  folded,
  optionsFor,
  printed,
  processes,
  SESSION,
  started,
  temporaryDirectory,
  visible,
  withFile
} from "./sessions.ts"

/** Resolves with the first status that `test` accepts. */
const statusWhen = (file: SessionFile, test: (status: SaveStatus) => boolean): Promise<SaveStatus> =>
  new Promise((resolve) => {
    const stop = file.subscribe((status) => {
      if (!test(status)) return
      stop()
      resolve(status)
    })
  })

const mounts: Array<string> = []
/** The calls that tests replace, as they are. */
const whole = { fdatasync: fs.fdatasync, fsync: fs.fsync, write: fs.write, openSync: fs.openSync }

afterEach(() => {
  vi.useRealTimers()
  Object.assign(fs, whole)
  syncBuiltinESMExports()
  for (const path of mounts.splice(0)) execFileSync("umount", ["--lazy", path])
})

/** A small file system of its own, null where we may not mount. */
const mountSmall = (kilobytes: number): string | null => {
  const path = temporaryDirectory()
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", path], { stdio: "ignore" })
  } catch {
    return null
  }
  mounts.push(path)
  return path
}

const mountable = (() => {
  if (getuid?.() !== 0) return false
  const path = mountSmall(16)
  for (const mount of mounts.splice(0)) execFileSync("umount", [mount])
  return path !== null
})()

/** Makes the next call of a function of `node:fs` fail, after `before` has seen its arguments. */
const failOnce = (name: "fdatasync" | "fsync" | "write", code: string, before: (fd: number) => void = () => {}) => {
  const real = whole[name] as (...parameters: ReadonlyArray<unknown>) => void
  Object.assign(fs, {
    [name]: (...parameters: ReadonlyArray<unknown>) => {
      Object.assign(fs, { [name]: real })
      syncBuiltinESMExports()
      before(parameters[0] as number)
      const done = parameters.at(-1) as (error: Error) => void
      setImmediate(done, Object.assign(new Error(code), { code }))
    }
  })
  syncBuiltinESMExports()
}

describe("a session whose disk fails", () => {
  it.each(["fdatasync", "fsync", "write"] as const)(
    "survives a failed %s: says so, writes a new file, loses nothing",
    async (call) => {
      const dataDir = temporaryDirectory()
      const file = SessionFile.create(created, optionsFor(dataDir))
      const first = block("a", ["one"])
      for (const event of first) file.append(event)
      // The file's creation uses fsync, what is appended later fdatasync.
      if (call !== "fsync") await file.flush()
      const failed: Array<number> = []
      failOnce(call, "EIO", (fd) => failed.push(fd))
      const second = block("b", ["two"])
      for (const event of second) file.append(event)
      const durable = file.status.durable
      const status = await file.flush()
      assert.deepStrictEqual(status, { appended: 7, durable, failure: "not saved: the disk reports an error (EIO)" })
      assert.lengthOf(failed, 1)
      // The output can be read while no file has it.
      assert.deepStrictEqual(visible(file), folded([created, ...first, ...second]))
      const resumed = await statusWhen(file, ({ failure }) => failure === null)
      assert.deepStrictEqual(resumed, { appended: 7, durable: 7, failure: null })
      assert.deepStrictEqual(visible(file), folded([created, ...first, ...second]))
      await file.close()
      await withFile(optionsFor(dataDir), (again) => {
        assert.deepStrictEqual(visible(again), folded([created, ...first, ...second]))
      })
    }
  )

  it("says that a command's end waits for a slow disk, and no more once it is there", async () => {
    const file = SessionFile.create(created, optionsFor(temporaryDirectory()))
    file.append(started("a"))
    await file.flush()
    assert.isFalse(file.isLate)
    const syncing = new Promise<() => void>((resolve) => {
      Object.assign(fs, {
        fdatasync: (fd: number, done: fs.NoParamCallback) => resolve(() => whole.fdatasync(fd, done))
      })
    })
    syncBuiltinESMExports()
    const late = statusWhen(file, () => file.isLate)
    file.append(finished("a", 0))
    // On a busy machine it is late before the disk has been asked.
    const [release] = await Promise.all([syncing, late])
    assert.isNull(file.status.failure)
    release()
    await statusWhen(file, ({ appended, durable }) => durable === appended)
    assert.isFalse(file.isLate)
    Object.assign(fs, whole)
    syncBuiltinESMExports()
    await file.close()
  })

  it("never syncs the same file again after a failed sync", async () => {
    const dataDir = temporaryDirectory()
    const path = join(dataDir, "active", "s1.journal")
    const file = SessionFile.create(created, optionsFor(dataDir))
    for (const event of block("a", ["one"])) file.append(event)
    await file.flush()
    const before = fs.statSync(path).ino
    failOnce("fdatasync", "EIO")
    file.append(started("b"))
    await file.flush()
    assert.strictEqual(fs.statSync(path).ino, before)
    await file.flush()
    assert.notStrictEqual(fs.statSync(path).ino, before)
    await file.close()
  })

  it("does not call saved what a truncated journal lost", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    for (const event of block("a", ["one"])) file.append(event)
    await file.flush()
    fs.truncateSync(join(dataDir, "active", "s1.journal"), 100)
    failOnce("fdatasync", "EIO", (fd) => fs.ftruncateSync(fd, 100))
    file.append(started("b"))
    await file.flush()
    assert.strictEqual((await file.flush()).failure, "not saved: the journal became shorter")
    await file.close()
  })

  it("goes on with the large journal when there is no room for a smaller one", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    const events = [started("a"), printed("a", 0, ["one", "two"])]
    for (const event of events) file.append(event)
    await file.flush()
    const journal = readFileSync(join(dataDir, "active", "s1.journal"))
    // The snapshot's file and directory are synced first; the third sync is the new journal's.
    let syncs = 0
    const fsync = (fd: number, done: fs.NoParamCallback) =>
      ++syncs === 3 ? done(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" })) : whole.fsync(fd, done)
    Object.assign(fs, { fsync })
    syncBuiltinESMExports()
    await file.compact()
    assert.isAtLeast(syncs, 3)
    assert.isTrue(readFileSync(join(dataDir, "active", "s1.journal")).equals(journal))
    const rest = [printed("a", 2, ["three"]), finished("a", 3)]
    for (const event of rest) file.append(event)
    assert.isNull((await file.flush()).failure)
    assert.deepStrictEqual(visible(file), folded([created, ...events, ...rest]))
    await file.close()
    await withFile(optionsFor(dataDir), (again) =>
      assert.deepStrictEqual(visible(again), folded([created, ...events, ...rest]))
    )
  })

  it("writes all of a buffer that the kernel takes in pieces", async () => {
    const dataDir = temporaryDirectory()
    const real = whole.write as (...parameters: ReadonlyArray<unknown>) => void
    Object.assign(fs, {
      write: (fd: number, bytes: Uint8Array, offset: number, length: number, position: number, done: unknown) =>
        real(fd, bytes, offset, Math.min(length, 7), position, done)
    })
    syncBuiltinESMExports()
    const events = block("a", ["one", "two"])
    const file = SessionFile.create(created, optionsFor(dataDir))
    for (const event of events) file.append(event)
    await file.flush()
    file.append(started("b"))
    await file.close()
    await withFile(optionsFor(dataDir), (again) =>
      assert.deepStrictEqual(visible(again), folded([created, ...events, started("b")]))
    )
  })

  it("works in memory while DATA_DIR cannot be made, says why, and is saved once it can", async () => {
    const root = temporaryDirectory()
    const parent = join(root, "parent")
    writeFileSync(parent, "in the way")
    const file = SessionFile.create(created, optionsFor(join(parent, "data")))
    assert.match(file.status.failure ?? "", /^not saved: a part of the path is no directory/)
    const events = block("a", ["one"])
    for (const event of events) file.append(event)
    const failure = await file.flush()
    assert.match(failure.failure ?? "", /^not saved: /)
    assert.strictEqual(failure.durable, 0)
    assert.deepStrictEqual(visible(file), folded([created, ...events]))
    rmSync(parent)
    const resumed = await statusWhen(file, ({ failure }) => failure === null)
    assert.strictEqual(resumed.durable, 4)
    await file.close()
    await withFile(optionsFor(join(parent, "data")), (again) =>
      assert.deepStrictEqual(visible(again), folded([created, ...events]))
    )
  })

  it("notices that its directory was removed, and saves everything again", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    const file = SessionFile.create(created, optionsFor(dataDir))
    const events = [...block("a", ["one"]), ...block("b", ["two"])]
    for (const event of events.slice(0, 3)) file.append(event)
    await file.compact()
    for (const event of events.slice(3, 4)) file.append(event)
    await file.flush()
    rmSync(dataDir, { recursive: true })
    for (const event of events.slice(4)) file.append(event)
    assert.strictEqual((await file.flush()).failure, "not saved: the session's lock was removed")
    assert.isNull((await file.flush()).failure)
    await file.close()
    await withFile(optionsFor(dataDir), (again) => assert.deepStrictEqual(visible(again), folded([created, ...events])))
  })

  it("does not write over what another process made of the session meanwhile", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    const first = SessionFile.create(created, optionsFor(dataDir))
    for (const event of block("a", ["one"])) first.append(event)
    await first.close()
    // The lock cannot be had: somebody made the directory unusable for a moment.
    renameSync(join(dataDir, "archived"), join(dataDir, "kept"))
    writeFileSync(join(dataDir, "archived"), "in the way")
    const refusal = await SessionFile.open(SESSION, optionsFor(dataDir)).catch((cause) => cause)
    assert.strictEqual(refusal.reason, "Refused")
    rmSync(join(dataDir, "archived"))
    renameSync(join(dataDir, "kept"), join(dataDir, "archived"))

    // It tries again only when it is told to: a busy machine takes longer for what follows than until it would by itself.
    vi.useFakeTimers({ toFake: ["setTimeout"] })
    failOpenOnce()
    const second = await SessionFile.open(SESSION, optionsFor(dataDir, processes(11, [10, 11])))
    assert.match(second.status.failure ?? "", /too many open files/)
    await withFile(optionsFor(dataDir), (file) => {
      for (const event of block("b", ["two"])) file.append(event)
    })
    const stored = readFileSync(join(dataDir, "active", "s1.json"), "utf8")
    for (const event of block("c", ["three"])) second.append(event)
    assert.strictEqual((await second.flush()).failure, "not saved: another process has written the session")
    await second.close()
    assert.strictEqual(readFileSync(join(dataDir, "active", "s1.json"), "utf8"), stored)
  })

  it("resumes when a directory without write permission gets it back", () =>
    asOrdinaryUser(async () => {
      const dataDir = join(temporaryDirectory(), "data")
      mkdirSync(dataDir, { mode: 0o500 })
      const file = SessionFile.create(created, optionsFor(dataDir))
      // Foreseen by access(2), which asks for the real user: that is still root where root runs the tests.
      if (getuid?.() !== 0) assert.strictEqual(file.status.failure, "not saved: permission denied (EACCES)")
      for (const event of block("a", ["one"])) file.append(event)
      assert.strictEqual((await file.flush()).failure, "not saved: permission denied (EACCES)")
      chmodSync(dataDir, 0o700)
      assert.strictEqual((await statusWhen(file, ({ failure }) => failure === null)).durable, 4)
      await file.close()
    }))

  it.skipIf(!mountable)("resumes when a full disk has room again, and keeps what was acknowledged before", async () => {
    const mount = mountSmall(256)!
    const dataDir = join(mount, "data")
    const file = SessionFile.create(created, optionsFor(dataDir))
    const events = [...block("a", ["one"]), started("b")]
    for (const event of events) file.append(event)
    await file.flush()
    const filler = join(mount, "filler")
    try {
      writeFileSync(filler, Buffer.alloc(1024 * 1024))
    } catch {
      // It is full now.
    }
    const output = printed(
      "b",
      0,
      Array.from({ length: 400 }, (_, index) => `${index} ${"x".repeat(90)}`)
    )
    file.append(output)
    file.append(finished("b", 400))
    const full = await file.flush()
    assert.deepStrictEqual(full, { appended: 7, durable: 5, failure: "not saved: the disk is full (ENOSPC)" })
    assert.deepStrictEqual(visible(file), folded([created, ...events, output, finished("b", 400)]))
    const lines = file.output(BlockId.make("b"))!.lines
    assert.lengthOf(lines, 400)
    rmSync(filler)
    assert.strictEqual((await statusWhen(file, ({ failure }) => failure === null)).durable, 7)
    await file.close()
    await withFile(optionsFor(dataDir), (again) =>
      assert.deepStrictEqual(visible(again), folded([created, ...events, output, finished("b", 400)]))
    )
  })

  it.skipIf(!mountable)("opens a session of a read-only file system for reading and resumes saving", async () => {
    const mount = mountSmall(512)!
    const dataDir = join(mount, "data")
    const events = block("a", ["one"])
    const file = SessionFile.create(created, optionsFor(dataDir))
    for (const event of events) file.append(event)
    await file.close()
    execFileSync("mount", ["-o", "remount,ro", mount])
    const again = await SessionFile.open(SESSION, optionsFor(dataDir))
    assert.strictEqual(again.status.failure, "not saved: the file system is read-only (EROFS)")
    assert.deepStrictEqual(visible(again), folded([created, ...events]))
    const more = block("b", ["two"])
    for (const event of more) again.append(event)
    execFileSync("mount", ["-o", "remount,rw", mount])
    await statusWhen(again, ({ durable }) => durable === 7)
    await again.close()
    await withFile(optionsFor(dataDir), (last) =>
      assert.deepStrictEqual(visible(last), folded([created, ...events, ...more]))
    )
  })
})

/** The next file that is created fails: the process has too many open. */
const failOpenOnce = () => {
  Object.assign(fs, {
    openSync: (path: string, flags: number, mode?: number) => {
      if ((flags & fs.constants.O_CREAT) === 0) return whole.openSync(path, flags, mode)
      Object.assign(fs, { openSync: whole.openSync })
      syncBuiltinESMExports()
      throw Object.assign(new Error("EMFILE"), { code: "EMFILE" })
    }
  })
  syncBuiltinESMExports()
}
