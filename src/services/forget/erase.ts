import { lstatSync, mkdtempSync, rmSync, utimesSync } from "node:fs"
import { dirname, join } from "node:path"
import { BackupError } from "../backup/BackupError.ts"
import { withBackup } from "../backup/backupFiles.ts"
import { collectFiles } from "../backup/collectFiles.ts"
import { extractBackup } from "../backup/extractBackup.ts"
import { writeBackupOf } from "../backup/writeBackup.ts"
import { removeIfThere, syncDirectory } from "../persistence/checkedFile.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import { PersistenceError, quoted } from "../persistence/PersistenceError.ts"
import type { ForgetTarget } from "./ForgetTarget.ts"
import type { FoundBackup } from "./findBackups.ts"
import { type FileTraces, findFiles, UNPACKED_PREFIX } from "./findFiles.ts"
import { rewriteWithout } from "./rewriteWithout.ts"

/** Told of every step before it is done; for tests, which stop there. */
export type OnStep = (step: string) => void | Promise<void>

/** Why something still holds what was to be forgotten. */
export type EraseError = PersistenceError | BackupError

/**
 * Removes the files of these traces and writes the documents anew. What fails costs nothing else: it is given back, and can
 * be tried again. To be called by whoever has the sessions' locks.
 */
export const eraseFiles = async (
  { files, documents, unreadable }: FileTraces,
  target: ForgetTarget,
  onStep: OnStep = () => {}
): Promise<ReadonlyArray<PersistenceError>> => {
  const errors: Array<PersistenceError> = [...unreadable]
  const touched = new Set<string>()
  for (const { path } of files) {
    try {
      await onStep(`remove ${path}`)
      removeIfThere(path)
      touched.add(dirname(path))
    } catch (cause) {
      errors.push(PersistenceError.from(cause, path))
    }
  }
  for (const directory of touched) {
    try {
      await syncDirectory(directory)
    } catch (cause) {
      errors.push(PersistenceError.from(cause, directory))
    }
  }
  const { block } = target
  for (const document of block === null ? [] : documents) {
    try {
      await rewriteWithout(document, block!.id, onStep)
    } catch (cause) {
      errors.push(PersistenceError.from(cause, join(document.directory, document.name)))
    }
  }
  return errors
}

/**
 * Writes a backup anew without a session or a block: unpacked beside it, read back before it takes the old one's place, with
 * its name, its time and everything else in it. One that would hold nothing is removed. Rejects with `EraseError`, and the
 * backup is as it was. To be called by whoever has the lock of the backups.
 */
export const eraseInBackup = async (
  { name, path }: FoundBackup,
  target: ForgetTarget,
  { root, backups }: DataDirectory,
  onStep: OnStep = () => {}
): Promise<void> => {
  await onStep(`unpack ${name}`)
  const unpacked = mkdtempSync(join(root, UNPACKED_PREFIX))
  try {
    const { createdAt } = await withBackup(path, (archive) => extractBackup(archive, unpacked))
    const [error] = await eraseFiles(findFiles(unpacked, target), target)
    if (error !== undefined) throw error
    const from = { active: join(unpacked, "active"), archived: join(unpacked, "archived") }
    const { inputs, close } = collectFiles(from)
    close()
    if (inputs.length === 0) {
      removeIfThere(path)
      return await syncDirectory(backups)
    }
    await onStep(`write ${name} anew`)
    // The file's time says how long the backup has been all there is to know.
    const { atimeMs, mtimeMs } = lstatSync(path)
    await writeBackupOf(from, createdAt, { backups, name })
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000)
  } catch (cause) {
    if (!(cause instanceof PersistenceError)) throw BackupError.from(cause, path)
    // The place that it was unpacked in is gone when this is read.
    const detail = `${quoted(path)} stays as it is: ${cause.message.replaceAll(`${unpacked}/`, "")}`
    throw new BackupError({ reason: BackupError.from(cause, path).reason, subject: path, detail, cause: cause.cause })
  } finally {
    rmSync(unpacked, { recursive: true, force: true })
  }
}
