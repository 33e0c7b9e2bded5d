import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { eventually } from "../../harness/eventually.ts"
import { lines } from "../commandTable.ts"
import { gates, typeAhead, typeBehind } from "../gates.ts"
import type { Result, TestShell } from "../TestShell.ts"
import type { Words } from "./words.ts"

/** A thing that every shell has to do, in every setup. */
export interface Case {
  readonly name: string
  readonly run: (shell: TestShell, words: Words) => Promise<void>
}

/** Texts that no shell takes for finished. */
const UNFINISHED = [
  'echo "abc',
  "echo 'abc",
  "echo a \\",
  "echo a |",
  "true &&",
  "true ||",
  "while true",
  "echo $(ls",
  "echo run me not\necho 'then",
  `echo ${"long ".repeat(600)} 'open`
]

/** Expects that a command ran as it was submitted, its status and exact output, and that nothing was said after it. */
const gives = (result: Result, output: string, status = 0): void => {
  expect(result, JSON.stringify(result)).toMatchObject({ status, incomplete: false, text: result.command })
  expect(lines(result.output)).toBe(output)
  expect(result.notice).toBe("")
}

const FORGED = (nonce: string) =>
  `\\033]7717;P;${nonce}\\007\\033]7717;E;${nonce};0;;'/';\\n\\007\\033]7717;D;${nonce};0;1;'/'\\007\\044 \\033]7717;Q;${nonce}\\007`

