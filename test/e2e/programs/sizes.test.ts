import { join } from "node:path"
import { describe, expect } from "vitest"
import { ready } from "../../harness/blocks.ts"
import { effecttalk } from "../../harness/effecttalk.ts"
import type { Terminal } from "../../harness/Terminal.ts"
import { itWith } from "../../harness/tools.ts"

/**
 * Writes every size it learns of into a file, the one it starts with first. Keys: `a` takes the alternate screen, `n`
 * leaves it, `q` ends it.
 */
const PROBE = `import fcntl, os, signal, struct, sys, termios, tty
def note(*_):
    size = struct.unpack("hh", fcntl.ioctl(0, termios.TIOCGWINSZ, b"0000"))
    with open("sizes", "a") as file: file.write("%d %d\\n" % size)
signal.signal(signal.SIGWINCH, note)
note()
old = termios.tcgetattr(0)
tty.setraw(0)
draw = {"a": "\\033[?1049h\\033[Halternate", "n": "\\033[?1049lnormal "}
for key in sys.argv[1]: os.write(1, draw[key].encode())
while (key := os.read(0, 1).decode()) != "q": os.write(1, draw[key].encode())
termios.tcsetattr(0, termios.TCSADRAIN, old)
`

/** The probe runs by the name of a program that is known to take the screen, and by one that is not. */
const RC = `less() { python3 ~/probe.py "$@"; }
other() { python3 ~/probe.py "$@"; }
`

const open = async (cols = 80, env: Record<string, string> = {}): Promise<Terminal> => {
  const t = await effecttalk({ cols, env, rc: RC, files: { "probe.py": PROBE } })
  await ready(t)
  return t
}

/** Waits until the probe has learned of these sizes and no other. */
const learns = async (t: Terminal, ...sizes: ReadonlyArray<string>): Promise<void> => {
  const all = `${sizes.join("\n")}\n`
  await t.waitForFile(join(t.home.path, "sizes"), all)
  expect(t.home.read("sizes")).toBe(all)
}

const end = async (t: Terminal): Promise<void> => {
  await t.waitFor(/^ PROGRAM /m) // a screen that still shows the editor is not that of the end
  t.type("q")
  await ready(t)
  t.home.remove("sizes")
}

describe("the size of a program's terminal", () => {
  itWith(["python3"], "is the screen's from the start for a program that is known to take it", async () => {
    await using t = await open()
    t.type("less a\r")
    await t.waitFor((rows) => rows[0] === "alternate")
    await learns(t, "23 80")
    // It runs a command among the blocks, and comes back.
    t.type("n")
    await learns(t, "23 80", "20 80")
    t.type("a")
    await learns(t, "23 80", "20 80", "23 80")
    await end(t)
  })

  itWith(["python3"], "is a block's, and the screen's once any other has drawn its picture there", async () => {
    await using t = await open()
    t.type("other a\r")
    await learns(t, "20 80", "23 80")
    await end(t)
  })

  itWith(["python3"], "is a block's for one that stays there although it is known to take the screen", async () => {
    await using t = await open()
    t.type("less n\r")
    await t.waitFor(/^normal$/m)
    await learns(t, "23 80", "20 80")
    await end(t)
    t.type("less n\r")
    await t.waitFor((rows) => rows.filter((row) => row === "normal").length === 2)
    t.type("a")
    await learns(t, "20 80", "23 80")
    await end(t)
    t.type("less a\r")
    await learns(t, "23 80")
    await end(t)
  })

  itWith(["python3"], "is as wide as the screen beside an open sidebar, too", async () => {
    await using t = await open(130, { EFFECTTALK_SIDEBAR: "auto" })
    t.type("other n\r")
    await t.waitFor(/^normal/m)
    await learns(t, "20 98")
    t.type("a")
    await learns(t, "20 98", "23 130")
    await end(t)
    t.type("less a\r")
    await learns(t, "23 130")
    await end(t)
  })

  itWith(["less"], "is the screen's for one that is stopped and brought back", async () => {
    const lines = Array.from({ length: 60 }, (_, i) => `line ${i + 1}`)
    await using t = await effecttalk({ files: { "a.txt": lines.join("\n") } })
    await ready(t)
    t.type("less -f a.txt\r")
    await t.waitFor((rows) => rows[21] === "line 22" && rows[22] === "a.txt")
    t.keys("ctrl+z")
    await ready(t)
    t.type("fg\r")
    await t.waitFor((rows) => rows[0] === "line 1" && rows[21] === "line 22" && rows[22] === ":")
    t.type(" ")
    await t.waitFor((rows) => rows[0] === "line 23" && rows[21] === "line 44")
    t.type("q")
    await ready(t)
  })

  itWith(["python3"], "is a program's own beside the session's shell", async () => {
    await using t = await open()
    t.type("python3 probe.py a")
    t.keys("ctrl+\\", "enter")
    await learns(t, "20 80", "23 80")
  })

  itWith(["vim", "less", "nano"], "wipes no first message", async () => {
    await using t = await effecttalk({ files: { "a.c": "one\ntwo\n" }, env: { LESSCHARSET: "utf-8" } })
    await ready(t)
    t.type("vim -u NONE -N a.c\r")
    await t.waitFor((rows) => rows[22]!.startsWith('"a.c" 2L, 8B'))
    t.type(":q\r")
    await ready(t)
    t.type("less -~ a.c\r")
    await t.waitFor((rows) => rows[0] === "one" && rows[2] === "a.c (END)")
    t.type("q")
    await ready(t)
    t.type("nano a.c\r")
    await t.waitFor((rows) => /\[ .+ \]/.test(rows[20]!))
    t.keys("ctrl+x")
    await ready(t)
  })
})

describe("a program that is resized while it starts", () => {
  itWith(["vim"], "vim, where nobody can know it, has its first line in the first row", async () => {
    const lines = Array.from({ length: 60 }, (_, i) => `line ${i + 1}`).join("\n")
    await using t = await effecttalk({ files: { "a.c": lines, vimrc: "set nocompatible ruler noswapfile\n" } })
    await ready(t)
    for (let start = 0; start < 5; start++) {
      t.type("eval vim -u vimrc a.c\r")
      // Its ruler stands in the last row of the screen's size.
      await t.waitFor((rows) => / 1,1 +Top$/.test(rows[22]!))
      expect(t.screen().slice(0, 22)).toEqual(lines.split("\n").slice(0, 22))
      t.type(":q\r")
      await ready(t)
    }
  })
})
