import { existsSync, readdirSync, rmdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { headerRow, journaled, opened, ready, run, shownBlocks, storedSession } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import type { Home } from "../harness/Home.ts"
import { readIfThere } from "../harness/piped.ts"
import { Terminal } from "../harness/Terminal.ts"

const wide = { cols: 100, rows: 30 }

const LEAVE = ["ctrl+\\", "q"] as const

/** Leaves by the leader and gives what stands on the primary screen then, the exit code checked. */
const leave = async (t: Terminal): Promise<ReadonlyArray<string>> => {
  t.keys(...LEAVE)
  expect(await t.exit).toEqual({ code: 0, signal: null })
  return t.primary()
}

/** Walks to the blocks. Escape goes alone: with a key behind it, it would be that key's Alt. */
const navigate = async (t: Terminal): Promise<void> => {
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
}

const start = (t: Terminal, ...args: ReadonlyArray<string>) => t.restart({ args: [BINARY, ...args] })

const active = (home: Home): ReadonlyArray<string> => readdirSync(join(home.dataDir, "active")).sort()

const idOf = (home: Home): string => storedSession(home).id

/** Every file and directory below DATA_DIR with its permissions; one that goes while we look has none. */
const permissions = (path: string): Array<string> => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return []
  return [
    `${found.isDirectory() ? "d" : "f"} ${(found.mode & 0o777).toString(8)}`,
    ...(found.isDirectory() ? readdirSync(path).flatMap((name) => permissions(join(path, name))) : [])
  ]
}

/** The text of every file below a directory, with its name. */
const allText = (path: string): string =>
  readdirSync(path, { withFileTypes: true })
    .map((entry) => {
      const name = join(path, entry.name)
      return entry.isDirectory() ? allText(name) : entry.isFile() ? `${name}\n${readIfThere(name)}` : ""
    })
    .join("\n")

