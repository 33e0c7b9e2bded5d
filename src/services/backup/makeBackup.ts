import { lstatSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { formatBytes } from "../../domain/formatBytes.ts"
import { removeIfThere, syncDirectory } from "../persistence/checkedFile.ts"
import { type DataDirectory, ensureDataDirectory } from "../persistence/dataDirectory.ts"
import type { ProcessTable } from "../persistence/ProcessLock.ts"
import { BackupError } from "./BackupError.ts"
import {
  type BackupFile,
  backupName,
  type DiskSpace,
  diskSpace,
  listBackups,
  withBackup,
  withBackupLock
} from "./backupFiles.ts"
import { type CollectedFiles, collectFiles } from "./collectFiles.ts"
import { isSameContent, type Manifest, totalBytes } from "./Manifest.ts"
import { readArchive, readManifest } from "./readArchive.ts"
import { expired } from "./retention.ts"
import { describeInputs } from "./writeArchive.ts"
import { writeVerified } from "./writeBackup.ts"

/** Times that files are collected anew because one of them has changed while it was read. */
const MAX_ATTEMPTS = 5
/** Part of the disk that a backup leaves free. */
const FREE_PART = 1 / 10
/** How much larger than the last one a backup is expected to be at most, for its content. */
const GROWTH = 1.25
/** Bytes written between two looks at the free space. */
const LOOK_BYTES = 4 * 1024 * 1024

/** What is known of an earlier backup without reading anything again. */
export interface KnownBackup {
  readonly name: string
  /** Of the files that it holds. */
  readonly stamp: string
}

/** What a backup is made with. */
export interface BackupOptions {
  readonly directory: DataDirectory
  readonly processes: ProcessTable
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Of all backups together (BACKUP_MAX_BYTES). */
  readonly maxBytes: number
  /** Milliseconds (BACKUP_RETENTION). */
  readonly retention: number
  /** The last backup that this process has made or verified. */
  readonly known?: KnownBackup | null
  /** Room on the disk; the file system's answer unless a test says otherwise. */
  readonly space?: (path: string) => DiskSpace
}

/** How it went. */
export interface BackupOutcome {
  /** `unchanged`: the backup `name` holds everything as it is. */
  readonly type: "made" | "unchanged"
  readonly name: string
  readonly path: string
  /** Of the archive, in bytes. */
  readonly size: number
  readonly sessions: number
  /** For the next time. */
  readonly known: KnownBackup
  /** Names of backups that were removed: too old, or too much. */
  readonly removed: ReadonlyArray<string>
  /** Files that could not be taken along, a line each. */
  readonly skipped: ReadonlyArray<string>
}

/**
 * Makes a backup of all sessions, unless the newest that can be verified holds them as they are; null when there is no
 * session. Then removes what is older than the retention, or too much, but never the backup that is known to be good.
 *
 * One process at a time. Rejects with `BackupError`, and there is no new file then: `Busy`, `TooLarge`, `NoSpace`,
 * `Changing`, `Damaged`, `Refused`, `Io`.
 */
export const makeBackup = async (options: BackupOptions): Promise<BackupOutcome | null> => {
  const { directory, processes } = options
  const { backups } = directory
  try {
    await ensureDataDirectory(directory, processes)
    return await withBackupLock(backups, processes, () => attempt(options, MAX_ATTEMPTS))
  } catch (cause) {
    throw BackupError.from(cause, backups)
  }
}

const attempt = async (options: BackupOptions, attempts: number): Promise<BackupOutcome | null> => {
  const collected = collectFiles(options.directory)
  try {
    if (collected.inputs.length === 0) return null
    const made = await makeOf(collected, options)
    const removed = await retire(made.name, options)
    return { ...made, removed, skipped: collected.skipped }
  } catch (cause) {
    if (!(cause instanceof BackupError) || cause.reason !== "Changing" || attempts <= 1) throw cause
  } finally {
    collected.close()
  }
  return attempt(options, attempts - 1)
}

type Made = Omit<BackupOutcome, "removed" | "skipped">

const makeOf = async (collected: CollectedFiles, options: BackupOptions): Promise<Made> => {
  const { directory, now, known = null } = options
  const { backups } = directory
  const there = listBackups(backups)
  const last = there.find(({ name }) => name === known?.name)
  if (last !== undefined && known?.stamp === collected.stamp) {
    const manifest = await manifestOf(last)
    if (manifest !== null) return confirmed(last, manifest.sessions, collected, now())
  }
  const at = now()
  const manifest = await describeInputs(collected.inputs, at)
  const same = await findSame(there, manifest, at, known?.name ?? null)
  if (same !== null) return confirmed(same, manifest.sessions, collected, at)

  await assertSpace(manifest, there, options)
  const taken = there.map(({ name }) => name)
  const name = backupName(at, taken)
  await writeVerified({ backups, name, allow: guard(options) }, manifest, collected.inputs)
  const path = join(backups, name)
  const { size } = lstatSync(path)
  return { type: "made", name, path, size, sessions: manifest.sessions, known: { name, stamp: collected.stamp } }
}

const confirmed = ({ name, path, size }: BackupFile, sessions: number, { stamp }: CollectedFiles, at: number): Made => {
  // For other processes and for the metrics: up to now this backup is as good as a new one.
  utimesSync(path, at / 1000, at / 1000)
  return { type: "unchanged", name, path, size, sessions, known: { name, stamp } }
}

/**
 * The newest backup, or the newest that is not of the future, if it holds what `manifest` says: read to its last byte but
 * for the one that this process has verified before.
 */
const findSame = async (
  there: ReadonlyArray<BackupFile>,
  manifest: Manifest,
  now: number,
  verified: string | null
): Promise<BackupFile | null> => {
  const candidates = new Set([there[0], there.find(({ time }) => time <= now)])
  for (const candidate of candidates) {
    if (candidate === undefined) continue
    try {
      const found = await withBackup(candidate.path, (archive) =>
        candidate.name === verified ? readManifest(archive) : readArchive(archive)
      )
      if (isSameContent(found, manifest)) return candidate
    } catch {
      // What cannot be read is no reason to go without a backup: a new one is made.
    }
  }
  return null
}

/** Throws `NoSpace` or `TooLarge` when the backup will not fit; old ones that may go make room first. */
const assertSpace = async (
  manifest: Manifest,
  there: ReadonlyArray<BackupFile>,
  options: BackupOptions
): Promise<void> => {
  const { directory, space = diskSpace } = options
  const size = await estimate(manifest, there)
  const fits = () => {
    const { free, total } = space(directory.backups)
    return free - size >= total * FREE_PART
  }
  if (fits()) return
  const good = await newestVerified(there)
  if (good !== null) await retire(good.name, options)
  if (!fits()) throw noSpace(directory.backups, size)
}

/** What a backup says that it holds; null when not even that can be read. */
const manifestOf = async ({ path }: BackupFile): Promise<Manifest | null> => {
  try {
    return await withBackup(path, (archive) => readManifest(archive))
  } catch {
    return null
  }
}

/** Bytes that the archive will probably have, by what the last one made of its content; all of it without one. */
const estimate = async (manifest: Manifest, there: ReadonlyArray<BackupFile>): Promise<number> => {
  const bytes = totalBytes(manifest.files)
  const [last] = there
  const before = last === undefined ? 0 : totalBytes((await manifestOf(last))?.files ?? [])
  return last === undefined || before === 0 ? bytes : Math.min(bytes, Math.ceil((bytes * last.size * GROWTH) / before))
}

/** What is asked before every write: an estimate is no promise. */
const guard = ({ directory, maxBytes, space = diskSpace }: BackupOptions) => {
  let looked = 0
  return (bytes: number): void => {
    if (bytes > maxBytes) {
      const detail = `the backup alone would be larger than BACKUP_MAX_BYTES (${formatBytes(maxBytes)})`
      throw new BackupError({ reason: "TooLarge", subject: directory.backups, detail })
    }
    if (bytes - looked < LOOK_BYTES) return
    looked = bytes
    const { free, total } = space(directory.backups)
    if (free < total * FREE_PART) throw noSpace(directory.backups, bytes)
  }
}

const noSpace = (backups: string, size: number): BackupError =>
  new BackupError({
    reason: "NoSpace",
    subject: backups,
    detail: `less than 10 % of the disk would stay free after a backup of some ${formatBytes(size)}`
  })

/** The newest backup that is whole; null when none is. */
const newestVerified = async (there: ReadonlyArray<BackupFile>): Promise<BackupFile | null> => {
  for (const backup of there) {
    try {
      await withBackup(backup.path, (archive) => readArchive(archive))
      return backup
    } catch {
      // The next one may be.
    }
  }
  return null
}

/** Removes what may go, and gives its names. */
const retire = async (
  keep: string,
  { directory, now, retention, maxBytes }: BackupOptions
): Promise<ReadonlyArray<string>> => {
  const { backups } = directory
  const gone = expired(listBackups(backups), { now: now(), age: retention, bytes: maxBytes, keep })
  for (const { path } of gone) removeIfThere(path)
  if (gone.length > 0) await syncDirectory(backups)
  return gone.map(({ name }) => name)
}
