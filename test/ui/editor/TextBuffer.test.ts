import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BUFFER_COMMANDS, type BufferCommand, edit } from "../../../src/ui/editor/bufferCommands.ts"
import { boundaryAtOrAfter } from "../../../src/ui/editor/graphemes.ts"
import {
  cleanText,
  clear,
  insertAt,
  makeTextBuffer,
  pasteText,
  type TextBuffer,
  typeText,
  undo
} from "../../../src/ui/editor/TextBuffer.ts"
import { nastyCharacter, nastyText } from "./nastyText.ts"

type Step = (buffer: TextBuffer) => TextBuffer

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: nastyCharacter.map(
      (text): Step =>
        (b) =>
          typeText(b, text)
    )
  },
  {
    weight: 1,
    arbitrary: nastyText.map(
      (text): Step =>
        (b) =>
          pasteText(b, text)
    )
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom(...(Object.keys(BUFFER_COMMANDS) as Array<BufferCommand>)).map(
      (command): Step =>
        (b) =>
          edit(b, command)
    )
  },
  { weight: 1, arbitrary: fc.constant<Step>(clear) },
  {
    weight: 1,
    arbitrary: fc.tuple(nastyText, fc.nat(40)).map(
      ([text, at]): Step =>
        (b) =>
          insertAt(b, boundaryAtOrAfter(b.text, Math.min(at, b.text.length)), cleanText(text))
    )
  }
)

describe("any sequence of edits", () => {
  it("keeps the cursor on a grapheme boundary of the text", () => {
    fc.assert(
      fc.property(nastyText, fc.array(step, { maxLength: 40 }), (text, steps) => {
        let buffer = makeTextBuffer(text)
        for (const take of steps) {
          buffer = take(buffer)
          expect(buffer.cursor).toBeGreaterThanOrEqual(0)
          expect(buffer.cursor).toBeLessThanOrEqual(buffer.text.length)
          expect(boundaryAtOrAfter(buffer.text, buffer.cursor)).toBe(buffer.cursor)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("is taken back through texts that were there, down to the first", () => {
    fc.assert(
      fc.property(nastyText, fc.array(step, { maxLength: 40 }), (text, steps) => {
        let buffer = makeTextBuffer(text)
        const seen = new Set([text])
        for (const take of steps) {
          buffer = take(buffer)
          seen.add(buffer.text)
        }
        while (buffer.undo.length > 0) {
          const before = buffer.text
          buffer = undo(buffer)
          expect(buffer.text).not.toBe(before)
          expect(seen).toContain(buffer.text)
          expect(boundaryAtOrAfter(buffer.text, buffer.cursor)).toBe(buffer.cursor)
        }
        expect(buffer.text).toBe(text)
      }),
      { numRuns: 500 }
    )
  })

  it("gives back by yanking what a kill removed", () => {
    const kills = ["kill-line", "unix-line-discard", "unix-word-rubout", "kill-word", "backward-kill-word"] as const
    fc.assert(
      fc.property(nastyText, fc.nat(), fc.constantFrom(...kills), (text, place, command) => {
        const cursor = boundaryAtOrAfter(text, place % (text.length + 1))
        const killed = edit({ ...makeTextBuffer(text), cursor }, command)
        // Where the gap joined the characters around it, the cursor stands behind the joined one.
        fc.pre(killed.text !== text && killed.undo.at(-1)?.at === killed.cursor)
        expect(edit(killed, "yank").text).toBe(text)
      }),
      { numRuns: 500 }
    )
  })
})

describe("a paste", () => {
  it("goes in exactly, as one undo step, between typed runs", () => {
    const buffer = pasteText(typeText(makeTextBuffer(), "x"), "all:\n\tcc -o a a.c  \n")
    expect(buffer.text).toBe("xall:\n\tcc -o a a.c  \n")
    expect(undo(buffer).text).toBe("x")
    expect(undo(typeText(buffer, "y")).text).toBe(buffer.text)
  })

  it("turns CR LF and CR into newlines and leaves other controls out", () => {
    expect(cleanText("a\r\nb\rc\x1b[201~\x03d\0\x7f\x9b31m\te")).toBe("a\nb\nc[201~d31m\te")
  })

  it("holds no half of a surrogate pair", () => {
    expect(cleanText("a\ud83db")).toBe("a\ufffdb")
    expect(cleanText("👍")).toBe("👍")
  })
})

describe("undo", () => {
  it("takes a run of typing back together, twenty characters at most", () => {
    let buffer = makeTextBuffer()
    for (const letter of "echo one two three four") buffer = typeText(buffer, letter)
    expect(undo(buffer).text).toBe("echo one two three f")
    expect(undo(undo(buffer)).text).toBe("")
  })

  it("takes a chunk for the keys it is made of, unless nobody can have typed it", () => {
    const chunk = typeText(typeText(makeTextBuffer(), "echo "), "one two three four")
    expect(undo(chunk).text).toBe("echo one two three f")
    const long = typeText(makeTextBuffer(), "x".repeat(5000))
    expect(undo(long).text).toBe("")
  })

  it("does not join typing at two places", () => {
    let buffer = typeText(makeTextBuffer(), "b")
    buffer = typeText(edit(buffer, "beginning-of-line"), "a")
    expect(undo(buffer).text).toBe("b")
  })

  it("puts the cursor back where it was", () => {
    const start = { ...makeTextBuffer("one two"), cursor: 3 }
    expect(undo(edit(start, "kill-line"))).toMatchObject({ text: "one two", cursor: 3 })
  })

  it("forgets the oldest steps first, and never the last one", () => {
    let buffer = makeTextBuffer()
    for (let i = 0; i < 2000; i++) buffer = pasteText(buffer, "x")
    expect(buffer.undo.length).toBe(500)
    const megabytes = "y".repeat(9_000_000)
    buffer = pasteText(buffer, megabytes)
    expect(buffer.undo.length).toBe(1)
    expect(undo(buffer).text).toBe("x".repeat(2000))
  })
})
