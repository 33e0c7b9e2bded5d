import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { type BackupOptions, makeBackup } from "../../../src/services/backup/makeBackup.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { processes, temporaryDirectory } from "../persistence/sessions.ts"

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
/** 2 January 2026, 03:04:05 UTC. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

/** Writes a file below DATA_DIR, private, with its directories. */
export const put = (dataDir: string, path: string, content: string | Buffer): string => {
  const file = join(dataDir, path)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, content, { mode: 0o600 })
  return file
}

/** A DATA_DIR with three sessions; what is in their files is nobody's business here. */
export const someSessions = (): string => {
  const dataDir = temporaryDirectory()
  put(dataDir, "active/a.json", '{"id":"a"}\n')
  put(dataDir, "active/a.journal", "journal of a")
  put(dataDir, "active/b.journal", "journal of b")
  put(dataDir, "archived/2025-12/c.json", '{"id":"c"}\n')
  return dataDir
}

/** Every file below a directory with its content and mode. */
export const tree = (directory: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [
        relative(directory, path),
        `${(statSync(path).mode & 0o777).toString(8)} ${readFileSync(path, "latin1")}`
      ])
  )

/** Names in `backups/`, sorted. */
export const namesOf = (dataDir: string): ReadonlyArray<string> => readdirSync(join(dataDir, "backups")).sort()

export const optionsOf = (dataDir: string, changes: Partial<BackupOptions> = {}): BackupOptions => ({
  directory: dataDirectory(dataDir),
  processes: processes(),
  now: () => NOW,
  maxBytes: 1024 ** 3,
  retention: 7 * DAY_MS,
  ...changes
})

/** Makes a backup at `NOW`, or as `changes` say. */
export const backUp = (dataDir: string, changes: Partial<BackupOptions> = {}) => makeBackup(optionsOf(dataDir, changes))
