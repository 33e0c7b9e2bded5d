import { describe, expect, it } from "vitest"
import { styledWidth } from "../../src/terminal/cells.ts"
import { promptText } from "../../src/ui/promptText.ts"
import { makeTheme, plainTheme } from "../../src/ui/theme.ts"

const ascii = makeTheme({ colors: false, attributes: false, unicode: false })
const text = (kind: "shell" | "own", prompt: string, theme = plainTheme, width = 80) =>
  promptText(kind, prompt, "/home/ada/src", "/home/ada", "main", theme, width)

describe("promptText", () => {
  it("is the shell's own, or a sign until there is one", () => {
    expect(text("shell", "ada$ ")).toBe("ada$ ")
    expect(text("shell", "")).toBe("❯ ")
  })

  it("is directory and branch above a sign when ours is wanted", () => {
    expect(text("own", "ada$ ")).toBe("~/src ⎇ main\n❯ ")
  })

  it("needs nothing but ASCII where there is nothing else", () => {
    expect(text("own", "", ascii) + text("shell", "", ascii)).toMatch(/^[\x20-\x7e\n]+$/)
  })

  it("wraps a prompt that is wider than the screen, and loses none of it", () => {
    const rows = text("shell", `\x1b[32m${"x".repeat(130)}\x1b[0m$ `, plainTheme, 60).split("\n")
    expect(rows.map(styledWidth)).toEqual([60, 60, 12])
    expect(rows.at(-1)).toContain("$ ")
  })
})
