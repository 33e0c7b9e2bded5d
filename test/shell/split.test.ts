// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells are full of ${…}
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { eventually } from "../harness/eventually.ts"
import { lines } from "./commandTable.ts"
import { PLAIN_RC, type Result, TestShell } from "./TestShell.ts"
import { WORDS } from "./table/words.ts"

interface SplitResult extends Result {
  readonly errors: string
}

/** Descriptors of this process. */
const descriptors = () => readdirSync("/proc/self/fd").length

/** Waits until no more than `count` descriptors are open: a terminal is closed in a turn of its own. */
const closed = (count: number): Promise<void> => eventually(() => expect(descriptors()).toBeLessThanOrEqual(count))

/** Runs a command with its stderr apart; `keys` are typed once their output is seen. */
const split = async (
  shell: TestShell,
  text: string,
  ...keys: ReadonlyArray<readonly [seen: string, keys: string]>
): Promise<SplitResult> => {
  const id = shell.submit(text, true)
  for (const [seen, typed] of keys) {
    await (seen === "" ? shell.started(id) : shell.seen(id, seen))
    shell.driver.write(Buffer.from(typed))
  }
  const result = await shell.done(id)
  return { ...result, output: lines(result.output), errors: lines(shell.errorsOf(id)) }
}

/** Shells whose stderr can be kept apart. */
const SHELLS = ["bash", "zsh", "fish"] as const

