import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { layoutEditor } from "../../../src/ui/editor/editorLayout.ts"
import { boundaryAtOrAfter } from "../../../src/ui/editor/graphemes.ts"
import { offsetAtCell } from "../../../src/ui/editor/offsetAtCell.ts"

const geometry = { prompt: "dir\n$ ", width: 12, maxRows: 8 }

describe("a cell of the editor", () => {
  it("is the offset whose cursor stands there, for every text that is shown", () => {
    const text = fc
      .array(fc.constantFrom("a", "bc ", "会", "🚀", "é", "\n"), { maxLength: 30 })
      .map((parts) => parts.join(""))
    fc.assert(
      fc.property(text, fc.nat(80), fc.nat(80), (written, at, pointed) => {
        const cursor = boundaryAtOrAfter(written, Math.min(at, written.length))
        const { top } = layoutEditor({ ...geometry, text: written, cursor })
        const offset = boundaryAtOrAfter(written, Math.min(pointed, written.length))
        const other = layoutEditor({ ...geometry, text: written, cursor: offset, top })
        // What is above or below those rows cannot be pointed at.
        fc.pre(other.top === top)
        expect(offsetAtCell({ ...geometry, text: written, top }, other.cursor)).toBe(offset)
      })
    )
  })

  it("left of the text is its beginning, right of a row that row's end", () => {
    const layout = { ...geometry, text: "ab\ncd", top: -1 }
    expect(offsetAtCell(layout, { row: 0, column: 3 })).toBe(0)
    expect(offsetAtCell(layout, { row: 1, column: 0 })).toBe(0)
    expect(offsetAtCell(layout, { row: 1, column: 11 })).toBe(2)
    expect(offsetAtCell(layout, { row: 2, column: 11 })).toBe(5)
  })
})
