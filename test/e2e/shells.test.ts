// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a shell's text is full of ${…}
import { chmodSync, existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import {
  ended,
  gone,
  inForeground,
  leave,
  ready,
  run,
  shownBlocks,
  storedSession,
  submitEarly
} from "../harness/blocks.ts"
import { BINARY, type EffectTalkOptions, effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { runPiped } from "../harness/piped.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith, which } from "../harness/tools.ts"

/** How long until a shell is called slow, and a little, ms. */
const SLOW = { timeout: 12_000 }
const NO_INTEGRATION = "no shell integration"

/** Waits until the header says it and the shell's block has the keyboard. */
const bare = (t: Terminal): Promise<void> =>
  t.waitFor((rows) => rows[0]!.endsWith(NO_INTEGRATION) && rows.some((row) => row.startsWith(" PROGRAM ")), SLOW)

/** A program of the home directory, by its path. */
const script = (home: Home, name: string, text: string): string => {
  const path = home.write(name, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

describe("which shell runs", () => {
  for (const [name, options] of [
    ["--shell with a name", { args: ["--shell", "dash"] }],
    ["--shell=path", { args: ["--shell=/bin/dash"] }],
    ["EFFECTTALK_SHELL", { env: { EFFECTTALK_SHELL: "dash" } }],
    ["SHELL", { env: { SHELL: "/bin/dash" } }],
    ["the option before the others", { args: ["--shell", "dash"], env: { EFFECTTALK_SHELL: "bash", SHELL: "/x" } }]
  ] as const satisfies ReadonlyArray<readonly [string, EffectTalkOptions]>) {
    it(`is what ${name} says`, async () => {
      await using t = await effecttalk(options)
      const { rows } = await run(t, "ps -o comm= -p $$")
      expect(rows[0]).toBe("dash")
      expect(t.row(0)).not.toContain(NO_INTEGRATION)
    })
  }

  it("is another one for a session that is resumed with --shell; commands see SHELL as it was outside", async () => {
    await using first = await effecttalk()
    await run(first, "cd /usr")
    await leave(first)
    await using second = await first.restart({ args: [BINARY, "--continue", "--shell", "dash"] })
    const { rows } = await run(second, "echo $SHELL $PWD; ps -o comm= -p $$")
    expect(rows.slice(0, 2)).toEqual(["/bin/bash /usr", "dash"])
    await leave(second)
    expect(second.primary().join("\n")).toMatch(/^effecttalk --shell dash --resume \S+$/m)
  })

  it("is asked for where --shell stands alone", async () => {
    await using t = await effecttalk({ args: ["--shell"] })
    expect(await t.exit).toEqual({ code: 2, signal: null })
    expect(t.primary()).toEqual(["effecttalk: --shell needs a value: name or path"])
  })

  for (const [wanted, why] of [
    ["nosuchshell", "is not on the PATH"],
    ["/no/such", "does not exist"],
    ["/usr", "is not a program"],
    ["/etc/passwd", "cannot be executed"],
    ["false", "takes no commands"]
  ] as const) {
    it(`--shell ${wanted} is refused in one line before anything is opened`, async () => {
      await using t = await effecttalk({ args: ["--shell", wanted] })
      expect(await t.exit).toEqual({ code: 2, signal: null })
      expect(t.primary()).toEqual([`effecttalk: --shell: ${wanted} ${why}`])
      expect(existsSync(join(t.home.dataDir, "active"))).toBe(false)
    })
  }

  it("is bash when SHELL cannot be used, and says so", async () => {
    await using t = await effecttalk({ env: { SHELL: "/no/such/zsh" }, cols: 100 })
    await t.waitFor("SHELL: /no/such/zsh does not exist: bash runs instead")
    expect((await run(t, "echo $SHELL ${BASH_VERSION%%.*}")).rows[0]).toMatch(/^\/no\/such\/zsh \d$/)
  })

  it("is bash in an EffectTalk that a script in SHELL starts: not the script again for ever", async () => {
    using home = new Home()
    const SHELL = script(home, "my wrapper", `"${process.execPath}" "${BINARY}"`)
    await using t = await effecttalk({ home, env: { SHELL }, cols: 120, rows: 40 })
    await t.waitFor(/inside another.*SHELL: .*my wrapper/, SLOW)
    // The inner screen has the block of the outer one.
    await t.waitFor((rows) => rows.filter((row) => row.includes("EffectTalk · ")).length >= 1)
    t.type('echo in"ner"\r')
    await t.waitFor(/^inner$/m)
  })
})

describe("exec", () => {
  it("runs bash whatever SHELL says, and another shell for a line when --shell names one", async () => {
    using home = new Home()
    const env = { SHELL: "/bin/dash", EFFECTTALK_SHELL: "dash" }
    const own = await runPiped(home, ["exec", "--", "echo ${BASH_VERSION+bash}"], { env })
    expect(own).toMatchObject({ code: 0, stdout: "bash\n" })
    const asked = await runPiped(home, ["exec", "--shell", "dash", "--", "echo ${BASH_VERSION-none}; exit 7"])
    expect(asked).toMatchObject({ code: 7, stdout: "none\n", stderr: "" })
    const words = await runPiped(home, ["exec", "--shell", "dash", "--", "printf", "%s|", "a b", "$HOME"])
    expect(words).toMatchObject({ code: 0, stdout: "a b|$HOME|" })
    const none = await runPiped(home, ["exec", "--shell", "nosuch", "--", "touch here"])
    expect(none).toMatchObject({ code: 2, stdout: "", stderr: "effecttalk: --shell: nosuch is not on the PATH\n" })
    expect(existsSync(join(home.path, "here"))).toBe(false)
  })

  itWith(["fish"], "understands a line of fish", async () => {
    using home = new Home()
    const result = await runPiped(home, ["exec", "--shell=fish", "--", "for i in (seq 2); echo $i; end"])
    expect(result).toMatchObject({ code: 0, stdout: "1\n2\n" })
  })
})

for (const [cols, rows] of [
  [80, 24],
  [120, 40]
] as const) {
  describe(`a shell that cannot be driven, at ${cols}x${rows}`, () => {
    it("is one live block with the keyboard: a script that asks", async () => {
      using home = new Home()
      const SHELL = script(home, "asks", 'printf "name? "; read name; echo "hello $name"; read -r last; exit 3')
      await using t = await effecttalk({ home, env: { SHELL }, cols, rows })
      await bare(t)
      await t.waitFor(/^name\?/m)
      // What nothing could keep out of a file is not typed.
      t.keys("ctrl+\\", "e")
      t.type("/incognito Eve\r")
      await t.waitFor("/incognito: this shell has no integration")
      t.keys("ctrl+u", "ctrl+\\", "esc")
      await bare(t)
      t.type("Ada\r")
      await t.waitFor("hello Ada")
      expect(shownBlocks(t.screen())).toHaveLength(1)
      t.type("\r")
      expect(await gone(t)).toEqual({ code: 0, signal: null })
      const [block] = storedSession(home).blocks
      expect(block).toMatchObject({ command: "", status: "success" })
      expect(block!.stdout).toContain("name? Ada\nhello Ada")
    })

    it("follows its directory, and is there when the session is resumed", async () => {
      await using t = await effecttalk({ cols, rows })
      await ready(t)
      t.type("exec sh -c 'while read -r line; do eval \"$line\"; done'\r")
      await bare(t)
      t.type("cd /usr/share; echo ty''ped\r")
      await t.waitFor(/^typed$/m)
      await t.waitFor((screen) => screen[0]!.includes("/usr/share"))
      t.keys("ctrl+d")
      expect(await gone(t)).toEqual({ code: 0, signal: null })
      await using again = await t.restart({ args: [BINARY, "--continue"] })
      await ready(again)
      await again.waitFor(/^typed$/m)
      expect((await run(again, "pwd")).rows[0]).toBe("/usr/share")
    })
  })
}

describe("a shell that cannot be driven", () => {
  itWith(["tcsh"], "has its own line editor, full-screen programs and size", async () => {
    await using t = await effecttalk({ env: { SHELL: which("tcsh")! }, files: { ".tcshrc": 'set prompt="tcsh> "\n' } })
    await bare(t)
    await t.waitFor(/^tcsh>/m)
    t.type("echo one\r")
    await t.waitFor(/^one$/m)
    // Its history, by its own key.
    t.keys("up")
    await t.waitFor(/^tcsh> echo one$/m)
    t.type(" two; stty size\r")
    await t.waitFor(/^one two$/m)
    t.resize(100, 30)
    // The keyboard does not wait for the screen to be laid out.
    await t.waitFor((rows) => rows[0]!.length > 80)
    t.type("stty size\r")
    await t.waitFor(/^\d+ 100$/m)
    t.type("less .tcshrc\r")
    // At the foot of the whole screen: less has heard of its new size, and loses no key to it any more.
    await t.waitFor((rows) => rows[28] === "(END)")
    t.type("q")
    await t.waitFor((rows) => rows[0]!.endsWith(NO_INTEGRATION))
    t.type("sleep 300\r")
    await inForeground(t, "sleep 300")
    t.keys("ctrl+\\", "q")
    await t.waitFor(/sleep 300 \(\d+\)/)
    t.type("n")
    t.keys("ctrl+c")
    t.type("exit\r")
    expect(await gone(t)).toEqual({ code: 0, signal: null })
    expect(storedSession(t.home).blocks[0]!.stdout).toContain("one two")
    await t.waitForNoProcesses()
  })

  it("is typed into by the editor too, as it is", async () => {
    await using t = await effecttalk()
    await ready(t)
    t.type("exec sh -c 'while read -r line; do echo \"<$line>\"; done'\r")
    await bare(t)
    t.keys("ctrl+\\", "e")
    await t.waitFor("type it into the shell")
    t.type("as it 'is\r")
    await t.waitFor(/^<as it 'is>$/m)
    expect(shownBlocks(t.screen())).toHaveLength(1)
  })

  it("says what it printed when it ends before anything was typed", async () => {
    await using t = await effecttalk({ args: ["--shell", "uname"] })
    expect(await t.exit).toEqual({ code: 1, signal: null })
    expect(t.primary()).toEqual(["Linux", "effecttalk: the shell ended before its first prompt (status 0)"])
  })

  it("has nothing beside it", async () => {
    using home = new Home()
    const SHELL = script(home, "shell", 'while read -r line; do eval "$line"; done')
    await using t = await effecttalk({ home, env: { SHELL }, cols: 100 })
    await bare(t)
    t.keys("ctrl+\\", "e")
    await t.waitFor("type it into the shell")
    t.type("touch here")
    t.keys("ctrl+\\", "enter")
    await t.waitFor("Nothing can run beside")
    expect(existsSync(join(home.path, "here"))).toBe(false)
  })
})

describe("a shell that loses its integration", () => {
  it("in a start file that becomes another shell: what was entered before comes back", async () => {
    await using t = await effecttalk({ rc: "until [ -e go ]; do sleep 0.05; done; PS1='other> ' exec dash", cols: 100 })
    await t.waitFor("Alt+Enter")
    await submitEarly(t, "touch nowhere")
    t.home.write("go", "")
    await bare(t)
    await t.waitFor(/^other>/m)
    expect(existsSync(join(t.home.path, "nowhere"))).toBe(false)
    t.keys("ctrl+\\", "e")
    await t.waitFor(/^\S* ?touch nowhere$/m)
    t.keys("enter")
    await t.waitForFile(join(t.home.path, "nowhere"))
  })

  it("by exec of the same shell", async () => {
    await using t = await effecttalk()
    await ready(t)
    t.type("exec bash\r")
    await bare(t)
    t.type('echo "on $((1 + 1))"\r')
    await t.waitFor(/^on 2$/m)
    // Nothing of a question was typed into it.
    expect(t.screen().join("\n")).not.toMatch(/7717|\d~/)
    expect(shownBlocks(t.screen())).toHaveLength(1)
  })

  it("drops what waits for it, with a word", async () => {
    await using t = await effecttalk()
    await ready(t)
    t.type("until [ -e go ]; do sleep 0.05; done; exec sh -c 'read -r line; echo \"got $line\"; read -r line'\r")
    await t.waitFor(" PROGRAM ")
    t.keys("ctrl+\\", "e")
    await t.waitFor("run after it")
    t.type("touch nowhere\r")
    await t.waitFor("waiting")
    t.home.write("go", "")
    await t.waitFor("not run: there is no shell integration")
    t.keys("ctrl+\\", "esc")
    await bare(t)
    t.type("answer\r")
    await t.waitFor(/^got answer$/m)
    expect(existsSync(join(t.home.path, "nowhere"))).toBe(false)
  })

  it("by taking the hooks and the line editor away, and has it again with them", async () => {
    await using t = await effecttalk()
    await ready(t)
    t.type('C=("${PROMPT_COMMAND[@]}") P=$PS1 Q=$PS0; set +o emacs; unset PROMPT_COMMAND PS1 PS0\r')
    await bare(t)
    t.type("echo li''ve\r")
    await t.waitFor(/^live$/m)
    t.type('PS0=$Q PS1=$P PROMPT_COMMAND=("${C[@]}")\r')
    await ready(t)
    expect((await run(t, "echo ag''ain")).rows[0]).toBe("again")
  })

  it("is not what `read` is", async () => {
    await using t = await effecttalk()
    await ready(t)
    t.type("read -t 5 -p 'an''swer? '; echo en''d\r")
    await t.waitFor("answer? ")
    let seen = false
    await t.waitFor((rows) => {
      seen ||= rows[0]!.endsWith(NO_INTEGRATION)
      return rows.includes("answer? end") || rows.includes("end")
    }, SLOW)
    await ended(t, 0)
    expect(seen).toBe(false)
  })
})

describe("a start file that takes its time", () => {
  it("is called slow, then normal, and the command that waited runs once", async () => {
    await using t = await effecttalk({ rc: "echo greetings; until [ -e go ]; do sleep 0.05; done" })
    await t.waitFor("Alt+Enter")
    t.type("echo ra''n >>count; cat count\r")
    await t.waitFor((rows) => rows[0]!.endsWith("the shell is slow to start"), SLOW)
    t.home.write("go", "")
    const block = await ended(t, 1)
    expect(block.rows[0]).toBe("ran")
    expect(t.home.read("count")).toBe("ran\n")
    expect(t.row(0)).not.toMatch(/slow|starting|integration/)
  })

  it("that never ends can be ended, and bash gives up the rest of it", async () => {
    await using t = await effecttalk({ rc: "sleep 1000" })
    await t.waitFor((rows) => rows[0]!.endsWith("the shell is slow to start"), SLOW)
    t.keys("ctrl+c")
    await bare(t)
    t.type("echo fi''ne\r")
    await t.waitFor(/^fine$/m)
  })

  itWith(["dialog"], "that asks on the whole screen is answered", async () => {
    await using t = await effecttalk({ rc: "dialog --yesno 'Go on?' 8 40 && echo yes-said" })
    await t.waitFor("Go on?", SLOW)
    await t.waitFor(" PROGRAM ", SLOW)
    t.keys("enter")
    await t.waitFor("yes-said")
    await ready(t)
    expect((await run(t, "echo fi''ne")).rows[0]).toBe("fine")
  })
})
