import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, vi } from "vitest"
import { EndClaim } from "../../../src/shell/driver/EndClaim.ts"
import { eventually } from "../../harness/eventually.ts"
import { lines } from "../commandTable.ts"
import { HOLD, letEnd, typeAhead } from "../gates.ts"
import type { TestShell, TestShellOptions } from "../TestShell.ts"
import type { Words } from "./words.ts"

/** A thing that every shell has to do, for which one setup is enough: packages have no part in it, or it takes long. */
export interface PlainCase {
  readonly name: string
  /** `start` gives the shell with `rc` behind the plain start file. */
  readonly run: (start: (options?: TestShellOptions) => Promise<TestShell>, words: Words) => Promise<void>
  /** How long it may take, in ms, where that is more than vitest's limit. */
  readonly limit?: number
}

const NUMBERS = Array.from({ length: 4000 }, (_, i) => `${i + 1}\n`).join("")

/** Cases that start the shells they need. */
export const PLAIN_CASES: ReadonlyArray<PlainCase> = [
  {
    name: "the output of 500 commands that print 20 KB and end at once is whole",
    limit: 120_000,
    run: async (start) => {
      await using shell = await start()
      const text = Array.from({ length: 1000 }, (_, i) => `line ${String(i).padStart(6, "0")} ....`).join("\n")
      writeFileSync(join(shell.home, "lines"), `${text}\n`)
      const expected = `${text.replaceAll("\n", "\r\n")}\r\n`
      for (let i = 0; i < 500; i++) {
        const result = await shell.run(`cat lines; sh -c 'exit ${i % 100}'`)
        expect(result.status).toBe(i % 100)
        if (result.output !== expected) expect(result.output).toBe(expected)
      }
      expect(shell.loose).toBe("")
    }
  },
  {
    name: "the output of the shell's last command is whole",
    limit: 30_000,
    run: async (start, { goodbye }) => {
      for (let i = 0; i < 20; i++) {
        await using shell = await start()
        const id = shell.submit("seq 1 4000; exit 3")
        await shell.until(() => shell.exited !== null, "exit")
        expect(shell.exited).toEqual({ exitCode: 3, signal: null, during: id, byItself: true })
        expect(lines(shell.outputOf(id))).toBe(NUMBERS + goodbye)
      }
    }
  },
  {
    name: "Ctrl+C at the wrong moment neither loses a command nor has it run twice",
    limit: 30_000,
    run: async (start) => {
      await using shell = await start()
      for (let i = 0; i < 60; i++) {
        const id = shell.submit("sh -c 'echo on; read x'")
        await shell.seen(id, "on")
        // One ends the program, the other comes when the shell may already wait, type, or be typed to.
        shell.driver.write(Buffer.from("\r"))
        for (let spin = 0; spin < i * 2000; spin++) Math.sqrt(spin)
        shell.driver.write(Buffer.from("\x03"))
        await shell.done(id)
        const next = await shell.run(`echo "next" ${i} >>ran; cat ran | wc -l`)
        expect(next.output).toBe(`${i + 1}\r\n`)
      }
      expect(shell.loose).toBe("")
    }
  },
  {
    name: "what is typed ahead comes back as the keys would have left it",
    limit: 20_000,
    run: async (start, { typedAhead, wholeHistory }) => {
      await using shell = await start()
      for (const [typed, expected] of [
        ["echo TYPED\r", "echo TYPED\n"],
        ["par", "par"],
        ["a\rb\rc", "a\nb\nc"],
        ["\x12search", "search"],
        ["/us\t\t", /^\/us/],
        ["", ""],
        ...typedAhead
      ] as const) {
        const result = await typeAhead(shell, typed)
        if (typeof expected === "string") expect(result.typedAhead, typed).toBe(expected)
        else expect(result.typedAhead, typed).toMatch(expected)
        const next = await shell.run("echo next")
        expect(lines(next.output), typed).toBe("next\n")
        expect(next.typedAhead).toBe("")
      }
      const history = lines((await shell.run(wholeHistory)).output)
      expect(history).toMatch(/echo next$/m)
      expect(history).not.toMatch(/TYPED|HELD/)
      expect(shell.loose).toBe("")
    }
  },
  {
    // A package that colours the edit line takes its time over one as long as this.
    name: "a line of 100,000 characters arrives whole",
    run: async (start) => {
      await using shell = await start()
      const text = `echo ${"y".repeat(100_000)} | wc -c`
      expect(await shell.run(text)).toMatchObject({ status: 0, output: "100001\r\n", notice: "", text })
      expect(shell.loose).toBe("")
    }
  },
  {
    name: "a program that edits its line itself reads what is typed",
    run: async (start) => {
      await using shell = await start()
      const asked = await shell.run("python3 -c 'print(input(\"? \"))'", ["? ", "grüße\x7f\x7f\x7füß\r"])
      expect(asked).toMatchObject({ status: 0, notice: "" })
      expect(lines(asked.output)).toMatch(/grüß\n$/)
    }
  },
  {
    name: "a child that knows the nonce ends nothing",
    run: async (start) => {
      await using shell = await start()
      // The kernel says that it, not the shell, has the terminal.
      for (const root of ["/", "\\047/\\047"]) {
        const prompt = `\\033]7717;D;$0;0;1;${root}\\007\\044 \\033]7717;Q;$0\\007`
        const forged = `\\033]7717;P;$0\\007\\033]7717;E;$0;0;;${root};\\n\\007${prompt}`
        const read = vi.spyOn(EndClaim.prototype, "makeByMark")
        const id = shell.submit(`sh -c 'printf "${forged}"; ${HOLD}; echo still; exit 9' $__et_n`)
        await eventually(() => expect(read).toHaveBeenCalled())
        read.mockRestore()
        // It has the terminal for as long as somebody may look who has believed it.
        await new Promise((resolve) => setTimeout(resolve, 200))
        letEnd(shell)
        const result = await shell.done(id)
        expect(result).toMatchObject({ status: 9, notice: "" })
        expect(lines(result.output)).toMatch(/still\n$/)
      }
    }
  },
  {
    name: "directories are told, whatever they are called",
    run: async (start, { quote }) => {
      await using shell = await start()
      for (const name of [
        "plain",
        "with space",
        "it's",
        "é日",
        'a"b$c`d',
        "new\nline",
        "\x1b]0;x\x07",
        "semi;colon",
        "%41",
        "-n",
        "\\\\"
      ]) {
        const result = await shell.run(`mkdir -- ${quote(name)} && cd -- ./${quote(name)}`)
        expect(result.status, name).toBe(0)
        expect(result.end?.directory).toBe(join(shell.home, name))
        expect(shell.prompt?.directory).toBe(join(shell.home, name))
        await shell.run("cd")
      }
    }
  },
  {
    name: "changes of the exported environment are told only when there are any",
    run: async (start, words) => {
      await using shell = await start({ rc: `${words.export("RC", "1")}\n${words.export("DROP", "1")}\n` })
      await shell.run("true")
      expect(shell.changes).toEqual([])
      await shell.run(
        [
          words.export("A", "'x y'"),
          words.export("B", words.quote("new\nline\t")),
          words.set("LOCAL", "1"),
          words.unset("DROP"),
          "cd /"
        ].join("; ")
      )
      expect(shell.changes).toEqual([{ set: { A: "x y", B: "new\nline\t" }, unset: ["DROP"] }])
      await shell.run("echo $A")
      expect(shell.changes.length).toBe(1)
      await shell.run(`${words.unset("A")}; ${words.unset("B")}; ${words.export("DROP", "1")}`)
      expect(shell.changes.at(-1)).toEqual({ set: {}, unset: [] })
    }
  },
  {
    name: "a resumed session's changes are made after the start files and stay a difference",
    run: async (start, words) => {
      const odd = "it's\n$x '' \\ y"
      await using shell = await start({
        rc: `${words.export("RC", "1")}\n${words.export("DROP", "1")}\n`,
        changes: { set: { RC: "2", ODD: odd }, unset: ["DROP"] }
      })
      const seen = await shell.run(`echo "$RC|$ODD|"${words.orGone("DROP")}; printenv RC ODD DROP`)
      expect(lines(seen.output)).toBe(`2|${odd}|gone\n2\n${odd}\n`)
      expect(shell.changes.at(-1)).toEqual({ set: { ODD: odd, RC: "2" }, unset: ["DROP"] })
    }
  },
  {
    name: "start files may end the shell",
    run: async (start, { exitEarly }) => {
      await using shell = await start({ rc: `${exitEarly}\n` })
      expect(shell.exited).toEqual({ exitCode: 3, signal: null, during: null, byItself: true })
      expect(shell.loose).toContain("bye")
    }
  }
]
