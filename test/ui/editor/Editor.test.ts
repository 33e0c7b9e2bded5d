import { describe, expect, it } from "vitest"
import {
  continueLine,
  type EditorKey,
  goToGap,
  insertTypeAhead,
  makeEditor,
  press,
  replaceText,
  takeBack
} from "../../../src/ui/editor/Editor.ts"
import { commandFor, EDITOR_BINDINGS } from "../../../src/ui/editor/editorActions.ts"
import { show, typed, typeInto } from "./keys.ts"

describe("the binding table", () => {
  it("gives every key one command", () => {
    const keys = EDITOR_BINDINGS.flatMap((binding) => binding.keys)
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
    for (const binding of EDITOR_BINDINGS) {
      for (const key of binding.keys) expect(commandFor(key)).toBe(binding.command)
    }
  })

  it("takes a capital after Alt for the small letter", () => {
    expect(commandFor("alt+shift+b")).toBe("backward-word")
  })

  it("says of every row what it does, in few words", () => {
    for (const { help } of EDITOR_BINDINGS) expect(help).toMatch(/^.{5,64}$/)
  })
})

// Single-line behaviour is compared with bash in readline.test.ts; here is what several lines add.
describe("several lines", () => {
  it.each([
    ["a<ctrl+j>b", "a\nb|"],
    ["a<alt+enter>b", "a\nb|"],
    ["one<ctrl+j>two<ctrl+a>x", "one\nx|two"],
    ["one<ctrl+j>two<up><ctrl+e>x", "onex|\ntwo"],
    ["one<ctrl+j>two<ctrl+u>", "one\n|"],
    ["one<ctrl+j>two<ctrl+u><ctrl+u>", "one|"],
    ["one<ctrl+j>two<up><ctrl+a><ctrl+k>", "|\ntwo"],
    ["one<ctrl+j>two<up><ctrl+a><ctrl+k><ctrl+k>", "|two"],
    ["one<ctrl+j>two<up><ctrl+a><ctrl+k><ctrl+k><ctrl+e><ctrl+y>", "twoone\n|"],
    ["a b<ctrl+j>c<ctrl+w>", "a b\n|"],
    ["a b<ctrl+j>c<ctrl+w><ctrl+w>", "a |"],
    ["ab<ctrl+j>cd<up><ctrl+t>", "ba|\ncd"],
    ["ab<ctrl+j>cd<ctrl+a><ctrl+t>", "ab\n|cd"],
    ["one<ctrl+j>two<left><left><left><left><delete>", "one|two"],
    ["one<ctrl+j>two<ctrl+a><backspace>", "one|two"]
  ])("%j", (keys, shown) => {
    expect(typed(keys).shown).toBe(shown)
  })

  it("moves up and down in cells, and back to the column it came from", () => {
    const text = "漢字漢字x<ctrl+j>ab<ctrl+j>\\six wide"
    expect(typed(`${text}<left><left><up>`).shown).toBe("漢字漢字x\nab|\n\\six wide")
    expect(typed(`${text}<left><left><up><up>`).shown).toBe("漢字漢|字x\nab\n\\six wide")
    expect(typed(`${text}<left><left><up><up><down><down>`).shown).toBe("漢字漢字x\nab\n\\six wi|de")
  })

  it("goes to the history only past the first and the last line", () => {
    const past = ["ls"]
    expect(typed("a<ctrl+j>b<up>", past).shown).toBe("a|\nb")
    expect(typed("a<ctrl+j>b<up><up>", past).shown).toBe("ls|")
    expect(typed("a<ctrl+j>b<up><up><down>", past).shown).toBe("a\nb|")
    expect(typed("a<ctrl+j>b<ctrl+p>", past).shown).toBe("ls|")
  })
})

describe("whole characters", () => {
  it.each([
    ["x👨‍👩‍👧‍👦", "<backspace>", "x|"],
    ["e\u0301🇩🇪", "<left><left><delete>", "|🇩🇪"],
    ["👍🏽ok", "<ctrl+a><right>x", "👍🏽x|ok"],
    ["字a", "<ctrl+t>", "a字|"],
    ["straße", "<ctrl+a><alt+u>", "STRAßE|"],
    ["élan vital", "<ctrl+a><alt+c><alt+c>", "Élan Vital|"]
  ])("%s %s", (text, keys, shown) => {
    expect(show(typeInto(makeEditor(text), keys).editor)).toBe(shown)
  })
})

