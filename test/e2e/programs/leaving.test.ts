import { statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { eventually } from "../../harness/eventually.ts"
import type { Terminal } from "../../harness/Terminal.ts"
import { itWith } from "../../harness/tools.ts"
import { type Program, type Started, start, typed } from "./session.ts"
import { SOURCE, VIMRC } from "./texts.ts"

/** vim changes its first line by itself once there is a file named go. */
const VIM: Program = {
  tools: ["vim"],
  command: "vim -u ~/vimrc a.c",
  files: {
    vimrc: `${VIMRC}func Look(timer)
  if filereadable($HOME .. "/go") && getline(1) !~ "changed"
    call setline(1, "/* changed */") | redraw
  endif
endfunc
call timer_start(20, "Look", {"repeat": -1})
`,
    "a.c": SOURCE
  },
  opens: "int main",
  steps: [],
  quit: typed(":qa!\r")
}

const HTOP: Program = { tools: ["htop"], command: "htop -d 5", opens: "F10Quit", steps: [], quit: typed("q") }

const toEditor = async (t: Terminal): Promise<void> => {
  t.keys("ctrl+\\", "e")
  await t.waitFor((rows) => rows.at(-1)?.startsWith(" EDITOR ") === true && rows.some((row) => row.startsWith("●")))
}

const toNavigation = async (t: Terminal): Promise<void> => {
  t.keys("ctrl+\\", "n")
  await t.waitFor((rows) => rows.at(-1)?.startsWith(" NAVIGATE ") === true && rows.some((row) => /^●[ ▸]/.test(row)))
}

/** Comes back to the program, which shows this; `row` says where, once its window has changed meanwhile. */
const back = async ({ t, agrees }: Started, shows: string, row?: number): Promise<void> => {
  t.keys("ctrl+\\", "esc")
  await t.waitFor((rows) => {
    const drawn = row === undefined ? rows.join("\n") : rows[row]!
    return rows.at(-1)?.startsWith(" PROGRAM ") === true && drawn.includes(shows)
  })
  await agrees()
}

/** Waits until the program prints, however little. */
const prints = async (t: Terminal): Promise<void> => {
  const size = () => statSync(join(t.home.path, "pty.bytes")).size
  const before = size()
  await eventually(() => expect(size()).toBeGreaterThan(before))
}

describe("the leader leaves a program running and comes back to its picture", () => {
  itWith(["vim", "script"], "vim", async () => {
    await using started = await start(VIM)
    const { t } = started
    t.type("/return\r")
    await t.waitFor("10,19-26")
    await toEditor(t)
    // The editor takes what is typed, the program does not.
    t.type("draft")
    await t.waitFor(/draft$/m)
    expect(t.screen().join("\n")).not.toContain("int main")
    await back(started, "10,19-26")
    await toNavigation(t)
    const printed = prints(t)
    t.home.write("go", "")
    await printed
    expect(t.screen().join("\n")).not.toContain("changed")
    await back(started, "/* changed */")
    await toEditor(t)
    t.resize(100, 30)
    await t.waitFor((rows) => rows.length === 30 && rows[29]!.startsWith(" EDITOR "))
    // Its last row: vim loses a key that comes before it has heard of its new size.
    await back(started, "10,19-26", 28)
    t.type("n")
    await t.waitFor("11,19-26")
    await started.agrees()
  })

  itWith(["htop", "script"], "htop", async () => {
    await using started = await start(HTOP)
    const { t } = started
    await toNavigation(t)
    expect(t.screen().join("\n")).not.toContain("F10Quit")
    await prints(t)
    await back(started, "F10Quit")
    await toEditor(t)
    await prints(t)
    t.resize(110, 30)
    await t.waitFor((rows) => rows.length === 30 && rows[29]!.startsWith(" EDITOR "))
    await back(started, "F10Quit", 28)
    t.keys("f5")
    await t.waitFor("F5List")
    await started.agrees()
  })
})
