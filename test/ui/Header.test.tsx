import * as fc from "fast-check"
import { render } from "ink-testing-library"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { styledWidth } from "../../src/terminal/cells.ts"
import { Header, type HeaderProps, headerRow } from "../../src/ui/components/Header.tsx"
import { fullTheme, plainTheme } from "../../src/ui/theme.ts"

const props = (change: Partial<HeaderProps> = {}): HeaderProps => ({
  session: "k3v9",
  directory: "/home/ada/work/effect-talk",
  home: "/home/ada",
  branch: "main",
  theme: plainTheme,
  width: 80,
  ...change
})

describe("the header line", () => {
  it("names session, directory and branch, and what is wrong at the right edge", () => {
    expect(headerRow(props())).toBe("EffectTalk · k3v9 · ~/work/effect-talk · ⎇ main")
    expect(headerRow(props({ branch: null, state: "starting bash", warning: "not saved: disk full", width: 90 }))).toBe(
      `EffectTalk · k3v9 · ~/work/effect-talk${" ".repeat(14)}starting bash · ! not saved: disk full`
    )
  })

  it("shows a program's title where nothing else wants the room", () => {
    const at = (width: number, title = "notes.txt - VIM") => headerRow(props({ title, width }))
    const rest = "EffectTalk · k3v9 · ~/work/effect-talk · ⎇ main"
    expect(at(80)).toBe(`${rest.padEnd(80 - "notes.txt - VIM".length)}notes.txt - VIM`)
    expect(at(rest.length + 11)).toBe(`${rest}   notes.t…`)
    expect(at(rest.length + 10)).toBe(rest)
    expect(at(200, "日本".repeat(50))).toMatch(/⎇ main {10,}(日本)+日?…$/)
  })

  it("drops the name first, then the session, and keeps directory and warning to the last", () => {
    const at = (width: number) => headerRow(props({ warning: "not saved", width })).replace(/ {2,}/, " … ")
    expect(at(70)).toBe("EffectTalk · k3v9 · ~/work/effect-talk · ⎇ main … ! not saved")
    expect(at(50)).toBe("k3v9 · ~/work/effect-talk · ⎇ main … ! not saved")
    expect(at(40)).toBe("~/…/effect-talk · ⎇ main … ! not saved")
    expect(at(30)).toBe("~/…/effect-talk … ! not saved")
    expect(at(11)).toBe("! not saved")
  })

  it("fits any width and lets no control byte through", () => {
    const nasty = fc.oneof(fc.fullUnicodeString({ maxLength: 50 }), fc.constantFrom("\x1b[2J", "会議/🚀", "a\nb", ""))
    fc.assert(
      fc.property(
        fc.record({
          session: nasty,
          directory: nasty,
          branch: fc.option(nasty),
          state: nasty,
          title: nasty,
          warning: nasty
        }),
        fc.integer({ min: 20, max: 200 }),
        (change, width) => {
          const row = headerRow(props({ ...change, width, theme: fullTheme }))
          expect(styledWidth(row)).toBeLessThanOrEqual(width)
          expect(row.replace(/\x1b\[[\d;]*m/g, "")).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
        }
      )
    )
  })

  it("is one line of the screen", () => {
    const { lastFrame, unmount } = render(<Header {...props({ theme: fullTheme, warning: "not saved" })} />)
    expect(stripAnsi(lastFrame() ?? "")).toBe(headerRow(props({ warning: "not saved" })))
    unmount()
  })
})