describe("what the outside is asked for", () => {
  it("submits the whole text and is empty again", () => {
    const { editor, intents, shown } = typed("echo <ctrl+j>a<up><enter>")
    expect(intents).toEqual([{ type: "submit", text: "echo \na" }])
    expect(shown).toBe("|")
    expect(editor.buffer.undo).toEqual([])
  })

  it("submits nothing when there are only blanks", () => {
    expect(typed("  <ctrl+j> <enter>")).toMatchObject({ intents: [], shown: "|" })
  })

  it("keeps what was cut for the next line", () => {
    expect(typed("echo secret<ctrl+w><enter><ctrl+y>").shown).toBe("secret|")
  })

  it("ends the file only while empty", () => {
    expect(typed("<ctrl+d>").intents).toEqual([{ type: "endOfFile" }])
    expect(typed("ab<ctrl+a><ctrl+d><ctrl+e><ctrl+d>")).toMatchObject({ intents: [], shown: "b|" })
  })

  it("clears on Ctrl+C, and undo brings it back", () => {
    const { editor, intents, shown } = typed("rm -rf /<ctrl+c>")
    expect(shown).toBe("|")
    expect(intents).toEqual([{ type: "interrupt", hadText: true }])
    expect(typeInto(editor, "<ctrl+_>").shown).toBe("rm -rf /|")
    expect(typed("<ctrl+c>").intents).toEqual([{ type: "interrupt", hadText: false }])
  })

  it("passes on Escape in an empty editor, Ctrl+L, and keys it has no use for", () => {
    expect(typed("<escape><ctrl+l><tab><f5>").intents).toEqual([
      { type: "escapeEmpty" },
      { type: "clearScreen" },
      { type: "unbound", name: "tab" },
      { type: "unbound", name: "f5" }
    ])
    expect(typed("a<escape>").intents).toEqual([{ type: "unbound", name: "escape" }])
  })

  it("never runs a paste", () => {
    const pasted = press(makeEditor(), { type: "paste", text: "rm -rf /\r\nsudo reboot\r\n\x03\x04" }, () => [])
    expect(pasted.intent).toBeNull()
    expect(pasted.editor.buffer.text).toBe("rm -rf /\nsudo reboot\n")
  })
})

describe("chords and quoted keys", () => {
  it("waits for the second key of a chord", () => {
    expect(typed("abc<ctrl+a><ctrl+space><ctrl+e><ctrl+x><ctrl+x>").shown).toBe("|abc")
    expect(typed("abc<ctrl+w><ctrl+x><ctrl+u>").shown).toBe("abc|")
  })

  it("swallows a chord it does not know", () => {
    const pasted = press(typed("a<ctrl+x>").editor, { type: "text", text: "e\u0301bc" }, () => [])
    expect(show(pasted.editor)).toBe("abc|")
    expect(typed("a<ctrl+x>e<ctrl+x><f5>b")).toMatchObject({ shown: "ab|", intents: [] })
    expect(typed("a<ctrl+x><ctrl+g>b").shown).toBe("ab|")
  })

  it("holds no NUL", () => {
    expect(typed("a<ctrl+v><ctrl+space>b").shown).toBe("ab|")
  })

  it("inserts the next key as it is", () => {
    expect(typed("<ctrl+v><tab><ctrl+v><escape><ctrl+v><ctrl+c><ctrl+v>x<ctrl+v><enter><ctrl+v><up>")).toMatchObject({
      shown: "\t\x1b\x03x\n\x1b[A|",
      intents: []
    })
  })
})

describe("walking through the history", () => {
  const past = ["one", "two", "two", "  ", "three"]

  it.each([
    ["<up>", "three|"],
    ["<up><up><up>", "one|"],
    ["<up><up><up><up>", "one|"],
    ["draft<up><up><down><down>", "draft|"],
    ["draft<down>", "draft|"],
    ["draft<alt+<>", "one|"],
    ["draft<alt+<><alt+>>", "draft|"]
  ])("%s", (keys, shown) => {
    expect(typed(keys, past).shown).toBe(shown)
  })

  it("keeps changed entries, and their undo, until something is submitted", () => {
    const changed = typed("<up><up>!<up><down>", past)
    expect(changed.shown).toBe("two!|")
    expect(typeInto(changed.editor, "<ctrl+_>", past).shown).toBe("two|")
    expect(typeInto(changed.editor, "<down><enter><up><up>", past).shown).toBe("two|")
  })

  it("stands on firm ground while commands are added", () => {
    const walking = typed("<up>", past).editor
    const later = [...past, "four", "five"]
    expect(typeInto(walking, "<up>", later).shown).toBe("two|")
    const back = typeInto(walking, "!<down>", later)
    expect(back.shown).toBe("|")
    expect(typeInto(back.editor, "<up>", later).shown).toBe("three!|")
    expect(typeInto(back.editor, "x<enter><up>", later).shown).toBe("five|")
  })

  it("does nothing without one", () => {
    expect(typed("a<up><alt+<><alt+>><ctrl+p><ctrl+n>").shown).toBe("a|")
  })
})

describe("the last argument", () => {
  const past = ["cp a 'b c'", "  ", "ls | wc -l"]

  it("comes from older commands on every press, as one change", () => {
    expect(typed("x <alt+.>", past).shown).toBe("x -l|")
    expect(typed("x <alt+.><alt+.>", past).shown).toBe("x 'b c'|")
    expect(typed("x <alt+.><alt+.><alt+.>", past).shown).toBe("x 'b c'|")
    expect(typed("x <alt+.><alt+.><ctrl+_>", past).shown).toBe("x |")
    expect(typed("x <alt+.> <alt+.>", past).shown).toBe("x -l -l|")
  })
})

