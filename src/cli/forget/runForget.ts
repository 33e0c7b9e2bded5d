/** Lists what is going to be forgotten, asks, does it, and says what came of it. */
import { join, relative } from "node:path"
import * as Effect from "effect/Effect"
import { BackupError } from "../../services/backup/BackupError.ts"
import type { EraseError } from "../../services/forget/erase.ts"
import { type ForgetTarget, targetName } from "../../services/forget/ForgetTarget.ts"
import type { DoomedFile } from "../../services/forget/findFiles.ts"
import { type ForgetPlan, type Forgotten, forget, planForget } from "../../services/forget/forget.ts"
import { resolveForget } from "../../services/forget/resolveForget.ts"
import { HISTORY_FILE } from "../../services/history/HistoryFile.ts"
import { type DataDirectory, dataDirectory } from "../../services/persistence/dataDirectory.ts"
import { PersistenceError } from "../../services/persistence/PersistenceError.ts"
import { systemProcesses } from "../../services/persistence/ProcessLock.ts"
import { formatCount } from "../../ui/blocks/format.ts"
import { truncateText, visibleText } from "../../ui/blocks/visibleText.ts"
import { CliError, toCliError } from "../CliError.ts"
import { confirm } from "../confirm.ts"
import { alignColumns } from "../sessionTable.ts"
import { writeOut } from "../writeOut.ts"

/** What `effecttalk forget` was given. */
export interface ForgetArguments {
  readonly session: string
  /** A block's number or name; null for the whole session. */
  readonly block: string | null
  readonly dryRun: boolean
  readonly yes: boolean
}

/** Widest name or command that is repeated, in cells. */
const MAX_ABOUT_CELLS = 60

/** What stands behind a file that goes as a whole. */
const KINDS: Readonly<Record<DoomedFile["kind"], string>> = {
  session: "removed",
  torn: "removed: a torn end, which may hold it",
  original: "removed: the original of damage, which may hold it",
  temporary: "removed: half written, it may hold it"
}

const count = (number: number, one: string, several: string): string =>
  `${formatCount(number)} ${number === 1 ? one : several}`

/** Everything that is touched, a row each: where, and what becomes of it. */
const rowsOf = ({ target, traces, entries }: ForgetPlan, { root, backups }: DataDirectory) => {
  const isSession = target.block === null
  return [
    ...traces.documents.map(({ directory, name }) => [
      join(directory, `${name}.json`),
      "written anew without the block"
    ]),
    ...traces.files.map(({ path, kind }) => [path, KINDS[kind]]),
    ...(entries === 0 ? [] : [[join(root, HISTORY_FILE), `${count(entries, "entry", "entries")} removed`]]),
    ...traces.inBackups.backups.map(({ name }) => [
      join(backups, name),
      `written anew without the ${isSession ? "session" : "block"}`
    ]),
    ...traces.inBackups.unreadable.map(({ subject }) => [subject, "cannot be read, and stays: it may hold it"]),
    ...traces.unreadable.map(({ subject }) => [subject, "cannot be read, and stays: it may hold it"])
  ].map(([path = "", what = ""]) => [visibleText(relative(root, path)), what])
}

const failure = (error: EraseError): CliError =>
  error instanceof PersistenceError ? toCliError(error) : new CliError({ exitCode: 1, line: error.message })

const headline = (target: ForgetTarget, about: string | null): string => {
  const text = about === null ? "" : truncateText(visibleText(about.split("\n")[0] ?? ""), MAX_ABOUT_CELLS)
  // `b3` is what is typed, and keeps its small letter.
  const name = target.block === null ? targetName(target).replace(/^s/, "S") : targetName(target)
  return `${name}${text === "" ? "" : ` (${text})`}`
}

/** What was done, in a line. */
const summary = ({ target, traces, entries, errors }: Forgotten): string => {
  const { files, documents, inBackups } = traces
  const parts = [
    ...(files.length > 0 ? [`${count(files.length, "file", "files")} removed`] : []),
    ...(documents.length > 0 ? [`${count(documents.length, "session", "sessions")} written anew`] : []),
    ...(entries > 0 ? [`${count(entries, "entry", "entries")} of the history removed`] : []),
    ...(inBackups.backups.length > 0 ? [`${count(inBackups.backups.length, "backup", "backups")} written anew`] : [])
  ]
  const name = targetName(target)
  const done = errors.length === 0 ? `Forgot ${name}` : `Did not forget ${name} everywhere`
  return `${done}: ${parts.length === 0 ? "nothing of it was left" : parts.join(", ")}.`
}

/** Fails with `CliError`: 2 when it is not said what to forget, or nobody can be asked; 1 when something holds it still. */
export const runForget = Effect.fn("forget.runForget")(function* (options: ForgetArguments, dataDir: string) {
  const directory = dataDirectory(dataDir)
  const where = { directory, processes: systemProcesses() }
  const { target, about } = yield* Effect.tryPromise({
    try: () => resolveForget(directory, options.session, options.block),
    catch: (cause) => toCliError(PersistenceError.from(cause, options.session))
  })
  const plan = yield* Effect.mapError(planForget(target, where), failure)
  const rows = rowsOf(plan, directory)
  const list = rows.length === 0 ? ["  nothing is left of it"] : alignColumns(rows).map((row) => `  ${row}`)
  yield* writeOut(`${headline(target, about)}:\n${list.join("\n")}\n`)
  if (options.dryRun) return
  if (!options.yes) {
    if (!(yield* confirm("Forget it for good? There is no way back. [y/N] ", "--yes forgets without asking"))) {
      yield* writeOut("Nothing was forgotten.\n")
      return
    }
  }
  const done = yield* Effect.mapError(forget(target, where), failure)
  yield* writeOut(done.map((each) => `${summary(each)}\n`).join(""))
  const lines = [...new Set(done.flatMap(({ errors }) => errors.map(({ message }) => message)))]
  if (lines.length === 0) return
  const damaged = done.some(({ errors }) => errors.some((error) => error instanceof BackupError))
  const advice = damaged ? "; a backup that cannot be read is yours to remove" : ""
  return yield* new CliError({
    exitCode: 1,
    before: lines,
    line: `something may hold it still${advice}: then run it again`
  })
})
