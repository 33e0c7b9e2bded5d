import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MAX_LINK_BYTES } from "../../../src/terminal/sgr.ts"
import {
  type BlockLayout,
  type BlockStreams,
  blockRows,
  layoutBlock,
  partAt,
  rowOfPart
} from "../../../src/ui/blocks/blockRows.ts"
import { placeOfRow, rowOfPlace } from "../../../src/ui/blocks/place.ts"
import { plainTheme } from "../../../src/ui/theme.ts"
import { accountOf, clock, FakeOutput, sketchBlock } from "./fakes.ts"

const context = (width: number) => ({
  theme: plainTheme,
  width,
  now: clock("14:05:00"),
  home: "/home/ada",
  numberCells: 2,
  showDirectory: false,
  showDay: false,
  selected: false,
  lines: 0
})

const line = fc
  .array(fc.constantFrom("a", "make ", "会議", "🚀", "x".repeat(30)), { maxLength: 4 })
  .map((p) => p.join(""))
const output = fc
  .record({
    lines: fc.array(line, { maxLength: 10 }),
    head: fc.nat(10),
    hidden: fc.nat(5),
    cursor: fc.option(fc.nat(12))
  })
  .map(({ lines, head, hidden, cursor }) => {
    const made = new FakeOutput(lines)
    if (hidden > 0 && lines.length > 0) made.hide(Math.min(head, lines.length), hidden)
    made.cursorAt = cursor === null ? null : { row: cursor, column: 0 }
    return made
  })
const drawn = fc
  .record({
    command: fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join("\n")),
    status: fc.constantFrom(...(["running", "success"] as const)),
    notices: fc.array(line, { maxLength: 2 }),
    folded: fc.boolean(),
    beside: fc.boolean(),
    note: fc.option(line, { nil: undefined }),
    stdout: fc.option(output),
    stderr: fc.option(output),
    width: fc.integer({ min: 20, max: 100 }),
    cursorRow: fc.boolean()
  })
  .map(({ stdout, stderr, width, cursorRow, ...sketch }) => {
    const account = stderr === null ? undefined : accountOf(stderr)
    const block = sketchBlock({ ...sketch, lines: 3, stderr: account })
    const streams: BlockStreams = { stdout, stderr }
    const layout = layoutBlock(block, streams, context(width), cursorRow)
    return { block, streams, layout, width, cursorRow }
  })

const rowsOf = ({ height }: BlockLayout) => Array.from({ length: height }, (_, row) => row)

describe("any block's rows", () => {
  it("know their part, and the part its row", () => {
    fc.assert(
      fc.property(drawn, ({ layout }) => {
        for (const row of rowsOf(layout)) {
          const at = partAt(layout, row)
          expect(rowOfPart(layout, at.part, at.row)).toBe(row)
        }
      })
    )
  })

  it("are found again by their place", () => {
    fc.assert(
      fc.property(drawn, ({ layout, streams, width, cursorRow }) => {
        // A row that only the cursor has is of no line yet.
        fc.pre(!cursorRow)
        for (const row of rowsOf(layout))
          expect(rowOfPlace(layout, streams, width, placeOfRow(layout, streams, width, row))).toBe(row)
      })
    )
  })

  it("stand in the same order whatever there is of them", () => {
    fc.assert(
      fc.property(drawn, ({ layout }) => {
        const order = [
          "header",
          "command",
          "note",
          "output",
          "gap",
          "fold",
          "output",
          "stderrRule",
          "stderr",
          "stderrGap",
          "fold",
          "stderr",
          "notice"
        ]
        let from = 0
        for (const row of rowsOf(layout)) {
          from = order.indexOf(partAt(layout, row).part, from)
          expect(from).toBeGreaterThanOrEqual(0)
        }
      })
    )
  })

  it("are drawn alike from wherever the drawing begins; others are asked for where an address may reach in only", () => {
    fc.assert(
      fc.property(drawn, fc.nat(30), fc.nat(12), ({ block, streams, layout, width }, from, count) => {
        const all = blockRows(block, streams, layout, context(width), 0, layout.height)
        expect(all).toHaveLength(layout.height)
        const asked = [streams.stdout, streams.stderr].map((view) => (view as FakeOutput | null)?.asked ?? [])
        for (const list of asked) list.length = 0
        expect(blockRows(block, streams, layout, context(width), from, count)).toEqual(all.slice(from, from + count))
        const reach = 2 * Math.ceil(MAX_LINK_BYTES / width)
        for (const list of asked)
          expect(list.reduce((sum, one) => sum + one.count, 0)).toBeLessThanOrEqual(count + reach)
      })
    )
  })
})

describe("a part that a block has no row of", () => {
  const block = (command: string, folded = false) => sketchBlock({ command, folded, notices: ["n"] })
  const streams: BlockStreams = { stdout: new FakeOutput(["a", "b", "c"]), stderr: new FakeOutput(["e"]) }
  const layoutOf = (one: ReturnType<typeof block>) => layoutBlock(one, streams, context(60), false)

  it("is found where it would stand", () => {
    const layout = layoutOf(block("make"))
    expect(rowOfPart(layout, "command", 2)).toBe(1)
    expect(rowOfPart(layout, "gap", 0)).toBe(4)
    expect(rowOfPart(layout, "stderrGap", 0)).toBe(6)
    expect(rowOfPart(layoutOf(block("make", true)), "stderr", 0)).toBe(0)
  })

  it("is its last row when it became shorter", () => {
    const layout = layoutOf(block("for x in 1\ndo\ndone"))
    expect(rowOfPart(layout, "command", 9)).toBe(2)
    expect(rowOfPart(layout, "output", 9)).toBe(5)
    expect(rowOfPart(layout, "stderr", 9)).toBe(7)
  })
})
