import {
  chmodSync,
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
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { lookAt, userPath, writeExport, writeProblem } from "../../src/export/exportFile.ts"
import { asOrdinaryUser } from "../harness/ordinaryUser.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "effecttalk-export-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it.each([
  ["a.txt", "/work/a.txt"],
  ["../a b", "/a b"],
  ["/x/./y", "/x/y"],
  ["~", "/home/ada"],
  ["~/a", "/home/ada/a"],
  ["~bob/a", "/work/~bob/a"],
  ["a~/b", "/work/a~/b"]
])("%s means %s", (text, path) => expect(userPath(text, "/work", "/home/ada")).toBe(path))

describe("a place for a file", () => {
  it("is free, a file, or why it is neither", async () => {
    const at = (name: string) => lookAt(join(folder, name))
    writeFileSync(join(folder, "file"), "")
    mkdirSync(join(folder, "dir"))
    symlinkSync("file", join(folder, "link"))
    symlinkSync("nothing", join(folder, "dangling"))
    expect([at("new"), at("file"), at("link")]).toEqual([null, "file", "file"])
    expect(at("dir")).toEqual({ problem: "it is a directory" })
    expect(at("missing/x")).toEqual({ problem: "there is no such directory" })
    expect(at("file/x")).toEqual({ problem: "a part of the path is no directory" })
    expect(at("x".repeat(300))).toEqual({ problem: "the name is too long" })
    expect(lookAt("/dev/null")).toEqual({ problem: "it is not a regular file" })
    chmodSync(folder, 0o755)
    chmodSync(join(folder, "dir"), 0o500)
    expect(await asOrdinaryUser(async () => at("dir/x"))).toEqual({ problem: "permission denied" })
  })
})

describe("a document", () => {
  it("is in its place whole and for its owner, and nothing beside it", async () => {
    const path = join(folder, "out")
    await writeExport(path, ["a", "", "b\n", "ä".repeat(100_000)], false)
    expect(readFileSync(path, "utf8")).toBe(`ab\n${"ä".repeat(100_000)}`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await writeExport(path, [], true)
    expect(readFileSync(path, "utf8")).toBe("")
    expect(readdirSync(folder)).toEqual(["out"])
  })

  it("does not overwrite what has come meanwhile", async () => {
    const path = join(folder, "out")
    const document = (function* () {
      yield "ours"
      writeFileSync(path, "theirs")
    })()
    const cause = await writeExport(path, document, false).catch((error: unknown) => error)
    expect(writeProblem(cause)).toBe("it exists by now")
    expect(readFileSync(path, "utf8")).toBe("theirs")
    expect(readdirSync(folder)).toEqual(["out"])
  })

  it("that cannot be made leaves the old file, and nothing beside it", async () => {
    const path = join(folder, "out")
    writeFileSync(path, "old")
    const document = (function* () {
      yield "new".repeat(100_000)
      throw new Error("cannot be read")
    })()
    await expect(writeExport(path, document, true)).rejects.toThrow("cannot be read")
    expect(readFileSync(path, "utf8")).toBe("old")
    expect(readdirSync(folder)).toEqual(["out"])
  })

  it("leaves others their turn while it is made", async () => {
    let turns = 0
    let seen = 0
    const timer = setInterval(() => turns++, 0)
    const document = (function* () {
      for (let step = 0; step < 100; step++) {
        const until = performance.now() + 1
        while (performance.now() < until);
        yield "x"
      }
      seen = turns
    })()
    await writeExport(join(folder, "out"), document, false)
    clearInterval(timer)
    // A hundred steps of a millisecond: without slices nobody has a turn before the last one.
    expect(seen).toBeGreaterThan(5)
  })
})
