import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isAlive } from "../../src/platform.ts"
import { parseHistory } from "../../src/shell/integration/fishHistory.ts"
import { ShellDriver } from "../../src/shell/ShellDriver.ts"
import { handOver, spawnShell } from "../../src/shell/spawnShell.ts"
import { eventually } from "../harness/eventually.ts"
import { which } from "../harness/tools.ts"
import { BareShell } from "./BareShell.ts"
import { type Case, lines, tableIn } from "./commandTable.ts"
import { typeBehind } from "./gates.ts"
import { fillHome, PLAIN_RC, TestShell, type TestShellOptions } from "./TestShell.ts"

const fish = (options: Omit<TestShellOptions, "shell"> = {}) => TestShell.start({ shell: "fish", ...options })
const table = tableIn(fish)

describe.skipIf(which("fish") === undefined)("fish", () => {
  describe("statuses, texts and output", () => {
    table("simple commands", [
      { run: "nosuch", status: 127, output: /^fish: Unknown command: nosuch\n/ },
      { run: "false | true | false", status: 1 },
      { run: "# between" },
      { run: "echo $pipestatus", output: "1 0 1\n" },
      { run: "printf '\\n\\n'", output: "\n\n" },
      { run: "printf '⏎'", output: "⏎" },
      { run: "printf '\\e]0;mine\\a\\e(B\\e[m\\rx'", output: "\x1b]0;mine\x07\x1b(B\x1b[m\rx" },
      { run: "printf '\\e'", output: "\x1b" },
      { run: "set_color red; echo -n x; set_color normal", output: "\x1b[31mx\x1b(B\x1b[m" },
      { run: "status is-interactive; and not status is-login; and echo as elsewhere", output: "as elsewhere\n" },
      { run: "return 3", status: 3 }
    ])

    table("several lines", [
      { run: "alias q=echo\nq AL", output: "AL\n" },
      { run: "echo 'it\\'s' \"q\\\"q\" \\\\", output: "it's q\"q \\\n" },
      { run: "  echo led by blanks  ", output: "led by blanks\n" }
    ])

    table("texts that fish refuses fail with its own words, and leave nothing behind", [
      { run: "sh -c 'exit 4'", status: 4 },
      {
        run: "if then; end end",
        status: 4,
        output: "fish: 'end' does not take arguments. Did you forget a ';'?\nif then; end end\n             ^~^\n"
      },
      { run: "echo $status", output: "4\n" },
      { run: "echo )", status: 1, output: /^fish: Unexpected '\)'.*\necho \)\n {5}\^\n$/ },
      { run: "echo a\necho b\nend", status: 1, output: "fish: 'end' outside of a block\nend\n^~^\n" },
      { run: "echo $$", status: 1, output: /^fish: \$\$ is not the pid/ },
      { run: "echo ok", output: "ok\n" }
    ])

    table("abbreviations are expanded as they are when typed, and shown", [
      { run: "abbr -a gg echo expanded" },
      { run: "gg", text: "echo expanded", output: "expanded\n" },
      { run: "gg more", text: "echo expanded more", output: "expanded more\n" },
      {
        run: "gg a\ngg b",
        text: "echo expanded a\ngg b",
        status: 127,
        output: /^expanded a\nfish: Unknown command: gg/
      },
      { run: "echo gg it", output: "gg it\n" },
      { run: "echo x; gg", text: "echo x; echo expanded", output: "x\nexpanded\n" },
      { run: "echo 'gg'", output: "gg\n" },
      { run: "builtin history search --max 2", output: "echo 'gg'\necho x; echo expanded\n" }
    ])
  })

  it("prints what fish says to a refused text as a terminal shows it", async () => {
    await using shell = await fish()
    expect((await shell.run("echo )")).output).toMatch(/^fish: [^\r\n]*\r\necho \)\r\n {5}\^\r\n$/)
  })

  describe("state that must not disturb the marks", () => {
    table("functions, traces and modes", [
      ...["echo", "commandline", "bind", "functions", "jobs", "contains", "source"].map(
        (name): Case => ({ run: `function ${name}; builtin echo NO $argv; end` })
      ),
      { run: "builtin echo pf; false", status: 1, output: "pf\n" },
      { run: 'builtin echo "unfinished', status: "incomplete" },
      { run: "builtin echo )", status: 1, output: /^fish: / },
      { run: "builtin functions -e echo commandline bind functions jobs contains source" },
      { run: "set fish_trace 1" },
      { run: "echo x; false", status: 1, output: "> echo x\nx\n> false\n" },
      { run: "set -e fish_trace", output: "> set -e fish_trace\n" },
      { run: "set -g fish_private_mode 1" },
      { run: "echo private", output: "private\n" },
      { run: "set -g IFS x; set -g fish_history other" },
      { run: "echo ok", output: "ok\n" },
      { run: "status job-control none; sh -c 'exit 3'", status: 3 },
      { run: "echo none", output: "none\n" },
      { run: "status job-control interactive; function fish_title; end" },
      { run: "echo untitled", output: "untitled\n" },
      { run: "function fish_title; echo a; echo '$b'; end" },
      { run: "printf '\\rtitled'", output: "\rtitled" },
      { run: "set -g TERM dumb" },
      { run: "echo dumb", output: "dumb\n" },
      { run: "set -g TERM xterm-256color" },
      { run: "echo back", output: "back\n" }
    ])

    table("key bindings", [
      { run: "fish_vi_key_bindings" },
      { run: "echo vi; false", status: 1, output: "vi\n" },
      { run: 'echo "unfinished', status: "incomplete" },
      { run: "true; set fish_bind_mode default" },
      { run: "echo command mode", output: "command mode\n" },
      { run: "set fish_bind_mode visual" },
      { run: "echo visual mode", output: "visual mode\n" },
      { run: "fish_default_key_bindings" },
      { run: "echo default", output: "default\n" },
      { run: "bind --erase --all; bind --erase --all --preset" },
      { run: "echo unbound", output: "unbound\n" },
      { run: "bind \\r 'echo MINE'; bind -M insert \\r 'echo MINE'" },
      { run: "echo bound", output: "bound\n" }
    ])

    table("prompts that change, and are removed", [
      { run: "function fish_prompt; echo -n 'new> '; end", prompt: "new> " },
      // What a command does with the prompt is done with the user's own.
      { run: "functions -c fish_prompt old_prompt; functions old_prompt | grep -c __et", status: 1, output: "0\n" },
      { run: "function fish_prompt; echo -n '(env) '; old_prompt; end", prompt: "(env) new> " },
      { run: "functions -e fish_prompt; functions -c old_prompt fish_prompt", prompt: "new> " },
      {
        run: "funcsave -q fish_prompt; cat ~/.config/fish/functions/fish_prompt.fish",
        output: /^function fish_prompt\n.*new> /
      },
      {
        run: "function fish_prompt; echo one; set_color green; echo -n two; set_color normal; end",
        prompt: "one\n\x1b[32mtwo\x1b[m"
      },
      { run: "function fish_mode_prompt; echo -n MODE; end", prompt: "one\n\x1b[32mtwo\x1b[m" },
      { run: "fish_mode_prompt", output: "MODE" },
      { run: 'function fish_prompt; echo -n "$status,$pipestatus"; fish_mode_prompt; end', prompt: "0,0MODE" },
      { run: "false | true | sh -c 'exit 3'", status: 3, prompt: "3,1 0 3MODE" },
      { run: "functions -e fish_mode_prompt" },
      { run: "function fish_prompt; echo -n '$ '; end", prompt: "$ " },
      { run: "functions -e fish_prompt; rm ~/.config/fish/functions/fish_prompt.fish" },
      { run: "echo none; sh -c 'exit 6'", status: 6, output: "none\n" },
      { run: "function change --on-event fish_prompt; function fish_prompt; echo -n 'event> '; end; end" },
      { run: "sh -c 'exit 7'", status: 7, prompt: "event> " },
      { run: "functions -e change; fish_config prompt choose arrow" },
      { run: "echo themed; sh -c 'exit 8'", status: 8, output: "themed\n" },
      { run: "function fish_prompt; end", prompt: "" },
      { run: "echo empty; sh -c 'exit 9'", status: 9, output: "empty\n" }
    ])

    table("hooks that are removed are found and put back", [
      // The first time what is drawn instead passes for output.
      { run: "functions -e __et_after __et_before __et_at_prompt", output: /^/ },
      { run: "echo back; false", status: 1, output: "back\n", prompt: "$ " },
      { run: "functions -e (functions -a | string match '__et*')", output: /^/ },
      { run: "echo again; sh -c 'exit 3'", status: 3, output: "again\n", prompt: "$ " },
      { run: "functions -e __et_after", output: /^/, prompt: "$ " },
      { run: "sh -c 'exit 4'", status: 4 },
      { run: "functions -e __et_load" },
      { run: "echo loaded", output: "loaded\n" }
    ])

    it("does not show hooks of the user anything of ours", async () => {
      await using shell = await fish({
        rc:
          `${PLAIN_RC.fish}function before --on-event fish_preexec; echo "pre<$argv>"; end\n` +
          'function after --on-event fish_postexec; echo "post<$argv|$status|$pipestatus>"; end\n' +
          'function hook --on-event fish_prompt; echo "hook<$status>"; end\n'
      })
      expect(shell.startOutput).toContain("hook<0>\r\n")
      shell.loose = ""
      const result = await shell.run("echo one; false | sh -c 'exit 3'")
      expect(lines(result.output)).toBe(
        "pre<echo one; false | sh -c 'exit 3'>\none\npost<echo one; false | sh -c 'exit 3'|3|1 3>\n"
      )
      expect(lines(result.notice)).toBe("hook<3>\n")
      expect(result.status).toBe(3)
      expect(lines((await shell.run("echo $status $pipestatus")).output)).toContain("\n3 1 3\n")
      expect((await shell.run('echo "un')).incomplete).toBe(true)
      expect(shell.loose).toBe("")
    })
  })

  describe("programs that read", () => {
    table("lines, passwords and keys", [
      { run: 'read -P "name? " x; echo "[$x]"', keys: [["name? ", "bob\r"]], output: /\[bob\]\n$/ },
      {
        run: 'read -P "1 " x; read -P "2 " y; echo "[$x$y]"',
        keys: [
          ["1 ", "a\r"],
          ["2 ", "b\r"]
        ],
        output: /\[ab\]\n$/
      },
      { run: 'read -P "? " x; echo "[$x]"', keys: [["? ", "ab\x1b[D_\r"]], output: /\[a_b\]\n$/ },
      { run: "read -n1 -P '> ' x; echo [$x]", keys: [["> ", "z"]], output: /\[z\]\n$/ },
      { run: "read -P '? ' x; echo not here", keys: [["? ", "\x03"]], output: /not here\n$/ }
    ])

    it("ends a program that a key typed ahead has started from a key binding", async () => {
      const program = "sh -c 'echo $$ >menu; stty raw; exec cat >/dev/null'"
      const menu = `function menu; while not test -e open; end; ${program}; end; bind \\ct menu\n`
      await using shell = await fish({ rc: PLAIN_RC.fish + menu })
      const id = await typeBehind(shell, "\x14")
      // Our question is on its way to fish; the program will get it.
      await shell.until(() => shell.result(id).end !== null, "end")
      writeFileSync(join(shell.home, "open"), "")
      await shell.done(id)
      expect(lines((await shell.run("echo next")).output)).toBe("next\n")
      expect(isAlive(Number(readFileSync(join(shell.home, "menu"), "utf8")), null)).toBe(false)
      expect(shell.loose).toBe("")
    })

    it("gives keys that are pressed before the command has the terminal to the command, as lines", async () => {
      await using shell = await fish()
      for (let i = 0; i < 20; i++) {
        const id = shell.submit("head -n1")
        shell.driver.write(Buffer.from("early\r"))
        const result = await shell.done(id)
        expect(lines(result.output)).toBe("early\nearly\n")
        expect(result.typedAhead).toBe("")
      }
    })
  })

  describe("interrupts and jobs", () => {
    table("Ctrl+C", [
      { run: "echo a >a" },
      { run: "cat a -; echo b", keys: [["a\r\n", "\x03"]], status: 130, output: "a\n^C" }
    ])

    table("Ctrl+Z, jobs, fg and bg", [
      // fish's own status of what it stops.
      {
        run: "cat",
        keys: [
          ["", "on\r"],
          ["on\r\non\r\n", "\x1a"]
        ],
        output: "on\non\n^Zfish: Job 1, 'cat' has stopped\n"
      },
      { run: "jobs", output: /stopped\tcat/ },
      {
        run: "fg",
        keys: [
          ["cat", "x\r"],
          ["x\r\nx\r\n", "\x03"]
        ],
        output: /x\nx\n\^C$/
      },
      { run: "jobs", output: "jobs: There are no jobs\n", status: 1 }
    ])

    it("reports a finished job as a notice at a command's end, and as the background's while it waits", async () => {
      await using shell = await fish()
      await shell.run("sh -c 'until [ -e go ]; do sleep 0.01; done' &")
      const pid = Number((await shell.run("jobs -lp | tail -n1")).output)
      const result = await shell.run(`touch go; while kill -0 ${pid} 2>/dev/null; sleep 0.01; end`)
      expect(lines(result.notice)).toMatch(/^\n?fish: Job 1, 'sh -c .* has ended\n$/)
      expect(result.output).toBe("")
      const id = shell.submit("sh -c 'until [ -e there ]; do sleep 0.01; done' &")
      await shell.done(id)
      writeFileSync(join(shell.home, "there"), "")
      await shell.until(() => shell.loose.includes("ended"), "word about the job")
      expect(lines(shell.loose)).toMatch(/^\n?fish: Job 1, 'sh -c .* has ended\n$/)
      shell.loose = ""
      expect(lines((await shell.run("echo next")).output)).toBe("next\n")
      expect(shell.loose).toBe("")
    })

    it("shows what is printed behind a Ctrl+D that means nothing to it", async () => {
      await using shell = await fish({ rc: `${PLAIN_RC.fish}\nbind \\cd true\n` })
      await shell.run("sh -c 'until test -e go; do sleep 0.01; done; printf %050000d 0; echo LAST' & disown")
      shell.driver.endInput()
      writeFileSync(join(shell.home, "go"), "")
      await shell.until(() => shell.loose.includes("LAST"), "what the job prints")
      expect(shell.loose.match(/0/g)?.length).toBe(50_000)
    })

    it("says that jobs are left at the first end of its input, and leaves at the second", async () => {
      await using shell = await fish()
      const [pid] = (await shell.run("sleep 61 & ; jobs -lp | tail -n1")).output.split("\r\n").map(Number)
      const id = shell.submit("true")
      await shell.done(id)
      shell.ready = false
      shell.driver.endInput()
      await shell.until(() => shell.ready, "prompt")
      expect(shell.result(id).notice).toMatch(/There are still jobs active/)
      shell.driver.endInput()
      await shell.until(() => shell.exited !== null, "end")
      await shell.driver.close()
      expect(isAlive(pid!, null)).toBe(false)
    })
  })

  it("ends its jobs when it is closed, but for what the user protected", async () => {
    const shell = await fish()
    const started = async (text: string) => Number((await shell.run(text)).output.trim().split("\r\n").at(-1))
    const job = await started("sleep 61 & ; jobs -lp | tail -n1")
    const kept = [
      await started("nohup sleep 62 >/dev/null 2>&1 & ; jobs -lp | tail -n1"),
      await started("setsid sh -c 'echo $$ >own; exec sleep 63' & ; while not test -s own; end; cat own"),
      await started("sleep 64 & ; set -l p (jobs -lp | tail -n1); disown; echo $p")
    ]
    expect([job, ...kept].map((pid) => isAlive(pid, null))).toEqual([true, true, true, true])
    // Until it has become the program that it is named after.
    await eventually(() => expect(shell.driver.jobs().map(({ name }) => name)).toEqual(["sleep 61"]))
    await shell[Symbol.asyncDispose]()
    expect(isAlive(job, null)).toBe(false)
    expect(kept.map((pid) => isAlive(pid, null))).toEqual([true, true, true])
    for (const pid of kept) process.kill(pid, "SIGKILL")
  })

  describe("who may move a boundary", () => {
    it("lets a nested bash and its prompt be output", async () => {
      await using shell = await fish()
      const id = shell.submit("env PS1='inner> ' bash --norc -i")
      await shell.seen(id, "inner> ")
      shell.driver.write(Buffer.from("echo deep; env | grep -c __et\r"))
      await shell.until(() => /\n0\r\n/.test(shell.outputOf(id)), "the count")
      shell.driver.write(Buffer.from("exit 4\r"))
      const result = await shell.done(id)
      expect(result.status).toBe(4)
      expect(result.output).toContain("deep\r\n")
      expect(result.typedAhead).toBe("")
    })
  })

  describe("what is reported", () => {
    it("changes of the exported environment as children see them, as a whole and only when there are any", async () => {
      await using shell = await fish({ rc: `${PLAIN_RC.fish}set -gx RC 1; set -gx DROP 1; set -gx WAY_PATH a b\n` })
      await shell.run("true")
      expect(shell.changes).toEqual([])
      await shell.run(
        "set -gx A 'x y'; set -gx B 'new\nline\t'; set local 1; set -e DROP; cd /; set -a WAY_PATH 'c d'; set -gx L 1 2"
      )
      expect(shell.changes).toEqual([
        { set: { A: "x y", B: "new\nline\t", L: "1 2", WAY_PATH: "a:b:c d" }, unset: ["DROP"] }
      ])
      expect((await shell.run("sh -c 'echo $L $WAY_PATH'")).output).toBe("1 2 a:b:c d\r\n")
      expect(shell.changes.length).toBe(1)
      await shell.run("set -e A B L; set -gx DROP 1; set WAY_PATH a b")
      expect(shell.changes.at(-1)).toEqual({ set: {}, unset: [] })
    })

    it("a resumed session's changes are made after the start files and stay a difference", async () => {
      await using shell = await fish({
        rc: `${PLAIN_RC.fish}set -gx RC 1; set -gx DROP 1\n`,
        changes: { set: { RC: "2", ODD: "it's\n$x \\ y", WAY_PATH: "a:b" }, unset: ["DROP"] }
      })
      const seen = await shell.run('echo "$RC|$ODD|"(set -q DROP; or echo gone); count $WAY_PATH')
      expect(lines(seen.output)).toBe("2|it's\n$x \\ y|gone\n2\n")
      expect(shell.changes.at(-1)).toEqual({ set: { ODD: "it's\n$x \\ y", RC: "2", WAY_PATH: "a:b" }, unset: ["DROP"] })
    })

    it("functions of the user, not those that come with fish", async () => {
      await using shell = await fish({ rc: `${PLAIN_RC.fish}function mine; end\nalias mll 'ls -l'\n` })
      const { start } = shell.driver.names()
      expect([...start.functions]).toEqual(expect.arrayContaining(["mine", "mll"]))
      expect([...start.functions].filter((name) => ["ls", "man", "cd", "fish_config"].includes(name))).toEqual([])
      await shell.run("function later; end; functions -e mine")
      const { now, builtins } = shell.driver.names()
      expect([now.functions.has("later"), now.functions.has("mine"), builtins.has("set")]).toEqual([true, false, true])
    })

    it("a prompt that is drawn anew while it waits or a command is on its way", async () => {
      await using shell = await fish({
        rc:
          'set -g k 0\nfunction fish_greeting; end\nfunction fish_prompt; echo -n "$k> "; end\n' +
          "function tick --on-signal USR1; set -g k (math $k + 1); commandline -f repaint; end\n"
      })
      process.kill(shell.driver.pid, "SIGUSR1")
      await shell.until(() => shell.promptText === "1> ", "prompt drawn anew")
      for (let i = 0; i < 50; i++) {
        process.kill(shell.driver.pid, "SIGUSR1")
        const result = await shell.run(`echo ${i}`)
        expect(lines(result.output)).toBe(`${i}\n`)
      }
      expect(shell.loose).toBe("")
    })

    it("what stands right of the edit line", async () => {
      await using shell = await fish({ rc: `${PLAIN_RC.fish}function fish_right_prompt; echo -n "<$status>"; end\n` })
      await shell.run("sh -c 'exit 3'")
      await shell.until(() => Buffer.from(shell.prompt!.right).toString() === "<3>", "right prompt")
      expect(shell.promptText).toBe("$ ")
    })
  })

  describe("the shell's own files", () => {
    /** Waits until the command's own text, which it was handed over in, is removed. */
    const unread = (shell: TestShell) => `while test -e ${shell.files}/command; end`

    it("are private and gone", async () => {
      const shell = await fish()
      const args = execFileSync("ps", ["-o", "args=", "-p", String(shell.driver.pid)]).toString()
      expect(args).toBe(`fish -i -C source '${join(shell.files, "init")}'\n`)
      expect(existsSync(join(shell.files, "init")) || existsSync(join(shell.files, "hooks"))).toBe(false)
      const modes = lines((await shell.run(`${unread(shell)}; stat -c %a ${shell.files} ${shell.files}/*`)).output)
      expect(modes).toMatch(/^700\n(600\n)+$/)
      expect((await shell.run(`${unread(shell)}; cd ${shell.files}; echo *`)).output).toBe(
        "history names start start-names status\r\n"
      )
      await shell[Symbol.asyncDispose]()
      expect(() => readFileSync(shell.files)).toThrow(/ENOENT/)
    })

    it("are made anew when somebody has removed them", async () => {
      await using shell = await fish()
      rmSync(shell.files, { recursive: true })
      expect((await shell.run("set -gx BACK 1")).status).toBe(0)
      expect((await shell.run("echo $BACK")).output).toBe("1\r\n")
      expect(shell.changes.at(-1)?.set).toEqual({ BACK: "1" })
    })
  })

  describe("start files", () => {
    it("are honoured and print what they print, once", async () => {
      await using shell = await fish({
        rc: "echo welcome\nset -g fish_greeting 'hello there'\nalias ll 'echo LL'\nfunction f; echo F; end\nset -gx FROM_RC 1\n",
        home: {
          ".config/fish/conf.d/one.fish": "echo conf\n",
          ".config/fish/functions/auto.fish": "function auto; echo AUTO; end\n"
        }
      })
      expect(lines(shell.startOutput)).toBe("conf\nwelcome\nhello there\n")
      expect(lines((await shell.run("ll; f; auto; echo $FROM_RC")).output)).toBe("LL\nF\nAUTO\n1\n")
    })

    it("may ask something", async () => {
      await using shell = new TestShell({ shell: "fish", rc: `${PLAIN_RC.fish}read -g -P 'who? ' WHO\n` })
      await shell.until(() => shell.loose.includes("who? "), "question")
      shell.driver.write(Buffer.from("me\r"))
      await shell.until(() => shell.ready, "prompt")
      expect(lines((await shell.run("echo $WHO")).output)).toBe("me\n")
    })

    it("may have a prompt that is wider than the terminal: fish cuts it off, and nothing else is shown", async () => {
      await using shell = await fish({
        rc: "function fish_greeting; end\nfunction fish_prompt; echo -n (string repeat -n 150 x)'> '; end\n"
      })
      expect(shell.startOutput).toBe("")
      expect(shell.promptText).toMatch(/^x{50,}> $/)
      expect(lines((await shell.run("echo wide")).output)).toBe("wide\n")
    })
  })

  describe("a shell beside the session", () => {
    it("waits, enters its directory with its variables, and writes no history", async () => {
      const home = mkdtempSync(join(tmpdir(), "beside-"))
      fillHome(home, "fish", `${PLAIN_RC.fish}echo started\n`)
      const spawned = spawnShell({
        shell: which("fish")!,
        directory: "/",
        environment: { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", XDG_RUNTIME_DIR: home },
        columns: 80,
        rows: 24,
        pooled: true
      })
      await eventually(() => expect(spawned.pty.peek().includes(spawned.integration.waits)).toBe(true))
      expect(handOver(spawned, home, { set: { HANDED: "it's" }, unset: [] })).toBe(true)
      const output = new Map<string | null, string>()
      let ready = ""
      let exited = false
      const ignore = () => {}
      const driver = new ShellDriver(spawned, {
        ready: ({ directory }) => {
          ready = directory
        },
        output: (id, bytes) => {
          output.set(id, (output.get(id) ?? "") + Buffer.from(bytes).toString("utf8"))
        },
        exited: () => {
          exited = true
        },
        started: ignore,
        finished: ignore,
        notice: ignore,
        typeAhead: ignore,
        incomplete: ignore,
        environment: ignore,
        jobs: ignore,
        slow: ignore,
        bare: ignore
      })
      await eventually(() => expect(ready).toBe(home))
      expect(driver.submit("one", "echo $HANDED; stty -a | string match -q '* echo *'; and echo cooked; exit")).toBe(
        true
      )
      await eventually(() => expect(exited).toBe(true))
      await driver.close()
      expect([...output]).toEqual([
        [null, "started\r\n"],
        ["one", "it's\r\ncooked\r\n"]
      ])
      expect(existsSync(join(home, ".local/share/fish/fish_history"))).toBe(false)
      rmSync(home, { recursive: true })
    })
  })

  describe("the history file", () => {
    const commands = [
      "echo a",
      " echo spaced",
      "echo a",
      "echo b",
      "echo a",
      "echo 'b\\\\n c'",
      "nosuch",
      "# comment",
      "echo a\necho b"
    ]

    it("is bare fish's", async () => {
      await using shell = await fish()
      for (const command of commands) await shell.run(command)
      const held = shell.driver.history()
      shell.submit("exit")
      await shell.until(() => shell.exited !== null, "exit")
      const ours = shell.history()
      await using bare = new BareShell("fish", PLAIN_RC.fish)
      await bare.type([...commands, "exit"])
      // Now and then, by chance, fish writes the file anew and leaves out what comes again later.
      const cmds = (file: string) =>
        file.split("\n").filter((line, at, all) => line.startsWith("- cmd") && !all.includes(line, at + 1))
      expect(cmds(ours)).toEqual(cmds(bare.history()))
      expect(parseHistory(Buffer.from(ours))).toContain("echo a\necho b")
      expect(parseHistory(Buffer.from(ours))).toContain("echo 'b\\\\n c'")
      expect(held.at(-1)).toBe("echo a\necho b")
    })

    it("is none in private mode, and the one that fish_history names", async () => {
      await using shell = await fish({ rc: `${PLAIN_RC.fish}set -g fish_history work\n` })
      await shell.run("echo named")
      expect(shell.driver.history()).toEqual(["echo named"])
      await using secret = await fish({ rc: `${PLAIN_RC.fish}set -g fish_history ''\n` })
      await secret.run("echo unseen")
      expect(secret.driver.history()).toEqual([])
    })
  })
})
