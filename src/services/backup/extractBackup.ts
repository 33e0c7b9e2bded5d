import { closeSync, constants, fchmodSync, futimesSync, mkdirSync, openSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { DIRECTORY_MODE, FILE_MODE, syncDirectory, syncFile, writeAll } from "../persistence/checkedFile.ts"
import { BackupError } from "./BackupError.ts"
import { collectFiles } from "./collectFiles.ts"
import { isSameContent, type Manifest, type ManifestFile } from "./Manifest.ts"
import { type OpenArchive, readArchive } from "./readArchive.ts"
import { describeInputs } from "./writeArchive.ts"

/**
 * Unpacks a backup into an empty directory: `active/` and `archived/`, both made in any case, 0700 with files 0600, synced
 * to the disk and read back from there. Everything is checked on the way; when anything is wrong it rejects with
 * `BackupError` as `readArchive` does, and what is in the directory by then is to be thrown away.
 *
 * @param into absolute path of the directory
 * @param allow asked with the manifest before anything is written; throws to give up
 */
export const extractBackup = async (
  archive: OpenArchive,
  into: string,
  allow: (manifest: Manifest) => void = () => {}
): Promise<Manifest> => {
  try {
    if (readdirSync(into).length > 0) throw new Error(`${into} is not empty`)
    const directories = new Set([into])
    for (const name of ["active", "archived"]) makeDirectory(join(into, name), directories)
    const manifest = await readArchive(archive, {
      manifest: allow,
      file: async (file, content) => {
        const path = join(into, file.path)
        // One of `archived/2026-01` at most: every path was checked to be one of ours.
        makeDirectory(dirname(path), directories)
        await writeFile(path, file, content)
      }
    })
    for (const directory of [...directories].reverse()) await syncDirectory(directory)
    await verify(into, manifest)
    return manifest
  } catch (cause) {
    throw BackupError.from(cause, archive.path)
  }
}

const makeDirectory = (path: string, made: Set<string>): void => {
  if (made.has(path)) return
  mkdirSync(path, { mode: DIRECTORY_MODE })
  made.add(path)
}

const writeFile = async (path: string, file: ManifestFile, content: AsyncIterable<Uint8Array>): Promise<void> => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const fd = openSync(path, flags, FILE_MODE)
  try {
    fchmodSync(fd, FILE_MODE)
    let written = 0
    for await (const part of content) {
      await writeAll(fd, part, written)
      written += part.length
    }
    // A backup may say any time; one that no file can have is no reason to lose the session.
    const seconds = Math.max(0, Math.min(file.modified / 1000, 2 ** 31))
    futimesSync(fd, seconds, seconds)
    await syncFile(fd)
  } finally {
    closeSync(fd)
  }
}

/** Rejects with `Damaged` unless the disk gives back what the manifest says. */
const verify = async (into: string, manifest: Manifest): Promise<void> => {
  const { inputs, close } = collectFiles({ active: join(into, "active"), archived: join(into, "archived") })
  try {
    if (isSameContent(await describeInputs(inputs, manifest.createdAt), manifest)) return
    throw new BackupError({
      reason: "Damaged",
      subject: into,
      detail: "the disk gave back other files than were unpacked"
    })
  } finally {
    close()
  }
}
