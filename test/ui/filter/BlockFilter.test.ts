import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { PlainText, TextPiece } from "../../../src/terminal/PlainText.ts"
import { BlockFilter } from "../../../src/ui/filter/BlockFilter.ts"
import { FilteredView, type LineFilter } from "../../../src/ui/filter/FilteredView.ts"
import { LineMatcher, type WrittenPattern } from "../../../src/ui/find/LineMatcher.ts"
import { FakeOutput } from "../blocks/fakes.ts"

/** An output in pieces of three lines. */
class Base extends FakeOutput implements PlainText {
  get hiddenLines(): number {
    return this.hidden.lines
  }

  pieceAt(line: number): TextPiece | null {
    if (line < 0 || line >= this.lineCount) return null
    const firstLine = line - (line % 3)
    const lines = Array.from({ length: Math.min(3, this.lineCount - firstLine) }, (_, i) => this.line(firstLine + i))
    return { firstLine, lines: lines.length, text: () => lines.join("\n") }
  }
}

const filterOf = (text: string, options: Partial<LineFilter> & Partial<WrittenPattern> = {}): LineFilter => {
  const { invert = false, context = 0, ...written } = options
  const matcher = LineMatcher.make({ text, regex: false, caseSensitive: "smart", words: false, ...written })
  if ("problem" in matcher) throw new Error(matcher.problem)
  return { matcher, invert, context }
}

const rule = (count: number) => `-- ${count} --`
const never = () => false
const linesOf = (view: FilteredView) => Array.from({ length: view.lineCount }, (_, line) => view.line(line))

const filtered = (lines: ReadonlyArray<string>, filter: LineFilter): FilteredView => {
  const view = new FilteredView(filter, rule)
  expect(view.advance(new Base(lines), false, never)).toBe(true)
  return view
}

const LOG = ["start", "a: ok", "b: ok", "c: error", "d: ok", "e: ok", "f: ok", "g: error", "h: ok", "end"]

describe("a filtered output", () => {
  it("has the lines that match, or those that do not", () => {
    const view = filtered(LOG, filterOf("error"))
    expect(linesOf(view)).toEqual(["c: error", "g: error"])
    expect([view.matched, view.of]).toEqual([2, 10])
    expect(linesOf(filtered(LOG, filterOf("ok", { invert: true })))).toEqual(["start", "c: error", "g: error", "end"])
    expect(filtered(LOG, filterOf("absent")).lineCount).toBe(0)
  })

  it("has lines around them, with a rule between groups that says how many are left out", () => {
    expect(linesOf(filtered(LOG, filterOf("error", { context: 1 })))).toEqual([
      "b: ok",
      "c: error",
      "d: ok",
      "-- 1 --",
      "f: ok",
      "g: error",
      "h: ok"
    ])
    expect(linesOf(filtered(LOG, filterOf("error", { context: 2 })))).toEqual(LOG.slice(1, 10))
  })

  it("keeps a line's looks, and is copied without the rules", () => {
    const view = filtered(["x", "\x1b[31mred\x1b[0m", "y", "y", "red"], filterOf("red", { context: 1 }))
    expect(linesOf(view)[1]).toBe("\x1b[31mred\x1b[0m")
    const apart = filtered(["red", "y", "y", "y", "red"], filterOf("red", { context: 1 }))
    expect(linesOf(apart)).toEqual(["red", "y", "-- 1 --", "y", "red"])
    expect(apart.text()).toBe("red\ny\ny\nred\n")
  })

  it("says where the gap of the output limit is among its lines", () => {
    const base = new Base(LOG)
    base.hide(4, 2)
    const view = new FilteredView(filterOf("error"), rule)
    view.advance(base, false, never)
    expect(view.hidden).toMatchObject({ lines: 2, headLines: 1 })
  })

  it("works in pieces, and goes on where it stopped", () => {
    const base = new Base(LOG)
    const view = new FilteredView(filterOf("error"), rule)
    const versions = [view.version]
    const shown: Array<number> = []
    while (!view.advance(base, false, () => true)) {
      shown.push(view.looked)
      versions.push(view.version)
    }
    expect(shown).toEqual([3, 6, 9])
    expect(linesOf(view)).toEqual(["c: error", "g: error"])
    expect(new Set(versions).size).toBe(versions.length)
  })

  const line = fc.constantFrom("hit", "hit me", "miss", "", "other")
  const anyFilter = fc.record({ invert: fc.boolean(), context: fc.constantFrom(0, 1, 2, 5) })

  it("has what a reader of all lines would take, in any pieces", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), anyFilter, (lines, options) => {
        const { context, invert } = options
        const matches = lines.map((each) => each.includes("hit") !== invert)
        const near = lines.map((_, at) => matches.some((match, other) => match && Math.abs(at - other) <= context))
        const expected = lines.filter((_, at) => near[at])
        const view = filtered(lines, filterOf("hit", options))
        expect(view.text()).toBe(expected.map((each) => `${each}\n`).join(""))
        // A group of lines and its rule, but for what is before the first and after the last.
        const gaps =
          near
            .join(" ")
            .replace(/^(?:false ?)+|(?: ?false)+$/g, "")
            .match(/false(?: false)*/g) ?? []
        const rules = linesOf(view).filter((each) => each.startsWith("-- "))
        expect(rules).toEqual(context === 0 ? [] : gaps.map((gap) => rule(gap.split(" ").length)))
      })
    )
  })

  it("is the same when the lines come one after another and the last ones change", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ add: fc.array(line), replace: fc.option(line) }), { maxLength: 10 }),
        anyFilter,
        fc.boolean(),
        (steps, options, hasty) => {
          const filter = filterOf("hit", options)
          const view = new FilteredView(filter, rule)
          let lines: ReadonlyArray<string> = []
          let base = new Base()
          for (const { add, replace } of steps) {
            lines = [...(replace === null ? lines : [...lines.slice(0, -1), replace]), ...add]
            const { version } = base
            base = new Base(lines)
            base.version = version + 1
            view.advance(base, true, () => hasty)
          }
          while (!view.advance(base, false, () => hasty));
          expect(linesOf(view)).toEqual(linesOf(filtered(lines, filter)))
        }
      )
    )
  })
})

