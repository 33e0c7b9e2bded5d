import { fstatSync, readdirSync, unlinkSync } from "node:fs"
import { join } from "node:path"
import type { SessionId } from "../../domain/ids.ts"
import type { Session, SessionMetadata } from "../../domain/Session.ts"
import { inodeOf, removeIfThere, syncDirectory, tryLink } from "../persistence/checkedFile.ts"
import { ensureDataDirectory } from "../persistence/dataDirectory.ts"
import { PersistenceError } from "../persistence/PersistenceError.ts"
import { acquireSessionLock } from "../persistence/restoreGuard.ts"
import { SessionFile, type SessionFileOptions } from "../persistence/SessionFile.ts"
import { Snapshot } from "../persistence/Snapshot.ts"
import { writeSnapshot } from "../persistence/writeSnapshot.ts"
import type { ArchivedSummary } from "./archivedList.ts"

/** What came of restoring. */
export interface Restored {
  /** The active session that it is now. */
  readonly id: SessionId
  /** False for what stays in the archive too: a snapshot, and a document of which a block could not be read. */
  readonly moved: boolean
}

/**
 * Brings a document of the archive back to `active/`. A whole session is moved under its own id, or, where that is taken,
 * written under a new one; nothing there is overwritten. Blocks that had left their session become a session of their own.
 * A snapshot stays, to be restored again. A crash leaves the document in one place or in both; the next attempt ends what the
 * first one began.
 *
 * Rejects with `PersistenceError`: `Unknown`, `Locked` while a process has the session open or restores a backup, `Refused`,
 * `Damaged`, `Newer`, `Io`.
 *
 * @param newId an id that no session has; the same for the same `seed`, where there is one
 */
export const restoreArchived = async (
  entry: ArchivedSummary,
  newId: NewId,
  options: SessionFileOptions
): Promise<Restored> => {
  try {
    await ensureDataDirectory(options.directory, options.processes)
    return entry.kind === "session" && (await moveBack(entry, options))
      ? { id: entry.id, moved: true }
      : await writeAnew(entry, newId, options)
  } catch (cause) {
    throw PersistenceError.from(cause, entry.file)
  }
}

type NewId = (seed: string | null) => SessionId

const monthDirectory = ({ month }: ArchivedSummary, { directory }: SessionFileOptions): string =>
  join(directory.archived, month)

/** False when the id belongs to another session by now. */
const moveBack = async (entry: ArchivedSummary, options: SessionFileOptions): Promise<boolean> => {
  if (isTaken(entry, options)) return false
  const isMoved = await locked(entry.id, options, () => move(entry, options))
  if (isMoved) await touch(entry.id, options)
  return isMoved
}

/** True when `active/` has a session of this id that is not this very file. */
const isTaken = (entry: ArchivedSummary, options: SessionFileOptions): boolean => {
  const { active } = options.directory
  const there = inodeOf(join(active, `${entry.id}.json`))
  // The journal alone is a session too.
  if (there === null) return inodeOf(join(active, `${entry.id}.journal`)) !== null
  return there !== inodeOf(join(monthDirectory(entry, options), `${entry.file}.json`))
}

/** Puts something into `active/` with the lock of its session: not while a backup is restored, and no backup is then. */
const locked = async <A>(id: SessionId, options: SessionFileOptions, body: () => Promise<A>): Promise<A> => {
  const lock = acquireSessionLock(options.directory, id, options.processes)
  try {
    return await body()
  } finally {
    lock.release()
  }
}

const move = async (entry: ArchivedSummary, options: SessionFileOptions): Promise<boolean> => {
  const { active } = options.directory
  const month = monthDirectory(entry, options)
  const from = join(month, `${entry.file}.json`)
  const to = join(active, `${entry.id}.json`)
  // A whole look at it first: what cannot be opened does more harm among the sessions than here.
  openDocument(entry, options).close()
  if (isTaken(entry, options)) return false
  // Linked, not renamed: a rename would replace what is there.
  if (!tryLink(from, to) && inodeOf(to) !== inodeOf(from)) return false
  for (const name of readdirSync(month)) {
    if (!name.startsWith(`${entry.file}.torn-`)) continue
    const [torn, target] = [join(month, name), join(active, entry.id + name.slice(entry.file.length))]
    if (tryLink(torn, target) || inodeOf(target) === inodeOf(torn)) removeIfThere(torn)
  }
  await syncDirectory(active)
  unlinkSync(from)
  await syncDirectory(month)
  return true
}

/** Used now: or it would be archived for its age again. */
const touch = async (id: SessionId, options: SessionFileOptions): Promise<void> => {
  try {
    const file = await SessionFile.open(id, options)
    const exec = file.session.metadata.exec === true
    file.append({ _tag: "SessionResumed", at: options.now(), ...(exec && { exec }) })
    await file.close()
  } catch {
    // It is back all the same; somebody may have opened it already.
  }
}

const openDocument = ({ id, file, month }: ArchivedSummary, { directory }: SessionFileOptions): Snapshot => {
  const snapshot = Snapshot.open(join(directory.archived, month), id, file)
  if (snapshot === null) {
    throw new PersistenceError({ reason: "Unknown", subject: id, detail: `${file} is not in the archive any more` })
  }
  try {
    snapshot.assertWritable()
    return snapshot
  } catch (cause) {
    snapshot.close()
    throw cause
  }
}

const writeAnew = async (entry: ArchivedSummary, newId: NewId, options: SessionFileOptions): Promise<Restored> => {
  const previous = openDocument(entry, options)
  try {
    const moved = entry.kind !== "save" && previous.badLines === 0
    // What is to be moved has the same id each time: who was killed before the document was removed has written it already.
    const id = newId(moved ? identityOf(entry, previous) : null)
    await locked(id, options, async () => {
      if (!moved || !isActive(id, options)) await writeAs(id, previous, options)
      if (moved) await removeDocument(entry, options)
    })
    return { id, moved }
  } finally {
    await previous.closeReplaced()
  }
}

/** Tells this file from every other, of the same name too. */
const identityOf = ({ month, file }: ArchivedSummary, { fd, inode }: Snapshot): string =>
  `${month}/${file} ${inode} ${fstatSync(fd, { bigint: true }).mtimeNs}`

const isActive = (id: SessionId, { directory: { active } }: SessionFileOptions): boolean =>
  ["json", "journal"].some((end) => inodeOf(join(active, `${id}.${end}`)) !== null)

const writeAs = async (id: SessionId, previous: Snapshot, options: SessionFileOptions): Promise<void> => {
  const stored = previous.session()
  const session: Session = {
    ...stored,
    id,
    lastModified: options.now(),
    metadata: restoredMetadata(stored.metadata)
  }
  const written = await writeSnapshot({
    directory: options.directory.active,
    session,
    sequence: 0,
    previous,
    changedText: async () => null
  })
  await written.closeReplaced()
}

const removeDocument = async (entry: ArchivedSummary, options: SessionFileOptions): Promise<void> => {
  const month = monthDirectory(entry, options)
  removeIfThere(join(month, `${entry.file}.json`))
  await syncDirectory(month)
}

/** A snapshot's name becomes the session's: two of one name could not be told apart. */
const restoredMetadata = ({ archived, ...metadata }: SessionMetadata): SessionMetadata => ({
  ...metadata,
  ...(archived?.name !== undefined && { name: archived.name })
})
