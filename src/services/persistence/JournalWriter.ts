import { closeSync, constants, fstatSync, unlinkSync } from "node:fs"
import { join } from "node:path"
import type { BlockId } from "../../domain/ids.ts"
import type { SessionEvent } from "../../domain/SessionEvent.ts"
import { replaceFile } from "./atomicReplace.ts"
import { closeReplaced, isLinked, openChecked, readAt, syncData, syncDirectory, writeAll } from "./checkedFile.ts"
import { encodeEvent, roomFor } from "./encodeEvent.ts"
import { encodeJournalHeader, type JournalRecord } from "./journalCodec.ts"
import { describeFailure } from "./PersistenceError.ts"
import { addRecord, MAX_JOURNAL_BYTES, type NumberedEvent } from "./StoredSession.ts"
import { WaitingEvents } from "./WaitingEvents.ts"

/** How long output may wait for the disk, in milliseconds. */
export const OUTPUT_FLUSH_MS = 250
/** Pause before the first new attempt after a failure, in milliseconds; it doubles up to `RETRY_MAX_MS`. */
const RETRY_MIN_MS = 250
const RETRY_MAX_MS = 5000
/** Bytes encoded and written at a time: more in one go would be felt while typing. */
const BATCH_BYTES = 512 * 1024

/** What is on disk and what is not. */
export interface SaveStatus {
  /** Number of the last event appended. */
  readonly appended: number
  /**
   * Number of the last event that survives a power loss; everything up to it does. What was found when the session was
   * opened counts too, and is synced before anything is added to it.
   */
  readonly durable: number
  /** `not saved: <why>`, null while saving works. */
  readonly failure: string | null
}

/** What a writer needs. */
export interface JournalWriterOptions {
  readonly directory: string
  readonly sessionId: string
  /** Last event that is on disk, or will never be. */
  readonly sequence: number
  /** The file to go on with, open for reading and whole up to `size`; null to begin a new one. It is the writer's now. */
  readonly existing: {
    readonly fd: number
    readonly size: number
    readonly inode: bigint
    readonly outputs: Map<BlockId, Array<JournalRecord>>
  } | null
  /** Events that no file has yet, numbered from `sequence + 1`. */
  readonly pending: ReadonlyArray<NumberedEvent>
  /** True when a damaged file has to go, even if nothing waits. */
  readonly replace: boolean
  /** Makes directories and lock ready before a file is opened or replaced; throws to try again later. */
  readonly prepare: () => Promise<void>
  /** Throws when the file must not be written or replaced: the session is another process's. */
  readonly beforeRename: () => void
  /** Called after every change of the status. */
  readonly onChange: () => void
}

interface OpenJournal {
  readonly fd: number
  /** Bytes up to which everything is on disk. */
  readonly size: number
  /** False until a file found on disk is opened again, for writing. */
  readonly writable: boolean
}

/**
 * Writes a session's journal: events are queued, gathered into one write, synced, and only then reported as durable.
 *
 * After any failure the file is never written again, as a second fsync may succeed without the first one's bytes being
 * on disk (PostgreSQL's fsync lesson): what was durable is copied to a new file together with what waits, and the new
 * file takes the old one's place. Events stay in memory until then.
 *
 * Plain code with callbacks: output passes here, and appending must cost no more than an array push.
 */
export class JournalWriter {
  readonly #options: JournalWriterOptions
  readonly #headerBytes: number
  #journal: OpenJournal | null
  #outputs: Map<BlockId, Array<JournalRecord>>
  #mustReplace: boolean
  readonly #pending: WaitingEvents
  #appended: number
  #durable: number
  #failure: string | null = null
  #retryMs = RETRY_MIN_MS
  #timer: NodeJS.Timeout | null = null
  #due = Number.POSITIVE_INFINITY
  #pump: Promise<void> | null = null
  #marks: Array<{ readonly sequence: number; readonly resolve: (offset: number | null) => void; offset?: number }> = []
  #dropBefore: number | null = null
  #closed = false

  constructor(options: JournalWriterOptions) {
    this.#options = options
    this.#headerBytes = encodeJournalHeader(options.sessionId).length
    this.#outputs = options.existing?.outputs ?? new Map()
    this.#journal = options.existing === null ? null : { ...options.existing, writable: false }
    this.#mustReplace = options.replace
    this.#pending = new WaitingEvents(options.pending)
    this.#appended = options.pending.at(-1)?.sequence ?? options.sequence
    this.#durable = options.sequence
  }

