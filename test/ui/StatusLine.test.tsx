import * as fc from "fast-check"
import { render } from "ink-testing-library"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { styledWidth } from "../../src/terminal/cells.ts"
import { StatusLine, type StatusLineProps, statusRow } from "../../src/ui/components/StatusLine.tsx"
import { fullTheme, plainTheme } from "../../src/ui/theme.ts"

const props = (change: Partial<StatusLineProps> = {}): StatusLineProps => ({
  owner: "editor",
  hints: [
    { keys: "Enter", meaning: "run" },
    { keys: "Alt+Enter", meaning: "new line" },
    { keys: "Ctrl+\\ ?", meaning: "help" }
  ],
  theme: plainTheme,
  width: 80,
  ...change
})

describe("the status line", () => {
  it("names the keyboard's owner first, then the keys", () => {
    expect(statusRow(props())).toBe(" EDITOR  Enter run · Alt+Enter new line · Ctrl+\\ ? help")
    expect(statusRow(props({ owner: "program" }))).toMatch(/^ PROGRAM /)
    expect(statusRow(props({ owner: "navigate" }))).toMatch(/^ NAVIGATE /)
  })

  it("says what happened before the keys", () => {
    expect(statusRow(props({ message: "copied 12 lines", width: 46 }))).toBe(" EDITOR  copied 12 lines · Enter run")
  })

  it("drops whole keys from the right, then all, never the owner", () => {
    expect(statusRow(props({ width: 40 }))).toBe(" EDITOR  Enter run · Alt+Enter new line")
    expect(statusRow(props({ width: 39 }))).toBe(" EDITOR  Enter run · Alt+Enter new line")
    expect(statusRow(props({ width: 38 }))).toBe(" EDITOR  Enter run")
    expect(statusRow(props({ width: 12 }))).toBe(" EDITOR ")
    expect(statusRow(props({ width: 5 }))).toBe(" EDIT")
  })

  it("shows the title of a program that has the screen at the right, where the keys leave room", () => {
    const at = (width: number) => statusRow(props({ owner: "program", title: "notes.txt - VIM", width }))
    const keys = " PROGRAM  Enter run · Alt+Enter new line · Ctrl+\\ ? help"
    expect(at(80)).toBe(`${keys.padEnd(80 - "notes.txt - VIM".length)}notes.txt - VIM`)
    expect(at(keys.length + 11)).toBe(`${keys}   notes.t…`)
    expect(at(keys.length + 10)).toBe(keys)
  })

  it("fits any width", () => {
    const text = fc.fullUnicodeString({ maxLength: 20 })
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 200 }), (message, title, width) => {
        const row = statusRow(props({ message, title, width, theme: fullTheme }))
        expect(styledWidth(row)).toBeLessThanOrEqual(width)
        expect(row.replace(/\x1b\[[\d;]*m/g, "")).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
      })
    )
  })

  it("is one line of the screen", () => {
    const { lastFrame, unmount } = render(<StatusLine {...props({ theme: fullTheme })} />)
    expect(stripAnsi(lastFrame() ?? "")).toBe(statusRow(props()))
    unmount()
  })
})
