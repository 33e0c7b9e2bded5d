// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells are full of ${…}
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { lines } from "./commandTable.ts"
import { PLAIN_RC, type ShellName, TestShell } from "./TestShell.ts"

const ZSH = `${PLAIN_RC.zsh}HISTSIZE=100 SAVEHIST=100; setopt nobeep\n`

/** What the user has set of the shell's history, and where else a hook of theirs keeps it, below the home directory. */
const SETTINGS: ReadonlyArray<readonly [shell: ShellName, name: string, rc: string, log?: string]> = [
  ["bash", "with HISTCONTROL unset", `${PLAIN_RC.bash}unset HISTCONTROL\n`],
  [
    "bash",
    "with ignoredups, time stamps and a small list",
    `${PLAIN_RC.bash}HISTCONTROL=ignoredups HISTTIMEFORMAT='%s ' HISTSIZE=6\n`
  ],
  ["bash", "with history -a and HISTIGNORE", `${PLAIN_RC.bash}HISTIGNORE='ls*:&'; PROMPT_COMMAND='history -a'\n`],
  ["bash", "with history -a behind an exported PROMPT_COMMAND", `${PLAIN_RC.bash}export PROMPT_COMMAND='history -a'\n`],
  ["bash", "with set +o emacs", `${PLAIN_RC.bash}PROMPT_COMMAND='history -a'; set +o emacs\n`],
  ["bash", "with HISTIGNORE read-only", `${PLAIN_RC.bash}readonly HISTIGNORE='ls*'\n`],
  ["zsh", "by default", ZSH],
  ["zsh", "with inc_append_history", `${ZSH}setopt inc_append_history\n`],
  ["zsh", "with share_history and hist_ignore_all_dups", `${ZSH}setopt share_history hist_ignore_all_dups\n`],
  [
    "zsh",
    "with hooks that keep it themselves",
    `${ZSH}zshaddhistory() { print -sr -- "\${1%%$'\\n'}"; print -r -- "$1" >>~/log; return 1 }\nadd() { print -r -- "$1" >>~/log }\nzshaddhistory_functions=(add)\n`,
    "log"
  ],
  ["zsh", "with unsetopt zle", `${ZSH}setopt inc_append_history; unsetopt zle\n`],
  ["fish", "by default", PLAIN_RC.fish],
  ["fish", "with a function that keeps all", `${PLAIN_RC.fish}function fish_should_add_to_history; return 0; end\n`]
]

/** Texts that are to be in no history: with a blank and without, of several lines, with what the shell expands, and long. */
const SECRETS: ReadonlyArray<string> = [
  "echo hunter2",
  " echo hunter2 again",
  "echo hunter2\necho 'hunter2\n  x'",
  "for i in hunter2; do echo $i; done",
  `echo hunter2 ${"x".repeat(3000)}`,
  "echo 'hunter2\t\u0001'"
]

const forFish = (text: string): string =>
  text.replace("for i in hunter2; do echo $i; done", "for i in hunter2; echo $i; end")

