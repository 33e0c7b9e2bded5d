// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { execFileSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { leave, ready, run, shownBlocks } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"

const wide = { cols: 100, rows: 40 }

/** What bash-preexec does, in the form it has without an installed copy: a DEBUG trap armed by the last prompt hook. */
const PREEXEC = `
__armed=
__on_debug() {
  [[ -n $__armed ]] || return 0
  __armed=
  printf '%s\\n' "$(HISTTIMEFORMAT= history 1 | sed 's/^ *[0-9]* *//')" >> ~/preexec
}
__on_prompt() { printf '%s\\n' "$?" >> ~/precmd; }
__arm() { __armed=1; }
PROMPT_COMMAND=(__on_prompt __arm)
trap __on_debug DEBUG
`

describe("start files", () => {
  it("show once what they print, in a block that says so, and count as the user's", async () => {
    await using t = await effecttalk({ ...wide, rc: "echo welcome back; printf 'no newline'; export FROM_RC=1" })
    await t.waitFor("(shell start)")
    await ready(t)
    const [start, ...others] = shownBlocks(t.screen())
    expect(others).toEqual([])
    expect(start?.header).toMatch(/^\(shell start\)/)
    expect(start?.rows.slice(0, 2)).toEqual(["welcome back", "no newline"])
    expect((await run(t, "echo $FROM_RC")).rows[0]).toBe("1")
    const blocks = await leave(t)
    expect(blocks.map(({ stdout }) => stdout)).toEqual(["welcome back\nno newline", "1\n"])
    expect(blocks[0]).toMatchObject({ command: "", metadata: { origin: "start" } })
  })

  it("that print nothing leave no block", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo first")
    expect(await leave(t)).toHaveLength(1)
  })
})

describe("what hooks print around the prompt", () => {
  it("is a notice under the block, and no part of its output", async () => {
    await using t = await effecttalk({
      ...wide,
      rc: `__last=$PWD; hook() { [[ $PWD == "$__last" ]] || { __last=$PWD; echo "direnv: loading $PWD/.envrc" >&2; }; }; PROMPT_COMMAND=hook`
    })
    const moved = await run(t, "cd /usr; echo moved")
    expect(moved.rows.slice(0, 2)).toEqual(["moved", "└ direnv: loading /usr/.envrc"])
    await run(t, "echo stayed")
    const blocks = await leave(t)
    expect(blocks.map(({ stdout }) => stdout)).toEqual(["moved\n", "stayed\n"])
    expect(blocks.map(({ metadata }) => metadata.notices)).toEqual([["direnv: loading /usr/.envrc"], []])
  })

  it("changes neither $? nor what follows, and every element of PROMPT_COMMAND runs once", async () => {
    await using t = await effecttalk({
      ...wide,
      rc: 'one() { echo "one $?" >> ~/hooks; false; }; two() { echo two >> ~/hooks; return 5; }; PROMPT_COMMAND=(one two)'
    })
    await run(t, "(exit 9)")
    expect((await run(t, "echo $?")).rows[0]).toBe("9")
    await leave(t)
    expect(t.home.read("hooks")).toBe("one 0\ntwo\none 9\ntwo\none 0\ntwo\n")
  })
})

describe("hooks before a command", () => {
  it("in the manner of bash-preexec get the command's text once, and never anything of ours", async () => {
    await using t = await effecttalk({ ...wide, rc: PREEXEC })
    await run(t, "echo one; echo two | cat")
    await run(t, "(exit 4)")
    await run(t, "for i in 1 2; do echo $i; done")
    await run(t, "true && echo !$")
    await leave(t)
    expect(t.home.read("preexec")).toBe(
      "echo one; echo two | cat\n(exit 4)\nfor i in 1 2; do echo $i; done\ntrue && echo done\n"
    )
    expect(t.home.read("precmd")).toBe("0\n0\n4\n0\n0\n")
  })

  it("see every simple command by a bare DEBUG trap, as elsewhere", async () => {
    await using t = await effecttalk(wide)
    await run(t, `trap 'echo "$BASH_COMMAND" >> ~/debug' DEBUG`)
    await run(t, "echo a; x=1")
    await run(t, "trap - DEBUG")
    await leave(t)
    expect(t.home.read("debug")).toBe("echo a\nx=1\ntrap - DEBUG\n")
  })

  it("and ERR traps fire for the user's failures only", async () => {
    await using t = await effecttalk({ ...wide, rc: "set -E; trap 'echo ERR $? >> ~/errs' ERR" })
    await run(t, "true")
    await run(t, "false")
    await run(t, "echo fine")
    await leave(t)
    expect(t.home.read("errs")).toBe("ERR 1\n")
  })
})

