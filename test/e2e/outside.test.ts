import { readdirSync } from "node:fs"
import { describe, expect } from "vitest"
import { executed, ready, run } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

const navigate = async (t: Terminal): Promise<void> => {
  await ready(t)
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
}

/** What a pager or an editor may be: it keeps what it got, shows that it is there, and reads keys up to a `q`. */
const program = (keep: string): string => `#!/bin/bash
${keep}
pwd >directory; printf '%s\\n' "$@" >arguments
printf '\\033[?1049h\\033[Hopen for %s rows' "$(stty size </dev/tty | cut -d' ' -f1)"
stty raw -echo </dev/tty; while IFS= read -rn1 key </dev/tty; do printf %s "$key" >>keys; [ "$key" = q ] && break; done
printf '\\033[?1049l'; stty sane </dev/tty; [ ! -e fails ] || exit 3
`

const files = { pager: program("cat >output"), editor: program('cat "$2" >output; stat -c %a "$2" >mode') }

describe("a block's output outside", () => {
  itOnScreens(
    "is read in the pager with its colours and in the editor as text, and nothing of it is left",
    async (t) => {
      await run(t, "chmod +x pager editor; mkdir in; export PAGER='../pager -x \"two words\" | cat'")
      await run(t, "export EDITOR='../editor +7'; cd in")
      await run(t, "printf '\\033[31mre''d\\033[0m\\tand\\n\\nplain  '")
      const rows = t.screen().length
      await navigate(t)
      t.keys("l")
      await t.waitFor(`open for ${rows} rows`)
      expect(t.modes).toMatchObject({ autoWrap: true, bracketedPaste: false })
      t.type("abc jjq")
      await t.waitFor(" NAVIGATE ")
      expect(t.home.read("in/keys")).toBe("abc jjq")
      expect(t.home.read("in/directory")).toBe(`${t.home.path}/in\n`)
      expect(t.home.read("in/arguments")).toBe("-x\ntwo words\n")
      expect(t.home.read("in/output")).toMatch(/^\x1b\[(0;)?31mred\x1b\[0?m\tand(\x1b\[0m)?\n\nplain {2}\n$/)
      t.keys("E")
      await t.waitFor(`open for ${rows} rows`)
      t.home.write("in/fails", "")
      // The key behind the last one of the editor is ours.
      t.type("xq?")
      await t.waitFor("Navigating: moving")
      t.keys("esc")
      // The block is beside the help on a wide screen: a key right behind Esc would be one with Alt.
      await t.waitFor((rows) => rows.some((row) => /^✓▸ *3 /.test(row)) && !rows.at(-1)!.includes("Up/Down scroll"))
      expect(t.home.read("in/keys")).toBe("abc jjqxq")
      expect(t.home.read("in/output")).toBe("red\tand\n\nplain  \n")
      expect(t.home.read("in/mode")).toBe("600\n")
      const [first, file] = t.home.read("in/arguments").trim().split("\n")
      expect(first).toBe("+7")
      expect(file).toMatch(/\/block-3\.txt$/)
      // It is removed while the screen comes back.
      await eventually(() =>
        expect(readdirSync(t.home.runtimeDir, { recursive: true }).join(" ")).not.toContain("block-3")
      )
      t.keys("l")
      await t.waitFor(`open for ${rows} rows`)
      t.keys("q")
      // The last program of a pipe has ended well.
      await t.waitFor(" NAVIGATE ")
      t.keys("k", "l")
      await t.waitFor("b2 has no output")
      t.keys("esc")
      await ready(t)
      await run(t, "export PAGER=no-such-pager; ls -d /; unset EDITOR VISUAL")
      await navigate(t)
      t.keys("l")
      await t.waitFor("no-such-pager was not found")
      t.keys("esc")
      await ready(t)
    },
    { files }
  )

  itWith(
    ["less", "vim"],
    "is opened in less and vim: a large one at once, and all that is typed is theirs",
    async () => {
      await using t = await effecttalk({ cols: 80, rows: 24, env: { VISUAL: "vim -u NONE" } })
      await run(t, "seq 200000")
      t.type("sleep 1000\r")
      // The command has the keyboard a moment before the shell has taken it and it has a block.
      await t.waitFor(/^● +2 sleep/m)
      t.keys("ctrl+\\", "n")
      await t.waitFor(/^●▸ *2 /m)
      t.keys("k", "l")
      await t.waitFor((rows) => rows[0] === "1" && rows[22] === "23" && rows[23]?.startsWith(":") === true)
      t.type("G")
      await t.waitFor((rows) => rows[22] === "200000")
      t.type("/^5555$\rgg/^777$\r")
      await t.waitFor((rows) => rows[0] === "777")
      // Their window is the terminal's.
      t.resize(100, 30)
      await t.waitFor((rows) => rows[28] === "805")
      t.keys("q")
      await t.waitFor((rows) => rows[29]?.startsWith(" NAVIGATE ") === true && rows.join().includes("rows below"))
      t.keys("E")
      await t.waitFor((rows) => rows[0] === "1" && rows[28] === "29")
      t.type(":%s/^77777$/changed/\r")
      await t.waitFor((rows) => rows.includes("changed"))
      t.type(":wq\r")
      await t.waitFor(" NAVIGATE ")
      expect(t.screen().join("\n")).not.toContain("changed")
      await executed(t, "sleep 1000")
      t.keys("j", "x")
      await t.waitFor(/^⊘. +2 /m)
    }
  )
})
