import { describe, expect, it } from "vitest"
import { BellLimiter } from "../../src/terminal/BellLimiter.ts"

/** How many of the bells at these times are heard, in ms. */
const heard = (times: ReadonlyArray<number>): ReadonlyArray<number> => {
  const limiter = new BellLimiter()
  return times.filter((time) => limiter.rings(time))
}

describe("bells", () => {
  it("that come now and then are all heard", () => {
    expect(heard([0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000])).toHaveLength(7)
  })

  it("are not heard more than four times a second", () => {
    expect(heard([0, 10, 249, 250, 260, 499, 500])).toEqual([0, 250, 500])
  })

  it("that do not stop are not heard any more, until they have stopped for a moment", () => {
    const always = Array.from({ length: 10_000 }, (_, i) => i)
    expect(heard(always)).toEqual([0, 250, 500, 750, 1_000])
    expect(heard([...always, 10_500, 12_000])).toEqual([0, 250, 500, 750, 1_000, 12_000])
  })
})
