import * as fc from "fast-check"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { type BlockHeader, EMPTY_ACCOUNT } from "../../../src/domain/Block.ts"
import type { BlockId } from "../../../src/domain/ids.ts"
import { styledWidth } from "../../../src/terminal/cells.ts"
import { BlockList } from "../../../src/ui/blocks/BlockList.ts"
import type { Hit } from "../../../src/ui/blocks/ViewMap.ts"
import { fullTheme, makeTheme, plainTheme, type Theme } from "../../../src/ui/theme.ts"
import { accountOf, type BlockSketch, clock, FakeOutput, sketchBlock } from "./fakes.ts"

const NOW = clock("15:00:00")

/** A list over blocks that a test can change: `update` replaces a header, `print` adds output. */
class World {
  readonly outputs = new Map<BlockId, FakeOutput>()
  /** Of blocks whose stderr is kept apart. */
  readonly errors = new Map<BlockId, FakeOutput>()
  readonly asked: Array<BlockId> = []
  readonly list: BlockList
  blocks: ReadonlyArray<BlockHeader> = []
  readonly gone: Array<BlockHeader> = []

  constructor(theme = plainTheme) {
    this.list = new BlockList({
      theme,
      home: "/home/ada",
      output: (id) => {
        this.asked.push(id)
        return this.outputs.get(id) ?? null
      },
      stderr: ({ id }) => {
        this.asked.push(id)
        return this.errors.get(id) ?? null
      }
    })
  }

  add(sketch: BlockSketch, lines: ReadonlyArray<string> = []): BlockId {
    const output = new FakeOutput(lines)
    const block = sketchBlock({ number: this.blocks.length + 1, lines: lines.length, ...sketch })
    this.outputs.set(block.id, output)
    this.blocks = [...this.blocks, block]
    this.list.setBlocks(this.blocks)
    return block.id
  }

  update(id: BlockId, change: Partial<BlockHeader["metadata"]>, status?: BlockHeader["status"]): void {
    this.blocks = this.blocks.map((block) =>
      block.id === id ? { ...block, status: status ?? block.status, metadata: { ...block.metadata, ...change } } : block
    )
    this.list.setBlocks(this.blocks)
  }

  remove(index: number): void {
    const block = this.blocks[index]
    if (block === undefined) return
    this.gone.push(block)
    this.blocks = this.blocks.filter((other) => other !== block)
    this.list.setBlocks(this.blocks)
  }

  /** Brings back what was removed last. */
  restore(): void {
    const block = this.gone.pop()
    if (block === undefined) return
    this.blocks = [...this.blocks, block].sort((one, other) => one.metadata.number - other.metadata.number)
    this.list.setBlocks(this.blocks)
  }

  print(id: BlockId, ...lines: ReadonlyArray<string>): void {
    const output = this.outputs.get(id)!
    output.append(...lines)
    this.update(id, { lines: output.lineCount + output.hidden.lines })
    this.list.touch(id)
  }

  /** Keeps a block's stderr apart and prints to it. */
  printErrors(id: BlockId, ...lines: ReadonlyArray<string>): void {
    const output = this.errors.get(id) ?? new FakeOutput()
    this.errors.set(id, output)
    output.append(...lines)
    this.update(id, { stderr: accountOf(output) })
    this.list.touch(id)
  }

  /** Plain rows, blanks at their ends dropped. */
  rows(width: number, height: number): ReadonlyArray<string> {
    return this.list.rows(width, height, NOW).map((row) => stripAnsi(row).trimEnd())
  }

  /** Every row of content there is, from a view that is tall enough. */
  everything(width: number): ReadonlyArray<string> {
    return this.whole(width).map(({ row }) => row)
  }

  /** Every row of content there is, and what it is a row of. */
  whole(width: number): ReadonlyArray<{ readonly row: string; readonly hit: Hit | null }> {
    const other = new BlockList({
      theme: plainTheme,
      home: "/home/ada",
      output: (id) => this.outputs.get(id) ?? null,
      stderr: ({ id }) => this.errors.get(id) ?? null
    })
    other.setBlocks(this.blocks)
    other.select(this.list.selected)
    const rows = other.rows(width, 5_000, NOW).map((row) => stripAnsi(row).trimEnd())
    const first = rows.findIndex((row) => row !== "")
    return rows.slice(first).map((row, index) => ({ row, hit: other.hit(first + index) }))
  }

  /** Gives the `count` rows from row `top` of the whole list on, as a view of `height` rows shows them. */
  expectations(width: number, height: number) {
    const whole = this.whole(width)
    return (top: number, count: number) => this.#expected(whole, height, top, count)
  }

