// biome-ignore-all lint/suspicious/noTemplateCurlyInString: zsh is full of ${…}
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isAlive } from "../../src/platform.ts"
import { waitsForInput } from "../../src/shell/driver/EndClaim.ts"
import { zle } from "../../src/shell/integration/zle.ts"
import { eventually } from "../harness/eventually.ts"
import { which } from "../harness/tools.ts"
import { BareShell } from "./BareShell.ts"
import { lines, tableIn } from "./commandTable.ts"
import { HELD, HOLD, letEnd } from "./gates.ts"
import { TestShell, type TestShellOptions } from "./TestShell.ts"

const start = (options: TestShellOptions = {}) => TestShell.start({ shell: "zsh", ...options })
const table = tableIn(start)

describe("zle", () => {
  const redrawn = (printed: string, atLineStart = true) => {
    const { before, prompt } = zle.redrawn!(Buffer.from(printed), atLineStart)
    return [before.toString(), prompt?.toString() ?? null]
  }

  it("takes the end of a prompt's line out of what zsh says of a job, with the prompt behind it and before it comes", () => {
    const said = "[1]  + done       sleep 0.1\r\n"
    for (const prompt of ["", "\x1b[0m\x1b[23m\x1b[24m\x1b[J$ \x1b[K"]) {
      const text = prompt === "" ? null : "$ "
      // The job may end before zle has begun to read.
      for (const taking of ["", "\x1b[?2004h", "\x1b[K\x1b[?1h\x1b=\x1b[?2004h"]) {
        expect(redrawn(`${taking}\r\r\n${said}${prompt}`)).toEqual([said, text])
        expect(redrawn(`${taking}late\r\n\r\r\n${said}${prompt}`)).toEqual([`late\r\n${said}`, text])
      }
      expect(redrawn(`late\r\r\n${said}${prompt}`)).toEqual([`late\r\n${said}`, text])
      expect(redrawn(`\r\r\n${said}${prompt}`, false)).toEqual([`\r\n${said}`, text])
    }
    expect(redrawn("\r\n\r\r\nprinted")).toEqual(["\r\n\r\r\nprinted", null])
  })
})

