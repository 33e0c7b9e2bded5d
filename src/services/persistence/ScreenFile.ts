import { closeSync, constants, ftruncateSync, lstatSync } from "node:fs"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { isLinked, openChecked, readAt, removeIfThere, syncData, syncDirectory, writeAll } from "./checkedFile.ts"
import { encodeRecord, recordAt, recordPayload } from "./journalCodec.ts"
import { type LiveOutput, LiveScreen, SCREEN_VERSION } from "./LiveScreen.ts"
import { type PrintedScreen, storableScreen } from "./redactScreen.ts"

/*
 * `<id>.screen`: two slots, each with a record as the journal has them, numbered. A record is written over the older one of
 * the two, so whatever tears that write, the other is whole. Slots begin at 0 and at their size, a power of two; when a
 * record outgrows them it is the first in larger ones, behind both of the old. A reader looks at every place where a slot
 * can begin and takes the highest number that is whole.
 */

/** Smallest slot, in bytes: a screen of plain text fits. */
const MIN_SLOT_BYTES = 16 * 1024
/** Largest screen file that is read, in bytes: two slots for `MAX_SCREEN_TEXT` of text that JSON writes six times as long. */
const MAX_FILE_BYTES = 32 * 1024 * 1024
/**
 * Bytes written per millisecond in the long run, 1 MiB a second: a line that grows to megabytes is written every few
 * seconds, a screen of the usual size every time.
 */
const BYTES_PER_MS = 1024
/** A screen of more bytes than this is written so seldom that it takes at most `1 / WORK_PART` of the time. */
const LARGE_SCREEN_BYTES = 4 * MIN_SLOT_BYTES
const WORK_PART = 50
/** How long a screen is worked on before keys and output get their turn, in milliseconds. */
const SLICE_MS = 2
/**
 * How long what is only redrawn may wait for the disk itself, in milliseconds: a clock in a corner must not keep it busy.
 * The kernel has it at once, so that only a power cut can take it. New lines are synced as they come.
 */
const REDRAW_SYNC_MS = 10_000

/** What a screen file needs. */
export interface ScreenFileOptions {
  readonly directory: string
  readonly sessionId: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Throws when the file must not be written. */
  readonly beforeWrite: () => void
  /** Number of the event from which on the file that was found holds nothing new; null when there was none. */
  readonly found: number | null
}

interface Due {
  /** None when nothing runs any more. */
  readonly screens: ReadonlyArray<PrintedScreen>
  readonly lines: number
  readonly after: number
}

const pathOf = (directory: string, name: string): string => join(directory, `${name}.screen`)

/**
 * Keeps the live screens of a session's running blocks on disk beside its journal. Plain and best effort: what cannot be
 * written is tried again with the next change, and the journal says why nothing can be saved.
 */
export class ScreenFile {
  readonly #options: ScreenFileOptions
  #fd: number | null = null
  #number = 0
  #slotBytes = MIN_SLOT_BYTES
  /** The newest record is in the second slot. */
  #second = true
  #found: number | null
  /** What is in the file, as it was printed; none for nothing, null for what is not known. */
  #written: ReadonlyArray<PrintedScreen> | null = []
  #next: Due | null = null
  #durable = 0
  #syncedLines = 0
  #syncedAt = Number.NEGATIVE_INFINITY
  /** On the clock of `performance.now()`. */
  #notBefore = 0
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> | null = null
  /** What is being written. */
  #writingNow: ReadonlyArray<PrintedScreen> | null = null
  #closed = false

  constructor(options: ScreenFileOptions) {
    this.#options = options
    this.#found = options.found
  }

