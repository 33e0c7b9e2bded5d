import { describe, expect, it } from "vitest"
import { JobOwners } from "../../src/shell/JobOwners.ts"

/** Tells of one prompt after another: leaders, disowned, and the command that ended there; gives the latest owner. */
const latestAfter = (
  ...prompts: ReadonlyArray<readonly [ReadonlyArray<number>, ReadonlyArray<number>, string | null]>
) => {
  const owners = new JobOwners<string>()
  for (const [leaders, disowned, ended] of prompts) {
    owners.update({ leaders: new Set(leaders), disowned: new Set(disowned) }, ended)
  }
  return owners.latest
}

describe("the command that left a job running", () => {
  it("is the last of several, and the one before it once its job is gone", () => {
    expect(latestAfter([[], [], null], [[11], [], "a"])).toBe("a")
    expect(latestAfter([[11], [], "a"], [[11, 22], [], "b"], [[11, 22], [], "ls"])).toBe("b")
    expect(latestAfter([[11], [], "a"], [[11, 22], [], "b"], [[11], [], "ls"])).toBe("a")
    expect(latestAfter([[11], [], "a"], [[], [], "ls"])).toBe(null)
  })

  it("is not another one because it is disowned, or because the prompt is drawn anew", () => {
    expect(latestAfter([[11], [], "a"], [[], [11], "disown"])).toBe("a")
    expect(latestAfter([[11], [], "a"], [[11], [], "a"], [[11], [], "fg"])).toBe("a")
  })

  it("is rather one with a job than one that left something else", () => {
    expect(latestAfter([[11], [], "a"], [[11], [33], "ls"])).toBe("a")
    expect(latestAfter([[], [33], "cmd & disown"])).toBe("cmd & disown")
  })

  it("is nobody for what the start files left, and after another shell has begun", () => {
    expect(latestAfter([[11], [12], null])).toBe(null)
    expect(latestAfter([[11], [], null], [[11, 22], [], "a"], [[11], [], "ls"])).toBe(null)
    const owners = new JobOwners<string>()
    owners.update({ leaders: new Set([11]), disowned: new Set() }, "a")
    owners.clear()
    expect(owners.latest).toBe(null)
  })
})
