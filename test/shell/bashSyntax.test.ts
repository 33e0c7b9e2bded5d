// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { execFileSync } from "node:child_process"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isSurelyComplete, parseStatus, unquote } from "../../src/shell/integration/bashSyntax.ts"
import { quote } from "../../src/shell/integration/shellWords.ts"

/** Text that an environment can hold. */
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replace(/\0|\p{Surrogate}/gu, "")),
  fc
    .array(
      fc.constantFrom(
        "'",
        '"',
        "\\",
        "$",
        "`",
        "\n",
        "\t",
        "\x1b",
        "\x07",
        "\r",
        "é",
        "日",
        "!",
        " ",
        "a",
        "\x7f",
        "="
      ),
      {
        maxLength: 12
      }
    )
    .map((parts) => parts.join(""))
)

describe("what bash quotes", () => {
  it("reads `declare -px` back, whatever the variables hold", () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 8 }),
        fc.constantFrom("C", "C.UTF-8"),
        (values, locale) => {
          const env: Record<string, string> = { PATH: "/usr/bin:/bin", LC_ALL: locale }
          values.forEach((text, index) => {
            env[`V${index}`] = text
          })
          const file = execFileSync("bash", ["--norc", "-c", "echo 12; echo --; declare -px"], { env }).toString("utf8")
          const { environment, jobs } = parseStatus(file)
          expect(jobs).toEqual([12])
          values.forEach((text, index) => {
            expect(environment.get(`V${index}`)).toBe(text)
          })
        }
      ),
      { numRuns: 60 }
    )
  })

  it("reads ${x@Q} back", () => {
    fc.assert(
      fc.property(value, (text) => {
        const word = execFileSync("bash", ["--norc", "-c", 'printf %s "${1@Q}"', "bash", text], {
          env: { LC_ALL: "C.UTF-8" }
        })
        expect(unquote(word.toString("utf8"))).toBe(text)
      }),
      { numRuns: 60 }
    )
  })

  it("skips variables without a value, and attributes", () => {
    const file = '--\ndeclare -x EMPTY\ndeclare -ix N="5"\ndeclare -rx A="1"\ndeclare -x B=""\n'
    expect([...parseStatus(file).environment]).toEqual([
      ["N", "5"],
      ["A", "1"],
      ["B", ""]
    ])
  })

  it("is quoted so that bash reads it back", () => {
    fc.assert(
      fc.property(value, (text) => {
        expect(execFileSync("bash", ["--norc", "-c", `printf %s ${quote(text)}`]).toString("utf8")).toBe(text)
      }),
      { numRuns: 40 }
    )
  })
})

describe("isSurelyComplete", () => {
  it("is true for plain commands", () => {
    for (const text of [
      "ls",
      "ls -la /tmp",
      "echo 'a b' \"c d\"",
      "a && b || c",
      "a | b; c &",
      "echo $HOME $?",
      "x=1",
      "cat <f >g 2>&1",
      "echo a\\ b",
      ""
    ]) {
      expect(isSurelyComplete(text), text).toBe(true)
    }
  })

  it("is only true where bash agrees", () => {
    const word = fc.constantFrom(
      "echo",
      "a",
      "'",
      '"',
      "\\",
      "|",
      "||",
      "&&",
      "&",
      ";",
      "(",
      ")",
      "{",
      "}",
      "$x",
      "$(",
      "`",
      "<",
      "<<E",
      "if",
      "then",
      "fi",
      "do",
      "done",
      "!",
      "#",
      "[[",
      "]]",
      "\n",
      "case",
      "in",
      "for",
      "x=(",
      ">"
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), fc.boolean(), (words, spaced) => {
        const text = words.join(spaced ? " " : "")
        if (!isSurelyComplete(text)) return
        // Put in braces, an unfinished text meets a brace or the end of the file.
        const script = `f() { :\n${text}\n}`
        try {
          execFileSync("bash", ["--norc", "-n", "-c", script], { stdio: ["ignore", "ignore", "pipe"] })
        } catch (error) {
          const message = String((error as { stderr?: Buffer }).stderr)
          expect(message, text).not.toMatch(/end of file|EOF|token `}'/)
        }
      }),
      { numRuns: 300 }
    )
  })
})
