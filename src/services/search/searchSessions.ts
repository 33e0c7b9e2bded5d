import { join } from "node:path"
import type { BlockHeader, OutputAccount, OutputStream } from "../../domain/Block.ts"
import { EMPTY_ACCOUNT } from "../../domain/Block.ts"
import type { BlockId, SessionId } from "../../domain/ids.ts"
import type { ArchivedFrom } from "../../domain/Session.ts"
import { type PatternOptions, type TextPattern, type TextRange, textPattern } from "../../domain/textPattern.ts"
import { plain } from "../../terminal/sanitise.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import { PersistenceError } from "../persistence/PersistenceError.ts"
import { openSessionFiles, type SessionReader } from "../persistence/SessionReader.ts"
import { type BlockText, Snapshot } from "../persistence/Snapshot.ts"
import { type StoredFiles, storedFiles } from "./storedFiles.ts"

/** What is searched for, and where. */
export interface SearchQuery extends PatternOptions {
  readonly pattern: string
  /** One session alone, archived or not; all of them unless given. */
  readonly session?: SessionId
  /** Commands only, and no output. */
  readonly commandsOnly?: boolean
  /** Blocks that failed only. */
  readonly failedOnly?: boolean
}

/** A line of output that matches. */
export interface FoundLine {
  readonly stream: OutputStream
  /** Counted from 1 over everything printed, the lines that are not kept too. */
  readonly number: number
  /** Plain text, safe to show; of a long line a stretch around the first match. */
  readonly text: string
  /** Where it matches, in `text`. */
  readonly ranges: ReadonlyArray<TextRange>
}

/** A block that matches. */
export interface FoundBlock {
  readonly session: SessionId
  /** The name the user gave it, null for none. */
  readonly sessionName: string | null
  /** The month of the archive, null for a session that is not archived. */
  readonly archived: string | null
  /** Of its files, without `.json`. */
  readonly file: string
  readonly block: BlockHeader
  /** Where its command matches. */
  readonly inCommand: ReadonlyArray<TextRange>
  /** The first lines of output that match, `MAX_LINES_PER_BLOCK` at most. */
  readonly lines: ReadonlyArray<FoundLine>
  /** How many lines match beyond those. */
  readonly more: number
}

/** What a search comes upon. */
export type SearchEvent =
  | { readonly type: "found"; readonly found: FoundBlock }
  /** A block was looked at, whether it matches or not: a moment to stop at. */
  | { readonly type: "looked" }
  /** A session, or a block of one, could not be read. */
  | { readonly type: "refused"; readonly error: PersistenceError }

/** Lines that are told of one block. */
export const MAX_LINES_PER_BLOCK = 100
/** UTF-16 units that are told of a line, and those of them before its first match. */
const MAX_LINE_LENGTH = 400
const LEAD_LENGTH = 80
const ELLIPSIS = "…"

const shorten = (text: string, ranges: ReadonlyArray<TextRange>): Pick<FoundLine, "text" | "ranges"> => {
  if (text.length <= MAX_LINE_LENGTH) return { text, ranges }
  const from = Math.max(0, (ranges[0]?.from ?? 0) - LEAD_LENGTH)
  const to = Math.min(text.length, from + MAX_LINE_LENGTH)
  const lead = from > 0 ? ELLIPSIS : ""
  return {
    text: lead + text.slice(from, to) + (to < text.length ? ELLIPSIS : ""),
    ranges: ranges
      .filter((range) => range.from < to)
      .map((range) => ({
        from: range.from - from + lead.length,
        to: Math.min(range.to, to) - from + lead.length
      }))
  }
}

interface FoundLines {
  readonly lines: ReadonlyArray<FoundLine>
  readonly more: number
}

const linesOf = (pattern: TextPattern, stream: OutputStream, stored: string, account: OutputAccount): FoundLines => {
  const text = plain(stored)
  if (!pattern.mayMatch(text)) return { lines: [], more: 0 }
  const lines: Array<FoundLine> = []
  let more = 0
  for (const [index, line] of text.split("\n").entries()) {
    const ranges = pattern.matches(line)
    if (ranges.length === 0) continue
    if (lines.length === MAX_LINES_PER_BLOCK) more++
    else {
      const hidden = index < account.headLines ? 0 : account.hiddenLines
      lines.push({ stream, number: index + hidden + 1, ...shorten(line, ranges) })
    }
  }
  return { lines, more }
}

