import { randomBytes } from "node:crypto"
import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  read,
  readdirSync,
  statSync,
  unlinkSync,
  write,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { replaceFile } from "../persistence/atomicReplace.ts"
import {
  FILE_MODE,
  inodeOf,
  openChecked,
  readAt,
  removeIfThere,
  syncData,
  tryLink
} from "../persistence/checkedFile.ts"
import { dataDirectory, ensureDataDirectory } from "../persistence/dataDirectory.ts"
import { errorCode, PersistenceError, quoted } from "../persistence/PersistenceError.ts"
import { ProcessLock, type ProcessTable } from "../persistence/ProcessLock.ts"
import { HEADER_LINE, HISTORY_VERSION, type HistoryLine, lineOf, parseLine } from "./historyCodec.ts"

/** The file's name below DATA_DIR. */
export const HISTORY_FILE = "history.jsonl"
/** Names the lock of whoever rewrites it: `history.lock`. */
const LOCK = "history"
/** Largest file that is read, in bytes: 100,000 commands are some 20 MB. */
export const MAX_HISTORY_FILE_BYTES = 1_073_741_824
/** Bytes read and parsed between two turns of the event loop: some 2 ms. */
const CHUNK_BYTES = 131_072
/** How often an append is tried again whose file was replaced meanwhile. */
const MAX_APPENDS = 5

const NEWLINE = 10
const STEM = `^\\.${HISTORY_FILE.replace(".", "\\.")}\\.`
const CARRY = new RegExp(`${STEM}(\\d+)\\.[\\w-]+\\.carry$`)
const TEMPORARY = new RegExp(`${STEM}[\\w-]+\\.tmp$`)

/** How far a reader has read, and in which file. */
export interface HistoryCursor {
  readonly inode: bigint
  /** When the file was made, in nanoseconds since the epoch: a file that is gone leaves its inode to the next. */
  readonly madeAt: bigint
  /** In bytes; behind a newline. */
  readonly offset: number
}

/** What a reader has found. */
export interface HistoryReading {
  /** Everything was read anew: what was known before is void. */
  readonly anew: boolean
  readonly cursor: HistoryCursor | null
}

/**
 * The file of the commands that were run, shared by every window.
 *
 * Appending takes no lock: a line is one write to a file opened to append, after which the writer looks whether the file
 * is still the one of that name, and writes again if not. Rewriting takes the lock, gives the old file a second name
 * (`.history.jsonl.<bytes>.<random>.carry`), puts the new one in its place, and then carries over what was appended to the
 * old one behind the bytes that it had read: a line that was written before the exchange is carried, one that was written
 * after it is written again. Both may happen to one line; entries of the same command, time and session are one. A crash
 * in between leaves the second name, which whoever rewrites next carries over.
 *
 * Methods throw `PersistenceError`.
 */
export class HistoryFile {
  readonly #root: string
  readonly #path: string
  readonly #table: ProcessTable
  /** The file whose first line was looked at last. */
  #checked: bigint | null = null

  constructor(root: string, table: ProcessTable) {
    this.#root = root
    this.#path = join(root, HISTORY_FILE)
    this.#table = table
  }

  get path(): string {
    return this.#path
  }

