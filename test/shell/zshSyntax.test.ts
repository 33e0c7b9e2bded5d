// biome-ignore-all lint/suspicious/noTemplateCurlyInString: zsh is full of ${…}
import { execFileSync } from "node:child_process"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { quote } from "../../src/shell/integration/shellWords.ts"
import { isSurelyComplete, parseNames, parseStatus, unquote } from "../../src/shell/integration/zshSyntax.ts"
import { which } from "../harness/tools.ts"

/** Text that a variable can hold. */
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replace(/\0|\p{Surrogate}/gu, "")),
  fc
    .array(fc.constantFrom("'", '"', "\\", "$", "`", "\n", "\t", "\x1b", "\x07", "\r", "é", "日", "!", " ", "a", "7"), {
      maxLength: 12
    })
    .map((parts) => parts.join(""))
)

const print = (code: string, text: string, locale = "C.UTF-8") =>
  execFileSync("zsh", ["-fc", code, "zsh", text], { env: { LC_ALL: locale } }).toString("utf8")

describe.skipIf(which("zsh") === undefined)("what zsh quotes", () => {
  it("is read back from ${(qqqq)x}", () => {
    fc.assert(
      fc.property(value, fc.constantFrom("C", "C.UTF-8"), (text, locale) => {
        expect(unquote(print("print -rn -- ${(qqqq)1}", text, locale))).toBe(text)
      }),
      { numRuns: 80 }
    )
  })

  it("is quoted so that zsh reads it back, with RC_QUOTES too", () => {
    fc.assert(
      fc.property(value, fc.boolean(), (text, doubled) => {
        expect(print(`${doubled ? "setopt rc_quotes; " : ""}eval 'print -rn -- '"$1"`, quote(text))).toBe(text)
      }),
      { numRuns: 60 }
    )
  })
})

describe("what zsh tells of itself", () => {
  it("has jobs and variables", () => {
    const { jobs, environment } = parseStatus("12\n345\n--\nA=1\0B=two\nlines=\0EMPTY=\0")
    expect(jobs).toEqual([12, 345])
    expect([...environment]).toEqual([
      ["A", "1"],
      ["B", "two\nlines="],
      ["EMPTY", ""]
    ])
    expect(parseStatus("--\nA=1\0")).toEqual({ jobs: [], environment: new Map([["A", "1"]]) })
    expect(parseStatus("")).toEqual({ jobs: [], environment: new Map() })
  })

  it("has functions and aliases", () => {
    const { functions, aliases } = parseNames("f\0g-h\0\0G\0| grep\0empty\0\0ll\0ls -l\0")
    expect([...functions]).toEqual(["f", "g-h"])
    expect([...aliases]).toEqual([
      ["G", "| grep"],
      ["empty", ""],
      ["ll", "ls -l"]
    ])
  })
})

describe("isSurelyComplete", () => {
  it("is true for plain commands", () => {
    for (const text of ["ls -la /tmp", "echo 'a b' \"c d\"", "a && b || c", "a | b; c &", "x=1", "echo a\\ b", ""]) {
      expect(isSurelyComplete(text), text).toBe(true)
    }
  })

  it("is only true where zsh agrees", () => {
    const word = fc.constantFrom(
      ..."echo a ' \" \\ | || && & ; ( ) { } $x $( ` < <<E if then fi do done ! # [[ ]] repeat foreach end case in for x=( >".split(
        " "
      ),
      "\n"
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), fc.boolean(), (words, spaced) => {
        const text = words.join(spaced ? " " : "")
        if (!isSurelyComplete(text)) return
        // In an unfinished text the end of the braces is an error on its last line, or swallowed.
        const said = execFileSync(
          "zsh",
          ["-fc", "functions[f]=\"$1\"$'\\n\\\\: after'; print -r -- $functions[f]", "zsh", text],
          {
            stdio: ["ignore", "pipe", "pipe"]
          }
        ).toString()
        if (said.trim() !== "") expect(said, text).toMatch(/(^|\n)\t\\: after\n$/)
      }),
      { numRuns: 300 }
    )
  })
})
