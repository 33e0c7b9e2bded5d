import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { assert } from "vitest"
import { timeLimitOf } from "../../../src/cli/exec/TimeLimit.ts"
import { readConfig } from "../../../src/config.ts"

const unset = readConfig({})
const set = readConfig({ MAX_PROCESS_TIMEOUT: "5000" })

describe("timeLimitOf", () => {
  it.effect("binds what runs unattended, and at a keyboard only by what somebody has set", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* timeLimitOf(null, false, unset), { ms: 30_000, source: "MAX_PROCESS_TIMEOUT" })
      assert.isNull(yield* timeLimitOf(null, true, unset))
      for (const interactive of [true, false]) {
        assert.deepStrictEqual(yield* timeLimitOf(null, interactive, set), { ms: 5000, source: "MAX_PROCESS_TIMEOUT" })
        assert.deepStrictEqual(yield* timeLimitOf("1m30s", interactive, set), { ms: 90_000, source: "--timeout" })
        assert.isNull(yield* timeLimitOf("none", interactive, set))
      }
    })
  )

  it.effect("refuses what is no duration, in one line without control characters", () =>
    Effect.gen(function* () {
      for (const text of ["", "0", "never", "-5s", "5 parsecs", "\x1b[2J", "9".repeat(1000)]) {
        const error = yield* Effect.flip(timeLimitOf(text, false, unset))
        assert.strictEqual(error.exitCode, 2)
        assert.match(error.line, /^--timeout: "[^\x00-\x1f\x7f]*/)
        assert.isBelow(error.line.length, 200)
      }
    })
  )
})
