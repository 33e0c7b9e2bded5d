import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { SessionId } from "../../domain/ids.ts"
import { removeIfThere, syncDirectory } from "../persistence/checkedFile.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import type { ProcessLock, ProcessTable } from "../persistence/ProcessLock.ts"
import { acquireSessionLock } from "../persistence/restoreGuard.ts"
import { openSessionFiles, openSessionReader, type SessionReader } from "../persistence/SessionReader.ts"
import { Snapshot } from "../persistence/Snapshot.ts"
import { type ArchivedSummary, listArchived } from "./archivedList.ts"

/** Age from which a half-written file is what a crash has left, in milliseconds: nobody writes one for so long. */
const LEFT_MS = 24 * 3_600_000

/** Removes the half-written files of crashes from the months of the archive. */
export const sweepMonths = ({ archived }: DataDirectory, now: number): void => {
  for (const month of readdirSync(archived, { withFileTypes: true })) {
    if (!month.isDirectory()) continue
    for (const name of readdirSync(join(archived, month.name))) {
      if (!name.startsWith(".") || !name.endsWith(".tmp")) continue
      const path = join(archived, month.name, name)
      const age = now - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now)
      if (age > LEFT_MS) removeIfThere(path)
    }
  }
}

/**
 * Removes documents of blocks that are all in their session still, with the same text: a crash came between writing the
 * document and taking them out, or between bringing them back and removing it. One that holds a block more, or one that
 * cannot be read in both places, stays.
 */
export const removeDoubles = async (directory: DataDirectory, processes: ProcessTable): Promise<void> => {
  const bySession = new Map<SessionId, Array<ArchivedSummary>>()
  for (const entry of listArchived(directory).archived) {
    if (entry.kind !== "clear" && entry.kind !== "size") continue
    bySession.set(entry.from, [...(bySession.get(entry.from) ?? []), entry])
  }
  for (const [id, entries] of bySession) {
    if (doubles(directory, id, entries).length === 0) continue
    // Looked at first without the lock, which somebody may want who opens the session; its owner may be between two steps.
    const lock = tryLock(directory, id, processes)
    if (lock === null) continue
    try {
      for (const { month, file } of doubles(directory, id, entries)) {
        removeIfThere(join(directory.archived, month, `${file}.json`))
        await syncDirectory(join(directory.archived, month))
      }
    } finally {
      lock.release()
    }
  }
}

/** Those of a session's documents that hold nothing but what the session holds. */
const doubles = (
  directory: DataDirectory,
  id: SessionId,
  entries: ReadonlyArray<ArchivedSummary>
): ReadonlyArray<ArchivedSummary> => {
  const session = tryOpen(() => openSessionReader(directory, id))
  if (session === null) return []
  try {
    return entries.filter((entry) => {
      const month = join(directory.archived, entry.month)
      const document = isWhole(month, entry) ? tryOpen(() => openSessionFiles(month, entry.id, entry.file)) : null
      if (document === null) return false
      try {
        return holdsAll(session, document)
      } finally {
        document.close()
      }
    })
  } finally {
    session.close()
  }
}

/** Of a damaged document not every block is seen. */
const isWhole = (month: string, { id, file }: ArchivedSummary): boolean => {
  try {
    const snapshot = Snapshot.open(month, id, file)
    snapshot?.close()
    return snapshot !== null && snapshot.badLines === 0 && snapshot.blocks.length > 0
  } catch {
    return false
  }
}

/** Whether every block of `document` is in `session` with the same text; what cannot be read is not. */
const holdsAll = (session: SessionReader, document: SessionReader): boolean => {
  const blocks = new Map(session.session.blocks.map((block) => [block.id, block]))
  if (!document.session.blocks.every(({ id }) => blocks.has(id))) return false
  try {
    return document.session.blocks.every((block) => {
      const own = blocks.get(block.id)
      if (own === undefined) return false
      const [one, other] = [session.text(own), document.text(block)]
      return one.stdout === other.stdout && one.stderr === other.stderr
    })
  } catch {
    return false
  }
}

const tryLock = (directory: DataDirectory, id: SessionId, processes: ProcessTable): ProcessLock | null => {
  try {
    return acquireSessionLock(directory, id, processes)
  } catch {
    return null
  }
}

const tryOpen = (open: () => SessionReader): SessionReader | null => {
  try {
    return open()
  } catch {
    return null
  }
}
