import { expect } from "vitest"
import { run, screenOf } from "../harness/blocks.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"

/** The status line. */
const status = (t: Terminal): string => t.screen().at(-1) ?? ""

/** The number of the selected block, the screen's only one with the mark. */
const selected = (t: Terminal): number => {
  const row = t.screen().find((each) => /^[✓✗⊘●○]▸/.test(each))
  return Number(/^.▸ *(\d+)/.exec(row ?? "")?.[1])
}

/** What stands out on the row that reads `row`: its cells with a background of their own. */
const marked = (t: Terminal, row: string): string => {
  const y = t.screen().indexOf(row)
  if (y < 0) throw new Error(`no such row: ${row}\n${t.screen().join("\n")}`)
  const cells = Array.from({ length: t.emulator.xterm.cols }, (_, x) => t.cell(x, y))
  return cells.map(({ bg, char }) => (bg === "default" ? "" : char)).join("")
}

itOnScreens("finds while typing, walks from hit to hit, keeps one or goes back to where it was", async (t) => {
  await run(t, "seq 1 90 | sed 's/^/value /'; false")
  await run(t, "echo 'error: one'; echo 'no Error here'")
  await run(t, "echo plain; echo 会議 error 🚀 end")
  const before = screenOf(t)

  // From the editor, by the leader; each letter narrows, and the hit nearest above the end of the view is shown.
  t.keys("ctrl+\\", "/")
  await t.waitFor(" FIND ")
  t.type("err")
  await t.waitFor(" FIND  1 of 5 ")
  expect(selected(t)).toBe(3)
  expect(marked(t, "会議 error 🚀 end")).toBe("err")
  t.type("or")
  await t.waitFor("/error\n FIND  1 of 5 ")
  expect(marked(t, "no Error here")).toBe("Error")

  // Up is older, down is newer, also in the middle of typing.
  t.keys("up")
  await t.waitFor(" FIND  2 of 5 ")
  t.keys("ctrl+p", "ctrl+p")
  await t.waitFor(" FIND  4 of 5 ")
  expect(selected(t)).toBe(2)
  t.keys("down")
  await t.waitFor(" FIND  3 of 5 ")

  // Case, whole words, expression: said on the status line, and gone back on.
  t.keys("alt+c")
  await t.waitFor(/ FIND {2}\d of 4 · exact case /)
  t.keys("alt+c", "alt+w")
  await t.waitFor(/ FIND {2}\d of 5 · any case, words /)
  t.keys("ctrl+u")
  t.type("erro")
  await t.waitFor(" FIND  no match · any case, words ")
  t.keys("alt+w", "alt+r", "ctrl+u")
  t.type("err(")
  await t.waitFor("not a regular expression: Unterminated group")
  t.keys("backspace")
  t.type(".r:")
  await t.waitFor(/ FIND {2}1 of 2 · any case, regex /)

  // Nothing found: where it was. Escape: exactly where it was.
  t.type("nothing")
  await t.waitFor(" FIND  no match ")
  expect(screenOf(t).slice(0, -2)).toEqual(before.slice(0, -2))
  t.keys("ctrl+u")
  t.type("^value 7$")
  await t.waitFor(" FIND  1 of 1 ")
  expect(marked(t, "value 7")).toBe("value 7")
  t.keys("esc")
  await t.waitFor(" EDITOR ")
  expect(screenOf(t)).toEqual(before)

  // Enter keeps the hit and navigates, with the block selected: n, N and c go on from there.
  t.keys("ctrl+\\", "/")
  await t.waitFor(" FIND ")
  t.type("value 1")
  await t.waitFor(" FIND  1 of 11 ")
  t.keys("enter")
  await t.waitFor(" NAVIGATE  1 of 11: n goes up, N down ")
  expect(selected(t)).toBe(1)
  t.keys("n")
  await t.waitFor(" NAVIGATE  2 of 11:")
  t.keys("N", "N")
  await t.waitFor(" NAVIGATE  11 of 11:")
  expect(marked(t, "value 1")).toBe("value 1")
  t.keys("c")
  await t.waitFor(/Sent 90 lines/)

  // The last pattern is offered again, and what was found is unmarked once navigation ends.
  t.keys("esc")
  await t.waitFor(" EDITOR ")
  await t.waitFor(() => marked(t, "value 1") === "")
  t.keys("ctrl+\\", "/")
  await t.waitFor("/value 1")
  t.keys("enter")
  await t.waitFor(/ NAVIGATE {2}\d+ of 11:/)

  // A selection begins at the hit.
  t.keys("n", "v", "e", "e", "i")
  await t.waitFor(/\$ value 1\d\n/)
})

itOnScreens("finds in folded blocks, in a running one, and stops an expression that would never end", async (t) => {
  await run(t, "echo nee''dle; seq 3; echo last")
  await run(t, "printf 'a%.0s' $(seq 40); echo b")
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
  t.keys("F")
  await t.waitFor((rows) => !rows.includes("last"))
  t.keys("/")
  await t.waitFor(" FIND ")
  t.type("needle")
  await t.waitFor(" FIND  1 of 1 ")
  // Looked into, and folded again when it is left.
  expect(marked(t, "needle")).toBe("needle")
  expect(t.screen()).toContain("last")
  t.keys("esc")
  await t.waitFor((rows) => !rows.includes("last") && / NAVIGATE /.test(rows.at(-1)!))
  // Kept, it is folded by the key that folds.
  t.keys("/", "up", "enter")
  await t.waitFor(/ NAVIGATE {2}1 of 1/)
  expect(t.screen()).toContain("last")
  t.type("f")
  await t.waitFor((rows) => !rows.includes("last"))

  t.keys("/", "alt+r")
  await t.waitFor("regex")
  t.type("(a+)+$")
  await t.waitFor("this expression takes too long")
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
  t.type("q")
  await t.waitFor(" EDITOR ")

  // A program has the keyboard; what it prints while the search is open is counted.
  t.type("read go; echo fresh; read go\r")
  await t.waitFor(" PROGRAM ")
  t.keys("ctrl+\\", "/")
  await t.waitFor(" FIND ")
  t.type("fresh")
  await t.waitFor(" FIND  1 of 1 ")
  t.keys("esc")
  await t.waitFor(" PROGRAM ")
  t.type("go\r")
  await t.waitFor((rows) => rows.includes("fresh"))
  t.keys("ctrl+\\", "/", "up")
  await t.waitFor("/fresh\n FIND  1 of 2 ")
  expect(status(t)).toContain("1 of 2")
  t.keys("esc")
  await t.waitFor(" PROGRAM ")
  t.type("go\r")
  await t.waitFor(" EDITOR ")
})
