import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CellReader } from "../../src/terminal/CellRow.ts"
import { applySgr, linkOf, sgrOf, withLink } from "../../src/terminal/CellStyle.ts"
import { colorDepthOf, nearest16, nearest256 } from "../../src/terminal/colorDepth.ts"
import { Emulator } from "../harness/Emulator.ts"

const parameter = fc.oneof(
  // 38, 48 and 58 without a colour after them mean something else to every terminal.
  fc
    .integer({ min: 0, max: 110 })
    .filter((code) => ![38, 48, 58].includes(code))
    .map(String),
  fc.constantFrom("", "0", "1", "2", "3", "4", "7", "9", "21", "22", "4:3", "4:0", "4:2", "999"),
  fc.constantFrom("38;5;7", "38;5;12", "48;5;200", "38:5:77", "48:2::10:20:30", "38;2;1;2;3", "48;2;255;0;9", "58;5;4")
)

describe("applySgr", () => {
  it("gives one canonical look that the terminal shows as it shows the sequences themselves", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(parameter, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
        async (list) => {
          const sequences = list.map((parameters) => parameters.join(";"))
          const style = sequences.reduce((before, parameters) => applySgr(before, parameters, "truecolor"), "")
          using emulator = new Emulator({ cols: 4, rows: 2 })
          emulator.write(sequences.map((parameters) => `\x1b[${parameters}m`).join(""))
          emulator.write(`x\r\n\x1b[31;1;4m${sgrOf(style)}x`)
          await new Promise<void>((resolve) => emulator.write("", resolve))
          expect(emulator.cell(0, 1)).toEqual(emulator.cell(0, 0))
        }
      ),
      { numRuns: 500 }
    )
  })

  it("says the same again when applied to its own result", () => {
    fc.assert(
      fc.property(
        fc.array(parameter, { maxLength: 5 }),
        fc.constantFrom("none" as const, "16" as const, "256" as const, "truecolor" as const),
        (parameters, depth) => {
          const style = applySgr("", parameters.join(";"), depth)
          expect(applySgr("", style === "" ? "0" : style, depth)).toBe(style)
          expect(applySgr(style, "0", depth)).toBe("")
        }
      )
    )
  })

  it.each([
    ["truecolor", "38;2;255;95;0", "38;2;255;95;0"],
    ["256", "38;2;255;95;0", "38;5;202"],
    ["256", "48;2;8;8;8", "48;5;232"],
    ["256", "38;5;9", "91"],
    ["16", "38;2;250;10;10", "91"],
    ["16", "48;5;21", "44"],
    ["16", "38;5;231", "97"],
    ["16", "48;5;15", "107"],
    ["16", "4:3;58;5;1", "4"],
    ["256", "4:3;58;2;255;0;0", "4:3;58:5:196"],
    ["none", "1;31;48;5;3;7;58;5;1", "1;7"]
  ] as const)("at depth %s, %s is %s", (depth, parameters, expected) => {
    expect(applySgr("", parameters, depth)).toBe(expected)
  })
})

describe("links", () => {
  it("are kept for plain http(s) addresses only", () => {
    expect(linkOf(withLink("1", "https://example.org/?a=b"))).toBe("https://example.org/?a=b")
    for (const address of ["file:///etc/passwd", "javascript:x", "https://a\x1bb", "https://a b", "", "https://a\nb"]) {
      expect(withLink("1", address)).toBe("1")
    }
    expect(withLink("1", `https://${"a".repeat(3000)}`)).toBe("1")
  })

  it("outlive a change of look", () => {
    const row = new CellReader("16").text("\x1b]8;;http://a\x07x\x1b[1my\x1b[0mz\x1b]8;;\x07-")
    expect(row.styles).toEqual(["\nhttp://a", "1\nhttp://a", "\nhttp://a", ""])
  })

  it("are left out where the terminal does not know them", () => {
    const row = new CellReader("16", false).text("\x1b]8;;http://a\x07x\x1b[1my\x1b]8;;\x07-")
    expect(row).toEqual(new CellReader("16").text("x\x1b[1my\x1b[1m-"))
  })
})

describe("colours", () => {
  it("are mapped to themselves where the palette has them", () => {
    expect([
      nearest256(0, 0, 0),
      nearest256(255, 255, 255),
      nearest256(95, 135, 175),
      nearest256(238, 238, 238)
    ]).toEqual([16, 231, 67, 255])
    expect([nearest16(0, 0, 0), nearest16(205, 0, 0), nearest16(255, 0, 0), nearest16(120, 120, 120)]).toEqual([
      0, 1, 9, 8
    ])
  })

  it.each([
    [{ TERM: "xterm-256color", COLORTERM: "truecolor" }, "truecolor"],
    [{ TERM: "xterm-256color" }, "256"],
    [{ TERM: "xterm-kitty" }, "truecolor"],
    [{ TERM: "tmux-256color" }, "256"],
    [{ TERM: "linux" }, "16"],
    [{ TERM: "vt100" }, "16"],
    [{ TERM: "dumb", COLORTERM: "truecolor" }, "none"],
    [{}, "none"],
    [{ TERM: "xterm-256color", COLORTERM: "truecolor", NO_COLOR: "1" }, "none"],
    [{ TERM: "xterm-256color", NO_COLOR: "" }, "256"]
  ])("%j promises %s", (env, expected) => {
    expect(colorDepthOf(env)).toBe(expected)
  })
})
