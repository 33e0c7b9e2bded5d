import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { findUrls, lengthWithoutPunctuation } from "../../src/terminal/findUrls.ts"

const count = (text: string, character: string): number => text.split(character).length - 1

/** The rule, said once more and slowly: a closing bracket belongs to what has as many that open. */
const bySteps = (text: string): number => {
  let rest = text
  for (;;) {
    const last = rest.at(-1) ?? ""
    const opening = { ")": "(", "]": "[", "}": "{" }[last]
    const goes = opening === undefined ? /^[.,:;!?'*]$/.test(last) : count(rest, last) > count(rest, opening)
    if (!goes) return rest.length
    rest = rest.slice(0, -1)
  }
}

describe("the end of an address", () => {
  it("loses punctuation and the brackets that nothing in it opens", () => {
    const text = fc.array(fc.constantFrom("a", "(", ")", "[", "]", "{", "}", ".", ",", "'"), { maxLength: 20 })
    fc.assert(
      fc.property(text, (pieces) => {
        expect(lengthWithoutPunctuation(pieces.join(""))).toBe(bySteps(pieces.join("")))
      })
    )
  })

  it("is found in one walk, whatever a program prints", () => {
    // Each removed bracket counted anew would take minutes.
    expect(lengthWithoutPunctuation(`x${")".repeat(1_000_000)}`)).toBe(1)
    expect(findUrls(`https://a.io${")".repeat(500_000)}`)).toEqual([{ from: 0, to: 12 }])
  })
})
