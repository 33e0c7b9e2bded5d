import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  decodeLines,
  encodeLines,
  type Hunk,
  hunkAt,
  hunkCount,
  type LineDiff
} from "../../../src/services/diff/DiffOrder.ts"
import { diffLines } from "../../../src/services/diff/diffLines.ts"

const hunksOf = ({ hunks }: LineDiff): ReadonlyArray<Hunk> =>
  Array.from({ length: hunkCount(hunks) }, (_, index) => hunkAt(hunks, index)!)

const diff = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<Hunk> => {
  const result = diffLines(before, after)
  expect(result.lineByLine).toBe(true)
  return hunksOf(result)
}

const patched = (before: ReadonlyArray<string>, after: ReadonlyArray<string>, hunks: ReadonlyArray<Hunk>) => {
  const lines: Array<string> = []
  let at = 0
  for (const { from, to, newFrom, newTo } of hunks) {
    lines.push(...before.slice(at, from), ...after.slice(newFrom, newTo))
    at = to
  }
  return [...lines, ...before.slice(at)]
}

/** Lines of a longest common subsequence, by the book. */
const common = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): number => {
  let row = Array<number>(b.length + 1).fill(0)
  for (const x of a) {
    const next = [0]
    for (const [j, y] of b.entries()) next.push(x === y ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!))
    row = next
  }
  return row.at(-1)!
}

const edits = (hunks: ReadonlyArray<Hunk>): number =>
  hunks.reduce((sum, { from, to, newFrom, newTo }) => sum + to - from + newTo - newFrom, 0)

const letters = (text: string) => text.split("")

describe("the difference of two outputs", () => {
  it("finds what was added, removed and replaced, and nothing in equal ones", () => {
    expect(diff(letters("abc"), letters("abc"))).toEqual([])
    expect(diff([], [])).toEqual([])
    expect(diff(letters("abd"), letters("abcd"))).toEqual([{ from: 2, to: 2, newFrom: 2, newTo: 3 }])
    expect(diff(letters("abcd"), letters("acd"))).toEqual([{ from: 1, to: 2, newFrom: 1, newTo: 1 }])
    expect(diff(letters("abcd"), letters("axyd"))).toEqual([{ from: 1, to: 3, newFrom: 1, newTo: 3 }])
    expect(diff([], letters("ab"))).toEqual([{ from: 0, to: 0, newFrom: 0, newTo: 2 }])
  })

  const lists = fc.constantFrom(2, 5, 50).chain((kinds) => {
    const list = fc.array(fc.nat(kinds).map(String), { maxLength: 60 })
    return fc.tuple(list, list)
  })

  it("leads from the one to the other, whatever they are, and says no equal line at a hunk's edge", () => {
    fc.assert(
      fc.property(lists, ([before, after]) => {
        const hunks = diff(before, after)
        expect(patched(before, after, hunks)).toEqual(after)
        let last: Hunk = { from: -1, to: -1, newFrom: -1, newTo: -1 }
        for (const hunk of hunks) {
          expect(hunk.from > last.to && hunk.newFrom > last.newTo).toBe(true)
          expect(hunk.to > hunk.from || hunk.newTo > hunk.newFrom).toBe(true)
          // Outside of the hunks both go on in step.
          expect(hunk.from - last.to).toBe(hunk.newFrom - last.newTo)
          last = hunk
        }
      }),
      { numRuns: 500 }
    )
  })

  it("is the shortest", () => {
    fc.assert(
      fc.property(lists, ([before, after]) => {
        expect(edits(diff(before, after))).toBe(before.length + after.length - 2 * common(before, after))
      })
    )
  })

  it("of two long outputs is looked for only where lines were moved or repeated", () => {
    // 100,000 lines of which every second one has changed: the library alone would need hours.
    const before = Array.from({ length: 100_000 }, (_, n) => `line ${n}`)
    const after = before.map((line, n) => (n % 2 === 0 ? line : `${line} changed`))
    const hunks = diff(before, after)
    expect(hunks).toHaveLength(50_000)
    expect(patched(before, after, hunks)).toEqual(after)
  })

  it("is given up after a time: all between the equal ends counts as replaced", () => {
    const middle = Array.from({ length: 2_000 }, (_, n) => `line ${n}`)
    const before = ["same", ...middle, "end"]
    const after = ["same", ...middle.toReversed(), "added", "end"]
    const result = diffLines(before, after, 1)
    expect(result.lineByLine).toBe(false)
    expect(hunksOf(result)).toEqual([{ from: 1, to: 2_001, newFrom: 1, newTo: 2_002 }])
    expect(patched(before, after, hunksOf(result))).toEqual(after)
  })
})

describe("lines on their way to a thread", () => {
  it("are the same there, whatever pieces they come in", () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", ""))
    const pieces = fc.array(fc.array(fc.oneof(line, fc.constantFrom("", "\ufeffbom")), { minLength: 1, maxLength: 20 }))
    fc.assert(
      fc.property(pieces, (all) => {
        expect(decodeLines(all.map(encodeLines))).toEqual(all.flat())
      })
    )
  })
})
