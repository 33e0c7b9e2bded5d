import { closeSync, constants } from "node:fs"
import { openChecked, readAt } from "../persistence/checkedFile.ts"

/** Bytes read at a time. */
const READ_BYTES = 1024 * 1024

/** Looks for an id in bytes that come in pieces: as a whole JSON string, which is how every file of a session writes ids. */
export class IdSearch {
  readonly #needle: Buffer
  #tail: Buffer = Buffer.alloc(0)
  #found = false

  constructor(id: string) {
    this.#needle = Buffer.from(`"${id}"`, "utf8")
  }

  get found(): boolean {
    return this.#found
  }

  /** The next piece; true once the id was there. */
  push(piece: Uint8Array): boolean {
    if (this.#found) return true
    const bytes = Buffer.concat([this.#tail, piece])
    this.#found = bytes.includes(this.#needle)
    this.#tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - this.#needle.length + 1)))
    return this.#found
  }
}

/** True when the file names `id` anywhere. Throws `PersistenceError` (`Refused`, `Io`) as the file deserves. */
export const mentions = (path: string, id: string): boolean => {
  const { fd, size } = openChecked(path, constants.O_RDONLY, Number.MAX_SAFE_INTEGER)
  try {
    const search = new IdSearch(id)
    for (let at = 0; at < size; at += READ_BYTES) {
      if (search.push(readAt(fd, at, Math.min(READ_BYTES, size - at)))) return true
    }
    return false
  } finally {
    closeSync(fd)
  }
}
