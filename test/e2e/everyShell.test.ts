/**
 * A session's hours in the real program, the same in every shell: plain, with start files that make it hard, and with all
 * of the distribution's packages. test/shell/table holds the details, without a screen.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ended, gone, inForeground, isReady, leave, ready, run, shownBlocks, storedSession } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { which } from "../harness/tools.ts"
import { RC_FILES, type ShellName } from "../shell/TestShell.ts"
import { missing, SETUPS, type Setup } from "../shell/table/setups.ts"
import { WORDS } from "../shell/table/words.ts"

const wide = { cols: 110, rows: 40 }

/** What keeps a history file, where the shell keeps none unless told. */
const HISTORY: Readonly<Record<ShellName, string>> = {
  bash: "HISTFILE=~/.bash_history\n",
  zsh: "HISTFILE=~/.zsh_history SAVEHIST=1000 HISTSIZE=1000\n",
  fish: ""
}

/** The shell's history file, below the home directory. */
const HISTORY_FILE: Readonly<Record<ShellName, string>> = {
  bash: ".bash_history",
  zsh: ".zsh_history",
  fish: ".local/share/fish/fish_history"
}

const setups = SETUPS.filter(({ name }) => ["plain", "heavy start files", "all packages"].includes(name))

const start = ({ shell, rc }: Setup) =>
  effecttalk({ ...wide, env: { SHELL: which(shell)! }, files: { [RC_FILES[shell]]: HISTORY[shell] + rc } })

/** Everything that was written below a directory. */
const everythingIn = (directory: string): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n")

