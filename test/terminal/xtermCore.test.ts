import { Terminal } from "@xterm/headless"
import { describe, expect, it } from "vitest"
import { coreOf, dropLoneMarks, limitRepeats } from "../../src/terminal/xtermCore.ts"

const open = () => {
  const terminal = new Terminal({ cols: 10, rows: 3, scrollback: 2, allowProposedApi: true, logLevel: "off" })
  const core = coreOf(terminal)
  const rows = () =>
    Array.from({ length: 3 }, (_, row) =>
      terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)!.translateToString(true)
    )
  return { terminal, core, rows, write: (text: string) => core.writeSync(text) }
}

describe("what is set right in xterm.js", () => {
  it.each<readonly [string, string, ReadonlyArray<string>]>([
    ["scrolling up", "S", ["", "", ""]],
    ["scrolling down", "T", ["", "", ""]],
    ["inserting lines", "L", ["", "", ""]],
    ["deleting lines", "M", ["", "", ""]],
    ["tabs forward", "I", ["a", "b", "c"]],
    ["tabs back", "Z", ["a", "b", "c"]]
  ])("is %s no oftener than the screen is large", (_, final, expected) => {
    const { terminal, core, rows, write } = open()
    limitRepeats(terminal, core)
    write("a\r\nb\r\nc\x1b[H")
    // Without the limit this takes minutes.
    write(`\x1b[2147483647${final}`)
    expect(rows()).toEqual(expected)
  })

  it("is repeating a character, which fills the screen at most; less than that is left alone", () => {
    const { terminal, core, rows, write } = open()
    limitRepeats(terminal, core)
    write("x\x1b[2b")
    expect(rows()[0]).toBe("xxx")
    write("\x1b[2147483647b")
    expect(rows().join("").length).toBeLessThanOrEqual(30)
  })

  it("is a mark that has nothing to join: it takes no cell", () => {
    const { core, rows, write } = open()
    dropLoneMarks(core)
    write("\u0301ab\r\ncd\u0301")
    expect(rows()).toEqual(["ab", "cd\u0301", ""])
  })
})
