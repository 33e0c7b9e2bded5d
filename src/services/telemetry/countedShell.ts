import type { SpawnedShell } from "../../shell/spawnShell.ts"
import type { ProcessObserver } from "../ProcessService.ts"

/**
 * The same shell, counted: as spawned now, and as exited when it ends. Before its driver is made, which is the only one
 * that may listen.
 *
 * @param now milliseconds since the epoch
 */
export const countedShell = (shell: SpawnedShell, observer: ProcessObserver, now: () => number): SpawnedShell => {
  const startedAt = now()
  observer.processSpawned()
  return {
    ...shell,
    pty: {
      ...shell.pty,
      onExit: (listener) =>
        shell.pty.onExit((exit) => {
          observer.processExited(now() - startedAt, exit.exitCode, exit.signal)
          listener(exit)
        })
    }
  }
}