  #expected(whole: ReturnType<World["whole"]>, height: number, top: number, count: number): ReadonlyArray<unknown> {
    const rows: Array<unknown> = whole.slice(top, top + count).map(({ row }) => row)
    const [at, next] = [whole[top]?.hit, whole[top + 1]?.hit]
    const hasHeader =
      height >= 5 &&
      at?.part !== "header" &&
      at?.block === next?.block &&
      next !== undefined &&
      next?.part !== "divider"
    const header = whole.find(({ hit }) => hit?.block === at?.block)?.row
    // Sign, selection and number are the header's own.
    if (hasHeader) rows[0] = expect.stringMatching(new RegExp(`^${literal(header?.slice(0, 5) ?? "")}[↑ ]`))
    return rows
  }
}

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")

const numbered = (count: number, name = "line"): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => `${name} ${i + 1}`)

describe("the view", () => {
  it("stands at the bottom while everything fits", () => {
    const world = new World()
    world.add({ command: "echo hi" }, ["hi"])
    expect(world.rows(45, 5)).toEqual(["", "", "", "✓  1 echo hi        ~/work     12ms  14:03:22", "hi"])
    expect(world.list.following).toBe(true)
  })

  it("sets blocks apart by a blank row, but not headers without a body", () => {
    const world = new World()
    world.add({ command: "ls" }, ["a"])
    world.add({ command: "true" })
    world.add({ command: "false", status: "failure", exitCode: 1 })
    world.add({ command: "ls" }, ["a"])
    const kinds = world.rows(60, 9).map((row) => row.slice(0, 12).trimEnd())
    expect(kinds).toEqual(["", "✓  1 ls", "a", "", "✓  2 true", "✗  3 false", "", "✓  4 ls", "a"])
  })

  it("puts output, the gap and notices under the command, without a border", () => {
    const world = new World()
    const id = world.add({ command: "seq 9", notices: ["[1]+  Done\x1b[31m  sleep 1", "x".repeat(50)] }, numbered(9))
    world.outputs.get(id)!.hide(2, 5)
    world.update(id, { hiddenLines: 5, headLines: 2, hiddenBytes: 35 })
    expect(world.rows(40, 10).slice(2)).toEqual([
      "line 1",
      "line 2",
      "┄┄ 5 lines hidden (35 B) ┄┄",
      "line 8",
      "line 9",
      "└ [1]+  Done  sleep 1",
      `└ ${"x".repeat(38)}`,
      `  ${"x".repeat(12)}`
    ])
  })

  it("grows with a running block's output before any event counts its lines", () => {
    const world = new World()
    const id = world.add({ command: "make", status: "running" })
    expect(world.rows(60, 3)[2]).toMatch(/^● {2}1 make/)
    world.outputs.get(id)!.append("one", "two")
    world.list.touch(id)
    expect(world.rows(60, 3).slice(1)).toEqual(["one", "two"])
  })

  it("says how much of a long line is hidden when no whole line is", () => {
    const world = new World()
    const id = world.add({ command: "yes | tr -d '\\n'" }, ["y".repeat(40), "end"])
    world.outputs.get(id)!.hidden = { lines: 0, bytes: 12_000_000, headLines: 1 }
    expect(world.rows(60, 4).slice(1)).toEqual(["y".repeat(40), "┄┄ 12 MB hidden ┄┄", "end"])
  })

  it("says so when a block's output cannot be read, and asks for it again only when told", () => {
    const world = new World()
    const id = world.add({ command: "make", lines: 120 })
    const output = world.outputs.get(id)!
    world.outputs.delete(id)
    expect(world.rows(60, 3)[2]).toBe("┄┄ 120 lines of output cannot be read ┄┄")
    world.asked.length = 0
    world.rows(60, 3)
    expect(world.asked).toEqual([])
    world.outputs.set(id, output)
    output.append("back")
    world.list.touch(id)
    expect(world.rows(60, 3)[2]).toBe("back")
  })

  it("gives a running program's cursor its row, once the command has lasted", () => {
    const world = new World()
    const id = world.add({ command: "read x", status: "running", start: NOW - 100 }, ["name?"])
    world.outputs.get(id)!.cursorAt = { row: 1, column: 0 }
    expect(world.rows(60, 4)[3]).toBe("name?")
    expect(world.list.cursor(id)).toBeNull()
    world.list.rows(60, 4, NOW + 100)
    expect(world.list.cursor(id)).toEqual({ row: 3, column: 0 })
    world.list.rows(60, 2, NOW + 100)
    expect(world.list.cursor(id)).toEqual({ row: 1, column: 0 })
  })

  it("finds the cursor behind the gap and loses it out of view", () => {
    const world = new World()
    world.add({ command: "ls" }, numbered(5))
    const id = world.add({ command: "top", status: "running", start: NOW - 5_000 }, numbered(6))
    const output = world.outputs.get(id)!
    output.hide(2, 1)
    output.cursorAt = { row: 4, column: 99 }
    world.list.touch(id)
    world.rows(60, 10)
    expect(world.list.cursor(id)).toEqual({ row: 9, column: 59 })
    world.list.toTop()
    expect(world.list.cursor(id)).toBeNull()
  })

  it("asks for the outputs in view and no others", () => {
    const world = new World()
    for (let i = 0; i < 200; i++) world.add({ command: `cmd ${i}` }, numbered(10))
    world.asked.length = 0
    world.rows(80, 24)
    const seen = new Set(world.asked)
    expect(seen.size).toBeLessThanOrEqual(4)
    world.list.toTop()
    world.rows(80, 24)
    expect(new Set(world.asked).size).toBeLessThanOrEqual(8)
    for (const id of seen) for (const { count } of world.outputs.get(id)!.asked) expect(count).toBeLessThanOrEqual(24)
  })
})

