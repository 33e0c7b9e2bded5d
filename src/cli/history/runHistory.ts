import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { fuzzyCost, fuzzyQuery } from "../../domain/fuzzy.ts"
import type { HistoryEntry } from "../../domain/HistoryEntry.ts"
import { HistoryStore } from "../../services/HistoryStore.ts"
import type { IndexedEntry } from "../../services/history/HistoryIndex.ts"
import { formatCount, formatDay, formatTime, tildePath } from "../../ui/blocks/format.ts"
import { visibleText } from "../../ui/blocks/visibleText.ts"
import { CliError, toCliError } from "../CliError.ts"
import { alignColumns } from "../sessionTable.ts"
import { writeOut } from "../writeOut.ts"

/** What `effecttalk history` was given. */
export interface HistoryArguments {
  readonly words: ReadonlyArray<string>
  readonly limit: Option.Option<string>
  readonly failed: boolean
  readonly directory: Option.Option<string>
  readonly json: boolean
  readonly command: Option.Option<string>
  readonly before: Option.Option<string>
  readonly all: boolean
  readonly dryRun: boolean
}

const usage = (line: string) => new CliError({ exitCode: 2, line })

type Condition = (entry: IndexedEntry) => boolean

/** What `--failed` and `--directory` leave. */
const commonConditions = ({ failed, directory }: HistoryArguments, workingDirectory: string): Array<Condition> => {
  const wanted = Option.map(directory, (path) => resolve(workingDirectory, path))
  return [
    ...(failed ? [(entry: HistoryEntry) => entry.status === "failure"] : []),
    ...Option.match(wanted, { onNone: () => [], onSome: (path) => [(entry: HistoryEntry) => entry.directory === path] })
  ]
}

const row = (entry: HistoryEntry, home: string): ReadonlyArray<string> => [
  entry.at === null ? "" : `${formatDay(entry.at)} ${formatTime(entry.at)}`,
  entry.status === "failure" ? `exit ${entry.exit ?? "?"}` : entry.status === "interrupted" ? "interrupted" : "",
  entry.directory === null ? "" : tildePath(entry.directory, home),
  visibleText(entry.command.replaceAll("\n", "⏎"))
]

/** An entry as programs read it: docs/cli.md promises these names. What is not known is null. */
const asJson = ({ command, at, status, exit, duration, directory, session }: HistoryEntry): string =>
  JSON.stringify({ command, at, status, exit, duration, directory, session })

const print = (entries: ReadonlyArray<HistoryEntry>, json: boolean, home: string) => {
  const lines = json ? entries.map(asJson) : alignColumns(entries.map((entry) => row(entry, home)))
  return lines.length === 0 ? Effect.void : Effect.asVoid(writeOut(`${lines.join("\n")}\n`))
}

const newest = (limit: string): Effect.Effect<number, CliError> =>
  /^[1-9]\d{0,8}$/.test(limit)
    ? Effect.succeed(Number(limit))
    : Effect.fail(usage("--limit needs a whole number from 1 on"))

const list = Effect.fn("history.list")(function* (options: HistoryArguments, home: string, workingDirectory: string) {
  if (options.all || options.dryRun || Option.isSome(options.command) || Option.isSome(options.before)) {
    return yield* usage("--command, --before, --all and --dry-run belong to effecttalk history forget")
  }
  const limit = yield* Option.match(options.limit, {
    onNone: () => Effect.succeed(Number.POSITIVE_INFINITY),
    onSome: newest
  })
  const query = fuzzyQuery(options.words.join(" "))
  const conditions = commonConditions(options, workingDirectory)
  const entries = (yield* openHistory()).entries.filter(
    (entry) => fuzzyCost(entry, query) !== -1 && conditions.every((holds) => holds(entry))
  )
  yield* print(entries.slice(Math.max(0, entries.length - limit)), options.json, home)
})

/** The history; fails where there is one that cannot be read. */
const openHistory = Effect.fn("history.open")(function* () {
  const history = yield* HistoryStore
  const index = yield* history.open
  const failure = history.failure()
  if (failure !== null) return yield* new CliError({ exitCode: 3, line: `the history cannot be read: ${failure}` })
  return index
})

/** The instant that `--before` names, in local time where it names no zone; null for none. */
const instant = (date: string): number | null => {
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(date) ? `${date}T00:00` : date)
  return /^\d{4}-\d\d-\d\d/.test(date) && Number.isFinite(at) ? at : null
}

const forgetConditions = Effect.fn("history.forgetConditions")(function* (
  text: string,
  options: HistoryArguments,
  workingDirectory: string
) {
  const conditions = commonConditions(options, workingDirectory)
  if (text !== "") conditions.push((entry) => entry.command.includes(text))
  if (Option.isSome(options.command)) {
    const exact = options.command.value
    conditions.push((entry) => entry.command === exact)
  }
  if (Option.isSome(options.before)) {
    const at = instant(options.before.value)
    if (at === null) return yield* usage("--before needs a date such as 2026-08-05 or 2026-08-05T12:00")
    // What the shell's own history told without a time is older than all that has one.
    conditions.push((entry) => (entry.at ?? 0) < at)
  }
  if (options.all && conditions.length > 0) return yield* usage("--all stands alone")
  if (!options.all && conditions.length === 0) {
    return yield* usage("say what to forget: a text, --command, --before, --directory, --failed or --all")
  }
  return conditions
})

const forget = Effect.fn("history.forget")(function* (
  text: string,
  options: HistoryArguments,
  home: string,
  workingDirectory: string
) {
  if (Option.isSome(options.limit)) return yield* usage("--limit does not go with forget")
  const conditions = yield* forgetConditions(text, options, workingDirectory)
  const matches = (entry: HistoryEntry) => conditions.every((holds) => holds(entry as IndexedEntry))
  const index = yield* openHistory()
  if (options.dryRun) {
    const entries = index.entries.filter(matches)
    yield* print(entries, options.json, home)
    return yield* options.json ? Effect.void : Effect.asVoid(writeOut(`${told(entries.length)} would be forgotten.\n`))
  }
  const count = yield* Effect.mapError((yield* HistoryStore).forget(matches), toCliError)
  yield* writeOut(options.json ? `${JSON.stringify({ forgotten: count })}\n` : `Forgot ${told(count)}.\n`)
})

const told = (count: number): string => `${formatCount(count)} ${count === 1 ? "entry" : "entries"}`

/** Lists, or forgets where the first word is `forget`. Fails with `CliError`. */
export const runHistory = (options: HistoryArguments, home: string, workingDirectory: string) => {
  const [first, ...rest] = options.words
  return first === "forget"
    ? forget(rest.join(" "), options, home, workingDirectory)
    : list(options, home, workingDirectory)
}
