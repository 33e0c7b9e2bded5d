import { assert, describe, it } from "vitest"
import { BlockId } from "../../src/domain/ids.ts"
import { MAX_KEY_LINES } from "../../src/domain/redact.ts"
import { KeptBytes, liveOutput } from "../../src/services/liveScreen.ts"

const shown = (lines: ReadonlyArray<string>, room: number) =>
  liveOutput(
    BlockId.make("a"),
    "stdout",
    { runs: [{ firstLine: 0, lines: [...lines] }], open: false, before: 0 },
    new KeptBytes(),
    room
  )

describe("a live screen that there is no room for", () => {
  it("keeps of one line the beginning, and nothing of a style, a link or a character that it cuts", () => {
    const line = "ab\x1b[38;5;12mcd\x1b]8;;https://example.org\x1b\\e👍f\x1b]8;;\x1b\\\x1b[0m"
    const text = "abcde👍f"
    for (let room = 1; room < line.length; room++) {
      const { runs, unfinished, hiddenBytes } = shown([line], room)
      const [kept = ""] = runs[0]!.lines
      assert.isTrue(text.startsWith(kept) && !/[\ud800-\udfff]/u.test(kept), `${room}: ${JSON.stringify(kept)}`)
      assert.deepStrictEqual([unfinished, hiddenBytes], [true, Buffer.byteLength(text) - Buffer.byteLength(kept)])
    }
  })

  it("tells of the lines above it no more than a private key may have", () => {
    const lines = Array.from({ length: 3 * MAX_KEY_LINES }, (_, index) => `${index}`.padStart(10))
    const { runs, above } = shown(lines, 10 * MAX_KEY_LINES)
    assert.deepStrictEqual(runs, [{ firstLine: 2 * MAX_KEY_LINES, lines: lines.slice(2 * MAX_KEY_LINES) }])
    assert.deepStrictEqual(above, lines.slice(MAX_KEY_LINES, 2 * MAX_KEY_LINES))
    assert.isUndefined(shown(lines, 1_000_000).above)
  })
})
