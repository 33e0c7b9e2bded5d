import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { SessionId } from "../../domain/ids.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import { chooseSession } from "../persistence/sessionList.ts"

/** The files of one stored session. */
export interface StoredFiles {
  readonly id: SessionId
  /** The directory they lie in. */
  readonly directory: string
  /** Their name without `.json` or `.journal`: the id, in the archive perhaps with a number behind it. */
  readonly name: string
  /** The month of the archive (`2026-10`), null for a session that is not archived. */
  readonly archived: string | null
  /** When one of them changed last, in milliseconds since the epoch. */
  readonly modified: number
}

const isSessionId = Schema.is(SessionId)
/** `<id>.json`, `<id>.journal`, and what archiving numbers: `<id>.2.json`. */
const FILE = /^(.+?)(\.\d+)?\.(?:json|journal)$/s
/** A directory of the archive. */
const MONTH = /^(?:\d{4}-\d{2}|unknown)$/

const namesIn = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory)
  } catch {
    return [] // nothing was stored or archived yet
  }
}

const modifiedAt = (path: string): number => {
  try {
    return lstatSync(path).mtimeMs
  } catch {
    return 0 // moved away between the two looks
  }
}

const filesIn = (directory: string, archived: string | null): ReadonlyArray<StoredFiles> => {
  const found = new Map<string, StoredFiles>()
  for (const file of namesIn(directory)) {
    const [, id = "", number = ""] = FILE.exec(file) ?? []
    if (!isSessionId(id)) continue
    const name = id + number
    const modified = Math.max(found.get(name)?.modified ?? 0, modifiedAt(join(directory, file)))
    found.set(name, { id, directory, name, archived, modified })
  }
  return [...found.values()]
}

/** The files of all sessions, active and archived, last changed first. Opens none of them. */
export const storedFiles = ({ active, archived }: DataDirectory): ReadonlyArray<StoredFiles> => {
  const months = namesIn(archived).filter((name) => MONTH.test(name))
  return [...filesIn(active, null), ...months.flatMap((month) => filesIn(join(archived, month), month))].sort(
    (a, b) => b.modified - a.modified
  )
}

/** The session, active or archived, that `text` names: see `resolveSession`, which throws the same. */
export const sessionNamed = (directory: DataDirectory, text: string): SessionId =>
  chooseSession([...new Set(storedFiles(directory).map(({ id }) => id))].sort(), text)
