import { closeSync } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type BlockHeader, EMPTY_ACCOUNT, type OutputAccount, type OutputStream } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { SessionId } from "../../domain/ids.ts"
import { emptySession, reduce } from "../../domain/reduce.ts"
import type { Session } from "../../domain/Session.ts"
import { type SessionCreated, SessionEvent } from "../../domain/SessionEvent.ts"
import { sanitise } from "../../terminal/sanitise.ts"
import { inodeOf, readAt, readInSteps } from "./checkedFile.ts"
import {
  JOURNAL_VERSION,
  type JournalRecord,
  type JournalScan,
  recordAt,
  recordPayload,
  scanInSteps
} from "./journalCodec.ts"
import { KeptOutput } from "./KeptOutput.ts"
import type { KnownTexts } from "./knownLines.ts"
import { type ScreenEvent, screenEvents } from "./LiveScreen.ts"
import { FALLBACK_SHELL } from "./migrateDocument.ts"
import { PersistenceError, quoted } from "./PersistenceError.ts"
import { readScreen } from "./ScreenFile.ts"
import { atOnce, Slices, type Steps } from "./Slices.ts"
import { type BlockPieces, type BlockText, openExisting, Snapshot } from "./Snapshot.ts"

/** Largest journal that is opened, in bytes. */
export const MAX_JOURNAL_BYTES = 4 * 104_857_600

/** An event and its place in the session's order. */
export interface NumberedEvent {
  readonly sequence: number
  readonly event: SessionEvent
}

/** A journal as it was read. */
export interface StoredJournal {
  readonly path: string
  readonly fd: number
  readonly size: number
  readonly inode: bigint
  readonly scan: JournalScan
  /** Events after the snapshot, in order. */
  readonly events: ReadonlyArray<NumberedEvent>
  /** Where each block's output lies among the records after the snapshot. */
  readonly outputs: Map<BlockId, Array<JournalRecord>>
  /** No damage and no torn tail. */
  readonly intact: boolean
}

const decodeEvent = Schema.decodeUnknownEither(Schema.parseJson(SessionEvent))

/** The event in a record's payload, null when this version does not know it. Notices are sanitised: they are shown. */
export const parseEvent = (payload: string): SessionEvent | null => {
  const event = Either.getOrNull(decodeEvent(payload))
  return event?._tag === "NoticeAdded" ? { ...event, lines: event.lines.map((line) => sanitise(line)) } : event
}

interface RawJournal {
  readonly path: string
  readonly fd: number
  readonly inode: bigint
  readonly bytes: Buffer
  readonly scan: JournalScan
}

/** Reads the journal `directory/<name>.journal`, null when there is none. Throws `PersistenceError`. */
function* readJournal(directory: string, id: string, name: string): Steps<RawJournal | null> {
  const path = join(directory, `${name}.journal`)
  const file = openExisting(path, MAX_JOURNAL_BYTES)
  if (file === null) return null
  try {
    const bytes = yield* readInSteps(file.fd, 0, file.size)
    const scan = yield* scanInSteps(bytes)
    if (scan.header !== null && scan.header.sessionId !== id) {
      const detail = `${quoted(path)} is damaged: it belongs to session ${quoted(scan.header.sessionId)}`
      throw new PersistenceError({ reason: "Damaged", subject: path, detail })
    }
    if (scan.header !== null && scan.header.version > JOURNAL_VERSION) {
      const detail = `Session ${id} was written by a newer EffectTalk (journal ${scan.header.version})`
      throw new PersistenceError({ reason: "Newer", subject: id, detail })
    }
    return { path, fd: file.fd, inode: file.inode, bytes, scan }
  } catch (cause) {
    closeSync(file.fd)
    throw PersistenceError.from(cause, path)
  }
}

function* parseJournal({ bytes, scan, ...file }: RawJournal, after: number): Steps<StoredJournal> {
  const events: Array<NumberedEvent> = []
  const outputs = new Map<BlockId, Array<JournalRecord>>()
  for (const record of scan.records) {
    if (record.sequence <= after) continue
    yield
    const event = parseEvent(recordPayload(bytes, record))
    if (event === null) continue
    events.push({ sequence: record.sequence, event })
    if (event._tag === "OutputFrozen") addRecord(outputs, event.block, record)
  }
  const intact = scan.header !== null && scan.gaps.length === 0 && scan.tornBytes === 0
  return { ...file, scan, size: bytes.length, events, outputs, intact }
}

/** Notes that `record` holds output of `block`. */
export const addRecord = (outputs: Map<BlockId, Array<JournalRecord>>, block: BlockId, record: JournalRecord): void => {
  const records = outputs.get(block)
  if (records === undefined) outputs.set(block, [record])
  else records.push(record)
}