const matchBlock = (pattern: TextPattern, query: SearchQuery, reader: SessionReader, block: BlockHeader) => {
  const inCommand = pattern.matches(block.command)
  if (query.commandsOnly === true || (block.metadata.lines === 0 && (block.metadata.stderr?.lines ?? 0) === 0)) {
    return { inCommand, lines: [], more: 0 }
  }
  const { stdout, stderr } = reader.text(block)
  const found = linesOf(pattern, "stdout", stdout, block.metadata)
  const beside = linesOf(pattern, "stderr", stderr, block.metadata.stderr ?? EMPTY_ACCOUNT)
  return { inCommand, lines: [...found.lines, ...beside.lines], more: found.more + beside.more }
}

/** @param elsewhere whether a block is another file's to be told of */
function* searchSession(
  files: StoredFiles,
  pattern: TextPattern,
  query: SearchQuery,
  elsewhere: (id: BlockId) => boolean
): Generator<SearchEvent> {
  let reader: SessionReader
  try {
    reader = openSessionFiles(files.directory, files.id, files.name)
  } catch (cause) {
    const error = PersistenceError.from(cause, files.id)
    // Archived or deleted since its name was read.
    if (error.reason !== "Unknown") yield { type: "refused", error }
    return
  }
  try {
    const { session } = reader
    const { id, archived, name: file } = files
    for (const block of session.blocks.toReversed()) {
      if ((query.failedOnly === true && block.status !== "failure") || elsewhere(block.id)) continue
      let event: SearchEvent = { type: "looked" }
      try {
        const match = matchBlock(pattern, query, reader, block)
        if (match.inCommand.length > 0 || match.lines.length > 0) {
          const sessionName = session.metadata.name ?? null
          event = { type: "found", found: { session: id, sessionName, archived, file, block, ...match } }
        }
      } catch (cause) {
        event = { type: "refused", error: PersistenceError.from(cause, block.id) }
      }
      yield event
    }
  } finally {
    reader.close()
  }
}

/** The blocks of an active session; none when it cannot be read, or is no more. */
const activeBlocks = (directory: DataDirectory, id: SessionId): ReadonlySet<BlockId> => {
  try {
    const reader = openSessionFiles(directory.active, id)
    reader.close()
    return new Set(reader.session.blocks.map((block) => block.id))
  } catch {
    return new Set()
  }
}

/** Where a document of the archive was made from; null for whole sessions, and for what cannot be read. */
const madeFrom = ({ archived, directory, name }: StoredFiles): ArchivedFrom | null => {
  try {
    return archived === null ? null : (Snapshot.readHead(directory, name)?.metadata.archived ?? null)
  } catch {
    return null
  }
}

/**
 * Every file of all sessions. A block that was cleared and brought back is told of in its session, and one of a snapshot
 * only where no session has it any more.
 */
function* searchAll(directory: DataDirectory, pattern: TextPattern, query: SearchQuery): Generator<SearchEvent> {
  const told = new Set<BlockId>()
  const snapshots: Array<StoredFiles> = []
  function* telling(files: StoredFiles, elsewhere: ReadonlySet<BlockId>): Generator<SearchEvent> {
    for (const event of searchSession(files, pattern, query, (id) => elsewhere.has(id))) {
      if (event.type === "found") told.add(event.found.block.id)
      yield event
    }
  }
  for (const files of storedFiles(directory)) {
    const from = madeFrom(files)
    if (from?.why === "save") snapshots.push(files)
    else yield* telling(files, from === null ? new Set() : activeBlocks(directory, from.session))
  }
  for (const files of snapshots) yield* telling(files, told)
}

/**
 * Searches the sessions on disk, active and archived: those that changed last first, in each the newest block first. Reads
 * one block's output at a time and holds none. Text is matched and given without its looks.
 *
 * Plain and synchronous: it runs on a thread of its own, or in a process that does nothing else. Throws nothing; a pattern
 * that is none is a problem.
 */
export const searchSessions = (
  directory: DataDirectory,
  query: SearchQuery
): Generator<SearchEvent> | { readonly problem: string } => {
  const pattern = textPattern(query.pattern, query)
  if ("problem" in pattern) return pattern
  const { session } = query
  if (session === undefined) return searchAll(directory, pattern, query)
  return (function* () {
    for (const files of storedFiles(directory)) {
      if (files.id === session) yield* searchSession(files, pattern, query, () => false)
    }
  })()
}

/** The output of a block that was found, as it is now. Throws `PersistenceError` when it cannot be read any more. */
export const readFound = (directory: DataDirectory, { session, archived, file, block }: FoundBlock): BlockText => {
  const place = archived === null ? directory.active : join(directory.archived, archived)
  const reader = openSessionFiles(place, session, file)
  try {
    return reader.text(block)
  } finally {
    reader.close()
  }
}
