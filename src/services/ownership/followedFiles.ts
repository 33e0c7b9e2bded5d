import { fstatSync } from "node:fs"
import { join } from "node:path"
import type { BlockId, SessionId } from "../../domain/ids.ts"
import { reduce } from "../../domain/reduce.ts"
import type { Session } from "../../domain/Session.ts"
import type { SessionEvent } from "../../domain/SessionEvent.ts"
import { closeReplaced, inodeOf, readInSteps } from "../persistence/checkedFile.ts"
import { type JournalRecord, recordAt, recordLength, recordPayload } from "../persistence/journalCodec.ts"
import { PersistenceError } from "../persistence/PersistenceError.ts"
import type { Steps } from "../persistence/Slices.ts"
import type { Snapshot } from "../persistence/Snapshot.ts"
import { addRecord, parseEvent, readStoredInSteps, type StoredSession } from "../persistence/StoredSession.ts"

/** Bytes of the journal that are taken in one part: what a look shows of it at a time, and so what is printed in one slice. */
const PART_BYTES = 256 * 1024

/** The files of a session that another process may be writing, open, and how far they were read. */
export interface Reading {
  readonly snapshot: Snapshot | null
  readonly journal: { readonly fd: number; readonly inode: bigint } | null
  /** Up to where the journal was read, in bytes. */
  end: number
  /** Number of the last event. */
  sequence: number
  /** Where each block's output lies among the journal's records. */
  readonly outputs: Map<BlockId, Array<JournalRecord>>
  /** Blocks that the journal tells of: their text may be another than the snapshot's. */
  readonly touched: Set<BlockId>
}

/** What was found in the files; nothing has been made of it yet. */
export interface Found {
  /** The files it was found in. */
  readonly reading: Reading
  /** The session as they tell it. */
  readonly told: Session
  /** What has happened, in order; null when that cannot be told: everything may be another. */
  readonly events: ReadonlyArray<SessionEvent> | null
  /** Output that `reading` does not know of yet. */
  readonly records: ReadonlyArray<readonly [BlockId, JournalRecord]>
  /** How far the journal was read for it. */
  readonly end: number
  readonly sequence: number
  /** The journal goes on behind it. */
  readonly more: boolean
}

/** The files of a session that was read just now. */
export const readingOf = ({ snapshot, journal, sequence }: StoredSession): Reading => ({
  snapshot,
  journal: journal === null ? null : { fd: journal.fd, inode: journal.inode },
  // What comes behind the last whole record is still being written.
  end: journal?.scan.end ?? 0,
  sequence,
  outputs: journal?.outputs ?? new Map(),
  touched: withBlocksOf(new Set(), journal?.events.map(({ event }) => event) ?? [])
})

/** `touched` with the blocks that events name. */
const withBlocksOf = (touched: Set<BlockId>, events: ReadonlyArray<SessionEvent>): Set<BlockId> => {
  for (const event of events) if ("block" in event && event.block !== null) touched.add(event.block)
  return touched
}

/** Makes `reading` what was found of it; `found.reading` may be another, which nobody has used yet. */
export const take = ({ reading, events, records, end, sequence }: Found): Reading => {
  for (const [block, record] of records) addRecord(reading.outputs, block, record)
  withBlocksOf(reading.touched, events ?? [])
  reading.end = end
  reading.sequence = sequence
  return reading
}

/** Lets the files go. The last close of a large one that was replaced frees its bytes: not on the event loop. */
export const closeFiles = async ({ snapshot, journal }: Reading): Promise<void> => {
  await Promise.all([snapshot?.closeReplaced(), journal === null ? null : closeReplaced(journal.fd)])
}