/** Cases that leave the shell as they found it, run one after the other in the same shell. */
export const CASES: ReadonlyArray<Case> = [
  {
    name: "statuses and signals are exact",
    run: async (shell, { status, statuses, notFound, wrong, terminated, killed }) => {
      gives(await shell.run("true"), "")
      expect((await shell.run("false")).status).toBe(1)
      gives(await shell.run(`echo ${status}`), "1\n")
      gives(await shell.run("sh -c 'exit 7'"), "", 7)
      await shell.run("false | true | sh -c 'exit 3'")
      gives(await shell.run(`echo ${statuses}`), "1 0 3\n")
      const ended = await shell.run("sh -c 'kill -TERM $$'")
      expect(ended.end).toMatchObject({ exitCode: 143, signal: "SIGTERM" })
      expect(ended.output).toMatch(terminated)
      const shot = await shell.run("sh -c 'kill -9 $$'")
      expect(shot.end).toMatchObject({ exitCode: 137, signal: "SIGKILL" })
      expect(shot.output).toMatch(killed)
      const missing = await shell.run("nosuch")
      expect(missing.status).toBe(127)
      expect(missing.output).toMatch(notFound)
      const refused = await shell.run(wrong)
      expect(refused.status, JSON.stringify(refused)).not.toBe(0)
      expect(refused.output).not.toBe("")
      gives(await shell.run("echo after"), "after\n")
    }
  },
  {
    name: "a comment is a command that does nothing",
    run: async (shell, { status }) => {
      gives(await shell.run("sh -c 'exit 4'"), "", 4)
      gives(await shell.run("# a comment"), "")
      gives(await shell.run("# a comment\n  # and another"), "")
      gives(await shell.run(" "), "")
      gives(await shell.run(`echo ${status}`), "4\n")
    }
  },
  {
    name: "output is exact: tabs, blanks, colours, wide characters, no last newline",
    run: async (shell) => {
      gives(await shell.run("printf 'a\\tb  \\n\\n'"), "a\tb  \n\n")
      gives(await shell.run("echo grüße 日本 🚀"), "grüße 日本 🚀\n")
      gives(await shell.run("printf '\\033[1mbold\\033[0m\\n'"), "\x1b[1mbold\x1b[0m\n")
      gives(await shell.run("printf 'no newline'"), "no newline")
      gives(await shell.run("echo no newline | tr -d '\\n'"), "no newline")
      gives(await shell.run("printf ''"), "")
      gives(await shell.run("echo $LINES $COLUMNS; stty size"), "30 100\n30 100\n")
    }
  },
  {
    name: "20 KB are whole although the command ends at once",
    run: async (shell) => {
      const numbers = Array.from({ length: 4000 }, (_, i) => `${i + 1}\n`).join("")
      for (let round = 0; round < 5; round++) gives(await shell.run("seq 1 4000"), numbers)
    }
  },
  {
    name: "directory and variables go on to the next command",
    run: async (shell, words) => {
      const before = shell.prompt!.directory
      const moved = await shell.run("cd /usr/share")
      expect(moved.end?.directory).toBe("/usr/share")
      gives(await shell.run("pwd"), "/usr/share\n")
      await shell.run("pushd /tmp")
      gives(await shell.run("pwd"), "/tmp\n")
      await shell.run("popd")
      gives(await shell.run("pwd"), "/usr/share\n")
      await shell.run("cd ~")
      await shell.run("mkdir -p 'a b/ü'")
      expect((await shell.run("cd 'a b/ü'")).end?.directory).toBe(`${before}/a b/ü`)
      await shell.run("cd ~")
      await shell.run(words.set("local_one", "5"))
      gives(await shell.run("echo $local_one"), "5\n")
      await shell.run(words.unset("local_one"))
    }
  },
  {
    name: "changes of the exported environment are told, as a whole",
    run: async (shell, words) => {
      await shell.run(words.export("FRESH", "'a b;c'"))
      expect(shell.changes.at(-1)?.set).toMatchObject({ FRESH: "a b;c" })
      gives(await shell.run("sh -c 'echo $FRESH'"), "a b;c\n")
      await shell.run(words.unset("FRESH"))
      expect(shell.changes.at(-1)?.set).not.toHaveProperty("FRESH")
    }
  },
  {
    name: "functions and aliases go on, and are known by name",
    run: async (shell, words) => {
      await shell.run(words.define("greet"))
      gives(await shell.run("greet you"), "[you]\n")
      expect(shell.driver.names().now.functions).toContain("greet")
      expect(shell.driver.names().start.functions).not.toContain("greet")
      await shell.run("alias shout='echo LOUD'")
      gives(await shell.run("shout"), "LOUD\n")
    }
  },
  {
    name: "several lines run as one text",
    run: async (shell, { loop, declare, define, status }) => {
      gives(await shell.run(loop), "one\ntwo\n")
      gives(await shell.run("echo a\n\n\n  echo b\n\necho c\n"), "a\nb\nc\n")
      gives(await shell.run("echo a\necho b\nfalse"), "a\nb\n", 1)
      gives(await shell.run(`${declare("v", "5")}\necho $v`), "5\n")
      gives(await shell.run(`${define("in_text")}\nin_text here`), "[here]\n")
      gives(await shell.run('echo "a\nb"'), "a\nb\n")
      gives(await shell.run("echo a \\\n b"), "a b\n")
      gives(await shell.run(`echo ${status}\nsh -c 'exit 3'\necho ${status}`), "0\n3\n")
      gives(await shell.run("sh -c 'exit 130'\necho still"), "still\n")
    }
  },
  {
    name: "long texts arrive whole",
    run: async (shell) => {
      gives(await shell.run(`echo ${"x".repeat(10_000)} | wc -c`), "10001\n")
      gives(await shell.run(`: '\n${"line of text\n".repeat(500)}'\necho end`), "end\n")
      const many = Array.from({ length: 400 }, (_, i) => `: line ${i}`).join("\n")
      gives(await shell.run(`${many}\necho end`), "end\n")
    }
  },
  {
    name: "control characters arrive as they are",
    run: async (shell) => {
      const result = await shell.run("echo 'a\tb\x01c\x7f\x0b' | od -An -c | tr -s ' '")
      gives(result, " a \\t b 001 c 177 \\v \\n\n")
    }
  },
  {
    name: "an unfinished text runs nothing and leaves no trace",
    run: async (shell, { unfinished, status, history }) => {
      await shell.run("sh -c 'exit 4'")
      for (const text of [...UNFINISHED, ...unfinished]) {
        const result = await shell.run(text)
        expect(result, text).toMatchObject({ incomplete: true, text: null, output: "" })
      }
      gives(await shell.run(`echo ${status}`), "4\n")
      const known = lines((await shell.run(history)).output).split("\n")
      expect(Math.abs(known.indexOf("sh -c 'exit 4'") - known.indexOf(`echo ${status}`)), known.join("\n")).toBe(1)
    }
  },
  {
    name: "the history holds what was run, and nothing of ours",
    run: async (shell, { history }) => {
      await shell.run("echo first of all")
      await shell.run("echo 'second  one'")
      await shell.run(" echo kept out or not")
      await shell.run("echo third")
      const result = lines((await shell.run(history)).output)
      expect(result).toContain("echo third\n")
      expect(result).toContain("echo 'second  one'\n")
      expect(result).not.toMatch(/__et|7717/)
    }
  },
  {
    name: "words stand for files, and the history keeps what was typed",
    run: async (shell, { statuses, status, history, quote }) => {
      shell.outputs.last = "one\ntwo\n"
      shell.outputs.prev = "one\nthree\n"
      shell.outputs.b1 = "first"
      shell.outputs.b12 = "twelfth"
      gives(await shell.run("cat @last"), "one\ntwo\n")
      gives(await shell.run("grep -c o <@last"), "2\n")
      gives(await shell.run("cat @b12|tr t T"), "TwelfTh")
      gives(await shell.run("cat @b1\ncat @b12"), "firsttwelfth")
      gives(await shell.run("echo '@last' \\@last a@last @nope"), "@last @last a@last @nope\n")
      gives(await shell.run(`cat @b1 ${quote("x".repeat(3000))} 2>&1 | cut -c1-5`), "first\n")
      gives(await shell.run("diff @prev @last | tail -n 1; sh -c 'exit 4'"), "> two\n", 4)
      gives(await shell.run(`echo ${status}`), "4\n")
      gives(await shell.run("false | cat @b12"), "twelfth")
      gives(await shell.run(`echo ${statuses}`), "1 0\n")
      const unfinished = await shell.run("cat @last |")
      expect(unfinished).toMatchObject({ incomplete: true, text: null })
      const result = lines((await shell.run(history)).output)
      expect(result).not.toContain(shell.runtime)
      expect(result).not.toMatch(/__et/)
      // What follows finds the words as they are.
      for (const name of Object.keys(shell.outputs)) delete shell.outputs[name]
      gives(await shell.run("echo @last"), "@last\n")
    }
  },
  {
    name: "Ctrl+C ends what runs, a loop of the shell's own, and a text of several lines",
    run: async (shell, { busy, busyStatus, rounds, interrupted, loopInterrupted, quit }) => {
      // What prints reads then, and starts nothing: dash forgets a Ctrl+C that comes while it starts a program.
      for (const text of ["on", "1", "2", "3"]) writeFileSync(join(shell.home, text), `${text}\n`)
      const one = await shell.run("cat on -", ["on\r\n", "\x03"])
      expect(one.end).toMatchObject({ exitCode: 130, signal: "SIGINT" })
      expect(lines(one.output)).toBe(`on\n${interrupted}`)
      const loop = await shell.run(`echo on; ${busy}`, ["on\r\n", "\x03"])
      expect(busyStatus).toContain(loop.status)
      expect(lines(loop.output)).toMatch(/^on\n/)
      expect(lines(loop.output).slice(3)).toMatch(loopInterrupted)
      const round = await shell.run(rounds("cat $i -"), ["1\r\n", "\x03"])
      expect(round.status).toBe(130)
      expect(lines(round.output)).toMatch(/^1\n/)
      expect(lines(round.output).slice(2)).toMatch(loopInterrupted)
      const several = await shell.run("cat on -\necho not run\nsleep 5\necho nor this", ["on\r\n", "\x03"])
      expect(several.status, JSON.stringify(several)).toBe(130)
      expect(lines(several.output)).toBe(`on\n${interrupted}`)
      const left = await shell.run("cat on -", ["on\r\n", "\x1c"])
      expect(left.end).toMatchObject({ exitCode: 131, signal: "SIGQUIT" })
      expect(lines(left.output)).toMatch(quit)
      gives(await shell.run("echo after"), "after\n")
    }
  },
  {
    name: "Ctrl+Z stops, fg goes on",
    run: async (shell, { stopStatus }) => {
      const stopped = await shell.run("cat", ["", "on\r"], ["on\r\non\r\n", "\x1a"])
      expect(stopped.status, JSON.stringify(stopped)).toBe(stopStatus)
      expect(lines((await shell.run("jobs")).output)).toMatch(/cat/)
      const resumed = await shell.run("fg", ["cat", "x\r"], ["x\r\nx\r\n", "\x04"])
      expect(resumed.status, JSON.stringify(resumed)).toBe(0)
      expect(lines((await shell.run("jobs")).output)).not.toMatch(/cat/)
    }
  },
  {
    name: "a background job is known, and its end is told",
    run: async (shell, { jobDone, killJob }) => {
      await shell.run("sleep 30 &")
      // Until it has become the program it is named after.
      await eventually(() => expect(shell.driver.jobs().map(({ name }) => name)).toContain("sleep 30"))
      await shell.run(`${killJob}; wait`)
      await shell.run("true")
      expect(shell.driver.jobs()).toEqual([])
      const finished = await shell.run("sh -c 'echo $$ >pid; until [ -e go ]; do sleep 0.01; done' &")
      // It ends while a program runs: of one that has ended just before a `wait`, bash tells nothing.
      const gone = "while kill -0 $(cat pid) 2>/dev/null; do sleep 0.01; done"
      const after = await shell.run(`sh -c 'until [ -s pid ]; do sleep 0.01; done; touch go; ${gone}; rm go pid'`)
      const next = await shell.run("true")
      const told = [finished, after, next].map(({ output, notice }) => output + notice).join("") + shell.loose
      expect(told).toMatch(jobDone)
      shell.loose = ""
    }
  },
  {
    name: "what a background job prints while the shell waits belongs to no command",
    run: async (shell) => {
      shell.loose = ""
      // What comes before the prompt is a notice, however long the prompt takes.
      using gate = gates(shell, "late")
      await shell.run("sh -c 'read -r go <~/late; echo late' &")
      gate.open("late")
      await shell.until(() => shell.loose.includes("late"), "late output")
      // Where a hook runs a program before each command, bash tells of the job's end only now.
      expect(lines((await shell.run("echo next")).output)).toMatch(/^(\[\d+\].*\n)?next\n$/)
      await shell.run("wait")
      shell.loose = ""
    }
  },
  {
    name: "a program reads what is typed, a password without echo, and the end of its input",
    run: async (shell, { read, readSecret }) => {
      const line = await shell.run(read, ["", "bob\r"])
      expect(line.output).toMatch(/\[bob\]\r\n$/)
      const secret = await shell.run(readSecret, ["password: ", "secret\r"])
      expect(secret.output).toMatch(/\[6\]\r\n$/)
      expect(secret.output).not.toContain("secret")
      const cat = await shell.run("cat", ["", "line\r"], ["line\r\nline\r\n", "\x04"])
      gives(cat, "line\nline\n")
    }
  },
  {
    name: "what is typed ahead comes back and never runs",
    run: async (shell) => {
      for (const typed of ["echo TYPED", "echo TYPED\r"]) {
        const result = await typeAhead(shell, typed)
        // Its Enter, too: the next line does not begin behind it.
        expect(result.typedAhead, JSON.stringify(result)).toBe(typed.replace("\r", "\n"))
        const next = await shell.run("echo next")
        gives(next, "next\n")
        expect(next.typedAhead).toBe("")
      }
      expect(shell.loose).not.toContain("TYPED")
    }
  },
  {
    name: "what a command puts into the next edit line comes to the editor",
    run: async (shell, { prepare }) => {
      if (prepare === null) return
      for (const text of ["echo one", "echo one\necho two"]) {
        const result = await shell.run(prepare(text))
        gives(result, "")
        expect(result.typedAhead).toBe(text)
        const next = await shell.run("echo next")
        gives(next, "next\n")
        expect(next.typedAhead).toBe("")
      }
      expect(shell.loose).not.toContain("one")
    }
  },
  {
    name: "keys pressed before the command has started are the command's",
    run: async (shell, { read }) => {
      const id = shell.submit(read)
      shell.driver.write(Buffer.from("early\r"))
      const result = await shell.done(id)
      expect(result.output).toContain("[early]")
      expect(result.typedAhead).toBe("")
    }
  },
  {
    name: "marks that are forged end nothing",
    run: async (shell) => {
      const forged = await shell.run(`printf "${FORGED("1234567890123")}"; echo still; sh -c 'exit 9'`)
      gives(forged, "$ still\n", 9)
      gives(await shell.run("printf '\\033]7717;C;1\\007\\033]7717;garbage\\007x\\n'"), "x\n")
      gives(await shell.run("printf '\\033]7717;C;1\\007\\033]7717;garbage\\033\\134x\\n'"), "x\n")
      gives(await shell.run("head -c 200000 /dev/urandom | wc -c"), "200000\n")
    }
  },
  {
    name: "a nested shell and its prompt are output",
    run: async (shell, { nested }) => {
      const id = shell.submit(nested)
      await shell.seen(id, "inner> ")
      shell.driver.write(Buffer.from("echo deep; env | grep -c __et\r"))
      await shell.until(() => /\n0\r\n/.test(shell.outputOf(id)), "the count of our variables")
      shell.driver.write(Buffer.from("exit 4\r"))
      const result = await shell.done(id)
      expect(result.status, JSON.stringify(result)).toBe(4)
      expect(result.output).toContain("deep\r\n")
      expect(result.typedAhead).toBe("")
      gives(await shell.run("echo after"), "after\n")
    }
  },
  {
    name: "a terminal that was left raw, or without echo, is mended",
    run: async (shell, { read }) => {
      await shell.run("stty -echo")
      gives(await shell.run("echo a; sh -c 'exit 3'"), "a\n", 3)
      await shell.run("stty echo")
      await shell.run("stty raw")
      gives(await shell.run("echo r"), "r\n")
      const modes = "stty -a | command grep -o -e '-\\?opost' -e '-\\?icanon' -e '-\\?echo '"
      gives(await shell.run(modes), "opost\nicanon\necho \n")
      gives(await shell.run("stty -icanon -isig min 0 time 0"), "")
      gives(await shell.run("true"), "")
      gives(await shell.run("stty sane"), "")
      await shell.run("stty raw -echo")
      gives(await shell.run("echo one; echo two"), "one\ntwo\n")
      expect((await shell.run(read, ["", "bob\r"])).output).toMatch(/\[bob\]\r\n$/)
    }
  },
  {
    name: "a child has descriptors 0, 1 and 2, and nothing of ours in its environment",
    run: async (shell) => {
      gives(await shell.run("ls /proc/self/fd | tr '\\n' ' '"), "0 1 2 3 ")
      gives(await shell.run("env | grep -c -e __et -e 7717"), "0\n", 1)
    }
  },
  {
    name: "a running program learns of the window's size",
    run: async (shell) => {
      const id = shell.submit("sh -c 'trap \"stty size; exit\" WINCH; echo on; while :; do sleep 0.05; done'")
      await shell.seen(id, "on")
      shell.driver.resize(90, 20)
      expect(lines((await shell.done(id)).output)).toBe("on\n20 90\n")
      shell.driver.resize(100, 30)
      gives(await shell.run("stty size"), "30 100\n")
    }
  },
  {
    name: "a command has ended before the shell's own hooks run",
    run: async (shell) => {
      const before = performance.now()
      const { end } = await shell.run("true")
      expect(end?.ago).toBeGreaterThanOrEqual(0)
      expect(end?.ago).toBeLessThan(performance.now() - before)
    }
  },
  {
    name: "commands follow each other as fast as they are given",
    run: async (shell) => {
      for (let i = 0; i < 30; i++) gives(await shell.run(`echo ${i}`), `${i}\n`)
    }
  }
]

