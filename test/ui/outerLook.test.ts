import { describe, expect, it } from "vitest"
import { outerLook } from "../../src/ui/outerLook.ts"

describe("the outer terminal", () => {
  it.each([
    ["xterm-256color", true],
    ["tmux-256color", true],
    ["linux", false],
    ["dumb", false],
    [undefined, false]
  ])("called %s is given links: %s", (TERM, links) => expect(outerLook({ TERM }).links).toBe(links))
})
