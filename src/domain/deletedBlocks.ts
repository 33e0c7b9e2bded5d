import { type BlockHeader, isFinished } from "./Block.ts"
import type { BlockId, SessionId } from "./ids.ts"
import type { Session } from "./Session.ts"
import type { BlocksArchived } from "./SessionEvent.ts"

/*
 * Deleted and cleared blocks stay with the session, aside from the others, until it is closed: the user may want them back.
 * Their place is told by their number, as blocks stand in the order of their numbers.
 */

/** The highest number that a block of the session has or had. */
export const highestNumber = ({ blocks, metadata }: Session): number =>
  Math.max(metadata.lastNumber ?? 0, blocks.at(-1)?.metadata.number ?? 0)

/** The session with these of its blocks left; the numbers of the others are not given again. */
export const keepBlocks = (session: Session, blocks: ReadonlyArray<BlockHeader>): Session =>
  blocks.length === session.blocks.length
    ? session
    : {
        ...session,
        blocks,
        activeBlockId: blocks.some(({ id }) => id === session.activeBlockId) ? session.activeBlockId : null,
        metadata: { ...session.metadata, lastNumber: highestNumber(session) }
      }

const withDeleted = ({ deleted: _deleted, ...session }: Session, deleted: ReadonlyArray<BlockHeader>): Session =>
  deleted.length === 0 ? session : { ...session, deleted }

/** The session as it is once nothing can be brought back any more. */
export const withoutDeleted = (session: Session): Session =>
  session.deleted === undefined ? session : withDeleted(session, [])

/** Puts the finished ones of these blocks aside. */
export const deleteBlocks = (session: Session, ids: ReadonlyArray<BlockId>): Session => putAside(session, ids, {})

/** Takes out the finished ones of the blocks that were archived; those that the user has cleared stay aside. */
export const archiveBlocks = (
  session: Session,
  { blocks, archive, why }: Pick<typeof BlocksArchived.Type, "blocks" | "archive" | "why">
): Session => {
  if (why === "clear") return putAside(session, blocks, { archive })
  const gone = new Set(blocks)
  const kept = session.blocks.filter(({ id, status }) => !isFinished(status) || !gone.has(id))
  if (kept.length === session.blocks.length) return session
  const { metadata, ...rest } = keepBlocks(session, kept)
  const archivedBlocks = (metadata.archivedBlocks ?? 0) + session.blocks.length - kept.length
  return { ...rest, metadata: { ...metadata, archivedBlocks } }
}

const putAside = (session: Session, ids: ReadonlyArray<BlockId>, mark: { readonly archive?: SessionId }): Session => {
  const asked = new Set(ids)
  const leaves = ({ id, status }: BlockHeader) => isFinished(status) && asked.has(id)
  const { deleted = [] } = session
  const turn = (deleted.at(-1)?.metadata.deleted ?? 0) + 1
  const gone = session.blocks.filter(leaves)
  if (gone.length === 0) return session
  const kept = keepBlocks(
    session,
    session.blocks.filter((block) => !leaves(block))
  )
  // A copy with fields that it has not had is made ten times faster so than by a spread, and there may be many thousands.
  const marks = { deleted: turn, ...mark }
  const marked = gone.map((block) => ({ ...block, metadata: Object.assign({}, block.metadata, marks) }))
  return withDeleted(kept, [...deleted, ...marked])
}

/** The blocks that the last delete or clear took; none when there is nothing to bring back. */
export const lastDeleted = ({ deleted = [] }: Session): ReadonlyArray<BlockHeader> => {
  const turn = deleted.at(-1)?.metadata.deleted
  return deleted.filter(({ metadata }) => metadata.deleted === turn)
}

/** Puts these deleted blocks back where they were, without a name that another block has by now. */
export const restoreBlocks = (session: Session, ids: ReadonlyArray<BlockId>): Session => {
  const { deleted = [] } = session
  const asked = new Set(ids)
  for (const { id } of session.blocks) asked.delete(id)
  const back = new Set(deleted.filter(({ id }) => asked.has(id)))
  if (back.size === 0) return session
  const names = new Set(session.blocks.map(({ metadata }) => metadata.name))
  const returning = Array.from(back, (block) => {
    const { deleted: _turn, archive: _archive, ...metadata } = block.metadata
    const { name } = metadata
    if (name === undefined) return { ...block, metadata }
    const { name: _name, ...unnamed } = metadata
    const isFree = !names.has(name)
    names.add(name)
    return { ...block, metadata: isFree ? metadata : unnamed }
  })
  return withDeleted(
    { ...session, blocks: merged(session.blocks, returning) },
    deleted.filter((block) => !back.has(block))
  )
}

/** Blocks with others among them, each behind all that have a lower number. */
const merged = (blocks: ReadonlyArray<BlockHeader>, others: ReadonlyArray<BlockHeader>): ReadonlyArray<BlockHeader> => {
  // From the end: there may be many thousands of both.
  const reversed: Array<BlockHeader> = []
  let at = blocks.length
  for (const other of others.toSorted((one, two) => two.metadata.number - one.metadata.number)) {
    for (; at > 0 && blocks[at - 1]!.metadata.number >= other.metadata.number; at--) reversed.push(blocks[at - 1]!)
    reversed.push(other)
  }
  for (; at > 0; at--) reversed.push(blocks[at - 1]!)
  return reversed.reverse()
}