/** Cases that end their shell. */
export const ENDINGS: ReadonlyArray<Case> = [
  {
    name: "exit",
    run: async (shell) => {
      const result = await shell.run("seq 1 4000; exit 3")
      expect(lines(result.output)).toMatch(/\n4000\n(exit\n)?$/)
      await shell.until(() => shell.exited !== null, "end")
      expect(shell.exited).toMatchObject({ exitCode: 3, byItself: true })
    }
  },
  {
    name: "the end of its input",
    run: async (shell) => {
      await shell.run("true")
      shell.driver.endInput()
      await shell.until(() => shell.exited !== null, "end")
      expect(shell.exited).toMatchObject({ exitCode: 0, byItself: true, during: null })
    }
  },
  {
    name: "the end of its input, while it still draws the line that was typed ahead and taken out",
    run: async (shell) => {
      const id = await typeBehind(shell, "echo TYPED")
      let told = false
      // In the moment in which it is ready: a line editor may draw its prompt once more.
      const over = () => {
        if (shell.ready && !told) {
          told = true
          shell.driver.endInput()
        }
        return shell.exited !== null
      }
      await shell.until(over, "end")
      expect(shell.exited).toMatchObject({ exitCode: 0, byItself: true, during: null })
      expect(shell.loose + shell.result(id).notice).toBe("")
    }
  },
  {
    name: "a program it is replaced by",
    run: async (shell) => {
      const id = shell.submit("exec sh -c 'echo other; exit 5'")
      await shell.until(() => shell.exited !== null, "end")
      expect(lines(shell.outputOf(id))).toBe("other\n")
      expect(shell.exited).toMatchObject({ exitCode: 5, byItself: true })
    }
  },
  {
    name: "kill -9",
    run: async (shell, { pid }) => {
      shell.submit(`kill -9 ${pid}; sleep 5`)
      await shell.until(() => shell.exited !== null, "end")
      expect(shell.exited).toMatchObject({ signal: "SIGKILL", byItself: false })
    }
  }
]
