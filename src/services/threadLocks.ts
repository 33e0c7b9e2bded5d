import { threadId } from "node:worker_threads"
import { dataDirectory } from "./persistence/dataDirectory.ts"
import { type ProcessTable, releaseLocksOf, systemProcesses } from "./persistence/ProcessLock.ts"

/** The machine's processes as a thread sees them that takes locks: those name it, and can be released when it has died. */
export const threadProcesses = (): ProcessTable => {
  const { self, ...others } = systemProcesses()
  return { ...others, self: { ...self, thread: threadId } }
}

/**
 * Gives free what a thread of this process had locked below DATA_DIR and, as it died in the midst of its work, has not given back
 * itself: its locks name this process, which lives on, so nobody else could take them over.
 *
 * @param thread its number; it must have ended
 */
export const releaseThreadLocks = (dataDir: string, thread: number): void => {
  const { root, active, backups } = dataDirectory(dataDir)
  const processes = systemProcesses()
  for (const directory of [root, active, backups]) {
    releaseLocksOf(thread, directory, processes)
  }
}