describe("a block's filter", () => {
  const world = (base: Base, filter: LineFilter, sliceTime = 0, live = false) => {
    const queue: Array<() => void> = []
    let time = 0
    let news = 0
    const block = new BlockFilter(filter, {
      output: (stream) => (stream === "stdout" ? base : null),
      live: () => live,
      rule,
      changed: () => news++,
      now: () => (time += sliceTime),
      later: (work) => {
        queue.push(work)
        return () => queue.splice(queue.indexOf(work) >>> 0, 1)
      }
    })
    const settle = () => {
      for (let work = queue.shift(); work !== undefined; work = queue.shift()) work()
    }
    const text = () => block.view("").streams.stdout?.text()
    return { block, queue, settle, text, news: () => news }
  }

  it("shows at once what takes no time, and says how much that is", () => {
    const { block, queue, text } = world(new Base(LOG), filterOf("error"))
    block.start()
    expect(text()).toBe("c: error\ng: error\n")
    expect(block.count).toEqual({ matched: 2, of: 10, looked: 1 })
    expect(queue).toEqual([])
    expect(block.view("tag")).toMatchObject({ tag: "tag", streams: { stderr: null } })
  })

  it("goes on in slices where it takes longer, and says how far it is", () => {
    const { block, settle, text, news } = world(new Base(LOG), filterOf("error"), 5)
    block.start()
    expect(block.count).toEqual({ matched: 0, of: 10, looked: 0.3 })
    settle()
    expect(block.count).toEqual({ matched: 2, of: 10, looked: 1 })
    expect(text()).toBe("c: error\ng: error\n")
    expect(news()).toBeGreaterThan(0)
  })

  it("takes up what is printed, and begins anew when the limit has moved the lines", () => {
    const base = new Base(LOG)
    const { block, settle, text } = world(base, filterOf("error"), 0, true)
    block.start()
    base.append("i: error")
    block.touch()
    settle()
    expect(text()).toBe("c: error\ng: error\ni: error\n")
    base.hide(2, 3)
    block.touch()
    settle()
    expect(text()).toBe("g: error\ni: error\n")
    expect(block.count).toMatchObject({ matched: 2, of: 8 })
  })

  it("does nothing any more once it is stopped", () => {
    const { block, queue } = world(new Base(LOG), filterOf("error"), 5)
    block.start()
    block.touch()
    block.stop()
    expect(queue).toEqual([])
  })
})
