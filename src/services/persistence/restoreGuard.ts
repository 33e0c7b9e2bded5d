import { join } from "node:path"
import type { SessionId } from "../../domain/ids.ts"
import { inodeOf } from "./checkedFile.ts"
import type { DataDirectory } from "./dataDirectory.ts"
import { PersistenceError } from "./PersistenceError.ts"
import { type LockOptions, lockOwner, ProcessLock, type ProcessTable } from "./ProcessLock.ts"

/** Name of the lock in DATA_DIR, without its end, that a process has while it restores a backup. */
export const RESTORE_LOCK = "restore"
/** File in DATA_DIR that says which directories are being swapped. */
export const RESTORE_MARKER = "restore.json"

/**
 * True while a backup is being restored, and when that was cut short: sessions cannot be opened before it is settled. A
 * DATA_DIR that nobody can look into is for whoever opens a session to complain about.
 */
export const isRestoreUnfinished = (root: string): boolean => {
  try {
    return inodeOf(join(root, `${RESTORE_LOCK}.lock`)) !== null || inodeOf(join(root, RESTORE_MARKER)) !== null
  } catch {
    return false
  }
}

/**
 * Takes a session's lock as `ProcessLock.acquire` does, but not while a backup is restored (`Locked`): its files would be
 * swapped for others. First the lock, then the look: a restore takes its own lock first and looks for these then, so one
 * of the two sees the other.
 */
export const acquireSessionLock = (
  directory: DataDirectory,
  id: SessionId,
  table: ProcessTable,
  options: LockOptions = {}
): ProcessLock => {
  const lock = ProcessLock.acquire(directory.active, id, table, options)
  if (!isRestoreUnfinished(directory.root)) return lock
  lock.release()
  const pid = lockOwner(directory.root, RESTORE_LOCK, table)?.pid
  const detail = pid === undefined ? "a restored backup is not in place yet" : `process ${pid} is restoring a backup`
  throw new PersistenceError({ reason: "Locked", subject: id, detail, ...(pid !== undefined && { pid }) })
}
