import { accessSync, chmodSync, constants, lstatSync, mkdirSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { DIRECTORY_MODE, ownUid, syncDirectory } from "./checkedFile.ts"
import { errorCode, PersistenceError, quoted } from "./PersistenceError.ts"
import { type ProcessTable, systemProcesses } from "./ProcessLock.ts"
import { isRestoreUnfinished } from "./restoreGuard.ts"

/** The directories below DATA_DIR: the seeds' layout, and `quarantine` for originals of what was damaged. */
export interface DataDirectory {
  readonly root: string
  readonly active: string
  readonly archived: string
  readonly backups: string
  readonly quarantine: string
}

/** Names the directories; touches nothing. */
export const dataDirectory = (root: string): DataDirectory => ({
  root,
  active: join(root, "active"),
  archived: join(root, "archived"),
  backups: join(root, "backups"),
  quarantine: join(root, "quarantine")
})

/**
 * Creates what is missing, each directory 0700 and synced into its parent, and checks the rest. A restore that was cut
 * short is brought to an end first. DATA_DIR itself may be a symbolic link, as people move it to another disk; what is
 * below may not.
 *
 * Throws `PersistenceError` (`Refused`, `Io`).
 *
 * @param processes the machine's unless a test says otherwise
 */
export const ensureDataDirectory = async (directory: DataDirectory, processes?: ProcessTable): Promise<void> => {
  const { root, active, archived, backups, quarantine } = directory
  await createMissing(root)
  checkDirectory(root, true)
  if (isRestoreUnfinished(root)) {
    const { settleRestore } = await import("../backup/restore/settleRestore.ts")
    await settleRestore(directory, processes ?? systemProcesses())
  }
  for (const path of [active, archived, backups, quarantine]) {
    await createMissing(path)
    checkDirectory(path, false)
  }
}

/**
 * Creates one more directory below DATA_DIR, 0700 like the others, and checks it; DATA_DIR itself too. Gives its path.
 *
 * Throws `PersistenceError` (`Refused`, `Io`).
 */
export const ensureSubdirectory = async (root: string, name: string): Promise<string> => {
  await createMissing(root)
  checkDirectory(root, true)
  const path = join(root, name)
  await createMissing(path)
  checkDirectory(path, false)
  return path
}

/**
 * Waits until `path`, a directory right below DATA_DIR, is on disk with all its names: a process that was killed may have
 * made it, or have put files into it, without having come so far. To be awaited before anything new in it is called saved.
 */
export const syncWayTo = async (directory: DataDirectory, path: string): Promise<void> => {
  try {
    await syncDirectory(dirname(directory.root))
  } catch (cause) {
    // Whoever made DATA_DIR in a directory that we may not read has to see to it.
    if (errorCode(cause) !== "EACCES") throw cause
  }
  await syncDirectory(directory.root)
  await syncDirectory(path)
}

const createMissing = async (path: string, parentIsThere = false): Promise<void> => {
  try {
    mkdirSync(path, { mode: DIRECTORY_MODE })
  } catch (cause) {
    if (errorCode(cause) === "EEXIST") return
    // A parent that is there and takes nothing: a link to what is not mounted, /proc, an automounter's.
    const isHopeless = parentIsThere || dirname(path) === path
    if (errorCode(cause) !== "ENOENT" || isHopeless) throw PersistenceError.from(cause, path)
    await createMissing(dirname(path))
    return createMissing(path, true)
  }
  chmodSync(path, DIRECTORY_MODE)
  await syncDirectory(dirname(path))
}

const checkDirectory = (path: string, mayBeLink: boolean): void => {
  const stats = mayBeLink ? statSync(path) : lstatSync(path)
  const refused = (why: string) =>
    new PersistenceError({ reason: "Refused", subject: path, detail: `${quoted(path)} was refused: ${why}` })
  if (!stats.isDirectory()) throw refused(stats.isSymbolicLink() ? "it is a symbolic link" : "it is no directory")
  if (stats.uid !== ownUid()) throw refused("it belongs to another user")
  if ((stats.mode & 0o077) === 0) return
  try {
    chmodSync(path, DIRECTORY_MODE)
  } catch {
    // A read-only file system: reading is still right.
  }
}

/**
 * Checks `active` before anything is read from it. False when there is none yet; throws `PersistenceError` (`Refused`,
 * `Io`).
 */
export const hasActiveDirectory = (directory: DataDirectory): boolean => {
  try {
    checkDirectory(directory.root, true)
    checkDirectory(directory.active, false)
    return true
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return false
    throw PersistenceError.from(cause, directory.active)
  }
}

/** Throws when nothing could be written below DATA_DIR now; creates nothing. A promise for nothing: disks change. */
export const probeWritable = (directory: DataDirectory): void => {
  let path = directory.active
  for (;;) {
    try {
      accessSync(path, constants.W_OK | constants.X_OK)
      return
    } catch (cause) {
      if (errorCode(cause) !== "ENOENT" || dirname(path) === path) throw PersistenceError.from(cause, path)
      path = dirname(path)
    }
  }
}
