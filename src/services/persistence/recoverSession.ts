import { closeSync } from "node:fs"
import type { BlockId } from "../../domain/ids.ts"
import { reduce } from "../../domain/reduce.ts"
import type { Session } from "../../domain/Session.ts"
import type { SessionEvent } from "../../domain/SessionEvent.ts"
import { replaceFile } from "./atomicReplace.ts"
import { readAt } from "./checkedFile.ts"
import type { DataDirectory } from "./dataDirectory.ts"
import type { Snapshot } from "./Snapshot.ts"
import type { NumberedEvent, StoredJournal, StoredSession } from "./StoredSession.ts"

/** Bytes copied at a time. */
const COPY_BYTES = 1024 * 1024

/** Bytes that must be put aside before their file is replaced: nothing a user had is thrown away. */
export interface Original {
  readonly directory: string
  readonly name: string
  readonly fd: number
  readonly from: number
  readonly to: number
  /** Called once it is safe, or given up. */
  readonly done: () => void
}

/** A session ready to be written to again. */
export interface RecoveredSession {
  readonly session: Session
  /** Number of the last event that is on disk in good order. */
  readonly sequence: number
  readonly snapshot: Snapshot | null
  /** The journal to go on with; null to begin a new one. */
  readonly journal: StoredJournal | null
  /** The journal on disk is damaged: a new one takes its place. */
  readonly replace: boolean
  /**
   * Events that no journal has yet: what survived in a damaged one, numbered anew, and what the live screens of blocks add
   * whose process was killed.
   */
  readonly pending: ReadonlyArray<NumberedEvent>
  readonly originals: ReadonlyArray<Original>
  /** Of the files that were read. */
  readonly inodes: ReadonlyArray<bigint>
  /** See `StoredSession`. */
  readonly lastSeen: number
  /** What happened, one line each. */
  readonly notes: ReadonlyArray<string>
}

/** For a session that has no files yet. */
export const NOTHING_STORED: Omit<RecoveredSession, "session"> = {
  sequence: 0,
  snapshot: null,
  journal: null,
  replace: false,
  pending: [],
  originals: [],
  inodes: [],
  lastSeen: 0,
  notes: []
}

/** Where recovery works. */
export interface RecoverOptions {
  readonly directory: DataDirectory
  /** Milliseconds since the epoch, for the names of originals. */
  readonly now: () => number
}

/**
 * Decides how to go on from what was read. Throws `Newer` when a later version wrote the session. A whole journal is
 * appended to; a damaged one is never written in place: its surviving events go to a new file, and the torn tail or the
 * whole original is put aside first.
 */
export const recoverSession = (stored: StoredSession, options: RecoverOptions): RecoveredSession => {
  try {
    stored.snapshot?.assertWritable()
    return recover(stored, options)
  } catch (cause) {
    stored.close()
    throw cause
  }
}

const recover = (stored: StoredSession, { directory, now }: RecoverOptions): RecoveredSession => {
  const { snapshot, journal, session, live, lastSeen } = stored
  const { id } = session
  const stamp = new Date(now()).toISOString().replace(/[:.]/g, "-")
  const originals: Array<Original> = []
  const notes: Array<string> = []
  if (snapshot !== null && snapshot.badLines > 0) {
    const name = `${id}.${stamp}.json`
    originals.push(original(directory.quarantine, name, snapshot.fd, 0, snapshot.size))
    notes.push(`${count(snapshot.badLines, "block")} could not be read; the original is kept as quarantine/${name}`)
  }
  const inodes = [snapshot?.inode, journal?.inode].filter((inode) => inode !== undefined)
  const common = { session, snapshot, originals, inodes, lastSeen }
  const pending = numberedFrom(stored.sequence, live)
  if (journal === null) return { ...common, sequence: stored.sequence, journal: null, replace: false, pending, notes }

  const last = journal.scan.records.at(-1)
  if (journal.intact && !stored.gap) {
    if (last === undefined || last.sequence === stored.sequence) {
      return { ...common, sequence: stored.sequence, journal, replace: false, pending, notes }
    }
    // Older than the snapshot altogether: what was stored over it by another program, or the snapshot's number is damaged.
    const name = `${id}.${stamp}.journal`
    originals.push(original(directory.quarantine, name, journal.fd, 0, journal.size, () => closeSync(journal.fd)))
    notes.push(`The journal is older than the session's file, and is kept as quarantine/${name}`)
    return { ...common, sequence: stored.sequence, journal: null, replace: true, pending, notes }
  }

  const done = () => closeSync(journal.fd)
  const survivors = [...journal.events.map(({ event }) => event), ...live]
  if (stored.gap) {
    const name = `${id}.${stamp}.journal`
    originals.push(original(directory.quarantine, name, journal.fd, 0, journal.size, done))
    const text = `Part of this session's journal is damaged here; the original is kept as quarantine/${name}`
    notes.push(text)
    const block = blockAtGap(stored, journal)
    if (block !== null) survivors.push({ _tag: "NoticeAdded", at: session.lastModified, block, lines: [text] })
  } else {
    const name = `${id}.torn-${stamp}`
    originals.push(original(directory.active, name, journal.fd, journal.scan.end, journal.size, done))
    notes.push(`The last write was cut short: ${count(journal.scan.tornBytes, "byte")} put aside as active/${name}`)
  }
  const sequence = snapshot?.head.sequence ?? 0
  const noticed = survivors.slice(journal.events.length + live.length).reduce(reduce, session)
  const renumbered = numberedFrom(sequence, survivors)
  return { ...common, session: noticed, sequence, journal: null, replace: true, pending: renumbered, notes }
}

const numberedFrom = (sequence: number, events: ReadonlyArray<SessionEvent>): ReadonlyArray<NumberedEvent> =>
  events.map((event, index) => ({ sequence: sequence + 1 + index, event }))

const original = (
  directory: string,
  name: string,
  fd: number,
  from: number,
  to: number,
  done = () => {}
): Original => ({
  directory,
  name,
  fd,
  from,
  to,
  done
})

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`

/** The last block that began before the first gap, else the session's first. */
const blockAtGap = (stored: StoredSession, journal: StoredJournal): BlockId | null => {
  const after = stored.snapshot?.head.sequence ?? 0
  const { records, gaps } = journal.scan
  const gap = gaps.map((index) => records[index]?.sequence ?? 0).find((sequence) => sequence > after) ?? 0
  const before = journal.events.findLast(({ sequence, event }) => sequence < gap && isStart(event))?.event
  if (before !== undefined && isStart(before)) return before.block
  return stored.snapshot?.session().blocks.at(-1)?.id ?? stored.session.blocks[0]?.id ?? null
}

const isStart = (event: SessionEvent) => event._tag === "BlockStarted"

/** Copies an original to its new place, synced. */
export const preserve = async (from: Original): Promise<void> => {
  const fd = await replaceFile(from.directory, from.name, async (sink) => {
    for (let at = from.from; at < from.to; at += COPY_BYTES) {
      await sink.write(readAt(from.fd, at, Math.min(COPY_BYTES, from.to - at)))
    }
  })
  closeSync(fd)
  from.done()
}