describe.each(SHELLS)("a stderr that is kept apart in %s", (name) => {
  const { export: exported, notFound, status, wrong, loop, stopStatus, goodbye } = WORDS[name]

  it("has what the command prints there, in order, and nothing of ours", async () => {
    await using shell = await TestShell.start({ shell: name })
    const loops = `echo out 1; echo err 1 >&2; echo out 2; echo err 2 >&2; sh -c 'echo out 3; echo err 3 >&2'`
    const both = await split(shell, loops)
    expect(both).toMatchObject({
      output: "out 1\nout 2\nout 3\n",
      errors: "err 1\nerr 2\nerr 3\n",
      status: 0,
      notice: ""
    })
    const next = await shell.run("echo back >&2; tty <&2; tty; command ls -1 /proc/self/fd")
    expect(lines(next.output)).toBe(`back\n${shell.path}\n${shell.path}\n0\n1\n2\n3\n`)
    expect(shell.loose).toBe("")
  })

  it("is a terminal of the same size, for the command alone, which has no other descriptor", async () => {
    await using shell = await TestShell.start({ shell: name })
    const size = await split(
      shell,
      "sh -c 'test -t 2' && echo yes; stty size <&2; stty size; command ls -1 /proc/self/fd; tty <&2"
    )
    const [yes, here, there, ...rest] = size.output.trim().split("\n")
    expect([yes, here, there]).toEqual(["yes", "30 100", "30 100"])
    expect(rest.slice(0, -1)).toEqual(["0", "1", "2", "3"])
    expect(rest.at(-1)).not.toBe(shell.path)
  })

  it("keeps what the shell itself says there, and leaves status, directory and variables as without", async () => {
    await using shell = await TestShell.start({ shell: name })
    const missing = await split(shell, "nosuch")
    expect(missing.status).toBe(127)
    // fish itself has the stderr that it always had.
    expect(name === "fish" ? missing.output : missing.errors).toMatch(notFound)
    if (name !== "fish") expect(missing.output).toBe("")
    const refused = await split(shell, wrong)
    expect(refused.output).toBe("")
    expect(refused.status).not.toBe(0)
    expect(refused.errors).not.toBe("")
    expect((await split(shell, `cd /usr; ${exported("A", "b")}; sh -c 'exit 7'`)).status).toBe(7)
    expect(lines((await shell.run(`echo ${status}`)).output)).toBe("7\n")
    expect(lines((await shell.run('echo "$PWD $A"; echo back >&2')).output)).toBe("/usr b\nback\n")
  })

  it("tells of a refused text whichever of the two terminals is read first", async () => {
    await using shell = await TestShell.start({ shell: name })
    const status = (await split(shell, wrong)).status
    for (let i = 0; i < 60; i++) {
      const refused = await split(shell, wrong)
      expect([refused.status, refused.output]).toEqual([status, ""])
      expect(refused.errors).not.toBe("")
    }
  })

  it("takes a text of several lines, a long one, a comment, and one that is unfinished", async () => {
    await using shell = await TestShell.start({ shell: name })
    const loops = `${loop}\n${loop.replace("echo $i", "echo $i >&2")}`
    expect(await split(shell, `echo a; echo b >&2\n${loops}\necho c >&2\necho d`)).toMatchObject({
      output: "a\none\ntwo\nd\n",
      errors: "b\none\ntwo\nc\n"
    })
    const long = await split(shell, `echo ${"x".repeat(5000)} >&2; echo end`)
    expect(long).toMatchObject({ output: "end\n", errors: `${"x".repeat(5000)}\n` })
    expect((await split(shell, "echo 'open")).incomplete).toBe(true)
    expect(await split(shell, "# nothing")).toMatchObject({ status: 0, output: "", errors: "" })
    expect((await shell.run("echo back >&2")).output).toBe("back\r\n")
  })

  it("is Ctrl+C's, and kill's, as without", async () => {
    await using shell = await TestShell.start({ shell: name })
    writeFileSync(join(shell.home, "go"), "go\n")
    const stopped = await split(shell, "echo on >&2; cat go -", ["go\r\n", "\x03"])
    expect(stopped.status).toBe(130)
    expect(stopped.errors).toMatch(/^on\n/)
    const killed = await split(shell, "sh -c 'echo dying >&2; kill -9 $$'")
    expect(killed.status).toBe(137)
    expect(killed.errors).toContain("dying\n")
    expect((await shell.run("echo back >&2")).output).toBe("back\r\n")
  })

  it("leaves a stopped command its stderr: it goes on there, and appears in the block that has it then", async () => {
    await using shell = await TestShell.start({ shell: name })
    const held = await split(shell, "sh -c 'echo one >&2; echo go; read x; echo two >&2; echo end'", ["go", "\x1a"])
    expect(held.status).toBe(stopStatus)
    expect(held.errors).toContain("one\n")
    expect((await shell.run("echo back >&2")).output).toBe("back\r\n")
    const id = shell.submit("fg")
    await shell.started(id)
    shell.driver.write(Buffer.from("\r"))
    await shell.seen(id, "two")
    const again = await shell.done(id)
    expect(again.status).toBe(0)
    expect(again.output).toContain("end")
    expect(shell.errorsOf(id)).toBe("")
  })

  it("has cat for a pager while it lasts, and the user's own afterwards", async () => {
    const rc = `${PLAIN_RC[name]}${exported("PAGER", "less")}\n`
    await using shell = await TestShell.start({ shell: name, rc })
    expect((await split(shell, "printenv PAGER GIT_PAGER")).output).toBe("cat\ncat\n")
    expect(lines((await shell.run("printenv PAGER GIT_PAGER")).output)).toBe("less\n")
    await split(shell, exported("PAGER", "more"))
    expect(lines((await shell.run("printenv PAGER")).output)).toBe("more\n")
    // The session does not hear of what is ours.
    expect(shell.changes.flatMap(({ set }) => Object.values(set))).not.toContain("cat")
  })

  it("leaves jobs in the background their stderr, and the terminal is closed with the last of them", async () => {
    await using shell = await TestShell.start({ shell: name })
    const before = descriptors()
    await split(shell, "sh -c 'until [ -e go ]; do sleep 0.01; done; echo late >&2' &")
    expect(descriptors()).toBeGreaterThan(before)
    const id = shell.submit("touch go")
    await shell.done(id)
    await shell.until(() => (shell.loose + shell.outputOf(id)).includes("late"), "late output")
    await closed(before)
  })

  it("comes behind all that was printed to either", async () => {
    await using shell = await TestShell.start({ shell: name })
    const flood = await split(shell, "sh -c 'seq -f e%.0f 1 30000 >&2 & seq -f o%.0f 1 30000; wait; echo end >&2'")
    expect(flood.output.trim().split("\n")).toHaveLength(30_000)
    expect(
      flood.errors
        .trim()
        .split("\n")
        .filter((line) => /^e\d+$/.test(line))
    ).toHaveLength(30_000)
    expect(flood.errors).toMatch(/^end$/m)
  })

  it("follows the size of the shell's terminal", async () => {
    await using shell = await TestShell.start({ shell: name })
    const id = shell.submit(
      "bash -c 'trap \"stty size <&2; stty size\" WINCH; echo set; until [ -e go ]; do sleep 0.01; done'",
      true
    )
    await shell.seen(id, "set")
    shell.driver.resize(70, 20)
    await shell.seen(id, "20 70\r\n20 70")
    writeFileSync(join(shell.home, "go"), "")
    expect((await shell.done(id)).status).toBe(0)
  })

  it("closes both ends of the terminal", async () => {
    await using shell = await TestShell.start({ shell: name })
    const before = descriptors()
    for (let i = 0; i < 5; i++) expect((await split(shell, `echo ${i} >&2`)).errors).toBe(`${i}\n`)
    await closed(before)
  })

  it("is the shell's own, when it ends", async () => {
    await using shell = await TestShell.start({ shell: name })
    const before = descriptors()
    const id = shell.submit("echo last >&2; exit 3", true)
    await shell.until(() => shell.exited !== null, "exit")
    expect(shell.exited).toMatchObject({ exitCode: 3, during: id, byItself: true })
    expect(shell.errorsOf(id)).toBe(`last\r\n${goodbye.replace("\n", "\r\n")}`)
    await closed(before - 1)
  })

  it("loses nothing of jobs that end with their last words", async () => {
    await using shell = await TestShell.start({ shell: name })
    const before = descriptors()
    await split(shell, "sh -c 'until [ -e go ]; do sleep 0.01; done; printf %030000d 0 | tr 0 x >&2' &")
    await shell.run("touch go; wait")
    await closed(before)
    const all = shell.loose + shell.outputOf("c2")
    expect(all.replace(/[^x]/g, "")).toHaveLength(30_000)
  })
})

