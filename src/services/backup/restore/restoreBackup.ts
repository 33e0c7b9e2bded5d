import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import { formatBytes } from "../../../domain/formatBytes.ts"
import { DIRECTORY_MODE, syncDirectory } from "../../persistence/checkedFile.ts"
import { type DataDirectory, ensureDataDirectory, hasActiveDirectory } from "../../persistence/dataDirectory.ts"
import { PersistenceError, quoted } from "../../persistence/PersistenceError.ts"
import { lockOwner, type ProcessLock, type ProcessTable } from "../../persistence/ProcessLock.ts"
import { RESTORE_LOCK } from "../../persistence/restoreGuard.ts"
import { BackupError } from "../BackupError.ts"
import { type DiskSpace, diskSpace, stampOf, withBackup, withBackupLock } from "../backupFiles.ts"
import { extractBackup } from "../extractBackup.ts"
import { type Manifest, totalBytes } from "../Manifest.ts"
import type { OpenArchive } from "../readArchive.ts"
import {
  type OnStep,
  previousNames,
  previousOf,
  removeStaging,
  stagingOf,
  swapDirectories,
  takeRestoreLock,
  writeMarker
} from "./settleRestore.ts"

/** Directories with what was there before a restore that are kept, this one's included. */
export const MAX_PREVIOUS = 3
/** What stays free of the disk after unpacking, in bytes: room for what comes next. */
const MIN_FREE_BYTES = 64 * 1024 * 1024
/** Open sessions that a message names. */
const MAX_NAMED = 5

/** What is restored, and where. */
export interface RestoreOptions {
  readonly directory: DataDirectory
  readonly processes: ProcessTable
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Path of the archive. */
  readonly backup: string
  /** Room on the disk; the file system's answer unless a test says otherwise. */
  readonly space?: (path: string) => DiskSpace
  readonly onStep?: OnStep
}

/** How it went. */
export interface RestoreOutcome {
  /** The sessions that are there now. */
  readonly sessions: number
  /** Directory with what was there before. */
  readonly previous: string
  /** Names of directories from earlier restores that were removed. */
  readonly removed: ReadonlyArray<string>
}

/**
 * Puts the sessions of a backup in the place of all that are there. The archive is unpacked beside them, checked as a
 * whole and on the disk before anything is touched; then the directories are swapped. What was there is kept. Killed at
 * any point it leaves the old or the new sessions, whole: the next start settles which (`settleRestore`).
 *
 * Rejects with `BackupError`, and then everything is as it was: `Unknown`, `Refused`, `Damaged`, `Newer`, `Busy` while a
 * process has a session open, makes a backup or restores one, `NoSpace`, `Io`. Only after an `Io` in the midst of the
 * swap the next start completes it.
 */
export const restoreBackup = async (options: RestoreOptions): Promise<RestoreOutcome> => {
  const { directory, processes, backup } = options
  try {
    return await withBackup(backup, async (archive) => {
      await ensureDataDirectory(directory, processes)
      return withBackupLock(directory.backups, processes, async () => {
        const lock = takeLock(directory.root, processes)
        try {
          assertNoneOpen(directory.active, processes)
          return await replaceAll(archive, options)
        } finally {
          lock.release()
        }
      })
    })
  } catch (cause) {
    throw BackupError.from(cause, backup)
  }
}

/** Throws `BackupError` `Busy`, as `restoreBackup` would, while a process has a session open. */
export const assertRestorable = ({ directory, processes }: Pick<RestoreOptions, "directory" | "processes">): void => {
  try {
    if (hasActiveDirectory(directory)) assertNoneOpen(directory.active, processes)
  } catch (cause) {
    throw BackupError.from(cause, directory.active)
  }
}

