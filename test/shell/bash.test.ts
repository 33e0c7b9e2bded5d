// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { BareShell } from "./BareShell.ts"
import { lines, tableIn } from "./commandTable.ts"
import { gates } from "./gates.ts"
import { TestShell } from "./TestShell.ts"

const table = tableIn(() => TestShell.start())

describe("statuses, texts and output", () => {
  table("simple commands", [
    { run: "nosuch", status: 127, output: "bash: nosuch: command not found\n" },
    { run: "if then", status: 2, output: "bash: syntax error near unexpected token `then'\n" },
    { run: "mkdir -p x/y" },
    { run: 'echo "[$_]"', output: "[x/y]\n" },
    { run: "return 3", status: 2, output: /return: can only/ },
    { run: "echo $- | grep -c i", output: "1\n" },
    { run: "tty >/dev/null" }
  ])

  table("history and its expansion", [
    { run: "echo hello world", output: "hello world\n" },
    { run: "echo !$", output: "world\n", text: "echo world" },
    { run: "!!", output: "world\n", text: "echo world" },
    { run: "^world^moon", output: "moon\n", text: "echo moon" },
    { run: "!nosuch", status: 1, output: "bash: !nosuch: event not found\n" },
    { run: "echo 'no!expansion'", output: "no!expansion\n" },
    { run: "history 3 | cut -c8-", output: "echo moon\necho 'no!expansion'\nhistory 3 | cut -c8-\n" },
    { run: "fc -ln -2 -2 | tr -d '\\t '", output: "echo'no!expansion'\n" }
  ])

  table("several lines", [
    { run: "alias q=echo\nq AL", output: "AL\n" },
    { run: "cat <<X\nhi $HOME_NOT_SET there\nX", output: "hi  there\n" },
    { run: "cat <<'X' | tr a-z A-Z\nkeep $this\nX", output: "KEEP $THIS\n" }
  ])

  table("texts that bash refuses fail with its own words", [
    { run: "}", status: 2, output: /unexpected token/ },
    { run: "fi", status: 2, output: /unexpected token/ },
    { run: "echo a; }", status: 2, output: /unexpected token/ },
    { run: "echo )", status: 2, output: /unexpected token/ }
  ])
})