describe("stderr kept apart", () => {
  it("stands below stdout under its rule, before the notices, with a gap of its own", () => {
    const world = new World()
    const id = world.add({ command: "make", notices: ["n"] }, ["out 1", "out 2"])
    world.printErrors(id, ...numbered(6, "err"))
    world.errors.get(id)!.hide(1, 3)
    world.update(id, { stderr: accountOf(world.errors.get(id)!) })
    expect(world.rows(60, 9).slice(1)).toEqual([
      "out 1",
      "out 2",
      "── stderr ──",
      "err 1",
      "┄┄ 3 lines hidden (18 B) ┄┄",
      "err 5",
      "err 6",
      "└ n"
    ])
    expect(Array.from({ length: 9 }, (_, row) => world.list.hit(row)?.part)).toEqual([
      ...["header", "output", "output", "stderrRule", "stderr", "stderrGap", "stderr", "stderr", "notice"]
    ])
  })

  it("has no rule until something is printed to it, and grows while the command runs", () => {
    const world = new World()
    const id = world.add({ command: "make", status: "running" }, ["out"])
    world.errors.set(id, new FakeOutput())
    world.list.touch(id)
    expect(world.rows(60, 5).slice(3)).toEqual([expect.stringContaining("make"), "out"])
    world.errors.get(id)!.append("warning: a")
    world.list.touch(id)
    expect(world.rows(60, 5).slice(2)).toEqual(["out", "── stderr ──", "warning: a"])
    world.print(id, "out 2")
    world.errors.get(id)!.append("warning: b")
    world.list.touch(id)
    expect(world.rows(60, 6).slice(1)).toEqual(["out", "out 2", "── stderr ──", "warning: a", "warning: b"])
  })

  it("is told by its rule alone where there is no colour, and keeps the program's own colours where there is", () => {
    const lines = ["plain", "\x1b[32mgreen\x1b[0m then"]
    const drawn = (theme: Theme) => {
      const world = new World(theme)
      world.printErrors(world.add({ command: "x" }), ...lines)
      return world.list.rows(60, 3, NOW).slice(1)
    }
    expect(drawn(plainTheme)).toEqual(["── stderr ──", ...lines].slice(1))
    const green = "\x1b[35m\x1b[32mgreen\x1b[0m\x1b[35m then\x1b[0m"
    expect(drawn(fullTheme)).toEqual(["\x1b[35mplain\x1b[0m", green])
    const ascii = makeTheme({ colors: false, attributes: false, unicode: false })
    const world = new World(ascii)
    world.printErrors(world.add({ command: "x" }), "e")
    expect(world.rows(60, 2)).toEqual(["-- stderr --", "e"])
  })

  it("counts in the folded line count", () => {
    const world = new World()
    const id = world.add({ command: "make", folded: true }, ["out"])
    world.printErrors(id, "a", "b")
    expect(world.rows(60, 1)[0]).toContain("make  ⋯ 3 lines")
    const running = world.add({ command: "make", folded: true, status: "running" }, ["out"])
    world.errors.set(running, new FakeOutput(["a"]))
    world.list.touch(running)
    expect(world.rows(60, 1)[0]).toContain("make  ⋯ 2 lines")
  })

  it("says so when it cannot be read, and asks for it again only when told", () => {
    const world = new World()
    const id = world.add({ command: "make", stderr: { ...EMPTY_ACCOUNT, lines: 7 } }, ["out"])
    expect(world.rows(60, 4).slice(1)).toEqual(["out", "── stderr ──", "┄┄ 7 lines of stderr cannot be read ┄┄"])
    const asked = world.asked.length
    world.errors.set(id, new FakeOutput(["back"]))
    expect(world.rows(60, 4)[3]).toContain("cannot be read")
    expect(world.asked.length).toBeGreaterThan(asked)
    world.list.touch(id)
    expect(world.rows(60, 4).slice(1)).toEqual(["out", "── stderr ──", "back"])
  })

  it("makes a reader who has scrolled up know that something came", () => {
    const world = new World()
    const id = world.add({ command: "make", status: "running" }, numbered(30))
    world.rows(60, 10)
    world.list.scrollBy(-5)
    expect(world.rows(60, 10)[9]!.trim()).toBe("↓ 6 rows below")
    world.printErrors(id, "e")
    expect(world.rows(60, 10)[9]!.trim()).toBe("↓ 8 rows below, 1 new line")
    world.list.toBottom()
    world.list.scrollBy(-5)
    expect(world.rows(60, 10)[9]!.trim()).toBe("↓ 6 rows below")
    world.update(id, { stderr: { ...EMPTY_ACCOUNT, lines: 2 } })
    expect(world.rows(60, 10)[9]!.trim()).toBe("↓ 6 rows below, 1 new line")
  })

  it("counts by its header while nobody has measured it", () => {
    const world = new World()
    world.add({ command: "first" }, numbered(30))
    world.add({ command: "its neighbour" }, ["out"])
    const id = world.add({ command: "make" }, ["out"])
    world.printErrors(id, ...numbered(9, "err"))
    world.errors.get(id)!.hide(2, 4)
    world.update(id, { stderr: accountOf(world.errors.get(id)!) })
    world.add({ command: "last" }, numbered(30))
    world.rows(60, 10)
    world.asked.length = 0
    world.list.toTop()
    world.rows(60, 10)
    expect(world.list.below + 9).toBe(world.everything(60).length)
    expect(world.asked).not.toContain(id)
  })

  it("is held on its line, and at its own gap once that line is hidden", () => {
    const world = new World()
    const id = world.add({ command: "make" }, numbered(30, "out"))
    world.outputs.get(id)!.hide(3, 5)
    world.printErrors(id, ...numbered(60, "err"))
    world.rows(60, 10)
    world.list.toTop()
    world.list.scrollBy(49)
    const top = world.rows(60, 10)[1]!
    expect(top).toMatch(/^err \d+$/)
    world.print(id, "out 31")
    expect(world.rows(60, 10)[1]).toBe(top)
    world.errors.get(id)!.hide(2, 40)
    world.list.touch(id)
    expect(world.rows(60, 10)[1]).toBe("┄┄ 40 lines hidden (273 B) ┄┄")
  })
})

