import { accessSync, closeSync, constants, realpathSync, statSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import { replaceFile } from "../services/persistence/atomicReplace.ts"
import { errorCode } from "../services/persistence/PersistenceError.ts"

/** How long a document is worked on before others have their turn, in ms. */
const SLICE_MS = 4
/** Characters that are gathered for one write. */
export const WRITE_CHARACTERS = 64 * 1024

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "there is no such directory",
  ENOTDIR: "a part of the path is no directory",
  ELOOP: "too many symbolic links",
  EISDIR: "it is a directory",
  EEXIST: "it exists by now",
  EIO: "the disk has failed"
}

/** Why a file cannot be written, in a few words. */
export const writeProblem = (cause: unknown): string => REASONS[errorCode(cause) ?? ""] ?? String(cause)

/** What a path as a user writes it names: `~` is home, and the rest is relative to `directory`. Both are absolute. */
export const userPath = (text: string, directory: string, home: string): string => {
  if (text === "~") return home
  return resolve(directory, text.startsWith("~/") ? join(home, text.slice(2)) : text)
}

/**
 * What is at a path where a file is to be written: null for nothing, `file` for one that would be replaced, else why it
 * cannot be.
 */
export const lookAt = (path: string): null | "file" | { readonly problem: string } => {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    accessSync(dirname(found === undefined ? path : realpathSync(path)), constants.W_OK | constants.X_OK)
    if (found === undefined) return null
    if (found.isDirectory()) return { problem: "it is a directory" }
    return found.isFile() ? "file" : { problem: "it is not a regular file" }
  } catch (cause) {
    return { problem: writeProblem(cause) }
  }
}

/** Goes through a document in slices, so that keys and output have their turn; `take` gets it in larger pieces. */
const inSlices = async (pieces: Iterable<string>, take: (text: string) => Promise<unknown>): Promise<void> => {
  let gathered = ""
  let began = performance.now()
  for (const piece of pieces) {
    gathered += piece
    if (gathered.length >= WRITE_CHARACTERS) {
      await take(gathered)
      gathered = ""
    }
    if (performance.now() - began < SLICE_MS) continue
    await nextTurn()
    began = performance.now()
  }
  if (gathered !== "") await take(gathered)
}

/**
 * Writes a document to a file for its owner alone (0600): aside, synced, then put in its place, so that whoever looks finds
 * the old file or the whole new one. Of a symbolic link the file that it names is replaced. Rejects as the system does;
 * with `EEXIST` where a file has come by now that was not to be overwritten.
 */
export const writeExport = async (path: string, document: Iterable<string>, overwrite: boolean): Promise<void> => {
  const before = lookAt(path)
  const target = before === "file" ? realpathSync(path) : path
  const fd = await replaceFile(
    dirname(target),
    basename(target),
    (sink) => inSlices(document, (text) => sink.write(Buffer.from(text))),
    () => {
      if (!overwrite && statSync(target, { throwIfNoEntry: false }) !== undefined)
        throw Object.assign(new Error(`${target} exists`), { code: "EEXIST" })
    }
  )
  closeSync(fd)
}