const replaceAll = async (archive: OpenArchive, options: RestoreOptions): Promise<RestoreOutcome> => {
  const { directory, now, space = diskSpace, onStep = () => {} } = options
  const { root } = directory
  assertSwappable(directory)
  await onStep("unpack")
  removeStaging(root)
  const stamp = freeStamp(root, now())
  const staging = stagingOf(root, stamp)
  const previous = previousOf(root, stamp)
  let manifest: Manifest
  try {
    mkdirSync(staging, { mode: DIRECTORY_MODE })
    manifest = await extractBackup(archive, staging, (announced) => assertSpace(announced, space(root)))
    await onStep("make the place of the old ones")
    mkdirSync(previous, { mode: DIRECTORY_MODE })
    await syncDirectory(root)
    await onStep("write the marker")
    await writeMarker(root, stamp)
  } catch (cause) {
    rmSync(staging, { recursive: true, force: true })
    removeEmpty(previous)
    throw cause
  }
  await swapDirectories(root, stamp, onStep)
  await onStep("remove what is kept too long")
  // By their names, but for this one's: what a wrong clock has dated ahead of it is no reason to lose it at once.
  const others = previousNames(root).filter((name) => name !== basename(previous))
  const removed = others.slice(MAX_PREVIOUS - 1)
  for (const name of removed) rmSync(join(root, name), { recursive: true, force: true })
  return { sessions: manifest.sessions, previous, removed }
}

/** Throws `Refused` for directories that cannot be renamed into one another. */
const assertSwappable = ({ root, active, archived }: DataDirectory): void => {
  const { dev } = statSync(root)
  for (const path of [active, archived]) {
    if (statSync(path).dev === dev) continue
    const detail = `${quoted(path)} lies on another file system than DATA_DIR: it cannot be swapped`
    throw new BackupError({ reason: "Refused", subject: path, detail })
  }
}

/** A stamp whose directories are not there. */
const freeStamp = (root: string, now: number): string => {
  const names = readdirSync(root)
  for (let copy = 1; ; copy++) {
    const stamp = copy === 1 ? stampOf(now) : `${stampOf(now)}-${copy}`
    if (!names.includes(`pre-restore-${stamp}`)) return stamp
  }
}

const removeEmpty = (path: string): void => {
  try {
    rmdirSync(path)
  } catch {
    // It was never made.
  }
}

const assertSpace = ({ files }: Manifest, { free }: DiskSpace): void => {
  const bytes = totalBytes(files)
  if (free - bytes >= MIN_FREE_BYTES) return
  const detail = `unpacking takes ${formatBytes(bytes)}, and ${formatBytes(free)} of the disk are free`
  throw new BackupError({ reason: "NoSpace", subject: "", detail })
}

const takeLock = (root: string, processes: ProcessTable): ProcessLock => {
  try {
    return takeRestoreLock(root, processes)
  } catch (cause) {
    if (!(cause instanceof PersistenceError) || cause.reason !== "Locked") throw cause
    const owner = lockOwner(root, RESTORE_LOCK, processes)
    const detail = `${owner === null ? "another process" : `process ${owner.pid}`} is restoring a backup`
    throw new BackupError({ reason: "Busy", subject: root, detail })
  }
}

/** Throws `Busy`, naming process and session, while a process has one open. */
export const assertNoneOpen = (active: string, processes: ProcessTable): void => {
  const open: Array<string> = []
  for (const name of readdirSync(active)) {
    const id = /^([^.].*)\.lock$/s.exec(name)?.[1]
    if (id === undefined) continue
    const owner = lockOwner(active, id, processes)
    if (owner === null) continue
    const where = owner.elsewhere === null ? "" : ` on ${quoted(owner.elsewhere)}`
    open.push(`session ${quoted(id)} in process ${owner.pid}${where}`)
  }
  if (open.length === 0) return
  const named = open.slice(0, MAX_NAMED).join(", ")
  const more = open.length > MAX_NAMED ? ` and ${open.length - MAX_NAMED} more` : ""
  const detail = `leave first what has sessions open: ${named}${more}`
  throw new BackupError({ reason: "Busy", subject: active, detail })
}
