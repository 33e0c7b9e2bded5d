import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { diffLines, type Hunk } from "../../../src/ui/compare/diffLines.ts"

/** The hunks, and the longest time between two yields in ms. */
const diff = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<Hunk> => {
  const steps = diffLines(before, after)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
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

  it("is the shortest where no line stands once in both", () => {
    fc.assert(
      fc.property(lists, ([before, after]) => {
        // Every line twice: nothing is an anchor.
        const a = [...before, "=", "=", ...before]
        const b = [...after, "=", "=", ...after]
        expect(edits(diff(a, b))).toBe(a.length + b.length - 2 * common(a, b))
      })
    )
  })

  it("bounds its work on two long outputs that share nothing but repeated lines, and takes them in short steps", () => {
    const size = 100_000
    const noise = (seed: number) => Array.from({ length: size }, (_, n) => String((n * seed) % 7))
    const before = noise(3)
    const after = noise(5)
    let longest = 0
    const steps = diffLines(before, after)
    let hunks: ReadonlyArray<Hunk> = []
    for (;;) {
      const start = performance.now()
      const step = steps.next()
      longest = Math.max(longest, performance.now() - start)
      if (step.done !== true) continue
      hunks = step.value
      break
    }
    expect(patched(before, after, hunks)).toEqual(after)
    // A step is tens of a millisecond; this is a bound of another order, for a machine under load.
    expect(longest).toBeLessThan(500)
  })
})