describe("a waiting block", () => {
  it("is a header alone, and nobody asks for output it cannot have", () => {
    const world = new World()
    world.add({ command: "sleep 60", status: "running" }, ["zz"])
    world.asked.length = 0
    const ids = [1, 2].map((n) => world.add({ command: `echo ${n}`, status: "idle", start: null }))
    expect(world.rows(60, 6).slice(1)).toEqual([
      expect.stringMatching(/^● {2}1 sleep/),
      "zz",
      "",
      expect.stringMatching(/^○ {2}2 echo 1 .*waiting$/),
      expect.stringMatching(/^○ {2}3 echo 2 .*waiting$/)
    ])
    expect(world.asked.filter((id) => ids.includes(id))).toEqual([])
  })
})

describe("scrolling", () => {
  const tall = (): { readonly world: World; readonly last: BlockId } => {
    const world = new World()
    world.add({ command: "seq 30" }, numbered(30))
    const last = world.add({ command: "tail -f log", status: "running" }, numbered(20, "log"))
    world.rows(60, 10)
    return { world, last }
  }

  it("tells what is below, and follows again at the end", () => {
    const { world, last } = tall()
    world.list.scrollBy(-3)
    expect(world.list.following).toBe(false)
    expect(world.rows(60, 10)[9]!.trim()).toBe("↓ 4 rows below")
    world.print(last, "log 21")
    expect(world.rows(60, 10)[9]!.trim()).toBe("↓ 5 rows below, 1 new line")
    world.list.scrollBy(3)
    expect(world.list.following).toBe(false)
    world.list.scrollBy(1)
    expect(world.list.following).toBe(true)
    expect(world.rows(60, 10)[9]).toBe("log 21")
  })

  it("does not call a fold new output", () => {
    const { world, last } = tall()
    world.list.toTop()
    world.update(last, { folded: true })
    expect(world.rows(60, 10)[9]!.trim()).toMatch(/rows below$/)
  })

  it("pages with an overlap and stops at both ends", () => {
    const { world } = tall()
    world.list.toTop()
    expect(world.rows(60, 10)[0]).toContain("seq 30")
    world.list.pageUp()
    expect(world.rows(60, 10)[0]).toContain("seq 30")
    const last = world.rows(60, 10)[8]
    world.list.pageDown()
    // The last row of a page is the first one under the header on the next.
    expect(world.rows(60, 10).slice(0, 2)).toEqual([expect.stringMatching(/^✓ {2}1 ↑ seq 30/), last])
    for (let i = 0; i < 20; i++) world.list.pageDown()
    expect(world.list.following).toBe(true)
    world.list.scrollBy(-1e9)
    expect(world.rows(60, 10)[0]).toContain("seq 30")
    world.list.scrollBy(1e9)
    expect(world.list.following).toBe(true)
  })

  it("walks the selection through the blocks, past those that do not match", () => {
    const world = new World()
    const ids = [1, 2, 3, 4].map((n) =>
      world.add({ command: `c${n}`, status: n % 2 === 0 ? "failure" : "success", exitCode: n }, numbered(8, `c${n}`))
    )
    world.rows(60, 6)
    world.list.selectBy(-1)
    expect(world.list.selected).toBe(ids[3])
    world.list.selectBy(-1, (block) => block.status === "failure")
    expect(world.list.selected).toBe(ids[1])
    expect(world.rows(60, 6)[0]).toMatch(/^✗▸ 2 c2/)
    world.list.selectBy(-1, (block) => block.status === "failure")
    expect(world.list.selected).toBe(ids[1])
    world.list.selectBy(1)
    expect(world.list.selected).toBe(ids[2])
  })

  it("shows a block as low as it fits, or from its header when it is taller than the view", () => {
    const world = new World()
    const first = world.add({ command: "first" }, numbered(3))
    world.add({ command: "middle" }, numbered(30))
    const small = world.add({ command: "small" }, numbered(2))
    world.add({ command: "end" }, numbered(30))
    world.rows(60, 10)
    world.list.ensureVisible(first)
    expect(world.rows(60, 10)[0]).toMatch(/1 first/)
    world.list.ensureVisible(small)
    expect(world.rows(60, 10).slice(5, 9)).toEqual(["", expect.stringMatching(/3 small/), "line 1", "line 2"])
    world.list.ensureVisible(world.blocks[1]!.id)
    expect(world.rows(60, 10)[0]).toMatch(/2 middle/)
    const before = world.rows(60, 10)
    world.list.ensureVisible(world.blocks[1]!.id)
    expect(world.rows(60, 10)).toEqual(before)
  })

  it("knows what is under each row", () => {
    const world = new World()
    const one = world.add({ command: "a\nb", notices: ["n"] }, ["x"])
    const two = world.add({ command: "c" }, ["y"])
    world.rows(60, 8)
    const hits = Array.from({ length: 8 }, (_, row) => world.list.hit(row))
    expect(hits).toEqual([
      null,
      { block: one, part: "header" },
      { block: one, part: "command" },
      { block: one, part: "output" },
      { block: one, part: "notice" },
      { block: one, part: "divider" },
      { block: two, part: "header" },
      { block: two, part: "output" }
    ])
  })

  it("drops a selection and a held place whose block is gone", () => {
    const { world, last } = tall()
    world.list.select(last)
    world.list.scrollBy(-2)
    world.list.scrollBy(1)
    world.blocks = world.blocks.slice(0, 1)
    world.list.setBlocks(world.blocks)
    expect(world.list.selected).toBeNull()
    expect(world.rows(60, 10)[9]).toMatch(/line 30|rows below/)
  })

  it("tells its listeners of every change, and no longer once they have left", () => {
    const { world, last } = tall()
    let heard = 0
    const stop = world.list.subscribe(() => heard++)
    const steps = [
      () => world.print(last, "x"),
      () => world.list.scrollBy(-1),
      () => world.list.select(last),
      () => world.list.toBottom()
    ]
    for (const step of steps) {
      const before = heard
      step()
      expect(heard).toBeGreaterThan(before)
    }
    stop()
    const before = heard
    world.list.toTop()
    expect(heard).toBe(before)
  })
})

