import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  write
} from "node:fs"
import { lstat } from "node:fs/promises"
import { join } from "node:path"
import { FILE_MODE, openChecked, readAt } from "../persistence/checkedFile.ts"
import { ensureSubdirectory } from "../persistence/dataDirectory.ts"
import { describeFailure, errorCode } from "../persistence/PersistenceError.ts"

/** The directory of logs below DATA_DIR. */
export const LOG_DIRECTORY = "logs"
/** What waits for the disk at most, in bytes; lines beyond are counted and lost. */
const MAX_WAITING_BYTES = 1024 * 1024
/** Bytes written at a time. */
const BATCH_BYTES = 256 * 1024
/** A process that moves files aside takes no second: a sign left for longer was left by one that was killed, in ms. */
const STALE_SIGN_MS = 10_000
const NEWLINE = 0x0a

/** Where lines go. */
export interface LogFileOptions {
  readonly dataDir: string
  /** The file's name in `LOG_DIRECTORY`. */
  readonly name: string
  /** The size from which a file is moved aside, in bytes; null for a file that only grows. */
  readonly maxBytes: number | null
  /** Files that were moved aside and are kept: `<name>.1`, the youngest, to `<name>.<keep>`. */
  readonly keep: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The line, newline included, that says how many lines were lost before it. */
  readonly lostLine: (count: number) => string
}

/**
 * A file that lines are added to, by several processes at a time: 0600, never through a symbolic link, refused when it
 * is somebody else's. Made with the first line; opened again when somebody moved it away.
 *
 * Adding a line costs no more than an array push; what the disk says is never the caller's business. Lines that could
 * not be written wait, and are tried again with the next flush.
 */
export class LogFile {
  readonly #options: LogFileOptions
  #fd: number | null = null
  /** Device and inode of the open file. */
  #identity = ""
  #waiting: Array<Buffer> = []
  #waitingBytes = 0
  #lost = 0
  #lostInAll = 0
  #failure: string | null = null
  /** The file ends within a line: of ours, or of a process that was killed. */
  #isTorn = false
  #pump: Promise<void> | null = null

  constructor(options: LogFileOptions) {
    this.#options = options
  }

  /** Bytes that wait for the disk. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Lines that were lost. */
  get lost(): number {
    return this.#lostInAll
  }

  /** Why the last attempt to write failed, null when it did not. */
  get failure(): string | null {
    return this.#failure
  }

  /** Takes a line, newline included. */
  append(line: string): void {
    const bytes = Buffer.from(line, "utf8")
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#lost++
      this.#lostInAll++
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
  }

  /** Writes what waits, as far as the disk takes it. Never rejects. */
  flush(): Promise<void> {
    this.#pump ??= this.#drain().finally(() => {
      this.#pump = null
    })
    return this.#pump
  }

  /** Writes what waits and lets the file go. */
  async close(): Promise<void> {
    await this.#pump
    await this.flush()
    this.#letGo()
  }

  get #path(): string {
    return join(this.#options.dataDir, LOG_DIRECTORY, this.#options.name)
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const fd = await this.#ready()
        const batch = this.#batch()
        const bytes = Buffer.concat(this.#isTorn ? [Buffer.of(NEWLINE), ...batch] : batch)
        const written = await append(fd, bytes)
        if (written === 0) throw new Error("the disk took nothing")
        this.#settle(batch, this.#isTorn ? written - 1 : written)
        this.#sayWhatWasLost()
      }
      this.#failure = null
    } catch (cause) {
      this.#failure = describeFailure(cause)
    }
  }

  #batch(): ReadonlyArray<Buffer> {
    let size = 0
    let end = 0
    while (end < this.#waiting.length && size < BATCH_BYTES) {
      size += this.#waiting[end]!.length
      end++
    }
    return this.#waiting.slice(0, end)
  }

  /** Forgets the lines that are whole in the file. One of which only a part is will be repeated after a newline. */
  #settle(batch: ReadonlyArray<Buffer>, written: number): void {
    let whole = 0
    let rest = written
    while (whole < batch.length && rest >= batch[whole]!.length) {
      rest -= batch[whole]!.length
      this.#waitingBytes -= batch[whole]!.length
      whole++
    }
    this.#waiting = this.#waiting.slice(whole)
    this.#isTorn = rest > 0
  }

  #sayWhatWasLost(): void {
    if (this.#lost === 0) return
    const line = Buffer.from(this.#options.lostLine(this.#lost), "utf8")
    this.#waiting.push(line)
    this.#waitingBytes += line.length
    this.#lost = 0
  }

  /** The descriptor of the file that is at the path now, with room in it. */
  async #ready(): Promise<number> {
    const found = await this.#found()
    if (this.#fd !== null && found?.identity !== this.#identity) this.#letGo()
    const { maxBytes } = this.#options
    if (this.#fd !== null && maxBytes !== null && found !== null && found.size >= maxBytes) this.#moveAside()
    return this.#fd ?? (await this.#open())
  }

  async #found(): Promise<{ readonly identity: string; readonly size: number } | null> {
    try {
      const stats = await lstat(this.#path)
      return { identity: identityOf(stats), size: stats.size }
    } catch (cause) {
      if (errorCode(cause) === "ENOENT") return null
      throw cause
    }
  }

  async #open(): Promise<number> {
    await ensureSubdirectory(this.#options.dataDir, LOG_DIRECTORY)
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT
    const { fd, size } = openChecked(this.#path, flags, Number.MAX_SAFE_INTEGER)
    this.#fd = fd
    this.#identity = identityOf(fstatSync(fd))
    this.#isTorn = size > 0 && readAt(fd, size - 1, 1)[0] !== NEWLINE
    return fd
  }

  /**
   * Moves the full file aside, and the oldest away. Of several processes that see it full one does, behind a sign that
   * the others respect; they find a new file with their next line. Where it cannot be done the file grows.
   */
  #moveAside(): void {
    const { keep, now } = this.#options
    const sign = `${this.#path}.rotating`
    try {
      closeSync(openSync(sign, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE))
    } catch {
      removeStale(sign, now())
      return
    }
    try {
      if (identityOf(lstatSync(this.#path)) === this.#identity) {
        for (let number = keep - 1; number >= 1; number--) {
          renameIfThere(`${this.#path}.${number}`, `${this.#path}.${number + 1}`)
        }
        renameSync(this.#path, `${this.#path}.1`)
      }
      this.#letGo()
    } catch {
      // It grows, then.
    } finally {
      rmSync(sign, { force: true })
    }
  }

  #letGo(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
    this.#isTorn = false
  }
}

const identityOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`

const append = (fd: number, bytes: Buffer): Promise<number> =>
  new Promise((resolve, reject) =>
    write(fd, bytes, 0, bytes.length, null, (error, count) => (error === null ? resolve(count) : reject(error)))
  )

const renameIfThere = (from: string, to: string): void => {
  try {
    renameSync(from, to)
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause
  }
}

const removeStale = (sign: string, now: number): void => {
  try {
    if (now - statSync(sign).mtimeMs > STALE_SIGN_MS) unlinkSync(sign)
  } catch {
    // Its owner has removed it.
  }
}
