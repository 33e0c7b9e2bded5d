import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { blockNameProblem, isBlockNote } from "../../src/domain/blockName.ts"
import { MAX_BLOCK_NAME_LENGTH, MAX_NOTE_LENGTH } from "../../src/domain/limits.ts"

describe("blockNameProblem", () => {
  it.each(["a", "build", "build-2", "test_API", "B12", "b", "b1x", "lastly", "x".repeat(MAX_BLOCK_NAME_LENGTH)])(
    "takes %j",
    (name) => assert.isNull(blockNameProblem(name))
  )

  it.each(["", "2nd", "-x", "_x", "a b", "a.b", "@a", "été", "a\n", "a$", "x".repeat(MAX_BLOCK_NAME_LENGTH + 1)])(
    "refuses %j",
    (name) => assert.strictEqual(blockNameProblem(name), "BadName")
  )

  it.each(["last", "prev", "b0", "b12"])("leaves @%s what it means", (name) =>
    assert.strictEqual(blockNameProblem(name), "ReservedName")
  )

  it("takes nothing that a shell would read as anything but a word", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z].{0,3}$/)), (name) => {
        if (blockNameProblem(name) === null) assert.match(name, /^[\w-]+$/)
      })
    )
  })
})

describe("isBlockNote", () => {
  it("takes a line, and no more than one", () => {
    assert.deepStrictEqual(["slow: 漢字 🙂", "x".repeat(MAX_NOTE_LENGTH)].map(isBlockNote), [true, true])
    const refused = ["", "  ", "a\nb", "a\tb", "\x1b[31m", "\x9b31m", "x".repeat(MAX_NOTE_LENGTH + 1)]
    assert.isFalse(refused.some(isBlockNote))
  })
})
