// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ended, leave, ready, run, shownBlocks } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import type { Terminal } from "../harness/Terminal.ts"

const wide = { cols: 100, rows: 40 }

/** Everything that was written below a directory, names included. */
const everythingIn = (directory: string): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return `${path}\n${entry.isFile() ? readFileSync(path, "latin1") : ""}`
    })
    .join("\n")

/** The text in the editor: what stands behind the prompt's `$ ` and on the rows after it, gutter cut. */
const edited = (t: Terminal): string => {
  const rows = t.screen()
  const status = rows.findIndex((row) => row.startsWith(" EDITOR "))
  const prompt = rows.slice(0, status).findLastIndex((row) => row.startsWith("$ ") || row === "$")
  return rows.slice(prompt, status).join("\n")
}

describe("a text of several lines", () => {
  it("is written with Alt+Enter and runs as one block", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("for i in 1 2 3; do")
    t.keys("alt+enter")
    t.type("  echo line $i")
    t.keys("alt+enter")
    t.type("done\r")
    const block = await ended(t, 0)
    expect(block.rows).toEqual(expect.arrayContaining(["line 1", "line 2", "line 3"]))
    const blocks = await leave(t)
    expect(blocks).toHaveLength(1)
    expect(blocks[0]).toMatchObject({
      command: "for i in 1 2 3; do\n  echo line $i\ndone",
      stdout: "line 1\nline 2\nline 3\n"
    })
  })

  it("is pasted, waits for Enter, and keeps tabs, quotes and blank lines of a here-document", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.paste("cat <<'END'\n\ttab $HOME\n\n  'quoted' \"too\" `x` \\\nEND\ncat -A <<<'é'\n")
    await t.waitFor(/cat -A/)
    expect(shownBlocks(t.screen())).toEqual([])
    t.keys("enter")
    await ended(t, 0)
    const [block] = await leave(t)
    expect(block?.stdout).toBe("\ttab $HOME\n\n  'quoted' \"too\" `x` \\\nM-CM-)$\n")
  })

  it("of 10,000 characters in one line or in many arrives whole", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    const word = "0123456789".repeat(1000)
    t.paste(`printf %s '${word}' | md5sum; echo one-line`)
    t.keys("enter")
    await t.waitFor(/^one-line$/m)
    await ready(t)
    const lines = Array.from({ length: 500 }, (_, i) => `echo line $((${i} + 1)) >> out # padding`).join("\n")
    t.paste(`${lines}\nwc -l < out`)
    t.keys("enter")
    await t.waitFor(/^500$/m)
    const [first, second] = await leave(t)
    expect(first?.command).toBe(`printf %s '${word}' | md5sum; echo one-line`)
    expect(first?.stdout).toBe(`${createHash("md5").update(word).digest("hex")}  -\none-line\n`)
    expect(second?.command).toBe(`${lines}\nwc -l < out`)
    expect(t.home.read("out")).toBe(Array.from({ length: 500 }, (_, i) => `line ${i + 1}\n`).join(""))
  })

  it("that is not finished goes on in the editor with a new line, and nothing has run", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("echo 'first\r")
    await t.waitFor(() => edited(t).split("\n").length === 2)
    expect(shownBlocks(t.screen())).toEqual([])
    t.type("second'\r")
    const block = await ended(t, 0)
    expect(block.rows).toEqual(expect.arrayContaining(["first", "second"]))
    for (const open of ["for i in a b", "cat <<X", "if true; then", "echo $(", "{ echo a", "echo \\"]) {
      t.type(`${open}\r`)
      await t.waitFor(() => edited(t).split("\n").length === 2)
      t.keys("ctrl+c")
      await t.waitFor(() => edited(t) === "$")
    }
    const blocks = await leave(t)
    expect(blocks).toHaveLength(1)
    expect(blocks[0]).toMatchObject({ command: "echo 'first\nsecond'", stdout: "first\nsecond\n" })
    expect(t.home.read(".bash_history")).toBe("echo 'first\nsecond'\n")
  })
})

