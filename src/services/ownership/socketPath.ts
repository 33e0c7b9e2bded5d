import { join } from "node:path"
import { makePrivateDirectory, removePrivateDirectory } from "../../shell/privateDirectory.ts"

/** Longest path that sun_path takes, in bytes, its end not counted (unix(7)). */
const MAX_PATH_BYTES = 107
const NAME = "owner"

/** The path of a socket in a private directory, which is made; null where none is short enough for a socket. */
export const socketPath = (runtimeDirectory: string | undefined): string | null => {
  for (const parent of [runtimeDirectory, undefined]) {
    try {
      const directory = makePrivateDirectory(parent)
      const path = join(directory, NAME)
      if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return path
      removePrivateDirectory(directory)
    } catch {
      // No place for it: sessions are kept all the same.
    }
  }
  return null
}
