import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { isInMemory, pidNamespace } from "../../src/platform.ts"
import {
  makeMemoryDirectory,
  makePrivateDirectory,
  removeLeftovers,
  removePrivateDirectory,
  restorePrivateDirectory,
  writePrivateFile
} from "../../src/shell/privateDirectory.ts"
import { eventually } from "../harness/eventually.ts"
import { TestShell } from "./TestShell.ts"

const isRoot = process.geteuid?.() === 0
/** Some user who is not root. */
const NOBODY = 65_534

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "parent-"))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

/** The id of a process that has ended. */
const deadPid = () => spawnSync("true").pid

/** What a killed process with this id would have left. */
const leave = (pid: number, namespace = pidNamespace() ?? 0, startTime = 0): string => {
  const path = join(parent, `effecttalk-${[pid, startTime, namespace].map((n) => n.toString(36)).join("-")}-Ab1xyz`)
  mkdirSync(path, { mode: 0o700 })
  writeFileSync(join(path, "status"), 'declare -x TOKEN="secret"')
  return path
}

describe("a private directory", () => {
  it("is only ours", () => {
    const path = makePrivateDirectory(parent)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(basename(path)).toMatch(
      new RegExp(`^effecttalk-${process.pid.toString(36)}-\\w+-${(pidNamespace() ?? 0).toString(36)}-\\w{6}$`)
    )
  })

  it("comes back with what is written into it", () => {
    const path = makePrivateDirectory(parent)
    rmSync(path, { recursive: true })
    expect(writePrivateFile(path, "command", "text")).toBe(true)
    expect(readFileSync(join(path, "command"), "utf8")).toBe("text")
    expect([statSync(path).mode & 0o777, statSync(join(path, "command")).mode & 0o777]).toEqual([0o700, 0o600])
  })

  it("is not written to when its place is gone, or when its name is something else's by now", () => {
    const path = makePrivateDirectory(parent)
    rmSync(parent, { recursive: true })
    expect(writePrivateFile(path, "command", "text")).toBe(false)
    mkdirSync(parent)
    const elsewhere = join(parent, "elsewhere")
    mkdirSync(elsewhere, { mode: 0o700 })
    symlinkSync(elsewhere, path)
    expect(writePrivateFile(path, "command", "text")).toBe(false)
    rmSync(path)
    mkdirSync(path, { mode: 0o755 })
    expect(writePrivateFile(path, "command", "text")).toBe(false)
    expect([readdirSync(elsewhere), readdirSync(path)]).toEqual([[], []])
  })

  it.runIf(isRoot)("is not written to when it is somebody else's", () => {
    const path = makePrivateDirectory(parent)
    chownSync(path, NOBODY, NOBODY)
    expect(restorePrivateDirectory(path)).toBe(false)
    expect(writePrivateFile(path, "command", "text")).toBe(false)
  })

  it("says when a file cannot be written", () => {
    const path = makePrivateDirectory(parent)
    mkdirSync(join(path, "command"))
    expect(writePrivateFile(path, "command", "text")).toBe(false)
    removePrivateDirectory(path)
    expect(existsSync(path)).toBe(false)
  })
})

describe("what killed processes left", () => {
  let other: ChildProcess
  beforeEach(() => {
    other = spawn("sleep", ["60"], { stdio: "ignore" })
  })
  afterEach(() => {
    other.kill("SIGKILL")
  })

  it("is removed, and nothing else is", async () => {
    const ours = makePrivateDirectory(parent)
    const left = leave(deadPid())
    // Another process has its number by now.
    const reused = leave(other.pid!, pidNamespace() ?? 0, 1)
    const kept = [
      ours,
      leave(other.pid!),
      // The same number in another namespace is another process.
      leave(deadPid(), (pidNamespace() ?? 0) + 1),
      join(parent, `effecttalk-${deadPid()}-notes`),
      join(parent, "unrelated")
    ]
    mkdirSync(kept[3]!)
    mkdirSync(kept[4]!)
    const target = join(parent, "target")
    mkdirSync(target)
    const link = join(parent, `effecttalk-${deadPid().toString(36)}-0-${(pidNamespace() ?? 0).toString(36)}-Link00`)
    symlinkSync(target, link)
    await removeLeftovers(ours)
    expect([left, reused].filter(existsSync)).toEqual([])
    expect(readdirSync(parent).sort()).toEqual([...kept, target, link].map((path) => basename(path)).sort())
  })

  it.runIf(isRoot)("is left when it is somebody else's", async () => {
    const ours = makePrivateDirectory(parent)
    const left = leave(deadPid())
    chownSync(left, NOBODY, NOBODY)
    await removeLeftovers(ours)
    expect(existsSync(left)).toBe(true)
  })

  it("is removed soon after a shell was started", async () => {
    await using shell = new TestShell({ env: { XDG_RUNTIME_DIR: parent } })
    const left = leave(deadPid())
    await eventually(() => expect(existsSync(left)).toBe(false))
    expect(existsSync(shell.files)).toBe(true)
  })

  it("does not fail where the place is gone", async () => {
    await expect(removeLeftovers(join(parent, "gone", "directory"))).resolves.toBeUndefined()
  })
})

