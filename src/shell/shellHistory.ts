import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs"
import { join } from "node:path"
import { type PastCommand, SHELL_FILES, type ShellIntegration } from "./integration/ShellIntegration.ts"

/** What is read of a history file at most, from its end, in bytes. */
const MAX_HISTORY_BYTES = 1_048_576
/** The same where it is read once and for all, to be taken over: some 100,000 commands. */
const MAX_PAST_BYTES = 4 * MAX_HISTORY_BYTES

/** The end of a regular file; empty when there is none. */
const readEnd = (path: string, maxBytes: number): { readonly bytes: Buffer; readonly whole: boolean } => {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(file)
    const size = stat.isFile() ? Math.min(stat.size, maxBytes) : 0
    const bytes = Buffer.alloc(size)
    const count = readSync(file, bytes, 0, size, stat.size - size)
    return { bytes: bytes.subarray(0, count), whole: size === stat.size }
  } finally {
    closeSync(file)
  }
}

/** What `parse` makes of the history file of the shell whose private directory is `directory`. */
const readHistory = <A>(
  directory: string,
  maxBytes: number,
  parse: (file: Buffer) => ReadonlyArray<A>
): ReadonlyArray<A> => {
  try {
    const path = readFileSync(join(directory, SHELL_FILES.history), "utf8")
    if (!path.startsWith("/")) return []
    const { bytes, whole } = readEnd(path, maxBytes)
    // The first line of a cut file is half of one.
    return parse(whole ? bytes : bytes.subarray(bytes.indexOf(10) + 1))
  } catch {
    return []
  }
}

/**
 * The commands in the history file of the shell whose private directory is `directory`, oldest first; none when the
 * shell keeps no file or it cannot be read.
 */
export const readShellHistory = (directory: string, integration: ShellIntegration): ReadonlyArray<string> =>
  readHistory(directory, MAX_HISTORY_BYTES, integration.parseHistory)

/** The same, further back and with the times that the file tells. */
export const readShellPast = (directory: string, integration: ShellIntegration): ReadonlyArray<PastCommand> =>
  readHistory(directory, MAX_PAST_BYTES, integration.parsePast)
