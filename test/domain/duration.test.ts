import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { MAX_DURATION_MS, parseAge, parseDuration, spellDuration } from "../../src/domain/duration.ts"

describe("parseDuration", () => {
  it.each([
    ["30s", 30_000],
    ["500ms", 500],
    ["1.5s", 1500],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1m1s1ms", 61_001],
    ["2d", 172_800_000],
    ["90", 90_000]
  ])("reads %s", (text, milliseconds) => {
    assert.strictEqual(parseDuration(text), milliseconds)
  })

  it.each(["", "s", "-1s", "1 s", "1x", "30sec", "0", "0s", "0.2ms", "s30", "30s!", "1e3s", "25d", ".", "1.s"])(
    "refuses %j",
    (text) => {
      assert.isNull(parseDuration(text))
    }
  )

  it("reads what it spells", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_DURATION_MS }), (milliseconds) => {
        assert.strictEqual(parseDuration(spellDuration(milliseconds)), milliseconds)
      })
    )
    assert.deepStrictEqual([4000, 120_000, 1500].map(spellDuration), ["4s", "2m", "1500ms"])
  })

  it("never gives what a timer cannot wait", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^([0-9]{1,6}(ms|[smhd])?){1,3}$/)), (text) => {
        const milliseconds = parseDuration(text)
        assert.isTrue(milliseconds === null || (milliseconds >= 1 && milliseconds <= MAX_DURATION_MS))
      })
    )
  })
})

describe("parseAge", () => {
  it.each([
    ["7d", 604_800_000],
    ["2w", 1_209_600_000],
    ["36h", 129_600_000],
    ["1d12h", 129_600_000],
    ["90m", 5_400_000],
    ["100w", 60_480_000_000],
    ["0d", 0]
  ])("reads %s", (text, milliseconds) => {
    assert.strictEqual(parseAge(text), milliseconds)
  })

  it.each(["", "7", "d", "-7d", "7 d", "1.5d", "7y", "30s", "7days", "1e3d", "1234567890d"])("refuses %j", (text) => {
    assert.isNull(parseAge(text))
  })
})
