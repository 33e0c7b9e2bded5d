import { describe, expect, it } from "vitest"
import { parseHistory, parsePast } from "../../src/shell/integration/zshHistory.ts"

const parse = (file: string) => parseHistory(Buffer.from(file, "latin1"))

describe("zsh's history", () => {
  it("has a command a line, with or without times", () => {
    expect(parse("ls\n: 1700000000:0;cd /usr\n: 1700000001:12;: noop\n")).toEqual(["ls", "cd /usr", ": noop"])
  })

  it("escapes newlines, and sets a blank behind a last backslash", () => {
    expect(parse("for i in 1 2\\\ndo\\\n  echo $i\\\ndone\necho a\\\\ \necho b \n\\:x\n")).toEqual([
      "for i in 1 2\ndo\n  echo $i\ndone",
      "echo a\\\\",
      "echo b ",
      ":x"
    ])
  })

  it("has a pasted file as one command, read in one walk", () => {
    const lines = 400_000
    expect(parse(`${"a\\\n".repeat(lines)}b\n`)).toEqual([`${"a\n".repeat(lines)}b`])
  })

  it("has bytes above 0x82 written with a mark before them", () => {
    // "é日" is c3 a9 e6 97 a5: zsh writes 97 as 83 b7.
    expect(parse("echo \xc3\xa9\xe6\x83\xb7\xa5\n")).toEqual(["echo é日"])
  })

  it("tells the times that are there, in milliseconds", () => {
    expect(parsePast(Buffer.from(": 1700000000:3;a\\\nb\nc\n"))).toEqual([
      { command: "a\nb", at: 1_700_000_000_000 },
      { command: "c", at: null }
    ])
  })

  it("may be empty", () => {
    expect(parse("")).toEqual([])
  })
})