describe("a session that is resumed", () => {
  it("has its blocks, folds, directory, changed environment and unsent input", async () => {
    await using t = await effecttalk({ ...wide, env: { INHERITED: "outside", GONE: "here" } })
    await run(t, "cd /usr && export A='one two' INHERITED=changed; unset GONE")
    await run(t, "seq 101 103")
    await run(t, "(exit 7)")
    await navigate(t)
    t.keys("up", "enter")
    await t.waitFor(/seq 101 103.*3 lines/)
    expect(t.screen().join("\n")).not.toContain("102")
    t.keys("esc")
    await ready(t)
    t.type("echo not yet; echo 'sent")
    await t.waitFor("'sent")
    await leave(t)

    await using u = await start(t, "--continue")
    await u.waitFor("echo not yet; echo 'sent")
    await u.waitFor("$ ")
    expect(
      shownBlocks(u.screen()).map(({ sign, number, header }) => `${sign}${number} ${header.slice(0, 10)}`)
    ).toEqual(["✓1 cd /usr &&", "✓2 seq 101 10", "✗3 (exit 7)  "])
    expect(shownBlocks(u.screen())[1]).toMatchObject({ header: expect.stringContaining("3 lines") })
    expect(u.screen().join("\n")).not.toContain("102")
    expect(shownBlocks(u.screen())[2]?.header).toContain("exit 7")
    expect(headerRow(u)).toMatch(/ · \/usr$/)
    expect(u.cursor.visible).toBe(true)
    u.keys("ctrl+a", "ctrl+k")
    await u.waitFor((rows) => !rows.join("\n").includes("not yet"))
    const block = await run(u, 'test -v GONE || echo "$PWD|$A|$INHERITED"')
    expect(block.rows[0]).toBe("/usr|one two|changed")
    expect(block.number).toBe(4)
    await navigate(u)
    u.keys("k", "k", "enter")
    await u.waitFor(/^102$/m)
  })

  it("has a command that ran in its block alone, also when its program was killed right after Enter", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo fir''st")
    await leave(t)

    await using u = await start(t, "--continue")
    await ready(u)
    const journal = join(u.home.dataDir, "active", `${idOf(u.home)}.journal`)
    u.type("sleep 1000")
    await u.waitForFile(journal, '"input":"sleep 1000"')
    u.keys("enter")
    await u.waitForFile(journal, '"command":"sleep 1000"')
    u.kill("SIGKILL")
    await u.exit

    await using v = await start(u, "--continue")
    await ready(v)
    expect(v.screen().filter((row) => row.includes("sleep 1000"))).toHaveLength(1)
  })

  it("is what it was after a second resume, and after its program was killed outright", async () => {
    await using t = await effecttalk(wide)
    await run(t, "cd /etc; echo fir''st")
    await leave(t)

    await using u = await start(t, "--continue")
    await ready(u)
    await run(u, "echo sec''ond; cd /usr")
    u.type("echo be''fore; sleep 1000\r")
    await u.waitFor("before")
    // Commands do not wait for the disk; the journal is in order, so all before this one is there as well.
    await u.waitForFile(join(u.home.dataDir, "active", `${idOf(u.home)}.journal`), "sleep 1000")
    u.kill("SIGKILL")
    await u.exit

    await using v = await start(t, "--continue")
    await ready(v)
    const blocks = shownBlocks(v.screen())
    expect(blocks.map(({ sign, rows }) => `${sign} ${rows[0]}`).slice(0, 2)).toEqual(["✓ first", "✓ second"])
    expect(blocks[2]?.sign).toBe("⊘")
    expect(blocks[2]?.header).toMatch(/interrupted/)
    expect(headerRow(v)).toMatch(/ · \/usr$/)
    expect((await run(v, "echo th''ird")).number).toBe(4)
    await leave(v)

    const document = storedSession(v.home)
    expect(document.blocks.map(({ status, stdout }) => [status, stdout])).toEqual([
      ["success", "first\n"],
      ["success", "second\n"],
      ["interrupted", expect.stringMatching(/^(before\n)?$/)],
      ["success", "third\n"]
    ])
    expect(active(v.home)).toEqual([`${document.id}.json`])
    await v.waitForNoProcesses()
  })

  it("keeps output that names no line: progress, colours, tabs and an unfinished last line", async () => {
    await using t = await effecttalk(wide)
    await run(t, String.raw`printf 'a\tb  \n\033[31mred\033[0m\n10%%\r20%%\r\nno end'`)
    await leave(t)
    expect(storedSession(t.home).blocks[0]?.stdout).toBe("a\tb  \n\x1b[0;31mred\x1b[0m\n20%\nno end")
    await using u = await start(t, "--continue")
    await ready(u)
    expect(shownBlocks(u.screen())[0]?.rows.slice(0, 4)).toEqual(["a       b", "red", "20%", "no end"])
    expect(u.cell(0, u.screen().indexOf("red")).fg).toBe(1)
  })

  it("starts where it can when its directory is gone", async () => {
    await using t = await effecttalk(wide)
    await run(t, "mkdir ~/later && cd ~/later")
    await leave(t)
    rmdirSync(join(t.home.path, "later"))
    await using u = await start(t, "--continue")
    await ready(u)
    expect(headerRow(u)).toMatch(/ · ~$/)
    await u.waitFor("later cannot be entered. The shell was started in")
    expect((await run(u, "pwd")).rows[0]).toBe(u.home.path)
  })
})

describe("the line after leaving", () => {
  it("stands on the primary screen, and works", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo kept''here")
    const primary = await leave(t)
    expect(primary).toHaveLength(1)
    const [, prefix] = /^effecttalk --resume ([0-9a-z]{6})$/.exec(primary[0]!)!
    expect(idOf(t.home).startsWith(prefix!)).toBe(true)
    await using u = await start(t, "--resume", prefix!)
    await u.waitFor(/^kepthere$/m)
    u.type("exit\r")
    await u.exit
    expect(u.primary()).toEqual(primary)
  })

  it("is not printed for a session without blocks, which leaves no file nor directory", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("never sent")
    await t.waitFor("never sent")
    expect(await leave(t)).toEqual([])
    expect(existsSync(t.home.dataDir)).toBe(false)
    await t.waitForNoProcesses()
  })
})