describe("a held view", () => {
  const line = (text: string | undefined) => Number(/\d+/.exec(text ?? "")?.[0])

  it("keeps its top line through every width", () => {
    const world = new World()
    world.add({ command: "ls" }, numbered(40, "word ".repeat(12)))
    world.add({ command: "ls" }, numbered(40, "word ".repeat(12)))
    world.rows(100, 12)
    world.list.toTop()
    world.list.scrollBy(60)
    const top = world.rows(100, 12)[1]
    for (const width of [40, 23, 77, 200]) expect(world.rows(width, 12)[1]!.slice(0, 20)).toBe(top!.slice(0, 20))
    expect(world.rows(100, 12)[1]).toBe(top)
  })

  it("stays on its line while the output limit takes lines before it, and lands on the gap when it goes itself", () => {
    const world = new World()
    const id = world.add({ command: "yes", status: "running" }, numbered(100))
    world.rows(60, 10)
    world.list.toTop()
    world.list.scrollBy(59)
    expect(line(world.rows(60, 10)[1])).toBe(60)
    for (let i = 0; i < 4; i++) {
      world.outputs.get(id)!.hide(20, 5)
      world.print(id, ...numbered(5, `more ${i}`))
      expect(line(world.rows(60, 10)[1])).toBe(60)
    }
    world.outputs.get(id)!.hide(20, 30)
    world.list.touch(id)
    expect(world.rows(60, 10)[1]).toMatch(/50 lines hidden/)
  })

  it("is not moved by a fold of the block above the blank row that it begins with", () => {
    const world = new World()
    const above = world.add({ command: "seq" }, numbered(50))
    world.add({ command: "seq" }, numbered(50))
    world.rows(60, 10)
    world.list.toTop()
    world.list.scrollBy(51)
    const before = world.rows(60, 10)
    expect(before.slice(0, 2)).toEqual(["", expect.stringContaining("2 seq")])
    world.update(above, { folded: true })
    expect(world.rows(60, 10)).toEqual(before)
    world.update(above, { folded: false })
    expect(world.rows(60, 10)).toEqual(before)
  })

  it("comes back to its line after a fold", () => {
    const world = new World()
    const id = world.add({ command: "seq" }, numbered(50))
    world.add({ command: "seq" }, numbered(50))
    world.rows(60, 10)
    world.list.toTop()
    world.list.scrollBy(24)
    expect(line(world.rows(60, 10)[1])).toBe(25)
    world.update(id, { folded: true })
    expect(world.rows(60, 10)[0]).toContain("⋯ 50 lines")
    world.update(id, { folded: false })
    expect(line(world.rows(60, 10)[1])).toBe(25)
  })
})