  /**
   * Keeps what running blocks show now, none of them for none. It is written once event `after` is durable: a screen without
   * the lines that left it before would be one with a hole. Secrets are taken out of what is written, and of nothing else: most
   * screens of a command that prints much are replaced before.
   */
  keep(screens: ReadonlyArray<PrintedScreen>, after: number): void {
    if (isDeepStrictEqual(screens, this.#next?.screens ?? this.#writingNow ?? this.#written)) return
    const lines = screens.reduce(
      (sum, { output: { runs } }) => sum + (runs.at(-1)?.firstLine ?? 0) + (runs.at(-1)?.lines.length ?? 0),
      0
    )
    this.#next = { screens, lines, after }
    this.#try()
  }

  /** Everything up to event `durable` survives a power loss. */
  settled(durable: number): void {
    this.#durable = durable
    if (this.#found !== null && durable >= this.#found) this.#remove()
    this.#try()
  }

  /** Nothing is written any more. With `remove` the journal has everything, and the file goes. */
  async close(remove: boolean): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#writing
    const made = this.#fd !== null
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
    if (remove && made) this.#remove()
  }

  #remove(): void {
    this.#found = null
    try {
      removeIfThere(pathOf(this.#options.directory, this.#options.sessionId))
    } catch {
      // What stays is older than the journal, and folding it in again changes nothing.
    }
  }

  #try(): void {
    if (this.#closed || this.#writing !== null || this.#timer !== null) return
    if (this.#next === null || this.#next.after > this.#durable) return
    const wait = this.#notBefore - performance.now()
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = null
        this.#try()
      }, wait)
      this.#timer.unref()
      return
    }
    const due = this.#next
    this.#next = null
    this.#writingNow = due.screens
    this.#writing = this.#write(due)
      .then(
        () => {
          this.#written = due.screens
        },
        () => {
          // Whatever the slot holds now, the other one is whole. The next change of the journal or a screen tries again.
          this.#written = null
          this.#next ??= due
          return true
        }
      )
      .then((failed) => {
        this.#writing = null
        this.#writingNow = null
        if (failed !== true) this.#try()
      })
  }

  async #write({ screens, lines }: Due): Promise<void> {
    const { sessionId, now, beforeWrite } = this.#options
    const { outputs, work } = await storable(screens)
    beforeWrite()
    if (this.#fd !== null && !(await isLinked(this.#fd))) this.#forget()
    if (screens.length === 0) {
      if (this.#fd !== null) ftruncateSync(this.#fd, 0)
      this.#slotBytes = MIN_SLOT_BYTES
      this.#second = true
      this.#syncedLines = 0
      return
    }
    this.#fd ??= await this.#open()
    const encoding = performance.now()
    const head = JSON.stringify({ version: SCREEN_VERSION, session: sessionId, at: now() })
    const record = encodeRecord(++this.#number, `${head.slice(0, -1)},"outputs":${JSON.stringify(outputs)}}`)
    const encoded = performance.now()
    const pause = record.length > LARGE_SCREEN_BYTES ? (work + encoded - encoding) * WORK_PART : 0
    this.#notBefore = encoded + Math.max(record.length / BYTES_PER_MS, pause)
    await writeAll(this.#fd, record, this.#place(record.length))
    if (lines <= this.#syncedLines && now() - this.#syncedAt < REDRAW_SYNC_MS) return
    await syncData(this.#fd)
    this.#syncedLines = lines
    this.#syncedAt = now()
  }

  /** Where the next record goes, of so many bytes: never over the newest. */
  #place(bytes: number): number {
    if (bytes > this.#slotBytes) {
      while (this.#slotBytes < bytes) this.#slotBytes *= 2
      this.#second = true
    } else {
      this.#second = !this.#second
    }
    return this.#second ? this.#slotBytes : 0
  }

  async #open(): Promise<number> {
    const { directory, sessionId } = this.#options
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC
    const { fd } = openChecked(pathOf(directory, sessionId), flags, MAX_FILE_BYTES)
    try {
      await syncDirectory(directory)
    } catch (cause) {
      closeSync(fd)
      throw cause
    }
    return fd
  }

  #forget(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
    this.#slotBytes = MIN_SLOT_BYTES
    this.#second = true
    this.#syncedLines = 0
  }
}

const decodeScreen = Schema.decodeUnknownEither(Schema.parseJson(LiveScreen))

/** Screens without their secrets, and the milliseconds that it took to take them out. */
const storable = async (
  screens: ReadonlyArray<PrintedScreen>
): Promise<{ readonly outputs: ReadonlyArray<LiveOutput>; readonly work: number }> => {
  const outputs: Array<LiveOutput> = []
  let work = 0
  let since = performance.now()
  for (const screen of screens) {
    const steps = storableScreen(screen)
    let step = steps.next()
    for (; step.done !== true; step = steps.next()) {
      if (performance.now() - since < SLICE_MS) continue
      work += performance.now() - since
      await nextTurn()
      since = performance.now()
    }
    outputs.push(step.value)
  }
  return { outputs, work: work + performance.now() - since }
}

/** Differs from what it was before when the file may hold another screen; "" without a file. */
export const screenStamp = (directory: string, id: string): string => {
  const stat = lstatSync(pathOf(directory, id), { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeNs}`
}

/**
 * The newest whole screen of `directory/<name>.screen`, null when there is none that can be read: the journal is what counts.
 * To be read before the journal, which only gains meanwhile.
 */
export const readScreen = (directory: string, id: string, name: string = id): LiveScreen | null => {
  const bytes = readFile(pathOf(directory, name))
  const slots = [recordAt(bytes, 0)]
  for (let at = MIN_SLOT_BYTES; at < bytes.length; at *= 2) slots.push(recordAt(bytes, at))
  const newest = slots.filter((slot) => slot !== null).sort((a, b) => b.sequence - a.sequence)[0]
  if (newest === undefined) return null
  const screen = Either.getOrNull(decodeScreen(recordPayload(bytes, newest)))
  return screen?.session === id ? screen : null
}

const readFile = (path: string): Buffer => {
  try {
    const file = openChecked(path, constants.O_RDONLY, MAX_FILE_BYTES)
    try {
      return readAt(file.fd, 0, file.size)
    } finally {
      closeSync(file.fd)
    }
  } catch {
    return Buffer.alloc(0)
  }
}
