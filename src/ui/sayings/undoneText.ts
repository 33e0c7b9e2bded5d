import type { BlockHeader } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import type { Session } from "../../domain/Session.ts"
import type { Undone } from "../../services/SessionStore.ts"
import { formatCount } from "../blocks/format.ts"

/** What was undone or redone, in a line for the status line. */
export const undoneText = ({ events, before, after }: Undone): string => {
  const [event] = events
  const numbered = (id: BlockId) => `b${numberIn(after, id) ?? numberIn(before, id)}`
  switch (event?._tag) {
    case "BlocksRestored":
      return `${subject(before, event.blocks)} back${lostNames(before, after, event.blocks)}`
    case "BlocksDeleted":
      return `${subject(before, event.blocks)} deleted again`
    case "BlocksArchived":
      return `${subject(before, event.blocks)} cleared again`
    case "BlocksFolded":
      return `${subject(before, event.blocks)} ${event.folded ? "folded" : "unfolded"} again`
    case "BlockRenamed":
      return `${numbered(event.block)} ${event.name === null ? "has no name" : `is called @${event.name}`} again`
    case "BlockNoted":
      return `${numbered(event.block)} has ${event.note === null ? "no note" : "this note"} again`
    case "BlockPinned":
      return `${numbered(event.block)} is ${event.pinned ? "pinned again" : "not pinned any more"}`
    case "SessionRenamed":
      return event.name === null ? "This session has no name again" : `This session is called ${event.name} again`
    case "SessionPinned":
      return `This session is ${event.pinned ? "pinned again" : "not pinned any more"}`
    default:
      return "It is as it was already"
  }
}

/** The block that an undoing or redoing is about, to be shown: the first of several; null for none that is there. */
export const undoneBlock = ({ events: [event], after }: Undone): BlockId | null => {
  if (event === undefined || event._tag === "BlocksFolded") return null
  const id = "block" in event ? event.block : "blocks" in event ? event.blocks[0] : undefined
  return after.blocks.find((block) => block.id === id)?.id ?? null
}

const everyBlock = ({ blocks, deleted = [] }: Session): ReadonlyArray<BlockHeader> => [...blocks, ...deleted]

const numberIn = (session: Session, id: BlockId): number | undefined =>
  everyBlock(session).find((block) => block.id === id)?.metadata.number

/** `b3 is`, or `12 blocks are`. */
const subject = (session: Session, ids: ReadonlyArray<BlockId>): string =>
  ids.length === 1 ? `b${numberIn(session, ids[0]!)} is` : `${formatCount(ids.length)} blocks are`

/** Says whose names blocks that are back could not have again. */
const lostNames = (before: Session, after: Session, ids: ReadonlyArray<BlockId>): string => {
  const asked = new Set(ids)
  const names = everyBlock(before).flatMap(({ id, metadata: { name } }) => {
    if (name === undefined || !asked.has(id)) return []
    return after.blocks.find((block) => block.id === id)?.metadata.name === name ? [] : [`@${name}`]
  })
  if (names.length === 0) return ""
  return `; ${names.join(", ")} ${names.length === 1 ? "is another block" : "are other blocks"} by now`
}