describe.skipIf(which("zsh") === undefined)("zsh", () => {
  describe("statuses, texts and output", () => {
    table("simple commands", [
      { run: "nosuch", status: 127, output: "zsh: command not found: nosuch\n" },
      { run: "true" },
      { run: "fi", status: 1, output: "zsh: parse error near `fi'\n" },
      { run: "mkdir -p x/y" },
      { run: 'echo "[$_]"', output: "[x/y]\n" },
      { run: "printf '%100s' x", output: `${" ".repeat(99)}x` },
      { run: "printf '%100s\\r \\r' ''", output: `${" ".repeat(100)}\r \r` },
      { run: "[[ -o interactive && ! -o login ]]; echo $0 $?", output: "zsh 0\n" },
      // In one text: told of at the prompt, its end would be late output.
      { run: "sleep 0.01 & wait; echo $HISTCMD", output: /^\[1\] \d+\n(\[1\] {2}\+ done.*\n)?\d+\n$/ }
    ])

    table("history and its expansion", [
      { run: "echo hello world", output: "hello world\n" },
      { run: "echo !$", output: "world\n", text: "echo world" },
      { run: "!!", output: "world\n", text: "echo world" },
      { run: "^world^moon", output: "moon\n", text: "echo moon" },
      { run: "!nosuch", status: 1, output: "zsh: event not found: nosuch\n" },
      { run: "echo 'no!expansion'", output: "no!expansion\n" },
      { run: "fc -ln -3", output: "echo world\necho moon\necho 'no!expansion'\n" },
      { run: "print -r -- ${history[(r)echo h*]}", output: "echo hello world\n" }
    ])

    table("several lines", [
      { run: "cat <<X\nhi $HOME_NOT_SET there\nX", output: "hi  there\n" },
      { run: "cat <<'X' | tr a-z A-Z\nkeep $this\nX", output: "KEEP $THIS\n" },
      { run: "repeat 2 echo r\nforeach i (1 2)\necho $i\nend", output: "r\nr\n1\n2\n" }
    ])

    table("texts that zsh refuses fail with its own words", [
      { run: "}", status: 1, output: /parse error near `}'/ },
      { run: "fi", status: 1, output: /parse error near `fi'/ },
      { run: "echo a; }", status: 1, output: /parse error near `}'/ },
      { run: "echo )", status: 1, output: /parse error near `\)'/ },
      { run: "echo >", status: 1, output: /parse error near `\\n'/ },
      { run: 'echo "x $( fi )"', status: 1, output: /parse error near `fi'/ },
      { run: "echo done; true &&\necho too", output: "done\ntoo\n" }
    ])
  })

  describe("state that must not disturb the marks", () => {
    table("traps, options and functions", [
      // Debian's own widgets would be seen by the traps.
      { run: "zle -D zle-line-init zle-line-finish" },
      { run: 'TRAPDEBUG() { echo "DBG<$ZSH_DEBUG_CMD>" }' },
      { run: "echo u", output: "DBG<echo u>\nu\n" },
      { run: "(exit 3)", status: 3, output: /^DBG<\([^_]*\n$/ },
      { run: "unfunction TRAPDEBUG", output: "DBG<unfunction TRAPDEBUG>\n" },
      { run: "trap 'echo LISTED' DEBUG" },
      { run: "echo u", output: "LISTED\nu\n" },
      { run: 'echo "unfinished', status: "incomplete" },
      { run: "trap - DEBUG", output: "LISTED\n" },
      { run: "set -x" },
      { run: "echo x; false", status: 1, output: /^\+zsh:\d+> echo x\nx\n\+zsh:\d+> false\n$/ },
      { run: 'echo "unfinished', status: "incomplete" },
      { run: "set +x", output: /^\+zsh:\d+> set \+x\n$/ },
      { run: "setopt verbose" },
      { run: "echo v", output: "v\n" },
      { run: "unsetopt verbose" },
      { run: "set -u" },
      { run: "echo $nope", status: 1, output: "zsh: nope: parameter not set\n" },
      { run: "set +u" },
      { run: "TRAPZERR() { echo ERR }" },
      { run: "false", status: 1, output: "ERR\n" },
      { run: "true" },
      { run: "unfunction TRAPZERR; setopt err_return" },
      { run: "false", status: 1 },
      { run: "unsetopt err_return; setopt pipefail; false | true", status: 1 },
      { run: "unsetopt pipefail" },
      { run: 'for f in printf print builtin read zle trap typeset local unset; do eval "$f() { echo NO }"; done' },
      { run: "echo pf", output: "pf\n" },
      { run: 'echo "unfinished', status: "incomplete" },
      { run: "(exit 5)", status: 5 },
      { run: "print; whence -w builtin", output: "NO\nbuiltin: function\n" },
      { run: "for f in printf print builtin read zle trap typeset local unset; do unfunction $f; done" },
      { run: "alias print='echo NO' set='echo NO' unset='echo NO' builtin='echo NO' local='echo NO'" },
      { run: "echo al; false", status: 1, output: "al\n" },
      { run: "unalias -a" },
      { run: "IFS=0123456789" },
      { run: "(exit 12)", status: 12 },
      { run: "unset IFS; setopt noglob null_glob ksh_arrays sh_word_split glob_subst ksh_glob no_case_glob" },
      { run: "echo ok", output: "ok\n" },
      { run: "unsetopt noglob null_glob ksh_arrays sh_word_split glob_subst ksh_glob" },
      {
        run: "setopt noclobber posix_builtins posix_argzero posix_traps posix_identifiers posix_strings posix_aliases"
      },
      { run: "echo nc", output: "nc\n" },
      {
        run: "unsetopt noclobber posix_builtins posix_argzero posix_traps posix_identifiers posix_strings posix_aliases"
      },
      { run: "emulate sh" },
      { run: "echo sh; (exit 6)", status: 6, output: "sh\n" },
      { run: "emulate ksh" },
      { run: "echo ksh; (exit 7)", status: 7, output: "ksh\n" },
      { run: "emulate zsh; setopt interactive_comments" },
      { run: "unsetopt prompt_percent" },
      { run: "(exit 5)", status: 5 },
      { run: "setopt prompt_percent prompt_subst prompt_bang" },
      { run: "(exit 6)", status: 6 },
      { run: "setopt all_export; one=1; unsetopt all_export; env | grep -c __et", status: 1, output: "0\n" },
      { run: "trap", output: "" }
    ])

    table("the sign for an unfinished line", [
      { run: "unsetopt prompt_sp" },
      { run: "echo a; (exit 3)", status: 3, output: "a\n" },
      { run: "printf b", output: "b" },
      { run: "setopt prompt_sp; unsetopt prompt_cr" },
      { run: "printf c", output: "c" },
      // The first time zsh draws its own sign, which nothing tells from output.
      { run: "setopt prompt_cr; unset PROMPT_EOL_MARK", output: /^.{9,} {9,}\r \r$/ },
      { run: "printf d", output: "d" },
      { run: "precmd() { echo plain hook }", notice: "plain hook\n" },
      { run: "printf e; (exit 4)", status: 4, output: "e", notice: "plain hook\n" },
      { run: "unfunction precmd" }
    ])

    table("editing modes", [
      { run: "bindkey -v" },
      { run: "echo vi; false", status: 1, output: "vi\n" },
      { run: 'echo "unfinished', status: "incomplete" },
      { run: "bindkey -e; bindkey -N mine emacs; bindkey -A mine main" },
      { run: "echo mine", output: "mine\n" },
      { run: "zle -A .accept-line accept-line; zle -D accept-line; zle -N accept-line nosuch" },
      { run: "echo accepted", output: "accepted\n" },
      { run: "unsetopt zle" },
      { run: "echo plain; (exit 3)", status: 3, output: "plain\n" },
      { run: "echo $?", output: "3\n" },
      { run: "echo a\necho b", output: "a\nb\n" },
      { run: "fc -ln -2", output: /^echo \$\?\necho a.*echo b\n$/ },
      // zsh itself has noticed Ctrl+C by then.
      { run: "if then", status: "incomplete" },
      { run: "echo $?", output: "130\n" },
      { run: "setopt zle" },
      { run: "echo edited", output: "edited\n" }
    ])

    table("prompts and hooks removed", [
      { run: "precmd_functions=()" },
      { run: "echo one; false", status: 1, output: "one\n" },
      { run: "precmd_functions=() preexec_functions=()" },
      { run: "echo two; (exit 4)", status: 4, output: "two\n" },
      { run: "precmd_functions=() PROMPT='% '" },
      { run: "echo three; (exit 5)", status: 5, output: "three\n" },
      { run: "hook() { echo hooked }; precmd_functions=(hook)", notice: "hooked\n" },
      { run: "echo four", output: "four\n", notice: "hooked\n" },
      // With everything gone at once what zsh draws passes for output, this time.
      { run: "precmd_functions=() PS1= PS2= RPS1=; unset PROMPT_EOL_MARK", output: /^/ },
      { run: "echo gone; (exit 6)", status: 6, output: "gone\n" },
      { run: "unset PS1 PS2 precmd_functions preexec_functions" },
      { run: "echo unset; (exit 8)", status: 8, output: "unset\n" },
      { run: "PS1='new> '; export PS1" },
      { run: "(exit 3)", status: 3 },
      { run: "env | grep -v ^PS1= | grep -c __et", status: 1, output: "0\n" }
    ])

    table("redirected and broken terminals", [
      { run: "exec 3>&1 >hidden" },
      { run: "echo hid" },
      // Debian's widgets write to stdout, as everywhere.
      { run: "exec >&3; cat hidden", output: /hid\n/ },
      { run: "exec 4>&2 2>errors" },
      { run: "echo seen; (exit 5)", status: 5, output: "seen\n" },
      { run: "echo a\necho b", output: "a\nb\n" },
      { run: 'echo "open', status: "incomplete" },
      { run: "nosuch", status: 127 },
      { run: "exec 2>&4; grep -c 'comman[d] not found: nosuch' errors", output: "1\n" },
      { run: "grep -c 7717 errors", output: "0\n", status: 1 },
      { run: "exec 2>/dev/null" },
      { run: "echo nothing; false", status: 1, output: "nothing\n" },
      { run: "exec 2>/dev/tty" },
      { run: "exec 7</dev/null 8>&7" },
      { run: "echo fine", output: "fine\n" },
      { run: "exec </dev/null" },
      { run: "echo still", output: "still\n" }
    ])
  })

  describe("programs that read", () => {
    table("lines, passwords and menus", [
      { run: 'read x; echo "[$x]"', keys: [["", "bob\r"]], output: "bob\n[bob]\n" },
      { run: 'x=; vared -p "name? " x; echo "[$x]"', keys: [["name? ", "bob\r"]], output: /\[bob\]\n$/ },
      { run: 'read -s "x?password: "; echo "[${#x}]"', keys: [["password: ", "secret\r"]], output: "password: [6]\n" },
      {
        run: "select x in a b; do echo $x; break; done",
        keys: [["?# ", "2\r"]],
        output: /^1\) a +2\) b.*\?# .*2.*\nb\n$/s
      },
      { run: 'read -k1 x; echo "[$x]"', keys: [["", "z"]], output: /\[z\]\n$/ }
    ])

    it("gives a history event that is to be looked at first to the editor", async () => {
      await using shell = await start({ rc: "PS1='$ '; setopt hist_verify\n" })
      await shell.run("echo once")
      expect(await shell.run("!!")).toMatchObject({ status: 0, output: "", typedAhead: "echo once" })
      expect((await shell.run("echo next")).output).toBe("next\r\n")
    })

    it("shows the question about a misspelt word, and takes its answer", async () => {
      await using shell = await start({ rc: "PS1='$ '; setopt correct\nfunction greet() { print hello }\n" })
      // zsh takes a key that was there before it reads for `n`.
      const answer = async (text: string, question: string, key: string) => {
        const id = shell.submit(text)
        await shell.seen(id, question)
        await eventually(() => expect(waitsForInput(shell.driver.pid)).toBe(true))
        shell.driver.write(Buffer.from(key))
        const { output, status, typedAhead } = await shell.done(id)
        return { output: lines(output), status, typedAhead }
      }
      for (const [options, question] of [
        ["", "zsh: correct 'gret' to 'greet' [nyae]? \x07"],
        ["SPROMPT='%R or %r? '", "gret or greet? \x07"]
      ] as const) {
        await shell.run(options)
        expect(await answer("gret", question, "y")).toMatchObject({ status: 0, output: `${question}y\nhello\n` })
        expect(await answer("gret", question, "n")).toMatchObject({ status: 127 })
        const edited = { output: `${question}e\n`, typedAhead: "gret; print" }
        expect(await answer("gret; print", question, "e")).toMatchObject(edited)
        expect(await answer("gret", question, "a")).toMatchObject({ output: `${question}a\n`, typedAhead: "" })
      }
      expect(shell.bare).toBe(null)
      expect((await shell.run("echo next")).output).toBe("next\r\n")
    })
  })

  describe("interrupts and jobs", () => {
    table("Ctrl+Z, jobs, fg and bg", [
      {
        run: "cat",
        keys: [
          ["", "on\r"],
          ["on\r\non\r\n", "\x1a"]
        ],
        status: 148,
        output: /\^Z\nzsh: suspended {2}cat\n$/
      },
      { run: "exit", output: /you have suspended jobs/ },
      { run: "jobs", output: /suspended +cat/ },
      {
        run: "fg",
        keys: [
          ["cat\r\n", "x\r"],
          ["x\r\nx\r\n", "\x03"]
        ],
        status: 130,
        output: /continued +cat\nx\nx\n\^C\n$/
      },
      { run: "jobs", output: "" }
    ])

    it("reports a finished job, whenever it finishes", async () => {
      await using shell = await start()
      await shell.run("until [ -e go ]; do sleep 0.01; done &")
      const result = await shell.run("touch go; while kill -0 $! 2>/dev/null; do sleep 0.01; done")
      expect(result.output + result.notice).toMatch(/^\[1\] {2}\+ done +until .*done\r\n$/s)
      await shell.run(`${HELD} &`)
      letEnd(shell)
      // What it says while it waits is late output, without what the line editor draws.
      await shell.until(() => shell.loose.endsWith("'\r\n"), "word of the job")
      expect(lines(shell.loose)).toMatch(/^\[1\] {2}\+ done +sh -c '.*'\n$/)
    })

    it("reports on a line of its own that a job has finished which has ended none", async () => {
      await using shell = await start()
      await shell.run(`sh -c '${HOLD}; printf end' &`)
      letEnd(shell)
      await shell.until(() => shell.loose.endsWith("printf end'\r\n"), "word of the job")
      expect(lines(shell.loose)).toMatch(/^end\n\[1\] {2}\+ done +sh -c '.*'\n$/)
    })

    it("draws no notice under the next command when a right prompt has left a colour on", async () => {
      await using shell = await start({ rc: "PS1='$ '; RPROMPT='%K{white} x'\n" })
      await shell.run(`${HELD} &`)
      letEnd(shell)
      await shell.until(() => shell.loose.includes("done"), "word of the job")
      expect((await shell.run("true")).notice).toBe("")
    })

    it("says why it does not end", async () => {
      await using shell = await start({ rc: "PS1='$ '; setopt ignore_eof\n" })
      const id = shell.submit("true")
      await shell.done(id)
      shell.driver.endInput()
      await shell.until(() => shell.result(id).notice !== "", "notice")
      expect(lines(shell.result(id).notice).trim()).toBe("zsh: use 'exit' to exit.")
      expect((await shell.run("echo on")).output).toBe("on\r\n")
    })
  })

  describe("who may move a boundary", () => {
    table("forged marks", [
      // The shell itself, told to lie, can only delay what it prints.
      { run: 'printf "\\033]7717;P;$__et_n\\007"; echo held', output: "held\n" },
      { run: "echo on", output: "on\n" }
    ])

    it("keeps a prompt of ours that was exported from marking in a nested shell", async () => {
      await using shell = await start()
      const id = shell.submit("export PS1 RPS1='right'; zsh -f")
      await shell.seen(id, "$ ")
      shell.driver.write(Buffer.from("echo deep\r"))
      await shell.seen(id, "deep\r\n")
      shell.driver.write(Buffer.from("exit 4\r"))
      expect((await shell.done(id)).status).toBe(4)
    })
  })

  describe("start files", () => {
    it("are read as ever: ZDOTDIR, SHLVL and $0 are the user's", async () => {
      await using shell = await start({
        home: {
          ".zshenv": "echo env ${ZDOTDIR-none}; ZDOTDIR=~/dots\n",
          "dots/.zshrc": "echo rc $ZDOTDIR $SHLVL; PS1='dots> '\n"
        },
        rc: "echo wrong\n",
        env: { SHLVL: "3" }
      })
      expect(lines(shell.startOutput)).toBe(`env none\nrc ${shell.home}/dots 4\n`)
      expect(shell.promptText).toBe("dots> ")
      expect(lines((await shell.run("env | grep ZDOTDIR; echo $ZDOTDIR")).output)).toBe(`${shell.home}/dots\n`)
    })

    it("are found where an exported ZDOTDIR says, and children see it", async () => {
      const dots = (shell: TestShell) => join(shell.home, "dots")
      await using shell = await start({ home: { "dots/.zshrc": "PS1='dots> '\n" }, rc: "", env: { ZDOTDIR: "dots" } })
      expect(shell.promptText).toBe("dots> ")
      expect((await shell.run("env | grep ZDOTDIR")).output).toBe("ZDOTDIR=dots\r\n")
      expect(readFileSync(join(dots(shell), ".zshrc"), "utf8")).toBe("PS1='dots> '\n")
    })

    it("may set options that would break the hooks", async () => {
      await using shell = await start({
        rc: "setopt no_unset ksh_arrays sh_word_split no_clobber err_return; bindkey -v; alias print=false builtin=false\nfunction print { echo NO }\nTRAPDEBUG() { x=1 }\nPS1='> '\n"
      })
      expect(shell.startOutput).toBe("")
      expect((await shell.run("true")).status).toBe(0)
      expect((await shell.run("print")).output).toBe("")
      expect((await shell.run("\\print")).output).toBe("NO\r\n")
    })

    it("may have no sign for an unfinished line", async () => {
      await using shell = await start({ rc: "print -n begun; PROMPT_EOL_MARK=''; PS1='$ '\n" })
      expect(shell.startOutput).toBe("begun")
      expect((await shell.run("print -n on")).output).toBe("on")
    })

    it("may drop hooks that were there before them", async () => {
      await using shell = await start({ rc: "precmd_functions=() preexec_functions=(); PS1='$ '\n" })
      expect(shell.promptText).toBe("$ ")
      expect(await shell.run("echo a; (exit 3)")).toMatchObject({ output: "a\r\n", status: 3 })
    })

    it("may edit a line", async () => {
      await using shell = new TestShell({ shell: "zsh", rc: "WHO=; vared -p 'who? ' WHO\nPS1='$ '\n" })
      await shell.until(() => shell.loose.includes("who? "), "question")
      shell.driver.write(Buffer.from("me\r"))
      await shell.until(() => shell.ready, "prompt")
      expect((await shell.run("echo $WHO")).output).toBe("me\r\n")
    })

    it("may have errors end the shell, which is told apart from exit", async () => {
      for (const [rc, texts] of [
        ["PS1='$ '; setopt err_exit\n", ["true", "false"]],
        ["PS1='$ '\n", ["set -e", "true", "false"]]
      ] as const) {
        await using shell = await start({ rc })
        for (const text of texts)
          shell.submit(text) && (await shell.until(() => shell.ready || shell.exited !== null, "end"))
        expect(shell.exited, rc).toMatchObject({ exitCode: 1, byItself: false })
      }
    })

    it("may rewrite the prompt in a hook, and print from hooks", async () => {
      await using shell = await start({
        rc: 'n=0\nhook() { local s=$?; PS1="[$s:$((++n))] "; echo hook says $s; return 5 }\nprecmd_functions=(hook)\nchpwd() { echo moved }\n'
      })
      expect(shell.promptText).toBe("[0:1] ")
      const result = await shell.run("echo x; (exit 3)")
      expect(lines(result.output)).toBe("x\n")
      expect(lines(result.notice)).toBe("hook says 3\n")
      expect(result.status).toBe(3)
      expect(shell.promptText).toBe("[3:2] ")
      expect((await shell.run("echo $?")).output).toBe("3\r\n")
      expect((await shell.run("cd /")).output).toBe("moved\r\n")
    })

    it("may set a right prompt by either of its names, which shows from the first prompt on", async () => {
      for (const [name, hook] of [
        ["RPS1", ""],
        ["RPROMPT", ""],
        ["RPROMPT", "hook() { PS1='hooked> ' RPROMPT=right }; precmd_functions+=(hook)"]
      ] as const) {
        await using shell = await start({ rc: `PS1='hooked> ' ${name}=right\n${hook}\n` })
        const right = () => Buffer.from(shell.prompt?.right ?? []).toString()
        await shell.until(() => right() === "right", "right prompt")
        expect(shell.promptText).toBe("hooked> ")
        // What was wrapped again and again does not grow.
        await shell.run("true")
        await shell.until(() => right() === "right", "right prompt")
        const printed = (await shell.run(`print -r -- \${(V)PS1} \${(V)${name}}`)).output
        expect(printed.replace(/%\{\^\[\]7717;[^^]*\^G%\}/g, "")).toBe("hooked>  right\r\n")
      }
    })

    it("set hooks that see each command's text once and nothing of ours", async () => {
      await using shell = await start({
        rc: 'PS1="$ "\npre() { print -r -- "pre<$1>" >>~/log }\npost() { print -r -- "post<$? $pipestatus>" >>~/log }\nadd() { print -r -- "add<${1%$\'\\n\'}>" >>~/log }\npreexec_functions=(pre) precmd_functions=(post) zshaddhistory_functions=(add)\n'
      })
      await shell.run("echo one")
      await shell.run('echo "un')
      await shell.run("false | true")
      await shell.run("echo a\necho b")
      expect(lines((await shell.run("cat log")).output)).toBe(
        "post<0 0>\nadd<echo one>\npre<echo one>\npost<0 0>\nadd<false | true>\npre<false | true>\npost<0 1 0>\n" +
          "add<echo a\necho b>\npre<echo a\necho b>\npost<0 0>\nadd<cat log>\npre<cat log>\n"
      )
    })

    it("may show a clock, a right prompt, and a prompt that shrinks when a command is taken", async () => {
      await using shell = await start({
        rc: [
          "PS1='full> ' RPS1='right'",
          "shrink() { PS1='small> ' RPS1=; zle .reset-prompt }",
          "zle -N zle-line-finish shrink",
          "grow() { PS1='full> ' RPS1='right' }",
          "precmd_functions=(grow)",
          'tick() { PS1="tick$((++ticks))> "; zle reset-prompt }',
          "magic-enter() { BUFFER='echo changed'; zle .accept-line }",
          "zle -N accept-line magic-enter",
          "twice() { LBUFFER+=$KEYS$KEYS }",
          "zle -N self-insert twice\n"
        ].join("\n")
      })
      expect(shell.promptText).toBe("full> ")
      await shell.until(() => Buffer.from(shell.prompt?.right ?? []).toString() === "right", "right prompt")
      expect(await shell.run("echo a; (exit 3)")).toMatchObject({
        output: "a\r\n",
        status: 3,
        text: "echo a; (exit 3)"
      })
      expect(shell.promptText).toBe("full> ")
      await shell.run("TMOUT=1; TRAPALRM() { tick }")
      await shell.until(() => shell.promptText === "tick1> ", "tick")
      expect(shell.loose).toBe("")
      expect(await shell.run("echo b\necho c")).toMatchObject({ output: "b\r\nc\r\n", status: 0 })
    })
  })

  describe("the driver", () => {
    it("knows its directory without PWD", async () => {
      await using shell = await start()
      expect((await shell.run("cd /usr/bin; unset PWD")).end?.directory).toBe("/usr/bin")
    })

    it("is told changes of the exported environment, and makes a resumed session's after the start files", async () => {
      await using shell = await start({
        rc: "export RC=1 DROP=1\nPS1='$ '\n",
        env: { ODD: "a'b\"c\\d\n$e`f\x1b\x83" },
        changes: { set: { RC: "2", NEW: "it's\n$x ''" }, unset: ["DROP"] }
      })
      expect((await shell.run('print -rl -- "$RC|$NEW|${DROP-gone}"')).output).toBe("2|it's\r\n$x ''|gone\r\n")
      expect(shell.changes.at(-1)).toEqual({ set: { NEW: "it's\n$x ''", RC: "2" }, unset: ["DROP"] })
      await shell.run("export A='x y' B=$'new\\nline'; typeset -ix C=7; LOCAL=1; path+=(/here); unset RC")
      expect(shell.changes.at(-1)).toMatchObject({ set: { A: "x y", B: "new\nline", C: "7" }, unset: ["DROP", "RC"] })
      expect(shell.changes.at(-1)?.set.PATH).toMatch(/:\/here$/)
    })

    it("ends jobs with the shell and leaves alone what the user protected", async () => {
      const shell = await start()
      // What is protected by a program's work is so once that has been done.
      const texts = [
        "sleep 61 & echo $!",
        "nohup sleep 62 >/dev/null 2>&1 & p=$! ; until grep -q sleep /proc/$p/comm; do :; done; echo $p",
        "sleep 63 &! echo $!",
        "sleep 64 & disown; echo $!"
      ]
      const pids: Array<number> = []
      for (const text of texts) pids.push(Number(/^(\d+)\r$/m.exec((await shell.run(text)).output)![1]))
      expect(shell.driver.jobs().map(({ pid }) => pid)).toEqual([pids[0]])
      await shell[Symbol.asyncDispose]()
      const alive = pids.filter((pid) => isAlive(pid, null))
      for (const pid of alive) process.kill(pid, "SIGKILL")
      expect(alive).toEqual(pids.slice(1))
    })

    it("keeps its files private, and removes them", async () => {
      const shell = await start()
      expect(() => readFileSync(join(shell.files, ".zshenv"))).toThrow()
      expect(lines((await shell.run(`stat -c %a ${shell.files} ${shell.files}/*`)).output)).toMatch(/^700\n(600\n)+$/)
      await shell.run(`: ${"x".repeat(5000)}`)
      expect((await shell.run(`cd ${shell.files}; print *(D)`)).output).toBe(
        "history names start start-names status\r\n"
      )
      await shell[Symbol.asyncDispose]()
      expect(() => readFileSync(shell.files)).toThrow(/ENOENT/)
    })

    it("knows functions and aliases, global ones too", async () => {
      await using shell = await start({
        rc: "PS1='$ '; f1() { : }; alias ll='ls -l'; alias -g G='| grep'; alias odd=$'it\\'s\\nx'\n"
      })
      const { start: first, now } = shell.driver.names()
      expect(first.functions).toContain("f1")
      expect([...first.aliases]).toEqual(
        expect.arrayContaining([
          ["ll", "ls -l"],
          ["G", "| grep"],
          ["odd", "it's\nx"]
        ])
      )
      expect([...now.functions].filter((name) => name.startsWith("__et"))).toEqual([])
      await shell.run("unfunction f1; f-2() { : }; unalias odd")
      expect([...shell.driver.names().now.functions]).toContain("f-2")
      expect(shell.driver.names().now.functions).not.toContain("f1")
      expect(shell.driver.names().now.aliases.has("odd")).toBe(false)
    })
  })

  describe("the history file", () => {
    const commands = [
      "echo a",
      " echo spaced",
      "echo a",
      "echo a",
      "ls /",
      "echo 'b c' ü日\x1f",
      "echo d; echo e",
      "fc -l >/dev/null",
      "echo ends in a backslash \\\\"
    ].map((text) => text.replace("\x1f", ""))
    for (const options of [
      "",
      "hist_ignore_space hist_ignore_dups",
      "hist_ignore_all_dups extended_history",
      "inc_append_history hist_reduce_blanks",
      "share_history"
    ]) {
      it(`is bare zsh's with ${options || "no option"}`, async () => {
        const rc = `PS1='$ '; HISTSIZE=100 SAVEHIST=100; setopt ${options} nobeep\nzshaddhistory() { [[ $1 != ls* ]] }\n`
        await using shell = await start({ rc })
        for (const command of commands) await shell.run(command)
        const told = shell.driver.history()
        shell.submit("exit")
        await shell.until(() => shell.exited !== null, "exit")
        await using bare = new BareShell("zsh", rc)
        await bare.type([...commands, "exit"])
        const plain = (text: string) => text.replace(/^: \d+:\d+;/gm, ": 0:0;")
        expect(plain(shell.history())).toBe(plain(bare.history()))
        expect(shell.history()).toContain("echo 'b c'")
        if (/share|inc/.test(options)) expect(told).toContain("echo 'b c' ü日")
      })
    }
  })
})
