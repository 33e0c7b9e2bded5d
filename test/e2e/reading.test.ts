import { describe, expect, it } from "vitest"
import { inModes, isReady, ready, run, shownBlocks } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"

/** The first row of the blocks. */
const firstRow = (t: Terminal): string => t.row(1)

describe("reading", () => {
  itOnScreens("walks to blocks, to those that failed, and to both ends of one", async (t) => {
    await run(t, "echo a''lpha")
    await run(t, "sh -c 'exit 3'")
    t.type("seq 1 100\r")
    await t.waitFor((rows) => rows.includes("100") && isReady(rows))
    // The block begins above the view: its header says so.
    expect(firstRow(t)).toMatch(/^✓ {2}3 ↑ seq 1 100/)
    expect(t.row(2)).toMatch(/^\d+$/)
    t.keys("alt+up")
    await t.waitFor((rows) => rows[1]!.startsWith("✓▸ 3 ") && rows[2] === "1")
    t.type("b")
    await t.waitFor((rows) => rows.includes("100") && rows[1]!.startsWith("✓▸ 3 ↑ seq 1 100"))
    t.type("t")
    await t.waitFor((rows) => rows[1]!.startsWith("✓▸ 3 seq 1 100") && rows[2] === "1")
    t.type("[")
    await t.waitFor((rows) => rows.some((row) => row.startsWith("✗▸ 2 sh -c")))
    t.type("[")
    await t.waitFor("No failed block above")
    t.type("]")
    await t.waitFor("No failed block below")
    t.keys("alt+up")
    await t.waitFor((rows) => rows.some((row) => row.startsWith("✓▸ 1 echo")))
    t.type("k")
    await t.waitFor("No block above")
    expect(t.screen().at(-1)).not.toMatch(/stop|type into it/)
    t.keys("esc")
    await ready(t)
  })

  itOnScreens("counts what has come while the view was held, apart from what is below", async (t) => {
    t.type("seq 1 60; read; seq 61 75; read\r")
    await t.waitFor(/^60$/m)
    t.keys("ctrl+\\", "n", "g")
    await t.waitFor((rows) => rows[1]!.startsWith("●▸ 1 seq 1 60") && rows[2] === "1")
    const below = () => Number(/↓ ([\d,]+) rows below/.exec(t.screen().join("\n"))?.[1])
    const before = below()
    const held = t.screen().slice(2, 12)
    t.type("q\r")
    await t.waitFor(/↓ \d+ rows below, 1[56] new lines/)
    expect(below()).toBeGreaterThanOrEqual(before + 15)
    expect(t.screen().slice(2, 12)).toEqual(held)
    t.keys("enter")
    await t.waitFor(" EDITOR ")
  })
})

describe("folding", () => {
  itOnScreens(
    "shows the first and last lines of a folded block, and folds long successes when asked to",
    async (t) => {
      t.type("seq 1 40\r")
      await t.waitFor((rows) => rows.includes("⋯ 35 lines folded"))
      expect(shownBlocks(t.screen())[0]).toMatchObject({ header: expect.stringMatching(/^seq 1 40 {2}⋯ 40 lines/) })
      expect(t.screen().slice(t.screen().indexOf("1"), t.screen().indexOf("40") + 1)).toEqual([
        ..."1 2".split(" "),
        "⋯ 35 lines folded",
        ..."38 39 40".split(" ")
      ])
      // A failure stays open, and what is short does.
      t.type("seq 1 12; (exit 3)\r")
      await t.waitFor((rows) => shownBlocks(rows).some(({ number, sign }) => number === 2 && sign === "✗"))
      expect(t.screen()).toContain("7")
      await run(t, "echo on''e")
      t.keys("esc")
      await t.waitFor(" NAVIGATE ")
      t.type("gf")
      await t.waitFor((rows) => shownBlocks(rows)[0]?.rows[2] === "3")
      t.type("f")
      await t.waitFor((rows) => rows.includes("⋯ 35 lines folded"))
      t.type("q")
      await ready(t)
      t.keys("ctrl+d")
      await t.exit
      // It comes back as it was left.
      const again = await t.restart({ args: [BINARY, "--continue"] })
      await using _ = again
      await again.waitFor(/^✓ {2}1 .*seq 1 40 {2}⋯ 40 lines/m)
    },
    { env: { EFFECTTALK_AUTO_FOLD_LINES: "10" } }
  )
})

