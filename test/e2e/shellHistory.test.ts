import { describe, expect, it } from "vitest"
import { gone, leave, run } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { Terminal } from "../harness/Terminal.ts"

const wide = { cols: 100, rows: 40 }

/** Types each line into a bare bash, waiting for the prompt that follows it, and gives what its history file then holds. */
const historyOfBareBash = async (lines: ReadonlyArray<string>, rc: string, older: string): Promise<string> => {
  using home = new Home({ rc: `${rc}\nPS1='<$((++count))>$ '` })
  home.write(".bash_history", older)
  await using t = new Terminal({ file: "bash" }, { home, rows: 40 })
  await t.waitFor(/^<1>\$ $/m)
  for (const [index, line] of lines.entries()) {
    t.type(`${line}\r`)
    await t.waitFor(new RegExp(`^<${index + 2}>\\$ $`, "m"))
  }
  t.keys("ctrl+d")
  await t.exit
  return home.read(".bash_history")
}

describe("the shell's history", () => {
  const lines = [
    "echo one",
    " echo with a leading space",
    "echo one",
    "echo one",
    "ls /nowhere",
    "echo 'a  b'   # with a comment",
    "echo two!",
    "echo !!",
    "echo three words here",
    "echo !$",
    "^here^there^",
    "secret_command",
    "!echo",
    "!nosuchevent",
    "(exit 3)",
    "echo )",
    "cd /usr",
    "history | tail -n 3",
    "fc -l -1 -1",
    "x=1; y=2",
    "set -o history",
    "echo last"
  ]
  const settings = {
    "by default": "",
    "with HISTCONTROL=ignoreboth:erasedups and HISTIGNORE":
      "HISTCONTROL=ignoreboth:erasedups HISTIGNORE='secret*:ls *'",
    "with time stamps, ignoredups and a small HISTSIZE": "HISTTIMEFORMAT='%s ' HISTCONTROL=ignoredups HISTSIZE=9"
  }
  for (const [name, rc] of Object.entries(settings)) {
    it(`equals that of the same lines in a bare bash ${name}, without those that begin with a blank`, async () => {
      const older = "old one\nold two\n"
      using home = new Home({ rc })
      home.write(".bash_history", older)
      await using t = await effecttalk({ ...wide, home })
      for (const line of lines) await run(t, line)
      await leave(t)
      const plain = (text: string) => text.replace(/^#\d+\n/gm, "#time\n")
      const kept = lines.filter((line) => !line.startsWith(" "))
      expect(plain(home.read(".bash_history"))).toBe(plain(await historyOfBareBash(kept, rc, older)))
    })
  }

  it("holds each text of several lines once, as a bare bash with lithist does", async () => {
    await using t = await effecttalk({ ...wide, rc: "shopt -s cmdhist lithist" })
    await run(t, "for i in 1 2\ndo echo $i\ndone")
    await run(t, "cat <<END\n  a $((1 + 1))\nEND")
    await run(t, "echo after")
    await leave(t)
    expect(t.home.read(".bash_history")).toBe(
      "for i in 1 2\ndo echo $i\ndone\ncat <<END\n  a $((1 + 1))\nEND\n\necho after\n"
    )
  })

  it("is there for other terminals at once with history -a in PROMPT_COMMAND", async () => {
    await using t = await effecttalk({ ...wide, rc: "PROMPT_COMMAND='history -a'" })
    await run(t, "echo shared")
    expect(t.home.read(".bash_history")).toBe("echo shared\n")
  })

  it("is what history and fc show, without anything of ours", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    await run(t, "echo two")
    expect((await run(t, "history")).rows.slice(0, 3)).toEqual(["    1  echo one", "    2  echo two", "    3  history"])
    expect((await run(t, "fc -ln -2 -2")).rows[0]?.trim()).toBe("echo two")
    expect((await run(t, "fc -s two=TWO echo")).rows.slice(0, 2)).toEqual(["echo TWO", "TWO"])
  })
})

describe("history expansion", () => {
  it("is done by the shell and shown in the block before it runs", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo three words here")
    expect((await run(t, "printf '%s\\n' !$")).header).toMatch(/^printf '%s\\n' here /)
    expect((await run(t, "echo again && !!")).header).toMatch(/^echo again && printf '%s\\n' here /)
    const replaced = await run(t, "^again^anew^")
    expect(replaced.header).toMatch(/^echo anew && printf/)
    expect(replaced.rows.slice(0, 2)).toEqual(["anew", "here"])
    const none = await run(t, "!nothing_like_this")
    expect(none.sign).toBe("✗")
    expect(none.rows[0]).toBe("bash: !nothing_like_this: event not found")
    const commands = (await leave(t)).map(({ command }) => command)
    expect(commands).toEqual([
      "echo three words here",
      "printf '%s\\n' here",
      "echo again && printf '%s\\n' here",
      "echo anew && printf '%s\\n' here",
      "!nothing_like_this"
    ])
  })

  it("leaves quoted and several-line texts alone", async () => {
    await using t = await effecttalk(wide)
    expect((await run(t, "echo 'wow!!' \"hm!\"")).rows[0]).toBe("wow!! hm!")
    expect((await run(t, "set +H; echo !!")).rows[0]).toMatch(/!!|event not found/)
  })
})

describe("the editor", () => {
  it("brings earlier commands back with Up, and leaving keeps what was typed by hand out of the shell", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    await run(t, "echo two")
    t.keys("up", "up")
    await t.waitFor(/^\$ echo one$/m)
    t.keys("down")
    await t.waitFor(/^\$ echo two$/m)
    t.keys("ctrl+c")
    t.type("never run")
    await t.waitFor(/^\$ never run$/m)
    t.kill("SIGTERM")
    await gone(t)
    expect(t.home.read(".bash_history")).toBe("echo one\necho two\n")
  })
})
