import { expect } from "vitest"
import { run, screenOf, shownBlocks } from "../harness/blocks.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"

/** The rows of a block's output, by its number; those of the last block end where the prompt stands. */
const outputOf = (t: Terminal, number: number): ReadonlyArray<string> =>
  shownBlocks(t.screen())
    .find((block) => block.number === number)
    ?.rows.filter((row) => row !== "") ?? []

itOnScreens("filters the lines of a block, while typing, and shows it whole again", async (t) => {
  await run(t, "seq 1 60 | sed 's/^/value /'")
  await run(t, "printf 'Info\\nwarn: low\\nError: disk\\ninfo again\\n'")
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
  const before = screenOf(t)

  // What matches, as it is typed; how many of how many, under the header and on the status line.
  t.type("&")
  await t.waitFor(" FILTER ")
  t.type("info")
  await t.waitFor(" FILTER  2 of 4 lines ")
  expect(outputOf(t, 2).slice(0, 3)).toEqual(["     └ filter info · 2 of 4 lines", "Info", "info again"])
  t.keys("alt+c")
  await t.waitFor(" FILTER  1 of 4 lines · exact case ")
  expect(outputOf(t, 2).slice(1, 2)).toEqual(["info again"])

  // The other lines: by a key, and by ! before the pattern.
  t.keys("alt+c", "alt+i")
  await t.waitFor(" FILTER  2 of 4 lines · inverted, any case ")
  t.keys("ctrl+a")
  t.type("!")
  await t.waitFor(" FILTER  2 of 4 lines · any case ")

  // An expression; one that is half written takes nothing away.
  t.keys("alt+i", "ctrl+e", "ctrl+u", "alt+r")
  t.type("^(warn|Err")
  await t.waitFor("not a regular expression")
  expect(outputOf(t, 2).length).toBeGreaterThan(1)
  t.type(")")
  await t.waitFor(" FILTER  2 of 4 lines · any case, regex ")
  expect(outputOf(t, 2).slice(1, 3)).toEqual(["warn: low", "Error: disk"])

  // Escape: as it was before.
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
  expect(screenOf(t)).toEqual(before)

  // Lines around, with what is left out between the groups; Enter keeps it, and it is what is copied.
  t.type("kk&")
  await t.waitFor(" FILTER ")
  t.type("5")
  t.keys("alt+n")
  await t.waitFor(" FILTER  15 of 60 lines · 1 line around ")
  expect(outputOf(t, 1).slice(1, 8)).toEqual([
    "value 4",
    "value 5",
    "value 6",
    "┄┄ 7 lines left out ┄┄",
    "value 14",
    "value 15",
    "value 16"
  ])
  t.keys("enter")
  await t.waitFor(" NAVIGATE  15 of 60 lines ")
  t.type("c")
  await t.waitFor(/ent 27 lines .*; only/)
  // What is found is found in what is shown.
  t.type("/")
  await t.waitFor(" FIND ")
  t.type("value 7")
  await t.waitFor(" FIND  no match ")
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")

  // Again, to take it away.
  t.type("&")
  await t.waitFor("&5")
  t.keys("ctrl+u")
  await t.waitFor("&lines to show")
  t.keys("enter")
  await t.waitFor("The whole block is shown")
  expect(outputOf(t, 1).slice(0, 3)).toEqual(["value 1", "value 2", "value 3"])
})

itOnScreens("filters what a running block prints as it comes", async (t) => {
  t.type("echo yes 1; read go; echo no 2; echo yes 3; read go\r")
  await t.waitFor(/^yes 1$/m)
  t.keys("ctrl+\\", "n")
  await t.waitFor(" NAVIGATE ")
  t.type("&")
  await t.waitFor(" FILTER ")
  t.type("yes")
  await t.waitFor(" FILTER  1 of ")
  t.keys("enter")
  await t.waitFor(" NAVIGATE ")
  t.type("q")
  await t.waitFor(" PROGRAM ")
  t.type("go\r")
  await t.waitFor((rows) => rows.includes("yes 3"))
  expect(outputOf(t, 1)).toContain("yes 1")
  expect(outputOf(t, 1)).not.toContain("no 2")
  t.type("go\r")
  await t.waitFor(" EDITOR ")
})
