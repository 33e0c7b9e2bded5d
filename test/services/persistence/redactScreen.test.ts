import { assert, describe, it } from "vitest"
import { NO_KEY, REDACTED } from "../../../src/domain/redact.ts"
import { redactScreen } from "../../../src/services/persistence/redactScreen.ts"

const token = `ghp_${"Ab3x".repeat(9)}`
const begin = `-----BEGIN RSA PRIVATE ${"KEY"}-----`
const body = "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi"

const linesOf = (...args: Parameters<typeof redactScreen>) => redactScreen(...args).lines

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
})
