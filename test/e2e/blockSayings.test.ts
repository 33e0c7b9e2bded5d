import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { back, commands, inForeground, leave, navigate, ready, run, shownBlocks } from "../harness/blocks.ts"
import { BINARY } from "../harness/effecttalk.ts"
import type { Home } from "../harness/Home.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"

/** Number of the selected block. */
const selected = (t: Terminal): number =>
  Number(/^.▸ *(\d+) /.exec(t.screen().find((row) => row[1] === "▸") ?? "")?.[1])

/** The sessions' files that have a text in them. */
const filesWith = (home: Home, text: string): ReadonlyArray<string> => {
  const active = join(home.dataDir, "active")
  return readdirSync(active).filter((name) => readFileSync(join(active, name)).includes(text))
}

describe("what the user says about a block", () => {
  itOnScreens("is its note, its name and its pin, and comes back another day", async (t) => {
    await run(t, "echo one")
    await run(t, "echo two")
    await navigate(t)

    t.keys("m")
    await t.waitFor(/^note on b2: /m)
    t.type("slow since 漢字\r")
    await t.waitFor(/^ {5}✎ slow since 漢字$/m)
    // Folded too, and begun with what there is.
    t.keys("f", "m")
    await t.waitFor(/^note on b2: slow since 漢字$/m)
    expect(t.screen()).toContainEqual(expect.stringMatching(/^ {5}✎ slow since 漢字$/))
    t.keys("esc")
    await t.waitFor(/^ NAVIGATE /m)

    t.keys("@")
    await t.waitFor(/^name of b2: @/m)
    t.type("b2\r")
    await t.waitFor("@b2 means a block already: choose another name")
    t.keys("ctrl+u")
    t.type("@build\r")
    await t.waitFor(/^✓▸ 2 @build · echo two /m)
    t.keys("up", "@")
    await t.waitFor(/^name of b1: @/m)
    t.type("build\r")
    await t.waitFor("b2 is called @build already")
    t.keys("esc")
    await t.waitFor(/^ NAVIGATE /m)

    t.keys("p")
    await t.waitFor(/^✓▸ 1 ⚑ echo one /m)
    t.keys("down", "P")
    await t.waitFor(() => selected(t) === 1)
    t.keys("P")
    await t.waitFor("No other block is pinned")
    await back(t)

    const [first, second] = await leave(t)
    expect(first!.metadata).toMatchObject({ pinned: true })
    expect(second!.metadata).toMatchObject({ name: "build", note: "slow since 漢字" })
    await using again = await t.restart({ args: [BINARY, "--continue"] })
    await ready(again)
    expect(commands(again)).toEqual(["⚑ echo one", "@build · echo two"])

    await navigate(again)
    again.keys("m", "ctrl+u", "enter", "@", "ctrl+u", "enter", "up", "p", "P")
    await again.waitFor("No block is pinned: p pins one")
    expect(commands(again)).toEqual(["echo one", "echo two"])
    expect(again.screen().join("\n")).not.toContain("✎")
    await back(again)
  })
})

describe("deleted blocks", () => {
  itOnScreens("come back one by one where they were, until the session is closed", async (t) => {
    for (const word of ["one", "two", "three"]) await run(t, `echo $((6*7))-${word}`)
    const before = shownBlocks(t.screen()).map(({ header, rows }) => [header, rows[0]])
    await navigate(t)
    t.keys("up", "d")
    await t.waitFor("Deleted b2: u brings it back")
    expect(selected(t)).toBe(3)
    // As fast as keys can come: the last of these has nothing to delete.
    t.keys("d", "delete", "d")
    await t.waitFor("No block is selected")
    expect(shownBlocks(t.screen())).toEqual([])
    t.keys("u", "u")
    await t.waitFor("b3 is back")
    expect(selected(t)).toBe(3)
    t.keys("u")
    await t.waitFor("b2 is back")
    expect(shownBlocks(t.screen()).map(({ header, rows }) => [header, rows[0]])).toEqual(before)
    t.keys("u")
    await t.waitFor("Nothing to undo")

    t.keys("d")
    await t.waitFor("Deleted b2: u brings it back")
    await back(t)
    expect((await run(t, "echo four")).number).toBe(4)

    // What runs is stopped first.
    t.type("sleep 60\r")
    await t.waitFor(/^● {2}5 sleep 60/m)
    await inForeground(t, "sleep 60")
    await navigate(t)
    t.keys("d")
    await t.waitFor("b5 runs: stop it first")
    t.keys("x")
    await t.waitFor(/^⊘▸ 5 sleep 60/m)
    t.keys("d")
    await t.waitFor("Deleted b5: u brings it back")
    await back(t)
    expect((await leave(t)).map(({ metadata }) => metadata.number)).toEqual([1, 3, 4])
    expect(filesWith(t.home, "-one")).not.toEqual([])
    expect(filesWith(t.home, "-two")).toEqual([])

    await using again = await t.restart({ args: [BINARY, "--continue"] })
    await ready(again)
    await navigate(again)
    again.keys("u")
    await again.waitFor("Nothing to undo")
    await back(again)
  })
})
