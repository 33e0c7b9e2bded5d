import { homedir } from "node:os"
import * as Effect from "effect/Effect"
import { PersistenceService } from "../services/PersistenceService.ts"
import type { SessionSummary } from "../services/persistence/sessionList.ts"
import { textWidth } from "../terminal/cells.ts"
import { formatCount, formatDay, formatTime, tildePath } from "../ui/blocks/format.ts"
import { truncateText, visibleText } from "../ui/blocks/visibleText.ts"
import { writeOut } from "./writeOut.ts"

/** Widest last command in the table, in cells. */
const MAX_COMMAND_CELLS = 48
/** Widest name in the table, in cells. */
const MAX_NAME_CELLS = 24
/** Characters of an id in the table. */
const ID_CELLS = 8

const row = (session: SessionSummary): ReadonlyArray<string> => [
  session.id.slice(0, ID_CELLS),
  truncateText(visibleText(session.name ?? ""), MAX_NAME_CELLS),
  `${formatDay(session.lastModified)} ${formatTime(session.lastModified)}`,
  `${formatCount(session.blocks)} ${session.blocks === 1 ? "block" : "blocks"}`,
  visibleText(tildePath(session.workingDirectory, homedir())),
  truncateText(visibleText(session.lastCommand?.split("\n")[0] ?? ""), MAX_COMMAND_CELLS),
  [session.pinned ? "pinned" : "", session.owner === null ? "" : `open in process ${session.owner}`]
    .filter((text) => text !== "")
    .join(", ")
]

/** Rows of text with their columns aligned by cells; a column without any text is left out. */
export const alignColumns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => textWidth(cells[column] ?? ""))))
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - textWidth(cell)))
      .filter((_, column) => widths[column] !== 0)
      .join("  ")
      .trimEnd()
  )
}

/** The list of sessions, and those that could not be read on stderr, by name. */
const listSessions = Effect.fn("listSessions")(function* (print: (sessions: ReadonlyArray<SessionSummary>) => string) {
  const persistence = yield* PersistenceService
  const { sessions, refused } = yield* persistence.listSessions()
  yield* writeOut(print(sessions))
  yield* Effect.sync(() => process.stderr.write(refused.map(({ message }) => `effecttalk: ${message}\n`).join("")))
})

/** Prints the stored sessions, the pinned ones first, then those last used. */
export const printSessions = () =>
  listSessions((sessions) => {
    const pinnedFirst = sessions.toSorted((a, b) => Number(b.pinned) - Number(a.pinned))
    const lines = sessions.length === 0 ? ["No sessions yet."] : alignColumns(pinnedFirst.map(row))
    return `${lines.join("\n")}\n`
  })

/** A session as programs read it: docs/cli.md promises these names. Texts are as they were typed. */
const asJson = (session: SessionSummary) => ({
  id: session.id,
  name: session.name,
  pinned: session.pinned,
  exec: session.exec,
  workingDirectory: session.workingDirectory,
  blocks: session.blocks,
  lastCommand: session.lastCommand,
  createdAt: session.createdAt,
  lastModified: session.lastModified,
  owner: session.owner
})

/** Prints the stored sessions, last used first, as one JSON array. */
export const printSessionsJson = () => listSessions((sessions) => `${JSON.stringify(sessions.map(asJson), null, 2)}\n`)
