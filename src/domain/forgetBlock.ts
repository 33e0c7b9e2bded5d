import type { BlockHeader } from "./Block.ts"
import { keepBlocks, withoutDeleted } from "./deletedBlocks.ts"
import type { BlockId } from "./ids.ts"
import type { Session } from "./Session.ts"

/**
 * The session without a block and without what others say of it: where output in the background names its command as the
 * source. What was deleted and could be brought back is gone too. The block's number is not given again.
 */
export const forgetBlock = (session: Session, id: BlockId): Session => {
  const kept = withoutDeleted(session)
  return keepBlocks(
    kept,
    kept.blocks.filter((block) => block.id !== id).map((block) => withoutSource(block, id))
  )
}

const withoutSource = (block: BlockHeader, id: BlockId): BlockHeader => {
  const { from, ...metadata } = block.metadata
  return from?.block === id ? { ...block, metadata } : block
}
