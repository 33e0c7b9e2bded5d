import { describe, expect, it } from "vitest"
import type { BlockStatus } from "../../src/domain/Block.ts"
import { statusRow } from "../../src/ui/components/StatusLine.tsx"
import { navigateMoments, readerHints, statusHints } from "../../src/ui/hints.ts"
import { plainTheme } from "../../src/ui/theme.ts"

const hints = (status: BlockStatus | null, marked = false) =>
  statusHints("navigate", false, "ctrl+\\", "runs", navigateMoments(status, marked))

describe("the status line's keys while navigating", () => {
  it.each<readonly [BlockStatus | null, ReadonlyArray<string>]>([
    ["running", ["x", "a"]],
    // It has no program yet that could be given the keyboard.
    ["idle", ["x"]],
    ["success", []],
    [null, []]
  ])("are first those that this block alone has: %s", (status, keys) => {
    const shown = hints(status).map((hint) => hint.keys)
    expect(shown.slice(0, keys.length + 1)).toEqual([...keys, "Enter"])
    expect(shown).not.toContain("n")
  })

  it("lead on from hit to hit while a search has left its marks", () => {
    expect(hints("success", true)[0]).toEqual({ keys: "n", meaning: "next hit" })
  })

  it("are in 80 columns what is done most, and where the rest is", () => {
    expect(statusRow({ owner: "navigate", hints: hints("success"), theme: plainTheme, width: 80 })).toBe(
      " NAVIGATE  Enter fold · c copy · v select · h pick · r again · / find · ? help"
    )
  })
})

describe("the status line's keys in a session that is only read", () => {
  it("say of T what it does: it takes over from a process, or opens what nobody has", () => {
    expect(readerHints(false, true)[0]).toEqual({ keys: "T", meaning: "take over" })
    expect(readerHints(false, false)[0]).toEqual({ keys: "T", meaning: "open" })
  })
})
