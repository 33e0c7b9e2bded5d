import { spawnSync } from "node:child_process"
import { expect, it } from "vitest"
import { waitsForInput } from "../../src/shell/driver/EndClaim.ts"

it("does not take a shell that is gone for one that waits: what it claimed last was followed by its exit", () => {
  const { pid } = spawnSync("true")
  expect(waitsForInput(pid)).toBe(false)
})
