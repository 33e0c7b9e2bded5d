import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import { withoutDeleted } from "../../domain/deletedBlocks.ts"
import type { BlockId, SessionId } from "../../domain/ids.ts"
import { emptySession, reduce } from "../../domain/reduce.ts"
import type { Session } from "../../domain/Session.ts"
import {
  isWorthKeeping,
  type SessionCreated,
  type SessionEvent,
  type SessionResumed
} from "../../domain/SessionEvent.ts"
import type { StoredOutput } from "../../terminal/BlockStore.ts"
import { ensureDataDirectory, probeWritable } from "./dataDirectory.ts"
import { EventRedactor } from "./EventRedactor.ts"
import { JournalWriter, OUTPUT_FLUSH_MS, type SaveStatus } from "./JournalWriter.ts"
import { LateSave } from "./LateSave.ts"
import type { PrintedOutput } from "./LiveScreen.ts"
import { describeFailure, PersistenceError } from "./PersistenceError.ts"
import type { ProcessLock } from "./ProcessLock.ts"
import { NOTHING_STORED, type RecoveredSession, recoverSession } from "./recoverSession.ts"
import type { PrintedScreen } from "./redactScreen.ts"
import { ScreenFile } from "./ScreenFile.ts"
import { type OwnerOptions, SessionOwner, takeLock } from "./SessionOwner.ts"
import type { BlockPieces, BlockText, Snapshot } from "./Snapshot.ts"
import {
  assertStored,
  hidesOther,
  MAX_JOURNAL_BYTES,
  readBlockPieces,
  readBlockText,
  readStoredSession
} from "./StoredSession.ts"
import { outputOfText } from "./storedOutput.ts"
import { writeSnapshot } from "./writeSnapshot.ts"

/** Journal size from which a small session is compacted, in bytes. */
const COMPACT_MIN_BYTES = 4 * 1024 * 1024
/** Journal size from which any session is compacted, in bytes: a larger one would be felt when it is opened. */
const COMPACT_MAX_BYTES = 16 * 1024 * 1024
/** A large session's snapshot is rewritten less often: when the journal has this part of its size. */
const COMPACT_PART = 1 / 4

/** What stands under a command whose end nobody saw: its header's time goes to when it was last known to run. */
const KILLED_NOTICE =
  "EffectTalk was killed while this ran. What it had printed is kept; how it ended is not known, nor how much longer it ran."

/** Output that may wait for the disk, in UTF-16 units: beyond it the oldest lines are given up. */
const MAX_WAITING_UNITS = 32 * 1024 * 1024
/** What is said under a block whose lines were given up. */
const GIVEN_UP = "Lines of this output could not be saved, and were too many to wait in memory"
/**
 * Journal size from which on no output is added, in bytes: no snapshot could be written for long, and a journal of
 * `MAX_JOURNAL_BYTES` could not be opened any more.
 */
const FULL_JOURNAL_BYTES = MAX_JOURNAL_BYTES * (3 / 4)
/** Growth of a full journal after which a snapshot is tried again, in bytes: about a hundred commands. */
const FULL_JOURNAL_STEP = 64 * 1024
/** What is said under a block of which a full journal takes no more lines. */
const FULL = "Lines of this output are not saved: the journal is full, as the session's snapshot cannot be written"

/** Events that are written without delay: they are shown as saved. */
const URGENT: ReadonlySet<SessionEvent["_tag"]> = new Set(["BlockQueued", "BlockStarted", "BlockFinished"])

/** What a session file needs from its surroundings. */
export interface SessionFileOptions extends OwnerOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Journal size from which on no output is added, in bytes, where it is another than usual. */
  readonly fullJournalBytes?: number
}

/** What the screen asks of a session that is open, or only followed. */
export type SessionHandle = Pick<
  SessionFile,
  "id" | "notes" | "session" | "status" | "size" | "subscribe" | "flush" | "output"
>

/**
 * An open session: appends events, says what is on disk, reads outputs back. Plain and synchronous on the side of the
 * screen; the disk follows in the background.
 *
 * Nothing that looks like a secret goes further than here (`EventRedactor`): not into the session that this folds, and so
 * into none of its files. What is on the screen is folded elsewhere, from the events as they happened.
 *
 * When DATA_DIR cannot be written everything works in memory, `status` says why it is not saved, and saving resumes by
 * itself.
 */