  /** Appends whole lines, each with its newline, in one write. The file is made when there is none. */
  async append(lines: string): Promise<void> {
    for (let attempt = 0; attempt < MAX_APPENDS; attempt++) {
      const file = await this.#openToAppend()
      try {
        if (file.inode !== this.#checked) checkVersion(file.fd)
        this.#checked = file.inode
        const isTorn = file.size > 0 && readAt(file.fd, file.size - 1, 1)[0] !== NEWLINE
        const bytes = Buffer.from(isTorn ? `\n${lines}` : lines)
        const written = await new Promise<number>((resolve, reject) =>
          write(file.fd, bytes, 0, bytes.length, null, (error, count) =>
            error === null ? resolve(count) : reject(error)
          )
        )
        // The next line begins on a row of its own, whatever is there of this one.
        if (written < bytes.length) throw new Error("the disk took only a part of it")
      } catch (cause) {
        throw PersistenceError.from(cause, this.#path)
      } finally {
        closeSync(file.fd)
      }
      if (inodeOf(this.#path) === file.inode) return
    }
    throw new PersistenceError({ reason: "Io", subject: this.#path, detail: `${quoted(this.#path)} keeps changing` })
  }

  async #openToAppend() {
    const flags = constants.O_RDWR | constants.O_APPEND
    try {
      return openChecked(this.#path, flags, MAX_HISTORY_FILE_BYTES)
    } catch (cause) {
      if (!isMissing(cause)) throw cause
    }
    await this.#create()
    return openChecked(this.#path, flags, MAX_HISTORY_FILE_BYTES)
  }

  /** Puts a file with nothing but its first line in place, unless another window was faster. */
  async #create(): Promise<void> {
    try {
      await ensureDataDirectory(dataDirectory(this.#root))
      const aside = join(this.#root, `.${HISTORY_FILE}.${randomBytes(9).toString("base64url")}.tmp`)
      const fd = openSync(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE)
      try {
        writeSync(fd, HEADER_LINE)
        tryLink(aside, this.#path)
      } finally {
        closeSync(fd)
        unlinkSync(aside)
      }
    } catch (cause) {
      throw PersistenceError.from(cause, this.#path)
    }
  }

  /** True when there is more, or another file, than a reader has read. */
  hasNews(cursor: HistoryCursor | null): boolean {
    const stats = statSync(this.#path, { bigint: true, throwIfNoEntry: false })
    if (stats === undefined) return cursor !== null
    return cursor === null || !isFileOf(cursor, stats) || Number(stats.size) !== cursor.offset
  }

  /**
   * Reads what came since `cursor`, or everything where the file is another one. A last line without its newline is read
   * the next time, when it is whole. Fails with `Newer` when a newer EffectTalk has written it.
   *
   * @param onLine gets what each line says; damaged lines are left out
   */
  async read(
    cursor: HistoryCursor | null,
    onAnew: () => void,
    onLine: (line: HistoryLine) => void
  ): Promise<HistoryReading> {
    let file: { readonly fd: number; readonly size: number; readonly inode: bigint }
    try {
      file = openChecked(this.#path, constants.O_RDONLY, MAX_HISTORY_FILE_BYTES)
    } catch (cause) {
      if (!isMissing(cause)) throw cause
      if (cursor !== null) onAnew()
      return { anew: cursor !== null, cursor: null }
    }
    try {
      const stats = fstatSync(file.fd, { bigint: true })
      const goesOn = cursor !== null && isFileOf(cursor, stats) && cursor.offset <= file.size
      if (!goesOn) onAnew()
      const offset = await readLines(file.fd, goesOn ? cursor.offset : 0, onLine)
      return { anew: !goesOn, cursor: { inode: stats.ino, madeAt: stats.birthtimeNs, offset } }
    } catch (cause) {
      throw PersistenceError.from(cause, this.#path)
    } finally {
      closeSync(file.fd)
    }
  }

  /** Runs `work` while no other window rewrites the file. Fails with `Locked` while one does. */
  async #locked<A>(work: (lock: ProcessLock) => Promise<A>): Promise<A> {
    await ensureDataDirectory(dataDirectory(this.#root))
    const lock = this.#lock()
    try {
      return await work(lock)
    } finally {
      lock.release()
    }
  }

  #lock(): ProcessLock {
    try {
      return ProcessLock.acquire(this.#root, LOCK, this.#table, { brief: true })
    } catch (cause) {
      if (!(cause instanceof PersistenceError) || cause.reason !== "Locked") throw cause
      const detail = "Another window is writing the history anew: try again"
      throw new PersistenceError({ reason: "Locked", subject: this.#path, detail, pid: cause.pid })
    }
  }

  /** Appends what `make` gives once no other window can have appended the same. Fails with `Locked`. */
  appendLocked(make: () => Promise<string>): Promise<void> {
    return this.#locked(async () => {
      const lines = await make()
      if (lines !== "") await this.append(lines)
    })
  }

  /**
   * Replaces the file by what `change` makes of its lines. Fails with `Locked` while another window does so; on any error
   * the file is as it was.
   *
   * @param change gets the lines but the header; is asked again for lines that were appended meanwhile
   */
  async rewrite(change: (lines: ReadonlyArray<BodyLine>) => ReadonlyArray<BodyLine>): Promise<void> {
    if (statSync(this.#path, { throwIfNoEntry: false }) === undefined && !this.hasLeftOvers()) return
    await this.#locked(async (lock) => {
      this.#sweepTemporaries()
      await this.#carryLeftOvers(change)
      if (inodeOf(this.#path) === null) return
      const old = openChecked(this.#path, constants.O_RDONLY, MAX_HISTORY_FILE_BYTES)
      try {
        const lines: Array<BodyLine> = []
        const end = await readLines(old.fd, 0, (line) => line.type !== "header" && lines.push(line))
        const second = join(this.#root, `.${HISTORY_FILE}.${end}.${randomBytes(9).toString("base64url")}.carry`)
        const fd = await replaceFile(
          this.#root,
          HISTORY_FILE,
          async (sink) => {
            await sink.write(Buffer.from(HEADER_LINE))
            for (const [index, line] of change(lines).entries()) {
              await sink.write(Buffer.from(lineOf(line)))
              if (index % LINES_PER_TURN === 0) await nextTurn()
            }
          },
          () => {
            if (!lock.isHeld()) throw new Error("another process has taken the history over")
            linkSync(this.#path, second)
          }
        )
        closeSync(fd)
        await this.#carry(old.fd, end, change)
        // Not on an error: what is left is carried over the next time.
        unlinkSync(second)
      } catch (cause) {
        throw PersistenceError.from(cause, this.#path)
      } finally {
        await new Promise<void>((resolve) => close(old.fd, () => resolve()))
      }
    })
  }

  /** What was appended to a file that is not in place any more. */
  async #carry(
    fd: number,
    from: number,
    change: (lines: ReadonlyArray<BodyLine>) => ReadonlyArray<BodyLine>
  ): Promise<void> {
    const late: Array<BodyLine> = []
    await readLines(fd, from, (line) => line.type !== "header" && late.push(line))
    const lines = change(late).map(lineOf).join("")
    if (lines === "") return
    await this.append(lines)
    const file = openChecked(this.#path, constants.O_RDWR, MAX_HISTORY_FILE_BYTES)
    try {
      await syncData(file.fd)
    } finally {
      closeSync(file.fd)
    }
  }

  /** True when a crash in the middle of `rewrite` has left files with lines of the history in them. */
  hasLeftOvers(): boolean {
    return namesIn(this.#root).some((name) => CARRY.test(name) || TEMPORARY.test(name))
  }

  /** Half-written files that a crash has left; what is as small as a first line may be a file that is being made. */
  #sweepTemporaries(): void {
    for (const name of namesIn(this.#root)) {
      const path = join(this.#root, name)
      if (!TEMPORARY.test(name)) continue
      if ((lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) > HEADER_LINE.length) removeIfThere(path)
    }
  }

  /** Ends what a crash in the middle of `rewrite` has left. */
  async #carryLeftOvers(change: (lines: ReadonlyArray<BodyLine>) => ReadonlyArray<BodyLine>): Promise<void> {
    for (const name of namesIn(this.#root)) {
      const [, from] = CARRY.exec(name) ?? []
      if (from === undefined) continue
      const file = openChecked(join(this.#root, name), constants.O_RDONLY, MAX_HISTORY_FILE_BYTES)
      try {
        if (file.inode !== inodeOf(this.#path)) await this.#carry(file.fd, Number(from), change)
      } finally {
        closeSync(file.fd)
      }
      unlinkSync(join(this.#root, name))
    }
  }
}

const namesIn = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory)
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return []
    throw cause
  }
}

/** A line of the file below its first. */
export type BodyLine = Exclude<HistoryLine, { readonly type: "header" }>

/** Lines written between two turns of the event loop. */
const LINES_PER_TURN = 500

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const isFileOf = ({ inode, madeAt }: HistoryCursor, { ino, birthtimeNs }: BigIntStats): boolean =>
  inode === ino && madeAt === birthtimeNs

const isMissing = (cause: unknown): boolean => cause instanceof PersistenceError && errorCode(cause.cause) === "ENOENT"

/** Reads whole lines from `offset` to the end; gives the offset behind the last of them. Throws `Newer`. */
const readLines = async (fd: number, offset: number, onLine: (line: HistoryLine) => void): Promise<number> => {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let pending: Buffer = Buffer.alloc(0)
  for (;;) {
    const got = await readAsync(fd, chunk, offset + pending.length)
    if (got === 0) return offset
    const bytes = pending.length === 0 ? chunk.subarray(0, got) : Buffer.concat([pending, chunk.subarray(0, got)])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    for (const line of bytes.toString("utf8", 0, end).split("\n")) {
      const parsed = line === "" ? null : parseLine(line)
      if (parsed?.type === "header" && !(parsed.version <= HISTORY_VERSION)) throw newer()
      if (parsed !== null) onLine(parsed)
    }
    offset += end
    pending = Buffer.from(bytes.subarray(end))
  }
}

const readAsync = (fd: number, into: Buffer, position: number): Promise<number> =>
  new Promise((resolve, reject) =>
    read(fd, into, 0, into.length, position, (error, count) => (error === null ? resolve(count) : reject(error)))
  )

/** Bytes that hold the file's first line. */
const HEADER_BYTES = 256

/** Throws `Newer` for a file that this version must not write to. */
const checkVersion = (fd: number): void => {
  const [line = ""] = readAt(fd, 0, HEADER_BYTES).toString("utf8").split("\n")
  const header = parseLine(line)
  if (header?.type === "header" && !(header.version <= HISTORY_VERSION)) throw newer()
}

const newer = () =>
  new PersistenceError({
    reason: "Newer",
    subject: HISTORY_FILE,
    detail: "A newer EffectTalk has written the history: this one leaves it alone"
  })
