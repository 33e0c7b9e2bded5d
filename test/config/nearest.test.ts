import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { editDistance, nearest } from "../../src/config/nearest.ts"

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["port", "", 4],
    ["port", "prt", 1],
    ["port", "ports", 1],
    ["port", "sort", 1],
    ["port", "prot", 1],
    ["kitten", "sitting", 3]
  ])("of %j and %j is %d", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
    expect(editDistance(b, a)).toBe(distance)
  })

  it("is none only for equal texts, and at most the longer one's length", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (a, b) => {
        const distance = editDistance(a, b)
        expect(distance === 0).toBe(a === b)
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      })
    )
  })
})

describe("nearest", () => {
  it.each([
    ["LOGLEVEL", "LOG_LEVEL"],
    ["logLevel", "LOG_LEVEL"],
    ["log-level", "LOG_LEVEL"],
    ["LOG_LEVL", "LOG_LEVEL"],
    ["LOG", "LOG_LEVEL"],
    ["PROT", "PORT"],
    ["HOST", null],
    ["XYZZY", null],
    ["", null],
    ["___", null],
    ["P".repeat(100_000), null]
  ])("to %.20s is %s", (text, found) => {
    expect(nearest(text, ["LOG_LEVEL", "PORT", "DATA_DIR"])).toBe(found)
  })
})
