/** Commands kept in the history; the oldest go when a tenth more have gathered. */
export const MAX_HISTORY_ENTRIES = 100_000
/** Longest command that the history keeps, in UTF-16 units: more is a pasted file, not something to look for. */
export const MAX_HISTORY_COMMAND_LENGTH = 65_536

/** How a command of the history ended. */
export type HistoryStatus = "success" | "failure" | "interrupted"

/** One command that was run. What the shell's own history file does not tell is null. */
export interface HistoryEntry {
  readonly command: string
  /** When it began, in milliseconds since the epoch. */
  readonly at: number | null
  readonly status: HistoryStatus | null
  /** 0–255; null also where a signal ended it before a code was known. */
  readonly exit: number | null
  /** Milliseconds. */
  readonly duration: number | null
  /** Absolute directory in which it began. */
  readonly directory: string | null
  /** Id of its session. */
  readonly session: string | null
}
