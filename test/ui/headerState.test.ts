import { describe, expect, it } from "vitest"
import { headerState } from "../../src/ui/headerState.ts"

const READY = { phase: "ready", slow: false, unset: [] } as const

describe("what the header says of the session's state", () => {
  it("is nothing while all is as usual", () => {
    expect(headerState(READY, false, false)).toBeNull()
    expect(headerState({ ...READY, phase: "running" }, false, false)).toBeNull()
  })

  it("is of the shell before it is of the disk, and of that before the variables", () => {
    const unset = ["A", "B", "C", "D"]
    expect(headerState({ phase: "starting", slow: false, unset }, false, true)).toBe("starting")
    expect(headerState({ phase: "starting", slow: true, unset }, false, true)).toBe("the shell is slow to start")
    expect(headerState({ phase: "bare", slow: false, unset }, false, true)).toBe("no shell integration")
    expect(headerState({ ...READY, unset }, false, true)).toBe("being saved")
    expect(headerState({ ...READY, unset }, false, false)).toBe("unset: A, B and 2 more")
    expect(headerState({ ...READY, unset: ["A", "B"] }, false, false)).toBe("unset: A, B")
  })

  it("is that a session is only read, whatever its shell does", () => {
    expect(headerState({ ...READY, phase: "starting" }, true, true)).toBe("read-only")
  })
})
