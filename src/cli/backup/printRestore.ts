import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import { formatBytes } from "../../domain/formatBytes.ts"
import { backupTime, listBackups } from "../../services/backup/backupFiles.ts"
import { type PlannedSession, planRestore, type SessionChange } from "../../services/backup/restore/planRestore.ts"
import { MAX_PREVIOUS, restoreBackup } from "../../services/backup/restore/restoreBackup.ts"
import { type DataDirectory, dataDirectory } from "../../services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../services/persistence/ProcessLock.ts"
import { StructuredLoggingService } from "../../services/StructuredLoggingService.ts"
import { quote } from "../../shell/integration/shellWords.ts"
import { formatDay, formatTime } from "../../ui/blocks/format.ts"
import { visibleText } from "../../ui/blocks/visibleText.ts"
import { requireConfig } from "../configProblems.ts"
import type { Surroundings } from "../open.ts"
import { alignColumns } from "../sessionTable.ts"
import { writeOut } from "../writeOut.ts"
import { backupCliError } from "./backupCliError.ts"
import { sessionsText } from "./printBackup.ts"

/** What `effecttalk restore` was given. */
export interface RestoreArguments {
  readonly file: string
  readonly dryRun: boolean
}

/** The path of a backup that was named as the list names it, or by a path. */
const pathOf = (file: string, { backups }: DataDirectory): string => {
  const listed = backupTime(file) === null ? undefined : listBackups(backups).find(({ name }) => name === file)
  return listed?.path ?? resolve(file)
}

/** In the order in which they are told; what stays is only counted. */
const CHANGES: ReadonlyArray<readonly [SessionChange, string]> = [
  ["returns", "would come back"],
  ["changes", "would change"],
  ["goes", "would go"]
]

const row = ({ session, bytes, modified }: PlannedSession, word: string): ReadonlyArray<string> => [
  word,
  session,
  `${formatDay(modified)} ${formatTime(modified)}`,
  formatBytes(bytes)
]

const printPlan = Effect.fn("restore.printPlan")(function* (directory: DataDirectory, path: string) {
  const { manifest, sessions } = yield* Effect.tryPromise({
    try: () => planRestore(directory, path),
    catch: (cause) => backupCliError(cause, path)
  })
  const rows = CHANGES.flatMap(([change, word]) =>
    sessions.filter((session) => session.change === change).map((session) => row(session, word))
  )
  const stay = sessions.filter(({ change }) => change === "stays").length
  const lines = [
    `${visibleText(path)}: ${sessionsText(manifest.sessions)} of ${formatDay(manifest.createdAt)} ${formatTime(manifest.createdAt)}, verified`,
    ...alignColumns(rows),
    `${sessionsText(stay)} would stay as ${stay === 1 ? "it is" : "they are"}; nothing was changed`
  ]
  yield* writeOut(`${lines.join("\n")}\n`)
})

/** Restores a backup, or says what that would do. Fails with `CliError`. */
export const printRestore = Effect.fn("restore")(function* (
  { file, dryRun }: RestoreArguments,
  { configuration }: Surroundings
) {
  yield* requireConfig(configuration)
  const directory = dataDirectory(configuration.config.dataDir)
  const path = yield* Effect.try({ try: () => pathOf(file, directory), catch: (cause) => backupCliError(cause, file) })
  if (dryRun) return yield* printPlan(directory, path)
  const logging = yield* StructuredLoggingService
  const clock = yield* Effect.clock
  const { sessions, previous, removed } = yield* Effect.tryPromise({
    try: () =>
      restoreBackup({
        directory,
        processes: systemProcesses(),
        now: () => clock.unsafeCurrentTimeMillis(),
        backup: path
      }),
    catch: (cause) => backupCliError(cause, path)
  }).pipe(Effect.uninterruptible)
  yield* logging.audit("backup.restored", { sessions, removed: removed.length })
  const kept = `What was there before is in ${visibleText(previous)}`
  const lines = [
    `Restored ${sessionsText(sessions)}.`,
    `${kept} (the last ${MAX_PREVIOUS} such directories are kept).`,
    `When you are sure: rm -r ${visibleText(quote(previous))}`
  ]
  if (removed.length > 0) lines.push(`Removed: ${removed.join(", ")}`)
  return yield* writeOut(`${lines.join("\n")}\n`)
})
