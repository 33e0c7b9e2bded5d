import { expect, it } from "vitest"
import { gatherText } from "../../../src/ui/blocks/gatherText.ts"

it("gathers a text whole, and leaves others their turn where that takes long", async () => {
  expect(await gatherText(["a", "", "b\n"])).toBe("ab\n")
  let turns = 0
  const timer = setInterval(() => turns++, 0)
  let seen = 0
  const text = await gatherText(
    (function* () {
      for (let step = 0; step < 50; step++) {
        const until = performance.now() + 1
        while (performance.now() < until);
        yield "x"
      }
      seen = turns
    })()
  )
  clearInterval(timer)
  expect(text).toBe("x".repeat(50))
  expect(seen).toBeGreaterThan(3)
})
