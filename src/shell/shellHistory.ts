import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs"
import { join } from "node:path"
import { SHELL_FILES, type ShellIntegration } from "./integration/ShellIntegration.ts"

/** What is read of a history file at most, from its end, in bytes. */
const MAX_HISTORY_BYTES = 1_048_576

/** The end of a regular file; empty when there is none. */
const readEnd = (path: string): { readonly bytes: Buffer; readonly whole: boolean } => {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(file)
    const size = stat.isFile() ? Math.min(stat.size, MAX_HISTORY_BYTES) : 0
    const bytes = Buffer.alloc(size)
    const count = readSync(file, bytes, 0, size, stat.size - size)
    return { bytes: bytes.subarray(0, count), whole: size === stat.size }
  } finally {
    closeSync(file)
  }
}

/**
 * The commands in the history file of the shell whose private directory is `directory`, oldest first; none when the
 * shell keeps no file or it cannot be read.
 */
export const readShellHistory = (directory: string, integration: ShellIntegration): ReadonlyArray<string> => {
  try {
    const path = readFileSync(join(directory, SHELL_FILES.history), "utf8")
    if (!path.startsWith("/")) return []
    const { bytes, whole } = readEnd(path)
    // The first line of a cut file is half of one.
    return integration.parseHistory(whole ? bytes : bytes.subarray(bytes.indexOf(10) + 1))
  } catch {
    return []
  }
}
