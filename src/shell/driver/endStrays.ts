import { processStatus, sessionMembers } from "../../platform.ts"

/**
 * Ends (SIGTERM) the programs that have a shell's terminal while the shell should read its edit line: a key that was typed
 * ahead has started them from a key binding, and nobody sees them. Jobs in the background have groups of their own.
 *
 * @param shell pid of the shell
 * @returns whether there were any
 */
export const endStrays = (shell: number): boolean => {
  const status = processStatus(shell)
  if (status === null) return false
  const strays = (sessionMembers(status.session) ?? []).filter(
    ({ pid, group }) => pid !== shell && group === status.foreground
  )
  for (const { pid } of strays) {
    try {
      process.kill(pid, "SIGTERM")
    } catch {
      // It has ended.
    }
  }
  return strays.length > 0
}
