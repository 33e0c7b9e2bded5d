import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { LEADER_SCAN_START, splitLeader } from "../../src/terminal/splitLeader.ts"

const LEADER = Buffer.of(0x1c)

/** Feeds chunks; shows what reached the program, `|` for each leader, and what followed it is scanned on. */
const run = (chunks: ReadonlyArray<string | Uint8Array>, leader: Uint8Array = LEADER): string => {
  let scan = LEADER_SCAN_START
  let out = ""
  for (const chunk of chunks) {
    let rest: Uint8Array = Buffer.from(chunk as string)
    while (rest.length > 0) {
      const result = splitLeader(rest, leader, scan)
      out += Buffer.from(result.before).toString("latin1") + (result.found ? "|" : "")
      scan = result.scan
      rest = result.after
    }
  }
  return out
}

describe("splitLeader", () => {
  it("finds the leader's byte and passes everything else as it came", () => {
    expect(run(["ab\x1ccd\x1b[A\x03"])).toBe("ab|cd\x1b[A\x03")
    expect(run(["\x1c\x1c"])).toBe("||")
    expect(run([Buffer.of(0xff, 0xc3, 0x1c, 0x80)])).toBe("\xff\xc3|\x80")
  })

  it("leaves it alone inside a paste, whose marks may come in pieces", () => {
    expect(run(["\x1b[200~a\x1cb\x1b[201~\x1cc"])).toBe("\x1b[200~a\x1cb\x1b[201~|c")
    expect(run([..."\x1b[200~a\x1cb\x1b[20x\x1c\x1b[201~\x1cc"])).toBe("\x1b[200~a\x1cb\x1b[20x\x1c\x1b[201~|c")
  })

  it.each(["\x1b[92;5u", "\x1b[92;5;u", "\x1b[92;69u", "\x1b[92;5:1u", "\x1b[92::92;5u", "\x1b[27;5;92~"])(
    "finds it reported by number, in pieces too: %j",
    (form) => {
      expect(run([`a${form}b`])).toBe("a|b")
      expect(run(["a", form.slice(0, 4), form.slice(4), "b"])).toBe("a|b")
    }
  )

  it("drops the letting-go of the leader and passes other keys by number", () => {
    expect(run(["\x1b[92;5:3ux\x1b[93;5u\x1b[92;3u\x1b[27;5;93~"])).toBe("x\x1b[93;5u\x1b[92;3u\x1b[27;5;93~")
  })

  it("holds back neither an ESC nor the beginning of an arrow", () => {
    const { before } = splitLeader(Buffer.from("\x1b"), LEADER, LEADER_SCAN_START)
    expect(Buffer.from(before).toString()).toBe("\x1b")
    expect(Buffer.from(splitLeader(Buffer.from("\x1b["), LEADER, LEADER_SCAN_START).before).toString()).toBe("\x1b[")
  })

  it("finds leaders of several bytes", () => {
    expect(run(["a\x1bxb"], Buffer.from("\x1bx"))).toBe("a|b")
    expect(run(["a\x1b[24~b"], Buffer.from("\x1b[24~"))).toBe("a|b")
  })

  it("passes every byte but leaders, whatever the bytes and the chunks", () => {
    const bytes = fc.array(
      fc.oneof(
        fc.constantFrom("\x1b[200~", "\x1b[201~", "\x1b[2~", "\x1b[27", "\x1b[92;5", "text", "\x1b", "\x1b[A"),
        fc.string({ maxLength: 3 })
      ),
      { maxLength: 12 }
    )
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(9), { maxLength: 30 }), (parts, sizes) => {
        const text = parts.join("").replaceAll("\x1c", "")
        fc.pre(!/92;5[u:;]|5;92~/.test(text))
        const chunks: Array<string> = []
        let at = 0
        for (const size of sizes) {
          chunks.push(text.slice(at, at + size))
          at += size
        }
        // A letter ends whatever is held at the end.
        chunks.push(text.slice(at), "z")
        const expected = Buffer.from(`${text}z`).toString("latin1")
        expect(run(chunks)).toBe(expected)
      }),
      { numRuns: 2_000 }
    )
  })
})
