import { fstatSync } from "node:fs"
import { join } from "node:path"
import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import type { BlockId, SessionId } from "../../domain/ids.ts"
import { reduce } from "../../domain/reduce.ts"
import type { Session } from "../../domain/Session.ts"
import type { OutputFrozen, SessionEvent } from "../../domain/SessionEvent.ts"
import type { StoredOutput } from "../../terminal/BlockStore.ts"
import { inodeOf, readAt } from "../persistence/checkedFile.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import type { SaveStatus } from "../persistence/JournalWriter.ts"
import { type JournalRecord, recordAt, recordPayload } from "../persistence/journalCodec.ts"
import { type LiveScreen, screenEvents } from "../persistence/LiveScreen.ts"
import { PersistenceError } from "../persistence/PersistenceError.ts"
import { type LockOwner, lockOwner, type ProcessTable } from "../persistence/ProcessLock.ts"
import { readScreen, screenStamp } from "../persistence/ScreenFile.ts"
import {
  addRecord,
  parseEvent,
  readBlockText,
  readStoredSession,
  type StoredSession
} from "../persistence/StoredSession.ts"
import { outputOfText } from "../persistence/storedOutput.ts"

/** What a follower needs from its surroundings. */
export interface FollowerOptions {
  readonly directory: DataDirectory
  readonly processes: ProcessTable
}

/** What has happened to a followed session since it was looked at last. */
export interface FollowedChange {
  /** The session before and after, as snapshot and journal tell it. */
  readonly before: Session
  readonly told: Session
  /** The events between the two, in order; null when they cannot be told apart: everything may be another. */
  readonly events: ReadonlyArray<SessionEvent> | null
  /** What the live screens of running blocks show beyond `told`, in place of what they showed before. */
  readonly live: ReadonlyArray<LiveLines>
}

/** Lines that are still on a live screen: they may change. */
export type LiveLines = typeof OutputFrozen.Type

/** A reading of the session's files, and how far it goes. */
interface Reading {
  readonly stored: StoredSession
  /** Inodes of journal and snapshot as they were; null for a file that was not there. */
  readonly journal: bigint | null
  readonly snapshot: bigint | null
  /** Up to where the journal was read, in bytes. */
  end: number
  /** Number of the last event. */
  sequence: number
  /** Where each block's output lies among the journal's records. */
  readonly outputs: Map<BlockId, Array<JournalRecord>>
}

/** The session with what the live screens tell on top of the journal, and the lines of those. */
const withScreen = (
  told: Session,
  screen: LiveScreen | null
): { readonly live: ReadonlyArray<LiveLines>; readonly session: Session } => {
  const events = screen === null ? [] : screenEvents(told, screen)
  return { live: events.filter((event) => event._tag === "OutputFrozen"), session: events.reduce(reduce, told) }
}

/**
 * A stored session that another process may be writing, as its files tell it, again and again. Nothing is written or locked,
 * and the owner does not know: it is the journal that is read, from where the last look ended.
 *
 * A compaction replaces the snapshot and then the journal. While the journal's file is the same, whatever the snapshot is,
 * its records go on; with another file the session is read anew, and the events since the last look are those of the new
 * journal, if the new snapshot holds none that was not seen.
 *
 * Plain and synchronous: who follows looks when it likes to.
 */
export class SessionFollower {
  readonly id: SessionId
  /** A reader mends nothing, so there is nothing to say of it. */
  readonly notes: ReadonlyArray<string> = []
  readonly #options: FollowerOptions
  readonly #listeners = new Set<(change: FollowedChange) => void>()
  readonly #ownerListeners = new Set<() => void>()
  #reading: Reading
  /** As snapshot and journal tell it. */
  #told: Session
  #screen: LiveScreen | null
  #screenStamp: string
  #live: ReadonlyArray<LiveLines>
  #session: Session
  #owner: LockOwner | null
  #closed = false

