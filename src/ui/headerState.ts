import type { ShellState } from "../services/SessionShell.ts"

/** Names of variables in the header at most. */
const MAX_UNSET_NAMES = 2

const shellWords = ({ phase, slow }: Pick<ShellState, "phase" | "slow">): string | null => {
  if (phase === "starting") return slow ? "the shell is slow to start" : "starting"
  return phase === "bare" ? "no shell integration" : null
}

/** Which variables a resumed session lacks because their values were not saved; null for none. */
const unsetWords = (names: ReadonlyArray<string>): string | null => {
  if (names.length === 0) return null
  const more = names.length - MAX_UNSET_NAMES
  return `unset: ${names.slice(0, MAX_UNSET_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`
}

/**
 * What the header says of the session's state, the one thing that matters most; null while all is as usual.
 *
 * @param late a command's start or end waits unusually long for the disk
 */
export const headerState = (
  shell: Pick<ShellState, "phase" | "slow" | "unset">,
  isReadOnly: boolean,
  late: boolean
): string | null => {
  if (isReadOnly) return "read-only"
  return shellWords(shell) ?? (late ? "being saved" : unsetWords(shell.unset))
}