describe("a stderr that is kept apart in bash", () => {
  it("keeps what the shell itself says there: what it does not find or parse, its trace, its words on jobs", async () => {
    await using shell = await TestShell.start()
    expect(await split(shell, "nosuch")).toMatchObject({
      status: 127,
      output: "",
      errors: "bash: nosuch: command not found\n"
    })
    const wrong = await split(shell, "if then")
    expect(wrong).toMatchObject({ status: 2, output: "" })
    expect(wrong.errors).toContain("syntax error near unexpected token")
    expect((await split(shell, "set -x; echo a; set +x")).errors).toBe("+ echo a\n+ set +x\n")
    expect((await split(shell, "sleep 0.01 & wait")).errors).toMatch(/^\[1\] \d+\n/)
    expect(await split(shell, "echo '!nope'; !nope")).toMatchObject({ status: 1, output: "" })
    expect((await shell.run("echo fine >&2")).output).toBe("fine\r\n")
  })

  it("leaves status, $_, directory, variables and history as without", async () => {
    await using shell = await TestShell.start()
    expect((await split(shell, "cd /usr; export A=b; (exit 7)")).status).toBe(7)
    expect(lines((await shell.run('echo "$?"')).output)).toBe("7\n")
    expect((await split(shell, "true one two")).status).toBe(0)
    expect(lines((await shell.run('echo "$_ $PWD $A"')).output)).toBe("two /usr b\n")
    expect((await split(shell, "false | true; !! ; echo ${PIPESTATUS[@]}")).text).toContain('echo "$_ $PWD $A"')
    shell.submit("exit")
    await shell.until(() => shell.exited !== null, "exit")
    expect(shell.history().split("\n").slice(0, 4)).toEqual([
      "cd /usr; export A=b; (exit 7)",
      'echo "$?"',
      "true one two",
      'echo "$_ $PWD $A"'
    ])
    expect(shell.history()).not.toContain("__et")
  })

  it("has cat for a pager while it lasts, and the user's own afterwards", async () => {
    const rc = "PS1='$ '; export PAGER='less -R' SYSTEMD_PAGER=; MANPAGER=most; readonly GIT_PAGER=delta\n"
    await using shell = await TestShell.start({ rc })
    const show = "declare -p PAGER GIT_PAGER MANPAGER SYSTEMD_PAGER"
    const before = lines((await shell.run(show)).output)
    const during = await split(shell, "printenv PAGER MANPAGER SYSTEMD_PAGER; seq 3 | $PAGER")
    expect(during.output).toBe("cat\ncat\ncat\n1\n2\n3\n")
    expect(lines((await shell.run(show)).output)).toBe(before)
    await split(shell, "export PAGER=more; unset MANPAGER")
    expect(lines((await shell.run("echo $PAGER ${MANPAGER-none}")).output)).toBe("more none\n")
    // The session does not hear of what is ours.
    expect(shell.changes.flatMap(({ set }) => Object.values(set))).not.toContain("cat")
  })
})

describe("the end of a command whose stderr is apart", () => {
  it("is a line's end there too when Ctrl+C ended it", async () => {
    await using shell = await TestShell.start()
    writeFileSync(join(shell.home, "go"), "go\n")
    const stopped = await split(shell, "echo on >&2; cat go -", ["go\r\n", "\x03"])
    expect(stopped).toMatchObject({ status: 130, errors: "on\n\n" })
    const lost = await split(shell, "echo a >&2\ncat go -\necho never >&2", ["go\r\n", "\x03"])
    expect(lost).toMatchObject({ status: 130, errors: "a\n\n" })
  })

  it("is found where the prompt hooks are gone, or exported", async () => {
    await using shell = await TestShell.start()
    expect(await split(shell, "unset PROMPT_COMMAND; echo a >&2; echo b")).toMatchObject({ status: 0, errors: "a\n" })
    expect((await shell.run("echo back >&2; (exit 4)")).output).toBe("back\r\n")
    expect(await split(shell, "unset PROMPT_COMMAND PS1 PS0; echo c >&2")).toMatchObject({ status: 0 })
    expect((await shell.run("echo back >&2")).output).toContain("back\r\n")
    await using exported = await TestShell.start({ rc: "export PROMPT_COMMAND=:; PS1='$ '\n" })
    expect(await split(exported, "echo a >&2; (exit 3)")).toMatchObject({ status: 3, errors: "a\n" })
    expect((await exported.run("echo back >&2")).output).toBe("back\r\n")
  })
})