describe("a new page", () => {
  itOnScreens("begins with Ctrl+L and with clear: the blocks stay above", async (t) => {
    await run(t, "echo o''ne")
    t.keys("ctrl+l")
    await t.waitFor((rows) => rows.some((row) => row.includes("A new page")) && shownBlocks(rows).length === 0)
    expect((await run(t, "echo t''wo")).rows[0]).toBe("two")
    expect(shownBlocks(t.screen()).map(({ number }) => number)).toEqual([2])
    t.keys("pageup")
    await t.waitFor("one")
    t.keys("pagedown")
    await t.waitFor((rows) => !rows.includes("one"))
    t.type("clear\r")
    await t.waitFor((rows) => shownBlocks(rows).length === 0)
    expect((await run(t, "echo f''our")).number).toBe(4)
    expect(shownBlocks(t.screen()).map(({ number }) => number)).toEqual([4])
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.type("g")
    await t.waitFor((rows) => rows[1]!.includes("echo o''ne") && rows.includes("two") && rows.includes("four"))
  })
})

describe("the mouse", () => {
  itOnScreens("scrolls, selects, folds and places the cursor, and is left to the terminal on request", async (t) => {
    await inModes(t, { mouse: "vt200", mouseSgr: true })
    t.type("seq 1 100\r")
    await t.waitFor((rows) => rows.includes("100") && isReady(rows))
    const top = Number(t.row(2))
    t.mouse({ action: "wheel-up", x: 5, y: 5 })
    await t.waitFor((rows) => rows[2] === String(top - 3))
    // A press on the header that stands over the block folds it, and nobody's keyboard changes.
    t.mouse({ action: "press", x: 5, y: 1 })
    t.mouse({ action: "release", x: 5, y: 1 })
    await t.waitFor((rows) => rows.includes("⋯ 95 lines folded") && rows.some((row) => row.startsWith(" EDITOR ")))
    const { y } = t.find("⋯ 95 lines folded")
    t.mouse({ action: "press", x: 0, y })
    await t.waitFor(
      (rows) => rows.some((row) => row.startsWith("✓▸ 1 seq")) && rows.some((row) => row.startsWith(" NAVIGATE "))
    )
    t.keys("esc")
    await ready(t)
    t.type("echo abc")
    await t.waitFor("$ echo abc")
    const prompt = t.find("$ echo abc")
    t.mouse({ action: "press", x: prompt.x + "$ echo ".length, y: prompt.y })
    await t.waitFor(() => t.cursor.x === prompt.x + "$ echo ".length)
    t.type("x")
    await t.waitFor("$ echo xabc")
    t.keys("ctrl+\\", "m")
    await t.waitFor("The mouse is the terminal's")
    await inModes(t, { mouse: "none" })
    t.keys("ctrl+\\", "m")
    await t.waitFor("The mouse is EffectTalk's")
    await inModes(t, { mouse: "vt200", mouseSgr: true })
  })

  it("scrolls the blocks under a running program that does not ask for it, and is left alone by MOUSE=false", async () => {
    await using t = await effecttalk({ cols: 80, rows: 24 })
    await ready(t)
    t.type("seq 1 100; cat -v\r")
    await t.waitFor((rows) => rows.includes("100") && rows.some((row) => row.startsWith(" PROGRAM ")))
    const top = Number(t.row(2))
    t.mouse({ action: "wheel-up", x: 5, y: 5 })
    await t.waitFor((rows) => rows[2] === String(top - 3))
    t.type("typed\r")
    // The wheel was no input of the program.
    t.keys("ctrl+\\", "n", "G")
    await t.waitFor((rows) => rows.filter((row) => row === "typed").length === 2)
    expect(t.screen().join("\n")).not.toContain("^[")
    await using u = await effecttalk({ cols: 80, rows: 24, env: { EFFECTTALK_MOUSE: "false" } })
    await ready(u)
    expect(u.modes.mouse).toBe("none")
  })
})