describe("a shell whose private directory vanishes", () => {
  const long = (end: string) => `: ${"x".repeat(5000)}; ${end}`

  it("runs on, and tells of its environment again", async () => {
    await using shell = await TestShell.start()
    rmSync(shell.files, { recursive: true })
    expect((await shell.run("echo short")).output).toBe("short\r\n")
    rmSync(shell.files, { recursive: true })
    expect((await shell.run(long("echo long; export LATER=1"))).output).toBe("long\r\n")
    expect(statSync(shell.files).mode & 0o777).toBe(0o700)
    expect(shell.changes).toEqual([{ set: { LATER: "1" }, unset: [] }])
  })

  it("while a command runs, prints nothing about it and ends its blocks", async () => {
    await using shell = await TestShell.start()
    for (const text of ["rm -r $dir; export A=1", "false\n(exit 3)", "read x", "echo done"]) {
      const keys: ReadonlyArray<readonly [string, string]> = text === "read x" ? [["", "\n"]] : []
      const result = await shell.run(text.replace("$dir", shell.files), ...keys)
      rmSync(shell.files, { recursive: true, force: true })
      expect([text, result.output.trim(), result.notice]).toEqual([text, text === "echo done" ? "done" : "", ""])
      expect(result.status).toBe(text.includes("3") ? 3 : 0)
    }
    expect(shell.loose).toBe("")
  })

  it("takes Ctrl+C into a text of several lines", async () => {
    await using shell = await TestShell.start()
    writeFileSync(join(shell.home, "up"), "up\n")
    const id = shell.submit("cat up -\necho second")
    await shell.seen(id, "up\r\n")
    rmSync(shell.files, { recursive: true })
    shell.driver.write(Buffer.from("\x03"))
    const result = await shell.done(id)
    expect([result.status, result.output]).toEqual([130, "up\r\n^C\r\n"])
  })

  it("takes Ctrl+C where it cannot come back, too", async () => {
    await using shell = await TestShell.start()
    writeFileSync(join(shell.home, "up"), "up\n")
    const id = shell.submit("cat up -\necho second")
    await shell.seen(id, "up\r\n")
    rmSync(shell.runtime, { recursive: true })
    shell.driver.write(Buffer.from("\x03"))
    const result = await shell.done(id)
    expect([result.status, lastLine(result.output)]).toEqual([0, "second"])
  })

  it("does not take what it cannot be handed, and is ready for the next", async () => {
    await using shell = await TestShell.start()
    rmSync(shell.runtime, { recursive: true })
    expect(shell.driver.submit("long", long("echo long"))).toBe(false)
    expect(shell.driver.isReady).toBe(true)
    expect(shell.result("long").text).toBe(null)
    expect((await shell.run("echo short; export A=1")).output).toBe("short\r\n")
    // It is a user's who logs in again.
    mkdirSync(shell.runtime, { mode: 0o700 })
    expect((await shell.run(long("echo long"))).output).toBe("long\r\n")
    expect(shell.changes).toEqual([{ set: { A: "1" }, unset: [] }])
  })

  it.runIf(isRoot)("tells nothing to whoever has taken its name", async () => {
    await using shell = await TestShell.start()
    rmSync(shell.files, { recursive: true })
    mkdirSync(shell.files, { mode: 0o777 })
    chownSync(shell.files, NOBODY, NOBODY)
    expect((await shell.run("echo $((1+1))")).output).toBe("2\r\n")
    expect(shell.driver.submit("long", long("echo long"))).toBe(false)
    expect(readdirSync(shell.files)).toEqual([])
  })
})

describe("a directory in memory", () => {
  const made: Array<string> = []
  const make = (runtime?: string) => {
    const directory = makeMemoryDirectory(runtime)
    if (directory !== null) made.push(directory)
    return directory
  }
  afterEach(() => {
    for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true })
  })

  it("lies where memory is, for certain: not on a disk, though that is where the runtime directory may be", () => {
    expect(isInMemory("/dev/shm")).toBe(true)
    expect([isInMemory("/proc"), isInMemory("/nowhere")]).toEqual([false, false])
    for (const runtime of [undefined, "relative", "/nowhere", "/proc", ...(isInMemory(parent) ? [] : [parent])])
      expect(make(runtime)).toMatch(/^\/dev\/shm\/effecttalk-(\w+-){3}\w{6}$/)
  })

  it("has the runtime directory's place where that is in memory and needs no quotes", () => {
    for (const [name, fits] of [
      ["run-1.x_y", true],
      ["with blank", false],
      ["a'b", false],
      ["ü", false],
      ["~x", false]
    ] as const) {
      const runtime = mkdtempSync(`/dev/shm/${name}-`)
      made.push(runtime)
      expect(make(runtime)?.startsWith(`${runtime}/`), name).toBe(fits)
    }
  })
})

const lastLine = (output: string): string | undefined => output.trim().split("\r\n").at(-1)
