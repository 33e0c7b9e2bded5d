import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import fs, { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { execPath, pid } from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { assert, describe, it } from "vitest"
import { liveOwner, ProcessLock, systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"
import { processes, temporaryDirectory } from "./sessions.ts"

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
    assert.strictEqual(liveOwner(directory, "s1", processes(11, [10])), 10)
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
    assert.isNull(liveOwner(directory, "s1", processes(11, [10, 11])))
    const lock = ProcessLock.acquire(directory, "s1", processes(11, [10, 11]))
    assert.isTrue(lock.isHeld())
    assert.deepStrictEqual(readdirSync(directory), ["s1.lock"])
  })

  it("knows when it was taken from us, and leaves the new owner's alone", () => {
    const directory = temporaryDirectory()
    const lock = ProcessLock.acquire(directory, "s1", processes(10))
    const other = ProcessLock.acquire(directory, "s1", processes(11, [11]))
    assert.isFalse(lock.isHeld())
    lock.release()
    assert.isTrue(other.isHeld())
  })

  it("puts back a lock that another process took between the look and the move", () => {
    const directory = temporaryDirectory()
    write(directory, { pid: 9, startTime: 1, bootId: "b" })
    const { renameSync } = fs
    const restore = () => {
      Object.assign(fs, { renameSync })
      syncBuiltinESMExports()
    }
    Object.assign(fs, {
      renameSync: (from: string, to: string) => {
        restore()
        rmSync(path(directory))
        ProcessLock.acquire(directory, "s1", processes(12))
        renameSync(from, to)
      }
    })
    syncBuiltinESMExports()
    try {
      const refused = refusal(() => ProcessLock.acquire(directory, "s1", processes(11, [11, 12])))
      assert.deepInclude(refused, { reason: "Locked", pid: 12 })
    } finally {
      restore()
    }
    assert.strictEqual(liveOwner(directory, "s1", processes(11, [12])), 12)
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
    write(directory, { ...self, startTime: -1, bootId: "another boot" })
    const children = Array.from(
      { length: 8 },
      (): ChildProcessWithoutNullStreams => spawn(execPath, [program, directory], { stdio: "pipe" })
    )
    const firstLine = async (child: ChildProcessWithoutNullStreams) => {
      for await (const line of createInterface({ input: child.stdout })) return line
      return "nothing"
    }
    const answers = await Promise.all(children.map(firstLine))
    const winners = answers.filter((answer) => answer === "won")
    assert.lengthOf(winners, 1, answers.join("; "))
    const winner = children[answers.indexOf("won")]!
    assert.deepInclude(JSON.parse(readFileSync(path(directory), "utf8")), { pid: winner.pid })
    for (const [index, answer] of answers.entries()) {
      if (children[index] !== winner)
        assert.match(answer, /^lost (Session s1 is open in process \d+|Several processes)/)
    }
    for (const child of children) child.stdin.end()
    await Promise.all(children.map((child) => child.exitCode === null && once(child, "exit")))
    assert.deepStrictEqual(readdirSync(directory), ["s1.lock"])
  })
})
