import { closeSync, constants, lstatSync, readdirSync, statfsSync, unlinkSync } from "node:fs"
import { join } from "node:path"
import { openChecked } from "../persistence/checkedFile.ts"
import { errorCode, PersistenceError, quoted } from "../persistence/PersistenceError.ts"
import { ProcessLock, type ProcessTable } from "../persistence/ProcessLock.ts"
import { BackupError } from "./BackupError.ts"
import type { OpenArchive } from "./readArchive.ts"

/** `2026-01-17T153000Z.tar.gz`, the seeds' form, in UTC; a second one of the same second is numbered (`…Z-2.tar.gz`). */
const NAME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:-\d{1,4})?\.tar\.gz$/
/** A backup that was being written. */
const TEMPORARY = /^\.(.*\.tar\.gz)\.[A-Za-z0-9_-]+\.tmp$/
/** Name of the lock in `backups/`, without its end. */
const LOCK_NAME = "backup"

/** A file in `backups/` that has a backup's name. */
export interface BackupFile {
  readonly name: string
  readonly path: string
  /** What its name says, in milliseconds since the epoch: when it was made. */
  readonly time: number
  /** In bytes. */
  readonly size: number
  /** When it was last found to hold everything there is, in milliseconds since the epoch; when made at the earliest. */
  readonly confirmed: number
}

/** When the backup of this name was made, in milliseconds since the epoch; null for a name that no backup has. */
export const backupTime = (name: string): number | null => {
  const match = NAME.exec(name)
  if (match === null) return null
  const [year, month, day, hours, minutes, seconds] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number
  ]
  const time = Date.UTC(year, month - 1, day, hours, minutes, seconds)
  // 31 February has a time, and is no day.
  return stampOf(time) === name.slice(0, 18) ? time : null
}

/** A time (milliseconds since the epoch) as names have it: `2026-01-17T153000Z`. */
export const stampOf = (time: number): string =>
  new Date(time)
    .toISOString()
    .replace(/:/g, "")
    .replace(/\.\d+Z$/, "Z")

/** The name of a backup made at `time` (milliseconds since the epoch), other than those `taken`. */
export const backupName = (time: number, taken: ReadonlyArray<string>): string => {
  const stamp = stampOf(time)
  for (let copy = 1; ; copy++) {
    const name = copy === 1 ? `${stamp}.tar.gz` : `${stamp}-${copy}.tar.gz`
    if (!taken.includes(name)) return name
  }
}

/** The backups in `backups/`, the newest by name first; none without the directory. Throws what the system says. */
export const listBackups = (backups: string): ReadonlyArray<BackupFile> => {
  const found: Array<BackupFile> = []
  for (const name of namesIn(backups)) {
    const time = backupTime(name)
    const path = join(backups, name)
    const stats = time === null ? undefined : lstatSync(path, { throwIfNoEntry: false })
    if (time === null || stats?.isFile() !== true) continue
    found.push({ name, path, time, size: stats.size, confirmed: Math.max(time, Math.floor(stats.mtimeMs)) })
  }
  return found.sort((one, other) => other.time - one.time || (one.name < other.name ? 1 : -1))
}

/**
 * When a backup was last found to hold everything, in milliseconds since the epoch; what a wrong clock has dated ahead of
 * `now` says nothing. `-Infinity` without one, or when they cannot be listed.
 */
export const lastSuccess = (backups: string, now: number): number => {
  try {
    const times = listBackups(backups).flatMap(({ time, confirmed }) => [time, confirmed])
    return Math.max(Number.NEGATIVE_INFINITY, ...times.filter((time) => time <= now))
  } catch {
    return Number.NEGATIVE_INFINITY
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

/** Opens a backup for reading. Throws `BackupError`: `Unknown`, `Refused`, `Io`. */
export const openBackup = (path: string): OpenArchive & { readonly size: number; readonly close: () => void } => {
  try {
    const { fd, size } = openChecked(path, constants.O_RDONLY, Number.MAX_SAFE_INTEGER)
    return { fd, path, size, close: () => closeSync(fd) }
  } catch (cause) {
    if (!(cause instanceof PersistenceError) || errorCode(cause.cause) !== "ENOENT") throw BackupError.from(cause, path)
    throw new BackupError({ reason: "Unknown", subject: path, detail: `There is no backup ${quoted(path)}` })
  }
}

/** Has `use` read a backup. Rejects with `BackupError` as `openBackup` and `use` do. */
export const withBackup = async <A>(path: string, use: (archive: OpenArchive) => Promise<A>): Promise<A> => {
  const archive = openBackup(path)
  try {
    return await use(archive)
  } finally {
    archive.close()
  }
}

/**
 * Has one process at a time write to `backups/`, or restore from there. `backups/` must be there. What a process that was
 * killed has left half written is removed first. Rejects with `BackupError` `Busy` while another is at it.
 */
export const withBackupLock = async <A>(
  backups: string,
  processes: ProcessTable,
  body: () => Promise<A>
): Promise<A> => {
  const lock = takeBackupLock(backups, processes)
  try {
    for (const name of readdirSync(backups)) {
      const made = TEMPORARY.exec(name)?.[1]
      if (made !== undefined && backupTime(made) !== null) unlinkSync(join(backups, name))
    }
    return await body()
  } finally {
    lock.release()
  }
}

const takeBackupLock = (backups: string, processes: ProcessTable): ProcessLock => {
  try {
    return ProcessLock.acquire(backups, LOCK_NAME, processes, { brief: true })
  } catch (cause) {
    if (!(cause instanceof PersistenceError) || cause.reason !== "Locked") throw BackupError.from(cause, backups)
    const who = cause.pid === undefined ? "another process" : `process ${cause.pid}`
    const detail = `${who} is making or restoring a backup`
    throw new BackupError({ reason: "Busy", subject: backups, detail })
  }
}

/** Room on a file system, in bytes. */
export interface DiskSpace {
  /** For this user. */
  readonly free: number
  readonly total: number
}

/** The room where `path` lies. Throws what the system says. */
export const diskSpace = (path: string): DiskSpace => {
  const { bavail, blocks, bsize } = statfsSync(path)
  return { free: bavail * bsize, total: blocks * bsize }
}
