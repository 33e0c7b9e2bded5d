import fc from "fast-check"
import { assert, describe, expect, it } from "vitest"
import { BlockStore, type StoredOutput } from "../../../src/terminal/BlockStore.ts"
import { bothText, copyText, hiddenLines, markdownText } from "../../../src/ui/blocks/copyText.ts"
import { fenced, fenceFor, promptedCommand } from "../../../src/ui/blocks/pastedBlock.ts"
import { sketchBlock } from "./fakes.ts"

const outputsOf = (stdout: Partial<StoredOutput>) =>
  new BlockStore({
    maxBytes: 1_000_000,
    restore: () => ({ lines: [], unfinished: false, hidden: { lines: 0, bytes: 0, headLines: 0 }, ...stdout })
  })

describe("command and output", () => {
  const outputs = outputsOf({ lines: ["\x1b[31mred\x1b[0m\tx  ", "x".repeat(500)] })

  it("stand as in a terminal: whole lines, tabs and trailing blanks, no colours", () => {
    const block = sketchBlock({ command: "for i in 1 2; do\n  echo $i\ndone\n" })
    assert.strictEqual(
      bothText(block, copyText(outputs, block)),
      `$ for i in 1 2; do\n>   echo $i\n> done\nred\tx  \n${"x".repeat(500)}\n`
    )
  })

  it("are a fenced block in Markdown, with exit and duration where it failed", () => {
    const times = { startTime: 0, endTime: 1200 }
    const ok = { ...sketchBlock({ command: "make", status: "success" }), ...times }
    const both = `\`\`\`console\n$ make\nred\tx  \n${"x".repeat(500)}\n\`\`\`\n`
    assert.strictEqual(markdownText(ok, copyText(outputs, ok)), both)
    const failed = { ...sketchBlock({ command: "make", status: "failure", exitCode: 2 }), ...times }
    assert.strictEqual(markdownText(failed, copyText(outputs, failed)), `${both}\nexit 2, 1.2s\n`)
  })

  it("are nothing where there is neither, and only output where no command printed it", () => {
    const none = sketchBlock({ command: "" })
    expect(markdownText(none, copyText(outputsOf({}), none))).toBe("")
    expect(bothText(none, copyText(outputsOf({ lines: ["late"] }), none))).toBe("late\n")
  })
})

it("says at its place what the output limit left out", () => {
  const hidden = { lines: 1204, bytes: 34_000, headLines: 2 }
  const outputs = outputsOf({ lines: ["1", "2", "9", "10"], hidden })
  const block = sketchBlock({ command: "seq" })
  assert.strictEqual(copyText(outputs, block), "1\n2\n… 1,204 lines (34 kB) are not kept …\n9\n10\n")
  assert.strictEqual(hiddenLines(outputs, block), 1204)
  const atEnd = outputsOf({ lines: ["1", "2"], hidden })
  assert.strictEqual(copyText(atEnd, block), "1\n2\n… 1,204 lines (34 kB) are not kept …\n")
})

it("closes a fence only at its end, whatever the text", () => {
  const text = fc.array(fc.constantFrom("`", "``", "````", "~~~", "\n", "x", " "), { maxLength: 30 })
  fc.assert(
    fc.property(text, (parts) => {
      const given = parts.join("")
      const lines = fenced(given).split("\n")
      const fence = fenceFor(given)
      const closing = lines.findIndex((line, index) => index > 0 && line.trim().startsWith(fence))
      assert.strictEqual(closing, lines.length - 2)
      assert.strictEqual(lines.slice(1, closing).join("\n"), given.replace(/\n$/, ""))
    })
  )
})

it("prompts for every line of a command", () => {
  assert.strictEqual(promptedCommand("a\n\nb\n\n"), "$ a\n> \n> b\n")
  assert.strictEqual(promptedCommand(""), "")
})
