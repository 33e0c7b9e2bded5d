import { spawn } from "node:child_process"
import { once } from "node:events"
import {
  appendFileSync,
  copyFileSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { execPath } from "node:process"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { describe, expect, it } from "vitest"
import { type BodyLine, type HistoryCursor, HistoryFile } from "../../../src/services/history/HistoryFile.ts"
import { entryLine, HEADER_LINE, seededLine } from "../../../src/services/history/historyCodec.ts"
import { systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"
import { historyEntry } from "../fakeHistory.ts"
import { processes, temporaryDirectory } from "../persistence/sessions.ts"

const all = (lines: ReadonlyArray<BodyLine>) => lines
const line = (command: string) => entryLine(historyEntry(command))

/** What a reader from `cursor` on is told. */
const readAll = async (file: HistoryFile, cursor: HistoryCursor | null = null) => {
  const commands: Array<string> = []
  let anew = 0
  const reading = await file.read(
    cursor,
    () => anew++,
    (each) => {
      if (each.type !== "header") commands.push(each.type === "entry" ? each.entry.command : `seeded ${each.shell}`)
    }
  )
  return { commands, anew, cursor: reading.cursor }
}

describe("the history file", () => {
  it("is made with its first command, private, and says what it is", async () => {
    const root = temporaryDirectory()
    const file = new HistoryFile(join(root, "deep/data"), processes(10))
    expect(await readAll(file)).toEqual({ commands: [], anew: 0, cursor: null })
    await file.append(line("echo one"))
    expect(readFileSync(file.path, "utf8")).toBe(HEADER_LINE + line("echo one"))
    expect(statSync(file.path).mode & 0o777).toBe(0o600)
    expect((await readAll(file)).commands).toEqual(["echo one"])
  })

  it("gives each reader what others have added, and a whole line only", async () => {
    const file = new HistoryFile(temporaryDirectory(), processes(10))
    await file.append(line("one"))
    const first = await readAll(file)
    expect(file.hasNews(first.cursor)).toBe(false)
    await new HistoryFile(join(file.path, ".."), processes(11)).append(line("two\nlines"))
    expect(file.hasNews(first.cursor)).toBe(true)
    const second = await readAll(file, first.cursor)
    expect(second).toMatchObject({ commands: ["two\nlines"], anew: 0 })
    appendFileSync(file.path, line("three").slice(0, -1))
    const third = await readAll(file, second.cursor)
    expect(third.commands).toEqual([])
    appendFileSync(file.path, "\n")
    expect((await readAll(file, third.cursor)).commands).toEqual(["three"])
  })

  it("loses a torn or damaged line alone", async () => {
    const file = new HistoryFile(temporaryDirectory(), processes(10))
    await file.append(line("one"))
    appendFileSync(file.path, '{"command":"to')
    await file.append(line("two"))
    appendFileSync(file.path, `\0\0\0\n[]\n{"command":7}\n${line("three")}`)
    expect((await readAll(file)).commands).toEqual(["one", "two", "three"])
  })

  it("of a newer version is neither read nor written", async () => {
    const file = new HistoryFile(temporaryDirectory(), processes(10))
    const newer = `{"effecttalk":"history","version":2}\n`
    writeFileSync(file.path, newer)
    await expect(readAll(file)).rejects.toMatchObject({ reason: "Newer" })
    await expect(file.append(line("one"))).rejects.toMatchObject({ reason: "Newer" })
    await expect(file.rewrite(all)).rejects.toMatchObject({ reason: "Newer" })
    expect(readFileSync(file.path, "utf8")).toBe(newer)
  })

  it("is replaced whole: readers begin anew, markers stay, and nothing is left beside it", async () => {
    const file = new HistoryFile(temporaryDirectory(), processes(10))
    for (const command of ["one", "two", "three"]) await file.append(line(command))
    await file.append(seededLine("bash"))
    const before = await readAll(file)
    await file.rewrite((lines) => lines.filter((each) => each.type !== "entry" || each.entry.command !== "two"))
    const after = await readAll(file, before.cursor)
    expect(after).toMatchObject({ commands: ["one", "three", "seeded bash"], anew: 1 })
    expect(statSync(file.path).mode & 0o777).toBe(0o600)
    const names = readdirSync(join(file.path, ".."))
    expect(names.filter((name) => name.includes("history"))).toEqual(["history.jsonl"])
  })

  it("is another one where it has the inode of one that is gone", async () => {
    const file = new HistoryFile(temporaryDirectory(), processes(10))
    await file.append(line("one"))
    const { cursor } = await readAll(file)
    expect((await readAll(file, cursor)).anew).toBe(0)
    const gone = { ...cursor!, madeAt: cursor!.madeAt - 1n }
    expect(file.hasNews(gone)).toBe(true)
    expect(await readAll(file, gone)).toMatchObject({ commands: ["one"], anew: 1 })
  })

  it("is rewritten by one window at a time", async () => {
    const root = temporaryDirectory()
    const one = new HistoryFile(root, processes(10, [10, 11]))
    await one.append(line("one"))
    let second: Promise<unknown> = Promise.resolve()
    await one.rewrite((lines) => {
      second = new HistoryFile(root, processes(11, [10, 11])).rewrite(all).catch((error) => error)
      return lines
    })
    expect(await second).toMatchObject({ reason: "Locked", message: expect.stringContaining("Another window") })
  })

  it("carries over what was appended to the file that it replaced, and what a crash in between has left", async () => {
    const root = temporaryDirectory()
    const file = new HistoryFile(root, processes(10))
    await file.append(line("old"))
    const read = statSync(file.path).size
    // The crash: the old file has its second name, the new one is in place, and a window had written in between.
    linkSync(file.path, join(root, `.history.jsonl.${read}.abc.carry`))
    copyFileSync(file.path, join(root, "new"))
    appendFileSync(file.path, line("in between"))
    renameSync(join(root, "new"), file.path)
    await file.append(line("after"))
    await file.rewrite(all)
    expect((await readAll(file)).commands.toSorted()).toEqual(["after", "in between", "old"])
    expect(readdirSync(root).filter((name) => name.includes("carry"))).toEqual([])
  })

  it("keeps nothing of what a crash has left once it was rewritten, without a file of its name too", async () => {
    const root = temporaryDirectory()
    const file = new HistoryFile(root, processes(10))
    await file.append(line("old"))
    const read = statSync(file.path).size
    writeFileSync(join(root, ".history.jsonl.half_-written.tmp"), HEADER_LINE + line("secret"))
    // What another window is about to put in place is left alone.
    writeFileSync(join(root, ".history.jsonl.made.tmp"), HEADER_LINE)
    expect(file.hasLeftOvers()).toBe(true)
    appendFileSync(file.path, line("secret") + line("late"))
    renameSync(file.path, join(root, `.history.jsonl.${read}.abc.carry`))
    await file.rewrite((lines) => lines.filter((each) => each.type !== "entry" || each.entry.command !== "secret"))
    expect((await readAll(file)).commands).toEqual(["late"])
    expect(readdirSync(root).filter((name) => name.includes("history"))).toHaveLength(2)
    expect(readFileSync(file.path, "utf8")).not.toContain("secret")
  })

  it("loses no command of one process while another rewrites it again and again", async () => {
    const root = temporaryDirectory()
    const outfile = join(root, "child.mjs")
    await build({
      entryPoints: [fileURLToPath(new URL("./historyChild.ts", import.meta.url))],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error"
    })
    const data = join(root, "data")
    const count = 400
    const windows = ["a", "b"].map((name) =>
      spawn(execPath, [outfile, data, name, String(count)], { stdio: ["ignore", "pipe", "inherit"] })
    )
    let running = windows.length
    const ended = Promise.all(windows.map((child) => once(child, "exit").finally(() => running--)))
    const file = new HistoryFile(data, systemProcesses())
    let rewrites = 0
    while (running > 0) {
      await file.rewrite(all)
      rewrites++
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await ended).map(([code]) => code)).toEqual([0, 0])
    expect(rewrites).toBeGreaterThan(2)
    const { commands } = await readAll(file)
    const expected = ["a", "b"].flatMap((name) => Array.from({ length: count }, (_, n) => `${name} ${n + 1}`))
    expect(new Set(commands)).toEqual(new Set(expected))
  }, 60_000)
})
