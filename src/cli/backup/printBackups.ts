import * as Effect from "effect/Effect"
import { formatBytes } from "../../domain/formatBytes.ts"
import { BackupError } from "../../services/backup/BackupError.ts"
import { type BackupFile, listBackups, withBackup } from "../../services/backup/backupFiles.ts"
import { readArchive, readManifest } from "../../services/backup/readArchive.ts"
import { dataDirectory } from "../../services/persistence/dataDirectory.ts"
import { quoted } from "../../services/persistence/PersistenceError.ts"
import { formatDay, formatTime } from "../../ui/blocks/format.ts"
import { CliError } from "../CliError.ts"
import { warnOf } from "../configProblems.ts"
import type { Surroundings } from "../open.ts"
import { alignColumns } from "../sessionTable.ts"
import { writeOut } from "../writeOut.ts"
import { backupCliError } from "./backupCliError.ts"
import { sessionsText } from "./printBackup.ts"

/** What `effecttalk backups` was given. */
export interface BackupsArguments {
  readonly verify: boolean
  readonly json: boolean
}

/** A backup as programs read it: docs/cli.md promises these names. */
interface ListedBackup {
  readonly name: string
  readonly path: string
  /** When it was made, in milliseconds since the epoch. */
  readonly time: number
  /** Of the archive, in bytes. */
  readonly size: number
  /** Null when it cannot be read. */
  readonly sessions: number | null
  /** Null without `--verify`. */
  readonly verified: boolean | null
  /** What is wrong with it, null when nothing is known to be. */
  readonly problem: string | null
}

const look = async ({ name, path, time, size }: BackupFile, verify: boolean): Promise<ListedBackup> => {
  const file = { name, path, time, size }
  try {
    const { sessions } = await withBackup(path, (archive) => (verify ? readArchive(archive) : readManifest(archive)))
    return { ...file, sessions, verified: verify ? true : null, problem: null }
  } catch (cause) {
    // The row names the file.
    const problem = BackupError.from(cause, path).message.replace(`${quoted(path)}: `, "")
    return { ...file, sessions: null, verified: verify ? false : null, problem }
  }
}

const row = ({ name, time, size, sessions, verified, problem }: ListedBackup): ReadonlyArray<string> => [
  name,
  `${formatDay(time)} ${formatTime(time)}`,
  formatBytes(size),
  sessions === null ? "" : sessionsText(sessions),
  problem ?? (verified === true ? "verified" : "")
]

/** Prints the backups, the newest first. Fails with exit code 3 when one that was verified is not in order. */
export const printBackups = Effect.fn("backups")(function* (
  options: BackupsArguments,
  { configuration }: Surroundings
) {
  yield* warnOf(configuration)
  const { backups } = dataDirectory(configuration.config.dataDir)
  const listed = yield* Effect.tryPromise({
    try: async () => {
      const found: Array<ListedBackup> = []
      // One after the other: each may be as large as the disk takes.
      for (const file of listBackups(backups)) found.push(await look(file, options.verify))
      return found
    },
    catch: (cause) => backupCliError(cause, backups)
  })
  const lines = listed.length === 0 ? ["No backups yet."] : alignColumns(listed.map(row))
  yield* writeOut(options.json ? `${JSON.stringify(listed, null, 2)}\n` : `${lines.join("\n")}\n`)
  const bad = listed.filter(({ verified }) => verified === false).length
  if (bad > 0) yield* new CliError({ exitCode: 3, line: `${bad} of ${listed.length} backups cannot be restored` })
})
