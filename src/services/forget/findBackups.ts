import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { SessionMetadata } from "../../domain/Session.ts"
import { BackupError } from "../backup/BackupError.ts"
import { withBackup } from "../backup/backupFiles.ts"
import { sessionOfPath } from "../backup/Manifest.ts"
import { readArchive, readManifest } from "../backup/readArchive.ts"
import { errorCode } from "../persistence/PersistenceError.ts"
import type { ForgetTarget } from "./ForgetTarget.ts"
import { IdSearch } from "./mentions.ts"

/** A backup that holds what is to be forgotten. */
export interface FoundBackup {
  /** File name in `backups/`. */
  readonly name: string
  readonly path: string
}

/** What the backups hold. */
export interface BackupTraces {
  readonly backups: ReadonlyArray<FoundBackup>
  /** Those that cannot be read, and so may hold it. */
  readonly unreadable: ReadonlyArray<BackupError>
}

/** Largest beginning of an archived document that is looked at for where it comes from, in bytes. */
const MAX_HEAD_BYTES = 16 * 1024 * 1024
const NEWLINE = 10

/** Backups, whatever they are called: one may have been renamed to be kept. */
export const backupsIn = (directory: string): ReadonlyArray<FoundBackup> => {
  try {
    const names = readdirSync(directory).filter((name) => !name.startsWith(".") && name.endsWith(".tar.gz"))
    return names.sort().map((name) => ({ name, path: join(directory, name) }))
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return []
    throw BackupError.from(cause, directory)
  }
}

/** Finds the backups that hold a session or a block: each is read to its end. Rejects with `BackupError` (`Io`). */
export const findBackups = async (directory: string, target: ForgetTarget): Promise<BackupTraces> => {
  const backups: Array<FoundBackup> = []
  const unreadable: Array<BackupError> = []
  for (const backup of backupsIn(directory)) {
    try {
      if (await holds(backup, target)) backups.push(backup)
    } catch (cause) {
      const error = BackupError.from(cause, backup.path)
      if (error.reason !== "Unknown") unreadable.push(error)
    }
  }
  return { backups, unreadable }
}

/** Ids of the sessions in the backups that can be read. */
export const sessionsInBackups = async (directory: string): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>()
  for (const { path } of backupsIn(directory)) {
    try {
      const { files } = await withBackup(path, (archive) => readManifest(archive))
      for (const file of files) ids.add(idOf(file.path))
    } catch {
      // It is named when it stands in the way.
    }
  }
  return ids
}

const idOf = (path: string): string => sessionOfPath(path)?.split("/").at(-1)?.split(".")[0] ?? ""

const holds = async ({ path }: FoundBackup, { session, block }: ForgetTarget): Promise<boolean> => {
  let found = false
  await withBackup(path, (archive) =>
    readArchive(archive, {
      file: async (file, content) => {
        if (found) return
        // A torn tail tells nothing of itself.
        const isTorn = /\.torn-[^/]*$/.test(file.path)
        if (idOf(file.path) === session && (block === null || isTorn)) found = true
        else if (block !== null) found = await searches(content, block.id)
        else if (file.path.startsWith("archived/")) found = await isMadeOf(content, session)
      }
    })
  )
  return found
}

const searches = async (content: AsyncIterable<Uint8Array>, id: string): Promise<boolean> => {
  const search = new IdSearch(id)
  for await (const piece of content) if (search.push(piece)) return true
  return false
}

const Head = Schema.Struct({ metadata: SessionMetadata.pick("archived") })
const decodeHead = Schema.decodeUnknownEither(Schema.parseJson(Head))

/**
 * True for a document of the archive that was made of the session, as its first line says; where that cannot be read, for
 * one that names the session anywhere.
 */
const isMadeOf = async (content: AsyncIterable<Uint8Array>, session: string): Promise<boolean> => {
  const search = new IdSearch(session)
  const pieces: Array<Uint8Array> = []
  let length = 0
  let isHead = true
  for await (const piece of content) {
    const isNamed = search.push(piece)
    if (isHead) {
      const end = piece.indexOf(NEWLINE)
      pieces.push(end < 0 ? piece : piece.subarray(0, end))
      length += piece.length
      isHead = end < 0 && length <= MAX_HEAD_BYTES
      const head = isHead ? null : headOf(pieces)
      if (head !== null) return head.metadata.archived?.session === session
    }
    if (!isHead && isNamed) return true
  }
  const head = isHead ? headOf(pieces) : null
  return head === null ? search.found : head.metadata.archived?.session === session
}

const headOf = (pieces: ReadonlyArray<Uint8Array>) =>
  Either.getOrNull(decodeHead(`${Buffer.concat(pieces).toString("utf8")}]}`))
