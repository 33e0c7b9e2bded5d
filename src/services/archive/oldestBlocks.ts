import { type BlockHeader, isFinished } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import type { Session } from "../../domain/Session.ts"
import { archivable } from "./archiveBlocks.ts"

/** Blocks that are to leave a session, and the bytes of its files that they take up. */
export interface OldestBlocks {
  readonly blocks: ReadonlyArray<BlockId>
  readonly bytes: number
}

/**
 * The oldest blocks of a session that take up `excess` bytes together, or all that may leave it.
 *
 * @param evenPinned pinned blocks may leave too, after all others
 */
export const oldestBlocks = (
  session: Session,
  excess: number,
  evenPinned: boolean,
  bytesOf: (id: BlockId) => number
): OldestBlocks => {
  const pinned = evenPinned
    ? session.blocks.filter(({ status, metadata }) => isFinished(status) && metadata.pinned === true)
    : []
  const chosen: Array<BlockHeader> = []
  let bytes = 0
  for (const block of [...archivable(session), ...pinned]) {
    if (bytes >= excess) break
    chosen.push(block)
    bytes += bytesOf(block.id)
  }
  return { blocks: chosen.map(({ id }) => id), bytes }
}
