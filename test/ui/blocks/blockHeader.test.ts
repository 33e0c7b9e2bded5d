import * as fc from "fast-check"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import type { BlockHeader } from "../../../src/domain/Block.ts"
import { styledWidth, textWidth } from "../../../src/terminal/cells.ts"
import {
  blockHeaderRow,
  commandBelow,
  exitText,
  type HeaderContext,
  outcomeOf
} from "../../../src/ui/blocks/blockHeader.ts"
import { TIME_LEFT_CELLS } from "../../../src/ui/blocks/format.ts"
import { fullTheme, makeTheme, plainTheme } from "../../../src/ui/theme.ts"
import { type BlockSketch, clock, sketchBlock } from "./fakes.ts"

const context = (change: Partial<HeaderContext> = {}): HeaderContext => ({
  theme: plainTheme,
  width: 80,
  now: clock("14:05:00"),
  home: "/home/ada",
  numberCells: 2,
  showDirectory: false,
  showDay: false,
  selected: false,
  lines: 0,
  ...change
})

const row = (sketch: BlockSketch, change: Partial<HeaderContext> = {}) =>
  blockHeaderRow(sketchBlock(sketch), context(change))

describe("a header", () => {
  it("names status, number, command, duration and start", () => {
    expect(row({ command: "ls -l", number: 3, took: 12 }, { width: 51 })).toBe(
      "✓  3 ls -l                           12ms  14:03:22"
    )
  })

  it("has the exit code or the signal of what did not succeed", () => {
    const cases: ReadonlyArray<readonly [BlockSketch, string]> = [
      [{ command: "x", status: "failure", exitCode: 7 }, "✗  1 x                    exit 7"],
      [{ command: "x", status: "failure", exitCode: 137, signal: "SIGKILL" }, "✗  1 x                   SIGKILL"],
      [{ command: "x", status: "interrupted" }, "⊘  1 x               interrupted"]
    ]
    for (const [sketch, text] of cases) expect(row(sketch, { width: 51 })).toBe(`${text}     12ms  14:03:22`)
  })

  it("does not call a command failed that Ctrl+C or a closed pipe ended", () => {
    const failed = (exitCode: number | null, signal: string | null) =>
      outcomeOf({ status: "failure", exitCode, signal })
    const exit = (status: BlockHeader["status"], exitCode: number) =>
      exitText({ status, exitCode, signal: null, startTime: 0 })
    expect([failed(130, null), failed(141, null), failed(130, "SIGINT"), failed(141, "SIGPIPE")]).toEqual(
      Array(4).fill("interrupted")
    )
    expect([failed(1, null), failed(137, "SIGKILL"), failed(130, "SIGTERM")]).toEqual(Array(3).fill("failure"))
    expect(exit("failure", 141)).toBe("exit 141")
    expect(row({ command: "x", status: "failure", exitCode: 141 })[0]).toBe("⊘")
    expect(exit("interrupted", 148)).toBe("stopped (148)")
  })

  it("counts a running command's whole seconds, in a column that a tick does not move", () => {
    const running = { command: "sleep 100", status: "running" as const }
    const at = (time: string) => row(running, { now: clock(time), width: 42 })
    expect(at("14:03:24")).toBe("●  1 sleep 100                2s  14:03:22")
    expect(at("14:13:24")).toBe("●  1 sleep 100           10m 02s  14:03:22")
    expect(row({ ...running, start: null }, { width: 40 })).toBe("●  1 sleep 100".padEnd(40))
  })

  it("shows directory and day when told to", () => {
    expect(row({ command: "ls", directory: "/home/ada/work" }, { showDirectory: true, showDay: true })).toBe(
      `✓  1 ls${" ".repeat(36)}~/work  2026-03-14     12ms  14:03:22`
    )
  })

  it("has pin and name before the command, which goes on below when it is long", () => {
    const sketch = { command: "make -j8", name: "build", pinned: true }
    expect(row(sketch, { width: 51 })).toBe("✓  1 ⚑ @build · make -j8             12ms  14:03:22")
    const long = sketchBlock({ ...sketch, command: `make ${"x".repeat(60)}` })
    const rows = [blockHeaderRow(long, context()), ...commandBelow(long, context())]
    expect(rows[0]!.startsWith("✓  1 ⚑ @build · make x")).toBe(true)
    expect(rows.join("").match(/x/g)).toHaveLength(60)
    const ascii = makeTheme({ colors: false, attributes: false, unicode: false })
    expect(row(sketch, { theme: ascii }).startsWith("+  1 # @build | make -j8 ")).toBe(true)
  })

  it("cuts a long name at a quarter of the row, and gives it up before the command has no room", () => {
    const sketch = { command: "make everything", name: "x".repeat(64), pinned: true }
    expect(row(sketch).startsWith(`✓  1 ⚑ @${"x".repeat(18)}… · make everything `)).toBe(true)
    expect(row(sketch, { width: 24 })).toMatch(/^✓ {2}1 ⚑ make( |$)/)
    expect(row(sketch, { width: 20 })).toMatch(/^✓ {2}1 ⚑ make$/)
  })

  it("says of an incognito block that it is not saved, as long as its command has room", () => {
    const sketch = { command: "make -j8", incognito: true }
    expect(row(sketch, { width: 51 })).toBe("✓  1 not saved · make -j8            12ms  14:03:22")
    expect(row({ ...sketch, name: "build", pinned: true }).startsWith("✓  1 ⚑ not saved · @build · make -j8 ")).toBe(
      true
    )
    expect(row({ ...sketch, status: "running" }, { width: 40 })).toMatch(/^● {2}1 not saved · make -j8/)
    expect(row(sketch, { width: 24 })).toMatch(/^✓ {2}1 make -j8/)
  })

  it("leaves out the blank by which an incognito command was typed, and no other one", () => {
    const sketch = { command: "  make -j8\n  all", incognito: true }
    expect(row(sketch, { width: 51 })).toBe("✓  1 not saved · make -j8            12ms  14:03:22")
    expect(commandBelow(sketchBlock(sketch), context({ width: 51 }))).toEqual(["       all"])
    expect(row({ command: "  make -j8" }, { width: 51 })).toMatch(/^✓ {2}1 {3}make/)
  })

  it("marks the selected block by a sign, and by one style for the whole row", () => {
    expect(row({ command: "ls" }, { selected: true }).startsWith("✓▸ 1 ls")).toBe(true)
    const styled = row({ command: "ls", status: "failure", exitCode: 2 }, { selected: true, theme: fullTheme })
    expect(styled.match(/\x1b\[[\d;]*m/g)).toEqual(["\x1b[7m", "\x1b[27m"])
    expect(styledWidth(styled)).toBe(80)
  })

  it("reads the same without colour, and in ASCII without its signs", () => {
    const sketch: BlockSketch = { command: "make\nmake install", status: "failure", exitCode: 2, folded: true }
    const noColor = makeTheme({ colors: false, attributes: true, unicode: true })
    expect(stripAnsi(row(sketch, { theme: fullTheme, lines: 9 }))).toBe(row(sketch, { lines: 9 }))
    expect(row(sketch, { theme: noColor, lines: 9 })).not.toMatch(/\x1b\[[\d;]*3\d/)
    const ascii = row(sketch, { theme: makeTheme({ colors: false, attributes: false, unicode: false }), lines: 9 })
    expect(ascii).toMatch(/^x {2}1 make {2}\\ \+1 line {2}: 9 lines +exit 2 +12ms {2}14:03:22$/)
  })
})

describe("a block that waits for its turn", () => {
  const waiting: BlockSketch = { command: "make", status: "idle", start: null }

  it("says so where exit codes stand, without a time", () => {
    const failed = row({ command: "make", status: "failure", exitCode: 7 }, { width: 51 })
    const text = row(waiting, { width: 51 })
    expect(text.trimEnd()).toBe("○  1 make                waiting")
    expect(text.trimEnd()).toHaveLength(failed.indexOf("exit 7") + "exit 7".length)
    expect(row(waiting, { theme: fullTheme })).toContain("\x1b[2m  waiting\x1b[22m")
  })

  it("was not run once it is cancelled, and that is no failure", () => {
    const cancelled = sketchBlock({ ...waiting, status: "interrupted" })
    expect(blockHeaderRow(cancelled, context({ width: 51 })).trimEnd()).toBe("⊘  1 make                not run")
    expect(exitText({ ...cancelled, startTime: 1 })).toBe("interrupted")
  })
})

describe("output in the background", () => {
  const below = (sketch: BlockSketch, width: number) => commandBelow(sketchBlock(sketch), context({ width }))
  const make = { command: "", from: "make -j4 &" }

  it("is named after the command that left it", () => {
    expect(row(make, { width: 80 })).toMatch(/^✓ {2}1 \(background output\) from: make -j4 & +12ms {2}14:03:22$/)
    expect(row({ ...make, folded: true }, { width: 80, lines: 3 })).toContain("from: make -j4 &  ⋯ 3 lines")
  })

  it("has one row, in which a long command is cut by cells", () => {
    const long = { command: "", from: `echo ${"\u4f60".repeat(100)} &` }
    for (const width of [80, 120]) {
      const text = row(long, { width })
      expect(text).toMatch(/^✓ {2}1 \(background output\) from: echo \u4f60+… {2,}12ms {2}14:03:22$/)
      expect(textWidth(text)).toBe(width)
      expect(below(long, width)).toEqual([])
    }
  })
})

describe("a block beside the session's shell", () => {
  const LONG = "beside: its cd, variables and history end with it"
  const both = (sketch: BlockSketch, width: number) => {
    const block = sketchBlock({ beside: true, ...sketch })
    return [blockHeaderRow(block, context({ width })), ...commandBelow(block, context({ width }))]
  }

  it("says what is not shared in the longest words that fit after its command", () => {
    expect(both({ command: "make" }, 100)).toEqual([`✓  1 make  ${LONG}${" ".repeat(23)}   12ms  14:03:22`])
    expect(both({ command: "make" }, 79)).toEqual([`✓  1 make  ${LONG}     12ms  14:03:22`])
    expect(both({ command: "make" }, 78)).toEqual([`✓  1 make  beside${" ".repeat(47)}12ms  14:03:22`])
    expect(both({ command: "make" }, 36)).toEqual(["✓  1 make  beside     12ms  14:03:22"])
  })

  it("says it below the command where the command takes its row, told from it by a sign", () => {
    expect(both({ command: "make" }, 35)).toEqual(["✓  1 make            12ms  14:03:22", "     └ beside"])
    expect(both({ command: "x".repeat(50) }, 70)).toEqual([
      `✓  1 ${"x".repeat(46)}     12ms  14:03:22`,
      "     xxxx",
      `     └ ${LONG}`
    ])
    expect(both({ command: "for i in 1 2\ndo echo $i\ndone" }, 60).slice(1)).toEqual([
      "     do echo $i",
      "     done",
      `     └ ${LONG}`
    ])
  })

  it("says it folded too, after the line count, where the command keeps its room", () => {
    const folded: BlockSketch = { command: "make", beside: true, folded: true }
    expect(row(folded, { lines: 9, width: 100 })).toContain(`make  ⋯ 9 lines  ${LONG}  `)
    expect(row(folded, { lines: 9, width: 60 })).toContain("make  ⋯ 9 lines  beside  ")
    expect(row(folded, { lines: 9, width: 46 })).toBe("✓  1 make  ⋯ 9 lines            12ms  14:03:22")
    expect(row({ ...folded, command: "a\nb" }, { lines: 9, width: 80 })).toContain("a  ⏎ +1 line  ⋯ 9 lines  beside  ")
  })

  it("says of a plain shell that it is one, and nothing of its history, which stays", () => {
    const shell: BlockSketch = { command: "zsh", plain: true }
    expect(both(shell, 120)[0]).toContain("zsh  plain shell beside: its cd and variables end with it  ")
    expect(both(shell, 60)).toEqual([`✓  1 zsh  plain shell beside${" ".repeat(18)}12ms  14:03:22`])
    expect(both(shell, 40)).toEqual([`✓  1 zsh  beside${" ".repeat(10)}12ms  14:03:22`])
  })

  it("neither cuts its command nor moves a field, at any width", () => {
    const sketch: BlockSketch = { command: "npm run build:everything", status: "failure", exitCode: 7 }
    for (const folded of [false, true])
      for (let width = 20; width <= 160; width++) {
        const at = { width, showDirectory: true, showDay: true, lines: 12 }
        const without = row({ ...sketch, folded }, at)
        const tagged = row({ ...sketch, folded, beside: true }, at)
        expect(
          tagged.replace(/ {2}beside(: its cd, variables and history end with it)?/, (tag) => " ".repeat(tag.length))
        ).toBe(without)
      }
  })
})

describe("a running block with a time limit", () => {
  const limited: BlockSketch = { command: "curl example.org", status: "running", timeLimit: 90_000 }
  const at = (time: string, width = 51) => row(limited, { now: clock(time), width })

  it("counts down in a column that a tick does not move", () => {
    expect(at("14:03:22")).toBe("●  1 curl example.org         1m 30s left  14:03:22")
    expect(at("14:03:55")).toBe("●  1 curl example.org            57s left  14:03:22")
    expect(at("14:04:52")).toBe("●  1 curl example.org             0s left  14:03:22")
    expect(at("14:09:00")).toBe("●  1 curl example.org             0s left  14:03:22")
  })

  it("has its duration once it is over", () => {
    const ended = { ...limited, status: "interrupted" as const, signal: "SIGTERM", took: 90_100 }
    expect(row(ended, { width: 51 })).toBe("⊘  1 curl example.org    SIGTERM   1m 30s  14:03:22")
  })
})

describe("folded", () => {
  it("says how much of the command and of the output is not shown", () => {
    const sketch = { command: "for i in 1 2\ndo echo $i\ndone", folded: true }
    expect(row(sketch, { lines: 1234 })).toMatch(/^✓ {2}1 for i in 1 2 {2}⏎ \+2 lines {2}⋯ 1,234 lines +12ms/)
    expect(row({ command: "true", folded: true })).toMatch(/^✓ {2}1 true {2}no output +12ms/)
    expect(commandBelow(sketchBlock(sketch), context())).toEqual([])
  })

  it("cuts the command before the line count", () => {
    const sketch = { command: "x".repeat(200), folded: true }
    expect(row(sketch, { lines: 12, width: 60 })).toBe(`✓  1 ${"x".repeat(23)}…  ⋯ 12 lines     12ms  14:03:22`)
  })
})

describe("a command's further rows", () => {
  it("hold every line, indented to the command", () => {
    const block = sketchBlock({ command: "cat <<END\n\tone\n\ntwo\x1b[2J\nEND\n" })
    expect(commandBelow(block, context())).toEqual(["             one", "", "     two^[[2J", "     END"])
  })

  it("end with a count where the command would fill the screen", () => {
    const command = Array.from({ length: 500 }, (_, index) => `echo ${index}`).join("\n")
    const below = commandBelow(sketchBlock({ command }), context())
    expect(below).toHaveLength(12)
    expect(below.slice(-2)).toEqual(["     echo 11", "     ⋯ 488 lines more"])
  })

  it("take what the header has no room for", () => {
    const command = "git log --graph --oneline --decorate --all --author ada --since yesterday -- src test"
    const block = sketchBlock({ command })
    const below = commandBelow(block, context())
    const first = blockHeaderRow(block, context()).slice(5, 60).trimEnd()
    expect([first, ...below.map((one) => one.trimStart())].join(" ")).toBe(command)
  })
})

describe("narrow screens", () => {
  const sketch: BlockSketch = {
    command: "npm run build:everything",
    status: "failure",
    exitCode: 7,
    directory: "/home/ada/work/effect-talk/src"
  }
  const at = (width: number) => row(sketch, { width, showDirectory: true, showDay: true })

  it("drop the fields on the right in the documented order, the exit code last", () => {
    const fields = (width: number) => {
      const text = at(width)
      return [
        text.includes("src") ? "directory" : "",
        text.includes("2026-03-14") ? "day" : "",
        text.includes("14:03:22") ? "time" : "",
        text.includes("12ms") ? "duration" : "",
        text.includes("exit 7") ? "exit" : ""
      ]
        .join(" ")
        .trim()
        .replace(/ +/g, " ")
    }
    const seen = [...new Set(Array.from({ length: 101 }, (_, i) => fields(120 - i)))]
    expect(seen).toEqual([
      "directory day time duration exit",
      "directory time duration exit",
      "time duration exit",
      "duration exit",
      "exit"
    ])
    expect(at(20)).toBe("✗  1 npm run  exit 7")
  })

  it("say in fewer words what is not saved, and give it up only before the exit code", () => {
    const text = (width: number, redacted: number) => row({ ...sketch, redacted }, { width, showDirectory: true })
    expect(text(110, 1)).toMatch(/\/src {2}exit 7 {2}1 secret not saved +12ms {2}14:03:22$/)
    expect(text(80, 2)).toMatch(/npm run build:everything .*exit 7 {2}2 secrets not saved +12ms/)
    expect(text(60, 2)).toContain("2 not saved")
    expect(text(40, 2)).toMatch(/npm run.* exit 7 {2}2 not saved$/)
    expect(text(20, 2)).toBe("✗  1 npm run  exit 7")
  })

  it("shorten the directory in its middle before they drop anything", () => {
    expect(at(110)).toContain("~/work/effect-talk/src")
    expect(at(84)).toContain("…/src")
    expect(at(84)).toContain("2026-03-14")
  })
})

describe("any block at any width", () => {
  const nasty = fc.oneof(
    fc.fullUnicodeString({ maxLength: 80 }),
    fc
      .array(
        fc.constantFrom(
          "make ",
          "会",
          "🚀",
          "\n",
          "\x1b[31m",
          "\u202e",
          "e\u0301",
          "\x9b",
          "\t",
          "\r\n",
          "a".repeat(30)
        ),
        {
          maxLength: 20
        }
      )
      .map((parts) => parts.join(""))
  )
  const anyBlock: fc.Arbitrary<BlockHeader> = fc
    .record({
      command: nasty,
      number: fc.integer({ min: 1, max: 99_999 }),
      status: fc.constantFrom(...(["idle", "running", "success", "failure", "interrupted"] as const)),
      exitCode: fc.option(fc.nat(255)),
      signal: fc.option(fc.constantFrom("SIGKILL", "SIGINT", "\x1b[2J")),
      start: fc.option(fc.integer({ min: 0, max: 2e12 })),
      took: fc.nat(1e10),
      directory: nasty,
      folded: fc.boolean(),
      beside: fc.boolean(),
      plain: fc.boolean(),
      from: fc.option(nasty, { nil: undefined }),
      timeLimit: fc.option(fc.nat(1e10), { nil: undefined }),
      name: fc.option(nasty, { nil: undefined }),
      pinned: fc.boolean(),
      redacted: fc.option(fc.integer({ min: 1, max: 99_999 }), { nil: undefined })
    })
    .map(sketchBlock)
  const anyContext = fc.record({
    width: fc.integer({ min: 20, max: 200 }),
    numberCells: fc.integer({ min: 2, max: 5 }),
    showDirectory: fc.boolean(),
    showDay: fc.boolean(),
    selected: fc.boolean(),
    lines: fc.nat(1e6),
    theme: fc.constantFrom(fullTheme, plainTheme, makeTheme({ colors: true, attributes: true, unicode: false }))
  })

  it("fits, and nothing but SGR reaches the screen", () => {
    fc.assert(
      fc.property(anyBlock, anyContext, (block, change) => {
        const rows = [blockHeaderRow(block, context(change)), ...commandBelow(block, context(change))]
        for (const text of rows) {
          expect(styledWidth(text)).toBeLessThanOrEqual(change.width)
          expect(text.replace(/\x1b\[[\d;]*m/g, "")).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
        }
      }),
      { numRuns: 300 }
    )
  })

  it("does not move a row when time passes", () => {
    fc.assert(
      fc.property(anyBlock, anyContext, fc.nat(1e12), (block, change, later) => {
        const now = context(change)
        expect(commandBelow(block, { ...now, now: now.now + later })).toEqual(commandBelow(block, now))
        const cells = (at: number) => [...blockHeaderRow(block, { ...now, theme: plainTheme, now: at })]
        const before = cells(now.now)
        const after = cells(now.now + later)
        const differs = (cell: string, index: number) => cell !== after[index]
        expect(after).toHaveLength(before.length)
        expect(before.findLastIndex(differs) - before.findIndex(differs)).toBeLessThan(TIME_LEFT_CELLS)
      })
    )
  })
})
