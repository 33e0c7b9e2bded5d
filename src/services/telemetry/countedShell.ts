import type { Pty, PtyExit } from "../../shell/Pty.ts"
import type { ProcessObserver } from "../ProcessService.ts"

/**
 * The same shell, counted: as spawned now, and as exited when it ends, whether a driver listens by then or not.
 *
 * @param now milliseconds since the epoch
 */
export const countedShell = <S extends { readonly pty: Pty }>(
  shell: S,
  observer: ProcessObserver,
  now: () => number
): S => {
  const { pty } = shell
  const startedAt = now()
  let ended: PtyExit | null = null
  let onExit: ((exit: PtyExit) => void) | null = null
  observer.processSpawned()
  pty.onExit((exit) => {
    ended = exit
    observer.processExited(now() - startedAt, exit.exitCode, exit.signal)
    onExit?.(exit)
  })
  return {
    ...shell,
    pty: {
      ...pty,
      onExit: (listener) => {
        onExit = listener
        if (ended !== null) listener(ended)
      }
    }
  }
}
