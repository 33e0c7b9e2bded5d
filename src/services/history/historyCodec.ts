/**
 * The lines of the history file: JSON, one line each, so that windows append without knowing of each other and a torn
 * line costs itself alone. docs/history.md has the format. Plain checks, no schema: 100,000 lines are read at a time.
 */
import type { HistoryEntry, HistoryStatus } from "../../domain/HistoryEntry.ts"

/** Format of the file; a newer one is left alone. */
export const HISTORY_VERSION = 1

/** What a line says. */
export type HistoryLine =
  | { readonly type: "header"; readonly version: number }
  | { readonly type: "entry"; readonly entry: HistoryEntry }
  /** The history file of such a shell was taken over. */
  | { readonly type: "seeded"; readonly shell: string }

/** The file's first line. */
export const HEADER_LINE = `${JSON.stringify({ effecttalk: "history", version: HISTORY_VERSION })}\n`

/** The line that remembers that the history of a kind of shell (`bash`) was taken over. */
export const seededLine = (shell: string): string => `${JSON.stringify({ seeded: shell })}\n`

/** An entry's line; what is not known is left out. */
export const entryLine = ({ command, ...rest }: HistoryEntry): string =>
  `${JSON.stringify({ command, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)) })}\n`

const STATUSES: ReadonlySet<unknown> = new Set<HistoryStatus>(["success", "failure", "interrupted"])

const text = (value: unknown): string | null => (typeof value === "string" ? value : null)
const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null)

/** What a line (without its newline) says; null for one that is damaged, or of a kind that a newer version has added. */
export const parseLine = (line: string): HistoryLine | null => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  if (typeof value !== "object" || value === null) return null
  const fields = value as Readonly<Record<string, unknown>>
  if (typeof fields.command === "string" && fields.command !== "") {
    const { command, status } = fields
    return {
      type: "entry",
      entry: {
        command,
        at: number(fields.at),
        status: STATUSES.has(status) ? (status as HistoryStatus) : null,
        exit: number(fields.exit),
        duration: number(fields.duration),
        directory: text(fields.directory),
        session: text(fields.session)
      }
    }
  }
  if (fields.effecttalk === "history") return { type: "header", version: number(fields.version) ?? Number.NaN }
  return typeof fields.seeded === "string" ? { type: "seeded", shell: fields.seeded } : null
}

/** The line that says it. */
export const lineOf = (line: Exclude<HistoryLine, { type: "header" }>): string =>
  line.type === "entry" ? entryLine(line.entry) : seededLine(line.shell)
