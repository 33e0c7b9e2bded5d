import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import fs, {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { getuid } from "node:process"
import { build } from "esbuild"
import { afterEach, assert, describe, it } from "vitest"
import { LogFile, type LogFileOptions } from "../../../src/services/logging/LogFile.ts"
import { temporaryDirectory } from "../persistence/sessions.ts"

const opened: Array<LogFile> = []
const mounts: Array<string> = []
const whole = { write: fs.write }

afterEach(async () => {
  Object.assign(fs, whole)
  syncBuiltinESMExports()
  for (const file of opened.splice(0)) await file.close()
  for (const path of mounts.splice(0)) execFileSync("umount", ["--lazy", path])
})

const open = (dataDir: string, options: Partial<LogFileOptions> = {}): LogFile => {
  const file = new LogFile({
    dataDir,
    name: "a.log",
    maxBytes: null,
    keep: 2,
    now: () => Date.now(),
    lostLine: (count) => `lost ${count}\n`,
    ...options
  })
  opened.push(file)
  return file
}

const write = async (file: LogFile, ...lines: ReadonlyArray<string>) => {
  for (const line of lines) file.append(`${line}\n`)
  await file.flush()
}

const logs = (dataDir: string) => join(dataDir, "logs")
const path = (dataDir: string, name = "a.log") => join(logs(dataDir), name)
const content = (dataDir: string, name?: string) => readFileSync(path(dataDir, name), "utf8")

/** Replaces the next writes: a number is how many bytes are taken of one, an errno name how it fails. */
const nextWrites = (...outcomes: ReadonlyArray<number | string>) => {
  const left = [...outcomes]
  const real = whole.write as (...parameters: ReadonlyArray<unknown>) => void
  Object.assign(fs, {
    write: (
      fd: number,
      bytes: Buffer,
      from: number,
      length: number,
      at: null,
      done: (...result: Array<unknown>) => void
    ) => {
      const outcome = left.shift()
      if (outcome === undefined) return real(fd, bytes, from, length, at, done)
      if (typeof outcome === "number") return real(fd, bytes, from, Math.min(outcome, length), at, done)
      setImmediate(done, Object.assign(new Error(outcome), { code: outcome }))
    }
  })
  syncBuiltinESMExports()
}

describe("a log file", () => {
  it("is made with the first line, for its owner alone whatever the umask is, and added to by the next process", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    const umask = process.umask(0)
    try {
      const file = open(dataDir)
      await file.flush()
      assert.isFalse(existsSync(dataDir))
      await write(file, "one", "two")
      assert.strictEqual(content(dataDir), "one\ntwo\n")
      assert.strictEqual(statSync(path(dataDir)).mode & 0o7777, 0o600)
      for (const directory of [dataDir, logs(dataDir)]) assert.strictEqual(statSync(directory).mode & 0o7777, 0o700)
      await write(open(dataDir), "three")
      assert.strictEqual(content(dataDir), "one\ntwo\nthree\n")
    } finally {
      process.umask(umask)
    }
  })

  it("tightens a file that others may read", async () => {
    const dataDir = temporaryDirectory()
    mkdirSync(logs(dataDir), { mode: 0o755 })
    writeFileSync(path(dataDir), "old\n", { mode: 0o644 })
    await write(open(dataDir), "new")
    assert.strictEqual(content(dataDir), "old\nnew\n")
    assert.strictEqual(statSync(path(dataDir)).mode & 0o777, 0o600)
    assert.strictEqual(statSync(logs(dataDir)).mode & 0o777, 0o700)
  })

  it.each(["file", "directory"])("does not follow a symbolic link in place of the %s", async (what) => {
    const dataDir = temporaryDirectory()
    const other = temporaryDirectory()
    writeFileSync(join(other, "a.log"), "precious\n")
    if (what === "directory") symlinkSync(other, logs(dataDir))
    else {
      mkdirSync(logs(dataDir))
      symlinkSync(join(other, "a.log"), path(dataDir))
    }
    const file = open(dataDir)
    await write(file, "line")
    assert.include(file.failure ?? "", "it is a symbolic link")
    assert.strictEqual(readFileSync(join(other, "a.log"), "utf8"), "precious\n")
    unlinkSync(what === "directory" ? logs(dataDir) : path(dataDir))
    await write(file, "next")
    assert.isNull(file.failure)
    assert.strictEqual(content(dataDir), "line\nnext\n")
  })

  it("does not wait for a FIFO, nor write to a device", async () => {
    const dataDir = temporaryDirectory()
    mkdirSync(logs(dataDir))
    execFileSync("mkfifo", [path(dataDir)])
    const file = open(dataDir)
    await write(file, "line")
    assert.include(file.failure ?? "", "it is no regular file")
  })

  it.runIf(getuid?.() === 0)("refuses what belongs to somebody else", async () => {
    const dataDir = temporaryDirectory()
    mkdirSync(logs(dataDir))
    writeFileSync(path(dataDir), "theirs\n")
    fs.chownSync(path(dataDir), 65_534, 65_534)
    const file = open(dataDir)
    await write(file, "line")
    assert.include(file.failure ?? "", "it belongs to another user")
    assert.strictEqual(content(dataDir), "theirs\n")
  })

  it("goes on in a new file when somebody moved or removed it", async () => {
    const dataDir = temporaryDirectory()
    const file = open(dataDir)
    await write(file, "one")
    renameSync(path(dataDir), path(dataDir, "moved"))
    await write(file, "two")
    unlinkSync(path(dataDir))
    await write(file, "three")
    assert.deepStrictEqual([content(dataDir, "moved"), content(dataDir)], ["one\n", "three\n"])
  })

  it("is moved aside when it is full, and only so many are kept", async () => {
    const dataDir = temporaryDirectory()
    const file = open(dataDir, { maxBytes: 10, keep: 2 })
    for (const name of ["a", "b", "c", "d"]) await write(file, name.repeat(9))
    assert.deepStrictEqual(readdirSync(logs(dataDir)).sort(), ["a.log", "a.log.1", "a.log.2"])
    assert.strictEqual(content(dataDir), `${"d".repeat(9)}\n`)
    assert.strictEqual(content(dataDir, "a.log.1"), `${"c".repeat(9)}\n`)
    assert.strictEqual(content(dataDir, "a.log.2"), `${"b".repeat(9)}\n`)
    assert.strictEqual(statSync(path(dataDir, "a.log.1")).mode & 0o777, 0o600)
  })

  it("is moved aside once, by one of several that find it full", async () => {
    const dataDir = temporaryDirectory()
    const files = [open(dataDir, { maxBytes: 10 }), open(dataDir, { maxBytes: 10 }), open(dataDir, { maxBytes: 10 })]
    for (const [index, file] of files.entries()) await write(file, `${index}`.repeat(3))
    await Promise.all(files.map((file, index) => write(file, `next ${index}`)))
    assert.strictEqual(
      content(dataDir, "a.log.1")
        .split("\n")
        .filter((line) => /^\d{3}$/.test(line)).length,
      3
    )
    const all = ["a.log", "a.log.1"].map((name) => content(dataDir, name)).join("")
    for (const index of [0, 1, 2]) assert.strictEqual(all.split(`next ${index}\n`).length, 2)
    assert.isFalse(existsSync(path(dataDir, "a.log.2")))
  })

  it("grows while another process moves it, and takes no notice of one that was killed at it", async () => {
    const dataDir = temporaryDirectory()
    const file = open(dataDir, { maxBytes: 3 })
    await write(file, "one")
    const sign = path(dataDir, "a.log.rotating")
    writeFileSync(sign, "")
    await write(file, "two")
    assert.strictEqual(content(dataDir), "one\ntwo\n")
    utimesSync(sign, 0, 0)
    await write(file, "three")
    await write(file, "four")
    assert.deepStrictEqual([content(dataDir, "a.log.1"), content(dataDir)], ["one\ntwo\nthree\n", "four\n"])
    assert.isFalse(existsSync(sign))
  })

  it("takes whole lines from several processes at a time", async () => {
    const dataDir = temporaryDirectory()
    const entry = join(import.meta.dirname, "logChild.ts")
    const built = await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", write: false })
    const names = ["a", "b", "c", "d"]
    const exits = names.map(async (name) => {
      const child = spawn(process.execPath, ["--input-type=module", "-", dataDir, name], {
        stdio: ["pipe", "inherit", "inherit"]
      })
      child.stdin.end(built.outputFiles[0]!.text)
      return (await once(child, "exit"))[0]
    })
    assert.deepStrictEqual(await Promise.all(exits), [0, 0, 0, 0])
    const lines = readdirSync(logs(dataDir))
      .flatMap((name) => readFileSync(path(dataDir, name), "utf8").split("\n"))
      .filter((line) => line !== "")
    const expected = names.flatMap((name) =>
      Array.from({ length: 300 }, (_, index) => `${name} ${index} ${name.repeat(200)}`)
    )
    assert.deepStrictEqual(lines.sort(), expected.sort())
  })
})

