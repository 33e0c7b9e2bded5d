import { mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { ended, ready, run, shownBlocks } from "../harness/blocks.ts"
import { eventually } from "../harness/eventually.ts"
import { runPiped } from "../harness/piped.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"

/** Waits until what is printed is on disk: the search reads files. */
const stored = (t: Terminal, text: string) =>
  eventually(() => {
    const active = join(t.home.dataDir, "active")
    const files = readdirSync(active).map((name) => readFileSync(join(active, name), "utf8"))
    expect(files.some((file) => file.includes(text))).toBe(true)
  })

describe("searching all sessions", () => {
  itOnScreens("goes to a line of a block of another session and of this one, and leaves by Esc", async (t) => {
    await run(t, "echo o''ther; printf 'hay %s\\n' 1 2 3 needle 5")
    await stored(t, "hay needle")
    t.keys("ctrl+\\", "s")
    await t.waitFor(" SESSIONS ")
    t.keys("n")
    await t.waitFor((rows) => !rows.some((row) => row.includes("other")) && rows.at(-1)!.startsWith(" EDITOR "))
    t.type("seq 1 100 | sed 's/^42$/here is a needle/'\r")
    await t.waitFor(/^100$/m)
    await ready(t)
    await stored(t, "here is a needle")
    t.keys("ctrl+\\", "S")
    await t.waitFor(" SEARCH ")
    t.type("nowhere to be found")
    await t.waitFor("nothing in ")
    t.keys("esc")
    await t.waitFor(" EDITOR ")
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.keys("S")
    await t.waitFor(" SEARCH ")
    t.type("nee[d]le")
    await t.waitFor("nothing in ")
    t.keys("alt+r")
    await t.waitFor("2 blocks, 2 lines")
    await t.waitFor(/^ {4}5 hay needle$/m)
    expect(t.screen().join("\n")).toMatch(/^session \w{8}, this session$/m)
    const { x, y } = t.find("5 hay needle")
    expect([t.cell(x + 2, y).bg, t.cell(x + 6, y).bg]).toEqual(["default", 3])
    // This session's block, its line, then the other session's block, its line.
    t.keys("down")
    await t.waitFor(/^▸ {3}42 here is a needle/m)
    t.keys("enter")
    await t.waitFor((rows) => rows.at(-1)!.startsWith(" NAVIGATE  n next hit") && rows.includes("here is a needle"))
    // What was searched for is found here from now on, and offered again.
    await t.waitFor((rows) => t.cell("here is a ".length, rows.indexOf("here is a needle")).bg === 6)
    t.keys("S")
    await t.waitFor("search all sessions: nee[d]le")
    t.keys("up")
    await t.waitFor("2 blocks, 2 lines")
    t.keys("down", "down", "down")
    await t.waitFor(/^▸ {3}5 hay needle/m)
    t.keys("enter")
    await t.waitFor((rows) => rows.at(-1)!.startsWith(" NAVIGATE  Now in session ") && rows.includes("hay needle"))
    expect(shownBlocks(t.screen()).at(-1)?.header).toContain("echo o''ther")
    t.keys("esc")
    await ready(t)
    t.type("echo a''gain\r")
    await ended(t, 1)
  })

  itOnScreens(
    "opens the output of an archived block in the pager",
    async (t) => {
      await runPiped(t.home, ["exec", "--", "echo an archived needle; echo rest"])
      const [file = ""] = readdirSync(join(t.home.dataDir, "active")).filter((name) => name.endsWith(".json"))
      mkdirSync(join(t.home.dataDir, "archived", "2026-01"), { recursive: true })
      renameSync(join(t.home.dataDir, "active", file), join(t.home.dataDir, "archived", "2026-01", file))
      t.keys("ctrl+\\", "S")
      await t.waitFor(" SEARCH ")
      t.type("archived needle")
      await t.waitFor("archived 2026-01")
      t.keys("enter")
      await t.waitForFile(join(t.home.path, "paged"), "an archived needle\nrest\n")
      await t.waitFor(" SEARCH ")
      t.keys("esc")
      await ready(t)
    },
    { env: { PAGER: "cat > ~/paged" } }
  )
})
