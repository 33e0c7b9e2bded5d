import { type BlockHeader, isFinished } from "./Block.ts"
import type { BlockId } from "./ids.ts"
import { reduce } from "./reduce.ts"
import type { Session } from "./Session.ts"
import type { SessionEvent } from "./SessionEvent.ts"

/*
 * A session is a fold of its events: what is undone is not taken out, an event is added that makes up for it. Such an
 * event can be made up for like any other, which is redoing.
 */

/** What the user does to a session that can be taken back. A command that ran cannot. */
const UNDOABLE: ReadonlySet<SessionEvent["_tag"]> = new Set([
  "BlocksDeleted",
  "BlocksArchived",
  "AllFolded",
  "BlockRenamed",
  "BlockNoted",
  "BlockPinned",
  "SessionRenamed",
  "SessionPinned"
])

/** How something that the user did is taken back, or done again. */
export interface UndoStep {
  /** Their times are those of what they make up for, until they are applied. */
  readonly events: ReadonlyArray<SessionEvent>
  /** The number of the block that it is about, for words about one that has left meanwhile; null for none or several. */
  readonly number: number | null
}

/** Why a step cannot be applied any more. */
export type UndoProblem =
  /** What it is about is not in the session any more, and cannot be brought back from here. */
  | { readonly reason: "BlockGone"; readonly number: number | null }
  /** The name that block `number` would have again means block `other` by now. */
  | { readonly reason: "NameTaken"; readonly number: number; readonly name: string; readonly other: number }

/** A step applied to a session. */
export interface AppliedStep {
  /** What was folded, in order; none where everything was so already. */
  readonly events: ReadonlyArray<SessionEvent>
  readonly after: Session
  /** What takes these events back. */
  readonly reverse: UndoStep
}

/** The step that takes back what the user did with `event`, told from the session before it. Null where nothing is to be. */
export const undoStep = (before: Session, event: SessionEvent): UndoStep | null => {
  if (!UNDOABLE.has(event._tag)) return null
  const events = compensation(before, event)
  return events.length === 0 ? null : { events, number: numberOf(before, event) }
}

/**
 * Applies a step to the session as it is now: blocks that came since stay as they are, and a block that another way took
 * out of the session is left out, unless nothing remains.
 *
 * @param at milliseconds since the epoch
 */
export const applyStep = (session: Session, step: UndoStep, at: number): AppliedStep | UndoProblem => {
  const events: Array<SessionEvent> = []
  const reverse: Array<SessionEvent> = []
  let after = session
  for (const planned of step.events) {
    const problem = problemOf(after, planned, step.number)
    if (problem !== null) return problem
    const asked = "at" in planned ? { ...planned, at } : planned
    const back = compensation(after, asked)
    const event = narrowed(asked, back[0])
    // An active block has no step of its own: who has chosen another meanwhile keeps it.
    const changes = event._tag === "ActiveBlockSet" ? after.activeBlockId === null : back.length > 0
    if (!changes) continue
    reverse.unshift(...back)
    events.push(event)
    after = reduce(after, event)
  }
  return { events, after, reverse: { events: reverse, number: step.number } }
}

/** The event about those blocks alone that it changes. */
const narrowed = (event: SessionEvent, back: SessionEvent | undefined): SessionEvent =>
  "blocks" in event && back !== undefined && "blocks" in back ? { ...event, blocks: back.blocks } : event

