import { dataDirectory } from "../persistence/dataDirectory.ts"
import { threadProcesses } from "../threadLocks.ts"
import { archiveOld } from "./archiveOld.ts"

/** What the thread is given. */
export interface ArchiveOrder {
  readonly type: "archive"
  /** Absolute. */
  readonly dataDir: string
  /** Sessions that were last used before are archived; milliseconds since the epoch. */
  readonly before: number
}

/** What came of it; `busy` when another process is at it. */
export type ArchiveMessage =
  | { readonly type: "archived"; readonly ids: ReadonlyArray<string>; readonly refused: ReadonlyArray<string> }
  | { readonly type: "busy" }

/** Archives old sessions, and posts which. Rejects as `archiveOld`. */
export const postArchived = async (
  { dataDir, before }: ArchiveOrder,
  post: (message: ArchiveMessage) => void
): Promise<void> => {
  const options = { directory: dataDirectory(dataDir), processes: threadProcesses(), now: Date.now }
  const old = await archiveOld(before, options)
  if (old === null) return post({ type: "busy" })
  post({
    type: "archived",
    ids: old.archived.map(({ id }) => id),
    refused: old.refused.map(({ message }) => message)
  })
}
