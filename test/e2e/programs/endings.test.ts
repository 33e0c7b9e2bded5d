import { describe, expect, it } from "vitest"
import { ready } from "../../harness/blocks.ts"
import { effecttalk } from "../../harness/effecttalk.ts"
import { itWith } from "../../harness/tools.ts"
import { leavesNothing, nameOf, type Program, start, take, type, widerTo } from "./session.ts"
import { SOURCE, SPINNER, VIMRC } from "./texts.ts"

/** Ended in the middle of their picture, with modes on. */
const KILLED: ReadonlyArray<Program & { readonly process: string }> = [
  {
    tools: ["fzf"],
    command: "echo above; seq 100 | fzf --height 40% --border",
    process: "fzf --height",
    inline: true,
    opens: "100/100",
    steps: [type("5", "19/100"), widerTo(/─{85}/)],
    quit: () => {}
  },
  {
    tools: ["dialog"],
    command: "dialog --menu 'Which one?' 12 40 3 a alpha b beta",
    process: "dialog --menu",
    inline: true,
    opens: "Which one?",
    steps: [],
    quit: () => {}
  },
  {
    tools: ["bash"],
    name: "a spinner",
    command: "bash ~/spinner",
    files: { spinner: SPINNER },
    process: "bash /",
    inline: true,
    opens: "⠋ resolving",
    steps: [type("n", "⠙"), type("nnn", "25%")],
    quit: () => {}
  },
  {
    tools: ["vim"],
    command: "vim -u ~/vimrc a.c",
    files: { vimrc: VIMRC, "a.c": SOURCE },
    process: "vim -u",
    opens: "int main",
    steps: [type("i", "INSERT")],
    quit: () => {}
  },
  { tools: ["htop"], command: "htop -d 100", process: "htop -d", opens: "F10Quit", steps: [], quit: () => {} }
]

describe("a program that is killed leaves its last picture, and nothing else", () => {
  for (const program of KILLED) {
    itWith([...program.tools, "script"], nameOf(program), async () => {
      await using started = await start(program)
      const { t, reference, agrees } = started
      for (const step of program.steps) {
        await take(step, t)
        await agrees()
      }
      const victims = t.processes().filter(({ command }) => command.startsWith(program.process))
      expect(victims).toHaveLength(1)
      process.kill(victims[0]!.pid, "SIGKILL")
      await ready(t)
      if (program.inline) {
        t.resize(t.emulator.xterm.cols, t.emulator.xterm.rows + 10)
        await reference.agreesFrozen(t)
      }
      await leavesNothing(t)
    })
  }
})

/** What /dev/urandom gives, but the same in every run: xorshift32. */
const noise = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  let state = 0x9e3779b9
  for (let i = 0; i < size; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state >>> 24
  }
  return bytes
}

describe("a program that prints without end or sense", () => {
  it("yes: is ended by Ctrl+C at once", async () => {
    await using t = await effecttalk()
    await ready(t)
    t.type("yes\r")
    await t.waitFor((rows) => rows[1]?.startsWith("●") === true && rows.slice(2, 21).every((row) => row === "y"))
    t.keys("ctrl+c")
    await ready(t)
    expect(t.screen().at(-3)).toMatch(/^y?\^C$/)
    await leavesNothing(t)
  })

  it("cat /dev/urandom: does nothing to the blocks after it", async () => {
    await using t = await effecttalk()
    t.home.write("noise", noise(256 * 1024))
    await ready(t)
    t.type("cat noise\r")
    await t.waitFor((rows) => rows.some((row) => row.startsWith(" PROGRAM ")))
    await ready(t)
    await leavesNothing(t)
  })
})
