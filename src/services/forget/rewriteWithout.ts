import { basename, dirname, join } from "node:path"
import type { BlockHeader } from "../../domain/Block.ts"
import { forgetBlock } from "../../domain/forgetBlock.ts"
import type { BlockId, SessionId } from "../../domain/ids.ts"
import { removeIfThere, syncDirectory } from "../persistence/checkedFile.ts"
import type { BlockText } from "../persistence/Snapshot.ts"
import { hidesOther, readBlockText, readStoredSession, type StoredSession } from "../persistence/StoredSession.ts"
import { writeSnapshot } from "../persistence/writeSnapshot.ts"

/** A stored session, which nobody has open, by its files: `<directory>/<name>.json`, `.journal`, `.screen`. */
export interface SessionFiles {
  /** Absolute. */
  readonly directory: string
  /** The id, numbered where the archive has several of it (`<id>.2`). */
  readonly name: string
  readonly id: SessionId
}

/** True for a document of the archive: one that has no block left is of no use there. */
const isArchived = ({ directory }: SessionFiles): boolean => /^archived(?:\.\d+)?$/.test(basename(dirname(directory)))

/**
 * Writes a stored session anew without a block, or removes it where it is archived and had no other: as one snapshot, which takes the old one's place in one step, and nothing
 * beside it. Until then it is as it was; a crash after that leaves a journal that is older than the snapshot altogether, and
 * that the next attempt removes. Lines that could not be read are gone too.
 *
 * Rejects with `PersistenceError` as the files deserve: `Damaged`, `Newer`, `Refused`, `Io`.
 */
export const rewriteWithout = async (
  files: SessionFiles,
  block: BlockId,
  onStep: (step: string) => void | Promise<void> = () => {}
): Promise<void> => {
  const { directory, name, id } = files
  await onStep(`write ${name} anew`)
  const stored = readStoredSession(directory, id, name)
  try {
    stored.snapshot?.assertWritable()
    const session = forgetBlock(stored.session, block)
    if (session.blocks.length === 0 && isArchived(files)) {
      removeIfThere(join(directory, `${name}.json`))
    } else {
      const written = await writeSnapshot({
        directory,
        name,
        session,
        sequence: stored.sequence,
        previous: stored.snapshot,
        changedText: async (header) => changedText(stored, header)
      })
      await written.closeReplaced()
    }
  } finally {
    stored.close()
  }
  await onStep(`remove the journal of ${name}`)
  for (const end of ["journal", "screen"]) removeIfThere(join(directory, `${name}.${end}`))
  await syncDirectory(directory)
}

/** A block's text with what journal and live screen have of it, null when it is still that of the snapshot. */
const changedText = ({ snapshot, journal, live }: StoredSession, header: BlockHeader): BlockText | null => {
  const records = journal?.outputs.get(header.id) ?? []
  const pending = live.filter(({ block }) => block === header.id)
  if (records.length + pending.length === 0 && !hidesOther(snapshot?.header(header.id), header)) return null
  return readBlockText(header, { snapshot, journal: journal?.fd ?? null, records, pending })
}
