import { type BlockHeader, isFinished } from "../../domain/Block.ts"

/**
 * The newest finished block before `block` that ran the same command: in the same directory, else in any; null for none.
 */
export const previousRun = (blocks: ReadonlyArray<BlockHeader>, block: BlockHeader): BlockHeader | null => {
  let elsewhere: BlockHeader | null = null
  for (let at = blocks.findIndex(({ id }) => id === block.id) - 1; at >= 0; at--) {
    const other = blocks[at]!
    const { origin, plain, directory } = other.metadata
    if (other.command !== block.command || !isFinished(other.status)) continue
    // One that was cancelled has never run.
    if (origin !== undefined || plain === true || other.startTime === null) continue
    if (directory === block.metadata.directory) return other
    elsewhere ??= other
  }
  return elsewhere
}
