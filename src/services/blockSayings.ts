import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isFinished } from "../domain/Block.ts"
import { blockNameProblem, isBlockNote } from "../domain/blockName.ts"
import type { BlockId } from "../domain/ids.ts"
import { BlockError } from "./BlockError.ts"
import type { SessionStore } from "./SessionStore.ts"

/** What the user says about blocks that are there: name, note, pin, and that they shall go (`BlockService`). */
export const makeBlockSayings = Effect.fn("BlockService.makeBlockSayings")(function* (
  store: typeof SessionStore.Service
) {
  // The session is looked at and changed in one step.
  const saying = yield* Effect.makeSemaphore(1)

  const renameBlock = Effect.fn("BlockService.renameBlock")(function* (block: BlockId, name: string | null) {
    const at = yield* Clock.currentTimeMillis
    const { metadata } = yield* store.getBlock(block)
    if (name === (metadata.name ?? null)) return
    if (name !== null) {
      const problem = blockNameProblem(name)
      if (problem !== null) return yield* new BlockError({ reason: problem, block, name })
      const other = (yield* store.get).blocks.find((candidate) => candidate.metadata.name === name)
      if (other !== undefined) {
        return yield* new BlockError({ reason: "NameTaken", block, name, number: other.metadata.number })
      }
    }
    yield* store.dispatch({ _tag: "BlockRenamed", at, block, name })
  }, saying.withPermits(1))

  const noteBlock = Effect.fn("BlockService.noteBlock")(function* (block: BlockId, note: string | null) {
    const at = yield* Clock.currentTimeMillis
    const { metadata } = yield* store.getBlock(block)
    if (note === (metadata.note ?? null)) return
    if (note !== null && !isBlockNote(note)) return yield* new BlockError({ reason: "BadNote", block })
    yield* store.dispatch({ _tag: "BlockNoted", at, block, note })
  }, saying.withPermits(1))

  const setPinned = Effect.fn("BlockService.setPinned")(function* (block: BlockId, pinned: boolean) {
    const at = yield* Clock.currentTimeMillis
    yield* store.dispatch({ _tag: "BlockPinned", at, block, pinned })
  })

  const deleteBlocks = Effect.fn("BlockService.deleteBlocks")(function* (ids: ReadonlyArray<BlockId>) {
    const at = yield* Clock.currentTimeMillis
    for (const block of ids) {
      const { status, metadata } = yield* store.getBlock(block)
      if (isFinished(status)) continue
      return yield* new BlockError({ reason: "NotFinished", block, from: status, number: metadata.number })
    }
    if (ids.length > 0) yield* store.dispatch({ _tag: "BlocksDeleted", at, blocks: ids })
  }, saying.withPermits(1))

  return { renameBlock, noteBlock, setPinned, deleteBlocks }
})