  private constructor(id: SessionId, options: FollowerOptions) {
    this.id = id
    this.#options = options
    this.#owner = this.#readOwner()
    // Before the journal, which only gains meanwhile.
    this.#screenStamp = screenStamp(options.directory.active, id)
    this.#screen = readScreen(options.directory.active, id)
    this.#reading = this.#read()
    this.#told = this.#reading.stored.told
    ;({ live: this.#live, session: this.#session } = withScreen(this.#told, this.#screen))
  }

  /** Reads a session without its output. Throws `PersistenceError`: `Unknown`, `Refused`, `Damaged`, `Newer`, `Io`. */
  static open(id: SessionId, options: FollowerOptions): SessionFollower {
    return new SessionFollower(id, options)
  }

  /** What the live screens of running blocks show beyond what the journal has, as of the last look. */
  get live(): ReadonlyArray<LiveLines> {
    return this.#live
  }

  /** The session as snapshot and journal told it at the last look. */
  get told(): Session {
    return this.#told
  }

  /** The session as of the last look, the live screens counted. */
  get session(): Session {
    return this.#session
  }

  /** Who writes it, as of the last look; null for nobody. */
  get owner(): LockOwner | null {
    return this.#owner
  }

  /** Nothing of a reader's waits for the disk. */
  get status(): SaveStatus {
    return { appended: this.#reading.sequence, durable: this.#reading.sequence, failure: null }
  }

  /** There is nothing to be made durable. */
  flush(): Promise<SaveStatus> {
    return Promise.resolve(this.status)
  }

  /** Bytes of its files. */
  get size(): number {
    return (this.#reading.stored.snapshot?.size ?? 0) + this.#reading.end
  }

  /** As `SessionFile.output`. */
  output(id: BlockId, stream: OutputStream = "stdout"): StoredOutput | null {
    const header = this.#session.blocks.findLast((block) => block.id === id)
    return header === undefined ? null : outputOfText(header, this.#text(header, this.#live), stream)
  }

  /** The lines that snapshot and journal have of a block's stream. Throws `PersistenceError` when they cannot be read. */
  toldLines(id: BlockId, stream: OutputStream): ReadonlyArray<string> {
    const header = this.#told.blocks.findLast((block) => block.id === id)
    return header === undefined ? [] : (outputOfText(header, this.#text(header, []), stream)?.lines ?? [])
  }

  /** Calls `listener` after each look that has found something; returns how to stop. */
  follow(listener: (change: FollowedChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `listener` when another process has the session, or none; returns how to stop. */
  followOwner(listener: () => void): () => void {
    this.#ownerListeners.add(listener)
    return () => this.#ownerListeners.delete(listener)
  }

  /** Of a reader's saving there is nothing to tell. */
  subscribe(_listener: (status: SaveStatus) => void): () => void {
    return () => {}
  }

  /**
   * Looks at the files. What cannot be read just now (they are being replaced, the disk is gone) is left for the next look;
   * a session whose files are gone stays as it was.
   */
  look(): void {
    if (this.#closed) return
    const before = this.#told
    const isRedrawn = this.#readScreen()
    const events = this.#isReplaced() ? this.#readAnew() : this.#readOn()
    if (events !== null && events.length === 0 && !isRedrawn) return
    ;({ live: this.#live, session: this.#session } = withScreen(this.#told, this.#screen))
    const change = { before, told: this.#told, events, live: this.#live }
    for (const listener of this.#listeners) listener(change)
  }

  /** Looks at who has the session. */
  lookAtOwner(): void {
    if (this.#closed) return
    const owner = this.#readOwner()
    const before = this.#owner
    if (owner?.pid === before?.pid && owner?.elsewhere === before?.elsewhere && owner?.socket === before?.socket) return
    this.#owner = owner
    for (const listener of this.#ownerListeners) listener()
  }

  /** Lets the files go. */
  close(): void {
    if (!this.#closed) this.#reading.stored.close()
    this.#closed = true
  }

  /** True when the live screens may be others. */
  #readScreen(): boolean {
    const { active } = this.#options.directory
    const stamp = screenStamp(active, this.id)
    if (stamp === this.#screenStamp) return false
    this.#screenStamp = stamp
    this.#screen = readScreen(active, this.id)
    return true
  }

  #text(header: BlockHeader, live: ReadonlyArray<LiveLines>) {
    const { stored, outputs } = this.#reading
    const records = outputs.get(header.id) ?? []
    return readBlockText(header, {
      snapshot: stored.snapshot,
      journal: stored.journal?.fd ?? null,
      records,
      pending: live.filter(({ block }) => block === header.id)
    })
  }

  #readOwner(): LockOwner | null {
    try {
      return lockOwner(this.#options.directory.active, this.id, this.#options.processes)
    } catch {
      // A lock that cannot be read is found by whoever opens the session.
      return null
    }
  }

  #read(): Reading {
    const stored = readStoredSession(this.#options.directory.active, this.id)
    const { journal, snapshot, sequence } = stored
    return {
      stored,
      journal: journal?.inode ?? null,
      snapshot: snapshot?.inode ?? null,
      // What comes behind the last whole record is still being written.
      end: journal?.scan.end ?? 0,
      sequence,
      outputs: journal?.outputs ?? new Map()
    }
  }

  /** While the journal's file is in place a new snapshot changes nothing: it holds what was read already. */
  #isReplaced(): boolean {
    const { active } = this.#options.directory
    const journal = inodeOf(join(active, `${this.id}.journal`))
    if (journal !== null || this.#reading.journal !== null) return journal !== this.#reading.journal
    const snapshot = inodeOf(join(active, `${this.id}.json`))
    return snapshot !== null && snapshot !== this.#reading.snapshot
  }

  #readOn(): ReadonlyArray<SessionEvent> | null {
    const { stored, end } = this.#reading
    if (stored.journal === null) return []
    const { fd } = stored.journal
    const size = Number(fstatSync(fd, { bigint: true }).size)
    // Nobody cuts a journal: somebody else has been at the file.
    if (size < end) return this.#readAnew()
    if (size === end) return []
    const bytes = readAt(fd, end, size - end)
    const events: Array<SessionEvent> = []
    for (let record = recordAt(bytes, 0); record !== null; record = recordAt(bytes, record.offset + record.length)) {
      const place = { ...record, offset: end + record.offset }
      this.#reading.end = place.offset + record.length
      if (record.sequence <= this.#reading.sequence) continue
      this.#reading.sequence = record.sequence
      const event = parseEvent(recordPayload(bytes, record))
      if (event === null) continue
      if (event._tag === "OutputFrozen") addRecord(this.#reading.outputs, event.block, place)
      this.#told = reduce(this.#told, event)
      events.push(event)
    }
    return events
  }

  #readAnew(): ReadonlyArray<SessionEvent> | null {
    const before = this.#reading
    let reading: Reading
    try {
      reading = this.#read()
    } catch (cause) {
      // The next look may find it whole.
      if (cause instanceof PersistenceError) return []
      throw cause
    }
    before.stored.close()
    this.#reading = reading
    const { stored, sequence } = reading
    const isKnown = (stored.snapshot?.head.sequence ?? 0) <= before.sequence && sequence >= before.sequence
    const added = stored.journal?.events.filter((event) => event.sequence > before.sequence) ?? []
    // A new owner counts anew what it could save of a damaged journal. Where there is none the files are others altogether,
    // as after a restore, whatever their numbers are.
    const owner = this.#readOwner()
    if (!isKnown || stored.gap || owner === null || owner.pid !== this.#owner?.pid) {
      this.#told = stored.told
      return null
    }
    const events = added.map(({ event }) => event)
    this.#told = events.reduce(reduce, this.#told)
    return events
  }
}
