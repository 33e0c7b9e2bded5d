import { mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import type { BlockHeader } from "../../domain/Block.ts"
import { SessionId } from "../../domain/ids.ts"
import { namedBlock } from "../../domain/referredBlock.ts"
import type { Session } from "../../domain/Session.ts"
import { chooseArchived, listArchived } from "../archive/archivedList.ts"
import { withBackup } from "../backup/backupFiles.ts"
import { extractBackup } from "../backup/extractBackup.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import { PersistenceError, quoted } from "../persistence/PersistenceError.ts"
import { readStoredSession } from "../persistence/StoredSession.ts"
import { chooseSession } from "../persistence/sessionList.ts"
import type { ForgetTarget } from "./ForgetTarget.ts"
import { backupsIn, sessionsInBackups } from "./findBackups.ts"
import { findDocuments, findSessions, UNPACKED_PREFIX } from "./findFiles.ts"
import { readPending } from "./pendingForgets.ts"
import type { SessionFiles } from "./rewriteWithout.ts"

/** What was asked for, and in a few words what that is. */
export interface ResolvedForget {
  readonly target: ForgetTarget
  /** The session's name or the block's command, as they are stored: escape it before it is shown. Null for none. */
  readonly about: string | null
}

const isSessionId = Schema.is(SessionId)

/**
 * What a session's id, or a unique beginning of it, and a block's number or name mean: looked for wherever anything of them
 * may be left, in backups last. Rejects with `PersistenceError`: `Malformed`, `Unknown`, `Ambiguous`, `Io`.
 */
export const resolveForget = async (
  directory: DataDirectory,
  sessionText: string,
  blockText: string | null
): Promise<ResolvedForget> => {
  const session = await chooseAmongAll(directory, sessionText)
  const documents = byPlace(findDocuments(directory.root, session), directory)
  if (blockText === null) {
    const name = first(documents, (stored) => stored.metadata.name)
    return { target: { session, block: null }, about: name }
  }
  const block =
    first(documents, (stored) => blockIn(stored, blockText)) ?? (await inBackups(directory, session, blockText))
  if (block !== null) {
    const { id, startTime, command, metadata } = block
    return { target: { session, block: { id, startTime, number: metadata.number } }, about: command }
  }
  const number = Number(/^@?b?(\d+)$/.exec(blockText)?.[1] ?? Number.NaN)
  const begun = readPending(directory.root).find((other) => other.session === session && other.block?.number === number)
  if (begun !== undefined) return { target: begun, about: null }
  const detail = `Session ${session} has no block ${quoted(blockText)}, and no archive or backup has one of it`
  throw new PersistenceError({ reason: "Unknown", subject: blockText, detail })
}

/**
 * By its id in any place; a beginning of one must tell it from all others, of those that only backups have too: there is no
 * way back. Else what the archive has under that name.
 */
const chooseAmongAll = async (directory: DataDirectory, text: string): Promise<SessionId> => {
  const { root, backups } = directory
  const here = new Set([...findSessions(root), ...readPending(root).map(({ session }) => session)])
  if (isSessionId(text) && here.has(text)) return text
  const all = new Set([...here, ...(await sessionsInBackups(backups))])
  try {
    return chooseSession([...all].filter(isSessionId).sort(), text)
  } catch (cause) {
    const error = PersistenceError.from(cause, text)
    if (error.reason !== "Unknown" && error.reason !== "Malformed") throw error
    try {
      return chooseArchived(listArchived(directory), text).id
    } catch (cause) {
      const other = PersistenceError.from(cause, text)
      throw other.reason === "Unknown" ? error : other
    }
  }
}

/** The open session's files first: a number means the block that it has now. */
const byPlace = (documents: ReadonlyArray<SessionFiles>, { active }: DataDirectory): ReadonlyArray<SessionFiles> =>
  documents.toSorted((one, other) => Number(other.directory === active) - Number(one.directory === active))

const blockIn = ({ blocks, deleted = [] }: Session, text: string): BlockHeader | null =>
  namedBlock(blocks, text) ?? namedBlock(deleted, text)

/** The first that a stored session gives; those that cannot be read give nothing. */
const first = <A>(
  documents: ReadonlyArray<SessionFiles>,
  find: (session: Session) => A | null | undefined
): A | null => {
  for (const { directory, id, name } of documents) {
    try {
      const { session, close } = readStoredSession(directory, id, name)
      close()
      const found = find(session)
      if (found !== null && found !== undefined) return found
    } catch {
      // Whether it stands in the way is said when it is to be written anew.
    }
  }
  return null
}

/** A block that is in backups alone, the newest first: it was deleted since. */
const inBackups = async (
  { root, backups }: DataDirectory,
  session: SessionId,
  text: string
): Promise<BlockHeader | null> => {
  for (const { path } of backupsIn(backups).toReversed()) {
    const unpacked = mkdtempSync(join(root, UNPACKED_PREFIX))
    try {
      await withBackup(path, (archive) => extractBackup(archive, unpacked))
      const block = first(findDocuments(unpacked, session), (stored) => blockIn(stored, text))
      if (block !== null) return block
    } catch {
      // It is named with those that cannot be read.
    } finally {
      rmSync(unpacked, { recursive: true, force: true })
    }
  }
  return null
}
