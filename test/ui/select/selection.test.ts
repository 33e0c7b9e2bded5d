import { describe, expect, it } from "vitest"
import { OutputText } from "../../../src/ui/select/OutputText.ts"
import {
  describeSelection,
  losesLines,
  type Selection,
  selectedText,
  selectionMark
} from "../../../src/ui/select/selection.ts"
import { FakeOutput } from "../blocks/fakes.ts"

const numbered = (count: number) => new FakeOutput(Array.from({ length: count }, (_, i) => `line ${i}`))

const select = (text: OutputText, from: number, to: number, kind: Selection["kind"] = "lines"): Selection => ({
  anchor: text.placeOf({ line: from, offset: 0 }),
  at: text.placeOf({ line: to, offset: 2 }),
  goal: null,
  kind
})

describe("a selection in an output", () => {
  it("stays on its lines while the output limit takes others away", () => {
    const output = numbered(20)
    output.hide(4, 2)
    const text = new OutputText(output, null)
    const selection = select(text, 10, 11)
    expect(selectedText(selection, text)).toBe("line 12\nline 13")
    output.hide(4, 3)
    output.hidden = { ...output.hidden, lines: 5 }
    expect(selectedText(selection, new OutputText(output, null))).toBe("line 12\nline 13")
    expect(losesLines(selection, "stdout", output, 2)).toBe(false)
  })

  it("knows when one of its lines is gone, at an end or between", () => {
    const output = numbered(20)
    output.hide(4, 2)
    const text = new OutputText(output, null)
    const [around, below, across] = [select(text, 4, 9), select(text, 12, 13), select(text, 2, 12)]
    expect(losesLines(across, "stdout", output, 2)).toBe(false)
    output.hide(4, 3)
    output.hidden = { ...output.hidden, lines: 5 }
    expect([around, below, across].map((one) => losesLines(one, "stdout", output, 2))).toEqual([true, false, true])
    expect(selectedText(around, new OutputText(output, null))).toBeNull()
  })

  it("goes from stdout on into stderr, which is another stream's loss", () => {
    const [stdout, stderr] = [numbered(2), new FakeOutput(["oops", "worse", "worst"])]
    const text = new OutputText(stdout, stderr)
    const selection = select(text, 1, 3)
    expect(selectedText(selection, text)).toBe("line 1\noops\nworse")
    expect(describeSelection(selection, text)).toBe("3 lines")
    stderr.hide(2, 1)
    expect(losesLines(selection, "stderr", stderr, 0)).toBe(false)
    expect(losesLines(selection, "stdout", stdout, 0)).toBe(false)
    expect(losesLines({ ...selection, at: { stream: "stderr", line: 2, offset: 0 } }, "stderr", stderr, 0)).toBe(true)
  })

  it("marks from its first character to its last, the end that moves with it", () => {
    const text = new OutputText(new FakeOutput(["abcdef", "", "xyz漢"]), null)
    const marks = (selection: Selection) =>
      [0, 1, 2].map((line) => {
        const mark = selectionMark(selection, "stdout", line, () => text.text(line))
        return mark === null ? null : [mark.from, mark.to]
      })
    const place = (line: number, offset: number) => ({ stream: "stdout" as const, line, offset })
    expect(marks({ anchor: place(0, 2), at: place(2, 3), goal: null, kind: "characters" })).toEqual([
      [2, 6],
      [0, 0],
      [0, 4]
    ])
    expect(marks({ anchor: place(2, 1), at: place(1, 0), goal: null, kind: "characters" })).toEqual([
      null,
      [0, 0],
      [0, 2]
    ])
    expect(marks({ anchor: place(2, 1), at: place(2, 0), goal: null, kind: "lines" })).toEqual([null, null, [0, 4]])
    expect(marks({ anchor: null, at: place(2, 0), goal: null, kind: "lines" })).toEqual([null, null, null])
  })

  it("says how much it holds", () => {
    const text = new OutputText(new FakeOutput(["e\u0301a漢", "b"]), null)
    const one = select(text, 0, 0, "characters")
    expect(describeSelection(one, text)).toBe("2 characters")
    expect(describeSelection({ ...one, at: one.anchor! }, text)).toBe("1 character")
    expect(describeSelection({ ...one, kind: "lines" }, text)).toBe("1 line")
    expect(describeSelection(select(text, 0, 1), text)).toBe("2 lines")
    expect(describeSelection({ ...one, anchor: null }, text)).toBe("line 1")
    const long = new OutputText(numbered(2_000), null)
    expect(describeSelection(select(long, 0, 1_999), long)).toBe("2,000 lines")
    expect(describeSelection({ ...select(long, 0, 1_999), anchor: null }, long)).toBe("line 2,000")
  })
})