describe("a program that reads", () => {
  it("gets what is typed, and the block shows what the terminal echoed", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("read -p 'name? ' name; echo \"hello $name\"\r")
    await t.waitFor(/^name\?/m)
    t.type("Ada\r")
    await t.waitFor(/^hello Ada$/m)
    const [block] = await leave(t)
    expect(block?.stdout).toBe("name? Ada\nhello Ada\n")
  })

  it("may edit a line itself", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("read -e -p 'edit> ' line; echo \"got <$line>\"\r")
    await t.waitFor("edit> ")
    await t.waitFor(" PROGRAM ")
    t.type("abd")
    await t.waitFor(/^edit> abd$/m)
    t.keys("left", "backspace")
    t.type("X\r")
    await t.waitFor(/^got <aXd>$/m)
    await ready(t)
    expect((await run(t, "echo fine")).rows[0]).toBe("fine")
  })

  it("may ask for a password, which is never on the screen nor in any file", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    const secret = "hunter2-tr0ub4dor"
    t.type("read -s -p 'password: ' pw; echo; echo \"${#pw} characters\"\r")
    await t.waitFor(/^password:/m)
    t.type(secret)
    t.keys("enter")
    await t.waitFor(/^17 characters$/m)
    await ready(t)
    expect(t.outputSince()).not.toContain("hunter2")
    await leave(t)
    expect(everythingIn(t.home.root)).not.toContain("hunter2")
  })

  it("sees the end of its input by Ctrl+D", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("cat > typed; echo rc=$?\r")
    await t.waitFor(" PROGRAM ")
    t.type("a line\r")
    await t.waitFor(/^a line$/m)
    t.keys("ctrl+d")
    await t.waitFor(/^rc=0$/m)
    expect(t.home.read("typed")).toBe("a line\n")
  })

  it("is stopped with Ctrl+Z and goes on with fg, its terminal modes too", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("less .bashrc\r")
    await t.waitFor("HISTFILE=~/.bash_history")
    await t.waitFor("(END)")
    t.keys("ctrl+z")
    await t.waitFor(/Stopped +less/)
    await ready(t)
    expect((await run(t, "stty -a | grep -c ' icanon'")).rows[0]).toBe("1")
    t.type("fg\r")
    // At the foot of the whole screen: less has drawn itself anew for its new size, and reads keys again.
    await t.waitFor((rows) => rows[38] === "(END)")
    t.keys("q")
    await ready(t)
    expect(shownBlocks(t.screen()).at(-1)?.sign).toBe("✓")
  })
})

describe("what is typed while a command runs", () => {
  it("and is read by nobody lands in the editor, and is never run", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("until [ -e go ]; do sleep 0.05; done; echo over\r")
    await t.waitFor(" PROGRAM ")
    t.type("touch never; echo one\rtouch never2\r")
    await t.waitFor(/^touch never2$/m)
    t.home.write("go", "")
    await t.waitFor(/^over$/m)
    await ready(t)
    await t.waitFor(() => edited(t).includes("touch never; echo one"))
    expect(edited(t)).toContain("touch never2")
    t.keys("ctrl+c")
    expect((await run(t, "ls never*; echo done")).rows.slice(0, 2)).toEqual([
      "ls: cannot access 'never*': No such file or directory",
      "done"
    ])
    const blocks = await leave(t)
    expect(blocks).toHaveLength(2)
    expect(blocks.flatMap(({ metadata }) => metadata.notices)).toEqual([])
  })

  it("stays a line of its own when more is typed behind it", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("until [ -e go ]; do sleep 0.05; done; echo over\r")
    await t.waitFor(" PROGRAM ")
    t.type("echo one\r")
    await t.waitFor(/^echo one$/m)
    t.home.write("go", "")
    await t.waitFor(/^over$/m)
    await t.waitFor(() => edited(t).includes("echo one"))
    t.type("echo two\r")
    await ended(t, 1)
    const [, block] = await leave(t)
    expect(block).toMatchObject({ command: "echo one\necho two", stdout: "one\ntwo\n" })
  })

  it("right behind Enter is the command's, byte for byte", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type('read -r a; read -r b; echo "<$a|$b>"\rfirst\rsecond\r')
    await t.waitFor("<first|second>")
  })

  it("before the first prompt lands in the editor", async () => {
    await using t = await effecttalk({ ...wide, rc: "until [ -e go ]; do sleep 0.05; done" })
    await t.waitFor(" EDITOR ")
    t.type("echo early")
    await t.waitFor("echo early")
    t.home.write("go", "")
    await ready(t)
    t.type(" bird\r")
    expect((await ended(t, 0)).rows[0]).toBe("early bird")
  })

  it("before the program has drawn anything is not lost", async () => {
    await using t = await effecttalk(wide)
    t.type("echo at once")
    await t.waitFor(/^\$ echo at once$/m)
  })
})