export class SessionFile {
  readonly id: SessionId
  /** What was found when the session was opened, one line each, to be shown. */
  readonly notes: ReadonlyArray<string>
  readonly #options: SessionFileOptions
  readonly #writer: JournalWriter
  readonly #screen: ScreenFile
  readonly #late = new LateSave(() => this.#tell())
  /** See `StoredSession`. */
  readonly #lastSeen: number
  readonly #listeners = new Set<(status: SaveStatus) => void>()
  readonly #redactor = new EventRedactor()
  readonly #owner: SessionOwner
  #session: Session
  #snapshot: Snapshot | null
  /** Blocks of which lines were given up while the disk took nothing. */
  readonly #givenUp = new Set<BlockId>()
  /** A new session has no files before its first block. */
  #waiting: boolean
  /** Why saving will probably fail, known before it is tried. */
  #foreseen: string | null = null
  /** Journal size that calls for the next compaction, in bytes. */
  #compactAbove: number
  #compacting: Promise<void> | null = null
  /** Number of the event behind which the files are to be made anew, null when they need not be. */
  #rewriteAfter: number | null = null
  /** They could not be: that is tried again with the next compaction. */
  #rewriteFailed = false
  #closing: Promise<SaveStatus> | null = null

  private constructor(options: SessionFileOptions, recovered: RecoveredSession, lock: ProcessLock | null) {
    this.#options = options
    this.id = recovered.session.id
    this.notes = recovered.notes
    this.#session = recovered.session
    this.#snapshot = recovered.snapshot
    this.#owner = new SessionOwner(this.id, options, recovered, lock)
    this.#waiting = recovered.snapshot === null && recovered.journal === null && recovered.pending.length === 0
    this.#lastSeen = recovered.lastSeen
    this.#compactAbove = compactionLimit(this.#snapshot)
    this.#writer = new JournalWriter({
      directory: options.directory.active,
      sessionId: this.id,
      sequence: recovered.sequence,
      existing: recovered.journal,
      pending: recovered.pending,
      replace: recovered.replace,
      prepare: () => this.#prepare(),
      beforeRename: () => this.#owner.assertOwned(),
      onChange: () => this.#changed()
    })
    const { appended } = this.#writer.status
    this.#screen = new ScreenFile({
      directory: options.directory.active,
      sessionId: this.id,
      now: options.now,
      beforeWrite: () => this.#owner.assertOwned(),
      // What it says is among the events that are pending, or older than they are.
      found: appended > 0 ? appended : null
    })
  }

  /** Begins a session in memory. Its files are made, with all events so far, when its first block starts. */
  static create(event: typeof SessionCreated.Type, options: SessionFileOptions): SessionFile {
    const file = new SessionFile(options, { ...NOTHING_STORED, session: emptySession(event) }, null)
    file.append(event)
    try {
      probeWritable(options.directory)
    } catch (cause) {
      file.#foreseen = `not saved: ${describeFailure(cause)}`
    }
    return file
  }

  /**
   * Opens a stored session for writing. Damage is mended: a torn tail is saved beside the journal and cut off, both
   * sides of a gap are kept and the original goes to `quarantine`. Rejects with `PersistenceError`: `Unknown`, `Locked`,
   * `Refused`, `Damaged`, `Newer`, `Io`. A disk that cannot be written is no error: see `status`.
   */
  static async open(id: SessionId, options: SessionFileOptions): Promise<SessionFile> {
    const { active } = options.directory
    assertStored(active, id)
    let lock: ProcessLock | null = null
    let failure: PersistenceError | null = null
    try {
      await ensureDataDirectory(options.directory)
      lock = takeLock(id, options)
    } catch (cause) {
      failure = PersistenceError.from(cause, id)
      if (failure.reason !== "Io") throw failure
    }
    try {
      const recovered = recoverSession(readStoredSession(active, id), options)
      const file = new SessionFile(options, recovered, lock)
      if (failure !== null) file.#writer.fail(failure)
      else if (recovered.originals.length > 0 || recovered.pending.length > 0) await file.flush()
      else file.#screen.settled(recovered.sequence)
      return file
    } catch (cause) {
      lock?.release()
      throw PersistenceError.from(cause, id)
    }
  }

  /** The session as of the last event appended, as it is stored. */
  get session(): Session {
    return this.#session
  }

  /** What is saved. Before a new session's first block nothing needs to be. What is held back counts as one event more. */
  get status(): SaveStatus {
    const { appended, durable, failure } = this.#writer.status
    return { appended: appended + (this.#redactor.holds ? 1 : 0), durable, failure: failure ?? this.#foreseen }
  }

  /** True while a command's start or end waits unusually long for a disk that has not failed. */
  get isLate(): boolean {
    return this.#late.isLate && this.#writer.status.failure === null
  }

  /** Bytes of its files. */
  get size(): number {
    return (this.#snapshot?.size ?? 0) + this.#writer.size
  }

  /**
   * Takes an event and returns its number at once; `status.durable` reaches the number when the event survives a power
   * loss. A block's start and end are written without delay, the rest within 250 ms.
   *
   * @param add is given the event that follows from this one, if any: what was taken out is counted for who shows the block
   */
  append(event: SessionEvent, add: (event: SessionEvent) => void = () => {}): number {
    const { events, counted } = this.#redactor.storable(event, this.#session)
    const sequence = this.#fold(events)
    const urgent = URGENT.has(event._tag)
    if (isWorthKeeping(event)) this.#waiting = false
    if (!this.#waiting) this.#writer.flushWithin(urgent ? 0 : OUTPUT_FLUSH_MS)
    if (!this.#waiting && urgent) this.#late.expect(sequence)
    if (counted !== null) add(counted)
    return sequence
  }

  /**
   * Takes what the running blocks' live screens show beyond the events appended so far, in place of what was taken before;
   * of a block that is left out nothing is kept. With everything appended it is on the way to the disk at once.
   */
  keepScreens(outputs: ReadonlyArray<PrintedOutput>): void {
    if (this.#waiting || this.#closing !== null) return
    this.#screen.keep(
      outputs.map((output) => this.#printed(output)),
      this.#writer.status.appended
    )
    this.#writer.flushWithin(0)
  }

  /**
   * Says that the session was opened again, and under every command that was running, that its terminal was killed: whoever
   * ends in order ends its commands.
   */
  resume(event: Omit<typeof SessionResumed.Type, "_tag" | "lastSeen">): void {
    const left = this.#session.blocks.filter(({ status }) => status === "running")
    this.append({ _tag: "SessionResumed", ...event, ...(left.length > 0 && { lastSeen: this.#lastSeen }) })
    for (const { id: block, metadata } of left) {
      if (metadata.origin !== undefined) continue
      this.append({ _tag: "NoticeAdded", at: event.at, block, lines: [KILLED_NOTICE] })
    }
  }

  /** Tries at once to make everything appended durable; the status tells whether it worked. Never rejects. */
  async flush(): Promise<SaveStatus> {
    if (!this.#waiting) await this.#writer.flush()
    return this.status
  }

  /** Calls `listener` when the status has changed; returns how to stop. */
  subscribe(listener: (status: SaveStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * One stream of a block's output, read from disk now; null when nothing is known of the block, or for a `stderr` that
   * was not kept apart. Throws `PersistenceError` when its text cannot be read.
   */
  output(id: BlockId, stream: OutputStream = "stdout"): StoredOutput | null {
    const header = this.#session.blocks.findLast((block) => block.id === id)
    if (header === undefined) return null
    return outputOfText(header, this.#text(header), stream)
  }

  /**
   * Flushes, brings everything but deleted blocks into the snapshot and gives the session free. Resolves with the last
   * status.
   */
  close(): Promise<SaveStatus> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Bytes of its files that a block takes up; 0 for what is not on disk. */
  blockBytes(id: BlockId): number {
    const place = this.#snapshot?.place(id) ?? null
    const after = this.#snapshot?.head.sequence ?? 0
    const newer = this.#writer.outputOf(id).records.filter(({ sequence }) => sequence > after)
    return newer.reduce((sum, { length }) => sum + length, place === null ? 0 : place.end - place.start)
  }

  /**
   * Writes blocks of this session as a document of their own, `directory/<id>.json`, in place of one that is there.
   * Everything appended so far is made durable first; what the snapshot holds is copied as bytes, the rest block by block.
   * Nothing is compacted meanwhile, and the session is as it was. Rejects with what the disk says.
   *
   * @param document the new document's fields; its blocks are headers of this session, changed or not
   */
  async copyTo(directory: string, document: Session): Promise<void> {
    while (this.#compacting !== null) await this.#compacting
    if (this.#closing !== null) throw new PersistenceError({ reason: "Io", subject: this.id, detail: "it is closed" })
    const copying = this.#copy(directory, document)
    this.#compacting = copying
      .catch(() => {
        // It is the caller's to hear of.
      })
      .finally(() => {
        this.#compacting = null
      })
    return copying
  }

  /**
   * Makes the files anew, so that they say nothing any more of what events appended so far have taken back. A compaction under
   * way began before; while nothing can be saved it waits. Never rejects.
   */
  async rewrite(): Promise<void> {
    this.#rewriteAfter = this.#writer.status.appended
    this.#rewriteFailed = false
    do await this.compact()
    while (this.#isRewriteDue)
  }

  get #isRewriteDue(): boolean {
    const { failure } = this.#writer.status
    return this.#rewriteAfter !== null && !this.#rewriteFailed && failure === null && this.#closing === null
  }

  /** Brings the snapshot up to the events appended so far and begins a new journal after it. Never rejects. */
  compact(): Promise<void> {
    this.#compacting ??= this.#compact(false)
      .catch(() => {
        // The journal still has everything. What has failed is not tried again at every event.
        this.#compactAbove = this.#writer.size + (this.#isFull ? FULL_JOURNAL_STEP : compactionLimit(this.#snapshot))
        this.#rewriteFailed = true
      })
      .finally(() => {
        this.#compacting = null
      })
    return this.#compacting
  }

  /**
   * Brings everything into the snapshot and removes the journal: one file holds the session then. Nothing may be appended
   * from then on. Rejects with what the disk says, and nothing is lost.
   */
  async settle(): Promise<void> {
    this.#fold(this.#redactor.releaseAll())
    const { appended, failure } = await this.flush()
    await this.#compacting
    if (failure !== null) throw new PersistenceError({ reason: "Io", subject: this.id, detail: failure })
    await this.#settle(appended)
    if (this.#writer.size > 0) throw new Error("the journal could not be brought into the snapshot")
  }

  /** A live screen with what its redaction depends on: it goes on where the lines appended so far leave off. */
  #printed(output: PrintedOutput): PrintedScreen {
    const { block, stream } = output
    return { output, after: this.#redactor.keyState(block, stream), isKept: this.#redactor.isKept(block) }
  }

  #text(header: BlockHeader): BlockText {
    return readBlockText(header, { snapshot: this.#snapshot, ...this.#writer.outputOf(header.id) })
  }

  #changed(): void {
    this.#foreseen = null
    const { status } = this
    this.#late.settled(status.durable)
    this.#tell()
    if (status.failure !== null) return
    this.#screen.settled(status.durable)
    const isLarge = this.#writer.size > this.#compactAbove && this.#closing === null
    if (isLarge || this.#isRewriteDue) void this.compact()
  }

  #tell(): void {
    const { status } = this
    // In a turn of its own: what a listener throws is its bug, and must not pass for a failure to save.
    for (const listener of this.#listeners) queueMicrotask(() => listener(status))
  }

  /** Folds events that may be stored, and queues them; gives the last one's number. */
  #fold(events: ReadonlyArray<SessionEvent>): number {
    for (const event of events) {
      const isTooMuch = this.#isFull && event._tag === "OutputFrozen" && event.lines.length > 0
      const kept = isTooMuch ? { ...event, lines: [] } : event
      this.#session = reduce(this.#session, kept)
      this.#writer.append(kept)
      if (isTooMuch) this.#sayGivenUp(event.block, FULL)
    }
    for (const block of this.#writer.shed(MAX_WAITING_UNITS)) this.#sayGivenUp(block, GIVEN_UP)
    return this.#writer.status.appended
  }

  get #isFull(): boolean {
    return this.#writer.size > (this.#options.fullJournalBytes ?? FULL_JOURNAL_BYTES)
  }

  #sayGivenUp(block: BlockId, why: string): void {
    if (this.#givenUp.has(block)) return
    this.#givenUp.add(block)
    this.#fold([{ _tag: "NoticeAdded", at: this.#options.now(), block, lines: [why] }])
  }

  async #close(): Promise<SaveStatus> {
    // Nobody will tell how a line goes on.
    this.#fold(this.#redactor.releaseAll())
    await this.#compacting
    const status = await this.flush()
    try {
      if (status.failure === null) await this.#settle(status.appended)
    } catch {
      // The journal has everything, and the next open reads it.
    }
    this.#late.close()
    await this.#screen.close(status.failure === null)
    await this.#release()
    return status
  }

  /** With all `appended` events on disk. */
  async #settle(appended: number): Promise<void> {
    const hasDeleted = this.#snapshot?.hasDeleted === true
    if (this.#writer.size === 0 && !hasDeleted) return
    this.#owner.assertOwned()
    // The snapshot may be one that a killed process has put in place, and perhaps its name is not on disk yet.
    await this.#prepare()
    if (this.#snapshot?.head.sequence === appended && !hasDeleted) await this.#writer.remove()
    else await this.#compact(true)
  }

  async #release(): Promise<void> {
    await this.#writer.close()
    this.#snapshot?.close()
    this.#owner.release()
  }

  async #compact(last: boolean): Promise<void> {
    // What was deleted is not brought back any more.
    const session = last ? withoutDeleted(this.#session) : this.#session
    const { appended } = this.#writer.status
    const offset = await this.#writer.mark()
    if (offset === null) return
    await this.#prepare()
    const previous = this.#snapshot
    const snapshot = await writeSnapshot({
      directory: this.#options.directory.active,
      session,
      sequence: appended,
      previous,
      changedText: (header) => this.#changedText(header, appended),
      beforeRename: () => this.#owner.assertOwned()
    })
    this.#snapshot = snapshot
    await previous?.closeReplaced()
    const { status } = this.#writer
    if (last && this.#writer.size === 0) return
    if (last && status.appended === appended && status.durable === appended) await this.#writer.remove()
    else await this.#writer.dropBefore(offset)
    if (this.#rewriteAfter !== null && appended >= this.#rewriteAfter) this.#rewriteAfter = null
    this.#compactAbove = this.#writer.size + compactionLimit(snapshot)
  }

  async #copy(directory: string, document: Session): Promise<void> {
    // A session whose blocks are worth a copy is worth its own files.
    this.#waiting = false
    const { appended, failure } = await this.flush()
    if (failure !== null) throw new PersistenceError({ reason: "Io", subject: this.id, detail: failure })
    const copy = await writeSnapshot({
      directory,
      session: document,
      sequence: 0,
      previous: this.#snapshot,
      changedText: (header) => this.#changedText(header, appended),
      beforeRename: () => this.#owner.assertOwned()
    })
    await copy.closeReplaced()
  }

  /** A block's text as of event `until`, null when it is still that of the snapshot. */
  async #changedText(header: BlockHeader, until: number): Promise<BlockPieces | null> {
    const snapshot = this.#snapshot
    const { journal, records } = this.#writer.outputOf(header.id)
    const after = snapshot?.head.sequence ?? 0
    const due = records.filter(({ sequence }) => sequence > after && sequence <= until)
    if (due.length === 0 && !hidesOther(snapshot?.header(header.id), header)) return null
    return readBlockPieces(header, { snapshot, journal, records: due })
  }

  #prepare(): Promise<void> {
    return this.#owner.prepare(() => [this.#snapshot?.inode, this.#writer.inode])
  }
}

const compactionLimit = (snapshot: Snapshot | null): number =>
  Math.max(COMPACT_MIN_BYTES, Math.min(COMPACT_MAX_BYTES, (snapshot?.size ?? 0) * COMPACT_PART))
