import { dataDirectory } from "../persistence/dataDirectory.ts"
import { threadProcesses } from "../threadLocks.ts"
import { BackupError } from "./BackupError.ts"
import { type BackupOptions, type BackupOutcome, makeBackup } from "./makeBackup.ts"

/** What the thread is given. */
export interface BackupOrder extends Pick<BackupOptions, "maxBytes" | "retention" | "known"> {
  readonly type: "backup"
  readonly dataDir: string
}

/** What the thread says, once. */
export type BackupMessage =
  /** `outcome` is null when there is no session. */
  | { readonly type: "done"; readonly outcome: BackupOutcome | null }
  | { readonly type: "failed"; readonly reason: BackupError["reason"]; readonly message: string }

/** Makes a backup, and posts how it went. */
export const postBackup = async (order: BackupOrder, post: (message: BackupMessage) => void): Promise<void> => {
  const { dataDir, maxBytes, retention, known = null } = order
  const options = { directory: dataDirectory(dataDir), processes: threadProcesses(), now: Date.now }
  try {
    post({ type: "done", outcome: await makeBackup({ ...options, maxBytes, retention, known }) })
  } catch (cause) {
    const { reason, message } = BackupError.from(cause, dataDir)
    post({ type: "failed", reason, message })
  }
}
