import { type Dirent, readdirSync } from "node:fs"
import { basename, dirname, join, sep } from "node:path"
import * as Schema from "effect/Schema"
import { SessionId } from "../../domain/ids.ts"
import { errorCode, PersistenceError, quoted } from "../persistence/PersistenceError.ts"
import { Snapshot } from "../persistence/Snapshot.ts"
import { METRICS_DIRECTORY } from "../telemetry/ProcessCounts.ts"
import type { ForgetTarget } from "./ForgetTarget.ts"
import { mentions } from "./mentions.ts"
import type { SessionFiles } from "./rewriteWithout.ts"

/** Name of a directory below DATA_DIR in which a backup is unpacked to be written anew begins like this. */
export const UNPACKED_PREFIX = ".forget-"
/** Directories of DATA_DIR that hold no session's text, and backups, which are no files of sessions. */
const ELSEWHERE: ReadonlySet<string> = new Set(["backups", "logs", METRICS_DIRECTORY])

/** What a file is to whom it belongs. */
type FileKind =
  /** Of a session or document, with two others: `.json`, `.journal`, `.screen`. */
  | "document"
  /** The end of a journal that was cut short. */
  | "torn"
  /** The original of what was damaged. */
  | "original"
  /** What a crash has left half written. */
  | "temporary"

interface FoundFile extends SessionFiles {
  readonly path: string
  readonly kind: FileKind
}

/** A file that goes as a whole, and why. */
export interface DoomedFile {
  readonly path: string
  /** `session`: it is the session's. The others may hold the block, or a part of it: nobody can tell. */
  readonly kind: "session" | Exclude<FileKind, "document">
}

/** Where the text of what is to be forgotten is, or may be. */
export interface FileTraces {
  readonly files: ReadonlyArray<DoomedFile>
  /** Stored sessions to be written anew without the block. */
  readonly documents: ReadonlyArray<SessionFiles>
  /** Files that hold it, or may, and cannot be looked into. */
  readonly unreadable: ReadonlyArray<PersistenceError>
}

/** An id, the number of another file of that name in the archive, and what the file is. */
const NAME = /^(\.?)([A-Za-z0-9][A-Za-z0-9_-]{0,63})((?:\.\d{1,6})?)\.(.+)$/
const isSessionId = Schema.is(SessionId)

/**
 * Finds every file below a directory (DATA_DIR, or an unpacked backup) that holds a session or a block: whichever directory
 * it is in, those that a restore has put aside too. Documents of the archive that were made of the session count as its own.
 * Reads files, changes none; what is gone before it is read was somebody else's. Throws `PersistenceError` (`Io`).
 */
export const findFiles = (root: string, target: ForgetTarget): FileTraces => {
  const found = [...walk(root, root)]
  return target.block === null ? ofSession(found, target.session) : ofBlock(found, target.session, target.block.id)
}

/** The stored sessions below a directory that are, or were made of, this session, and may hold a block of it. */
export const findDocuments = (root: string, session: SessionId): ReadonlyArray<SessionFiles> => {
  const documents = [...documentsOf([...walk(root, root)]).values()]
  return documents
    .filter(([first]) => first.id === session || isMadeOf(first, session) === true)
    .map(([first]) => first)
}

/** Ids of the sessions that have files below a directory, whatever these are. */
export const findSessions = (root: string): ReadonlyArray<SessionId> => [
  ...new Set([...walk(root, root)].map(({ id }) => id))
]

function* walk(root: string, directory: string): Generator<FoundFile> {
  for (const entry of entriesOf(directory)) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) {
      const isElsewhere = ELSEWHERE.has(entry.name) || entry.name.startsWith(UNPACKED_PREFIX)
      if (directory !== root || !isElsewhere) yield* walk(root, path)
      continue
    }
    // Files right below DATA_DIR are no session's.
    if (directory === root) continue
    const [, hidden, id, number, end] = NAME.exec(entry.name) ?? []
    if (id === undefined || end === undefined || !isSessionId(id)) continue
    const kind = kindOf(path, hidden !== "", end)
    if (kind !== null) yield { path, kind, directory, id, name: `${id}${number}` }
  }
}

