import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MAX_SESSION_NAME_LENGTH } from "../../../src/domain/limits.ts"
import { textWidth } from "../../../src/terminal/cells.ts"
import { headCells } from "../../../src/ui/blocks/visibleText.ts"
import type { Editor, EditorKey } from "../../../src/ui/editor/Editor.ts"
import { cleanName, makeNameEditor, nameField, pressInName } from "../../../src/ui/sidebar/sessionName.ts"
import { parseKeys, show } from "../editor/keys.ts"
import { nastyText } from "../editor/nastyText.ts"

/** The editor after some keys, none of which ends the naming. */
const typeName = (name: string | null, keys: ReadonlyArray<EditorKey>): Editor => {
  let editor = makeNameEditor(name)
  for (const key of keys) {
    const pressed = pressInName(editor, key)
    if (pressed.type !== "editing") throw new Error(`ended by ${JSON.stringify(key)}`)
    editor = pressed.editor
  }
  return editor
}

const typed = (name: string | null, script: string) => show(typeName(name, parseKeys(script)))

describe("writing a name", () => {
  it("has the editor's keys", () => {
    expect(typed("one two", "<ctrl+w>three")).toBe("one three|")
    expect(typed("one two", "<ctrl+a>x<ctrl+right>y")).toBe("xoney| two")
    expect(typed("one", "<ctrl+u>two<ctrl+y>")).toBe("twoone|")
    expect(typed("one", "<ctrl+u><ctrl+_>")).toBe("one|")
    expect(typed(null, "é漢<left><backspace>")).toBe("|漢")
  })

  it("takes no control character and no line end, however it comes", () => {
    expect(typed("a", "<alt+enter><ctrl+j>b")).toBe("ab|")
    expect(typed("a", "<ctrl+v><escape>b")).toBe("ab|")
    expect(typed("a", "<ctrl+v><tab>b")).toBe("ab|")
    expect(show(typeName("a ", [{ type: "paste", text: "b\n\tc\x1b[2Jd\u202ee\u2028f" }]))).toBe("a b c[2Jde f|")
    expect(show(makeNameEditor("x\u001by"))).toBe("xy|")
  })

  it("ends at its length, and a paste is cut there", () => {
    const long = "n".repeat(MAX_SESSION_NAME_LENGTH)
    expect(typed(long, "x")).toBe(`${long}|`)
    expect(typed(long, "<backspace>xy")).toBe(`${long.slice(1)}x|`)
    const pasted = typeName("ab", [{ type: "paste", text: "🚀".repeat(100) }])
    expect(pasted.buffer.text).toBe(`ab${"🚀".repeat(31)}`)
    // What was cut may be too long to come back twice.
    expect(typed("n".repeat(40), "<ctrl+u><ctrl+y><ctrl+y>")).toBe(`${"n".repeat(40)}|`)
    expect(makeNameEditor("m".repeat(500)).buffer.text).toHaveLength(MAX_SESSION_NAME_LENGTH)
  })

  it("never holds what may not be stored", () => {
    const key = fc.oneof<fc.Arbitrary<EditorKey>[]>(
      nastyText.map((text) => ({ type: "text", text })),
      nastyText.map((text) => ({ type: "paste", text })),
      fc.constantFrom(...parseKeys("<alt+enter><ctrl+y><ctrl+k><ctrl+v><ctrl+x><left><ctrl+t><alt+u><up><ctrl+_>"))
    )
    fc.assert(
      fc.property(nastyText, fc.array(key, { maxLength: 30 }), (name, keys) => {
        const { text } = typeName(name, keys).buffer
        expect(text.length).toBeLessThanOrEqual(MAX_SESSION_NAME_LENGTH)
        expect(cleanName(text)).toBe(text)
      })
    )
  })
})

/** Only what takes cells: what does not may belong to either side of the cursor. */
const solid = (text: string): string => [...text].filter((char) => textWidth(char) > 0).join("")

describe("the field of a name", () => {
  it("shows all of it where there is room, the cursor behind it included", () => {
    expect(nameField("name", 4, 5, "…")).toEqual({ text: "name", column: 4 })
    expect(nameField("name", 0, 4, "…")).toEqual({ text: "name", column: 0 })
    expect(nameField("", 0, 1, "…")).toEqual({ text: "", column: 0 })
  })

  it("scrolls with the cursor and says what it leaves out", () => {
    expect(nameField("abcdefghij", 10, 6, "…")).toEqual({ text: "…ghij", column: 5 })
    expect(nameField("abcdefghij", 0, 6, "…")).toEqual({ text: "abcde…", column: 0 })
    expect(nameField("abcdefghij", 7, 6, "…")).toMatchObject({ column: 5 })
    expect(nameField("漢字漢字", 4, 5, "…")).toEqual({ text: "…字", column: 3 })
  })

  it("fits, with the cursor inside and before the character it stands at", () => {
    fc.assert(
      fc.property(nastyText, fc.integer({ min: 3, max: 40 }), fc.nat(), (raw, width, at) => {
        const { text } = makeNameEditor(raw).buffer
        const boundaries = [0, ...Array.from(new Intl.Segmenter().segment(text), (s) => s.index + s.segment.length)]
        const cursor = boundaries[at % boundaries.length]!
        const field = nameField(text, cursor, width, "…")
        const shown = field.text
        expect(textWidth(shown)).toBeLessThanOrEqual(width)
        expect(shown).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
        expect(field.column).toBeLessThan(width)
        // In less room a joined emoji of eight cells is shown as a question mark.
        if (width < 12) return
        const before = solid(nameField(text.slice(0, cursor), cursor, 1000, "…").text)
        const head = solid(headCells(shown, field.column))
        expect(textWidth(head)).toBe(field.column)
        expect(before.endsWith(head.replace(/^…/, ""))).toBe(true)
        if (!head.startsWith("…")) expect(head).toBe(before)
      })
    )
  })
})
