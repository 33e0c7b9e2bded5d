import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { isReady, run } from "../harness/blocks.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"

/** The text of the row with the cursor, from the cursor on. */
const atCursor = (t: Terminal): string => t.row(t.cursor.y).slice(t.cursor.x)

/** What stands out as selected, row by row. */
const selectedCells = (t: Terminal): ReadonlyArray<string> =>
  t.screen().flatMap((row, y) => {
    // The status line and the header of the block that is selected stand out as well.
    if (/^ (SELECT|NAVIGATE) /.test(row) || row[1] === "▸") return []
    let text = ""
    for (let x = 0; x < t.emulator.xterm.cols; x++) if (t.cell(x, y).inverse) text += t.cell(x, y).char
    return text === "" ? [] : [text]
  })

const begin = async (t: Terminal, key: "v" | "V"): Promise<void> => {
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
  t.type(key)
  await t.waitFor(/^ SELECT /m)
}

describe("selecting in a block", () => {
  itOnScreens("selects characters by the keys of vi and copies them unwrapped, with tabs", async (t) => {
    const long = "0123456789".repeat(14)
    await run(t, `printf 'one two.three\\n漢字\\tb\\n%s\\nlast\\n' ${long}`)
    await begin(t, "v")
    await t.waitFor("1 character")
    expect(atCursor(t)).toBe("one two.three")
    t.type("we")
    await t.waitFor("7 characters")
    expect(selectedCells(t)).toEqual(["one two"])
    // The end that does not move is exchanged: now the selection begins at its last word.
    t.type("ow")
    await t.waitFor("3 characters")
    expect(selectedCells(t)).toEqual(["two"])
    t.type("oj")
    await t.waitFor("2 lines")
    expect(selectedCells(t)).toEqual(["two.three", "漢字    "])
    t.type("jy")
    await t.waitFor("Sent 3 lines")
    await t.waitFor(" NAVIGATE ")
    expect(t.emulator.clipboard).toEqual(["two.three\n漢字\tb\n0123456"])
    // Whole lines; the wrapped one is one, and is put into the editor as such.
    t.type("Vjj")
    await t.waitFor("3 lines")
    t.type("o")
    t.keys("down", "down")
    await t.waitFor("1 line ")
    t.type("i")
    await t.waitFor(/^ EDITOR /m)
    t.keys("ctrl+a")
    t.type("printf '<%s>\\n' ")
    t.keys("enter")
    await t.waitFor((rows) => rows.join("").includes(`<${long}>`))
  })

  itOnScreens("drops what is selected with Esc, then leaves; copies the line with the cursor", async (t) => {
    await run(t, "printf 'a\\nb\\nc\\n'; echo sideways >&2")
    await begin(t, "V")
    expect(selectedCells(t)).toEqual(["a"])
    t.keys("esc")
    await t.waitFor("line 1")
    expect(selectedCells(t)).toEqual([])
    t.type("j")
    await t.waitFor("line 2")
    t.keys("enter")
    await t.waitFor("Sent 1 line")
    expect(t.emulator.clipboard).toEqual(["b"])
    t.type("V")
    await t.waitFor(/^ SELECT /m)
    t.keys("esc")
    await t.waitFor("line 1")
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    expect(selectedCells(t)).toEqual([])
  })

  itOnScreens("unfolds a block, begins at the first line in view, goes through stdout and stderr", async (t) => {
    await run(t, "/split sh -c 'echo out; echo bad >&2'")
    await run(t, "true")
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.type("v")
    await t.waitFor("This block has no output")
    t.type("k")
    await t.waitFor(/▸ *1 sh/)
    t.type("f")
    await t.waitFor((rows) => !rows.includes("out"))
    t.type("V")
    await t.waitFor((rows) => rows.includes("out") && rows.some((row) => row.includes("1 line ")))
    expect(atCursor(t)).toBe("out")
    t.type("G")
    await t.waitFor("2 lines")
    expect(t.row(t.cursor.y)).toBe("bad")
    t.type("y")
    await t.waitFor("Sent 2 lines")
    expect(t.emulator.clipboard).toEqual(["out\nbad"])
    t.keys("esc")
    await t.waitFor(/^ EDITOR /m)
    t.type("seq 100 199; echo end\r")
    await t.waitFor((rows) => rows.includes("end") && isReady(rows))
    await begin(t, "v")
    // Of 100 lines the first are above the view.
    expect(Number(atCursor(t))).toBeGreaterThan(100)
    expect(t.cursor.y).toBeLessThanOrEqual(2)
    t.keys("ctrl+u")
    await t.waitFor(() => Number(atCursor(t)) < 160)
    t.type("g")
    await t.waitFor(() => atCursor(t) === "100")
    t.keys("pagedown", "end")
    t.type("q")
    await t.waitFor(" NAVIGATE ")
  })

  itOnScreens(
    "stays on its lines in a block that prints on, and ends when the output limit takes them",
    async (t) => {
      const log = join(t.home.path, "log")
      appendFileSync(log, "one\ntwo\n")
      t.type("tail -n +1 -f log\r")
      await t.waitFor(/^two/m)
      t.keys("ctrl+\\")
      t.type("n")
      await t.waitFor(" NAVIGATE ")
      t.type("Vj")
      await t.waitFor("2 lines")
      const row = t.cursor.y
      expect(selectedCells(t)).toEqual(["one", "two"])
      appendFileSync(log, `${Array.from({ length: 100 }, (_, i) => `more ${i}`).join("\n")}\n`)
      await t.waitFor("rows below, 100 new lines")
      expect(selectedCells(t).slice(-1)).toEqual(["two"])
      expect(t.row(t.cursor.y)).toBe("two")
      t.type("jj")
      await t.waitFor("4 lines")
      expect(t.row(t.cursor.y)).toBe("more 1")
      expect(t.cursor.y).toBeLessThanOrEqual(row + 2)
      t.keys("esc")
      await t.waitFor("line 4")
      const lines = (count: number) => `${"x".repeat(99)}\n`.repeat(count)
      // The first half of what is kept stays; what is selected below it is soon the middle of too much.
      appendFileSync(log, lines(400))
      await t.waitFor(/ [45]\d\d new/)
      t.type("GVk")
      await t.waitFor("2 lines")
      appendFileSync(log, lines(2_000))
      await t.waitFor("The selected lines are gone")
      await t.waitFor(" NAVIGATE ")
      expect(selectedCells(t)).toEqual([])
    },
    { env: { MAX_BLOCK_OUTPUT_SIZE: "65536" } }
  )
})