const kindOf = (path: string, isHidden: boolean, end: string): FileKind | null => {
  if (isHidden) return end.endsWith(".tmp") && !end.startsWith("lock.") ? "temporary" : null
  if (dirname(path).endsWith(`${sep}quarantine`)) return "original"
  if (end.startsWith("torn-")) return "torn"
  return end === "json" || end === "journal" || end === "screen" ? "document" : null
}

const entriesOf = (directory: string): ReadonlyArray<Dirent> => {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return []
    throw PersistenceError.from(cause, directory)
  }
}

const ofSession = (found: ReadonlyArray<FoundFile>, session: SessionId): FileTraces => {
  const made = new Set<FoundFile>()
  const unreadable: Array<PersistenceError> = []
  for (const files of documentsOf(found).values()) {
    const answer = files[0].id !== session && isMadeOf(files[0], session)
    if (answer instanceof PersistenceError) unreadable.push(answer)
    else if (answer) for (const file of files) made.add(file)
  }
  const doomed = found.filter(
    (file) => file.id === session || made.has(file) || (file.kind === "temporary" && names(file, session) === true)
  )
  const files = doomed.map(({ path, kind }): DoomedFile => ({ path, kind: kind === "document" ? "session" : kind }))
  return { files, documents: [], unreadable }
}

const ofBlock = (found: ReadonlyArray<FoundFile>, session: SessionId, block: string): FileTraces => {
  const unreadable: Array<PersistenceError> = []
  const documents: Array<SessionFiles> = []
  const holders = new Set<SessionId>([session])
  for (const files of documentsOf(found).values()) {
    const answers = files.map((file) => names(file, block))
    if (answers.includes(true)) {
      documents.push(files[0])
      holders.add(files[0].id)
    } else if (files[0].id === session) {
      unreadable.push(...answers.filter((answer) => answer instanceof PersistenceError))
    }
  }
  const files = found.flatMap(({ path, kind, ...file }): ReadonlyArray<DoomedFile> => {
    if (kind === "document") return []
    return holders.has(file.id) || names({ path }, block) === true ? [{ path, kind }] : []
  })
  return { files, documents, unreadable }
}

type Documents = ReadonlyMap<string, readonly [FoundFile, ...ReadonlyArray<FoundFile>]>

/** The files of stored sessions, together by session. */
const documentsOf = (found: ReadonlyArray<FoundFile>): Documents => {
  const documents = new Map<string, [FoundFile, ...Array<FoundFile>]>()
  for (const file of found) {
    if (file.kind !== "document") continue
    const key = join(file.directory, file.name)
    const known = documents.get(key)
    if (known === undefined) documents.set(key, [file])
    else known.push(file)
  }
  return documents
}

/** Whether a file names an id; why it cannot be said, where it is still there. */
const names = ({ path }: Pick<FoundFile, "path">, id: string): boolean | PersistenceError => {
  try {
    return mentions(path, id)
  } catch (cause) {
    const error = PersistenceError.from(cause, path)
    return errorCode(error.cause) === "ENOENT" ? false : error
  }
}

/**
 * True for a document of the archive that holds blocks of the session, or is a snapshot of it; why it cannot be said of one
 * that names the session and is too damaged to say what it is.
 */
const isMadeOf = ({ directory, name, id }: SessionFiles, session: SessionId): boolean | PersistenceError => {
  const path = join(directory, `${name}.json`)
  if (names({ path }, session) !== true) return false
  try {
    const head = Snapshot.readHead(directory, name)
    if (head?.summary !== undefined) return head.metadata.archived?.session === session
    const snapshot = Snapshot.open(directory, id, name)
    snapshot?.close()
    const archived = snapshot?.head.metadata.archived
    if (snapshot === null || archived !== undefined || snapshot.badLines === 0) return archived?.session === session
  } catch (cause) {
    return PersistenceError.from(cause, path)
  }
  // Not the whole path, which would be cut: the last of it tells which one it is.
  const detail = `${quoted(join(basename(directory), `${name}.json`))} is damaged, and may hold blocks of session ${session}: it is yours to remove`
  return new PersistenceError({ reason: "Damaged", subject: path, detail })
}
