import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { describe, expect, it } from "vitest"
import { opened } from "../harness/blocks.ts"
import { BINARY } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { runPiped, startPiped } from "../harness/piped.ts"
import { Terminal } from "../harness/Terminal.ts"
import { tree } from "../services/backup/backups.ts"

/** Runs a command of ours; its exit code and lines. */
const run = async (home: Home, ...args: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await runPiped(home, args)
  return { code, out: stdout.split("\n").slice(0, -1), err: stderr.split("\n").slice(0, -1) }
}

/** Makes a session like the home's only or first one. */
const copySession = (home: Home): void => {
  const active = join(home.dataDir, "active")
  const [first = ""] = readdirSync(active)
  const id = first.replace(".json", "")
  const copy = `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`
  const text = readFileSync(join(active, first), "utf8").replaceAll(id, copy)
  writeFileSync(join(active, `${copy}.json`), text, { mode: 0o600 })
}

/** Makes two sessions and a backup of them; its path and name. */
const backedUp = async (home: Home): Promise<{ readonly path: string; readonly name: string }> => {
  await run(home, "exec", "--", "echo one")
  copySession(home)
  const made = await run(home, "backup")
  expect(made).toMatchObject({ code: 0, err: [] })
  const [, path = "", name = ""] = /^((?:.*)\/(\d{4}-\d\d-\d\dT\d{6}Z\.tar\.gz)): .*, 2 sessions, verified$/.exec(
    made.out[0]!
  )!
  return { path, name }
}

