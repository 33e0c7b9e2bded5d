import { createHash } from "node:crypto"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { type BlockHeader, isFinished } from "../../domain/Block.ts"
import { type BlockId, idFromBytes, SessionId } from "../../domain/ids.ts"
import type { Session } from "../../domain/Session.ts"
import { monthOf } from "../persistence/archiveSession.ts"
import { inodeOf, removeIfThere, syncDirectory } from "../persistence/checkedFile.ts"
import { type DataDirectory, ensureDataDirectory, ensureSubdirectory } from "../persistence/dataDirectory.ts"
import type { SessionFile } from "../persistence/SessionFile.ts"
import { Snapshot } from "../persistence/Snapshot.ts"
import { type StoredFiles, storedFiles } from "../search/storedFiles.ts"

/** The blocks that may leave a session for the archive, oldest first: those that have ended and are not pinned. */
export const archivable = ({ blocks }: Session): ReadonlyArray<BlockHeader> =>
  blocks.filter(({ status, metadata }) => isFinished(status) && metadata.pinned !== true)

/**
 * The id of the document that begins with a block, the same every time: who clears again what a crash has left in the
 * session writes the same document anew, and no second one.
 */
const documentId = (session: SessionId, first: BlockId, copy: number): SessionId =>
  SessionId.make(idFromBytes(createHash("sha256").update(`${session} ${first} ${copy}`).digest()))

/** The month that the document lies in: that in which its first block ran, which a later attempt finds too. */
const monthOfBlocks = (session: Session, first: BlockHeader): string => monthOf(first.startTime ?? session.createdAt)

/**
 * Writes blocks of an open session as a document of the archive, whole and synced, as they are stored: without secrets, and
 * without those that are in no file. The session is as it was: the event that takes them out of it comes after this. Gives
 * the document's id, null when none of the blocks is stored. Rejects with `PersistenceError`, and nothing has changed then.
 *
 * @param at milliseconds since the epoch
 */
export const archiveBlocks = async (
  file: SessionFile,
  blocks: ReadonlyArray<BlockId>,
  why: "clear" | "size",
  at: number,
  directory: DataDirectory
): Promise<SessionId | null> => {
  const asked = new Set(blocks)
  const headers = file.session.blocks.filter(({ id }) => asked.has(id))
  const [first] = headers
  if (first === undefined) return null
  await ensureDataDirectory(directory)
  const month = await ensureSubdirectory(directory.archived, monthOfBlocks(file.session, first))
  const archive = freeId(month, file, [first, ...headers.slice(1)])
  await writeDocument(file, month, documentOf(file.session, headers, archive, why, at))
  return archive
}

const documentOf = (
  { deleted: _deleted, metadata, ...session }: Session,
  headers: ReadonlyArray<BlockHeader>,
  archive: SessionId,
  why: "clear" | "size",
  at: number
): Session => ({
  ...session,
  id: archive,
  blocks: headers.map(withoutMark),
  activeBlockId: null,
  lastModified: at,
  metadata: {
    ...metadata,
    input: "",
    archived: {
      session: session.id,
      ...(metadata.name !== undefined && { sessionName: metadata.name }),
      at,
      why
    }
  }
})

/** A block that was cleared, brought back and cleared again. */
const withoutMark = (header: BlockHeader): BlockHeader => {
  if (header.metadata.deleted === undefined) return header
  const { deleted: _deleted, archive: _archive, ...metadata } = header.metadata
  return { ...header, metadata }
}

/** The first id whose file is not there, or holds nothing but what is written again, or still in the session. */
const freeId = (
  month: string,
  file: SessionFile,
  headers: readonly [BlockHeader, ...ReadonlyArray<BlockHeader>]
): SessionId => {
  const { session } = file
  const elsewhere = new Set([...headers, ...session.blocks].map(({ id }) => id))
  for (let copy = 0; ; copy++) {
    const id = documentId(session.id, headers[0].id, copy)
    if (inodeOf(join(month, `${id}.json`)) === null) return id
    if (readDocument(file, month, id)?.headers?.every((block) => elsewhere.has(block.id)) === true) return id
  }
}

/** A document of the archive, as far as it matters whose blocks it holds. */
interface StoredDocument {
  /** Why its blocks left their session; undefined for what is no document of blocks. */
  readonly why: "clear" | "size" | "save" | undefined
  /** Null when not all of them can be read. */
  readonly headers: ReadonlyArray<BlockHeader> | null
}

