import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import { formatBytes } from "../../domain/formatBytes.ts"
import { backupTime, listBackups } from "../../services/backup/backupFiles.ts"
import {
  type PlannedSession,
  type PresentSessions,
  planRestore,
  type RestorePlan,
  type SessionChange
} from "../../services/backup/restore/planRestore.ts"
import { assertRestorable, MAX_PREVIOUS, restoreBackup } from "../../services/backup/restore/restoreBackup.ts"
import { type DataDirectory, dataDirectory } from "../../services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../services/persistence/ProcessLock.ts"
import { StructuredLoggingService } from "../../services/StructuredLoggingService.ts"
import { quote } from "../../shell/integration/shellWords.ts"
import { formatDay, formatTime } from "../../ui/blocks/format.ts"
import { visibleText } from "../../ui/blocks/visibleText.ts"
import { requireConfig } from "../configProblems.ts"
import { confirm } from "../confirm.ts"
import type { Surroundings } from "../open.ts"
import { alignColumns } from "../sessionTable.ts"
import { writeOut } from "../writeOut.ts"
import { backupCliError } from "./backupCliError.ts"
import { sessionsText } from "./printBackup.ts"

/** What `effecttalk restore` was given. */
export interface RestoreArguments {
  readonly file: string
  readonly dryRun: boolean
  readonly yes: boolean
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
  timeText(modified),
  formatBytes(bytes)
]

const timeText = (at: number): string => `${formatDay(at)} ${formatTime(at)}`

const planOf = (directory: DataDirectory, path: string) =>
  Effect.tryPromise({ try: () => planRestore(directory, path), catch: (cause) => backupCliError(cause, path) })

const printPlan = Effect.fn("restore.printPlan")(function* (directory: DataDirectory, path: string) {
  const { manifest, sessions } = yield* planOf(directory, path)
  const rows = CHANGES.flatMap(([change, word]) =>
    sessions.filter((session) => session.change === change).map((session) => row(session, word))
  )
  const stay = sessions.filter(({ change }) => change === "stays").length
  const lines = [
    `${visibleText(path)}: ${sessionsText(manifest.sessions)} of ${timeText(manifest.createdAt)}, verified`,
    ...alignColumns(rows),
    `${sessionsText(stay)} would stay as ${stay === 1 ? "it is" : "they are"}; nothing was changed`
  ]
  yield* writeOut(`${lines.join("\n")}\n`)
})

/** What comes in the place of what, in two lines. */
const exchangeText = ({ manifest, sessions }: RestorePlan, there: PresentSessions): string => {
  const count = (asked: SessionChange) => sessions.filter(({ change }) => change === asked).length
  const changed = there.modified === null ? "" : `, last changed ${timeText(there.modified)}`
  const becomes = `${count("goes")} would go, ${count("changes")} change, ${count("stays")} stay as they are`
  return [
    `There now:  ${sessionsText(there.sessions)}${changed}: ${becomes}`,
    `The backup: ${sessionsText(manifest.sessions)} of ${timeText(manifest.createdAt)}, verified: ${count("returns")} would come back`
  ].join("\n")
}

/** True when the sessions that are there may be replaced: there are none, or the user says so. */
const mayReplace = Effect.fn("restore.mayReplace")(function* (directory: DataDirectory, path: string) {
  // Who would be refused afterwards is not asked.
  yield* Effect.try({
    try: () => assertRestorable({ directory, processes: systemProcesses() }),
    catch: (cause) => backupCliError(cause, path)
  })
  const plan = yield* planOf(directory, path)
  if (plan.there === null) return true
  yield* writeOut(`${exchangeText(plan, plan.there)}\n`)
  const question = "Put the backup in the place of what is there, which is kept beside it? [y/N] "
  return yield* confirm(question, "--yes restores without asking")
})

/**
 * Restores a backup once the user has agreed, or says what that would do. Fails with `CliError`: 2 when nobody can be asked.
 */
export const printRestore = Effect.fn("restore")(function* (
  { file, dryRun, yes }: RestoreArguments,
  { configuration }: Surroundings
) {
  yield* requireConfig(configuration)
  const directory = dataDirectory(configuration.config.dataDir)
  const path = yield* Effect.try({ try: () => pathOf(file, directory), catch: (cause) => backupCliError(cause, file) })
  if (dryRun) return yield* printPlan(directory, path)
  if (!yes && !(yield* mayReplace(directory, path))) return yield* writeOut("Nothing was restored.\n")
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
