import { describe, expect, it } from "vitest"
import { textWidth } from "../../../src/terminal/cells.ts"
import { belowSign } from "../../../src/ui/blocks/belowSign.ts"
import { plainTheme } from "../../../src/ui/theme.ts"

describe("the sign of what is below", () => {
  it("stands at the right edge and counts rows, and lines that have come", () => {
    expect(belowSign(1, 0, 20, plainTheme).trimStart()).toMatch(/^\S+ 1 row below$/)
    expect(belowSign(1204, 0, 40, plainTheme)).toMatch(/^ +\S+ 1,204 rows below$/)
    expect(belowSign(2, 1, 60, plainTheme)).toMatch(/2 rows below, 1 new line$/)
    expect(belowSign(2, 37, 60, plainTheme)).toMatch(/2 rows below, 37 new lines$/)
  })

  it("fills the row, however narrow", () => {
    for (let width = 1; width < 50; width++) expect(textWidth(belowSign(1204, 37, width, plainTheme))).toBe(width)
  })
})
