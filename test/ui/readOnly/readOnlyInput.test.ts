import { describe, expect, it } from "vitest"
import { PersistenceError } from "../../../src/services/persistence/PersistenceError.ts"
import { styledWidth } from "../../../src/terminal/cells.ts"
import { readOnlyInput } from "../../../src/ui/readOnly/readOnlyInput.ts"
import type { ReadOnlyState } from "../../../src/ui/readOnly/readOnlyText.ts"
import { makeTheme, plainTheme } from "../../../src/ui/theme.ts"

const elsewhere = (host: string): ReadOnlyState => ({
  owner: { pid: 12, elsewhere: host, socket: null, file: "/lock" },
  refusal: null,
  self: 34
})
const prompt = (state: ReadOnlyState, columns: number, theme = plainTheme) =>
  readOnlyInput(state, theme, columns).prompt

describe("readOnlyInput", () => {
  it("says who has the session where there is nothing to write in", () => {
    const { buffer } = readOnlyInput(elsewhere("ada"), plainTheme, 80)
    expect(buffer).toEqual({ text: "", cursor: 0 })
    expect(prompt(elsewhere("ada"), 80)).toBe("Read-only: process 12 on ada has this session")
  })

  it("is one row, and leaves the cursor a cell in it", () => {
    for (const host of ["x".repeat(100), "漢字".repeat(30)])
      for (const columns of [20, 39, 40, 80])
        expect(styledWidth(prompt(elsewhere(host), columns))).toBeOneOf([columns - 2, columns - 1])
    expect(prompt(elsewhere("x".repeat(100)), 40)).toMatch(/^Read-only: process 12 on x+…$/)
    const ascii = makeTheme({ colors: false, attributes: false, unicode: false })
    expect(prompt(elsewhere("x".repeat(100)), 40, ascii)).toMatch(/^Read-only: process 12 on x+[\x20-\x7e]+$/)
  })

  it("passes nothing on to the terminal that a host's name has in it", () => {
    expect(prompt(elsewhere("\x1b]0;title\x07a\nb"), 80)).not.toMatch(/[\x00-\x1f]/)
  })

  it("says why where it can never be written in", () => {
    const refusal = new PersistenceError({ reason: "Newer", subject: "s1", detail: "a newer EffectTalk wrote it" })
    expect(prompt({ owner: null, refusal, self: 34 }, 200)).toBe(`Read-only: ${refusal.message}`)
  })
})
