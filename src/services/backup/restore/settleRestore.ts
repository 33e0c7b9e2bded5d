import { closeSync, constants, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { replaceFile } from "../../persistence/atomicReplace.ts"
import { DIRECTORY_MODE, openChecked, readAt, removeIfThere, syncDirectory } from "../../persistence/checkedFile.ts"
import type { DataDirectory } from "../../persistence/dataDirectory.ts"
import { errorCode, PersistenceError } from "../../persistence/PersistenceError.ts"
import { ProcessLock, type ProcessTable } from "../../persistence/ProcessLock.ts"
import { isRestoreUnfinished, RESTORE_LOCK, RESTORE_MARKER } from "../../persistence/restoreGuard.ts"

/** The directories of DATA_DIR that a restore swaps. */
const SWAPPED = ["active", "archived"] as const
/** `2026-01-17T153000Z`, numbered when there was one already. */
const STAMP = /^\d{4}-\d\d-\d\dT\d{6}Z(?:-\d{1,4})?$/
/** A directory that a backup is unpacked into. */
const STAGING = /^restore-(.*)\.tmp$/
/** A directory with what was there before a restore. */
const PREVIOUS = /^pre-restore-(.*)$/
/** Largest marker that is read, in bytes. */
const MAX_MARKER_BYTES = 4096
/** Times that a directory is moved out of the way of the restored one, which others may make again meanwhile. */
const MAX_MOVES = 100

/** Told of every step before it is done; for tests, which stop there. */
export type OnStep = (step: string) => void | Promise<void>

/** What the marker says: from the moment it is on disk the restored sessions are the valid ones. */
const Marker = Schema.Struct({ version: Schema.Literal(1), stamp: Schema.String.pipe(Schema.pattern(STAMP)) })
const decodeMarker = Schema.decodeUnknownEither(Schema.parseJson(Marker))

/** Where the restored files wait. */
export const stagingOf = (root: string, stamp: string): string => join(root, `restore-${stamp}.tmp`)

/** Where what was there before is kept. */
export const previousOf = (root: string, stamp: string): string => join(root, `pre-restore-${stamp}`)

/** Names of the directories with what was there before restores, the newest first. */
export const previousNames = (root: string): ReadonlyArray<string> =>
  readdirSync(root)
    .filter((name) => STAMP.test(PREVIOUS.exec(name)?.[1] ?? ""))
    .sort()
    .reverse()

/** Makes the restored sessions the valid ones, whatever happens from now on. Rejects with what the disk says. */
export const writeMarker = async (root: string, stamp: string): Promise<void> => {
  const text = `${JSON.stringify({ version: 1, stamp } satisfies typeof Marker.Type)}\n`
  closeSync(await replaceFile(root, RESTORE_MARKER, (sink) => sink.write(Buffer.from(text))))
}

/**
 * Puts the restored directories into their places, the old ones into `pre-restore-<stamp>/`, and removes the marker. May
 * be cut short anywhere and done again: what is done already is seen by what is where. Rejects with what the disk says.
 */
export const swapDirectories = async (root: string, stamp: string, onStep: OnStep = () => {}): Promise<void> => {
  const staging = stagingOf(root, stamp)
  const previous = previousOf(root, stamp)
  makeDirectory(previous)
  await syncDirectory(root)
  for (const name of SWAPPED) {
    if (!isThere(join(staging, name))) continue
    for (let moves = 1; ; moves++) {
      // Whoever looks for sessions in between makes an empty one, perhaps with a lock in it, and finds out by and by.
      await onStep(`${name} away`)
      if (isThere(join(root, name))) renameSync(join(root, name), freePlace(previous, name))
      await syncDirectory(previous)
      await syncDirectory(root)
      await onStep(`${name} into place`)
      if (tryRename(join(staging, name), join(root, name))) break
      if (moves === MAX_MOVES) throw new Error(`${join(root, name)} is made again and again`)
    }
    await syncDirectory(root)
    await syncDirectory(staging)
  }
  await onStep("tidy up")
  if (isThere(staging)) rmdirSync(staging)
  await syncDirectory(root)
  await onStep("remove the marker")
  removeIfThere(join(root, RESTORE_MARKER))
  await syncDirectory(root)
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

const makeDirectory = (path: string): void => {
  try {
    mkdirSync(path, { mode: DIRECTORY_MODE })
  } catch (cause) {
    if (errorCode(cause) !== "EEXIST") throw cause
  }
}

/** A name in `directory` that nothing has: `active`, `active.2` … */
const freePlace = (directory: string, name: string): string => {
  for (let copy = 1; ; copy++) {
    const path = join(directory, copy === 1 ? name : `${name}.${copy}`)
    if (!isThere(path)) return path
  }
}

/** False when something is in the way. */
const tryRename = (from: string, to: string): boolean => {
  try {
    renameSync(from, to)
    return true
  } catch (cause) {
    if (errorCode(cause) === "ENOTEMPTY" || errorCode(cause) === "EEXIST") return false
    throw cause
  }
}

/** The marker's stamp, null without one. Throws `Damaged` for one that nobody of us wrote. */
const readMarker = (root: string): string | null => {
  const path = join(root, RESTORE_MARKER)
  try {
    const { fd, size } = openChecked(path, constants.O_RDONLY, MAX_MARKER_BYTES)
    try {
      const marker = Either.getOrNull(decodeMarker(readAt(fd, 0, size).toString("utf8")))
      if (marker !== null) return marker.stamp
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    if (cause instanceof PersistenceError && errorCode(cause.cause) === "ENOENT") return null
    throw cause
  }
  const detail = `${RESTORE_MARKER} in DATA_DIR cannot be read: move it away to go on with the sessions as they are`
  throw new PersistenceError({ reason: "Damaged", subject: path, detail })
}

/**
 * Removes what restores that never came to their marker have unpacked; for whoever has the restore's lock. False when there
 * was nothing.
 */
export const removeStaging = (root: string): boolean => {
  const left = readdirSync(root).filter((name) => STAMP.test(STAGING.exec(name)?.[1] ?? ""))
  for (const name of left) rmSync(join(root, name), { recursive: true, force: true })
  return left.length > 0
}

/** The lock that a restore has. Throws `PersistenceError` `Locked` while another process has it. */
export const takeRestoreLock = (root: string, processes: ProcessTable): ProcessLock =>
  ProcessLock.acquire(root, RESTORE_LOCK, processes)

/**
 * Brings a restore that was cut short to an end: when it had come to its marker the restored sessions are put into place,
 * else what it had unpacked is removed and the old ones were never touched. Returns a line about it; null when there was
 * nothing to do, or another process is at it. Rejects with `PersistenceError`.
 */
export const settleRestore = async (
  { root }: Pick<DataDirectory, "root">,
  processes: ProcessTable,
  onStep: OnStep = () => {}
): Promise<string | null> => {
  if (!isRestoreUnfinished(root)) return null
  try {
    const lock = takeRestoreLock(root, processes)
    try {
      return await settle(root, onStep)
    } finally {
      lock.release()
    }
  } catch (cause) {
    const error = PersistenceError.from(cause, root)
    if (error.reason === "Locked") return null
    throw error
  }
}

const settle = async (root: string, onStep: OnStep): Promise<string | null> => {
  const stamp = readMarker(root)
  if (stamp !== null) {
    await swapDirectories(root, stamp, onStep)
    return `A restore was cut short and has been completed: what was there before is kept as pre-restore-${stamp}`
  }
  await onStep("remove what was unpacked")
  // Without that it had not begun, or had come to its end but for its lock.
  if (!removeStaging(root)) return null
  return "A restore was cut short before it had changed anything: the sessions are as they were"
}
