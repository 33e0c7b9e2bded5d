import * as Schema from "effect/Schema"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { bytesOfId, idFromBytes, SessionId } from "../../src/domain/ids.ts"

const isSessionId = Schema.is(SessionId)
const sixteenBytes = fc.uint8Array({ minLength: 17, maxLength: 17 })

describe("idFromBytes", () => {
  it("spells 26 characters of Crockford's alphabet that make a session id", () => {
    fc.assert(
      fc.property(sixteenBytes, (bytes) => {
        const id = idFromBytes(bytes)
        assert.match(id, /^[0-9a-hjkmnp-tv-z]{26}$/)
        assert.isTrue(isSessionId(id))
      })
    )
  })

  it("keeps 5 bits a character: ids are the bytes' first bits in base 32, whatever their length", () => {
    const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    const sized = fc.integer({ min: 26, max: 64 }).chain((length) =>
      fc.record({
        length: fc.constant(length),
        bytes: fc.uint8Array({ minLength: bytesOfId(length), maxLength: bytesOfId(length) })
      })
    )
    fc.assert(
      fc.property(sized, ({ length, bytes }) => {
        const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("")
        const expected = Array.from({ length }, (_, at) => alphabet[Number.parseInt(bits.slice(at * 5, at * 5 + 5), 2)])
        assert.strictEqual(idFromBytes(bytes, length), expected.join(""))
      })
    )
  })
})

describe("SessionId", () => {
  it.each(["a", "0", "Az_-9", "x".repeat(64)])("takes %j", (text) => assert.isTrue(isSessionId(text)))

  it.each(["", "-a", "_a", ".", "..", "a/b", "../a", "a b", "a\n", "\na", "a\u0000", "é", "x".repeat(65)])(
    "refuses %j",
    (text) => assert.isFalse(isSessionId(text))
  )
})
