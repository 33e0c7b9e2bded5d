// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells are full of ${…}
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { blockWords } from "../../src/shell/blockWords.ts"
import { asTyped, referringCommand, typedCommand } from "../../src/shell/CommandSource.ts"
import { BareShell } from "./BareShell.ts"
import { lines } from "./commandTable.ts"
import { type ShellName, TestShell, type TestShellOptions } from "./TestShell.ts"

const OUTPUTS = { last: "one\ntwo\n", prev: "three\n", b1: "first\n", b12: "twelfth\n" }

const start = async (options: TestShellOptions = {}): Promise<TestShell> => {
  const shell = await TestShell.start(options)
  Object.assign(shell.outputs, OUTPUTS)
  return shell
}

/** What stands in a history although `@last` is a file: as far as the history goes, a bare shell needs no such file. */
const COMMANDS = [
  "echo a",
  "cat @last",
  "cat @last",
  " cat @prev",
  "ls @b1",
  "cat  <@b1 |  wc -l",
  "for i in @last @b12; do cat $i; done",
  "cat @last",
  "echo 'quoted  @last'",
  "true; cat @b12 #and @last",
  "echo end"
]

/** Runs the same in a shell of ours and in a bare one; their history files. */
const histories = async (shell: ShellName, rc: string) => {
  await using ours = await start({ shell, rc })
  for (const command of COMMANDS) await ours.run(command)
  ours.submit("exit")
  await ours.until(() => ours.exited !== null, "exit")
  await using bare = new BareShell(shell, rc)
  await bare.type([...COMMANDS, "exit"])
  return { ours: ours.history(), bare: bare.history() }
}

describe("the history of bash", () => {
  for (const control of ["", "ignorespace", "ignoredups", "ignoreboth", "erasedups:ignorespace"])
    for (const write of ["", "; PROMPT_COMMAND='history -a'"])
      it(`has what was typed, as bare bash has it, with HISTCONTROL=${control}${write}`, async () => {
        const rc = `PS1='$ '; HISTCONTROL=${control}; HISTIGNORE='ls*'${write}\n`
        const { ours, bare } = await histories("bash", rc)
        expect(ours).toBe(bare)
        expect(ours).toContain("cat @last\n")
      })

  it("has each line of several, as bash enters them, and nothing else changes its place", async () => {
    await using shell = await start({ rc: "PS1='$ '; HISTCONTROL=ignoredups; PROMPT_COMMAND='history -a'\n" })
    await shell.run("echo before")
    await shell.run("cat @b1\necho x\necho 'two\nlines'\ncat @b12 @last\necho behind")
    await shell.run("echo y\nfor i in @b1\ndo cat $i\ndone")
    await shell.run("cat @last")
    await shell.run("cat @last")
    expect(shell.history()).toBe(
      "echo before\ncat @b1\necho x\necho 'two\nlines'\ncat @b12 @last\necho behind\necho y\nfor i in @b1; do cat $i; done\ncat @last\n"
    )
    expect(lines((await shell.run("history 3")).output)).toMatch(
      /^ +8 {2}for .*\n +9 {2}cat @last\n +10 {2}history 3\n$/
    )
  })

  it("has it where bash edits no line, and what history expansion makes of it", async () => {
    await using shell = await start()
    expect((await shell.run("cat @b1")).output).toBe("first\r\n")
    const again = await shell.run("cat @last !$")
    expect(lines(again.output)).toBe("one\ntwo\ncat: @b1: No such file or directory\n")
    expect(again.text).toBe("cat @last @b1")
    const twice = await shell.run("cat @last; !!:0 @b12")
    expect([lines(twice.output), twice.text]).toEqual(["one\ntwo\ntwelfth\n", "cat @last; cat @b12"])
    await shell.run("set +o emacs")
    expect(lines((await shell.run("cat @prev")).output)).toBe("three\n")
    expect(
      lines((await shell.run("HISTTIMEFORMAT= history 5 | cut -c8-")).output)
        .split("\n")
        .slice(0, 4)
    ).toEqual(["cat @last @b1", "cat @last; cat @b12", "set +o emacs", "cat @prev"])
  })

  it("is put right before hooks of the user's, which find the statuses; a DEBUG trap sees it", async () => {
    await using shell = await start({
      rc: `PS1='$ '; PROMPT_COMMAND='echo "$? \${PIPESTATUS[*]} $_ $(HISTTIMEFORMAT= history 1 | cut -c8-)" >>~/hook'\n`
    })
    await shell.run("false | cat @b1 | sh -c 'cat; exit 3'")
    await shell.run(": @b1 behind")
    expect(
      lines((await shell.run("cat hook")).output)
        .split("\n")
        .slice(-3)
    ).toEqual([
      expect.stringMatching(/^3 1 0 3 .* false \| cat @b1 \| sh -c 'cat; exit 3'$/),
      "0 0 behind : @b1 behind",
      ""
    ])
    await shell.run("set -eu; set -o noclobber; trap 'echo \"$BASH_COMMAND\" >>~/seen' DEBUG")
    await shell.run("cat @last")
    await shell.run("trap - DEBUG; set +eu +o noclobber")
    const seen = lines((await shell.run("grep -v hook seen")).output)
    expect(seen.replace(/\/\S+last\.txt/, "FILE")).toMatch(
      /^cat FILE\nfor __et_i in .*\n__et_remember\ntrap - DEBUG\n$/
    )
  })
})

