import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Heights } from "../../../src/ui/blocks/Heights.ts"

type Step =
  | { readonly push: number }
  | { readonly set: number; readonly height: number }
  | { readonly truncate: number }

const height = fc.integer({ min: 1, max: 50 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ push: height }) },
  { weight: 2, arbitrary: fc.record({ set: fc.nat(40), height }) },
  { weight: 1, arbitrary: fc.record({ truncate: fc.nat(40) }) }
)

describe("Heights", () => {
  it("sums and finds like a plain array", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const heights = new Heights()
        const plain: Array<number> = []
        for (const one of steps) {
          if ("push" in one) {
            heights.push(one.push)
            plain.push(one.push)
          } else if ("set" in one) {
            heights.set(one.set, one.height)
            if (one.set < plain.length) plain[one.set] = one.height
          } else {
            heights.truncate(one.truncate)
            plain.length = Math.min(plain.length, one.truncate)
          }
        }
        const owners = plain.flatMap((rows, index) => Array.from({ length: rows }, (_, row) => ({ index, row })))
        expect(heights.length).toBe(plain.length)
        expect(heights.total).toBe(owners.length)
        for (let i = 0; i <= plain.length; i++)
          expect(heights.before(i)).toBe(plain.slice(0, i).reduce((sum, rows) => sum + rows, 0))
        for (const [row, owner] of owners.entries()) expect(heights.find(row)).toEqual(owner)
        expect(heights.find(owners.length + 5)).toEqual(owners.at(-1) ?? { index: 0, row: 0 })
        expect(heights.find(-3)).toEqual(owners[0] ?? { index: 0, row: 0 })
      })
    )
  })
})