describe("the prompt", () => {
  it("of two lines with colours stands above the editor as the shell renders it", async () => {
    await using t = await effecttalk({
      ...wide,
      rc: "PS1='\\[\\e[1;32m\\]me@box\\[\\e[0m\\] in \\[\\e[34m\\]\\w\\[\\e[0m\\] [$?]\\n\\[\\e[35m\\]> \\[\\e[0m\\]'"
    })
    await ready(t)
    await t.waitFor("me@box in ~ [0]")
    const { x, y } = t.find("me@box in ~ [0]")
    expect(t.row(y + 1)).toBe(">")
    expect(t.cell(x, y)).toMatchObject({ char: "m", bold: true, fg: 2 })
    expect(t.cell(t.find("~ [0]").x, y)).toMatchObject({ char: "~", fg: 4 })
    expect(t.cell(0, y + 1)).toMatchObject({ char: ">", fg: 5 })
    expect(t.cursor).toMatchObject({ x: 2, y: y + 1, visible: true })
    await run(t, "cd /usr; (exit 3)")
    await t.waitFor("me@box in /usr [3]")
    expect((await leave(t)).map(({ stdout }) => stdout)).toEqual([""])
  })
})

describe("nothing of ours leaks", () => {
  it("into the environment: env inside a block equals env outside but for TERM's own and the shell's", async () => {
    using home = new Home()
    const outside = { ...home.environment(), EXTRA: "a\nb", "BASH_FUNC_f%%": "() {  echo exported\n}" }
    await using t = await effecttalk({ ...wide, home, env: outside })
    const script = "process.stdout.write(JSON.stringify(process.env))"
    await run(t, `node -e '${script}' > inside.json`)
    await leave(t)
    const inside = JSON.parse(home.read("inside.json"))
    // A bash of one's own adds these, too.
    const bare = JSON.parse(
      execFileSync("bash", ["-ic", `node -e '${script}'; :`], {
        env: outside,
        cwd: home.path,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"]
      })
    )
    expect({ ...inside, _: "" }).toEqual({ ...bare, _: "", TERM: "xterm-256color", TERM_PROGRAM: "effecttalk" })
  })

  it("into a child: it has 0, 1 and 2 and default signals", async () => {
    await using t = await effecttalk(wide)
    await run(t, "ls -l /proc/self/fd > fds; grep -E 'Sig(Ign|Blk)' /proc/self/status > signals")
    await leave(t)
    const fds = t.home.read("fds").split("\n").slice(1, -1)
    // ls itself opens the directory it lists.
    expect(fds.map((line) => line.replace(/.* (\d+) -> (.*)/, "$1 $2"))).toEqual([
      expect.stringMatching(/^0 \/dev\/pts\/\d+$/),
      expect.stringMatching(/^1 .*\/fds$/),
      expect.stringMatching(/^2 \/dev\/pts\/\d+$/),
      expect.stringMatching(/^3 \/proc\/\d+\/fd$/)
    ])
    expect(t.home.read("signals")).toMatch(/^SigBlk:\t0+\nSigIgn:\t0+\n$/)
  })

  it("into the shell's own descriptors, variables that set shows elsewhere, or /tmp", async () => {
    await using t = await effecttalk(wide)
    await run(
      t,
      "ls -l /proc/$$/fd > fds; compgen -v > variables; compgen -A function > functions; compgen -a > aliases"
    )
    await leave(t)
    for (const line of t.home.read("fds").split("\n").slice(1, -1)) expect(line).toMatch(/-> \/dev\/(pts\/\d+|tty)$/)
    const ours = (file: string) =>
      t.home
        .read(file)
        .split("\n")
        .filter((name) => /effecttalk|__et_/i.test(name))
    for (const name of ours("variables")) expect(name).toMatch(/^(__et_|EFFECTTALK_(DATA_DIR|SIDEBAR|SUGGEST)$)/)
    for (const name of ours("functions")) expect(name).toMatch(/^__et_/)
    expect(t.home.read("aliases")).toBe("")
    expect(readdirSync(t.home.tmp)).toEqual([])
    expect(readdirSync(t.home.runtimeDir)).toEqual([])
  })
})
