import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Locate, MouseReports } from "../../src/terminal/MouseReports.ts"
import type { MouseEncoding } from "../../src/terminal/TerminalModes.ts"

/** A program whose screen of 20 × 5 cells begins in the third column of the eleventh row. */
const locate: Locate = (x, y) => {
  const cell = { x: Math.min(19, Math.max(0, x - 2)), y: Math.min(4, Math.max(0, y - 10)) }
  return { ...cell, inside: cell.x === x - 2 && cell.y === y - 10 }
}

const translated = (
  chunks: ReadonlyArray<string | Uint8Array>,
  mouseEncoding: MouseEncoding,
  where: Locate = locate
): string => {
  const reports = new MouseReports()
  return chunks
    .map((chunk) => reports.translate(Buffer.from(chunk as string, "latin1"), { mouse: "any", mouseEncoding }, where))
    .map((bytes) => Buffer.from(bytes).toString("latin1"))
    .join("")
}

describe("mouse reports", () => {
  it("count from the program's top left, in every encoding", () => {
    expect(translated(["\x1b[<0;3;11M\x1b[<0;3;11m"], "sgr")).toBe("\x1b[<0;1;1M\x1b[<0;1;1m")
    expect(translated(["\x1b[32;22;15M"], "urxvt")).toBe("\x1b[32;20;5M")
    expect(translated([`\x1b[M ${String.fromCharCode(32 + 4, 32 + 12)}`], "default")).toBe('\x1b[M ""')
    const far = (x: number, y: number) => ({ x: x - 100, y: y - 10, inside: true })
    const wide = Buffer.from(String.fromCharCode(32 + 301, 32 + 12)).toString("latin1")
    expect(translated([`\x1b[M ${wide}`], "utf8", far)).toBe(
      `\x1b[M ${Buffer.from(String.fromCharCode(32 + 201)).toString("latin1")}"`
    )
  })

  it("are ours while the program asks for none, however they are cut, and nothing of them is typed", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 4 }), (cuts) => {
        const typed = "a\x1b[<64;3;16Mb\x1b[<0;1;2m\x1b[Ac"
        const at = cuts.map((cut) => Math.min(cut, typed.length)).toSorted((a, b) => a - b)
        const chunks = [0, ...at].map((from, index) => typed.slice(from, at[index] ?? typed.length))
        // A lone Escape is passed on at once: who presses it waits.
        fc.pre(chunks.every((chunk) => !/\x1b\[?$/.test(chunk)))
        const reports = new MouseReports()
        const heard: Array<unknown> = []
        const modes = { mouse: "none", mouseEncoding: "default" } as const
        const passed = chunks.map((chunk) =>
          Buffer.from(
            reports.translate(
              Buffer.from(chunk),
              modes,
              () => null,
              (...report) => heard.push(report)
            )
          )
        )
        expect(Buffer.concat(passed).toString()).toBe("ab\x1b[Ac")
        expect(heard).toEqual([
          [64, 3, 16, false],
          [0, 1, 2, true]
        ])
      })
    )
    // Left to the terminal, such bytes are text like any other.
    expect(
      new MouseReports().translate(Buffer.from("\x1b[<0;1;2M"), { mouse: "none", mouseEncoding: "sgr" }, locate)
    ).toEqual(Buffer.from("\x1b[<0;1;2M"))
  })

  it("come in the first encoding of a terminal that knows no other, and go on in it", () => {
    const wheel = `\x1b[M${String.fromCharCode(32 + 64, 32 + 3, 32 + 11)}`
    const heard: Array<unknown> = []
    const own = (...report: ReadonlyArray<unknown>) => heard.push(report)
    const reports = new MouseReports()
    const passed = ["a\x1b[M", wheel.slice(3), "b"].map((chunk) =>
      reports.translate(Buffer.from(chunk), { mouse: "none", mouseEncoding: "default" }, locate, own)
    )
    expect(Buffer.concat(passed).toString()).toBe("ab")
    expect(heard).toEqual([[64, 3, 11, false]])
    for (const encoding of ["sgr", "urxvt", "utf8", "default"] as const)
      expect(translated([wheel], encoding)).toBe(`\x1b[M${String.fromCharCode(32 + 64, 32 + 1, 32 + 1)}`)
  })

  it("that were on their way to us are nobody's once the program asks for the mouse in another encoding", () => {
    const heard: Array<unknown> = []
    for (const mouseEncoding of ["default", "utf8", "urxvt"] as const) {
      const passed = new MouseReports().translate(
        Buffer.from("a\x1b[<64;3;11Mb"),
        { mouse: "vt200", mouseEncoding },
        locate,
        (...report) => heard.push(report)
      )
      expect(Buffer.from(passed).toString()).toBe("ab")
    }
    expect(heard).toEqual([])
  })

  it("of buttons, the wheel and moves outside of it are nobody's", () => {
    expect(translated(["a\x1b[<0;2;11Mb\x1b[<0;3;10Mc\x1b[<64;3;16Md\x1b[<35;23;11Me"], "sgr")).toBe("abcde")
    expect(translated(["\x1b[<0;3;11M"], "sgr", () => null)).toBe("")
  })

  it("of a drag go on at its edge until the button is let go", () => {
    const drag = ["\x1b[<0;5;12M", "\x1b[<32;1;1M", "\x1b[<32;90;90M", "\x1b[<0;90;90m", "\x1b[<35;90;90M"]
    expect(translated(drag, "sgr")).toBe("\x1b[<0;3;2M\x1b[<32;1;1M\x1b[<32;20;5M\x1b[<0;20;5m")
    const x10 = (code: number, x: number, y: number) => `\x1b[M${String.fromCharCode(32 + code, 32 + x, 32 + y)}`
    expect(translated([x10(0, 5, 12), x10(3, 90, 90), x10(3, 90, 90)], "default")).toBe(x10(0, 3, 2) + x10(3, 20, 5))
  })

  it("leave everything else as it came, at once", () => {
    const keys = [
      "\x1b",
      "\x1b[A",
      "\x1b[1;5A",
      "\x1bOA",
      "\x1b[200~\x1b[201~",
      "\x80\xff",
      "\x1b[I",
      "\x1b[15~",
      "\x1b[[A"
    ]
    for (const encoding of ["default", "utf8", "sgr", "urxvt"] as const) {
      const reports = new MouseReports()
      for (const key of keys) {
        const out = reports.translate(Buffer.from(key, "latin1"), { mouse: "any", mouseEncoding: encoding }, locate)
        expect(Buffer.from(out).toString("latin1"), encoding).toBe(key)
      }
    }
    const typed = Uint8Array.of(1, 2, 0x1b, 0x5b)
    expect(new MouseReports().translate(typed, { mouse: "none", mouseEncoding: "sgr" }, locate)).toBe(typed)
  })

  it("are the same however they are cut behind their introducer", () => {
    const whole = { sgr: "\x1b[<0;10;13M", urxvt: "\x1b[32;10;13M", default: "\x1b[M *-", utf8: "\x1b[M *-" } as const
    fc.assert(
      fc.property(
        fc.constantFrom("sgr" as const, "urxvt" as const, "default" as const, "utf8" as const),
        fc.integer({ min: 3, max: 9 }),
        (encoding, cut) => {
          const report = whole[encoding]
          const pieces = [`x${report.slice(0, cut)}`, `${report.slice(cut)}y`]
          expect(translated(pieces, encoding)).toBe(translated([`x${report}y`], encoding))
          expect(translated(pieces, encoding)).not.toContain(report)
        }
      )
    )
  })
})
