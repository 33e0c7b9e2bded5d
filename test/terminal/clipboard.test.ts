import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { clipboardSequence, MAX_CLIPBOARD_BYTES, readCopyRequest } from "../../src/terminal/clipboard.ts"

const base64 = (text: string): string => Buffer.from(text).toString("base64")

describe("OSC 52 of programs", () => {
  it("is read as we write it", () => {
    const text = fc.fullUnicodeString({ minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(text, fc.constantFrom("clipboard" as const, "primary" as const), (copied, target) => {
        const payload = clipboardSequence(copied, target)!.slice("\x1b]52;".length, -1)
        expect(readCopyRequest(payload)).toEqual({ target, text: copied })
      })
    )
  })

  it("names the clipboard or the primary selection in several ways, and buffers that are neither", () => {
    const target = (targets: string) => readCopyRequest(`${targets};${base64("a")}`)?.target
    expect(["", "c", "s", "s0"].map(target)).toEqual(Array(4).fill("clipboard"))
    expect(["pc", "sp"].map(target)).toEqual(["both", "both"])
    expect(["p", "p0"].map(target)).toEqual(["primary", "primary"])
    expect(["q", "0", "7", "z", "x".repeat(17)].map(target)).toEqual(Array(5).fill(undefined))
  })

  it("is written to both in a sequence each, the clipboard last", () => {
    expect(clipboardSequence("a", "both")).toBe("\x1b]52;p;YQ==\x07\x1b]52;c;YQ==\x07")
  })

  it("is nothing where it asks, empties, or is no text", () => {
    const nothing = [
      "c;?",
      "?",
      "",
      "c",
      "c;",
      "c;!",
      "c;====",
      "c;A",
      "c;AAAAA",
      "c;YQ==YQ==",
      `c;${base64("a")} `,
      "c;/w=="
    ]
    for (const payload of nothing) expect(readCopyRequest(payload), payload).toBeNull()
    // Without padding, as some write it.
    expect(readCopyRequest("c;YQ")).toEqual({ target: "clipboard", text: "a" })
  })

  it("says that a text is too long, and never holds one", () => {
    const most = "x".repeat(MAX_CLIPBOARD_BYTES)
    expect(readCopyRequest(`c;${base64(most)}`)).toEqual({ target: "clipboard", text: most })
    expect(readCopyRequest(`c;${base64(`${most}x`)}`)).toEqual({ target: "clipboard", text: null })
    expect(readCopyRequest(`c;${"!".repeat(100_000)}`)).toBeNull()
    expect(clipboardSequence(`${most}x`)).toBeNull()
  })
})
