import { closeSync, lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { SessionId } from "../../domain/ids.ts"
import type { SessionMetadata } from "../../domain/Session.ts"
import type { SessionEvent } from "../../domain/SessionEvent.ts"
import { type CheckedFile, readAt } from "./checkedFile.ts"
import { type DataDirectory, hasActiveDirectory } from "./dataDirectory.ts"
import { recordPayload, scanJournal } from "./journalCodec.ts"
import { PersistenceError, quoted } from "./PersistenceError.ts"
import { lockOwner, type ProcessTable } from "./ProcessLock.ts"
import { openExisting, Snapshot } from "./Snapshot.ts"
import { MAX_JOURNAL_BYTES, parseEvent, parseSessionId, readStoredSession } from "./StoredSession.ts"

/** Candidates that an "ambiguous" message names. */
const MAX_CANDIDATES = 5
/** Events after which blocks are others than were counted. */
const LEAVING: ReadonlySet<SessionEvent["_tag"]> = new Set([
  "BlocksArchived",
  "BlocksCleared",
  "BlocksDeleted",
  "BlocksRestored"
])
/** How a record of output begins: a list skips them unread, as they are nearly all of a journal. */
const OUTPUT_PAYLOAD = '{"_tag":"OutputFrozen"'

/** A session as a list shows it. */
export interface SessionSummary {
  readonly id: SessionId
  /** The name the user gave it, null for none; escape it before it is shown. */
  readonly name: string | null
  readonly pinned: boolean
  /** True for one that `effecttalk exec` has made, and that nobody has worked in. */
  readonly exec: boolean
  readonly workingDirectory: string
  readonly blocks: number
  /** The newest block's command as it was typed: escape it before it is shown. */
  readonly lastCommand: string | null
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly lastModified: number
  /** The live process that has it open, null when nobody does. */
  readonly owner: number | null
}

/** All sessions, and the files that were refused by name. */
export interface SessionList {
  /** Last modified first. */
  readonly sessions: ReadonlyArray<SessionSummary>
  readonly refused: ReadonlyArray<PersistenceError>
}

const isSessionId = Schema.is(SessionId)

/** Ids of the sessions that have files; other names are somebody else's. */
const storedIds = (directory: DataDirectory): ReadonlyArray<SessionId> => {
  if (!hasActiveDirectory(directory)) return []
  const ids = new Set<SessionId>()
  for (const name of readdirSync(directory.active)) {
    const id = /^(.*)\.(?:json|journal)$/s.exec(name)?.[1]
    if (id !== undefined && isSessionId(id)) ids.add(id)
  }
  return [...ids].sort()
}

/** What the last list has read of a session's files, so that the next one reads only what is new of them. */
interface Known {
  /** Inode, size and time of the snapshot; null without one. */
  readonly snapshot: string | null
  readonly journal: { readonly inode: bigint; readonly end: number } | null
  /** The last event that is in the summary. */
  readonly sequence: number
  readonly summary: Summary
}

/** What lists remember, by session. */
export type KnownSessions = Map<SessionId, Known>

/**
 * Every active session in a few lines. Reads heads and journals, no output. Throws `PersistenceError` (`Refused`, `Io`).
 *
 * @param known what an earlier list has left here: who asks every few seconds must not read every journal each time
 */
export const listSessions = (
  directory: DataDirectory,
  processes: ProcessTable,
  known: KnownSessions = new Map()
): SessionList => {
  const sessions: Array<SessionSummary> = []
  const refused: Array<PersistenceError> = []
  const ids = storedIds(directory)
  for (const id of known.keys()) if (!ids.includes(id)) known.delete(id)
  for (const id of ids) {
    try {
      const now = summarise(directory.active, id, known.get(id))
      known.set(id, now)
      sessions.push({ ...now.summary, owner: owner(directory.active, id, processes) })
    } catch (cause) {
      known.delete(id)
      const error = PersistenceError.from(cause, id)
      // Deleted between the two looks.
      if (error.reason !== "Unknown") refused.push(error)
    }
  }
  return { sessions: sessions.sort((a, b) => b.lastModified - a.lastModified), refused }
}

const owner = (active: string, id: SessionId, processes: ProcessTable): number | null => {
  try {
    return lockOwner(active, id, processes)?.pid ?? null
  } catch {
    // A lock that cannot be read is found by whoever opens the session.
    return null
  }
}

type Summary = Omit<SessionSummary, "owner">

const summarise = (active: string, id: SessionId, before: Known | undefined): Known => {
  // The journal first, as in `readStoredSession`.
  const file = openExisting(join(active, `${id}.journal`), MAX_JOURNAL_BYTES)
  try {
    const snapshot = snapshotStamp(active, id)
    const isSame = before?.snapshot === snapshot && before?.journal?.inode === file?.inode
    const now = isSame && before !== undefined ? addNew(before, file) : null
    return now ?? summariseAnew(active, id, snapshot, file)
  } finally {
    if (file !== null) closeSync(file.fd)
  }
}

const snapshotStamp = (active: string, id: SessionId): string | null => {
  const stat = lstatSync(join(active, `${id}.json`), { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? null : `${stat.ino} ${stat.size} ${stat.mtimeNs}`
}

/** What a journal has got since; null when that cannot be told without the rest of it. */
const addNew = (before: Known, file: CheckedFile | null): Known | null => {
  if (file === null || before.journal === null) return before
  const { end, inode } = before.journal
  if (file.size === end) return before
  if (file.size < end) return null
  const bytes = readAt(file.fd, end, file.size - end)
  const added = addJournal(bytes, before.sequence, before.summary)
  if (added === null) return null
  const { sequence, summary } = added
  return { ...before, sequence, summary, journal: { inode, end: end + added.end } }
}

const summariseAnew = (active: string, id: SessionId, snapshot: string | null, file: CheckedFile | null): Known => {
  const bytes = file === null ? null : readAt(file.fd, 0, file.size)
  const head = Snapshot.readHead(active, id)
  if (head?.summary !== undefined && head.id === id) {
    const { workingDirectory, createdAt, lastModified, metadata } = head
    const base = { id, ...named(metadata), workingDirectory, createdAt, lastModified, ...head.summary }
    if (bytes === null || file === null) return { snapshot, journal: null, sequence: head.sequence, summary: base }
    const added = addJournal(bytes, head.sequence, base)
    if (added !== null) {
      const { end, sequence, summary } = added
      return { snapshot, sequence, summary, journal: { inode: file.inode, end } }
    }
  }
  const journal = bytes === null || file === null ? null : { inode: file.inode, end: scanJournal(bytes).end }
  return { snapshot, journal, ...summariseWhole(active, id) }
}

const named = ({ name, pinned, exec }: SessionMetadata) => ({
  name: name ?? null,
  pinned: pinned === true,
  exec: exec === true
})

/** No snapshot yet, or one without a summary: the session is folded, without its output. */
const summariseWhole = (active: string, id: SessionId): Pick<Known, "sequence" | "summary"> => {
  const stored = readStoredSession(active, id)
  stored.close()
  const { workingDirectory, createdAt, lastModified, metadata, blocks } = stored.session
  const summary = {
    id,
    ...named(metadata),
    workingDirectory,
    createdAt,
    lastModified,
    blocks: blocks.length,
    lastCommand: blocks.at(-1)?.command ?? null
  }
  return { sequence: stored.sequence, summary }
}

/**
 * The summary with a journal's events folded in, or those of a piece of one, which ends at `end`; null when counting cannot
 * tell what is left.
 */
const addJournal = (bytes: Buffer, after: number, base: Summary) => {
  const { end, records } = scanJournal(bytes)
  let sequence = after
  let summary = base
  for (const record of records) {
    if (record.sequence <= after) continue
    sequence = record.sequence
    const payload = recordPayload(bytes, record)
    if (payload.startsWith(OUTPUT_PAYLOAD)) continue
    const event = parseEvent(payload)
    if (event === null) continue
    if ("at" in event) summary = { ...summary, lastModified: event.at }
    if (event._tag === "DirectoryChanged") summary = { ...summary, workingDirectory: event.directory }
    if (event._tag === "SessionRenamed") summary = { ...summary, name: event.name }
    if (event._tag === "SessionResumed" && event.exec !== true) summary = { ...summary, exec: false }
    if (event._tag === "SessionPinned") summary = { ...summary, pinned: event.pinned }
    if (LEAVING.has(event._tag)) return null
    if (event._tag === "BlockQueued" || (event._tag === "BlockStarted" && event.queued !== true)) {
      summary = { ...summary, blocks: summary.blocks + 1, lastCommand: event.command }
    }
  }
  return { summary, sequence, end }
}

/**
 * The session that `text` names: its id, or what only one id begins with. Throws `PersistenceError`: `Malformed`,
 * `Unknown`, `Ambiguous`, or as the directory deserves. Opens no session file.
 */
export const resolveSession = (directory: DataDirectory, text: string): SessionId =>
  chooseSession(storedIds(directory), text)

/** The same among other sessions than those that are active. */
export const chooseSession = (ids: ReadonlyArray<SessionId>, text: string): SessionId => {
  const prefix = parseSessionId(text)
  if (ids.includes(prefix)) return prefix
  const candidates = ids.filter((id) => id.startsWith(prefix))
  const only = candidates[0]
  if (only === undefined) {
    throw new PersistenceError({ reason: "Unknown", subject: text, detail: `There is no session ${quoted(text)}` })
  }
  if (candidates.length === 1) return only
  const named = candidates.slice(0, MAX_CANDIDATES).join(", ")
  const more = candidates.length > MAX_CANDIDATES ? ` and ${candidates.length - MAX_CANDIDATES} more` : ""
  const detail = `${candidates.length} sessions begin with ${quoted(text)}: ${named}${more}`
  throw new PersistenceError({ reason: "Ambiguous", subject: text, detail })
}
