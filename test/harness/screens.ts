import { it } from "vitest"
import { ready } from "./blocks.ts"
import { type EffectTalkOptions, effecttalk } from "./effecttalk.ts"
import type { Terminal } from "./Terminal.ts"

/** The round trip of a slow link, ms. */
export const SLOW_ROUND_TRIP_MS = 300
/** The time of a test, in ms: far away some wait ten seconds for the link alone. */
const TEST_TIMEOUT_MS = 40_000

/** The screens on which what people do with blocks is tried: a large one here, the smallest common one far away. */
const SCREENS: ReadonlyArray<readonly [string, Pick<EffectTalkOptions, "cols" | "rows" | "roundTrip">]> = [
  ["at 120×40", { cols: 120, rows: 40 }],
  ["at 80×24 over a 300 ms round trip", { cols: 80, rows: 24, roundTrip: SLOW_ROUND_TRIP_MS }]
]

/**
 * A test at the keyboard of the real program, on each of the screens, from the first prompt on. Two run at a time (test/vitest.config.ts):
 * far away one mostly waits for the link.
 */
export const itOnScreens = (
  name: string,
  test: (t: Terminal) => Promise<void>,
  options: Omit<EffectTalkOptions, "cols" | "rows" | "roundTrip"> = {}
): void => {
  for (const [screen, size] of SCREENS)
    it.concurrent(
      `${name}, ${screen}`,
      async () => {
        await using t = await effecttalk({ ...options, ...size })
        await ready(t)
        await test(t)
      },
      TEST_TIMEOUT_MS
    )
}