/** The events that make up for `event`, given the session before it; none where it changes nothing. */
const compensation = (before: Session, event: SessionEvent): ReadonlyArray<SessionEvent> => {
  switch (event._tag) {
    case "BlocksDeleted":
    case "BlocksArchived": {
      // What has left for the session's size is not aside.
      if (event._tag === "BlocksArchived" && event.why === "size") return []
      const blocks = idsOf(before.blocks, event.blocks, ({ status }) => isFinished(status))
      if (blocks.length === 0) return []
      const { activeBlockId } = before
      const wasActive = activeBlockId !== null && blocks.includes(activeBlockId)
      return [
        { _tag: "BlocksRestored", at: event.at, blocks },
        ...(wasActive ? [{ _tag: "ActiveBlockSet", at: event.at, block: activeBlockId } as const] : [])
      ]
    }
    case "BlocksRestored": {
      const aside = before.deleted ?? []
      const blocks = idsOf(aside, event.blocks)
      const { archive } = aside.find(({ id }) => id === blocks[0])?.metadata ?? {}
      if (archive !== undefined) return [{ _tag: "BlocksArchived", at: event.at, blocks, archive, why: "clear" }]
      return blocks.length === 0 ? [] : [{ _tag: "BlocksDeleted", at: event.at, blocks }]
    }
    case "AllFolded":
    case "BlocksFolded": {
      const asked = event._tag === "AllFolded" ? null : event.blocks
      const blocks = idsOf(before.blocks, asked, ({ metadata }) => metadata.folded !== event.folded)
      return blocks.length === 0 ? [] : [{ _tag: "BlocksFolded", at: event.at, blocks, folded: !event.folded }]
    }
    case "BlockRenamed": {
      const block = before.blocks.find(({ id }) => id === event.block)
      const name = block?.metadata.name ?? null
      if (block === undefined || name === event.name) return []
      // A name means one block: whoever had it loses it.
      const other = event.name === null ? undefined : named(before, event.name)
      return [{ ...event, name }, ...(other === undefined ? [] : [{ ...event, block: other.id }])]
    }
    case "BlockNoted": {
      const block = anyBlock(before, event.block)
      const note = block?.metadata.note ?? null
      return block === undefined || note === event.note ? [] : [{ ...event, note }]
    }
    case "BlockPinned": {
      const block = anyBlock(before, event.block)
      const pinned = block?.metadata.pinned ?? false
      return block === undefined || pinned === event.pinned ? [] : [{ ...event, pinned }]
    }
    case "SessionRenamed": {
      const name = before.metadata.name ?? null
      return name === event.name ? [] : [{ ...event, name }]
    }
    case "SessionPinned": {
      const pinned = before.metadata.pinned ?? false
      return pinned === event.pinned ? [] : [{ ...event, pinned }]
    }
    default:
      return []
  }
}

/** Why this event of a step cannot be folded into the session as it is now. */
const problemOf = (now: Session, event: SessionEvent, number: number | null): UndoProblem | null => {
  const gone: UndoProblem = { reason: "BlockGone", number }
  switch (event._tag) {
    case "BlocksRestored":
      return idsOf(now.deleted ?? [], event.blocks).length === 0 ? gone : null
    case "BlocksDeleted":
    case "BlocksArchived":
    case "BlocksFolded":
      return idsOf(now.blocks, event.blocks).length === 0 ? gone : null
    case "BlockNoted":
    case "BlockPinned":
      return anyBlock(now, event.block) === undefined ? gone : null
    case "BlockRenamed": {
      const block = now.blocks.find(({ id }) => id === event.block)
      if (block === undefined) return gone
      const other = event.name === null ? undefined : named(now, event.name)
      if (event.name === null || other === undefined || other.id === event.block) return null
      return { reason: "NameTaken", number: block.metadata.number, name: event.name, other: other.metadata.number }
    }
    default:
      return null
  }
}

/** Those of `blocks` that are asked for (null: all of them) and meet `condition`, in their order. */
const idsOf = (
  blocks: ReadonlyArray<BlockHeader>,
  asked: ReadonlyArray<BlockId> | null,
  condition: (block: BlockHeader) => boolean = () => true
): ReadonlyArray<BlockId> => {
  const among = asked === null ? null : new Set(asked)
  return blocks.filter((block) => (among?.has(block.id) ?? true) && condition(block)).map(({ id }) => id)
}

const named = ({ blocks }: Session, name: string): BlockHeader | undefined =>
  blocks.find(({ metadata }) => metadata.name === name)

/** A block of the session, or one that was deleted and can be brought back: notes reach these too. */
const anyBlock = ({ blocks, deleted = [] }: Session, id: BlockId): BlockHeader | undefined =>
  blocks.find((block) => block.id === id) ?? deleted.find((block) => block.id === id)

const numberOf = (session: Session, event: SessionEvent): number | null => {
  const id = "block" in event ? event.block : "blocks" in event && event.blocks.length === 1 ? event.blocks[0] : null
  return session.blocks.find((block) => block.id === id)?.metadata.number ?? null
}
