import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fstat,
  fstatSync,
  fsync,
  linkSync,
  lstatSync,
  open,
  openSync,
  readSync,
  unlinkSync,
  write
} from "node:fs"
import { geteuid } from "node:process"
import { errorCode, PersistenceError, quoted } from "./PersistenceError.ts"
import type { Steps } from "./Slices.ts"

/** Mode of every file below DATA_DIR. */
export const FILE_MODE = 0o600
/** Mode of every directory below DATA_DIR. */
export const DIRECTORY_MODE = 0o700

/** A file that passed the checks, open. */
export interface CheckedFile {
  readonly fd: number
  /** In bytes. */
  readonly size: number
  readonly inode: bigint
  /** Milliseconds since the epoch. */
  readonly modified: number
}

/** The user whose files we touch; on systems without users nobody else's exist. */
export const ownUid = (): number => geteuid?.() ?? -1

const refuse = (path: string, why: string) =>
  new PersistenceError({ reason: "Refused", subject: path, detail: `${quoted(path)} was refused: ${why}` })

/**
 * Opens a file that may have been put there by anybody: never through a symbolic link, never waiting for a FIFO's other
 * end, and only a regular file of our own user of at most `maxBytes`. A mode looser than 0600 is tightened.
 *
 * Throws `PersistenceError` (`Refused`, `Io`).
 *
 * @param flags `O_RDONLY` or `O_RDWR`; with `O_CREAT` a missing file is made, 0600
 */
export const openChecked = (path: string, flags: number, maxBytes: number): CheckedFile => {
  let fd: number
  try {
    fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY, FILE_MODE)
  } catch (cause) {
    switch (errorCode(cause)) {
      case "ELOOP":
        throw refuse(path, "it is a symbolic link")
      case "EISDIR":
      case "ENXIO":
        throw refuse(path, "it is no regular file")
      default:
        throw PersistenceError.from(cause, path)
    }
  }
  try {
    const stats = fstatSync(fd, { bigint: true })
    if (!stats.isFile()) throw refuse(path, "it is no regular file")
    if (Number(stats.uid) !== ownUid()) throw refuse(path, "it belongs to another user")
    if (stats.size > maxBytes) throw refuse(path, `it has ${stats.size} bytes, more than ${maxBytes}`)
    tighten(fd, stats)
    return { fd, size: Number(stats.size), inode: stats.ino, modified: Number(stats.mtimeMs) }
  } catch (cause) {
    closeSync(fd)
    throw PersistenceError.from(cause, path)
  }
}

const tighten = (fd: number, stats: BigIntStats): void => {
  if ((stats.mode & 0o077n) === 0n) return
  try {
    fchmodSync(fd, FILE_MODE)
  } catch {
    // A read-only file system: reading is still right.
  }
}

/**
 * Closes a replaced file beside the event loop: the last close of 100 MB frees its blocks, which takes a tenth of a
 * second. Errors mean nothing any more, as everything was synced or only read.
 */
export const closeReplaced = (fd: number): Promise<void> => new Promise((resolve) => close(fd, () => resolve()))

/** Reads `length` bytes at `position`; fewer at the end of the file. */
export const readAt = (fd: number, position: number, length: number): Buffer => {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const got = readSync(fd, bytes, filled, length - filled, position + filled)
    if (got === 0) break
    filled += got
  }
  return filled === length ? bytes : bytes.subarray(0, filled)
}

/** Bytes that `readInSteps` reads at a time. */
const STEP_BYTES = 256 * 1024

/** The same of any length, in steps. */
export function* readInSteps(fd: number, position: number, length: number): Steps<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const got = readSync(fd, bytes, filled, Math.min(STEP_BYTES, length - filled), position + filled)
    if (got === 0) break
    filled += got
    yield
  }
  return bytes.subarray(0, filled)
}

/** Writes all of `bytes` at `position`: the kernel may take less at a time. */
export const writeAll = async (fd: number, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    done += await new Promise<number>((resolve, reject) =>
      write(fd, bytes, done, bytes.length - done, position + done, (error, count) =>
        error === null ? resolve(count) : reject(error)
      )
    )
  }
}

const settled = (call: (done: (error: NodeJS.ErrnoException | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))

/** Waits until a file's bytes and size are on disk. */
export const syncData = (fd: number): Promise<void> => settled((done) => fdatasync(fd, done))

/** Waits until a file is on disk, metadata included. */
export const syncFile = (fd: number): Promise<void> => settled((done) => fsync(fd, done))

/** Waits until a directory's entries are on disk: without it a rename can be lost. */
export const syncDirectory = async (path: string): Promise<void> => {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY
  const fd = await new Promise<number>((resolve, reject) =>
    open(path, flags, (error, opened) => (error === null ? resolve(opened) : reject(error)))
  )
  try {
    await syncFile(fd)
  } finally {
    closeSync(fd)
  }
}

/** True while the file is still in a directory. */
export const isLinked = (fd: number): Promise<boolean> =>
  new Promise((resolve, reject) =>
    fstat(fd, (error, stats) => (error === null ? resolve(stats.nlink > 0) : reject(error)))
  )

/** The inode at `path` itself, null when there is nothing. */
export const inodeOf = (path: string): bigint | null =>
  lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null

/** Gives a file a second name; false when that is taken, which is left as it is. */
export const tryLink = (from: string, to: string): boolean => {
  try {
    linkSync(from, to)
    return true
  } catch (cause) {
    if (errorCode(cause) === "EEXIST") return false
    throw cause
  }
}

/** Removes a file that may be gone already. */
export const removeIfThere = (path: string): void => {
  try {
    unlinkSync(path)
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause
  }
}
