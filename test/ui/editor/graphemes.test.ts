import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { boundaryAtOrAfter, nextBoundary, previousBoundary } from "../../../src/ui/editor/graphemes.ts"
import { nastyText } from "./nastyText.ts"

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" })
const boundaries = (text: string) => [...Array.from(segmenter.segment(text), ({ index }) => index), text.length]

describe("grapheme boundaries near an offset", () => {
  it("are those of the whole text", () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        const all = boundaries(text)
        for (let i = 0; i < all.length - 1; i++) {
          expect(nextBoundary(text, all[i]!)).toBe(all[i + 1])
          expect(previousBoundary(text, all[i + 1]!)).toBe(all[i])
        }
        for (let at = 0; at <= text.length; at++) {
          expect(boundaryAtOrAfter(text, at)).toBe(all.find((boundary) => boundary >= at))
        }
      }),
      { numRuns: 500 }
    )
  })

  it("stay put at both ends", () => {
    expect(previousBoundary("ab", 0)).toBe(0)
    expect(nextBoundary("ab", 2)).toBe(2)
    expect(boundaryAtOrAfter("", 0)).toBe(0)
  })

  it("keep CR LF together, and a pair of surrogates that the first look cuts", () => {
    expect(nextBoundary("\r\n", 0)).toBe(2)
    expect(previousBoundary("\r\n", 2)).toBe(0)
    expect(boundaryAtOrAfter("\r\n", 1)).toBe(2)
    for (let marks = 0; marks < 40; marks++) {
      const cluster = `e${"\u0301".repeat(marks)}\u{1f3fb}`
      expect(nextBoundary(`${cluster}x`, 0)).toBe(cluster.length)
    }
  })

  it("find the end of a cluster longer than the first look", () => {
    const zalgo = `e${"\u0301".repeat(500)}`
    expect(nextBoundary(`${zalgo}x`, 0)).toBe(zalgo.length)
    expect(previousBoundary(`x${zalgo}`, zalgo.length + 1)).toBe(1)
  })
})
