import { closeSync, lstatSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { type FileSink, replaceFile } from "../persistence/atomicReplace.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import { BackupError } from "./BackupError.ts"
import { collectFiles } from "./collectFiles.ts"
import { isSameContent, type Manifest } from "./Manifest.ts"
import { readArchive } from "./readArchive.ts"
import { type ArchiveInput, describeInputs, writeArchive } from "./writeArchive.ts"

/** Where an archive goes. */
export interface BackupTarget {
  /** Directory of backups. */
  readonly backups: string
  /** File name in it; one of this name that is there already is replaced. */
  readonly name: string
  /** Asked before every write, with the bytes that the archive will have then; throws to give up. */
  readonly allow?: (bytes: number) => void
}

/**
 * Writes `inputs` as a backup: aside, synced, read back to the last byte, and only then under its name. Rejects with
 * `BackupError`, and then there is no file: `Changing`, `Damaged` when what was read back is not what was written, `Io`.
 */
export const writeVerified = async (
  { backups, name, allow = () => {} }: BackupTarget,
  manifest: Manifest,
  inputs: ReadonlyArray<ArchiveInput>
): Promise<void> => {
  const path = join(backups, name)
  const verify = async (fd: number) => {
    if (!isSameContent(await readArchive({ fd, path }), manifest)) {
      throw new BackupError({ reason: "Damaged", subject: path, detail: "the disk gave back another backup" })
    }
  }
  try {
    const produce = (sink: FileSink) => writeArchive(guarded(sink, allow), manifest, inputs)
    closeSync(await replaceFile(backups, name, produce, verify))
  } catch (cause) {
    throw BackupError.from(cause, path)
  }
}

const guarded = (sink: FileSink, allow: (bytes: number) => void): FileSink => ({
  get position() {
    return sink.position
  },
  write: (bytes) => {
    allow(sink.position + bytes.length)
    return sink.write(bytes)
  }
})

/**
 * Writes the sessions of a directory tree (`active/`, `archived/`) that nobody writes to meanwhile as a backup, in place
 * of the one of that name, which it does not make younger: its modification time stays. Rejects as `writeVerified`.
 *
 * @param createdAt of the manifest, in milliseconds since the epoch
 */
export const writeBackupOf = async (
  from: Pick<DataDirectory, "active" | "archived">,
  createdAt: number,
  target: BackupTarget
): Promise<Manifest> => {
  const { inputs, close } = collectFiles(from)
  try {
    const path = join(target.backups, target.name)
    const before = lstatSync(path, { throwIfNoEntry: false })
    const manifest = await describeInputs(inputs, createdAt)
    await writeVerified(target, manifest, inputs)
    // It says up to when the backup holds everything (`BackupFile.confirmed`).
    if (before !== undefined) utimesSync(path, before.atime, before.mtime)
    return manifest
  } finally {
    close()
  }
}
