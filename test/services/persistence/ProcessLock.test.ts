import { spawn } from "node:child_process"
import { once } from "node:events"
import fs, {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { execPath, pid } from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { assert, describe, it } from "vitest"
import {
  lockOwner,
  ProcessLock,
  type ProcessTable,
  processesSeenBy,
  systemProcesses
} from "../../../src/services/persistence/ProcessLock.ts"
import { broken, live } from "./dying.ts"
import { processes, temporaryDirectory } from "./sessions.ts"

/** Locks that many processes want one after the other before they wait for each other. */
const ROUND = 20

const path = (directory: string) => join(directory, "s1.lock")
const write = (directory: string, holder: unknown) => writeFileSync(path(directory), `${JSON.stringify(holder)}\n`)
const refusal = (body: () => unknown): unknown => {
  try {
    body()
    return null
  } catch (cause) {
    return cause
  }
}

describe("ProcessLock", () => {
  it("is one process's until it is released, and names its owner", () => {
    const directory = temporaryDirectory()
    const lock = ProcessLock.acquire(directory, "s1", processes(10))
    assert.strictEqual(statSync(path(directory)).mode & 0o777, 0o600)
    assert.deepStrictEqual(JSON.parse(readFileSync(path(directory), "utf8")), { pid: 10, startTime: 1, bootId: "b" })
    assert.strictEqual(lockOwner(directory, "s1", processes(11, [10]))?.pid, 10)
    const refused = refusal(() => ProcessLock.acquire(directory, "s1", processes(11, [10, 11])))
    assert.deepInclude(refused, { reason: "Locked", pid: 10, message: "Session s1 is open in process 10" })
    // The same process cannot open a session twice either.
    assert.deepInclude(
      refusal(() => ProcessLock.acquire(directory, "s1", processes(10))),
      { reason: "Locked", pid: 10 }
    )
    lock.release()
    assert.deepStrictEqual(readdirSync(directory), [])
    ProcessLock.acquire(directory, "s1", processes(11))
  })

  it.each([
    ["a dead process", { pid: 9, startTime: 1, bootId: "b" }],
    ["a process whose id is another's now", { pid: 10, startTime: 2, bootId: "b" }],
    ["another boot", { pid: 10, startTime: 1, bootId: "c" }],
    ["nobody, after a power loss", ""],
    ["no process", { pid: -1, startTime: 1, bootId: "b" }]
  ])("takes over the lock of %s", (_, holder) => {
    const directory = temporaryDirectory()
    write(directory, holder)
    assert.isNull(lockOwner(directory, "s1", processes(11, [10, 11])))
    const lock = ProcessLock.acquire(directory, "s1", processes(11, [10, 11]))
    assert.isTrue(lock.isHeld())
    assert.deepStrictEqual(readdirSync(directory), ["s1.lock"])
  })

  const here = { pid: 11, startTime: 1, bootId: "b", host: "desk", machine: "m1", namespace: 1 }
  const atDesk = (host = "desk"): ProcessTable => ({ self: { ...here, host }, ...processesSeenBy({ ...here, host }) })

  it.each([
    ["another machine", { pid: 9, startTime: 1, bootId: "c", host: "attic" }, "attic"],
    ["another machine of the same name", { pid: 9, startTime: 1, bootId: "c", host: "desk", machine: "m2" }, "desk"],
    ["another container", { ...here, host: "box", namespace: 2 }, "box, in another container"],
    ["a container of the same name", { ...here, pid: 1, namespace: 2 }, "desk, in another container"],
    ["a machine that tells neither boot nor time", { pid: 9, startTime: null, bootId: null, host: "attic" }, "attic"]
  ])("leaves the lock of a process on %s, and says how to take it all the same", (_, holder, where) => {
    const directory = temporaryDirectory()
    write(directory, holder)
    assert.deepInclude(lockOwner(directory, "s1", atDesk()), { pid: holder.pid, elsewhere: where })
    assert.deepInclude(
      refusal(() => ProcessLock.acquire(directory, "s1", atDesk())),
      {
        reason: "Locked",
        pid: holder.pid,
        message:
          `Session s1 is open in process ${holder.pid} on "${where}". ` +
          `Only if that has ended for certain: rm "${path(directory)}"`
      }
    )
    rmSync(path(directory))
    assert.isTrue(ProcessLock.acquire(directory, "s1", atDesk()).isHeld())
  })

  it.each([
    ["this machine before it started anew", { pid: 9, startTime: 1, bootId: "c", host: "desk", machine: "m1" }],
    ["an unnamed host, from an older version", { pid: 9, startTime: 1, bootId: "c" }],
    ["this machine under another name", { pid: 4_194_305, startTime: 1, bootId: "b", host: "old", namespace: 1 }]
  ])("takes over the lock of a dead process on %s", (_, holder) => {
    const directory = temporaryDirectory()
    write(directory, holder)
    assert.isNull(lockOwner(directory, "s1", atDesk()))
    assert.isTrue(ProcessLock.acquire(directory, "s1", atDesk()).isHeld())
  })

  it("takes a lock for moments over from a machine that has held it for long", () => {
    const directory = temporaryDirectory()
    write(directory, { pid: 9, startTime: 1, bootId: "c", host: "attic" })
    assert.deepInclude(
      refusal(() => ProcessLock.acquire(directory, "s1", atDesk(), { brief: true })),
      { reason: "Locked" }
    )
    const longAgo = Date.now() / 1000 - 3600
    utimesSync(path(directory), longAgo, longAgo)
    // A session's lock is held for days.
    assert.deepInclude(
      refusal(() => ProcessLock.acquire(directory, "s1", atDesk())),
      { reason: "Locked" }
    )
    assert.isTrue(ProcessLock.acquire(directory, "s1", atDesk(), { brief: true }).isHeld())
  })

  it("says where its process can be asked for what it holds", () => {
    const directory = temporaryDirectory()
    ProcessLock.acquire(directory, "s1", systemProcesses(), { socket: "/run/ask" })
    assert.deepStrictEqual(lockOwner(directory, "s1", systemProcesses()), {
      pid,
      elsewhere: null,
      socket: "/run/ask",
      file: path(directory)
    })
  })

  it("knows when it was taken from us, and leaves the new owner's alone", () => {
    const directory = temporaryDirectory()
    const lock = ProcessLock.acquire(directory, "s1", processes(10))
    const other = ProcessLock.acquire(directory, "s1", processes(11, [11]))
    assert.isFalse(lock.isHeld())
    lock.release()
    assert.isTrue(other.isHeld())
  })

  it("takes no other process's for one that it could not remove, though the file system gives its number again", () => {
    const directory = temporaryDirectory()
    const acquire = () => ProcessLock.acquire(directory, "s1", processes(10, [10, 11]))
    const lock = acquire()
    broken({
      unlinkSync: () => {
        throw Object.assign(new Error("EROFS"), { code: "EROFS" })
      }
    })
    lock.release()
    live()
    const ours = readFileSync(path(directory))
    // Written in place: the same inode.
    write(directory, { pid: 11, startTime: 1, bootId: "b" })
    assert.deepInclude(refusal(acquire), { reason: "Locked", pid: 11 })
    writeFileSync(path(directory), ours)
    assert.isTrue(acquire().isHeld())
  })

  it("lets one process at a time replace a dead one's", () => {
    const directory = temporaryDirectory()
    write(directory, { pid: 9, startTime: 1, bootId: "b" })
    const { renameSync } = fs
    const restore = () => {
      Object.assign(fs, { renameSync })
      syncBuiltinESMExports()
    }
    const refused: Array<unknown> = []
    Object.assign(fs, {
      renameSync: (from: string, to: string) => {
        restore()
        // Between the look and the move of the first.
        refused.push(refusal(() => ProcessLock.acquire(directory, "s1", processes(12, [11, 12]))))
        renameSync(from, to)
      }
    })
    syncBuiltinESMExports()
    try {
      assert.isTrue(ProcessLock.acquire(directory, "s1", processes(11, [11, 12])).isHeld())
    } finally {
      restore()
    }
    assert.deepInclude(refused[0], { reason: "Locked", message: "Several processes want session s1" })
    assert.strictEqual(lockOwner(directory, "s1", processes(12, [11]))?.pid, 11)
    assert.deepStrictEqual(readdirSync(directory), ["s1.lock"])
  })

  it("waits for no process that was killed while it replaced one", () => {
    const directory = temporaryDirectory()
    write(directory, { pid: 9, startTime: 1, bootId: "b" })
    writeFileSync(join(directory, ".s1.lock.turn"), JSON.stringify({ pid: 8, startTime: 1, bootId: "b" }))
    assert.isTrue(ProcessLock.acquire(directory, "s1", processes(11)).isHeld())
    assert.deepStrictEqual(readdirSync(directory), ["s1.lock"])
  })

  it("opens no lock that is a link or a directory", () => {
    const directory = temporaryDirectory()
    const target = join(temporaryDirectory(), "target")
    writeFileSync(target, "untouched")
    symlinkSync(target, path(directory))
    assert.deepInclude(
      refusal(() => ProcessLock.acquire(directory, "s1", processes(10))),
      { reason: "Refused" }
    )
    assert.strictEqual(readFileSync(target, "utf8"), "untouched")
    const other = temporaryDirectory()
    mkdirSync(path(other))
    assert.deepInclude(
      refusal(() => ProcessLock.acquire(other, "s1", processes(10))),
      { reason: "Refused" }
    )
  })

  it("tells this process from another with its number", () => {
    const { self, isAlive } = systemProcesses()
    assert.strictEqual(self.pid, pid)
    assert.isTrue(isAlive(self))
    assert.isFalse(isAlive({ ...self, bootId: "another boot" }))
    if (self.startTime !== null) assert.isFalse(isAlive({ ...self, startTime: self.startTime - 1 }))
  })

  it("goes to one of many processes that want a dead one's at the same time", async () => {
    const entry = fileURLToPath(new URL("./lockChild.ts", import.meta.url))
    const built = await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", write: false })
    const program = join(temporaryDirectory(), "lockChild.mjs")
    writeFileSync(program, built.outputFiles[0]!.text)
    const directory = temporaryDirectory()
    const { self } = systemProcesses()
    const ids = Array.from({ length: 200 }, (_, index) => `s${index}`)
    for (const id of ids) {
      writeFileSync(join(directory, `${id}.lock`), JSON.stringify({ ...self, startTime: -1, bootId: "another boot" }))
    }
    const children = Array.from({ length: 6 }, () => {
      const child = spawn(execPath, [program, directory, ...ids], { stdio: "pipe" })
      return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
    })
    const next = async ({ lines }: (typeof children)[number]) => String((await lines.next()).value)
    assert.deepStrictEqual(
      await Promise.all(children.map(next)),
      children.map(() => "ready")
    )
    const answers = children.map(() => [] as Array<string>)
    // In rounds, each begun by another one: on a busy machine the first could have all before the second is there.
    for (let from = 0; from < ids.length; from += ROUND) {
      const first = (from / ROUND) % children.length
      const order = [...children.slice(first), ...children.slice(0, first)]
      for (const { child } of order) child.stdin.write(`${from} ${from + ROUND}\n`)
      const lines = await Promise.all(children.map(next))
      for (const [index, line] of lines.entries()) answers[index]!.push(...(JSON.parse(line) as Array<string>))
    }
    for (const [index, id] of ids.entries()) {
      const each = answers.map((answer) => answer[index]!)
      assert.lengthOf(
        each.filter((answer) => answer === "won"),
        1,
        `${id}: ${each.join("; ")}`
      )
      const winner = children[each.indexOf("won")]!.child
      assert.deepInclude(JSON.parse(readFileSync(join(directory, `${id}.lock`), "utf8")), { pid: winner.pid })
      for (const answer of each) {
        if (answer !== "won")
          assert.match(answer, /^Session s\d+ is open in process \d+$|^Several processes want session/)
      }
    }
    const contended = ids.filter((_, index) => answers.some((answer) => answer[index]?.startsWith("Several")))
    const wins = answers.map((answer) => answer.filter((each) => each === "won").length)
    // Otherwise they came one after the other, and nothing was shown.
    assert.isAbove(wins.filter((count) => count > 0).length, 1, `${wins.join(" ")}, ${contended.length} at once`)
    for (const { child } of children) child.stdin.end()
    await Promise.all(children.map(({ child }) => child.exitCode === null && once(child, "exit")))
    assert.deepStrictEqual(readdirSync(directory).sort(), ids.map((id) => `${id}.lock`).sort())
  })
})