describe("backups", () => {
  it("are made, listed and checked from the command line", async () => {
    using home = new Home()
    expect(await run(home, "backup")).toEqual({ code: 0, out: ["There is no session to back up."], err: [] })
    expect(await run(home, "backups", "--verify")).toEqual({ code: 0, out: ["No backups yet."], err: [] })
    const { path, name } = await backedUp(home)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const unchanged = [`Nothing has changed since ${name}, which is in order.`]
    expect(await run(home, "backup")).toEqual({ code: 0, out: unchanged, err: [] })
    const { out } = await run(home, "backups", "--verify")
    expect(out).toEqual([expect.stringMatching(new RegExp(`^${name} .* 2 sessions  verified$`))])
  })

  it("are compared and restored from the command line, while nobody has a session open", async () => {
    using home = new Home()
    const active = join(home.dataDir, "active")
    const { path, name } = await backedUp(home)
    const before = tree(active)
    const [first = "", second = ""] = readdirSync(active)
    truncateSync(join(active, first), 5)
    rmSync(join(active, second))
    await run(home, "exec", "--", "echo three")
    const plan = await run(home, "restore", "--dry-run", name)
    expect(plan).toMatchObject({ code: 0, err: [] })
    const told = plan.out.slice(1, -1).map((line) => line.replace(/^(.*?) {2,}active\/.*$/, "$1"))
    expect(told).toEqual(["would come back", "would change", "would go"])
    expect(plan.out.at(-1)).toBe("0 sessions would stay as they are; nothing was changed")

    await using running = await startPiped(home, ["exec", "--", "echo ready; read -r line"])
    await running.waitFor("ready")
    await opened(home)
    const refused = await run(home, "restore", path)
    expect(refused).toMatchObject({ code: 1, out: [] })
    expect(refused.err).toEqual([
      expect.stringMatching(/^effecttalk: leave first what has sessions open: session "\w+" in process \d+$/)
    ])
    running.child.stdin.end("\n")
    await running.result
    const restored = await run(home, "restore", "--yes", path)
    expect(restored).toMatchObject({ code: 0, err: [] })
    expect(restored.out[0]).toBe("Restored 2 sessions.")
    expect(tree(active)).toEqual(before)
    const [previous = ""] = readdirSync(home.dataDir).filter((each) => each.startsWith("pre-restore-"))
    expect(restored.out[2]).toBe(`When you are sure: rm -r '${join(home.dataDir, previous)}'`)
    expect(readdirSync(join(home.dataDir, previous, "active"))).toHaveLength(3)
  }, 60_000)

  it("whose restore was killed between the two halves of its first step are restored by the next command of ours", async () => {
    using home = new Home()
    const active = join(home.dataDir, "active")
    await run(home, "exec", "--", "echo one")
    const staging = join(home.dataDir, "restore-2026-01-02T030405Z.tmp")
    mkdirSync(staging, { mode: 0o700 })
    cpSync(active, join(staging, "active"), { recursive: true, preserveTimestamps: true })
    copySession(home)
    const before = tree(active)
    writeFileSync(join(home.dataDir, "restore.json"), '{"version":1,"stamp":"2026-01-02T030405Z"}', { mode: 0o600 })
    const settled = await run(home, "sessions")
    expect(settled.err[0]).toBe(
      "effecttalk: A restore was cut short and has been completed: what was there before is kept as pre-restore-2026-01-02T030405Z"
    )
    expect(settled.out).toHaveLength(1)
    expect(tree(join(home.dataDir, "pre-restore-2026-01-02T030405Z/active"))).toEqual(before)
  })

  it("that are damaged are told of, and not restored", async () => {
    using home = new Home()
    const { path, name } = await backedUp(home)
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1]! ^= 0xff
    writeFileSync(path, bytes)
    const { code, out: json, err } = await run(home, "backups", "--verify", "--json")
    expect({ code, err }).toEqual({ code: 3, err: ["effecttalk: 1 of 1 backups cannot be restored"] })
    const [listed] = JSON.parse(json.join("\n"))
    expect(Object.keys(listed)).toEqual(["name", "path", "time", "size", "sessions", "verified", "problem"])
    expect(listed).toMatchObject({ name, path, size: bytes.length, sessions: null, verified: false })
    expect(listed.problem).not.toContain(path)
    expect((await run(home, "restore", "--yes", name)).code).toBe(3)
    expect((await run(home, "restore", "2020-01-01T000000Z.tar.gz")).code).toBe(2)
  })

  it("are restored once somebody agrees, and without a question where there is nothing to replace", async () => {
    using home = new Home()
    const active = join(home.dataDir, "active")
    await run(home, "exec", "--", "echo one")
    const [, name = ""] = /(\S+\.tar\.gz): /.exec((await run(home, "backup")).out[0]!)!
    const backup = basename(name)
    const kept = tree(active)
    copySession(home)
    const ask = async (answer: string) => {
      const file = { file: process.execPath, args: [BINARY, "restore", backup] }
      await using terminal = new Terminal(file, { cols: 140, rows: 24, home })
      await terminal.waitFor("Put the backup in the place of what is there, which is kept beside it? [y/N]")
      terminal.type(answer)
      expect(await terminal.exit).toMatchObject({ code: 0 })
      return terminal.screen().join("\n")
    }
    const unasked = await run(home, "restore", backup)
    expect(unasked).toEqual({
      code: 2,
      out: [
        expect.stringMatching(
          /^There now: {2}2 sessions, last changed \S+ \S+: 1 would go, 0 change, 1 stay as they are$/
        ),
        expect.stringMatching(/^The backup: 1 session of \S+ \S+, verified: 0 would come back$/)
      ],
      err: ["effecttalk: nobody can be asked here: --yes restores without asking"]
    })
    const refused = await ask("\r")
    for (const line of [...unasked.out, "Nothing was restored."]) expect(refused).toContain(line)
    expect(readdirSync(active)).toHaveLength(2)
    expect(await ask("y\r")).toContain("Restored 1 session.")
    expect(tree(active)).toEqual(kept)

    for (const name of readdirSync(active)) rmSync(join(active, name))
    expect(await run(home, "restore", backup)).toMatchObject({ code: 0, err: [] })
    expect(tree(active)).toEqual(kept)
  }, 60_000)
})
