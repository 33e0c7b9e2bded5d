import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ready, run, shownBlocks } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { runPiped } from "../harness/piped.ts"

describe("the archive", () => {
  it("takes cleared blocks and what is saved, is searched and shown, and gives both back", async () => {
    await using t = await effecttalk({ cols: 100, rows: 30 })
    await ready(t)
    await run(t, "echo $((6*7))-first")
    await run(t, "echo $((6*7))-second")
    t.type("/save before the mess\r")
    await t.waitFor("Saved before the mess: /saved lists what is saved")
    t.type("/save before the mess\r")
    await t.waitFor("/save before the mess again replaces it")

    t.type("/clear\r")
    await t.waitFor("Cleared 2 blocks: /undo brings them back from the archive")
    expect(shownBlocks(t.screen())).toEqual([])
    t.type("/undo\r")
    await t.waitFor("2 blocks are back")
    expect(shownBlocks(t.screen())).toHaveLength(2)
    t.type("/redo\r")
    await t.waitFor("2 blocks are cleared again")
    t.keys("ctrl+\\", "S")
    await t.waitFor(" SEARCH ")
    t.type("42-first")
    await t.waitFor("1 block, 1 line")
    t.keys("esc")
    await ready(t)
    await run(t, "echo $((6*7))-third")
    // What was cleared is no deleted block.
    t.keys("esc")
    await t.waitFor(/^ NAVIGATE /m)
    t.keys("d")
    await t.waitFor(/Deleted b\d: u brings it back +(·|$)/m)
    t.keys("u")
    await t.waitFor(/b\d is back/)
    t.keys("esc")
    await ready(t)

    t.type("/saved\r")
    await t.waitFor(/^ SAVED /m)
    expect(t.row(1)).toMatch(/^▸ before the mess {2,}.* 2 blocks {2}of \w{8} *$/)
    t.keys("enter")
    await t.waitFor("42-second")
    expect(shownBlocks(t.screen()).map(({ header }) => header.split(/ {2,}/)[0])).toEqual([
      "echo $((6*7))-first",
      "echo $((6*7))-second"
    ])
    // It is still there, until it is deleted.
    t.type("/saved\r")
    await t.waitFor(/^ SAVED /m)
    t.keys("d")
    await t.waitFor(/Delete the snapshot before the mess\? · y delete · n keep/)
    t.keys("n", "d", "y")
    await t.waitFor("Deleted the snapshot before the mess: there is none left")

    // Two sessions are open: the one on the screen is left first.
    t.keys("ctrl+d")
    await t.waitFor("Session before the mess has ended")
    t.keys("ctrl+d")
    await t.exit
    const archived = join(t.home.dataDir, "archived")
    const files = readdirSync(archived).flatMap((month) => readdirSync(join(archived, month)))
    expect(files).toHaveLength(1)
    const id = files[0]!.replace(".json", "")
    const shown = await runPiped(t.home, ["show", id.slice(0, 10)])
    expect(shown.stdout).toContain("42-first")
    expect(shown.stdout).toContain("42-second")
    expect(shown.stdout).not.toContain("42-third")
  }, 60_000)

  it("tells what was asked wrongly", async () => {
    using home = new Home()
    const ask = (...args: ReadonlyArray<string>) => runPiped(home, ["archive", ...args])
    const wrong = await Promise.all([ask(), ask("some-id", "--list"), ask("--older-than", "soon")])
    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2])
    expect(wrong[2]!.stderr).toBe('effecttalk: --older-than "soon" is not an age such as 7d, 2w, 36h or 1d12h\n')
  })

  it("does at the command line what the keyboard does", async () => {
    using home = new Home()
    const active = join(home.dataDir, "active")
    await runPiped(home, ["exec", "--", "echo $((6*7))-kept"])
    const [id = ""] = readdirSync(active).map((name) => name.replace(".json", ""))
    const archive = (...args: ReadonlyArray<string>) => runPiped(home, ["archive", ...args])
    expect((await archive("--older-than", "7d")).stdout).toBe("No session is that old.\n")

    expect((await archive("--older-than", "0d")).stdout).toBe(`archived ${id.slice(0, 8)}\n`)
    expect(readdirSync(active)).toEqual([])
    const { stdout: json } = await archive("--list", "--json")
    expect(JSON.parse(json)).toEqual([
      {
        id,
        name: null,
        kind: "session",
        from: id,
        fromName: null,
        blocks: 1,
        month: expect.stringMatching(/^\d{4}-\d\d$/),
        file: id,
        saved: expect.any(Number)
      }
    ])
    const shown = await runPiped(home, ["export", id.slice(0, 6)])
    expect(shown.stdout).toContain("42-kept")
    expect((await archive("--restore", id.slice(0, 6))).stdout).toBe(
      `restored ${id.slice(0, 8)}: effecttalk --resume ${id.slice(0, 8)}\n`
    )
    expect(readdirSync(active)).toEqual([`${id}.json`])
    expect(await archive("--restore", id)).toMatchObject({ code: 2, stdout: "" })

    // Who resumes it by its id wants it back.
    await archive(id.slice(0, 6))
    await using t = await effecttalk({ home, args: ["--resume", id.slice(0, 6)], cols: 100, rows: 30 })
    await ready(t)
    expect(t.screen().join("\n")).toContain("42-kept")
    expect((await archive("--list")).stdout).toBe("The archive is empty.\n")
  }, 60_000)
})