describe("an incognito command", () => {
  for (const [name, setting, rc, log] of SETTINGS) {
    it(`is in no history of ${name} ${setting}`, async () => {
      await using shell = await TestShell.start({ shell: name, rc })
      const refused = setting.includes("read-only")
      const secrets = name === "fish" ? SECRETS.map(forFish) : SECRETS
      await shell.run("echo before")
      for (const secret of secrets) {
        const { output, status } = await shell.incognito(secret)
        if (refused) expect([lines(output), status]).toEqual([expect.stringMatching(/^not run: HISTIGNORE/), 1])
        else expect([output.includes("hunter2"), status], JSON.stringify([secret, output])).toEqual([true, 0])
      }
      await shell.run("echo between")
      const unfinished = shell.submit("echo 'hunter2", false, true)
      await shell.done(unfinished)
      await shell.run("echo behind")
      // As a window that is closed while one runs.
      const last = shell.submit("echo hunter2; sleep 1000", false, true)
      await (refused ? shell.done(last) : shell.started(last))
      await shell.driver.close()
      const history = shell.history()
      for (const kept of ["echo before", "echo between", "echo behind"]) expect(history).toContain(kept)
      expect(history).not.toMatch(/hunter2|__et_h|command'/)
      if (log !== undefined) {
        const told = readFileSync(join(shell.home, log), "utf8")
        expect([told.includes("echo behind"), told.includes("hunter2")]).toEqual([true, false])
      }
    })
  }

  /** What a command prints, in LF. */
  const printed = async (shell: TestShell, text: string) => lines((await shell.run(text)).output)

  it("leaves bash as it was: HISTIGNORE, numbers, $? and $_, and what expands the command before", async () => {
    await using shell = await TestShell.start({ rc: `${PLAIN_RC.bash}HISTIGNORE='ls*'\n` })
    await shell.run("true first; (exit 7)")
    const { output, text } = await shell.incognito("echo $? $_; !!")
    expect([lines(output), text]).toEqual(["7 first\n", "echo $? $_; true first; (exit 7)"])
    await shell.incognito("(exit 5)")
    expect(await printed(shell, 'echo "$? $HISTIGNORE"; history')).toBe(
      '5 ls*\n    1  true first; (exit 7)\n    2  echo "$? $HISTIGNORE"; history\n'
    )
    await shell.incognito("HISTIGNORE=mine")
    await shell.incognito("unset HISTIGNORE")
    await shell.incognito("cat @last\necho unfinished '")
    expect(await printed(shell, 'echo "${HISTIGNORE-unset}"')).toBe("unset\n")
  })

  it("leaves zsh its hooks, as they are from before the command's start", async () => {
    const rc = `${ZSH}zshaddhistory() { [[ $1 != ls* ]] }\nadd() { true }\nzshaddhistory_functions=(add)\n`
    await using shell = await TestShell.start({ shell: "zsh", rc })
    await shell.run("(exit 7)")
    const look = "echo $? $zshaddhistory_functions $+functions[zshaddhistory] $+dis_functions[zshaddhistory]"
    expect(lines((await shell.incognito(look)).output)).toBe("7 add 1 0\n")
    await shell.incognito(")")
    await shell.run("ls /")
    expect(await printed(shell, `${look}; fc -l 1`)).toBe(`0 add 1 0\n    1  (exit 7)\n`)
  })

  it("leaves fish out of private mode, and its texts as they were typed", async () => {
    await using shell = await TestShell.start({ shell: "fish" })
    await shell.run("sh -c 'exit 7'")
    const { output, text } = await shell.incognito("echo $status (set -q fish_private_mode; or echo not)")
    expect([lines(output), text]).toEqual(["7 not\n", "echo $status (set -q fish_private_mode; or echo not)"])
    expect(await printed(shell, "set -q fish_private_mode; or echo not; builtin history")).toBe("not\nsh -c 'exit 7'\n")
  })

  it.each(["bash", "zsh", "fish"] as const)("says in %s which variables are as they are since", async (name) => {
    await using shell = await TestShell.start({ shell: name })
    await shell.run("export A=1")
    await shell.run("export B=2")
    await shell.incognito(name === "fish" ? "set -gx A 3; set -gx C 4; set -e B" : "export A=3 C=4; unset B")
    expect(shell.hidden).toEqual(["A", "B", "C"])
    expect(shell.changes.at(-1)?.set).toMatchObject({ A: "3", C: "4" })
    await shell.run("export C=5")
    expect(shell.hidden).toEqual(["A", "B"])
  })

  it("goes with stderr apart, and into a dash, which keeps no history", async () => {
    for (const name of ["bash", "zsh", "fish"] as const) {
      await using shell = await TestShell.start({ shell: name })
      const id = shell.submit("echo hunter2; echo apart >&2", true, true)
      await shell.done(id)
      expect([lines(shell.outputOf(id)), lines(shell.errorsOf(id)).trim()]).toEqual(["hunter2\n", "apart"])
      await shell.run("echo behind")
      await shell.driver.close()
      expect(shell.history()).not.toContain("hunter2")
    }
    await using dash = await TestShell.start({ program: "dash", env: { PS1: "$ " } })
    expect(lines((await dash.incognito("echo hunter2")).output)).toBe("hunter2\n")
  })
})