describe("state that must not disturb the marks", () => {
  table("traps, options and functions", [
    { run: "trap 'echo \"DBG<$BASH_COMMAND>\"' DEBUG" },
    { run: "echo u", output: "DBG<echo u>\nu\n" },
    { run: "(exit 3)", status: 3 },
    { run: "trap - DEBUG", output: "DBG<trap - DEBUG>\n" },
    { run: "set -x" },
    { run: "echo x; false", status: 1, output: "+ echo x\nx\n+ false\n" },
    { run: "exec 5>trace; BASH_XTRACEFD=5; : traced", output: /^\+ exec\n/ },
    { run: "set +x; unset BASH_XTRACEFD" },
    { run: "cat trace", output: "+ : traced\n+ set +x\n" },
    { run: "set -u" },
    { run: "echo $nope", status: 1, output: "bash: nope: unbound variable\n" },
    { run: "set +u" },
    { run: 'trap "echo ERR" ERR' },
    { run: "false", status: 1, output: "ERR\n" },
    { run: "trap - ERR" },
    { run: 'trap "echo RET" RETURN' },
    { run: "true" },
    { run: "trap - RETURN" },
    { run: "set -E; set -o pipefail; false | true", status: 1 },
    { run: "set +E; set +o pipefail" },
    { run: "printf() { echo NO; }; builtin() { echo NO; }; read() { echo NO; }; bind() { echo NO; }" },
    { run: "echo pf", output: "pf\n" },
    { run: 'echo "unfinished', status: "incomplete" },
    { run: "unset -f printf builtin read bind" },
    { run: "alias printf='echo NO' set='echo NO' unset='echo NO' builtin='echo NO'" },
    { run: "echo al; false", status: 1, output: "al\n" },
    { run: "unalias -a" },
    { run: "IFS=0123456789" },
    { run: "(exit 12)", status: 12 },
    { run: "unset IFS; set -f; shopt -s extglob nullglob failglob dotglob" },
    { run: "echo ok", output: "ok\n" },
    { run: "shopt -u promptvars" },
    { run: "(exit 5)", status: 5 },
    { run: "shopt -s promptvars; shopt -u failglob nullglob; set +f" },
    { run: "set -o noclobber" },
    { run: "echo nc", output: "nc\n" },
    { run: "set +o noclobber; set -o posix" },
    { run: "(exit 6)", status: 6 },
    { run: "set +o posix" },
    { run: "trap", output: "" }
  ])

  table("editing modes", [
    { run: "set -o vi" },
    { run: "echo vi; false", status: 1, output: "vi\n" },
    { run: 'echo "unfinished', status: "incomplete" },
    { run: "set -o emacs" },
    { run: "set +o emacs" },
    { run: "echo plain; (exit 3)", status: 3, output: "plain\n" },
    { run: "echo $?", output: "3\n" },
    { run: "if then", status: 2, output: "bash: syntax error near unexpected token `then'\n" },
    { run: "echo a\necho b", output: "a\nb\n" },
    { run: "history 3", output: /if then\n +\d+ {2}echo a\necho b\n +\d+ {2}history 3\n$/ },
    { run: "set -o emacs" },
    { run: "echo edited", output: "edited\n" }
  ])

  table("prompts and hooks removed", [
    { run: "unset PROMPT_COMMAND" },
    { run: "echo one; false", status: 1, output: "one\n" },
    // The first time our hook is gone, and what replaced it passes for output.
    { run: 'PROMPT_COMMAND="echo hooked"', output: "hooked\n" },
    { run: "echo two", output: "two\n", notice: "hooked\n" },
    { run: 'PROMPT_COMMAND=("echo first" "false")', output: /^$|first/, notice: /^$|first/ },
    { run: "(exit 9)", status: 9, notice: "first\n" },
    { run: "echo $?", output: "9\n", notice: "first\n" },
    { run: 'PROMPT_COMMAND+=("echo last")', notice: /first\nlast\n/ },
    { run: "true", notice: "first\nlast\n" },
    { run: "PROMPT_COMMAND=", output: /last\n/ },
    { run: "unset PROMPT_COMMAND", output: /^(\x1b\[\?2004h)?$/, notice: /^/ },
    { run: "PS1= PS0= PS2=" },
    { run: "echo gone; (exit 6)", status: 6, output: "gone\n" },
    { run: "unset PS1 PS0 PS2" },
    { run: "echo unset; (exit 8)", status: 8, output: "unset\n" },
    { run: "unset PROMPT_COMMAND PS1 PS0" },
    { run: "echo both; (exit 4)", status: 4, output: "both\n" },
    { run: "echo again; (exit 5)", status: 5, output: "again\n" },
    { run: "PS1='new> '; export PS1" },
    { run: "(exit 3)", status: 3 },
    { run: "export PROMPT_COMMAND=true", output: /^/ },
    { run: "echo exported; (exit 2)", status: 2, output: "exported\n" },
    // An exported PS1 carries our parts along, and they are nothing there.
    { run: "env | grep -v ^PS1= | grep -c __et", status: 1, output: "0\n" }
  ])

  table("redirected and broken terminals", [
    { run: "exec 3>&1 >hidden" },
    { run: "echo hid" },
    { run: "exec >&3; cat hidden", output: "hid\n" },
    { run: "exec 4>&2 2>errors" },
    { run: "echo seen; (exit 5)", status: 5, output: "seen\n" },
    { run: "echo \"$?\" 'quoted'", output: "5 quoted\n" },
    { run: "echo a\necho b", output: "a\nb\n" },
    { run: 'echo "open', status: "incomplete" },
    { run: "nosuch", status: 127 },
    { run: "exec 2>&4; grep -c 'nosuch: comman[d]' errors", output: "1\n" },
    { run: "grep -c 7717 errors", output: /^\d+\n/, status: 0 },
    { run: "exec 2>/dev/null" },
    { run: "echo nothing; false", status: 1, output: "nothing\n" },
    { run: "exec 2>/dev/tty" },
    { run: "exec 7</dev/null 8>&7" },
    { run: "echo fine", output: "fine\n" }
  ])
})

describe("programs that read", () => {
  table("lines, passwords and menus", [
    { run: 'read x; echo "[$x]"', keys: [["", "bob\r"]], output: "bob\n[bob]\n" },
    { run: 'read -e -p "name? " x; echo "[$x]"', keys: [["name? ", "bob\r"]], output: /\[bob\]\n$/ },
    { run: 'read -s -p "password: " x; echo "[${#x}]"', keys: [["password: ", "secret\r"]], output: "password: [6]\n" },
    { run: "select x in a b; do echo $x; break; done", keys: [["#? ", "2\r"]], output: "1) a\n2) b\n#? 2\nb\n" },
    { run: "read -n1 x; echo [$x]", keys: [["", "z"]], output: "z[z]\n" },
    { run: "read -d x; echo ok", keys: [["", "\r\rx"]], output: /ok\n$/ }
  ])
})

describe("interrupts and jobs", () => {
  table("Ctrl+C", [
    { run: "echo on; while :; do :; done", keys: [["on\r\n", "\x03"]], status: 130, output: "on\n^C\n" },
    { run: "echo a >a" },
    { run: "cat a -; echo b", keys: [["a\r\n", "\x03"]], status: 130, output: "a\n^C\n" },
    {
      run: 'python3 -c \'import time\ntry: print("on", flush=True); time.sleep(9)\nexcept KeyboardInterrupt: print("caught")\'\necho after',
      keys: [["on\r\n", "\x03"]],
      output: "on\n^Ccaught\nafter\n"
    }
  ])

  table("Ctrl+Z, jobs, fg and bg", [
    {
      run: "cat",
      keys: [
        ["", "on\r"],
        ["on\r\non\r\n", "\x1a"]
      ],
      status: 148,
      output: /\^Z\n\[1\]\+ {2}Stopped/
    },
    { run: "jobs", output: /Stopped +cat/ },
    { run: "bg", output: "[1]+ cat &\n", notice: /^/ },
    {
      run: "fg",
      keys: [
        ["cat\r\n", "x\r"],
        ["x\r\nx\r\n", "\x03"]
      ],
      status: 130,
      output: /^cat\nx\nx\n\^C\n$/
    },
    { run: "sleep 0.01 &", output: /^\[1\] \d+\n$/, notice: /^(\[1\]\+ {2}Done +sleep 0.01\n)?$/ },
    {
      run: "wait; sleep 0.05",
      notice: /^(\[1\]\+ {2}Done +sleep 0.01\n)?$/,
      output: /^(\[1\]\+ {2}Done +sleep 0.01\n)?$/
    },
    { run: "jobs", output: "" }
  ])

  it("reports a finished job as a notice", async () => {
    await using shell = await TestShell.start()
    await shell.run("until [ -e go ]; do sleep 0.01; done &")
    const result = await shell.run("touch go; while kill -0 $! 2>/dev/null; do sleep 0.01; done")
    expect(result.notice).toMatch(/^\[1\]\+ {2}Done +until .*done\r\n$/s)
    expect(result.output).toBe("")
  })

  it("tells what a background job prints while the shell waits", async () => {
    await using shell = await TestShell.start()
    using gate = gates(shell, "late")
    await shell.run("(read -r go <~/late; echo late) &")
    gate.open("late")
    await shell.until(() => shell.loose.includes("late"), "late output")
    expect(shell.loose).toBe("late\r\n")
    expect(lines((await shell.run("echo next")).output)).toBe("next\n")
  })
})

describe("who may move a boundary", () => {
  table("forged marks", [
    { run: "printf '\\033]7717;R\\007'; sleep 0.1; echo on", output: "on\n" },
    { run: "printf '\\033]0;title\\007\\033]133;D;0\\007\\n'", output: "\x1b]0;title\x07\x1b]133;D;0\x07\n" }
  ])

  it("lets a nested shell and its prompt be output", async () => {
    await using shell = await TestShell.start()
    const id = shell.submit("PS1='inner> ' bash --norc")
    await shell.seen(id, "inner> ")
    shell.driver.write(Buffer.from("echo deep; PS1='$ '; env | grep -c __et\r"))
    await shell.seen(id, "0\r\n")
    shell.driver.write(Buffer.from("exit 4\r"))
    const result = await shell.done(id)
    expect(result.status).toBe(4)
    expect(result.output).toContain("deep\r\n")
    expect(result.typedAhead).toBe("")
  })

  it("keeps a prompt of ours that was exported from marking in a nested shell", async () => {
    await using shell = await TestShell.start()
    const id = shell.submit("export PS1; bash --norc -u")
    await shell.seen(id, "$ ")
    shell.driver.write(Buffer.from("echo deep\r"))
    await shell.seen(id, "deep\r\n")
    shell.driver.write(Buffer.from("exit 4\r"))
    const result = await shell.done(id)
    expect(result.status).toBe(4)
    expect(result.output).not.toContain("unbound")
  })
})

describe("a prompt that is drawn again", () => {
  it("is no output, whatever it is dressed in", async () => {
    await using shell = await TestShell.start({ rc: "PS1='\\[\\e[1;33m\\]here\\[\\e(B\\e[m\\] $ '\n" })
    for (let i = 0; i < 20; i++) expect(await shell.run("echo 'open")).toMatchObject({ incomplete: true })
    expect(shell.loose).toBe("")
  })
})

describe("the shell's own files", () => {
  it("are private and gone", async () => {
    const shell = await TestShell.start()
    const init = await shell.run('tr "\\0" "\\n" </proc/$$/cmdline')
    expect(init.output).toContain(join(shell.files, "init"))
    expect(() => readFileSync(join(shell.files, "init"))).toThrow()
    expect(lines((await shell.run(`stat -c %a ${shell.files} ${shell.files}/*`)).output)).toMatch(/^700\n(600\n)+$/)
    await shell[Symbol.asyncDispose]()
    expect(() => readFileSync(shell.files)).toThrow(/ENOENT/)
  })

  it("do not keep the text of a command", async () => {
    await using shell = await TestShell.start()
    await shell.run(`: ${"x".repeat(5000)}`)
    expect((await shell.run(`cd ${shell.files}; echo *`)).output).toBe("history names start start-names status\r\n")
  })
})

describe("start files", () => {
  it("are honoured and print what they print", async () => {
    await using shell = await TestShell.start({
      rc: "echo welcome; alias ll='echo LL'; f() { echo F; }; export FROM_RC=1; PS1='\\[\\e[32m\\]two\\nlines\\$\\[\\e[0m\\] '\n"
    })
    expect(shell.startOutput).toBe("welcome\r\n")
    expect(shell.promptText).toBe(`\x1b[32mtwo\nlines${process.getuid?.() === 0 ? "#" : "$"}\x1b[0m `)
    expect(lines((await shell.run("ll; f; echo $FROM_RC")).output)).toBe("LL\nF\n1\n")
  })

  it("may set options that would break the hooks", async () => {
    await using shell = await TestShell.start({
      rc: "set -eu; set -o vi; alias printf=false builtin=false; printf() { echo NO; }; trap 'x=1' DEBUG\nPS1='> '\n"
    })
    expect(lines((await shell.run("echo $-")).output)).toMatch(/e.*u/)
    expect((await shell.run("true")).status).toBe(0)
    expect(lines((await shell.run("alias | wc -l")).output)).toBe("2\n")
  })

  it("may ask something", async () => {
    await using shell = new TestShell({ rc: "read -p 'who? ' WHO\nPS1='$ '\n" })
    await shell.until(() => shell.loose.includes("who? "), "question")
    shell.driver.write(Buffer.from("me\r"))
    await shell.until(() => shell.ready, "prompt")
    expect(lines((await shell.run("echo $WHO")).output)).toBe("me\n")
  })

  it("may rewrite the prompt in a hook to what is a pattern of files, whatever patterns without files do", async () => {
    for (const option of ["shopt -u nullglob", "shopt -s nullglob", "shopt -s failglob"]) {
      await using shell = await TestShell.start({ rc: `${option}\nhook() { PS1='[\\w]* '; }\nPROMPT_COMMAND=hook\n` })
      await shell.run("mkdir '~a' '~b'")
      // Where our parts are missing the command itself finds the prompt bare.
      const marked = await shell.run('case $PS1 in *__et_*"]* "*__et_*) echo marked ;; esac')
      expect(marked, option).toMatchObject({ output: "marked\r\n", notice: "" })
      expect(shell.promptText).toBe("[~]* ")
    }
  })

  it("may rewrite the prompt in a hook, as starship does, and print from hooks, as direnv does", async () => {
    await using shell = await TestShell.start({
      rc: 'n=0\nhook() { local s=$?; PS1="[$s:$((++n))] "; echo hook says $s; return 5; }\nPROMPT_COMMAND=hook\n'
    })
    expect(shell.promptText).toBe("[0:1] ")
    const result = await shell.run("echo x; (exit 3)")
    expect(lines(result.output)).toBe("x\n")
    expect(lines(result.notice)).toBe("hook says 3\n")
    expect(result.status).toBe(3)
    expect(shell.promptText).toBe("[3:2] ")
    expect((await shell.run("echo $?")).output).toBe("3\r\n")
  })

  it("set up bash-preexec hooks, which see each command's text once and nothing of ours", async () => {
    const log = "preexec.log"
    await using shell = await TestShell.start({ rc: preexecLike(log) })
    await shell.run("echo one")
    await shell.run("echo two; true\t# comment")
    await shell.run('echo "un')
    await shell.run("for i in 1 2; do echo $i; done")
    await shell.run("false | true")
    const seen = await shell.run(`cat ${log}`)
    expect(lines(seen.output)).toBe(
      "pre<echo one>\npost<0>\npre<echo two; true\t# comment>\npost<0>\npre<for i in 1 2; do echo $i; done>\npost<0>\n" +
        `pre<false | true>\npost<0>\npre<cat ${log}>\n`
    )
  })
})

/** What bash-preexec does, in few lines: a DEBUG trap that is armed by the last prompt hook. */
const preexecLike = (log: string) => `
PS1='$ '
__bp_on=
__bp_precmd() { local s=$?; [[ $__bp_started ]] && echo "post<$s>" >> ~/${log}; __bp_started=1; }
__bp_interactive_mode() { __bp_on=1; }
__bp_preexec() {
  [[ $COMP_POINT$READLINE_POINT ]] && return
  [[ $__bp_on ]] || return
  [[ $BASH_COMMAND == __bp_interactive_mode ]] && return
  __bp_on=
  echo "pre<$(HISTTIMEFORMAT= builtin history 1 | sed 's/^ *[0-9]*[* ] //')>" >> ~/${log}
}
trap __bp_preexec DEBUG
PROMPT_COMMAND=(__bp_precmd __bp_interactive_mode)
`

describe("the history file", () => {
  const commands = [
    "echo a",
    " echo spaced",
    "echo a",
    "echo a",
    "ls /",
    "echo 'b c'",
    "history -a",
    "echo d; echo e",
    "fc -l >/dev/null"
  ]
  for (const control of ["", "ignorespace", "ignoredups", "ignoreboth", "erasedups:ignorespace"]) {
    it(`is bare bash's with HISTCONTROL=${control}`, async () => {
      const rc = `PS1='$ '; HISTCONTROL=${control}; HISTIGNORE='ls*'\n`
      await using shell = await TestShell.start({ rc })
      for (const command of commands) await shell.run(command)
      shell.submit("exit")
      await shell.until(() => shell.exited !== null, "exit")
      await using bare = new BareShell("bash", rc)
      await bare.type([...commands, "exit"])
      expect(shell.history()).toBe(bare.history())
      expect(shell.history()).toContain("echo 'b c'\n")
    })
  }

  it("holds every command of a text of several lines once", async () => {
    await using shell = await TestShell.start()
    await shell.run("echo a\nfor i in 1 2\ndo\n  echo $i\ndone\necho c")
    await shell.run("cat <<X\nhi\nX")
    shell.submit("exit")
    await shell.until(() => shell.exited !== null, "exit")
    expect(shell.history()).toBe("echo a\nfor i in 1 2; do   echo $i; done\necho c\ncat <<X\nhi\nX\n\nexit\n")
  })
})
