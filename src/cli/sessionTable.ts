import { homedir } from "node:os"
import * as Effect from "effect/Effect"
import { PersistenceService } from "../services/PersistenceService.ts"
import type { SessionSummary } from "../services/persistence/sessionList.ts"
import { textWidth } from "../terminal/cells.ts"
import { formatCount, formatDay, formatTime, tildePath } from "../ui/blocks/format.ts"
import { truncateText, visibleText } from "../ui/blocks/visibleText.ts"

/** Widest last command in the table, in cells. */
const MAX_COMMAND_CELLS = 48
/** Characters of an id in the table. */
const ID_CELLS = 8

const row = (session: SessionSummary): ReadonlyArray<string> => [
  session.id.slice(0, ID_CELLS),
  `${formatDay(session.lastModified)} ${formatTime(session.lastModified)}`,
  `${formatCount(session.blocks)} ${session.blocks === 1 ? "block" : "blocks"}`,
  visibleText(tildePath(session.workingDirectory, homedir())),
  truncateText(visibleText(session.lastCommand?.split("\n")[0] ?? ""), MAX_COMMAND_CELLS),
  session.owner === null ? "" : `open in process ${session.owner}`
]

/** Rows of text with their columns aligned by cells. */
export const alignColumns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => textWidth(cells[column] ?? ""))))
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - textWidth(cell)))
      .join("  ")
      .trimEnd()
  )
}

/** Prints the stored sessions, last used first, and by name those that could not be read. */
export const printSessions = Effect.fn("printSessions")(function* () {
  const persistence = yield* PersistenceService
  const { sessions, refused } = yield* persistence.listSessions()
  const lines = sessions.length === 0 ? ["No sessions yet."] : alignColumns(sessions.map(row))
  yield* Effect.sync(() => {
    process.stdout.write(`${lines.join("\n")}\n`)
    for (const error of refused) process.stderr.write(`effecttalk: ${error.message}\n`)
  })
})