describe("a block that leaves", () => {
  const three = () => {
    const world = new World()
    const ids = [1, 2, 3].map((one) => world.add({ command: `make ${one}` }, numbered(9)))
    world.rows(40, 8)
    return { world, ids }
  }

  it("moves nothing that is being read, nor when it comes back", () => {
    const { world, ids } = three()
    world.list.toTop()
    world.list.scrollBy(12)
    const before = world.rows(40, 8)
    expect(world.list.inView()[0]!.block.id).toBe(ids[1])
    world.remove(0)
    // But for the header: the first block says where it ran.
    expect(world.rows(40, 8).slice(1)).toEqual(before.slice(1))
    world.restore()
    expect(world.rows(40, 8)).toEqual(before)
  })

  it("leaves its place in a held view to the one behind it", () => {
    const { world, ids } = three()
    world.list.toTop()
    world.list.scrollBy(12)
    world.remove(1)
    expect(world.list.inView()[0]!.block.id).toBe(ids[2])
    expect(world.rows(40, 8)[0]).toContain("3 make 3")
    world.restore()
    expect(world.rows(40, 8)[0]).toContain("3 make 3")
    world.remove(2)
    expect(world.list.following).toBe(true)
  })

  it("does not have those behind it read from disk again", () => {
    const { world } = three()
    world.asked.length = 0
    world.remove(0)
    world.rows(40, 4)
    expect(new Set(world.asked).size).toBeLessThanOrEqual(2)
  })
})

describe("a note", () => {
  it("stands under the header of its block, in the command's column, wrapped; of a folded one a row", () => {
    const world = new World()
    const note = "slow since Monday: the cache"
    const id = world.add({ command: "make", note, notices: ["n"] }, ["out"])
    const rows = () => world.rows(30, 6).filter((row) => row !== "")
    expect(rows().slice(1)).toEqual(["     ✎ slow since Monday: the", "       cache", "out", "└ n"])
    world.update(id, { folded: true })
    expect(rows().slice(1)).toEqual(["     ✎ slow since Monday: the…"])
  })

  it("has no control character, whatever a file says", () => {
    const world = new World()
    world.add({ command: "x", note: "a\x1b[31m\u202eb", name: "n\x1b[2J" })
    expect(world.rows(60, 4).join("")).not.toMatch(/[\x00-\x1f\u202e]/)
  })
})

