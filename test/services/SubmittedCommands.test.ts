import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { BlockId } from "../../src/domain/ids.ts"
import type { BlockEnd } from "../../src/services/BlockService.ts"
import { ShellError } from "../../src/services/ShellError.ts"
import { SubmittedCommands } from "../../src/services/SubmittedCommands.ts"

const ONE = BlockId.make(`block_${"A".repeat(22)}`)
const TWO = BlockId.make(`block_${"B".repeat(22)}`)
const DONE: BlockEnd = { status: "success", exitCode: 0, signal: null }
const ENDED = new ShellError({ reason: "Ended" })

const submitted = Effect.gen(function* () {
  const released: Array<BlockId> = []
  const commands = new SubmittedCommands({ release: (id) => void released.push(id) })
  const ends = yield* Effect.all([Deferred.make<BlockEnd, ShellError>(), Deferred.make<BlockEnd, ShellError>()])
  commands.add(ONE, { end: ends[0], options: { split: true }, cut: [] })
  commands.add(TWO, { end: ends[1], options: {}, cut: [] })
  return { commands, ends, released }
})

describe("submitted commands", () => {
  it.effect("are known until they are settled, which tells who waits and lets their files go", () =>
    Effect.gen(function* () {
      const { commands, ends, released } = yield* submitted
      assert.deepStrictEqual(commands.get(ONE)?.options, { split: true })
      yield* commands.settle(ONE, Effect.succeed(DONE))
      assert.deepStrictEqual(yield* Deferred.await(ends[0]), DONE)
      assert.isUndefined(commands.get(ONE))
      assert.isDefined(commands.get(TWO))
      assert.deepStrictEqual(released, [ONE])
      // A start that nobody asked for has no waiter, and may have files.
      yield* commands.settle(ONE, Effect.fail(ENDED))
      assert.deepStrictEqual(yield* Deferred.await(ends[0]), DONE)
      assert.deepStrictEqual(released, [ONE, ONE])
    })
  )

  it.effect("are settled together, each with its own result", () =>
    Effect.gen(function* () {
      const { commands, ends, released } = yield* submitted
      yield* commands.settleAll((id) => (id === ONE ? Effect.succeed(DONE) : Effect.fail(ENDED)))
      assert.deepStrictEqual(yield* Deferred.await(ends[0]), DONE)
      assert.strictEqual(yield* Effect.flip(Deferred.await(ends[1])), ENDED)
      assert.deepStrictEqual([commands.get(ONE), commands.get(TWO)], [undefined, undefined])
      assert.deepStrictEqual(released, [ONE, TWO])
    })
  )

  it.effect("are withdrawn without a word to anybody", () =>
    Effect.gen(function* () {
      const { commands, ends, released } = yield* submitted
      commands.withdraw(TWO)
      assert.isUndefined(commands.get(TWO))
      assert.isFalse(yield* Deferred.isDone(ends[1]))
      assert.deepStrictEqual(released, [TWO])
    })
  )
})
