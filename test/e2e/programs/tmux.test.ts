import { describe, expect } from "vitest"
import { ready } from "../../harness/blocks.ts"
import { Emulator } from "../../harness/Emulator.ts"
import { effecttalk } from "../../harness/effecttalk.ts"
import { eventually } from "../../harness/eventually.ts"
import { encodeKey, encodeMouse } from "../../harness/keys.ts"
import { processesOf } from "../../harness/processes.ts"
import { cellDifferences } from "../../harness/reference.ts"
import { type Tmux, tmux } from "../../harness/tmux.ts"
import { itWith } from "../../harness/tools.ts"
import { SCREEN_PROGRAMS } from "./screenPrograms.ts"
import { type Keyboard, nameOf, type Program, shown, take } from "./session.ts"

/**
 * Until nothing in the pane is busy any more. A program that looks for a new size and then reads its next key (nano)
 * loses one that is told in between, in any terminal but one that tells it twice.
 */
const idle = async (pane: Tmux): Promise<void> => {
  await eventually(() => expect(processesOf(pane.home.path).filter(({ asleep }) => !asleep)).toEqual([]))
}

/** A pane of tmux as a window whose last row, EffectTalk's own, is not there. */
const keyboardOf = (pane: Tmux): Keyboard => ({
  type: (text) => pane.type(text),
  keys: async (...names) => {
    const application = (await pane.format("#{keypad_cursor_flag}")) === "1"
    await pane.type(names.map((name) => encodeKey(name, application)).join(""))
  },
  paste: (text) => pane.type(`\x1b[200~${text.replaceAll("\n", "\r")}\x1b[201~`),
  mouse: (event) => pane.type(encodeMouse(event)),
  resize: async (cols, rows) => {
    await idle(pane)
    await pane.resize(cols, rows - 1)
  }
})

/**
 * The pane's picture, drawn again from tmux's own account of it. That tells nothing of what was erased behind the last
 * character of a row: those cells are invisible blanks here, of any background.
 */
const pictureOf = async (pane: Tmux, cols: number, rows: number): Promise<Emulator> => {
  const lines = await pane.styledScreen()
  const [x, y, visible] = (await pane.format("#{cursor_x} #{cursor_y} #{cursor_flag}")).split(" ").map(Number)
  const picture = new Emulator({ cols, rows })
  const untold = lines.map((_, row) => `\x1b[${row + 1}H${" ".repeat(cols)}`).join("")
  const drawn = lines.map((line, row) => `\x1b[${row + 1}H${line}`).join("")
  const bytes = `\x1b)0\x1b[8m${untold}\x1b[m${drawn}\x1b[m\x1b[${y! + 1};${x! + 1}H${visible === 1 ? "" : "\x1b[?25l"}`
  await new Promise<void>((resolve) => picture.write(bytes, resolve))
  return picture
}

/** Both sessions side by side: the same keys, in EffectTalk and in a bare pane. */
const beside = async (program: Program): Promise<void> => {
  const env = { COLORTERM: "truecolor", LESSCHARSET: "utf-8" }
  const files = { program: nameOf(program), ...program.files }
  const words = ["env", "TERM=xterm-256color", ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]
  await using pane = await tmux({ files, cols: 80, rows: 23, program: [...words, "bash", "-c", ". ~/program"] })
  await using t = await effecttalk({ env, files })
  const other = keyboardOf(pane)
  const agree = () =>
    eventually(async () => {
      const { cols, rows } = t.emulator.xterm
      using picture = await pictureOf(pane, cols, rows - 1)
      const [mine, theirs] = [t.cursor, picture.cursor]
      expect(cellDifferences(picture, t.emulator, { cols, rows: rows - 1, onlyVisible: true })).toBe("")
      expect(mine.visible).toBe(theirs.visible)
      if (mine.visible) expect([mine.x, mine.y]).toEqual([theirs.x, theirs.y])
    })
  await ready(t)
  t.type(`${nameOf(program)}\r`)
  await shown(t, program.opens)
  await agree()
  for (const step of program.steps) {
    await take(step, t, other)
    await agree()
  }
}

describe("a full-screen program is painted as tmux paints it after the same keys", () => {
  for (const program of SCREEN_PROGRAMS.filter(({ tools }) =>
    ["vim", "less", "man", "fzf", "nano"].includes(tools[0]!)
  ))
    itWith([...program.tools, "tmux"], nameOf(program), () => beside(program))
})