describe("any session, any size, any scrolling", () => {
  const words = fc.constantFrom("a", "make ", "会議", "🚀", "e\u0301", "\x1b[31mred\x1b[0m", "x".repeat(50), " ")
  const text = fc.array(words, { maxLength: 6 }).map((parts) => parts.join(""))
  // Output is sanitised and wrapped by its store: here it is plain, so that the fake can wrap it.
  const outputLine = text.map((value) => stripAnsi(value))
  const hide = fc.option(fc.record({ head: fc.nat(6), lines: fc.integer({ min: 1, max: 6 }) }))
  const block = fc.record({
    command: fc.array(text, { minLength: 1, maxLength: 3 }).map((lines) => lines.join("\n")),
    status: fc.constantFrom(...(["idle", "running", "success", "failure", "interrupted"] as const)),
    exitCode: fc.option(fc.nat(255)),
    start: fc.constantFrom(clock("14:03:22"), clock("09:00:00", "2026-03-13"), null),
    directory: fc.constantFrom("/home/ada", "/home/ada/work/effect-talk/src/ui", "/"),
    folded: fc.boolean(),
    notices: fc.array(text, { maxLength: 2 }),
    output: fc.array(outputLine, { maxLength: 12 }),
    hide,
    beside: fc.boolean(),
    name: fc.option(fc.constantFrom("build", "x".repeat(64)), { nil: undefined }),
    note: fc.option(text, { nil: undefined }),
    pinned: fc.boolean(),
    timeLimit: fc.option(fc.integer({ min: 1_000, max: 1e8 }), { nil: undefined }),
    errors: fc.option(fc.record({ output: fc.array(outputLine, { maxLength: 8 }), hide }))
  })
  const session = fc.array(block, { maxLength: 12 })
  const width = fc.integer({ min: 20, max: 200 })
  const height = fc.integer({ min: 1, max: 40 })
  const step = fc.oneof(
    fc.record({ scroll: fc.integer({ min: -60, max: 60 }) }),
    fc.record({ call: fc.constantFrom(...(["pageUp", "pageDown", "toTop", "toBottom"] as const)) }),
    fc.record({ show: fc.nat(12) }),
    fc.record({ remove: fc.nat(12) }),
    fc.constant({ restore: true as const }),
    fc.record({ select: fc.constantFrom(...([-1, 1] as const)) })
  )

  type Sketch = typeof block extends fc.Arbitrary<infer T> ? T : never
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

  const build = (blocks: ReadonlyArray<Sketch>, theme = plainTheme) => {
    const world = new World(theme)
    for (const { output, hide, errors, ...sketch } of blocks) {
      const id = world.add(sketch, output)
      if (hide !== null && output.length > 0)
        world.outputs.get(id)!.hide(Math.min(hide.head, output.length), hide.lines)
      if (errors !== null) {
        world.printErrors(id, ...errors.output)
        if (errors.hide !== null && errors.output.length > 0)
          world.errors.get(id)!.hide(Math.min(errors.hide.head, errors.output.length), errors.hide.lines)
      }
      world.list.touch(id)
    }
    return world
  }

  const take = (world: World, one: Step) => {
    if ("scroll" in one) world.list.scrollBy(one.scroll)
    else if ("call" in one) world.list[one.call]()
    else if ("select" in one) world.list.selectBy(one.select)
    else if ("remove" in one) world.remove(one.remove)
    else if ("restore" in one) world.restore()
    else world.list.ensureVisible((world.blocks[one.show]?.id ?? "none") as BlockId)
  }

  /** Where `part` stands in `all` as a run of rows. */
  const findRun = (all: ReadonlyArray<string>, part: ReadonlyArray<string>): boolean =>
    all.some((_, from) => part.every((row, i) => all[from + i] === row))

  it("gives exactly the rows asked for, each within the width", () => {
    fc.assert(
      fc.property(session, width, height, fc.array(step, { maxLength: 6 }), (blocks, columns, rows, steps) => {
        const world = build(blocks, fullTheme)
        world.list.rows(columns, rows, NOW)
        for (const one of steps) take(world, one)
        const view = world.list.rows(columns, rows, NOW)
        expect(view).toHaveLength(rows)
        for (const row of view) expect(styledWidth(row)).toBeLessThanOrEqual(columns)
        expect(world.list.rows(columns, rows, NOW)).toEqual(view)
      }),
      { numRuns: 200 }
    )
  })

  it("shows a run of the whole list, whatever was scrolled; below it is what is left", () => {
    fc.assert(
      fc.property(session, width, height, fc.array(step, { maxLength: 8 }), (blocks, columns, rows, steps) => {
        const world = build(blocks)
        world.rows(columns, rows)
        for (const one of steps) take(world, one)
        const all = world.everything(columns)
        const view = world.rows(columns, rows)
        const held = !world.list.following && rows >= 3
        const content = held ? view.slice(0, -1) : view
        const visible = world.list.inView()
        // A header that stands over a row says whose it is.
        const over = all.length >= rows && visible[0]?.at === 1 && world.list.hit(0)?.part !== "divider" ? 1 : 0
        if (over === 1) expect(world.list.hit(0)).toEqual({ block: visible[0]!.block.id, part: "header" })
        if (all.length < rows) expect(content.slice(rows - all.length)).toEqual(all)
        else expect(findRun(all, content.slice(over))).toBe(true)
        if (world.list.following) {
          expect(world.list.below).toBe(0)
          expect(content.slice(-all.length).slice(over)).toEqual(all.slice(-rows).slice(over))
        }
      }),
      { numRuns: 200 }
    )
  })

  it("measures as many rows as there are, once it has been everywhere", () => {
    fc.assert(
      fc.property(session, width, fc.integer({ min: 3, max: 40 }), (blocks, columns, rows) => {
        const world = build(blocks)
        const all = world.everything(columns)
        world.rows(columns, rows)
        world.list.toTop()
        while (!world.list.following) {
          world.rows(columns, rows)
          world.list.pageDown()
        }
        world.list.toTop()
        if (world.list.following) expect(all.length).toBeLessThanOrEqual(rows)
        else expect(world.list.below + rows - 1).toBe(all.length)
      })
    )
  })

  it("walks the whole list row by row without a jump", () => {
    fc.assert(
      fc.property(session, width, fc.integer({ min: 3, max: 12 }), (blocks, columns, rows) => {
        const world = build(blocks)
        const all = world.everything(columns)
        const expected = world.expectations(columns, rows)
        world.rows(columns, rows)
        world.list.toTop()
        for (let top = 0; !world.list.following; top++) {
          expect(world.rows(columns, rows).slice(0, -1)).toEqual(expected(top, rows - 1))
          world.list.scrollBy(1)
        }
        for (let top = all.length - rows - 1; top >= 0; top--) {
          world.list.scrollBy(-1)
          expect(world.rows(columns, rows).slice(0, -1)).toEqual(expected(top, rows - 1))
        }
      }),
      { numRuns: 60 }
    )
  })

  it("moves by exactly the rows asked for over a few pages, into blocks that were never in view", () => {
    fc.assert(
      fc.property(session, width, fc.integer({ min: 3, max: 12 }), fc.nat(24), (blocks, columns, rows, up) => {
        const world = build(blocks)
        const all = world.everything(columns)
        const expected = world.expectations(columns, rows)
        world.rows(columns, rows)
        world.list.scrollBy(-up)
        const top = Math.max(0, all.length - rows - up)
        if (up === 0 || all.length <= rows) expect(world.list.following).toBe(true)
        else expect(world.rows(columns, rows).slice(0, -1)).toEqual(expected(top, rows - 1))
      }),
      { numRuns: 200 }
    )
  })

  const printing = fc.record({
    blocks: session.filter((blocks) => blocks.length > 0),
    columns: width,
    rows: fc.integer({ min: 3, max: 20 }),
    up: fc.integer({ min: -200, max: -1 }),
    prints: fc.array(fc.record({ block: fc.nat(11), text: outputLine, apart: fc.boolean() }), {
      minLength: 1,
      maxLength: 10
    })
  })
  const print = (world: World, id: BlockId, text: string, apart: boolean) =>
    apart ? world.printErrors(id, text) : world.print(id, text)

  it("keeps every row of a held view while blocks above it print and new ones come below", () => {
    fc.assert(
      fc.property(printing, ({ blocks, columns, rows, up, prints }) => {
        const world = build(blocks)
        world.rows(columns, rows)
        world.list.scrollBy(up)
        fc.pre(!world.list.following)
        const before = world.rows(columns, rows)
        const top = world.blocks.findIndex((one) => one.id === world.list.hit(0)!.block)
        fc.pre(top > 0)
        for (const { block: index, text: printed, apart } of prints)
          print(world, world.blocks[index % top]!.id, printed, apart)
        world.add({ command: "new", directory: "/" }, ["new"])
        expect(world.rows(columns, rows).slice(0, -1)).toEqual(before.slice(0, -1))
      }),
      { numRuns: 300 }
    )
  })

  it("keeps the top row of a held view whoever prints", () => {
    fc.assert(
      fc.property(printing, ({ blocks, columns, rows, up, prints }) => {
        const world = build(blocks.map((one) => ({ ...one, folded: false })))
        world.rows(columns, rows)
        world.list.scrollBy(up)
        fc.pre(!world.list.following)
        const before = world.rows(columns, rows)
        // Under a header that only stands there the view begins with its second row.
        const top = world.list.inView()[0]?.at ?? 0
        const hit = world.list.hit(top)
        for (const { block: index, text: printed, apart } of prints)
          print(world, world.blocks[index % world.blocks.length]!.id, printed, apart)
        expect(world.list.hit(world.list.inView()[0]?.at ?? 0)).toEqual(hit)
        expect(world.rows(columns, rows)[world.list.inView()[0]?.at ?? 0]).toBe(before[top])
      }),
      { numRuns: 300 }
    )
  })

  const change = fc.oneof(
    fc.record({ fold: fc.nat(11) }),
    fc.record({ end: fc.nat(11) }),
    fc.record({ hide: fc.nat(11), head: fc.nat(4), lines: fc.nat(4) }),
    fc.record({ print: fc.nat(11), text: outputLine, apart: fc.boolean() })
  )
  type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

  const happen = (world: World, one: Change, to: BlockHeader) => {
    if ("fold" in one) world.update(to.id, { folded: !to.metadata.folded })
    else if ("end" in one && to.status === "running") world.update(to.id, {}, "success")
    else if ("print" in one) print(world, to.id, one.text, one.apart)
    else if ("hide" in one) {
      const output = world.outputs.get(to.id)!
      if (output.hidden.lines === 0 && output.lineCount > one.head) output.hide(one.head, one.lines)
      world.list.touch(to.id)
    }
  }
  const indexOf = (one: Change) => Object.values(one)[0] as number

  it("keeps the top row of a held view whatever becomes of the other blocks, also above a new page", () => {
    fc.assert(
      fc.property(printing, fc.boolean(), fc.array(change, { maxLength: 10 }), (held, clears, changes) => {
        const { blocks, columns, rows, up } = held
        const world = build(blocks)
        world.rows(columns, rows)
        if (clears) world.list.clear()
        world.list.scrollBy(up)
        fc.pre(!world.list.following)
        const before = world.rows(columns, rows)
        const top = world.list.inView()[0]?.at ?? 0
        const hit = world.list.hit(top)
        for (const one of changes) {
          const to = world.blocks[indexOf(one) % world.blocks.length]!
          if (to.id !== hit?.block) happen(world, one, to)
        }
        const after = world.rows(columns, rows)
        // What is folded below can leave nothing more to hold the view for.
        fc.pre(!world.list.following)
        const at = world.list.inView()[0]?.at ?? 0
        expect(world.list.hit(at)).toEqual(hit)
        // The directory in a header hangs on the block above, its width on what has been counted.
        if (hit?.part !== "header") expect(after[at]).toBe(before[top])
      }),
      { numRuns: 300 }
    )
  })
})