describe("choosing a session", () => {
  const twoSessions = async (t: Terminal): Promise<readonly [string, string]> => {
    await run(t, "echo of the fir''st")
    const [first] = await leave(t)
    await using u = await start(t)
    await run(u, "echo of the sec''ond")
    const [second] = await leave(u)
    return [first!.split(" ").at(-1)!, second!.split(" ").at(-1)!]
  }

  it("is done by --continue or the beginning of an id", async () => {
    await using t = await effecttalk(wide)
    const [, second] = await twoSessions(t)
    await using latest = await start(t, "--continue")
    await latest.waitFor("of the second")
    await leave(latest)
    await using byPrefix = await start(t, `--resume=${second}`)
    await byPrefix.waitFor("of the second")
  })

  it("is done by a whole id, and that session was used last then", async () => {
    await using t = await effecttalk(wide)
    const [first] = await twoSessions(t)
    const whole = active(t.home)
      .find((name) => name.startsWith(first))!
      .replace(".json", "")
    await using byId = await start(t, "--resume", whole)
    await byId.waitFor("of the first")
    await leave(byId)
    await using again = await start(t, "--continue")
    await again.waitFor("of the first")
  })

  it("begins with the list that --resume alone prints", async () => {
    await using t = await effecttalk(wide)
    const [first, second] = await twoSessions(t)
    await using open = await start(t, "--resume", second)
    await ready(open)
    await using list = await effecttalk({ ...wide, home: t.home, args: ["--resume"] })
    expect(await list.exit).toEqual({ code: 0, signal: null })
    const rows = list.primary()
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(
      new RegExp(`^${second}\\w\\w  .*  1 block  ~  echo of the sec''ond  open in process ${open.pid}$`)
    )
    expect(rows[1]).toMatch(new RegExp(`^${first}\\w\\w  .*  1 block  ~  echo of the fir''st$`))
    expect(list.modes.alternateScreen).toBe(false)
  })

  it("has nothing to offer before the first session", async () => {
    await using list = await effecttalk({ ...wide, args: ["--resume"] })
    expect(await list.exit).toEqual({ code: 0, signal: null })
    expect(list.primary()).toEqual(["No sessions yet."])
    await using latest = await list.restart({ args: [BINARY, "--continue"] })
    expect(await latest.exit).toEqual({ code: 2, signal: null })
    expect(latest.primary()).toEqual(["effecttalk: there is no session to continue"])
    expect(existsSync(list.home.dataDir)).toBe(false)
  })

  it("continues what somebody has worked in and nobody has open, before scripts' own sessions", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo fi''rst")
    await leave(t)
    await using exec = await t.restart({ args: [BINARY, "exec", "--", "true"] })
    await exec.exit
    await using first = await t.restart({ args: [BINARY, "--continue"] })
    await first.waitFor(/^first$/m)
    await using second = await effecttalk({ ...wide, home: t.home })
    await run(second, "echo sec''ond")
    second.keys("ctrl+d")
    await second.exit
    await using third = await effecttalk({ ...wide, home: t.home, args: ["--continue"] })
    await third.waitFor(/^second$/m)
  })

  it("binds nobody to a dead owner", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo o''pen")
    await journaled(t)
    t.kill("SIGKILL")
    await t.exit
    await using third = await start(t, "--continue")
    await third.waitFor(/^open$/m)
  })
})

describe("what reaches the disk", () => {
  for (const umask of ["000", "077"]) {
    it(`is for its owner only, under umask ${umask}`, async () => {
      await ensureBuilt()
      const started = ["-c", `umask ${umask}; exec "$0" "$@"`, process.execPath, BINARY]
      await using u = new Terminal({ file: "/bin/sh", args: started }, wide)
      expect((await run(u, "umask")).rows[0]).toBe(`0${umask}`)
      await opened(u.home)
      const open = permissions(u.home.dataDir)
      await leave(u)
      for (const found of [open, permissions(u.home.dataDir)]) {
        expect(new Set(found)).toEqual(new Set(["d 700", "f 600"]))
      }
    })
  }

  it("is no secret of the environment, neither exported nor inherited", async () => {
    const key = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
    await using t = await effecttalk({ ...wide, env: { INHERITED_TOKEN: `inherited-${key}` } })
    t.home.write(
      "secrets.sh",
      `export AWS_SECRET_ACCESS_KEY=${key}\nexport PLAIN=visible URL=https://me:${key}@host/\n`
    )
    await run(t, ". ./secrets.sh")
    expect((await run(t, "echo $PLAIN; printenv AWS_SECRET_ACCESS_KEY | wc -c")).rows.slice(0, 2)).toEqual([
      "visible",
      "39"
    ])
    expect(allText(t.home.dataDir)).not.toContain(key)
    await leave(t)
    const stored = allText(t.home.dataDir)
    expect(stored).not.toContain(key)
    expect(stored).toContain("visible")
    // What was taken out is taken from where the program was started, if it is there.
    await using u = await start(t, "--continue")
    const left = await run(u, "printenv AWS_SECRET_ACCESS_KEY; echo $PLAIN $INHERITED_TOKEN")
    expect(left.rows[0]).toBe(`visible inherited-${key}`)
    await leave(u)
    expect(allText(t.home.runtimeDir)).not.toContain(key)
  })
})