describe("shells that do as they like", () => {
  it("keep what they do with their own stderr", async () => {
    await using shell = await TestShell.start()
    await split(shell, "exec 2>errors; echo into the file >&2")
    expect(lines((await shell.run("head -n 1 errors")).output)).toBe("into the file\n")
    // What was sent elsewhere stays there.
    expect((await split(shell, "echo more >&2")).errors).toBe("")
    expect(lines((await shell.run("exec 2>/dev/tty; grep -c 'more$' errors")).output)).toBe("1\n")
    expect((await split(shell, "echo apart >&2")).errors).toBe("apart\n")
    await split(shell, "exec 2>&-")
    await shell.run("exec 2>/dev/tty")
    expect((await shell.run("echo back >&2")).output).toContain("back\r\n")
  })

  it("are not disturbed by options, traps, vi mode, hooks, and functions named like builtins", async () => {
    const rc = [
      "PS1='$ '; set -o vi -u; set -f",
      "exec() { echo NO; }; builtin_exec() { :; }; export() { echo NO; }",
      "hook() { echo from hook >&2; }; PROMPT_COMMAND=hook",
      "trap 'last=$BASH_COMMAND' DEBUG"
    ].join("\n")
    await using shell = await TestShell.start({ rc })
    const result = await split(shell, "echo a >&2; echo $last")
    expect(result).toMatchObject({ errors: "a\n", notice: "from hook\r\n" })
    expect(result.output).toBe("echo $last\n")
    expect((await shell.run("echo back >&2")).output).toBe("back\r\n")
    await shell.run("trap - DEBUG; set -x")
    expect((await split(shell, "echo b >&2")).errors).toBe("+ echo b\nb\n")
    expect((await shell.run("echo back >&2")).output).toBe("+ echo back\r\nback\r\n")
    expect((await shell.run("set +x; exec")).output).toContain("NO\r\n")
  })

  it("show a DEBUG trap two commands of ours", async () => {
    await using shell = await TestShell.start()
    await shell.run("trap 'echo \"$BASH_COMMAND\" >>~/seen' DEBUG")
    await split(shell, "true one")
    await shell.run("true two")
    const seen = readFileSync(join(shell.home, "seen"), "utf8").split("\n")
    expect(seen.filter((line) => line.startsWith("__et_")).map((line) => line.split(" ")[0])).toEqual([
      "__et_split",
      "__et_join"
    ])
    expect(seen).toContain("true one")
  })

  it("cannot keep it apart without a line editor or start marks, and say so", async () => {
    await using shell = await TestShell.start()
    expect(shell.driver.canSplit).toBe(true)
    for (const [off, on] of [
      ["set +o emacs", "set -o emacs"],
      ["shopt -u promptvars", "shopt -s promptvars"]
    ] as const) {
      await shell.run(off)
      expect(shell.driver.canSplit).toBe(false)
      await shell.run(on)
      await shell.run("true")
      expect(shell.driver.canSplit).toBe(true)
    }
  })

  it("goes on where a command switches the line editor off", async () => {
    await using shell = await TestShell.start()
    expect((await split(shell, "set +o emacs; echo a >&2")).errors).toBe("a\n")
    // Whichever of the two terminals is read first: its prompt is on the other one, too.
    for (let i = 0; i < 20; i++) {
      const id = shell.submit("echo b >&2; echo c")
      expect((await shell.done(id)).output).toContain("c")
      const all = () => shell.outputOf(id) + shell.result(id).notice + shell.loose
      await shell.until(() => all().includes("b"), "what was printed to stderr")
      shell.loose = ""
    }
    await shell.run("set -o emacs")
    expect((await shell.run("echo back >&2; tty <&2")).output).toBe(`back\r\n${shell.path}\r\n`)
  })

  it("may read with their line editor, and ask on stderr", async () => {
    await using shell = await TestShell.start()
    const id = shell.submit('read -e -p "name? " x; echo "[$x]"', true)
    await shell.until(() => shell.errorsOf(id).includes("name? "), "question")
    shell.driver.write(Buffer.from("Ada\r"))
    expect(lines((await shell.done(id)).output)).toBe("[Ada]\n")
    expect((await shell.run("echo back >&2")).output).toBe("back\r\n")
  })
})
