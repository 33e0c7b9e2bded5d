import { type BlockHeader, EMPTY_ACCOUNT, isFinished, type OutputAccount } from "./Block.ts"
import {
  archiveBlocks,
  deleteBlocks,
  highestNumber,
  keepBlocks,
  restoreBlocks,
  withoutDeleted
} from "./deletedBlocks.ts"
import { environmentId, recordEnvironment } from "./environments.ts"
import type { BlockId } from "./ids.ts"
import { placeLines } from "./OutputSpan.ts"
import type { Session, SessionMetadata } from "./Session.ts"
import type {
  BlockQueued,
  BlockStarted,
  OutputFrozen,
  SessionCreated,
  SessionEvent,
  SessionResumed
} from "./SessionEvent.ts"

/** The session that a `SessionCreated` event begins. */
export const emptySession = (event: typeof SessionCreated.Type): Session => ({
  id: event.session,
  workingDirectory: event.workingDirectory,
  environment: {},
  blocks: [],
  activeBlockId: null,
  createdAt: event.at,
  lastModified: event.at,
  metadata: { shell: event.shell, input: "", unset: [], ...(event.exec === true && { exec: true }) }
})

const mapBlock = (session: Session, id: BlockId, change: (block: BlockHeader) => BlockHeader): Session => {
  // Events nearly always concern the newest blocks: search from the end.
  const index = session.blocks.findLastIndex((block) => block.id === id)
  const block = session.blocks[index]
  if (block === undefined) return mapDeleted(session, id, change)
  const next = change(block)
  return next === block ? session : { ...session, blocks: session.blocks.with(index, next) }
}

/** What the shell says late of a block that was deleted is there when the block is brought back. */
const mapDeleted = (session: Session, id: BlockId, change: (block: BlockHeader) => BlockHeader): Session => {
  if (!session.deleted?.some((block) => block.id === id)) return session
  return { ...session, deleted: session.deleted.map((block) => (block.id === id ? change(block) : block)) }
}

/** One more. As arrays are joined it is one copy; a spread with something behind it grows, which for 10,000 blocks is ten times slower. */
const withBlock = ({ blocks }: Session, block: BlockHeader): ReadonlyArray<BlockHeader> => blocks.concat([block])

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
          ...withoutDeleted(session),
          metadata: event.exec === true ? session.metadata : withoutExec(session.metadata),
          blocks: session.blocks.map((block) =>
            block.status === "running" || block.status === "idle"
              ? { ...block, status: "interrupted", endTime: block.endTime ?? endOfKilled(block, event) }
              : block
          )
        },
        event.at
      )
    case "SessionRenamed": {
      const { name: _name, ...metadata } = session.metadata
      return touched(
        { ...session, metadata: event.name === null ? metadata : { ...metadata, name: event.name } },
        event.at
      )
    }
    case "SessionPinned":
      return { ...session, metadata: { ...session.metadata, pinned: event.pinned } }
    case "BlockQueued":
      return touched(
        {
          ...session,
          metadata: withoutSent(session.metadata, event.command),
          blocks: withBlock(session, newBlock(session, event, "idle", null))
        },
        event.at
      )
    case "BlockStarted": {
      const ownEnvironment = event.origin === undefined && event.environment === undefined
      const known = !ownEnvironment
        ? { metadata: session.metadata, id: event.environment ?? null }
        : event.incognito === true
          ? { metadata: session.metadata, id: environmentId(session) }
          : recordEnvironment(session)
      const started = event.queued === true ? startQueued(session, event, known.id) : null
      const metadata =
        event.origin === undefined && started === null ? withoutSent(known.metadata, event.command) : known.metadata
      const blocks = started ?? withBlock(session, newBlock(session, event, "running", event.at, known.id))
      return touched({ ...session, activeBlockId: event.block, metadata, blocks }, event.at)
    }
    case "NumberTaken":
      return { ...session, metadata: { ...session.metadata, lastNumber: highestNumber(session) + 1 } }
    case "OutputFrozen":
      return mapBlock(session, event.block, (block) => {
        const { metadata } = block
        if (event.stream !== "stderr") return { ...block, metadata: { ...metadata, ...accountAfter(metadata, event) } }
        const account = metadata.stderr ?? EMPTY_ACCOUNT
        return { ...block, metadata: { ...metadata, stderr: { ...account, ...accountAfter(account, event) } } }
      })
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
            headLines: event.headLines,
            ...(event.stderr !== undefined && { stderr: event.stderr })
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
    case "BlocksFolded": {
      const asked = new Set(event.blocks)
      return {
        ...session,
        blocks: session.blocks.map((block) => (asked.has(block.id) ? fold(block, event.folded) : block))
      }
    }
    case "ActiveBlockSet":
      return { ...session, activeBlockId: event.block }
    case "BlockRenamed":
      return touched(rename(session, event.block, event.name), event.at)
    case "BlockNoted":
      return touched(
        mapBlock(session, event.block, ({ metadata: { note: _note, ...metadata }, ...block }) => ({
          ...block,
          metadata: event.note === null ? metadata : { ...metadata, note: event.note }
        })),
        event.at
      )
    case "BlockPinned":
      return touched(
        mapBlock(session, event.block, ({ metadata: { pinned: _pinned, ...metadata }, ...block }) => ({
          ...block,
          metadata: event.pinned ? { ...metadata, pinned: true } : metadata
        })),
        event.at
      )
    case "BlocksDeleted":
      return touched(deleteBlocks(session, event.blocks), event.at)
    case "BlocksArchived":
      return touched(archiveBlocks(session, event), event.at)
    case "BlocksRestored":
      return touched(restoreBlocks(session, event.blocks), event.at)
    case "BlocksCleared": {
      const blocks = session.blocks.filter(({ status, metadata }) => !isFinished(status) || metadata.pinned === true)
      return touched(keepBlocks(session, blocks), event.at)
    }
    case "ShellUsed":
      return touched(session, event.at)
    case "InputKept":
      return { ...session, metadata: { ...session.metadata, input: event.input } }
    case "SecretsRedacted":
      return mapBlock(session, event.block, ({ metadata: { redacted: _redacted, ...metadata }, ...block }) => ({
        ...block,
        metadata: event.count === 0 ? metadata : { ...metadata, redacted: event.count }
      }))
    case "SecretsKept":
      return touched(
        mapBlock(session, event.block, ({ metadata: { redacted: _redacted, ...metadata }, ...block }) => ({
          ...block,
          command: event.command,
          metadata: { ...metadata, notices: event.notices, ...(event.from !== undefined && { from: event.from }) }
        })),
        event.at
      )
  }
}