/** A session as its files tell it, read without changing them. */
export interface StoredSession {
  readonly session: Session
  /** The same as snapshot and journal alone tell it. */
  readonly told: Session
  /** Number of the last event, the damaged ones included. */
  readonly sequence: number
  readonly snapshot: Snapshot | null
  readonly journal: StoredJournal | null
  /** Damage lies between events, or before them. */
  readonly gap: boolean
  /** What the live screens of running blocks add to the journal; `session` has it. */
  readonly live: ReadonlyArray<ScreenEvent>
  /** When the process that wrote the session was alive for sure, in milliseconds since the epoch. */
  readonly lastSeen: number
  readonly close: () => void
}

/**
 * Reads journal and snapshot and folds them. Throws `PersistenceError`: `Unknown` when there are neither, else as the
 * files deserve. Safe beside a live owner.
 *
 * @param name of the files, where it is not the id
 */
export const readStoredSession = (directory: string, id: SessionId, name: string = id): StoredSession =>
  atOnce(readStoredInSteps(directory, id, name))

/** The same in steps. `known` as in `Snapshot.openInSteps`. */
export function* readStoredInSteps(
  directory: string,
  id: SessionId,
  name: string = id,
  known: KnownTexts | null = null
): Steps<StoredSession> {
  // The screen before all: a line that leaves it meanwhile is in the journal already.
  const screen = readScreen(directory, id, name)
  // The journal first: its owner begins a new one only after the snapshot that holds what went before, so the snapshot
  // read now reaches at least to the journal's first event.
  const raw = yield* readJournal(directory, id, name)
  let snapshot: Snapshot | null = null
  try {
    snapshot = yield* Snapshot.openInSteps(directory, id, name, known)
    const after = snapshot?.head.sequence ?? 0
    const journal = raw === null ? null : yield* parseJournal(raw, after)
    const first = journal?.scan.records.find((record) => record.sequence > after)
    if (snapshot === null && first === undefined) throw nothingLeft(id, journal)
    const initial = snapshot === null ? firstSession(id, journal?.events ?? []) : snapshot.session()
    let told = initial
    for (const { event } of journal?.events ?? []) {
      told = reduce(told, event)
      yield
    }
    const live = screen === null ? [] : screenEvents(told, screen)
    const session = live.reduce(reduce, told)
    const scan = journal?.scan
    return {
      session,
      told,
      sequence: Math.max(after, scan?.records.at(-1)?.sequence ?? 0),
      snapshot,
      journal,
      gap:
        (first !== undefined && first.sequence > after + 1) ||
        (scan !== undefined && (scan.gaps.length > 0 || scan.header === null)),
      live,
      lastSeen: Math.max(session.lastModified, screen?.at ?? 0),
      close: () => {
        snapshot?.close()
        if (raw !== null) closeSync(raw.fd)
      }
    }
  } catch (cause) {
    snapshot?.close()
    if (raw !== null) closeSync(raw.fd)
    throw cause
  }
}

const nothingLeft = (id: string, journal: StoredJournal | null) =>
  journal === null
    ? new PersistenceError({ reason: "Unknown", subject: id, detail: `There is no session ${quoted(id)}` })
    : new PersistenceError({ reason: "Damaged", subject: id, detail: `The journal of session ${id} holds no event` })

/** What the first event says, or the best guess when it is lost. */
const firstSession = (id: SessionId, events: ReadonlyArray<NumberedEvent>): Session => {
  const first = events.find(({ event }) => event._tag === "SessionCreated")?.event
  if (first?._tag === "SessionCreated") return emptySession({ ...first, session: id })
  const started = events.find(({ event }) => event._tag === "BlockStarted")?.event
  const guess: typeof SessionCreated.Type = {
    _tag: "SessionCreated",
    at: started?._tag === "BlockStarted" ? started.at : 0,
    session: id,
    workingDirectory: started?._tag === "BlockStarted" ? started.directory : "/",
    shell: FALLBACK_SHELL
  }
  return emptySession(guess)
}

/** Where the parts of a block's output are. */
export interface OutputSources {
  readonly snapshot: Snapshot | null
  /** Descriptor of the journal that `records` lie in. */
  readonly journal: number | null
  readonly records: ReadonlyArray<JournalRecord>
  /** Events that no file has yet. */
  readonly pending: ReadonlyArray<SessionEvent>
}

/**
 * A block's text in full: the snapshot's and what the journal adds, without what its header says is hidden. Sanitised,
 * as it came from disk.
 */