  get status(): SaveStatus {
    return { appended: this.#appended, durable: this.#durable, failure: this.#failure }
  }

  /** Bytes of the journal on disk. */
  get size(): number {
    return this.#journal?.size ?? 0
  }

  /** The file's inode, undefined before there is a file. */
  get inode(): bigint | undefined {
    return this.#journal === null ? undefined : fstatSync(this.#journal.fd, { bigint: true }).ino
  }

  /** Where a block's output is, for `readBlockText`. */
  outputOf(block: BlockId): {
    readonly journal: number | null
    readonly records: ReadonlyArray<JournalRecord>
    readonly pending: ReadonlyArray<SessionEvent>
  } {
    return {
      journal: this.#journal?.fd ?? null,
      records: this.#outputs.get(block) ?? [],
      pending: this.#pending.outputOf(block)
    }
  }

  /** Queues an event and returns its number. It reaches the disk with the next flush. */
  append(event: SessionEvent): number {
    this.#appended++
    this.#pending.append(this.#appended, event)
    return this.#appended
  }

  /**
   * Lets the lines of the oldest waiting output go until at most `units` (UTF-16) are held: a disk that stays full must not
   * fill the memory too. Gives the blocks that have lost lines; their events stay.
   */
  shed(units: number): ReadonlySet<BlockId> {
    return this.#pending.shed(units)
  }

  /** Sees to it that everything queued is being written within `milliseconds`. */
  flushWithin(milliseconds: number): void {
    if (this.#failure === null) this.#schedule(milliseconds)
  }

  /** Tries to make everything appended so far durable, now; the status tells whether it worked. */
  async flush(): Promise<SaveStatus> {
    const target = this.#appended
    do await this.#run()
    while (this.#durable < target && this.#failure === null && !this.#closed)
    return this.status
  }

  /** Shows a failure found elsewhere, and begins to try. */
  fail(cause: unknown): void {
    this.#setFailure(cause)
    this.#schedule(this.#retryMs)
  }

  /** Where the record of the last event appended so far ends, once it is durable; null when it could not be saved. */
  mark(): Promise<number | null> {
    if (this.#pending.length === 0) return Promise.resolve(this.size)
    return new Promise((resolve) => {
      this.#marks.push({ sequence: this.#appended, resolve })
      void this.#run()
    })
  }

  /** Begins a new generation without what lies before byte `offset`, which a snapshot now holds. */
  async dropBefore(offset: number): Promise<SaveStatus> {
    // Of a journal that was not there yet, too, no second header is kept.
    this.#dropBefore = Math.max(offset, this.#headerBytes)
    do await this.#run()
    while (this.#dropBefore !== null && this.#failure === null && !this.#closed)
    return this.status
  }

  /** Removes the file: a snapshot holds everything. Nothing may be pending. */
  async remove(): Promise<void> {
    await this.close()
    unlinkSync(this.#path)
    await syncDirectory(this.#options.directory)
  }

  /** Lets the file go once the write under way has ended. Nothing is written any more. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#pump
    if (this.#journal !== null) await closeReplaced(this.#journal.fd)
    this.#journal = null
  }

  get #path(): string {
    return join(this.#options.directory, `${this.#options.sessionId}.journal`)
  }

  #schedule(milliseconds: number): void {
    const due = performance.now() + milliseconds
    if (this.#closed || due >= this.#due) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#due = Number.POSITIVE_INFINITY
      void this.#run()
    }, milliseconds)
    // A disk that stays full must not keep the program from ending.
    if (this.#failure !== null) this.#timer.unref()
  }

  /** One pump at a time writes until nothing waits or something fails; it never rejects. */
  #run(): Promise<void> {
    this.#pump ??= this.#drain().finally(() => {
      this.#pump = null
    })
    return this.#pump
  }

  async #drain(): Promise<void> {
    try {
      while (!this.#closed && this.#hasWork()) {
        if (this.#mustReplace) await this.#openOrReplace()
        else if (this.#pending.length === 0 && this.#dropBefore === null) await this.#options.prepare()
        else if (this.#journal?.writable !== true) await this.#openOrReplace()
        else if (this.#dropBefore !== null) await this.#tryDropBefore(this.#dropBefore)
        else await this.#writeBatch()
        this.#succeeded()
      }
    } catch (cause) {
      this.#setFailure(cause)
      for (const mark of this.#marks.splice(0)) mark.resolve(null)
      this.#schedule(this.#retryMs)
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS)
    }
  }

  #hasWork(): boolean {
    return this.#pending.length > 0 || this.#dropBefore !== null || this.#mustReplace || this.#failure !== null
  }

  #setFailure(cause: unknown): void {
    this.#failure = `not saved: ${describeFailure(cause)}`
    this.#options.onChange()
  }

  #succeeded(): void {
    this.#failure = null
    this.#retryMs = RETRY_MIN_MS
    for (const mark of this.#marks.filter(({ sequence }) => sequence <= this.#durable)) {
      mark.resolve(mark.offset ?? this.size)
    }
    this.#marks = this.#marks.filter(({ sequence }) => sequence > this.#durable)
    this.#options.onChange()
  }

  async #openOrReplace(): Promise<void> {
    await this.#options.prepare()
    if (this.#journal === null || this.#mustReplace || !(await isLinked(this.#journal.fd))) {
      return this.#replace(this.#headerBytes)
    }
    const { fd, size } = this.#journal
    const file = openChecked(this.#path, constants.O_RDWR, MAX_JOURNAL_BYTES)
    if (file.inode !== this.#options.existing?.inode || file.size !== size) {
      closeSync(file.fd)
      throw new Error("another program changed the journal")
    }
    closeSync(fd)
    this.#journal = { fd: file.fd, size, writable: true }
    // Whoever wrote it may have been killed before it was synced.
    this.#mustReplace = true
    await syncData(file.fd)
    this.#mustReplace = false
  }

  /** A smaller journal is a gain, not a need: when there is no room for it, the large one goes on. */
  async #tryDropBefore(offset: number): Promise<void> {
    try {
      await this.#replace(offset)
    } catch {
      this.#dropBefore = null
    }
  }

  async #writeBatch(): Promise<void> {
    const { fd, size } = this.#journal!
    // Until the bytes are synced nothing is known about the file's end.
    this.#mustReplace = true
    this.#options.beforeRename()
    const batch = this.#encode(0, size)
    await writeAll(fd, batch.bytes, size)
    await syncData(fd)
    if (!(await isLinked(fd))) throw new Error("the journal was removed")
    this.#settle(batch, { fd, size: size + batch.bytes.length, writable: true })
    this.#mustReplace = false
  }

  /** Writes a new file: the old one's durable bytes from `offset` on, then everything that waits. */
  async #replace(offset: number): Promise<void> {
    const old = this.#journal
    const header = encodeJournalHeader(this.#options.sessionId)
    const shift = header.length - offset
    const batches: Array<EncodedBatch> = []
    let count = 0
    const produce = async (sink: {
      readonly position: number
      readonly write: (bytes: Uint8Array) => Promise<void>
    }) => {
      await sink.write(header)
      if (old !== null) {
        for (let at = offset; at < old.size; at += BATCH_BYTES) {
          const length = Math.min(BATCH_BYTES, old.size - at)
          const bytes = readAt(old.fd, at, length)
          if (bytes.length < length) throw new Error("the journal became shorter")
          await sink.write(bytes)
        }
      }
      while (count < this.#pending.length) {
        const batch = this.#encode(count, sink.position)
        count += batch.events
        batches.push(batch)
        await sink.write(batch.bytes)
      }
    }
    const fd = await replaceFile(
      this.#options.directory,
      `${this.#options.sessionId}.journal`,
      produce,
      this.#options.beforeRename
    )
    if (shift !== 0) this.#outputs = shifted(this.#outputs, offset, shift)
    this.#journal = { fd, size: fstatSync(fd).size, writable: true }
    for (const batch of batches) this.#settle(batch, this.#journal)
    this.#mustReplace = false
    if (this.#dropBefore === offset) this.#dropBefore = null
    if (old !== null) await closeReplaced(old.fd)
  }

  /** Encodes waiting events from index `from` on, as records that begin at byte `offset`. */
  #encode(from: number, offset: number): EncodedBatch {
    const parts: Array<Buffer> = []
    const records: EncodedBatch["records"] = []
    let at = offset
    let index = from
    for (; index < this.#pending.length && at - offset < BATCH_BYTES; index++) {
      const { sequence, event } = this.#pending.at(index)!
      const bytes = encodeEvent(sequence, event, roomFor(event, at))
      if (event._tag === "OutputFrozen") {
        records.push({ block: event.block, record: { sequence, offset: at, length: bytes.length } })
      }
      parts.push(bytes)
      at += bytes.length
      for (const mark of this.#marks) if (mark.sequence === sequence) mark.offset = at
    }
    return { bytes: Buffer.concat(parts), events: index - from, records }
  }

  /** The batch, which holds the first waiting events, is on disk. */
  #settle(batch: EncodedBatch, journal: OpenJournal): void {
    this.#journal = journal
    this.#durable = this.#pending.settle(batch.events) ?? this.#durable
    for (const { block, record } of batch.records) addRecord(this.#outputs, block, record)
  }
}

interface EncodedBatch {
  readonly bytes: Buffer
  readonly events: number
  readonly records: Array<{ readonly block: BlockId; readonly record: JournalRecord }>
}

const shifted = (
  outputs: ReadonlyMap<BlockId, ReadonlyArray<JournalRecord>>,
  from: number,
  by: number
): Map<BlockId, Array<JournalRecord>> => {
  const moved = new Map<BlockId, Array<JournalRecord>>()
  for (const [block, records] of outputs) {
    for (const record of records) {
      if (record.offset >= from) addRecord(moved, block, { ...record, offset: record.offset + by })
    }
  }
  return moved
}