for (const setup of setups) {
  const words = WORDS[setup.shell]
  const absent = missing(setup)
  const test = absent.length > 0 ? it.skip : it
  const needs = absent.length > 0 ? ` (needs ${absent.join(", ")})` : ""

  describe(`${setup.shell}, ${setup.name}${needs}`, () => {
    test("keeps its state from block to block, and tells how each has ended", async () => {
      await using t = await start(setup)
      expect((await run(t, "cd /usr/share")).sign).toBe("✓")
      expect(t.row(0)).toMatch(/ \/usr\/share\b/)
      await run(t, words.export("GREETING", "'good day'"))
      expect((await run(t, "pwd; sh -c 'echo $GREETING'")).rows.slice(0, 2)).toEqual(["/usr/share", "good day"])
      expect((await run(t, "sh -c 'exit 7'")).header).toMatch(/exit 7/)
      expect((await run(t, `echo ${words.status}`)).rows[0]).toBe("7")
      expect((await run(t, "sh -c 'kill -9 $$'")).header).toMatch(/SIGKILL/)
      const missingOne = await run(t, "nosuch")
      expect(missingOne.header).toMatch(/exit 127/)
      expect(missingOne.rows.join("\n")).toMatch(words.notFound)
      await run(t, words.define("greet"))
      expect((await run(t, "greet you")).rows[0]).toBe("[you]")

      t.keys("ctrl+d")
      await gone(t)
      const { environment, workingDirectory } = storedSession(t.home)
      expect(environment).toMatchObject({ GREETING: "good day" })
      expect(workingDirectory).toBe("/usr/share")
      expect(t.home.read(HISTORY_FILE[setup.shell])).toMatch(/greet you/)
      expect(t.home.read(HISTORY_FILE[setup.shell])).not.toMatch(/__et|7717/)

      await using again = await t.restart({ args: [BINARY, "--continue"] })
      const later = await run(again, "pwd; sh -c 'echo $GREETING'")
      expect(later.rows.slice(0, 2)).toEqual(["/usr/share", "good day"])
    })

    test("goes on with a text that is not finished, and runs several lines as one block", async () => {
      await using t = await start(setup)
      await ready(t)
      const [first = "", ...rest] = words.loop.split("\n")
      t.type(`${first}\r`)
      await t.waitFor((rows) => rows.some((row) => row.startsWith(" EDITOR ")) && shownBlocks(rows).length === 0)
      t.type(`${rest.join("\n")}\r`)
      const block = await ended(t, 0)
      expect(block.rows).toEqual(expect.arrayContaining(["one", "two"]))
      t.paste("echo a\necho b\n\nprintf 'tab\\tend\\n'")
      t.keys("enter")
      expect((await ended(t, 1)).rows).toEqual(expect.arrayContaining(["a", "b"]))
      const blocks = await leave(t)
      expect(blocks.map(({ stdout }) => stdout)).toEqual(["one\ntwo\n", "a\nb\ntab\tend\n"])
    })

    test("gives programs the keyboard, and takes back what none has read", async () => {
      await using t = await start(setup)
      await ready(t)
      t.type(`${words.readSecret}\r`)
      // fish with vi keys shows the mode before it.
      await t.waitFor(/^(\[I\] )?password:/m)
      t.type("correct horse\r")
      expect((await ended(t, 0)).rows.join("\n")).toContain("[13]")

      t.type("sh -c 'echo o''n; exec sleep 100'\r")
      await t.waitFor((rows) => rows.includes("on"))
      await inForeground(t, "sleep 100")
      t.keys("ctrl+c")
      expect((await ended(t, 1)).header).toMatch(/SIGINT|exit 130/)

      t.type("sh -c 'echo wa''it; until [ -e go ]; do sleep 0.05; done'\r")
      await t.waitFor((rows) => rows.includes("wait"))
      t.type("echo typed ahead\r")
      // The terminal's echo: the program could have read it by now.
      await t.waitFor(/^echo typed ahead$/m)
      t.home.write("go", "")
      // In the editor now, under its block.
      await t.waitFor((rows) => isReady(rows) && rows.filter((row) => row.includes("echo typed ahead")).length === 2)
      expect(shownBlocks(t.screen())).toHaveLength(3)
      t.keys("ctrl+c")
      const blocks = await leave(t)
      expect(blocks.map(({ status }) => status)).toEqual(["success", "interrupted", "success"])
      expect(everythingIn(t.home.root)).not.toContain("correct horse")
    })

    test("keeps late output out of the editor, and leaves no line of its own drawing in any block", async () => {
      await using t = await start(setup)
      await run(t, "sh -c 'until [ -e go ]; do sleep 0.05; done; echo la''te' &")
      t.type("half a line")
      await t.waitFor(/half a line/)
      t.home.write("go", "")
      await t.waitFor((rows) => rows.includes("late"))
      expect(t.screen().join("\n")).toMatch(/half a line/)
      t.keys("ctrl+u")
      t.resize(80, 24)
      await t.waitFor((rows) => rows.length === 24)
      await run(t, "echo ne''xt")
      const blocks = await leave(t)
      // Where a hook runs a program before each command, bash tells of the job's end only now.
      expect(blocks.find(({ command }) => command === "echo ne''xt")?.stdout).toMatch(/^(\[\d+\].*\n)?next\n$/)
      const loose = blocks.filter(({ command }) => command === "").map(({ stdout }) => stdout)
      expect(loose.join("").replaceAll("late\n", "").trim()).toMatch(/^(\[\d+\].*|.*[Jj]ob.*ended.*)?$/)
    })

    test("is replaced in its directory when it is killed, runs beside itself, and leaves by exit", async () => {
      await using t = await start(setup)
      await run(t, "cd /usr")
      t.type(`kill -9 ${words.pid}\r`)
      await t.waitFor(/was killed by SIGKILL/)
      await ready(t)
      expect((await run(t, "pwd")).rows[0]).toBe("/usr")
      t.type(words.status === "$?" ? "echo beside $0 $PWD" : "echo beside fish $PWD")
      t.keys("ctrl+\\", "enter")
      await t.waitFor((rows) => rows.some((row) => new RegExp(`^beside .*${setup.shell} /usr$`).test(row)))
      await t.waitFor((rows) => shownBlocks(rows).at(-1)?.sign === "✓")
      t.type("exit 3\r")
      await gone(t)
      expect(t.primary().join("\n")).toMatch(/effecttalk --resume /)
    })
  })
}
