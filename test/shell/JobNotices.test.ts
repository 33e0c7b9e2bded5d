import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { JobNotices } from "../../src/shell/driver/JobNotices.ts"
import { bash } from "../../src/shell/integration/bash.ts"

const DONE = "[1]+  Done                    sleep 0.05\r\n"
const FAILED = "[2]-  Exit 3                  false\r\n"
const LOOP = "[3]   Done                    until [ -e go ]; do\r\n    sleep 0.01;\r\ndone\r\n"

/** What is passed on, and what is held at the end. */
const push = (...chunks: ReadonlyArray<string>): readonly [string, string] => {
  const notices = new JobNotices(bash.jobNotices!)
  const passed = chunks.map((chunk) => notices.push(Buffer.from(chunk)).toString()).join("")
  return [passed, notices.take().toString()]
}

describe("JobNotices", () => {
  it("holds what bash says about finished jobs at the end of the output", () => {
    expect(push(`out\r\n${DONE}${FAILED}`)).toEqual(["out\r\n", DONE + FAILED])
    expect(push(LOOP)).toEqual(["", LOOP])
    expect(push("out\r\n", DONE)).toEqual(["out\r\n", DONE])
  })

  it("lets go of it when output follows", () => {
    expect(push(DONE, "more\r\n")).toEqual([`${DONE}more\r\n`, ""])
    expect(push("[1", "] choose: ")).toEqual(["[1] choose: ", ""])
  })

  it("does not take for a notice what only looks like one", () => {
    for (const text of [
      `x${DONE}`,
      "[1]+  Stopped                 sleep 5\r\n",
      "[1] 4711\r\n",
      "int main() {\r\n    return 0;\r\n}\r\n",
      "[1]+  Done\r\n"
    ]) {
      expect(push(text)).toEqual([text, ""])
    }
    expect(push("x", DONE)).toEqual([`x${DONE}`, ""])
  })

  it("loses and reorders nothing, however it is cut", () => {
    const piece = fc.constantFrom(DONE, FAILED, LOOP, "text\r\n", "[", "]", "[1]", "\r\n", "    x\r\n", "done\r\n")
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (pieces, size) => {
        const text = pieces.join("")
        const chunks = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []
        expect(push(...chunks).join("")).toBe(text)
      })
    )
  })
})
