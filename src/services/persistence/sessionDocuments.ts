import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { SessionId } from "../../domain/ids.ts"
import type { SessionDocument } from "../../domain/Session.ts"
import { sweepTemporaries } from "./atomicReplace.ts"
import { removeIfThere, syncDirectory } from "./checkedFile.ts"
import { type DataDirectory, ensureDataDirectory } from "./dataDirectory.ts"
import { PersistenceError } from "./PersistenceError.ts"
import type { ProcessLock, ProcessTable } from "./ProcessLock.ts"
import { redactDocument } from "./redactDocument.ts"
import { acquireSessionLock } from "./restoreGuard.ts"
import { openSessionReader } from "./SessionReader.ts"
import { readStoredSession } from "./StoredSession.ts"
import { withoutIncognito } from "./withoutIncognito.ts"
import { writeSnapshot } from "./writeSnapshot.ts"

/**
 * A whole session with all its output in memory, for export and programs. Throws `PersistenceError`: `Unknown`,
 * `Refused`, `Damaged`, `Newer`, `Io`.
 */
export const loadDocument = (directory: DataDirectory, id: SessionId): SessionDocument => {
  const { session, version, sequence, text, close } = openSessionReader(directory, id)
  try {
    return { version, sequence, ...session, blocks: session.blocks.map((header) => ({ ...header, ...text(header) })) }
  } finally {
    close()
  }
}

/**
 * Stores a whole session in place of what is there, without incognito blocks and without what looks like a secret. Rejects with `PersistenceError`:
 * `Locked` while a process has it open, `Newer`, `Damaged` (what cannot be read is not overwritten), `Refused`, `Io`.
 */
export const saveDocument = async (
  directory: DataDirectory,
  document: SessionDocument,
  processes: ProcessTable
): Promise<void> => {
  const { version: _version, sequence, blocks, ...fields } = await redactDocument(withoutIncognito(document))
  await withLock(directory, fields.id, processes, async (lock) => {
    const texts = new Map(blocks.map((block) => [block.id, block]))
    const snapshot = await writeSnapshot({
      directory: directory.active,
      session: {
        ...fields,
        blocks: blocks.map(({ stdout: _stdout, stderr: _stderr, ...header }) => header)
      },
      // Events of a journal that a crash leaves behind must not come on top.
      sequence: Math.max(sequence, storedSequence(directory.active, fields.id)),
      previous: null,
      changedText: async ({ id }) => texts.get(id) ?? null,
      beforeRename: () => {
        if (!lock.isHeld()) throw new Error("another process took the session")
      }
    })
    snapshot.close()
    for (const end of ["journal", "screen"]) removeIfThere(join(directory.active, `${fields.id}.${end}`))
    await syncDirectory(directory.active)
  })
}

/**
 * Removes a session's files: torn tails, its live screen and what a crash left half written included; nothing when there are none (any more), so that it can be tried again
 * after half of it failed. Rejects with `PersistenceError`: `Locked`, `Io`.
 */
export const deleteDocument = async (
  directory: DataDirectory,
  id: SessionId,
  processes: ProcessTable
): Promise<void> => {
  await withLock(directory, id, processes, async () => {
    // The snapshot last: what a crash leaves is the session as it was, not the end of one.
    sweepTemporaries(directory.active, id)
    for (const name of readdirSync(directory.active)) {
      const isBeside = name === `${id}.journal` || name === `${id}.screen` || name.startsWith(`${id}.torn-`)
      if (isBeside) removeIfThere(join(directory.active, name))
    }
    await syncDirectory(directory.active)
    removeIfThere(join(directory.active, `${id}.json`))
    await syncDirectory(directory.active)
  })
}

const withLock = async (
  directory: DataDirectory,
  id: SessionId,
  processes: ProcessTable,
  body: (lock: ProcessLock) => Promise<void>
): Promise<void> => {
  try {
    await ensureDataDirectory(directory)
    const lock = acquireSessionLock(directory, id, processes)
    try {
      await body(lock)
    } finally {
      lock.release()
    }
  } catch (cause) {
    throw PersistenceError.from(cause, id)
  }
}

const storedSequence = (active: string, id: SessionId): number => {
  try {
    const stored = readStoredSession(active, id)
    try {
      stored.snapshot?.assertWritable()
      return stored.journal === null ? 0 : stored.sequence
    } finally {
      stored.close()
    }
  } catch (cause) {
    if (cause instanceof PersistenceError && cause.reason === "Unknown") return 0
    throw cause
  }
}
