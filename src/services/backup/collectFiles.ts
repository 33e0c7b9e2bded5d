import { createHash } from "node:crypto"
import { closeSync, constants, lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { type CheckedFile, openChecked, readAt } from "../persistence/checkedFile.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import { errorCode, PersistenceError } from "../persistence/PersistenceError.ts"
import { ARCHIVE_LIMITS, isBackupDirectory, sessionOfPath } from "./Manifest.ts"
import { type ArchiveInput, changed } from "./writeArchive.ts"

/** Bytes read at a time. */
const READ_BYTES = 1024 * 1024
/** Largest picture of a live screen that is read into memory, in bytes: as large as its writer lets it become. */
const MAX_SCREEN_BYTES = 32 * 1024 * 1024

/** The files of DATA_DIR that a backup holds, as they are at one moment each. */
export interface CollectedFiles {
  readonly inputs: ReadonlyArray<ArchiveInput>
  /** Files that have a session's name and may not be opened, a line each. */
  readonly skipped: ReadonlyArray<string>
  /** Another one when a file was changed, as far as can be told without reading it. */
  readonly stamp: string
  /** To be called in the end: the files of sessions that are open somewhere are held open. */
  readonly close: () => void
}

/**
 * Finds all files of sessions in `active/` and `archived/`; locks, temporary files and what else lies there is left out.
 * Throws what the system says of the directories.
 *
 * A session that a process writes meanwhile is taken as its readers take it: the picture of its live screen first, then
 * the journal, which has every line that left the picture, and the snapshot last, which reaches at least to the journal's
 * first event. They stay open, so that it is these that are read when they have been replaced. A journal may end in a
 * half-written record, which readers expect.
 */
export const collectFiles = ({ active, archived }: Pick<DataDirectory, "active" | "archived">): CollectedFiles => {
  const collector = new Collector()
  try {
    collector.addActive(active)
    for (const month of listDirectory(archived)) {
      if (!isBackupDirectory(`archived/${month}`) || !isDirectory(join(archived, month))) continue
      for (const names of bySession(`archived/${month}`, listDirectory(join(archived, month))).values()) {
        for (const name of names) collector.add(join(archived, month), `archived/${month}/${name}`, name, false)
      }
    }
    // One that has been brought back from the archive between the two looks is in neither.
    collector.addActive(active)
    return collector.collected()
  } catch (cause) {
    collector.close()
    throw cause
  }
}

/** File names by their session, in order. */
const bySession = (directory: string, names: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const sessions = new Map<string, Array<string>>()
  for (const name of names) {
    const stem = sessionOfPath(`${directory}/${name}`)?.slice(directory.length + 1)
    if (stem !== undefined) sessions.set(stem, [...(sessions.get(stem) ?? []), name])
  }
  return sessions
}

const listDirectory = (path: string): ReadonlyArray<string> => {
  try {
    return readdirSync(path).sort()
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return []
    throw cause
  }
}

const isDirectory = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true

class Collector {
  readonly #inputs: Array<ArchiveInput> = []
  readonly #skipped: Array<string> = []
  readonly #held: Array<number> = []
  /** Sessions of `active/` that were looked at. */
  readonly #active = new Set<string>()
  readonly #stamp = createHash("sha256")

  /** The sessions of `active/` that are not known yet. */
  addActive(active: string): void {
    const names = listDirectory(active)
    for (const [stem, ends] of bySession("active", names)) {
      if (this.#active.has(stem)) continue
      this.#active.add(stem)
      // What was not there when the directory was read may be by now, and they must fit together.
      const all = new Set([`${stem}.screen`, `${stem}.journal`, `${stem}.json`, ...ends])
      const isOpen = names.includes(`${stem}.lock`)
      for (const name of all) this.add(active, `active/${name}`, name, isOpen)
    }
  }

  add(directory: string, path: string, name: string, isOpen: boolean): void {
    const isLive = isOpen && name.endsWith(".screen")
    const file = this.#open(join(directory, name), isLive ? MAX_SCREEN_BYTES : ARCHIVE_LIMITS.fileBytes)
    if (file === null) return
    const { fd, size, inode, modified } = file
    this.#stamp.update(`${path} ${inode} ${size} ${modified}\n`)
    if (isLive) {
      // Overwritten in place, in one of two halves: whatever the other one is being made, this one is whole.
      const bytes = readAt(fd, 0, size)
      closeSync(fd)
      this.#inputs.push({ path, size: bytes.length, modified, content: () => [bytes] })
      return
    }
    if (isOpen) this.#held.push(fd)
    else closeSync(fd)
    const from = { path, name: join(directory, name), size, inode, held: isOpen ? fd : null }
    this.#inputs.push({ path, size, modified, content: () => contentOf(from) })
  }

  collected(): CollectedFiles {
    const stamp = this.#stamp.digest("hex")
    return { inputs: this.#inputs, skipped: this.#skipped, stamp, close: () => this.close() }
  }

  close(): void {
    for (const fd of this.#held.splice(0)) closeSync(fd)
  }

  #open(path: string, maxBytes: number): CheckedFile | null {
    try {
      return openChecked(path, constants.O_RDONLY, maxBytes)
    } catch (cause) {
      const error = PersistenceError.from(cause, path)
      const code = errorCode(error.cause)
      if (code === "ENOENT") return null
      // One session that cannot be read costs no other its backup; a process that has no files left would lose them all.
      if (code === "EMFILE" || code === "ENFILE") throw error
      this.#skipped.push(error.message)
      return null
    }
  }
}

interface Source {
  readonly path: string
  readonly name: string
  readonly size: number
  readonly inode: bigint
  /** Null for a file that is opened anew: there may be many thousands of them. */
  readonly held: number | null
}

function* contentOf({ path, name, size, inode, held }: Source): Generator<Uint8Array> {
  const fd = held ?? reopen(path, name, inode)
  try {
    for (let done = 0; done < size; ) {
      const part = readAt(fd, done, Math.min(READ_BYTES, size - done))
      if (part.length === 0) throw changed(path)
      done += part.length
      yield part
    }
  } finally {
    if (held === null) closeSync(fd)
  }
}

const reopen = (path: string, name: string, inode: bigint): number => {
  let file: CheckedFile
  try {
    file = openChecked(name, constants.O_RDONLY, Number.MAX_SAFE_INTEGER)
  } catch (cause) {
    const isGone = errorCode(PersistenceError.from(cause, name).cause) === "ENOENT"
    throw isGone ? changed(path) : cause
  }
  if (file.inode === inode) return file.fd
  closeSync(file.fd)
  throw changed(path)
}
