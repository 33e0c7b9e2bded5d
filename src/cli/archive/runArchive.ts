/** What `effecttalk archive` does. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AGE_FORMS, parseAge } from "../../domain/duration.ts"
import type { SessionId } from "../../domain/ids.ts"
import type { ArchivedSummary } from "../../services/archive/archivedList.ts"
import { PersistenceService } from "../../services/PersistenceService.ts"
import { type PersistenceError, quoted } from "../../services/persistence/PersistenceError.ts"
import { SessionArchive } from "../../services/SessionArchive.ts"
import { StructuredLoggingService } from "../../services/StructuredLoggingService.ts"
import { formatCount, formatDay, formatTime } from "../../ui/blocks/format.ts"
import { truncateText, visibleText } from "../../ui/blocks/visibleText.ts"
import { CliError, toCliError } from "../CliError.ts"
import { alignColumns } from "../sessionTable.ts"
import { writeOut } from "../writeOut.ts"

/** What was asked for. */
export interface ArchiveOptions {
  readonly session: Option.Option<string>
  readonly olderThan: Option.Option<string>
  readonly list: boolean
  readonly json: boolean
  readonly restore: Option.Option<string>
}

/** Widest name in a table, in cells. */
const MAX_NAME_CELLS = 32
/** Characters of an id in a table. */
const ID_CELLS = 8

const usage = (line: string) => new CliError({ exitCode: 2, line })

/** `3f8a9b2c deploy`. */
const named = ({ id, name }: { readonly id: SessionId; readonly name: string | null }): string =>
  [id.slice(0, ID_CELLS), ...(name === null ? [] : [visibleText(name)])].join(" ")

/** What something of the archive is, in a few words. */
const kindText = ({ kind, from, fromName }: ArchivedSummary): string => {
  const origin = fromName === null ? from.slice(0, ID_CELLS) : truncateText(visibleText(fromName), MAX_NAME_CELLS)
  switch (kind) {
    case "session":
      return "session"
    case "save":
      return `snapshot of ${origin}`
    case "clear":
      return `cleared from ${origin}`
    case "size":
      return `left ${origin} for its size`
  }
}

const row = (entry: ArchivedSummary): ReadonlyArray<string> => [
  // A session that was archived twice has a number behind its id, by which it is told apart.
  entry.id.slice(0, ID_CELLS) + entry.file.slice(entry.id.length),
  truncateText(visibleText(entry.name ?? ""), MAX_NAME_CELLS),
  `${formatCount(entry.blocks)} ${entry.blocks === 1 ? "block" : "blocks"}`,
  entry.month,
  `${formatDay(entry.savedAt)} ${formatTime(entry.savedAt)}`,
  kindText(entry)
]

/** Something of the archive as programs read it: docs/cli.md promises these names. */
const asJson = (entry: ArchivedSummary) => ({
  id: entry.id,
  name: entry.name,
  kind: entry.kind,
  from: entry.from,
  fromName: entry.fromName,
  blocks: entry.blocks,
  month: entry.month,
  file: entry.file,
  saved: entry.savedAt
})

const printList = Effect.fn("archive.printList")(function* (json: boolean) {
  const { archived, refused } = yield* (yield* SessionArchive).list
  const table = archived.length === 0 ? ["The archive is empty."] : alignColumns(archived.map(row))
  yield* writeOut(`${json ? JSON.stringify(archived.map(asJson), null, 2) : table.join("\n")}\n`)
  yield* Effect.sync(() => process.stderr.write(refused.map(({ message }) => `effecttalk: ${message}\n`).join("")))
})

const archiveOne = Effect.fn("archive.archiveOne")(function* (text: string) {
  const persistence = yield* PersistenceService
  const logging = yield* StructuredLoggingService
  const id = yield* persistence.resolveSession(text)
  yield* persistence.archiveSession(id)
  yield* logging.audit("session.archived", { sessionId: id })
  yield* writeOut(`archived ${id.slice(0, ID_CELLS)}\n`)
})

const archiveOlder = Effect.fn("archive.archiveOlder")(function* (text: string) {
  const age = parseAge(text)
  if (age === null) return yield* usage(`--older-than ${quoted(text)} is not ${AGE_FORMS}`)
  const old = yield* (yield* SessionArchive).archiveOlder(age)
  if (old === null) return yield* new CliError({ exitCode: 1, line: "another process archives old sessions just now" })
  const { archived, kept, refused } = old
  const lines = [
    ...archived.map((session) => `archived ${named(session)}`),
    ...kept.map(
      ({ owner, ...session }) => `kept ${named(session)}: ${owner === null ? "pinned" : `open in process ${owner}`}`
    )
  ]
  yield* writeOut(lines.length === 0 ? "No session is that old.\n" : `${lines.join("\n")}\n`)
  const [line, ...before] = refused.map(({ message }) => message).toReversed()
  if (line !== undefined) yield* new CliError({ exitCode: 3, line, before: before.toReversed() })
})

const restoreOne = Effect.fn("archive.restoreOne")(function* (text: string) {
  const { id, moved, entry } = yield* (yield* SessionArchive).restore(text)
  const stays = moved ? "" : entry.kind === "save" ? " (the snapshot stays)" : " (the damaged original stays)"
  yield* writeOut(`restored ${named({ id, name: entry.name })}${stays}: effecttalk --resume ${id.slice(0, ID_CELLS)}\n`)
})

/** Does the one thing that was asked for. Fails with `CliError`. */
export const runArchive = Effect.fn("archive.run")(
  function* ({ session, olderThan, list, json, restore }: ArchiveOptions) {
    const asked = [session, olderThan, restore].filter(Option.isSome).length + (list ? 1 : 0)
    if (asked !== 1) {
      return yield* usage("archive takes one of: a session's id, --older-than <age>, --list, --restore <id or name>")
    }
    if (json && !list) return yield* usage("--json belongs to --list")
    if (list) yield* printList(json)
    else if (Option.isSome(session)) yield* archiveOne(session.value)
    else if (Option.isSome(olderThan)) yield* archiveOlder(olderThan.value)
    else if (Option.isSome(restore)) yield* restoreOne(restore.value)
  },
  Effect.mapError((error: PersistenceError | CliError) => toCliError(error))
)
