import { randomBytes } from "node:crypto"
import { constants, fchmodSync, fstatSync, openSync, readdirSync, renameSync, unlinkSync } from "node:fs"
import { join } from "node:path"
import { closeReplaced, FILE_MODE, syncDirectory, syncFile, writeAll } from "./checkedFile.ts"

/** Bytes gathered before they are written. */
const CHUNK_BYTES = 1024 * 1024

/** Where a new file's content goes, in order. */
export interface FileSink {
  /** Bytes given so far: the position of what comes next. */
  readonly position: number
  readonly write: (bytes: Uint8Array) => Promise<void>
}

/**
 * Replaces `directory/name` as a whole: whoever looks, or crashes, finds the old file or the new one. Once the promise
 * is fulfilled the new file survives a power loss. Returns its descriptor, open for reading and writing.
 *
 * Popular packages ignore short writes and lose good files on full disks, so this is our own. On any error the temporary
 * file is gone and the old file stands.
 *
 * @param produce writes the content
 * @param beforeRename the last word, given the synced file: throws to keep the old one
 */
export const replaceFile = async (
  directory: string,
  name: string,
  produce: (sink: FileSink) => Promise<void>,
  beforeRename?: (fd: number) => void | Promise<void>
): Promise<number> => {
  // In the same directory, or the rename would have to copy; a name nobody can have prepared.
  const temporary = join(directory, `.${name}.${randomBytes(9).toString("base64url")}.tmp`)
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const fd = openSync(temporary, flags, FILE_MODE)
  try {
    // The umask may have taken our own bits.
    fchmodSync(fd, FILE_MODE)
    const sink = chunkedSink(fd)
    await produce(sink)
    await sink.flush()
    if (fstatSync(fd).size !== sink.position) throw new Error(`short file: ${temporary}`)
    await syncFile(fd)
    const word = beforeRename?.(fd)
    // Not awaited without need: nothing shall happen between a word given at once and the rename.
    if (word !== undefined) await word
    renameSync(temporary, join(directory, name))
  } catch (cause) {
    await closeReplaced(fd)
    try {
      unlinkSync(temporary)
    } catch {
      // What cannot be removed is swept when the session is opened the next time.
    }
    throw cause
  }
  try {
    await syncDirectory(directory)
  } catch (cause) {
    await closeReplaced(fd)
    throw cause
  }
  return fd
}

const chunkedSink = (fd: number): FileSink & { readonly flush: () => Promise<void> } => {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let written = 0
  let filled = 0
  const flush = async () => {
    await writeAll(fd, chunk.subarray(0, filled), written)
    written += filled
    filled = 0
  }
  return {
    get position() {
      return written + filled
    },
    write: async (bytes) => {
      if (filled + bytes.length > CHUNK_BYTES) await flush()
      if (bytes.length > CHUNK_BYTES) {
        await writeAll(fd, bytes, written)
        written += bytes.length
      } else {
        chunk.set(bytes, filled)
        filled += bytes.length
      }
    },
    flush
  }
}

/**
 * Removes files that a crash left half written for session `id`; only for whoever has its lock. Those of locks are others'
 * (see `sweepLocks`).
 */
export const sweepTemporaries = (directory: string, id: string): void => {
  for (const entry of readdirSync(directory)) {
    const isOurs = entry.startsWith(`.${id}.`) && !entry.startsWith(`.${id}.lock.`)
    if (isOurs && entry.endsWith(".tmp")) unlinkSync(join(directory, entry))
  }
}