describe("a log file on a disk that says no", () => {
  it("keeps lines until the disk takes them, in order", async () => {
    const dataDir = temporaryDirectory()
    const file = open(dataDir)
    nextWrites("ENOSPC", "EIO")
    await write(file, "one")
    assert.strictEqual(file.failure, "the disk is full (ENOSPC)")
    await write(file, "two")
    assert.strictEqual(file.failure, "the disk reports an error (EIO)")
    await write(file, "three")
    assert.isNull(file.failure)
    assert.strictEqual(content(dataDir), "one\ntwo\nthree\n")
    assert.strictEqual(file.waitingBytes, 0)
  })

  it("repeats a line of which only a part was taken, on a line of its own", async () => {
    const dataDir = temporaryDirectory()
    const file = open(dataDir)
    nextWrites(6, "ENOSPC")
    await write(file, "one", "two", "three")
    assert.strictEqual(content(dataDir), "one\ntw")
    await write(file, "four")
    assert.strictEqual(content(dataDir), "one\ntw\ntwo\nthree\nfour\n")
    nextWrites(4, 1)
    await write(file, "six", "seven")
    assert.include(content(dataDir), "four\nsix\ns\nseven\n")
  })

  it("begins on a line of its own after a process that was killed within one", async () => {
    const dataDir = temporaryDirectory()
    mkdirSync(logs(dataDir))
    writeFileSync(path(dataDir), "whole\nto")
    await write(open(dataDir), "next")
    assert.strictEqual(content(dataDir), "whole\nto\nnext\n")
  })

  it("counts what does not fit, and says so once it can", async () => {
    const dataDir = temporaryDirectory()
    const file = open(dataDir)
    nextWrites("ENOSPC")
    const line = "x".repeat(1023)
    await write(file, ...Array.from({ length: 1030 }, () => line))
    assert.strictEqual(file.lost, 6)
    assert.strictEqual(file.waitingBytes, 1024 * 1024)
    await file.flush()
    const lines = content(dataDir).split("\n")
    assert.deepStrictEqual([lines.length, lines.at(-2)], [1026, "lost 6"])
  })

  it("does not spin on a disk that takes nothing", async () => {
    const file = open(temporaryDirectory())
    nextWrites(0)
    await write(file, "one")
    assert.strictEqual(file.failure, "the disk took nothing")
  })

  it("grows where nothing can be moved", async () => {
    const dataDir = temporaryDirectory()
    const file = open(dataDir, { maxBytes: 3, keep: 1 })
    await write(file, "one")
    // A directory in the way of the file that is moved aside.
    mkdirSync(path(dataDir, "a.log.1"))
    await write(file, "two")
    assert.isNull(file.failure)
    assert.strictEqual(content(dataDir), "one\ntwo\n")
    assert.isFalse(existsSync(path(dataDir, "a.log.rotating")))
  })

  const mountable = (() => {
    if (getuid?.() !== 0) return false
    const place = temporaryDirectory()
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", place], { stdio: "ignore" })
      execFileSync("umount", [place])
      return true
    } catch {
      return false
    }
  })()

  it.runIf(mountable)("goes on when a disk that was really full has room again", async () => {
    const dataDir = temporaryDirectory()
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", dataDir])
    mounts.push(dataDir)
    chmodSync(dataDir, 0o700)
    const file = open(dataDir)
    await write(file, "first")
    try {
      writeFileSync(join(dataDir, "filler"), Buffer.alloc(100_000))
    } catch {
      // Full now.
    }
    await write(file, ...Array.from({ length: 20 }, (_, index) => `${index} ${"x".repeat(1000)}`))
    assert.strictEqual(file.failure, "the disk is full (ENOSPC)")
    unlinkSync(join(dataDir, "filler"))
    await write(file, "last")
    assert.isNull(file.failure)
    const lines = content(dataDir).trimEnd().split("\n")
    assert.strictEqual(lines.at(-1), "last")
    for (const index of Array(20).keys()) {
      assert.lengthOf(
        lines.filter((line) => line === `${index} ${"x".repeat(1000)}`),
        1
      )
    }
    await file.close()
  })

  it("is not confused by a second name of the same file", async () => {
    const dataDir = temporaryDirectory()
    const file = open(dataDir)
    await write(file, "one")
    linkSync(path(dataDir), path(dataDir, "second"))
    await write(file, "two")
    assert.strictEqual(content(dataDir, "second"), "one\ntwo\n")
  })
})
