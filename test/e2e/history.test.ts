import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { inForeground, ready, run, shownBlocks } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { runPiped } from "../harness/piped.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"

const file = (t: Terminal): string => join(t.home.dataDir, "history.jsonl")
const lines = (t: Terminal): ReadonlyArray<Record<string, unknown>> =>
  readFileSync(file(t), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

/** The commands of the panel, best first, each with what stands around it. */
const listed = (rows: ReadonlyArray<string>): ReadonlyArray<string> => {
  const top = rows.findIndex((row) => row.includes("── History ──"))
  const bottom = rows.findIndex((row) => row.includes("next filter") && !row.startsWith(" HISTORY "))
  return rows
    .slice(top + 1, bottom - 1)
    .filter((row) => row.trim() !== "")
    .reverse()
}

const opened = (t: Terminal, count: string): Promise<void> =>
  t.waitFor((rows) => rows.some((row) => row.includes("── History ──") && row.includes(` ${count} ──`)))

describe("the history", () => {
  itOnScreens(
    "is searched with Ctrl+R, by directory and failure too; what is chosen is run, edited, or forgotten",
    async (t) => {
      await run(t, "echo of-the-start")
      await run(t, "cd /usr; false")
      await run(t, "echo second; echo of-usr")
      await t.waitForFile(file(t), "of-usr")
      t.keys("ctrl+r")
      // The three, and the one that the shell's own history had.
      await opened(t, "4 of 4")
      const rows = listed(t.screen())
      expect(rows[0]).toMatch(/^▸✓ +echo second; echo of-usr .*now$/)
      expect(rows[1]).toMatch(/^ ✗ {3}1 cd \/usr; false /)
      expect(rows[3]).toMatch(/^ {7}ls --from-the-shell-history/)
      expect(t.screen().at(-1)).toMatch(/^ HISTORY {2}Enter run · Tab edit · Esc back · Ctrl\+R next filter/)

      t.type("ech of")
      await opened(t, "2 of 4")
      expect(listed(t.screen())[0]).toContain("echo second; echo of-usr")
      t.keys("ctrl+r")
      await t.waitFor("[failed]")
      await t.waitFor("No command matches here")
      t.keys("ctrl+r", "ctrl+r")
      await t.waitFor("[this directory]")
      await opened(t, "1 of 1")
      t.keys("ctrl+r", "up")
      await opened(t, "2 of 4")
      await t.waitFor(/^▸✓ +echo of-the-start/m)
      t.keys("tab")
      await t.waitFor(/^\$ echo of-the-start$/m)
      // Nothing has run; Ctrl+R takes what is written for the query, and Escape leaves it as it was.
      t.keys("ctrl+r")
      await opened(t, "1 of 4")
      t.keys("esc")
      await t.waitFor(/^\$ echo of-the-start$/m)
      t.keys("ctrl+u", "ctrl+r")
      await opened(t, "4 of 4")
      t.type("secon")
      await opened(t, "1 of 4")
      t.type("\r")
      await t.waitFor((screen) => shownBlocks(screen).at(-1)?.number === 4)
      await ready(t)
      expect(shownBlocks(t.screen()).at(-1)?.header).toMatch(/^echo second; echo of-usr/)

      t.keys("ctrl+r")
      await opened(t, "4 of 4")
      t.type("start")
      await opened(t, "1 of 4")
      t.keys("ctrl+d")
      await t.waitFor("Ctrl+D again forgets every echo of-the-start")
      expect(readFileSync(file(t), "utf8")).toContain("of-the-start")
      t.keys("ctrl+d")
      await opened(t, "0 of 3")
      expect(lines(t).map(({ command }) => command)).not.toContain("echo of-the-start")
      t.keys("ctrl+c")
      await ready(t)
    },
    { files: { ".bash_history": "ls --from-the-shell-history\n" } }
  )

  itOnScreens(
    "suggests how a line goes on; a key takes all of it or a word, and it is no text until then",
    async (t) => {
      await run(t, "echo one two three")
      t.type("echo")
      await t.waitFor(/^\$ echo one two three$/m)
      const { y } = t.cursor
      expect(t.cursor.x).toBe("$ echo".length)
      expect(t.cell("$ echo o".length - 1, y).dim).toBe(true)
      expect(t.cell("$ ech".length, y).dim).toBe(false)
      t.keys("alt+f")
      await t.waitFor(() => t.cursor.x === "$ echo one".length)
      t.keys("ctrl+e")
      await t.waitFor(() => t.cursor.x === "$ echo one two three".length)
      t.keys("ctrl+u")
      t.type("ech")
      await t.waitFor(/^\$ echo one two three$/m)
      t.type("\r")
      await t.waitFor((screen) => shownBlocks(screen).at(-1)?.number === 2)
      // What was run is what was typed.
      expect(shownBlocks(t.screen()).at(-1)?.header).toMatch(/^ech /)
      await ready(t)
    },
    { env: { EFFECTTALK_SUGGEST: "true" } }
  )

  it("gives the next command while a program runs, and is shared with a second window", async () => {
    await using t = await effecttalk({ cols: 100, rows: 30 })
    await run(t, "echo from the first")
    await t.waitForFile(file(t), "from the first")
    await using other = await effecttalk({ cols: 100, rows: 30, home: t.home })
    await ready(other)
    t.type("sleep 1000\r")
    await inForeground(t, "sleep 1000")
    other.keys("ctrl+r")
    await opened(other, "1 of 1")
    other.keys("esc")
    await run(other, " echo a blank before it is private")
    await run(other, "echo from the second")
    await t.waitForFile(file(t), "from the second")
    t.keys("ctrl+\\", "r")
    await opened(t, "2 of 2")
    t.type("second\r")
    await t.waitFor(/^\$ echo from the second$/m)
    expect(t.screen().at(-1)).toContain(" EDITOR ")
    t.keys("ctrl+c", "ctrl+c")
    await ready(t)
  })

  it("is listed and forgotten from the command line; what exec runs is not in it", async () => {
    await using t = await effecttalk({ cols: 100, rows: 30 })
    await run(t, "echo one")
    await run(t, "printf 'a\\nb'; false")
    await t.waitForFile(file(t), "; false")
    const effecttalkCli = (...args: ReadonlyArray<string>) => runPiped(t.home, args)
    expect((await effecttalkCli("exec", "--", "true")).code).toBe(0)
    const json = await effecttalkCli("history", "--json", "--failed")
    expect(JSON.parse(json.stdout)).toMatchObject({ command: "printf 'a\\nb'; false", exit: 1, status: "failure" })
    expect((await effecttalkCli("history", "ec on")).stdout).toMatch(/^[\d-]+ [\d:]+ +~ +echo one\n$/)
    expect((await effecttalkCli("history", "forget", "one", "--dry-run")).stdout).toContain(
      "1 entry would be forgotten"
    )
    expect((await effecttalkCli("history", "forget", "one")).stdout).toBe("Forgot 1 entry.\n")
    expect(await effecttalkCli("history", "forget")).toMatchObject({ code: 2 })
    expect(await effecttalkCli("history", "--all")).toMatchObject({ code: 2 })
    expect(await effecttalkCli("history", "forget", "--before", "yesterday")).toMatchObject({ code: 2 })
    // The window that is open has noticed.
    t.keys("ctrl+r")
    await opened(t, "1 of 1")
    expect((await effecttalkCli("history", "forget", "--all")).stdout).toBe("Forgot 1 entry.\n")
    expect((await effecttalkCli("history")).stdout).toBe("")
    expect(existsSync(file(t))).toBe(true)
  }, 60_000)
})
