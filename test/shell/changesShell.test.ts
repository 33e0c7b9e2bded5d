// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { describe, expect, it } from "vitest"
import { changesShell } from "../../src/shell/changesShell.ts"
import { bash } from "../../src/shell/integration/bash.ts"
import { TestShell } from "./TestShell.ts"

const START = {
  functions: new Set<string>(),
  aliases: new Map([
    ["ls", "ls --color=auto"],
    ["ll", "ls -l"],
    ["..", "cd .."]
  ])
}
const NAMES = {
  start: START,
  now: {
    functions: new Set(["nvm", "mkcd"]),
    aliases: new Map([...START.aliases, ["ll", "ls -la"], ["gs", "git status"], ["self", "self x"]])
  },
  builtins: bash.changingBuiltins
}

describe("a command for the session's own shell", () => {
  for (const [command, word] of [
    ["cd /tmp", "cd"],
    ["  cd", "cd"],
    ["\\cd x", "cd"],
    ["'cd' x", "cd"],
    ["builtin cd x", "cd"],
    ["command cd x", "cd"],
    ["! time cd x", "cd"],
    ["{ cd x; }", "cd"],
    ["cd /tmp && make", "cd"],
    [". ./venv/bin/activate", "."],
    ["X=1", "X="],
    ["X=1 Y=$(date) ", "X="],
    ["X=1; make", "X="],
    ["X=1\nmake", "X="],
    ["a[1]+=2", "a[1]+="],
    ["((x++))", "(("],
    ["X=1 cd /tmp", "cd"],
    ["nvm use 20", "nvm"],
    ["f() { :; }", "f"],
    ["f () { :; }", "f"],
    ["function f { :; }", "function"],
    ["..", "cd"],
    ["ll", "ll"],
    ["gs", "gs"]
  ] as const) {
    it(`is ${JSON.stringify(command)}`, () => expect(changesShell(command, NAMES)).toBe(word))
  }
})

describe("a command that can run beside", () => {
  for (const command of [
    "make",
    "ls",
    "\\ll",
    "X=1 make",
    "X=\"a b\" Y='c d' Z=$(date +%s) make",
    "(cd /tmp; make)",
    "make && cd /tmp",
    "cdrecord",
    "./cd",
    "echo cd",
    "command -v cd",
    ">out make",
    "for x in 1 2; do echo $x; done",
    "[[ -e x ]] && echo y",
    "git log --format='%h %s'",
    "",
    "# cd",
    "'open"
  ]) {
    it(`is ${JSON.stringify(command)}`, () => expect(changesShell(command, NAMES)).toBeNull())
  }

  it("is told at once, however long it is", () => {
    for (const text of ["'", '"', "X=1 ", "$(", "((", "\\", "`", "a".repeat(7)]) {
      // The runner's time limit is what fails here.
      expect([null, "X=", "(("]).toContain(changesShell(text.repeat(100_000), NAMES))
    }
  })
})

describe("the names that a shell tells", () => {
  it("are those after its start files, and those of its latest prompt, also while it is busy", async () => {
    await using shell = await TestShell.start({
      rc: "PS1='$ '\nshopt -s expand_aliases\nf1() { :; }\nalias ll='ls -l' odd=$'it\\'s\\nalias x=y'\n"
    })
    const { start } = shell.driver.names()
    expect([...start.functions]).toEqual(["f1"])
    expect([...start.aliases]).toEqual([
      ["ll", "ls -l"],
      ["odd", "it's\nalias x=y"]
    ])
    await shell.run("unset -f f1; f-2() { :; }; wrapper() { :; }; compgen() { echo fooled; }; alias ll=ls; unalias odd")
    const id = shell.submit("read x")
    await shell.started(id)
    const { now } = shell.driver.names()
    expect([...now.functions]).toEqual(["f-2", "wrapper"])
    expect([...now.aliases]).toEqual([["ll", "ls"]])
    shell.driver.write(Buffer.from("\n"))
    await shell.done(id)
  })

  it("may be many", async () => {
    const many = Array.from({ length: 500 }, (_, n) => `some_function_${n}() { echo ${n}; }`).join("\n")
    await using plain = await TestShell.start()
    await using full = await TestShell.start({ rc: `PS1='$ '\n${many}\n` })
    expect(full.driver.names().now.functions.size).toBe(500)
    expect(plain.driver.names().now.functions.size).toBe(0)
  })
})
