import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { BlockId } from "../domain/ids.ts"
import type { PlainShell } from "../shell/PlainShell.ts"
import type { PtyExit } from "../shell/Pty.ts"
import { type BlockEnd, BlockService, statusOf } from "./BlockService.ts"
import { openLiveOutput } from "./liveOutput.ts"
import { type PlainShellPlace, ShellPool } from "./ShellPool.ts"

/** Where a plain shell's block begins, and who types into it. */
export interface PlainShellBlock {
  readonly id: BlockId
  readonly place: PlainShellPlace
  /** Gets the shell once it can be typed into. */
  readonly onOpen: (shell: PlainShell) => void
  /** It has ended, or is about to be. */
  readonly onEnd: () => void
  /** The block's end when the shell is ended from outside. */
  readonly left: BlockEnd
}

/**
 * Runs the user's own shell in a block, `plain` and `beside`, until it ends. With the scope it is ended, as a closing window
 * does. What it changes of directory and variables ends with it.
 */
export const runPlainShell = Effect.fn("runPlainShell")(function* (options: PlainShellBlock) {
  const { id, place, onOpen, onEnd, left } = options
  const pool = yield* ShellPool
  const blocks = yield* BlockService
  const exit = yield* Deferred.make<PtyExit>()

  yield* Effect.uninterruptible(
    Effect.gen(function* () {
      const opened = yield* pool.plain(place)
      openLiveOutput(blocks.outputs, id, place, () => opened)
      yield* blocks.createBlock(opened.name, { id, directory: opened.directory, beside: true, plain: true })
      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          onEnd()
          if (blocks.outputs.live(id) === null) return
          // What its programs say to the hang-up belongs to the block.
          yield* Effect.promise(() => opened.close())
          yield* blocks.finishBlock(id, left)
        })
      )
      opened.listen({
        output: (bytes) => void blocks.outputs.live(id)?.write(bytes),
        exited: (end) => Deferred.unsafeDone(exit, Effect.succeed(end))
      })
      onOpen(opened)
    })
  )

  const finish = Effect.fn("runPlainShell.finish")(function* ({ exitCode, signal }: PtyExit) {
    onEnd()
    const end: BlockEnd = { status: statusOf(exitCode, signal), exitCode, signal }
    yield* blocks.finishBlock(id, end)
    return end
  }, Effect.uninterruptible)

  return yield* Effect.flatMap(Deferred.await(exit), finish)
})