describe("text that arrives from elsewhere", () => {
  it("goes on with the submitted line, and what was typed since behind it", () => {
    const submitted = typed("echo 'a<enter>").editor
    expect(show(continueLine(submitted))).toBe("echo 'a\n|")
    const later = continueLine(typeInto(submitted, "b<left>").editor)
    expect(show(later)).toBe("echo 'a\n|b")
    expect(typeInto(later, "<ctrl+_><ctrl+_>").shown).toBe("echo 'a|")
    expect(continueLine(later)).toBe(later)
  })

  it("takes a line back that was not run, as it was", () => {
    const submitted = typed("echo 'a<left><enter>").editor
    const back = takeBack(submitted)
    expect(show(back)).toBe("echo '|a")
    expect(typeInto(back, "<ctrl+_>").shown).toBe("|")
    expect(show(takeBack(typeInto(submitted, "b").editor))).toBe("echo 'a\nb|")
    expect(takeBack(back)).toBe(back)
  })

  it("puts type-ahead before what was written since", () => {
    expect(show(insertTypeAhead(makeEditor(), "ls\r"))).toBe("ls\n|")
    const editor = typed("wc<left>").editor
    expect(show(insertTypeAhead(editor, "ls | "))).toBe("ls | w|c")
    expect(typeInto(insertTypeAhead(editor, "ls | "), "<ctrl+_>").shown).toBe("w|c")
  })

  it("puts type-ahead behind an unfinished line that came back, whichever comes first", () => {
    const submitted = typed("echo 'a<enter>").editor
    const back = continueLine(submitted)
    expect(show(insertTypeAhead(back, "foo'\r"))).toBe("echo 'a\nfoo'\n|")
    expect(show(insertTypeAhead(typeInto(back, "b").editor, "foo'\r"))).toBe("echo 'a\nfoo'\nb|")
    const first = insertTypeAhead(submitted, "foo'\r")
    expect(show(continueLine(first))).toBe("echo 'a\nfoo'\n|")
    expect(show(insertTypeAhead(continueLine(first), "ls\r"))).toBe("echo 'a\nfoo'\nls\n|")
  })

  it("puts type-ahead on the line behind one that was taken back", () => {
    const back = takeBack(typed("make<enter>").editor)
    expect(show(insertTypeAhead(back, "ls\r"))).toBe("make\nls\n|")
    expect(show(insertTypeAhead(takeBack(typed("make<alt+enter><enter>").editor), "ls\r"))).toBe("make\nls\n|")
  })

  it("keeps pieces of type-ahead in order, and forgets them with the next Enter", () => {
    const pieces = insertTypeAhead(insertTypeAhead(typed("x").editor, "ec"), "ho ")
    expect(show(pieces)).toBe("echo x|")
    expect(show(insertTypeAhead(typeInto(pieces, "<enter>echo y").editor, "a; "))).toBe("a; echo y|")
  })

  it("puts type-ahead before everything once the line that came back was edited", () => {
    const edited = typeInto(continueLine(typed("echo 'a<enter>").editor), "<up><ctrl+a>#").editor
    expect(show(insertTypeAhead(edited, "ls\r"))).toBe("ls\n#|echo 'a\n")
  })

  it("replaces everything, and undo brings it back", () => {
    const replaced = replaceText(typed("draft").editor, "make test")
    expect(show(replaced)).toBe("make test|")
    expect(typeInto(replaced, "<ctrl+_>").shown).toBe("draft|")
  })
})

describe("a command that lacks a secret", () => {
  const text = "curl -u ada:[redacted] -H 'X: [redacted]' u"
  const at = (shown: string) => {
    const cursor = shown.indexOf("|")
    return { text: shown.replace("|", ""), cursor }
  }
  const pressed = (...keys: ReadonlyArray<EditorKey>) => {
    const { buffer } = keys.reduce((editor, key) => press(editor, key, () => []).editor, goToGap(makeEditor(text)))
    return { text: buffer.text, cursor: buffer.cursor }
  }

  it("has the cursor in its first gap, which what is typed or pasted takes the place of", () => {
    expect(pressed()).toEqual(at("curl -u ada:|[redacted] -H 'X: [redacted]' u"))
    expect(pressed({ type: "text", text: "s3" })).toEqual(at("curl -u ada:s3| -H 'X: [redacted]' u"))
    expect(pressed({ type: "paste", text: "s3" }, { type: "text", text: "!" })).toEqual(
      at("curl -u ada:s3!| -H 'X: [redacted]' u")
    )
  })

  it("keeps the stand-in once another key has come between, and brings it back by undo", () => {
    const left: EditorKey = { type: "key", name: "left", sequence: "\x1b[D" }
    expect(pressed(left, { type: "text", text: "x" }).text).toBe("curl -u adax:[redacted] -H 'X: [redacted]' u")
    const undo: EditorKey = { type: "key", name: "ctrl+_", sequence: "\x1f" }
    expect(pressed({ type: "text", text: "s3" }, undo, undo).text).toBe(text)
  })

  it("is none where the stand-in is meant as it is", () => {
    const editor = makeEditor("grep '\\[redacted]' log")
    expect(goToGap(editor)).toBe(editor)
  })
})