describe("the history of zsh", () => {
  const options = [
    "",
    "hist_ignore_space hist_ignore_dups",
    "hist_ignore_all_dups",
    "hist_reduce_blanks",
    "share_history"
  ]
  for (const option of options)
    it(`has what was typed, as bare zsh has it, with ${option || "no option"}`, async () => {
      const rc = `PS1='$ '; HISTSIZE=100 SAVEHIST=100; setopt ${option} nobeep interactive_comments\nzshaddhistory() { [[ $1 != ls* ]] }\n`
      const { ours, bare } = await histories("zsh", rc)
      const plain = (text: string) => text.replace(/^: \d+:\d+;/gm, ": 0:0;")
      expect(plain(ours)).toBe(plain(bare))
      expect(ours).toContain("cat @last\n")
    })

  it("is what preexec hooks are told, and a global alias of the user's comes back", async () => {
    await using shell = await start({
      shell: "zsh",
      rc: "PS1='$ '; alias -g @last=mine; setopt ksh_arrays err_exit no_unset\npreexec() { print -r -- \"$1\" >>~/told }\nTRAPDEBUG() { : }\n"
    })
    const ran = await shell.run("cat @last @b1")
    expect([lines(ran.output), ran.text]).toEqual(["one\ntwo\nfirst\n", "cat @last @b1"])
    expect(lines((await shell.run("head -n 1 told; alias -g; echo ${+galiases[@b1]}")).output)).toBe(
      "cat @last @b1\n@last=mine\n0\n"
    )
    expect(shell.driver.names().now.aliases.get("@last")).toBe("mine")
    const several = await shell.run("cat @b12\nx=$(cat @prev); echo $x")
    expect([lines(several.output), several.text]).toEqual(["twelfth\nthree\n", "cat @b12\nx=$(cat @prev); echo $x"])
    await shell.run("unsetopt zle err_exit")
    expect(lines((await shell.run("cat @prev")).output)).toBe("three\n")
    expect(lines((await shell.run("fc -ln -1")).output)).toBe("cat @prev\n")
  })
})

describe("fish", () => {
  it("keeps no command with such words, shows what was typed, and expands abbreviations", async () => {
    await using shell = await start({ shell: "fish", home: {} })
    await shell.run("abbr -a show cat")
    const ran = await shell.run("show @last")
    expect([lines(ran.output), ran.text]).toEqual(["one\ntwo\n", "cat @last"])
    const several = await shell.run("for i in @b1 @b12\ncat $i\nend")
    expect([lines(several.output), several.text]).toEqual(["first\ntwelfth\n", several.command])
    expect(lines((await shell.run("echo (cat @prev); builtin history search")).output)).not.toMatch(/@|txt/)
    const refused = await shell.run("cat @last )")
    expect([refused.status, refused.text]).toEqual([1, "cat @last )"])
  })
})

describe("stderr apart", () => {
  for (const name of ["bash", "zsh", "fish"] as const)
    it(`goes with such words in ${name}`, async () => {
      await using shell = await start({ shell: name })
      const ran = await shell.done(shell.submit("cat @b12 @b1 /nowhere", true))
      expect([lines(ran.output), ran.text]).toEqual(["twelfth\nfirst\n", "cat @b12 @b1 /nowhere"])
      expect(lines((await shell.run("cat @b1")).output)).toBe("first\n")
    })
})

describe("dash", () => {
  it("runs what words stand for, in one line and in several", async () => {
    await using shell = await start({ program: "dash", env: { ENV: "" } })
    const one = await shell.run("cat @last; cat <@b1")
    expect([lines(one.output), one.text]).toEqual(["one\ntwo\nfirst\n", "cat @last; cat <@b1"])
    const several = await shell.run("x=$(cat @prev)\necho $x")
    expect([lines(several.output), several.text]).toEqual(["three\n", "x=$(cat @prev)\necho $x"])
    expect((await shell.run("cat @last |")).incomplete).toBe(true)
  })
})

describe("a command with its files", () => {
  const path = (word: string) => (word === "@last" ? "/run/b1.txt" : `/run/${word.slice(1)}.txt`)
  const refer = (text: string) => referringCommand(text, blockWords(text, "bash"), path)

  it("has a path for each word, two for the same file as well, and the words back", () => {
    const source = refer("diff @last @b1 @b12 @last '@last'")
    expect(source.runs).toBe("diff /run/b1.txt /run/./b1.txt /run/b12.txt /run/b1.txt '@last'")
    expect(asTyped(source, source.runs)).toBe(source.typed)
    expect(asTyped(source, `${source.runs} | more`)).toBe(`${source.typed} | more`)
    expect(asTyped(source, " wc /run/b12.txt /run/./b1.txt")).toBe("wc @b12 @b1")
    expect(asTyped(typedCommand("ls"), " ls /run/b1.txt")).toBe(" ls /run/b1.txt")
  })

  it("is what was typed where it has none", () => {
    expect(refer("npm i @types/node")).toEqual(typedCommand("npm i @types/node"))
  })

  it("is what was typed when the words are put back", () => {
    const word = fc.constantFrom(
      "@last",
      "@b1",
      "@b12",
      "@name",
      "cat",
      "'@last'",
      "|",
      "x;",
      "(",
      ")",
      "<",
      "\n",
      "@@"
    )
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const source = refer(words.join(" "))
        expect(asTyped(source, source.runs)).toBe(source.typed)
        expect(asTyped(source, `${source.runs} `)).toBe(`${source.typed} `)
      })
    )
  })
})
