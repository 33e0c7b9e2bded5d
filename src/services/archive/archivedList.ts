import { join } from "node:path"
import type { SessionId } from "../../domain/ids.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import { PersistenceError, quoted } from "../persistence/PersistenceError.ts"
import { Snapshot, type SnapshotHead } from "../persistence/Snapshot.ts"
import { type StoredFiles, storedFiles } from "../search/storedFiles.ts"

/** A document of the archive as a list shows it. */
export interface ArchivedSummary {
  readonly id: SessionId
  /** The name of its file without `.json`: the id, perhaps with a number behind it. */
  readonly file: string
  /** The directory it lies in: `2026-10`. */
  readonly month: string
  /** What the user called the snapshot or the session, null for nothing; escape it before it is shown. */
  readonly name: string | null
  /** `session`: all of one. `clear`, `size`: blocks of one. `save`: a snapshot of one, which stays when it is restored. */
  readonly kind: "session" | "clear" | "size" | "save"
  /** The session that it was made from; its own id for `session`. */
  readonly from: SessionId
  /** The name of that session, null for none; escape it before it is shown. */
  readonly fromName: string | null
  readonly blocks: number
  /** When it was made, for a session when it was last used; in milliseconds since the epoch. */
  readonly savedAt: number
}

/** What is in the archive, and the files that were refused by name. */
export interface ArchivedList {
  /** Newest first. */
  readonly archived: ReadonlyArray<ArchivedSummary>
  readonly refused: ReadonlyArray<PersistenceError>
}

/** A document that has no summary: read for its blocks' headers. */
const readWhole = ({ directory, id, name }: StoredFiles): { readonly head: SnapshotHead; readonly blocks: number } => {
  const snapshot = Snapshot.open(directory, id, name)
  if (snapshot === null) throw new PersistenceError({ reason: "Unknown", subject: id, detail: `${quoted(id)} is gone` })
  snapshot.close()
  return { head: snapshot.head, blocks: snapshot.blocks.length }
}

const summarise = (files: StoredFiles, month: string): ArchivedSummary => {
  const quick = Snapshot.readHead(files.directory, files.name)
  const { head, blocks } =
    quick?.summary === undefined ? readWhole(files) : { head: quick, blocks: quick.summary.blocks }
  const { metadata, lastModified } = head
  const { archived } = metadata
  const base = { id: files.id, file: files.name, month, blocks }
  if (archived === undefined) {
    const name = metadata.name ?? null
    return { ...base, name, kind: "session", from: files.id, fromName: name, savedAt: lastModified }
  }
  return {
    ...base,
    name: archived.name ?? null,
    kind: archived.why,
    from: archived.session,
    fromName: archived.sessionName ?? null,
    savedAt: archived.at
  }
}

/** Everything in the archive in a few lines, by the heads of its files. Throws nothing. */
export const listArchived = (directory: DataDirectory): ArchivedList => {
  const archived: Array<ArchivedSummary> = []
  const refused: Array<PersistenceError> = []
  for (const files of storedFiles(directory)) {
    if (files.archived === null) continue
    try {
      archived.push(summarise(files, files.archived))
    } catch (cause) {
      const error = PersistenceError.from(cause, join(files.directory, files.name))
      // Restored or forgotten between the two looks.
      if (error.reason !== "Unknown") refused.push(error)
    }
  }
  return { archived: archived.sort((a, b) => b.savedAt - a.savedAt), refused }
}

/** Documents that an "ambiguous" message names. */
const MAX_CANDIDATES = 5

/**
 * The document that `text` names: its file's name, its id or what only one begins with, or a name that only one has. Of
 * several snapshots of one name in one session (a crash between writing the new one and taking the old one away) the newest.
 * Throws `PersistenceError`: `Unknown`, `Ambiguous`.
 */
export const chooseArchived = ({ archived }: ArchivedList, text: string): ArchivedSummary => {
  const tests: ReadonlyArray<(each: ArchivedSummary) => boolean> = [
    ({ file }) => file === text,
    ({ name }) => name === text,
    ({ file }) => text !== "" && file.startsWith(text)
  ]
  for (const test of tests) {
    const found = archived.filter(test)
    const [first] = found
    if (first === undefined) continue
    const same = found.every((each) => each.kind === "save" && each.from === first.from && each.name === first.name)
    if (found.length === 1 || same) return first
    const named = found.slice(0, MAX_CANDIDATES).map(({ file }) => file)
    const more = found.length > named.length ? ` and ${found.length - named.length} more` : ""
    const detail = `${found.length} in the archive are meant by ${quoted(text)}: ${named.join(", ")}${more}`
    throw new PersistenceError({ reason: "Ambiguous", subject: text, detail })
  }
  throw new PersistenceError({ reason: "Unknown", subject: text, detail: `The archive has no ${quoted(text)}` })
}
