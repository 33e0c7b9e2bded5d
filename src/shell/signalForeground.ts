import { processStatus } from "../platform.ts"

/**
 * Signals the process group in the foreground of a shell's terminal.
 *
 * @param shell pid of the shell
 * @returns whether that is the shell's own group, which is spared: a builtin runs there, or nothing; also when unknown
 */
export const signalForeground = (shell: number, signal: NodeJS.Signals): boolean => {
  const group = processStatus(shell)?.foreground ?? 0
  if (group <= 0 || group === shell) return true
  try {
    process.kill(-group, signal)
  } catch {
    // It has ended.
  }
  return false
}