/** A stream's account once more of it is in the journal. */
const accountAfter = (account: OutputAccount, event: typeof OutputFrozen.Type): OutputAccount => {
  const { span } = placeLines(account, event.firstLine, event.lines.length)
  const { hiddenBytes = account.hiddenBytes } = event
  // What is missing of a long line while no line is missing is said at the end.
  return span.hiddenLines === 0 && hiddenBytes > 0
    ? { ...span, hiddenBytes, headLines: span.lines }
    : { ...span, hiddenBytes }
}

/** When a block ended whose process was killed. */
const endOfKilled = (block: BlockHeader, { at, lastSeen = at }: typeof SessionResumed.Type): number =>
  Math.max(block.startTime ?? 0, lastSeen)

/** A name means one block: the last that was given it. */
const rename = (session: Session, id: BlockId, name: string | null): Session => {
  const unnamed = ({ metadata: { name: _name, ...metadata }, ...block }: BlockHeader): BlockHeader => ({
    ...block,
    metadata
  })
  if (!session.blocks.some((block) => block.id === id)) return session
  const other = name === null ? undefined : session.blocks.find(({ metadata }) => metadata.name === name)
  const freed = other === undefined || other.id === id ? session : mapBlock(session, other.id, unnamed)
  return mapBlock(freed, id, (block) => {
    const { metadata, ...rest } = unnamed(block)
    return { ...rest, metadata: name === null ? metadata : { ...metadata, name } }
  })
}

/** Somebody works in it. */
const withoutExec = (metadata: SessionMetadata): SessionMetadata => {
  if (metadata.exec === undefined) return metadata
  const { exec: _exec, ...rest } = metadata
  return rest
}

/** The blocks with the queued one running, null when it is not there. */
const startQueued = (
  session: Session,
  event: typeof BlockStarted.Type,
  environment: number | null
): ReadonlyArray<BlockHeader> | null => {
  const index = session.blocks.findLastIndex((block) => block.id === event.block)
  const queued = session.blocks[index]
  if (queued === undefined) return null
  const { metadata, ...block } = newBlock(session, event, "running", event.at, environment)
  const { number, folded, name, note, pinned, redacted } = queued.metadata
  const said = {
    ...(name !== undefined && { name }),
    ...(note !== undefined && { note }),
    ...(pinned && { pinned }),
    ...(redacted !== undefined && { redacted })
  }
  return session.blocks.with(index, { ...block, metadata: { ...metadata, number, folded, ...said } })
}

const newBlock = (
  session: Session,
  event: typeof BlockQueued.Type | typeof BlockStarted.Type,
  status: BlockHeader["status"],
  startTime: number | null,
  environment: number | null = null
): BlockHeader => {
  const started = event._tag === "BlockStarted" ? event : null
  return {
    id: event.block,
    command: event.command,
    status,
    exitCode: null,
    signal: null,
    startTime,
    endTime: null,
    metadata: {
      number: highestNumber(session) + 1,
      directory: event.directory,
      ...EMPTY_ACCOUNT,
      folded: false,
      ...(started?.origin !== undefined && { origin: started.origin }),
      ...(started?.from !== undefined && { from: started.from }),
      ...(started?.beside === true && { beside: true }),
      ...(started?.plain === true && { plain: true }),
      ...(started?.timeLimit !== undefined && { timeLimit: started.timeLimit }),
      ...(started?.split === true && { stderr: EMPTY_ACCOUNT }),
      ...(environment !== null && { environment }),
      ...(event.incognito === true && { incognito: true }),
      notices: []
    }
  }
}

/** Whether a text that was kept while it was being written is, or begins, the command that runs now. */
export const isSent = (input: string, command: string): boolean =>
  input !== "" && command.trim().startsWith(input.trim())

/** What was kept of a command while it was being written is not unsent any more once it runs. */
const withoutSent = (metadata: SessionMetadata, command: string): SessionMetadata =>
  isSent(metadata.input, command) ? { ...metadata, input: "" } : metadata

const fold = (block: BlockHeader, folded: boolean): BlockHeader =>
  block.metadata.folded === folded ? block : { ...block, metadata: { ...block.metadata, folded } }
