import type { SessionId } from "../../domain/ids.ts"
import { archiveSession } from "../persistence/archiveSession.ts"
import { ensureDataDirectory, hasActiveDirectory } from "../persistence/dataDirectory.ts"
import { PersistenceError } from "../persistence/PersistenceError.ts"
import { ProcessLock } from "../persistence/ProcessLock.ts"
import type { SessionFileOptions } from "../persistence/SessionFile.ts"
import { listSessions, type SessionSummary } from "../persistence/sessionList.ts"
import { removeDoubles, sweepMonths } from "./tidyArchive.ts"

/** A session by the names that a user knows. */
export type NamedSession = Pick<SessionSummary, "id" | "name">

/** What became of the sessions that nobody has used for long. */
export interface ArchivedOld {
  readonly archived: ReadonlyArray<NamedSession>
  /** Those that stay all the same, and why: pinned, or open in process `owner`. */
  readonly kept: ReadonlyArray<NamedSession & { readonly owner: number | null }>
  /** Those that could not be archived, by name: they are where they were. */
  readonly refused: ReadonlyArray<PersistenceError>
}

/** The lock, in DATA_DIR itself, of the one process that archives what is old. */
const LOCK = "archiving"

/**
 * Archives every session that was last used before `before` (milliseconds since the epoch), but for the pinned ones and
 * those that a live process has open, and clears away what crashes have left in the archive. One process does it at a time:
 * null when another one is at it. Each session is archived or stays; one that cannot be costs no other.
 *
 * Rejects with `PersistenceError`: `Refused`, `Io`.
 */
export const archiveOld = async (before: number, options: SessionFileOptions): Promise<ArchivedOld | null> => {
  const { directory, processes } = options
  // Who has no sessions gets no directory for them.
  if (!hasActiveDirectory(directory)) return { archived: [], kept: [], refused: [] }
  await ensureDataDirectory(directory, processes)
  let lock: ProcessLock
  try {
    lock = ProcessLock.acquire(directory.root, LOCK, processes)
  } catch (cause) {
    if (cause instanceof PersistenceError && cause.reason === "Locked") return null
    throw cause
  }
  try {
    sweepMonths(directory, options.now())
    await removeDoubles(directory, processes)
    return await archiveAll(before, options)
  } finally {
    lock.release()
  }
}

const archiveAll = async (before: number, options: SessionFileOptions): Promise<ArchivedOld> => {
  const { sessions, refused: unreadable } = listSessions(options.directory, options.processes)
  const archived: Array<NamedSession> = []
  const kept: Array<NamedSession & { readonly owner: number | null }> = []
  const refused = [...unreadable]
  for (const { id, name, pinned, owner, lastModified } of sessions) {
    if (lastModified >= before) continue
    if (pinned || owner !== null) {
      kept.push({ id, name, owner })
      continue
    }
    const error = await archiveOne(id, options)
    if (error === null) archived.push({ id, name })
    // Opened since it was listed.
    else if (error.reason === "Locked") kept.push({ id, name, owner: error.pid ?? null })
    else refused.push(error)
  }
  return { archived, kept, refused }
}

const archiveOne = async (id: SessionId, options: SessionFileOptions): Promise<PersistenceError | null> => {
  try {
    await archiveSession(id, options)
    return null
  } catch (cause) {
    return PersistenceError.from(cause, id)
  }
}
