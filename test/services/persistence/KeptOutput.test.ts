import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import { EMPTY_SPAN, placeLines } from "../../../src/domain/OutputSpan.ts"
import { KeptOutput } from "../../../src/services/persistence/KeptOutput.ts"

const frozen = (firstLine: number, lines: ReadonlyArray<string>, unfinished = false) => ({
  _tag: "OutputFrozen" as const,
  block: BlockId.make("a"),
  firstLine,
  lines,
  unfinished
})

const kept = (...events: ReadonlyArray<ReturnType<typeof frozen>>) => {
  const output = KeptOutput.empty()
  for (const event of events) output.add(event)
  return output
}

describe("KeptOutput", () => {
  it("joins lines as they were printed", () => {
    assert.strictEqual(kept().text(), "")
    assert.strictEqual(kept(frozen(0, ["a"]), frozen(1, ["", "b"])).text(), "a\n\nb\n")
    assert.strictEqual(kept(frozen(0, [""])).text(), "\n")
  })

  it("ends without a newline where the output did", () => {
    assert.strictEqual(kept(frozen(0, ["a", "b"], true)).text(), "a\nb")
    assert.strictEqual(kept(frozen(0, ["a", ""], true)).text(), "a\n")
  })

  it("replaces an unfinished line by its number", () => {
    assert.strictEqual(kept(frozen(0, ["a", "50%"], true), frozen(1, ["100%"])).text(), "a\n100%\n")
  })

  it("keeps one gap: a second jump drops what stood after the first", () => {
    const output = kept(frozen(0, ["head"]), frozen(10, ["old tail"]), frozen(50, ["tail"]))
    assert.deepStrictEqual(output.lines, ["head", "tail"])
  })

  it("drops what the finished block says it does not show", () => {
    const lines = Array.from({ length: 10 }, (_, index) => String(index))
    const output = kept(frozen(0, lines))
    output.trim({ lines: 10, hiddenLines: 6, headLines: 3 })
    assert.deepStrictEqual(output.lines, ["0", "1", "2", "9"])
    const jumped = kept(frozen(0, lines.slice(0, 4)), frozen(6, lines.slice(6)))
    jumped.trim({ lines: 10, hiddenLines: 6, headLines: 3 })
    assert.deepStrictEqual(jumped.lines, ["0", "1", "2", "9"])
  })

  it("comes back from its text", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("", "a", "b ")), fc.boolean(), (lines, unfinished) => {
        const output = kept(frozen(0, lines, unfinished))
        const again = KeptOutput.fromText(output.text(), EMPTY_SPAN)
        assert.deepStrictEqual(again.lines, output.lines)
        assert.strictEqual(again.unfinished, output.unfinished)
      })
    )
  })

  it("has the lines that placeLines counts, each the newest with its number", () => {
    const step = fc.record({ firstLine: fc.nat(12), count: fc.nat(4) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const output = KeptOutput.empty()
        let span = EMPTY_SPAN
        // The model: lines by number, and where the one gap is.
        let model: Array<{ readonly number: number; readonly text: string }> = []
        for (const [index, { firstLine, count }] of steps.entries()) {
          const lines = Array.from({ length: count }, (_, offset) => `${index}:${firstLine + offset}`)
          output.add(frozen(firstLine, lines))
          const next = span.lines
          span = placeLines(span, firstLine, count).span
          model = model.filter(({ number }) => number < firstLine)
          const gapAt = model.findIndex(({ number }, at) => number !== at)
          if (gapAt >= 0 && (firstLine > next || firstLine <= model[gapAt]!.number)) model = model.slice(0, gapAt)
          model.push(...lines.map((text, offset) => ({ number: firstLine + offset, text })))
        }
        assert.deepStrictEqual(
          output.lines,
          model.map(({ text }) => text)
        )
        assert.strictEqual(output.lines.length, span.lines - span.hiddenLines)
      })
    )
  })
})
