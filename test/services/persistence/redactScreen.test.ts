import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { NO_KEY, REDACTED, Redactor } from "../../../src/domain/redact.ts"
import { redactScreen } from "../../../src/services/persistence/redactScreen.ts"

const token = `ghp_${"Ab3x".repeat(9)}`
const begin = `-----BEGIN RSA PRIVATE ${"KEY"}-----`
const body = "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi"

/** The steps of a screen's redaction, and what they come to. */
const redacted = (...args: Parameters<typeof redactScreen>) => {
  const steps = redactScreen(...args)
  for (let count = 0; ; count++) {
    const step = steps.next()
    if (step.done === true) return { ...step.value, steps: count }
  }
}
const linesOf = (...args: Parameters<typeof redactScreen>) => redacted(...args).lines

describe("redactScreen", () => {
  it("redacts each line, colours and all, and keeps their number", () => {
    assert.deepStrictEqual(linesOf(["$ ls", "", `\x1b[1m${token.slice(0, 9)}\x1b[0m${token.slice(9)}`, ""]), [
      "$ ls",
      "",
      `\x1b[1m${REDACTED}\x1b[0m`,
      ""
    ])
  })

  it("leaves out of an unfinished last line what may be half of a secret", () => {
    assert.deepStrictEqual(linesOf([`a ${token.slice(0, 12)}`], { unfinished: true }), ["a "])
    assert.deepStrictEqual(linesOf([`a ${token.slice(0, 12)}`]), [`a ${token.slice(0, 12)}`])
    assert.deepStrictEqual(linesOf(["password: "], { unfinished: true }), ["password: "])
  })

  it("follows a private key over its lines, also one that has begun above the screen", () => {
    assert.deepStrictEqual(linesOf([begin, body, "MIIE"], { unfinished: true }), [begin, REDACTED, ""])
    const after = { keyLines: 900, isNewKey: false }
    assert.deepStrictEqual(linesOf([body, "$ ls"], { after }), [REDACTED, "$ ls"])
    assert.deepStrictEqual(linesOf([body], { after: NO_KEY }), [body])
  })

  /** Of words, styles, secrets and halves of them, so long that a line has several pieces. */
  const longLine = fc
    .array(
      fc.constantFrom(
        "word ",
        "aGVsbG8",
        "x".repeat(700),
        "KEY=",
        "TOKEN=",
        '"password": "correct horse ',
        '"',
        `${token} `,
        token.slice(0, 12),
        `\x1b[1m${token.slice(0, 9)}\x1b[38;5;12m${token.slice(9)}\x1b[0m `,
        `https://ada:${token}@example.org `,
        "\x1b]8;;https://example.org/a\x1b\\link\x1b]8;;\x1b\\",
        `${begin}${body}`,
        "-----END RSA PRIVATE \x1b[1mKEY----- ",
        "\x1b[38;5;12mab\x1b[0m "
      ),
      { minLength: 1, maxLength: 40 }
    )
    .map((parts) => parts.join("").repeat(Math.ceil(40_000 / parts.join("").length)))

  it("makes the same of a long line in many steps as of the whole, whether it is finished or not", () => {
    fc.assert(
      fc.property(longLine, fc.boolean(), (line, unfinished) => {
        const redactor = new Redactor()
        const whole = unfinished ? redactor.unfinished(line) : { text: redactor.redact(line), count: redactor.count }
        const { lines, count, steps, state } = redacted([line], { unfinished })
        assert.deepStrictEqual([lines, count, state], [[whole.text], whole.count, redactor.state])
        assert.isAbove(steps, 2)
      }),
      { numRuns: 60 }
    )
  })

  it("counts once what is a secret by its name and a private key, in many steps as in one", () => {
    const secret = `TOKEN="${begin}${body}${"-----END RSA PRIVATE \x1b[1mKEY-----"} `
    for (const times of [1, 400]) {
      const { lines, count } = redacted([secret.repeat(times)])
      assert.strictEqual(count, lines[0]!.split(REDACTED).length - 1)
      const redactor = new Redactor()
      assert.strictEqual(redactor.redact(secret.repeat(times)), lines[0])
      assert.strictEqual(redactor.count, count)
    }
  })

  it("knows of a private key that has begun in a long line, colours and all", () => {
    const long = `${"x ".repeat(20_000)}-----BEGIN RSA PRIVATE \x1b[1m${"KEY"}-----\x1b[0m`
    assert.deepStrictEqual(linesOf([long, body, "$ ls"]).slice(1), [REDACTED, "$ ls"])
  })
})
