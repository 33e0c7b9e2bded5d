import { type DataDirectory, hasActiveDirectory } from "../../persistence/dataDirectory.ts"
import { BackupError } from "../BackupError.ts"
import { withBackup } from "../backupFiles.ts"
import { collectFiles } from "../collectFiles.ts"
import { countSessions, type Manifest, type ManifestFile, sessionOfPath, totalBytes } from "../Manifest.ts"
import { readArchive } from "../readArchive.ts"
import { describeInputs } from "../writeArchive.ts"

/** What a restore would do with a session. */
export type SessionChange = "returns" | "goes" | "changes" | "stays"

/** A session that is in the backup, or there now, or both. */
export interface PlannedSession {
  /** `active/<id>` or `archived/2026-01/<id>`. */
  readonly session: string
  readonly change: SessionChange
  /** Of its files, in the backup where they are in it, in bytes. */
  readonly bytes: number
  /** When the newest of these files was changed, in milliseconds since the epoch. */
  readonly modified: number
}

/** What a restore would do. */
export interface RestorePlan {
  readonly manifest: Manifest
  /** By name. */
  readonly sessions: ReadonlyArray<PlannedSession>
  /** What is there now; null for nothing. */
  readonly there: PresentSessions | null
}

/** The sessions that a restore takes away. */
export interface PresentSessions {
  /** Active and archived ones that can be read. */
  readonly sessions: number
  /** When the newest of their files was changed, in milliseconds since the epoch; null when none can be read. */
  readonly modified: number | null
}

/**
 * Checks a backup to its last byte and compares it with what is there. Writes nothing. Rejects with `BackupError` as
 * `readArchive` does, `Unknown` and `Io`.
 */
export const planRestore = async (directory: DataDirectory, backup: string): Promise<RestorePlan> => {
  try {
    const manifest = await withBackup(backup, (archive) => readArchive(archive))
    const current = await currentFiles(directory)
    const there = sessionsOf(current.files)
    const restored = sessionsOf(manifest.files)
    const names = [...new Set([...there.keys(), ...restored.keys()])].sort()
    const sessions = names.map((session) => {
      const now = there.get(session)
      const then = restored.get(session)
      const files = then ?? now ?? []
      const modified = Math.max(...files.map((file) => file.modified))
      return { session, change: changeOf(now, then), bytes: totalBytes(files), modified }
    })
    return { manifest, sessions, there: presentOf(current) }
  } catch (cause) {
    throw BackupError.from(cause, backup)
  }
}

type Files = ReadonlyArray<ManifestFile>

interface CurrentFiles {
  readonly files: Files
  /** How many more there are that cannot be read. */
  readonly skipped: number
}

const currentFiles = async (directory: DataDirectory): Promise<CurrentFiles> => {
  if (!hasActiveDirectory(directory)) return { files: [], skipped: 0 }
  const { inputs, skipped, close } = collectFiles(directory)
  try {
    return { files: (await describeInputs(inputs, 0)).files, skipped: skipped.length }
  } finally {
    close()
  }
}

const presentOf = ({ files, skipped }: CurrentFiles): PresentSessions | null => {
  if (files.length === 0) return skipped === 0 ? null : { sessions: 0, modified: null }
  const modified = files.reduce((newest, file) => Math.max(newest, file.modified), Number.NEGATIVE_INFINITY)
  return { sessions: countSessions(files), modified }
}

const sessionsOf = (files: Files): ReadonlyMap<string, Files> => {
  const sessions = new Map<string, Array<ManifestFile>>()
  for (const file of files) {
    const session = sessionOfPath(file.path) ?? file.path
    sessions.set(session, [...(sessions.get(session) ?? []), file])
  }
  return sessions
}

const changeOf = (now: Files | undefined, then: Files | undefined): SessionChange => {
  if (now === undefined) return "returns"
  if (then === undefined) return "goes"
  const sums = new Map(now.map(({ path, sha256 }) => [path, sha256]))
  return now.length === then.length && then.every(({ path, sha256 }) => sums.get(path) === sha256) ? "stays" : "changes"
}