/** True when others have taken the files' place. While the journal's is in place a new snapshot changes nothing: it holds what was read already. */
export const isReplaced = ({ journal, snapshot }: Reading, directory: string, id: SessionId): boolean => {
  const inode = inodeOf(join(directory, `${id}.journal`))
  if (inode !== null || journal !== null) return inode !== (journal?.inode ?? null)
  const other = inodeOf(join(directory, `${id}.json`))
  return other !== null && other !== (snapshot?.inode ?? null)
}

/**
 * What the open journal, whether or not it is in place still, says behind what was read of it: all of that, or its first part.
 *
 * @param told the session as it was read so far
 */
export function* readOn(reading: Reading, told: Session): Steps<Found> {
  const { journal, end: from } = reading
  const events: Array<SessionEvent> = []
  const records: Array<readonly [BlockId, JournalRecord]> = []
  const nothing = { reading, told, events, records, end: from, sequence: reading.sequence, more: false }
  if (journal === null) return nothing
  const size = Number(fstatSync(journal.fd, { bigint: true }).size)
  // Nobody cuts a journal: somebody else has been at the file.
  if (size < from) return { ...nothing, events: null }
  if (size === from) return nothing
  const bytes = yield* readPart(journal.fd, from, size)
  let { end, sequence } = nothing
  let session = told
  for (let record = recordAt(bytes, 0); record !== null; record = recordAt(bytes, record.offset + record.length)) {
    yield
    const place = { ...record, offset: from + record.offset }
    end = place.offset + record.length
    if (record.sequence <= sequence) continue
    sequence = record.sequence
    const event = parseEvent(recordPayload(bytes, record))
    if (event === null) continue
    if (event._tag === "OutputFrozen") records.push([event.block, place])
    session = reduce(session, event)
    events.push(event)
  }
  return { ...nothing, told: session, end, sequence, more: end > from && end < size }
}

/** `PART_BYTES` of the journal at `from`, or the whole record there where that is larger. */
function* readPart(fd: number, from: number, size: number): Steps<Buffer> {
  const bytes = yield* readInSteps(fd, from, Math.min(size - from, PART_BYTES))
  const length = recordLength(bytes)
  if (length === null || length <= bytes.length || from + length > size) return bytes
  return yield* readInSteps(fd, from, length)
}

/**
 * Opens the files that have taken the place of those of `rest`, and what they say beyond it; `rest` itself when they cannot be
 * read just now. Where whoever wrote the old ones has made them, texts that no event has touched are not read again: their bytes
 * stay as they are.
 *
 * @param rest the last that the old journal says
 * @param hasOwner whether the session's owner, as the lock names it, is still the same process
 */
export function* readAnew(rest: Found, directory: string, id: SessionId, hasOwner: () => boolean): Steps<Found> {
  const { snapshot, touched } = rest.reading
  const changed = withBlocksOf(new Set(touched), rest.events ?? [])
  const known = (block: string) =>
    changed.has(block as BlockId) ? null : (snapshot?.textBytes(block as BlockId) ?? null)
  let stored: StoredSession
  try {
    stored = yield* readStoredInSteps(directory, id, id, hasOwner() ? known : null)
  } catch (cause) {
    // The next look may find it whole.
    if (cause instanceof PersistenceError) return { ...rest, events: rest.events ?? [] }
    throw cause
  }
  const { sequence, journal, gap } = stored
  const reading = readingOf(stored)
  const found = { reading, records: [], end: reading.end, sequence, more: false }
  const isKnown = (stored.snapshot?.head.sequence ?? 0) <= rest.sequence && sequence >= rest.sequence
  // A new owner counts anew what it could save of a damaged journal. Where there is none the files are others altogether,
  // as after a restore, whatever their numbers are.
  if (!isKnown || gap || rest.events === null || !hasOwner()) return { ...found, told: stored.told, events: null }
  const added = (journal?.events ?? []).filter((event) => event.sequence > rest.sequence).map(({ event }) => event)
  let { told } = rest
  for (const event of added) {
    told = reduce(told, event)
    yield
  }
  return { ...found, told, events: [...rest.events, ...added] }
}
