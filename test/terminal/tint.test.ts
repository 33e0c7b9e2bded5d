import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CellReader } from "../../src/terminal/CellRow.ts"
import { applySgr } from "../../src/terminal/CellStyle.ts"
import { tint } from "../../src/terminal/tint.ts"

describe("tint", () => {
  it("colours what has no colours of its own, through resets and attributes", () => {
    expect(tint("", "35")).toBe("")
    expect(tint("plain", "35")).toBe("\x1b[35mplain\x1b[0m")
    expect(tint("\x1b[1mbold\x1b[0m then", "35")).toBe("\x1b[35m\x1b[1m\x1b[35mbold\x1b[0m\x1b[35m then\x1b[0m")
  })

  it("leaves the program's colours, and the default colour on a background that the program chose", () => {
    expect(tint("a\x1b[38;5;39mb\x1b[39mc", "35")).toBe("\x1b[35ma\x1b[38;5;39mb\x1b[39m\x1b[35mc\x1b[0m")
    expect(tint("\x1b[45ma\x1b[49mb", "35")).toBe("\x1b[35m\x1b[45m\x1b[39ma\x1b[49m\x1b[35mb\x1b[0m")
  })

  it("gives any cell the colour or leaves it as it was, and changes no character", () => {
    const parameters = fc.constantFrom(
      "",
      "0",
      "1",
      "2;3",
      "7",
      "22",
      "31",
      "39",
      "41",
      "49",
      "38;5;35",
      "48;2;1;2;35",
      "91;100"
    )
    const piece = fc.oneof(
      fc.constantFrom("a", "会", "🚀", "e\u0301", " ", "\x1b]8;;http://a.b/\x1b\\", "\x1b]8;;\x1b\\"),
      parameters.map((one) => `\x1b[${one}m`)
    )
    const reader = new CellReader("truecolor")
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const before = reader.text(pieces.join(""))
        const after = reader.text(tint(pieces.join(""), "35"))
        expect(after.chars).toEqual(before.chars)
        const coloured = (style: string) => applySgr(style, "39;49", "truecolor") !== style
        expect(after.styles).toEqual(
          before.styles.map((style) => (coloured(style) ? style : applySgr(style, "35", "truecolor")))
        )
      })
    )
  })
})
