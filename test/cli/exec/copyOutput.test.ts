import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { asPrinted } from "../../../src/cli/exec/copyOutput.ts"

describe("asPrinted", () => {
  it("ends lines as a terminal does, whatever the bytes and however they are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "\n", "\r", "é", "\r\n")), fc.nat(10), (parts, cut) => {
        const bytes = Buffer.from(parts.join(""))
        const at = Math.min(cut, bytes.length)
        const pieces = [asPrinted(bytes.subarray(0, at)), asPrinted(bytes.subarray(at))]
        const expected = bytes.toString("latin1").replaceAll("\n", "\r\n")
        assert.strictEqual(Buffer.concat(pieces).toString("latin1"), expected)
      })
    )
  })
})
