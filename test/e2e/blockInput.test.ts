import { existsSync } from "node:fs"
import { dirname } from "node:path"
import { describe, expect, it } from "vitest"
import { ended, isReady, leave, ready, run, shownBlocks } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith, which } from "../harness/tools.ts"
import { PLAIN_RC, RC_FILES } from "../shell/TestShell.ts"

/** The underlined stretches of the editor's row that reads like `text`. */
const underlined = (t: Terminal, text: RegExp): ReadonlyArray<string> => {
  const y = t.screen().findLastIndex((row) => text.test(row))
  const cells = Array.from({ length: t.row(y).length }, (_, x) => t.cell(x, y))
  return cells
    .map(({ underline, char }) => (underline ? char : "\0"))
    .join("")
    .split("\0")
    .filter((part) => part !== "")
}

const typed = async (t: Terminal, text: string): Promise<ReadonlyArray<string>> => {
  t.type(text)
  await t.waitFor((rows) => rows.some((row) => row.startsWith("$ ") && row.includes(text)))
  return underlined(t, /^\$ /)
}

const last = (t: Terminal) => shownBlocks(t.screen()).at(-1)!

describe("a block as input", () => {
  itOnScreens(
    "underlines words that stand for blocks, and reads them in the session's shell, beside, queued and run again",
    async (t) => {
      await ready(t)
      // Nothing has run yet: the words mean nothing.
      expect(await typed(t, "diff @prev @last")).toEqual([])
      t.keys("ctrl+u")
      await run(t, "printf 'one\\ntwo\\n'")
      await run(t, "printf 'one\\n2\\n'")
      expect(await typed(t, "diff @prev @last '@last' @b1 npm@last @types/node \\@last @b3")).toEqual([
        "@prev",
        "@last",
        "@b1"
      ])
      t.keys("ctrl+u")
      const diff = await run(t, "diff @prev @last")
      expect(diff.header).toMatch(/^diff @prev @last .*exit 1/)
      expect(diff.rows.slice(0, 4)).toEqual(["2c2", "< two", "---", "> 2"])
      expect((await run(t, "date -u -d @3 +%s; echo @nope")).rows.slice(0, 2)).toEqual(["3", "@nope"])
      // A name that the user has given.
      t.keys("esc")
      await t.waitFor(" NAVIGATE ")
      t.keys("@")
      await t.waitFor(/^ NAME /m)
      t.type("stamp\r")
      await t.waitFor((rows) => shownBlocks(rows).at(-1)!.header.includes("@stamp"))
      t.keys("esc")
      await ready(t)
      expect((await run(t, "cat @stamp | head -n 1")).rows[0]).toBe("3")
      // As a command it would be refused by the shell in words that nobody knows.
      t.type("@stamp | wc -l\r")
      await t.waitFor("@stamp is a file, and no command: cat @stamp prints it")
      t.keys("ctrl+u")
      // What was typed comes back, and run again it means what it means by then.
      t.keys("up", "up", "up")
      await t.waitFor(/^\$ diff @prev @last$/m)
      t.keys("ctrl+u", "esc")
      await t.waitFor(" NAVIGATE ")
      t.keys("k", "k")
      await t.waitFor(/^✗▸ *3 /m)
      t.keys("r")
      await t.waitFor((rows) => shownBlocks(rows).some(({ number, sign }) => number === 6 && sign === "✗"))
      expect(last(t).header).toMatch(/^diff @prev @last /)
      expect(last(t).rows.slice(0, 2)).toEqual(["2d1", "< @nope"])
      await ready(t)
      t.type("wc -l <@last")
      t.keys("ctrl+\\", "enter")
      await t.waitFor((rows) => isReady(rows) && shownBlocks(rows).at(-1)?.header.startsWith("wc -l <@last") === true)
      await t.waitFor((rows) => shownBlocks(rows).at(-1)?.sign === "✓")
      expect(last(t).rows[0]).toBe("2")
      t.type("touch held; while [ -e held ]; do sleep 0.02; done; echo meanwhile\r")
      await t.waitForFile(`${t.home.path}/held`)
      t.keys("ctrl+\\", "e")
      await t.waitFor("run after it")
      t.type("/timeout 20s tr a-z A-Z <@last\r")
      await t.waitFor((rows) => shownBlocks(rows).at(-1)?.sign === "○")
      t.home.remove("held")
      await ended(t, last(t).number - 1)
      expect(last(t).rows[0]).toBe("MEANWHILE")
      const path = (await run(t, "echo @b1")).rows[0]!
      expect(path).toMatch(/\/b1\.txt$/)
      const stored = await leave(t)
      expect(stored.map(({ command }) => command).slice(2, 4)).toEqual(["diff @prev @last", expect.any(String)])
      expect(JSON.stringify(stored.map(({ command }) => command))).not.toContain("effecttalk-")
      expect(existsSync(dirname(path))).toBe(false)
      expect(t.home.read(".bash_history").split("\n")).toContain("diff @prev @last")
      expect(t.home.read(".bash_history")).not.toContain("effecttalk-")
    },
    { rc: "PS1='$ '; HISTFILE=~/.bash_history\n" }
  )

  for (const shell of ["zsh", "fish"] as const)
    itWith([shell], `is the same in ${shell}`, async () => {
      await using t = await effecttalk({
        cols: 100,
        rows: 30,
        env: { SHELL: which(shell)! },
        files: {
          ".local/share/fish/generated_completions/none.fish": "",
          [RC_FILES[shell]]:
            `${shell === "zsh" ? "HISTFILE=~/.zsh_history SAVEHIST=100 HISTSIZE=100\n" : ""}${PLAIN_RC[shell]}`
        }
      })
      await ready(t)
      await run(t, "printf 'one\\ntwo\\n'")
      const inner = shell === "fish" ? "echo (cat @b1 | tail -n 1)" : "echo $(cat @b1 | tail -n 1)"
      expect(await typed(t, inner)).toEqual(["@b1"])
      t.type("\r")
      expect((await ended(t, 1)).rows[0]).toBe("two")
      const diff = await run(t, "diff @prev @last")
      expect(diff.header).toMatch(/^diff @prev @last .*exit 1/)
      expect(diff.rows.slice(0, 2)).toEqual(["1d0", "< one"])
      t.type("cat <@b1")
      t.keys("ctrl+\\", "enter")
      await t.waitFor((rows) => shownBlocks(rows).at(-1)?.header.startsWith("cat <@b1") === true)
      await t.waitFor((rows) => shownBlocks(rows).at(-1)?.sign === "✓")
      expect(last(t).rows.slice(0, 3)).toContain("two")
      expect((await leave(t)).map(({ command }) => command)).toContain("diff @prev @last")
      if (shell === "zsh") {
        expect(t.home.read(".zsh_history")).toMatch(/^diff @prev @last$/m)
        // A resumed session's blocks are read from disk.
        await using again = await t.restart({ args: [BINARY, "--continue"] })
        expect((await run(again, "tail -n 1 @b1")).rows[0]).toBe("two")
      } else expect(t.home.read(".local/share/fish/fish_history")).not.toMatch(/diff|effecttalk-/)
    })

  it("says on the status line and under the block what was not kept", async () => {
    await using t = await effecttalk({ cols: 120, rows: 30, env: { MAX_BLOCK_OUTPUT_SIZE: "1000000" } })
    await run(t, "seq 400000")
    t.type("wc -l <@last\r")
    await t.waitFor(/^ EDITOR .*@last lacks 1\.7 MB of its middle/m)
    expect(last(t).rows.slice(0, 2).join("\n")).toMatch(/^\d+\n└ @last lacks 1\.7 MB of its middle: MAX_BLOCK/)
  })

  it("leaves words alone in a shell that is only typed into", async () => {
    await using t = await effecttalk({ cols: 100 })
    await run(t, "echo first")
    t.type("exec sh -c 'while read -r line; do echo \"<$line>\"; done'\r")
    await t.waitFor("no shell integration")
    t.keys("ctrl+\\", "e")
    await t.waitFor("type it into the shell")
    t.type("cat @b1")
    await t.waitFor(/cat @b1$/m)
    expect(underlined(t, /cat @b1$/)).toEqual([])
    t.type("\r")
    await t.waitFor("<cat @b1>")
  })
})
