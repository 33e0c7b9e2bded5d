// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a shell's text is full of ${…}
import { mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { parseNames, parseStatus } from "../../src/shell/integration/posix.ts"
import { eventually } from "../harness/eventually.ts"
import { tableIn } from "./commandTable.ts"
import { TestShell, type TestShellOptions } from "./TestShell.ts"

/** A dash whose start file, found by ENV, holds `rc`. */
const dash = (rc = "PS1='$ '\n", options: TestShellOptions = {}) =>
  TestShell.start({ program: "dash", home: { ".shrc": rc }, env: { ENV: "$HOME/.shrc" }, ...options })

const table = tableIn(() => dash())

describe("statuses and output", () => {
  table("simple commands", [
    { run: "true" },
    { run: "false", status: 1 },
    { run: "false", status: 1 },
    { run: "echo $?", output: "1\n" },
    { run: "(exit 7)", status: 7 },
    { run: "# a comment" },
    { run: " " },
    { run: "nosuch", status: 127, output: /nosuch: not found\n$/ },
    { run: "if then", status: 2, output: /Syntax error/ },
    { run: "echo no newline | tr -d '\\n'", output: "no newline" },
    { run: "printf 'a\\tb  \\n'", output: "a\tb  \n" },
    { run: "printf '\\033[1mbold\\033[0m\\n'", output: "\x1b[1mbold\x1b[0m\n" },
    { run: "echo 'a\tb\t'", output: "a\tb\t\n" },
    { run: "echo grüße 日本 🚀", output: "grüße 日本 🚀\n" },
    { run: "echo 'echo same'", output: "echo same\n" },
    { run: "stty size", output: "30 100\n" },
    { run: "sh -c 'kill -TERM $$'", status: 143, signal: "SIGTERM", output: /Terminated/ },
    { run: "echo $ENV", output: "$HOME/.shrc\n" },
    { run: "env | grep -c __et_", status: 1, output: "0\n" }
  ])

  table("lines up to what a terminal takes, and beyond", [
    { run: `echo ${"x".repeat(2000)} | wc -c`, output: "2001\n" },
    { run: `: ${"t\t".repeat(900)}; echo end`, output: "end\n" },
    { run: `echo ${"y".repeat(100_000)} | wc -c`, output: "100001\n" },
    { run: "echo 'a\x01b\x7f' | od -An -c | tr -s ' '", output: " a 001 b 177 \\n\n" }
  ])

  table("several lines", [
    { run: "echo a\necho b\nfalse", status: 1, output: "a\nb\n" },
    { run: "echo $?\n(exit 3)\necho $?", output: "1\n3\n" },
    { run: "alias q=echo\nq AL", output: "AL\n" },
    { run: "cat <<X\nhi ${NOT_SET}there\nX", output: "hi there\n" },
    { run: "f() {\n  echo in f\n}\nf", output: "in f\n" },
    { run: "f", output: "in f\n" },
    { run: "for i in 1 2\ndo\n  echo $i # comment\ndone", output: "1\n2\n" },
    { run: 'echo "a\nb"', output: "a\nb\n" },
    { run: "# first\n\necho second\n", output: "second\n" },
    { run: "true\nif then\n", status: 2, output: /Syntax error: "then" unexpected/ },
    { run: "echo after", output: "after\n" }
  ])

  table("unfinished texts run nothing", [
    { run: 'echo "abc', status: "incomplete" },
    { run: "echo a |", status: "incomplete" },
    { run: "if true; then", status: "incomplete" },
    { run: "f() {", status: "incomplete" },
    { run: "echo $(ls", status: "incomplete" },
    { run: "for i in 1 2\ndo\necho $i", status: "incomplete" },
    { run: "echo one\necho 'two", status: "incomplete" },
    { run: "echo fine", output: "fine\n" }
  ])
})

describe("the shell's own state", () => {
  it("keeps directory and variables, and tells of both", async () => {
    await using shell = await dash()
    expect((await shell.run('cd /usr/bin; export NEW="it\'s" HOME=/x')).end?.directory).toBe("/usr/bin")
    expect((await shell.run('echo "$PWD $NEW"')).output).toBe("/usr/bin it's\r\n")
    expect(shell.changes.at(-1)).toEqual({ set: { HOME: "/x", NEW: "it's" }, unset: [] })
    await shell.run("unset NEW LANG")
    expect(shell.changes.at(-1)).toEqual({ set: { HOME: "/x" }, unset: ["LANG"] })
  })

  it("knows a directory whose name would break a mark", async () => {
    await using shell = await dash()
    const name = join(shell.home, "a\x07b;c\nd")
    mkdirSync(name)
    expect((await shell.run("cd a*")).end?.directory).toBe(name)
  })

  table("options", [
    { run: "set -x" },
    { run: "echo traced", output: "+ echo traced\ntraced\n" },
    { run: "set +x", output: "+ set +x\n" },
    { run: "set -u; set -f; IFS=x" },
    { run: "echo $(echo 1 2)", output: "1 2\n" },
    { run: "set -C; umask 777" },
    { run: "true" }
  ])

  it("shows the user's own prompt, in which nothing of ours is seen", async () => {
    await using shell = await dash("PS1='${PWD##*/} > '\n")
    await shell.run("cd /usr/bin")
    expect(shell.promptText).toBe("bin > ")
  })

  it("tells that `set -e` has ended it from `exit`", async () => {
    await using shell = await dash()
    await shell.run("set -e")
    await shell.run("false")
    expect(shell.exited).toMatchObject({ exitCode: 1, byItself: false })
    await using other = await dash()
    await other.run("exit 3")
    expect(other.exited).toMatchObject({ exitCode: 3, byItself: true })
  })

  it("mends a raw terminal before the next command", async () => {
    await using shell = await dash()
    await shell.run("stty raw -echo")
    expect((await shell.run("stty -a | grep -ow -e -icanon -e -echo -e -opost")).status).toBe(1)
    expect((await shell.run("echo fine")).output).toBe("fine\r\n")
  })

  it("gives all the output of a terminal that does not echo", async () => {
    await using shell = await dash()
    await shell.run("stty -echo")
    expect((await shell.run("echo quiet")).output).toBe("quiet\r\n")
  })
})

describe("keys", () => {
  table("go to the program", [
    { run: 'read line; echo "got $line"', keys: [["", "typed\r"]], output: "typed\ngot typed\n" },
    // The program itself prints: while dash starts one, a Ctrl+C waits for that program's end.
    { run: "echo go >go" },
    { run: "cat go -", keys: [["go\r\n", "\x03"]], status: 130, signal: "SIGINT", output: /^go\n\^C/ },
    { run: "cat go -\necho never", keys: [["go\r\n", "\x03"]], status: 130, output: /^go\n\^C\n?$/ },
    { run: "cat", keys: [["", "a\r\x04"]], output: "a\na\n" }
  ])

  it("Ctrl+D ends it", async () => {
    await using shell = await dash()
    shell.driver.endInput()
    await shell.until(() => shell.exited !== null, "end")
    expect(shell.exited).toMatchObject({ exitCode: 0, byItself: true })
  })
})

describe("jobs", () => {
  it("are asked about, named, ended with the shell, and told as a notice", async () => {
    await using shell = await dash()
    const started = await shell.run("sleep 300 &")
    expect(started).toMatchObject({ status: 0, output: "" })
    // Until it has become the program it is named after.
    await eventually(() => expect(shell.driver.jobs().map(({ name }) => name)).toEqual(["sleep 300"]))
    const killed = await shell.run("kill %1; wait %1")
    expect(killed.status).toBe(143)
    const after = await shell.run("sleep 0.05 & wait")
    expect(after.output + after.notice).toMatch(/^(\[1\] \+ Done +sleep 0\.05\r\n)?$/)
    expect(shell.driver.jobs()).toEqual([])
  })
})

describe("how it is found and started", () => {
  it("is dash also by the name of sh", async () => {
    await using shell = await TestShell.start({ program: "sh", env: { PS1: "sh> " } })
    expect((await shell.run("(exit 4)")).status).toBe(4)
    expect(shell.bare).toBeNull()
  })

  it("is left alone where sh is another shell", async () => {
    await using other = new TestShell()
    const sh = join(other.home, "sh")
    symlinkSync("/bin/bash", sh)
    await using shell = new TestShell({ program: sh })
    expect(shell.bare).not.toBeNull()
  })

  it("gives nested shells the user's ENV, and no marks of ours", async () => {
    await using shell = await dash("PS1='mine '; export PS1\n")
    const result = await shell.run("dash -i", ["mine ", "echo nested; exit 5\r"])
    expect(result.status).toBe(5)
    expect(result.output).toContain("nested\r\n")
  })

  it("runs on without integration when PS1 is set anew", async () => {
    await using shell = await dash()
    const id = shell.submit("PS1='new> '; cd /usr")
    await shell.until(() => shell.bare === "/usr", "word that it is bare")
    shell.driver.write(Buffer.from("cd /etc; echo on\r"))
    await shell.seen(id, "\non\r\n")
    await shell.until(() => shell.bare === "/etc", "its directory")
  })
})

describe("what it writes", () => {
  it("is read back, quotes included", () => {
    const status = "--\nexport A='x'\nexport B='it'\"'\"'s\ntwo lines'\nexport C\nexport D=''\n"
    expect(parseStatus(status).environment).toEqual(
      new Map([
        ["A", "x"],
        ["B", "it's\ntwo lines"],
        ["D", ""]
      ])
    )
    expect(parseNames("--\nll='ls -l'\ng='git'\n").aliases).toEqual(
      new Map([
        ["ll", "ls -l"],
        ["g", "git"]
      ])
    )
    expect(parseStatus("")).toEqual({ jobs: [], environment: new Map() })
  })
})