export const readBlockText = (header: BlockHeader, sources: OutputSources): BlockText => {
  const { snapshot, journal, records, pending } = sources
  const stored = snapshot?.header(header.id)
  // A journal that could not be made smaller still has what the snapshot holds by now.
  const after = snapshot?.head.sequence ?? 0
  const newer = records.filter(({ sequence }) => sequence > after)
  if (newer.length === 0 && pending.length === 0 && !hidesOther(stored, header)) {
    const base = snapshot?.text(header.id) ?? { stdout: "", stderr: "" }
    return { stdout: safeLines(base.stdout), stderr: safeLines(base.stderr) }
  }
  const outputs = keptBefore(header, sources)
  for (const event of journal === null ? [] : readEvents(journal, newer)) addTo(outputs, event)
  for (const event of pending) addTo(outputs, event)
  trim(outputs, header)
  return { stdout: safeLines(outputs.stdout.text()), stderr: safeLines(outputs.stderr.text()) }
}

/**
 * The same for a copy on disk, in pieces, read without holding the event loop up. Not sanitised again: whoever reads the copy
 * does that.
 */
export const readBlockPieces = async (
  header: BlockHeader,
  sources: Omit<OutputSources, "pending">
): Promise<BlockPieces> => {
  const outputs = keptBefore(header, sources)
  const slices = new Slices()
  for (const event of sources.journal === null ? [] : readEvents(sources.journal, sources.records)) {
    addTo(outputs, event)
    await slices.next()
  }
  trim(outputs, header)
  return { stdout: outputs.stdout.pieces(), stderr: outputs.stderr.pieces() }
}

type KeptOutputs = Readonly<Record<OutputStream, KeptOutput>>

/** What the snapshot has of a block. */
const keptBefore = ({ id }: BlockHeader, { snapshot }: Pick<OutputSources, "snapshot">): KeptOutputs => {
  const text = snapshot?.text(id) ?? { stdout: "", stderr: "" }
  const metadata = snapshot?.header(id)?.metadata
  return {
    stdout: KeptOutput.fromText(text.stdout, metadata ?? EMPTY_ACCOUNT),
    stderr: KeptOutput.fromText(text.stderr, metadata?.stderr ?? EMPTY_ACCOUNT)
  }
}

const addTo = (outputs: KeptOutputs, event: SessionEvent): void => {
  if (event._tag === "OutputFrozen") outputs[event.stream ?? "stdout"].add(event)
}

const trim = (outputs: KeptOutputs, { metadata }: BlockHeader): void => {
  outputs.stdout.trim(metadata)
  outputs.stderr.trim(metadata.stderr ?? EMPTY_ACCOUNT)
}

/** True when a block's newer header hides other lines than the one that was stored with its text. */
export const hidesOther = (stored: BlockHeader | undefined, header: BlockHeader): boolean =>
  stored !== undefined &&
  (differ(stored.metadata, header.metadata) ||
    differ(stored.metadata.stderr ?? EMPTY_ACCOUNT, header.metadata.stderr ?? EMPTY_ACCOUNT))

const differ = (one: OutputAccount, other: OutputAccount): boolean =>
  one.hiddenLines !== other.hiddenLines || one.headLines !== other.headLines

/**
 * The events of records that were read or written before. Throws `PersistenceError` (`Damaged`) where they are no more: to go on without them would lose
 * them, when a copy takes the journal's place.
 */
function* readEvents(journal: number, records: ReadonlyArray<JournalRecord>): Generator<SessionEvent> {
  for (const { offset, length, sequence } of records) {
    const bytes = readAt(journal, offset, length)
    const record = recordAt(bytes, 0)
    if (record?.sequence !== sequence) {
      const subject = `event ${sequence}`
      throw new PersistenceError({ reason: "Damaged", subject, detail: "The journal is not what it was any more" })
    }
    const event = parseEvent(recordPayload(bytes, record))
    if (event !== null) yield event
  }
}

/** Line by line, so that a sequence without an end cannot take the lines after it along. */
const safeLines = (text: string): string =>
  text
    .split("\n")
    .map((line) => sanitise(line, "keep"))
    .join("\n")

/** Throws `Unknown` unless the session has a file: nothing is made for an id that nobody has. */
export const assertStored = (directory: string, id: SessionId): void => {
  if (inodeOf(join(directory, `${id}.json`)) !== null || inodeOf(join(directory, `${id}.journal`)) !== null) return
  throw nothingLeft(id, null)
}

/** The id if it can be one; throws `Malformed`. */
export const parseSessionId = (text: string): SessionId => {
  const id = Schema.decodeUnknownEither(SessionId)(text)
  if (Either.isRight(id)) return id.right
  const detail = text === "" ? "A session id cannot be empty" : `${quoted(text)} cannot be a session id`
  throw new PersistenceError({ reason: "Malformed", subject: text, detail })
}
