import { describe, expect, it } from "vitest"
import { parseMark } from "../../src/shell/marks.ts"

describe("parseMark", () => {
  it("reads every kind", () => {
    expect(parseMark("C;12")).toEqual({ kind: "start", nonce: 12, text: null })
    expect(parseMark("R")).toEqual({ kind: "editor" })
    expect(parseMark("Q;12")).toEqual({ kind: "promptEnd", nonce: 12 })
    expect(parseMark("2;12")).toEqual({ kind: "continue", nonce: 12 })
    expect(parseMark("S;12")).toEqual({ kind: "stopped", nonce: 12 })
    expect(parseMark("P;12")).toEqual({ kind: "outputEnd", nonce: 12 })
    expect(parseMark("K;12;1")).toEqual({ kind: "check", nonce: 12, complete: false })
    expect(parseMark("D;12;3;1;'/a;b'")).toEqual({
      kind: "prompt",
      nonce: 12,
      status: 3,
      hooked: true,
      directory: "'/a;b'"
    })
  })

  it("tells from the newline in an end mark whether the terminal is raw", () => {
    const end = { kind: "end", nonce: 12, status: 0, directory: "'/a;b'" }
    const notes = { noEditor: false, errorsExit: false, noPromptMarks: false, leavesText: false }
    expect(parseMark("E;12;0;;'/a;b';\r\n")).toEqual({ ...end, notes, raw: false, between: "" })
    expect(parseMark("E;12;0;nept;'/a;b';\n")).toEqual({
      ...end,
      notes: { noEditor: true, errorsExit: true, noPromptMarks: true, leavesText: true },
      raw: true,
      between: ""
    })
  })

  it("finds what a background job has printed into an end mark", () => {
    expect(parseMark("E;12;0;;'/a;b';\r\nlate 1\r\nlate 2\r\n")).toMatchObject({
      directory: "'/a;b'",
      raw: false,
      between: "late 1\r\nlate 2\r\n"
    })
    expect(parseMark("E;12;0;;'/a;b';\nlate 1\n")).toMatchObject({ directory: "'/a;b'", raw: true })
  })

  it("reads an edit line whose texts hold semicolons", () => {
    for (const divider of ["\x1f", "\r\n", "\n"]) {
      expect(parseMark(["T;12;1;'/a;b'", "'read x; y'", "'typed;ahead'"].join(divider))).toEqual({
        kind: "line",
        nonce: 12,
        status: 1,
        directory: "'/a;b'",
        running: "'read x; y'",
        line: "'typed;ahead'"
      })
    }
  })

  it("refuses what is malformed", () => {
    for (const payload of [
      "",
      "C",
      "C;",
      "C;x",
      "C;-1",
      "C;99999999999999999",
      "R;1",
      "Z;1",
      "E;1",
      "E;1;x;;/",
      "T;1;0;a",
      "D;1;;1;/"
    ]) {
      expect(parseMark(payload), payload).toBeNull()
    }
  })
})
