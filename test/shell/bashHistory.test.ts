import { describe, expect, it } from "vitest"
import { parseHistory, parsePast } from "../../src/shell/integration/bashHistory.ts"

const parse = (file: string) => parseHistory(Buffer.from(file))

describe("parseHistory", () => {
  it("takes every line for a command", () => {
    expect(parse("ls\n# a comment\ncd /usr\n")).toEqual(["ls", "# a comment", "cd /usr"])
  })

  it("keeps several lines together behind a timestamp", () => {
    expect(parse("#1700000000\nls\n#1700000001\nfor i in 1 2; do\n  echo $i\ndone\n#1700000002\n")).toEqual([
      "ls",
      "for i in 1 2; do\n  echo $i\ndone"
    ])
  })

  it("reads what was written before timestamps were switched on line by line", () => {
    expect(parse("old\nolder\n#1700000000\nnew\n")).toEqual(["old", "older", "new"])
  })

  it("tells the times that are there, in milliseconds", () => {
    expect(parsePast(Buffer.from("old\n#1700000000\nnew\nlines\n"))).toEqual([
      { command: "old", at: null },
      { command: "new\nlines", at: 1_700_000_000_000 }
    ])
  })

  it("finds nothing in an empty file", () => {
    expect(parse("")).toEqual([])
  })
})
