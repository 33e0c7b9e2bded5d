import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { plain, sanitise } from "../../src/terminal/sanitise.ts"

describe("sanitise", () => {
  it.each([
    ["plain\ttext\n", "plain\ttext\n"],
    ["\x1b[1;38:2::1:2:3mx\x1b[m", "\x1b[1;38:2::1:2:3mx\x1b[m"],
    ["\x9b31mx", "\x1b[31mx"],
    ["a\x1b[2J\x1b[Hb", "ab"],
    ["a\x1b[>4;2mb\x1b[?25lc", "abc"],
    ["\x1b]0;title\x07x\x1b]52;c;aGk=\x1b\\y", "xy"],
    ["\x1b]8;id=1;https://a.b/c\x07l\x1b]8;;\x07", "\x1b]8;;https://a.b/c\x1b\\l\x1b]8;;\x1b\\"],
    ["\x1b]8;;file:///etc\x1b\\l\x1b]8;;\x1b\\", "l\x1b]8;;\x1b\\"],
    ["\x1b]8;;https://a.b/\x1b[31m\x1b\\l", "\x1b]8;;https://a.b/\x1b\\\x1b[31ml"],
    ["\x1bPq#0;2;0;0;0\x1b\\x\x1b_Gf=100;AAAA\x1b\\y\x1b^p\x9cz", "xyz"],
    ["a\x1b]0;never ended", "a"],
    ["a\x1b", "a"],
    ["\x1b\x1b[31m\x1b[3", "\x1b[31m"],
    ["a\r\b\x00\x7f\x85b\x0e\x9d0;t\x9cc", "abc"],
    ["\x1b[\x1b[31mx", "\x1b[31mx"],
    ["\x1b[31\x07mx", "mx"],
    ["safe \u202e evil \u2066", "safe <U+202E> evil <U+2066>"]
  ])("turns %j into %j", (before, after) => {
    expect(sanitise(before)).toBe(after)
  })

  it("keeps direction controls for exact text on request", () => {
    expect(sanitise("a\u202eb\x07", "keep")).toBe("a\u202eb")
  })

  it("leaves only text, looks and links, and changes nothing the second time", () => {
    const unit = fc.constantFrom(..."\x1b[]P_^\\m8;:01?>HJh/ht ps\x07\x18\x9b\x9c\x9d\x90\n\t\ré日\u202e")
    fc.assert(
      fc.property(fc.stringOf(fc.oneof(unit, fc.fullUnicode()), { maxLength: 60 }), (text) => {
        const safe = sanitise(text)
        const rest = safe.replace(/\x1b\[[\d;:]*m|\x1b\]8;;(https?:\/\/[\x21-\x7e]+)?\x1b\\/gi, "")
        expect(rest).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
        expect(sanitise(safe)).toBe(safe)
      }),
      { numRuns: 3_000 }
    )
  })

  it("takes a hostile megabyte in its stride", () => {
    for (const piece of ["\x1b[", "\x1b]", "\x1b]8;;https://", "\x1bP", "\x1b[0;"]) {
      expect(sanitise(piece.repeat(200_000))).toBe("")
    }
  })
})

describe("plain", () => {
  it("is the text alone", () => {
    expect(plain("\x1b[1;38:2::1:2:3mx\x1b[m\t\x1b]8;;https://a.b/c\x1b\\l\x1b]8;;\x1b\\ \n")).toBe("x\tl \n")
  })
})
