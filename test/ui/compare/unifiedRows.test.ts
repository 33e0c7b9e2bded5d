import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { BlockHeader } from "../../../src/domain/Block.ts"
import { diffLines } from "../../../src/services/diff/diffLines.ts"
import { styledWidth } from "../../../src/terminal/cells.ts"
import { inSlices } from "../../../src/ui/compare/inSlices.ts"
import { previousRun } from "../../../src/ui/compare/previousRun.ts"
import { rowAt, unified, unifiedText } from "../../../src/ui/compare/unifiedRows.ts"
import { fullTheme, plainTheme } from "../../../src/ui/theme.ts"

const toEnd = <A>(steps: Generator<void, A>): A => {
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}

const compare = (before: ReadonlyArray<string>, after: ReadonlyArray<string>) => {
  const shown = toEnd(unified(diffLines(before, after).hunks, before.length))
  return { ...shown, rows: shown.rows.map((_, index) => rowAt(shown, index)) }
}

const text = (before: ReadonlyArray<string>, after: ReadonlyArray<string>) =>
  compare(before, after).rows.map((row) => unifiedText(row, before, after, plainTheme, 80, 0))

describe("the rows of a comparison", () => {
  it("are what diff -u prints, changes near each other in one part", () => {
    const before = Array.from({ length: 40 }, (_, n) => `line ${n + 1}`)
    const after = before.flatMap((line, n) => (n === 9 ? [] : n === 15 ? ["new", line] : n === 35 ? ["other"] : [line]))
    expect(text(before, after)).toEqual([
      "@@ -7,12 +7,12 @@",
      ...[" line 7", " line 8", " line 9", "-line 10", " line 11", " line 12", " line 13", " line 14", " line 15"],
      ...["+new", " line 16", " line 17", " line 18"],
      "@@ -33,7 +33,7 @@",
      ...[" line 33", " line 34", " line 35", "-line 36", "+other", " line 37", " line 38", " line 39"]
    ])
    expect(compare(before, after)).toMatchObject({ changes: [4, 10, 18], added: 2, removed: 2 })
    expect(text([], ["a"])).toEqual(["@@ -0,0 +1 @@", "+a"])
  })

  it("name every changed line once, and each part's rows are as many as it says", () => {
    const list = fc.array(fc.nat(9).map(String), { maxLength: 80 })
    fc.assert(
      fc.property(list, list, (before, after) => {
        const { rows, changes, added, removed } = compare(before, after)
        expect(rows.filter(({ kind }) => kind === "added")).toHaveLength(added)
        expect(rows.filter(({ kind }) => kind === "removed")).toHaveLength(removed)
        for (const at of changes) expect(["added", "removed"]).toContain(rows[at]?.kind)
        let part = { old: 0, new: 0 }
        for (const row of rows) {
          if (row.kind === "part") {
            expect(part).toEqual({ old: 0, new: 0 })
            const { from, to, newFrom, newTo } = row.hunk
            part = { old: to - from, new: newTo - newFrom }
          }
          if (row.kind === "same" || row.kind === "removed") part.old--
          if (row.kind === "same" || row.kind === "added") part.new--
        }
        expect(part).toEqual({ old: 0, new: 0 })
      })
    )
  })

  it("fit their room at any place of a line, and hold no sequence of the output", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 8, max: 40 }), fc.nat(30), (line, width, pan) => {
        const row = unifiedText({ kind: "added", line: 0 }, [], [line.replaceAll("\n", "")], fullTheme, width, pan)
        expect(styledWidth(row)).toBeLessThanOrEqual(width)
        expect(row.replace(/\x1b\[(32|0)m/g, "")).not.toContain("\x1b")
        expect(row).toContain("+")
      })
    )
  })
})

describe("the run before", () => {
  const block = (number: number, command: string, directory: string, more: object = {}) =>
    ({
      id: `b${number}`,
      command,
      status: "success",
      startTime: 1,
      metadata: { number, directory },
      ...more
    }) as unknown as BlockHeader
  const runBefore = (...blocks: ReadonlyArray<BlockHeader>) => previousRun(blocks, blocks.at(-1)!)?.id ?? null

  it("is the newest of the same command in the same directory, else in any", () => {
    const last = block(9, "make", "/a")
    expect(runBefore(block(1, "make", "/a"), block(2, "make", "/a"), block(3, "make", "/b"), last)).toBe("b2")
    expect(runBefore(block(1, "make", "/c"), block(2, "make", "/b"), last)).toBe("b2")
    expect(runBefore(block(1, "make all", "/a"), last)).toBe(null)
    expect(runBefore(last)).toBe(null)
  })

  it("has run and ended", () => {
    const last = block(9, "make", "/a")
    expect(runBefore(block(1, "make", "/a", { status: "running" }), last)).toBe(null)
    expect(runBefore(block(1, "make", "/a", { status: "interrupted", startTime: null }), last)).toBe(null)
    expect(runBefore(block(1, "make", "/a", { status: "interrupted" }), last)).toBe("b1")
  })
})

describe("work in slices", () => {
  it("lets the event loop go on in between, and stops when told", async () => {
    let turns = 0
    const tick = setInterval(() => turns++, 0)
    function* busy(): Generator<void, string> {
      for (const end = performance.now() + 5000; turns < 2 && performance.now() < end; ) yield
      return "done"
    }
    expect(await Effect.runPromise(inSlices(busy()))).toBe("done")
    clearInterval(tick)
    expect(turns).toBeGreaterThan(1)
    let steps = 0
    function* endless(): Generator<void, never> {
      for (;;) {
        steps++
        yield
      }
    }
    const fiber = Effect.runFork(inSlices(endless()))
    while (steps === 0) await new Promise((resolve) => setImmediate(resolve))
    await Effect.runPromise(Fiber.interrupt(fiber))
    const stoppedAt = steps
    await new Promise((resolve) => setImmediate(resolve))
    expect(steps).toBe(stoppedAt)
  })
})
