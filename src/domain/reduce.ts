import type { BlockHeader } from "./Block.ts"
import type { BlockId } from "./ids.ts"
import { placeLines } from "./OutputSpan.ts"
import type { Session, SessionMetadata } from "./Session.ts"
import type { SessionCreated, SessionEvent } from "./SessionEvent.ts"

/** The session that a `SessionCreated` event begins. */
export const emptySession = (event: typeof SessionCreated.Type): Session => ({
  id: event.session,
  workingDirectory: event.workingDirectory,
  environment: {},
  blocks: [],
  activeBlockId: null,
  createdAt: event.at,
  lastModified: event.at,
  metadata: { shell: event.shell, input: "", unset: [] }
})

const mapBlock = (session: Session, id: BlockId, change: (block: BlockHeader) => BlockHeader): Session => {
  // Events nearly always concern the newest blocks: search from the end.
  const index = session.blocks.findLastIndex((block) => block.id === id)
  const block = session.blocks[index]
  if (block === undefined) return session
  const next = change(block)
  return next === block ? session : { ...session, blocks: session.blocks.with(index, next) }
}

const touched = (session: Session, at: number): Session =>
  session.lastModified === at ? session : { ...session, lastModified: at }

/**
 * Folds one event into a session. Pure; an event about an unknown block changes nothing. Output is only counted: its
 * lines live in the block store.
 */
export const reduce = (session: Session, event: SessionEvent): Session => {
  switch (event._tag) {
    case "SessionCreated":
      return emptySession(event)
    case "SessionResumed":
      return touched(
        {
          ...session,
          blocks: session.blocks.map((block) =>
            block.status === "running" || block.status === "idle"
              ? { ...block, status: "interrupted", endTime: block.endTime ?? event.at }
              : block
          )
        },
        event.at
      )
    case "BlockStarted":
      return touched(
        {
          ...session,
          activeBlockId: event.block,
          metadata: event.origin === undefined ? withoutSent(session.metadata, event.command) : session.metadata,
          blocks: [
            ...session.blocks,
            {
              id: event.block,
              command: event.command,
              status: "running",
              exitCode: null,
              signal: null,
              startTime: event.at,
              endTime: null,
              metadata: {
                number: (session.blocks.at(-1)?.metadata.number ?? 0) + 1,
                directory: event.directory,
                lines: 0,
                hiddenBytes: 0,
                hiddenLines: 0,
                headLines: 0,
                folded: false,
                ...(event.origin !== undefined && { origin: event.origin }),
                notices: []
              }
            }
          ]
        },
        event.at
      )
    case "OutputFrozen":
      return mapBlock(session, event.block, (block) => ({
        ...block,
        metadata: { ...block.metadata, ...placeLines(block.metadata, event.firstLine, event.lines.length).span }
      }))
    case "BlockFinished":
      return touched(
        mapBlock(session, event.block, (block) => ({
          ...block,
          status: event.status,
          exitCode: event.exitCode,
          signal: event.signal,
          endTime: event.at,
          metadata: {
            ...block.metadata,
            lines: event.lines,
            hiddenLines: event.hiddenLines,
            hiddenBytes: event.hiddenBytes,
            headLines: event.headLines
          }
        })),
        event.at
      )
    case "NoticeAdded":
      return touched(
        mapBlock(session, event.block, (block) => ({
          ...block,
          metadata: { ...block.metadata, notices: [...block.metadata.notices, ...event.lines] }
        })),
        event.at
      )
    case "DirectoryChanged":
      return touched({ ...session, workingDirectory: event.directory }, event.at)
    case "EnvironmentChanged":
      return touched(
        {
          ...session,
          environment: event.set,
          metadata: { ...session.metadata, unset: event.unset, redacted: event.redacted ?? [] }
        },
        event.at
      )
    case "BlockFolded":
      return mapBlock(session, event.block, (block) => fold(block, event.folded))
    case "AllFolded":
      return { ...session, blocks: session.blocks.map((block) => fold(block, event.folded)) }
    case "ActiveBlockSet":
      return { ...session, activeBlockId: event.block }
    case "InputKept":
      return { ...session, metadata: { ...session.metadata, input: event.input } }
  }
}

/** What was kept of a command while it was being written is not unsent any more once it runs. */
const withoutSent = (metadata: SessionMetadata, command: string): SessionMetadata =>
  metadata.input !== "" && command.trim().startsWith(metadata.input.trim()) ? { ...metadata, input: "" } : metadata

const fold = (block: BlockHeader, folded: boolean): BlockHeader =>
  block.metadata.folded === folded ? block : { ...block, metadata: { ...block.metadata, folded } }
