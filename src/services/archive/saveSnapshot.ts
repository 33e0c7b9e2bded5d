import { unlinkSync } from "node:fs"
import { join } from "node:path"
import { isFinished } from "../../domain/Block.ts"
import type { SessionId } from "../../domain/ids.ts"
import { monthOf } from "../persistence/archiveSession.ts"
import { removeIfThere, syncDirectory } from "../persistence/checkedFile.ts"
import { type DataDirectory, ensureDataDirectory, ensureSubdirectory } from "../persistence/dataDirectory.ts"
import { PersistenceError } from "../persistence/PersistenceError.ts"
import type { SessionFile } from "../persistence/SessionFile.ts"
import type { ArchivedSummary } from "./archivedList.ts"

/**
 * Writes an open session as it is now to the archive, as a document of its own in this month: whole and synced. What runs
 * or waits is interrupted in it. Rejects with `PersistenceError`.
 *
 * @param id of the document; nothing has it yet
 * @param at milliseconds since the epoch
 */
export const saveSnapshot = async (
  file: SessionFile,
  name: string,
  id: SessionId,
  at: number,
  directory: DataDirectory
): Promise<void> => {
  await ensureDataDirectory(directory)
  const month = await ensureSubdirectory(directory.archived, monthOf(at))
  const { deleted: _deleted, ...session } = file.session
  const { name: sessionName, pinned: _pinned, ...metadata } = session.metadata
  await file.copyTo(month, {
    ...session,
    id,
    lastModified: at,
    blocks: session.blocks.map((block) =>
      isFinished(block.status) ? block : { ...block, status: "interrupted", endTime: block.endTime ?? at }
    ),
    metadata: {
      ...metadata,
      // What stands in the editor is the line that asked for this, or an older state of it.
      input: "",
      archived: { session: session.id, ...(sessionName !== undefined && { sessionName }), at, why: "save", name }
    }
  })
}

/**
 * Deletes a document of the archive, for good. Rejects with `PersistenceError`: `Unknown` when it is gone, `Io`.
 */
export const deleteArchived = async ({ file, month }: ArchivedSummary, { archived }: DataDirectory): Promise<void> => {
  const directory = join(archived, month)
  try {
    unlinkSync(join(directory, `${file}.json`))
    await syncDirectory(directory)
  } catch (cause) {
    throw PersistenceError.from(cause, file)
  }
}

/** The same for one that may be gone. */
export const deleteIfThere = async ({ file, month }: ArchivedSummary, { archived }: DataDirectory): Promise<void> => {
  removeIfThere(join(archived, month, `${file}.json`))
  await syncDirectory(join(archived, month))
}