/** What this process has written of a session into documents, by their ids: to read thousands of blocks takes its time. */
const written = new WeakMap<SessionFile, Map<SessionId, { readonly inode: bigint | null } & StoredDocument>>()

const writeDocument = async (file: SessionFile, month: string, document: Session): Promise<void> => {
  await file.copyTo(month, document)
  const documents = written.get(file) ?? new Map()
  written.set(file, documents)
  documents.set(document.id, {
    inode: inodeOf(join(month, `${document.id}.json`)),
    why: document.metadata.archived?.why,
    headers: document.blocks
  })
}

/** A document of the archive, null when it is not there or cannot be read. */
const readDocument = (file: SessionFile, month: string, id: SessionId): StoredDocument | null => {
  const known = written.get(file)?.get(id)
  if (known !== undefined && known.inode === inodeOf(join(month, `${id}.json`))) return known
  try {
    const snapshot = Snapshot.open(month, id)
    if (snapshot === null) return null
    snapshot.close()
    return {
      why: snapshot.head.metadata.archived?.why,
      headers: snapshot.badLines > 0 ? null : snapshot.blocks
    }
  } catch {
    return null
  }
}

/** Whether a document holds exactly these blocks, with all that was said of them since it was written. */
const isSameAs = (stored: ReadonlyArray<BlockHeader> | null, headers: ReadonlyArray<BlockHeader>): boolean =>
  stored?.length === headers.length && isDeepStrictEqual(stored, JSON.parse(JSON.stringify(headers)))

/** The archive's files of that id. */
const filesOf = (archive: SessionId, directory: DataDirectory): StoredFiles | undefined =>
  storedFiles(directory).find(({ id, archived }) => id === archive && archived !== null)

/**
 * Has the archive hold blocks that were cleared, are back and are to be cleared again. The document that was made of them
 * may be gone by then (deleted, forgotten, restored as a session of its own), or may be that of others: a new one is
 * written then. Gives the id of the one that holds them. Rejects as `archiveBlocks` does.
 *
 * @param archive the document that they were cleared into
 * @param at milliseconds since the epoch
 */
export const archiveAgain = async (
  file: SessionFile,
  blocks: ReadonlyArray<BlockId>,
  archive: SessionId,
  at: number,
  directory: DataDirectory
): Promise<SessionId> => {
  const asked = new Set(blocks)
  const leaving = file.session.blocks.filter(({ id }) => asked.has(id)).map(({ id }) => id)
  const found = filesOf(archive, directory)
  const document = found === undefined ? null : readDocument(file, found.directory, archive)
  const held = new Set(document?.headers?.map(({ id }) => id))
  if (document?.why === "clear" && leaving.every((id) => held.has(id))) return archive
  // Where none of them is in a file there is nothing to hold.
  return (await archiveBlocks(file, leaving, "clear", at, directory)) ?? archive
}

/**
 * Has a document of cleared blocks hold those that are still aside, once nothing can be brought back any more: what is back
 * in the session is the session's, to be kept or deleted there. None is left when all are back. One that holds by now what
 * the session has lost for its size stays, and so does one that is gone. Rejects with what the disk says: a block that is
 * there twice is no loss.
 *
 * @param at milliseconds since the epoch
 */
export const settleCleared = async (
  file: SessionFile,
  archive: SessionId,
  at: number,
  directory: DataDirectory
): Promise<void> => {
  const aside = (file.session.deleted ?? []).filter(({ metadata }) => metadata.archive === archive)
  const found = filesOf(archive, directory)
  if (found === undefined) return
  // What is back must be on disk before it goes here.
  const { failure } = await file.flush()
  if (failure !== null) return
  const document = readDocument(file, found.directory, archive)
  // Blocks that were back may have left for the session's size, into the document that begins with the same one.
  if (document?.why !== "clear") return
  if (aside.length === 0) {
    removeIfThere(join(found.directory, `${found.name}.json`))
    await syncDirectory(found.directory)
  } else if (!isSameAs(document.headers, aside.map(withoutMark))) {
    await writeDocument(file, found.directory, documentOf(file.session, aside, archive, "clear", at))
  }
}
