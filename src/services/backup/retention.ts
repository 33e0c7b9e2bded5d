import type { BackupFile } from "./backupFiles.ts"

/** How long and how much is kept. */
export interface Retention {
  /** Now, in milliseconds since the epoch. */
  readonly now: number
  /** Milliseconds (BACKUP_RETENTION). */
  readonly age: number
  /** Of all backups together (BACKUP_MAX_BYTES). */
  readonly bytes: number
  /** Name of the last backup that was verified: it stays, whatever the rest says. */
  readonly keep: string
}

/**
 * The backups that may go, the oldest first: those older than the retention by their name, then as many as are too much.
 * A name in the future, left by a clock that was wrong, is not old.
 *
 * @param backups all there are, in any order
 */
export const expired = (backups: ReadonlyArray<BackupFile>, retention: Retention): ReadonlyArray<BackupFile> => {
  const { now, age, bytes, keep } = retention
  const oldestFirst = backups.toSorted((one, other) => one.time - other.time)
  let left = backups.reduce((sum, { size }) => sum + size, 0)
  return oldestFirst.filter(({ name, time, size }) => {
    const goes = name !== keep && (time < now - age || left > bytes)
    if (goes) left -= size
    return goes
  })
}
