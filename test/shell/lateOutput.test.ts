import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { lateOutput } from "../../src/shell/driver/lateOutput.ts"
import { HOLD, letEnd } from "./gates.ts"
import { TestShell } from "./TestShell.ts"

const late = (printed: string, ...edited: ReadonlyArray<string>): string =>
  lateOutput(Buffer.from(printed), Buffer.from("$ "), edited).toString("utf8")

/** Shells whose line editor's own can be told from lines. */
const TOLD = ["bash", "zsh"] as const
type Told = (typeof TOLD)[number]

/** What each shell's line editor was seen to print while `echo typed éa` was read, told and taken out. */
const DRAWN: Readonly<Record<Told, ReadonlyArray<string>>> = {
  bash: ["echo typed éa\x07", "\r\x1b[K\r", "echo typed éa", "\r\x1b[C\x1b[C\x1b[K", "\r\x1b[K\r"],
  zsh: ["\x1b[K\x1b[?1h\x1b=\x1b[?2004he\becho typed éa", "\x1b[13D             \x1b[13D"]
}

/** The same for two lines, of which the second is longer than the screen is wide. */
const LONG = "x".repeat(150)
const DRAWN_LINES: Readonly<Record<Told, string>> = {
  bash: `if true\r\n\rthen ${LONG}\x00\r\n\r\x1b[A\x1b[A\x1b[C\x1b[C\x1b[K\r\n\r\x1b[K\r\n\r\x1b[K\x1b[A\x1b[A\r\x1b[K\r`,
  zsh: `\x1b[K\x1b[?2004hi\bif true\r\r\n\x1b[Kt\rthen ${LONG.slice(55)} \r\x1b[Kx\r${LONG.slice(95)}\r\r\n\x1b[K\x1b[3A\x1b[2C       \x1b[1B\r\x1b[K`
}

describe("lateOutput", () => {
  for (const shell of TOLD) {
    it(`finds lines wherever ${shell}'s line editor draws around them`, () => {
      const pieces = DRAWN[shell]
      expect(late(pieces.join(""), "echo typed éa")).toBe("")
      for (let at = 0; at <= pieces.length; at++) {
        const printed = [...pieces.slice(0, at), "late é 1\r\n\r\nlate 2\r\n", ...pieces.slice(at)].join("")
        expect(late(printed, "echo typed éa"), `before piece ${at}`).toBe("late é 1\r\n\r\nlate 2\r\n")
      }
      expect(late(`${pieces.join("")}late`, "echo typed éa")).toBe("late")
    })

    it(`takes none of several lines that ${shell} draws for output`, () => {
      const drawn = DRAWN_LINES[shell]
      expect(late(drawn, `if true\nthen ${LONG}\n`)).toBe("")
      expect(late(`late\r\n${drawn}\r\nlater\r\n`, `if true\nthen ${LONG}\n`)).toBe("late\r\nlater\r\n")
    })
  }

  it("tells a line from an edit line of which it is a part", () => {
    expect(late("echo late\r\x1b[K\rlate\r\n", "echo late")).toBe("")
    expect(late("late\r\necho late\r\x1b[K\r", "echo late")).toBe("late\r\n")
    expect(late("echo latelate\r\n", "echo late")).toBe("late\r\n")
    expect(late("look\r\n", "l")).toBe("look\r\n")
  })

  it("keeps a line's looks and links, and of what is drawn over the last state", () => {
    const line = "\x1b[32mok\x1b[0m \x1b]8;;http://a.b\x07here\x1b]8;;\x07"
    expect(late(`\r\x1b[K${"\r\n"}${line}\r\n`)).toBe(`${line}\r\n`)
    expect(late("10%\r20%\r\n")).toBe("20%\r\n")
  })

  it("leaves out prompts that are drawn anew", () => {
    expect(late("\r\x1b[K$ late 1\r\n$ ")).toBe("late 1\r\n")
    expect(late("late 1\r\n\r\x1b[K$ echo", "echo")).toBe("late 1\r\n")
  })
})

describe("what a background job prints while commands are typed", () => {
  /** Long enough for the job to print in every phase of some of them. */
  const COMMANDS = 12

  for (const shell of TOLD) {
    it(`is kept to the last line by ${shell}, with keys typed ahead and without`, async () => {
      await using driven = await TestShell.start({ shell })
      const job = "i=0; until [ -e ~/stop ]; do echo late $i; i=$((i + 1)); sleep 0.001; done; echo printed $i"
      const ids = [driven.submit(`sh -c '${job}' &`)]
      await driven.done(ids[0]!)
      let prompts = driven.promptText
      for (let number = 0; number < COMMANDS; number++) {
        const id = driven.submit("sleep 0.01; echo done")
        ids.push(id)
        await driven.started(id)
        if (number % 2 === 0) driven.driver.write(Buffer.from("echo typed"))
        expect((await driven.done(id)).typedAhead).toBe(number % 2 === 0 ? "echo typed" : "")
        prompts += driven.promptText
      }
      writeFileSync(join(driven.home, "stop"), "")
      await driven.until(() => /printed \d+\r\n/.test(driven.loose), "the job's last line")
      const printed = Number(/printed (\d+)/.exec(driven.loose)![1])
      const results = ids.map((id) => driven.result(id))
      // A line editor writes its prompt in pieces: a line between two of them is told with the prompt.
      const seen = [driven.loose, prompts, ...results.flatMap(({ output, notice }) => [output, notice])].join("\n")
      const numbers = new Set(Array.from(seen.matchAll(/late (\d+)/g), (found) => Number(found[1])))
      expect(Array.from({ length: printed }, (_, number) => number).filter((number) => !numbers.has(number))).toEqual(
        []
      )
      expect(driven.loose).not.toContain("echo typed")
      // A line between two letters that are drawn has them beside it; none is there without a line of the job's.
      // What comes behind its last line is the shell's word of its end.
      const [told] = /^[\s\S]*printed \d+/.exec(driven.loose)!
      const lines = told.split("\r\n").filter((line) => line !== "")
      expect(lines.filter((line) => !/(late|printed) \d+/.test(line))).toEqual([])
    })
  }

  for (const shell of ["bash", "zsh", "fish"] as const) {
    it(`is on lines of its own in ${shell} where their ends come by themselves`, async () => {
      await using driven = await TestShell.start({ shell })
      await driven.run(`sh -c '${HOLD}; printf one; sleep 0.05; echo; sleep 0.05; echo two' &`)
      letEnd(driven)
      await driven.until(() => driven.loose.includes("two\r\n"), "both lines")
      expect(driven.loose).toMatch(/^one\r\ntwo\r\n/)
    })

    it(`is nothing while it prints nothing, whatever ${shell} draws`, async () => {
      await using driven = await TestShell.start({ shell })
      await driven.done(driven.submit("sleep 300 &"))
      const typed = [
        "echo 'open",
        "git -C /tmp status; sleep 1.5",
        "# c 日本 é",
        "x".repeat(200),
        "a\rb -2 c\recho 1.1"
      ]
      for (const keys of typed) {
        const id = driven.submit("sleep 0.01; echo done")
        await driven.started(id)
        driven.driver.write(Buffer.from(keys))
        await driven.done(id)
      }
      // No heredoc for fish, which leaves a text that it refuses in its edit line.
      for (const command of ["cat <<E\nfoo bar\nE", "echo 1.1 end; ls -2 /nowhere", `echo ${"y ".repeat(200)}`]) {
        await driven.done(driven.submit(command))
      }
      expect(driven.loose).toBe("")
    })
  }
})
