import { describe, expect, it } from "vitest"
import { pastCommands, storedCommands } from "../../src/ui/pastCommands.ts"
import { sketchBlock } from "./blocks/fakes.ts"

const old = [sketchBlock({ command: "make", timeLimit: 30_000 }), sketchBlock({ command: "bash", plain: true })]

describe("what Up walks through", () => {
  it("has the shell's own history first, with what came again in it, then what was written here", () => {
    const blocks = [sketchBlock({ command: "ls" }), sketchBlock({ command: "make", timeLimit: 30_000 })]
    expect(pastCommands(["ls", "cd", "ls"], blocks, new Set())).toEqual(["ls", "cd", "ls", "ls", "/timeout 30s make"])
  })

  it("has the commands of a resumed session once, though its shell has kept them too", () => {
    const stored = storedCommands(old)
    const blocks = [...old, sketchBlock({ command: "cd" })]
    expect(pastCommands(["cd", "bash", "make"], blocks, stored)).toEqual(["cd", "bash", "/timeout 30s make", "cd"])
  })
})
