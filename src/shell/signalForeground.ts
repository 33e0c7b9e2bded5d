import { commandLine, processStatus } from "../platform.ts"

/** What became of a signal. */
export type SignalOutcome =
  | {
      readonly _tag: "Sent"
      /** Process group that got it. */
      readonly group: number
      /** Command line of its leader, as the kernel knows it; null when it had ended before. */
      readonly name: string | null
    }
  /** The shell itself has its terminal, or nobody knows who: it is spared. */
  | { readonly _tag: "Spared" }
  /** It had ended just before. */
  | { readonly _tag: "Gone" }
  /** It belongs to another user. */
  | { readonly _tag: "Refused"; readonly group: number; readonly name: string | null }

/**
 * Signals the process group in the foreground of a shell's terminal, as the kernel names it at this moment. The shell's own
 * group is spared: a builtin runs there, or nothing.
 *
 * @param shell pid of the shell
 */
export const sendToForeground = (shell: number, signal: NodeJS.Signals): SignalOutcome => {
  const group = processStatus(shell)?.foreground ?? 0
  if (group <= 0 || group === shell) return { _tag: "Spared" }
  const name = commandLine(group)
  try {
    process.kill(-group, signal)
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM" ? { _tag: "Refused", group, name } : { _tag: "Gone" }
  }
  return { _tag: "Sent", group, name }
}

/** The same; gives whether the foreground is the shell's own group, or unknown, so that nothing was sent. */
export const signalForeground = (shell: number, signal: NodeJS.Signals): boolean =>
  sendToForeground(shell, signal)._tag === "Spared"
