import { describe, expect, it } from "vitest"
import type { BlockStatus } from "../../src/domain/Block.ts"
import { statusHints } from "../../src/ui/hints.ts"

describe("the status line's keys while navigating", () => {
  it.each<readonly [BlockStatus | null, ReadonlyArray<string>]>([
    ["running", ["x", "a"]],
    // It has no program yet that could be given the keyboard.
    ["idle", ["x"]],
    ["success", []],
    [null, []]
  ])("are those that work on a block: %s", (status, keys) => {
    const shown = statusHints("navigate", false, "ctrl+\\", "runs", status).map((hint) => hint.keys)
    expect(shown.filter((key) => key === "x" || key === "a")).toEqual(keys)
    expect(shown.slice(0, 3)).toEqual(["Enter", "c", "r"])
  })
})
