import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync
} from "node:fs"
import { lstat, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { isAlive, isInMemory, pidNamespace, processStatus } from "../platform.ts"

/**
 * The directory that a shell and its driver share: only the user can enter it, and where possible it lies on a memory
 * file system, because command texts and exported variables are in it.
 *
 * It can vanish while the shell lives: logind empties XDG_RUNTIME_DIR at the user's last logout, and temporary
 * directories are cleaned by age. So whoever writes there asks for it anew.
 */

/**
 * Directories are called `effecttalk-<pid>-<start time>-<pid namespace>-<random>`, after the process that made them; 0 for what
 * the platform does not tell. The numbers are in base 36: programs show the paths of files in there on a row of 80 cells.
 */
const NAME = /^effecttalk-([0-9a-z]+)-([0-9a-z]+)-([0-9a-z]+)-[A-Za-z0-9]+$/
const BASE = 36

/** The beginning of the names that this process gives. */
const namePrefix = (): string => {
  const numbers = [process.pid, processStatus(process.pid)?.startTime ?? 0, pidNamespace() ?? 0]
  return `effecttalk-${numbers.map((number) => number.toString(BASE)).join("-")}-`
}

const parents = (runtimeDirectory: string | undefined): ReadonlyArray<string> =>
  [runtimeDirectory, "/dev/shm", tmpdir()].filter((parent) => parent?.startsWith("/")) as ReadonlyArray<string>

/** The places that would take one now, the preferred first. */
export const privateParents = (runtimeDirectory: string | undefined): ReadonlyArray<string> =>
  parents(runtimeDirectory).filter((parent) => {
    try {
      accessSync(parent, constants.W_OK | constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Makes one and returns its absolute path. Throws when no place allows it. */
export const makePrivateDirectory = (runtimeDirectory: string | undefined): string => {
  for (const parent of parents(runtimeDirectory)) {
    try {
      return mkdtempSync(join(parent, namePrefix()))
    } catch {}
  }
  throw new Error(
    "No directory for the shell's private files: XDG_RUNTIME_DIR, /dev/shm and the temporary directory refuse"
  )
}

/** A path that no shell quotes, whatever its options are. */
const PLAIN_PATH = /^[\w./-]+$/

/**
 * Makes one that lies in memory for certain and whose path needs no quotes. Returns its absolute path, or null when no place
 * is like that.
 */
export const makeMemoryDirectory = (runtimeDirectory: string | undefined): string | null => {
  for (const parent of parents(runtimeDirectory)) {
    if (!PLAIN_PATH.test(parent) || !isInMemory(parent)) continue
    try {
      return mkdtempSync(join(parent, namePrefix()))
    } catch {}
  }
  return null
}

/**
 * Makes the directory anew if it is gone. Returns false when that is impossible, or when it is not ours alone: once it
 * is gone from a place that everybody can write to, somebody else may have taken its name.
 */
export const restorePrivateDirectory = (directory: string): boolean => {
  try {
    mkdirSync(directory, { mode: 0o700 })
    return true
  } catch {
    // Most likely it is there.
  }
  try {
    const stat = lstatSync(directory)
    return stat.isDirectory() && stat.uid === process.geteuid?.() && (stat.mode & 0o077) === 0
  } catch {
    return false
  }
}

/** Writes a file (mode 0600) into a shell's private directory. Returns false when that is impossible. */
export const writePrivateFile = (directory: string, name: string, text: string): boolean => {
  if (!restorePrivateDirectory(directory)) return false
  try {
    writeFileSync(join(directory, name), text, { mode: 0o600 })
    return true
  } catch {
    // The disk is full: half a command is none.
    removePrivateFile(directory, name)
    return false
  }
}

/** Makes a link in a shell's private directory, in the place of an earlier one. Returns false when that is impossible. */
export const linkPrivateFile = (directory: string, name: string, target: string): boolean => {
  if (!restorePrivateDirectory(directory)) return false
  removePrivateFile(directory, name)
  try {
    symlinkSync(target, join(directory, name))
    return true
  } catch {
    return false
  }
}

/** Removes a file from a shell's private directory if it is there. */
export const removePrivateFile = (directory: string, name: string): void => {
  try {
    unlinkSync(join(directory, name))
  } catch {
    // It was not there.
  }
}

/** Removes a shell's private directory. What cannot be removed is left. */
export const removePrivateDirectory = (directory: string): void => {
  try {
    rmSync(directory, { recursive: true, force: true })
  } catch {
    // Somebody else's by now.
  }
}

/**
 * Removes, beside a private directory, those that killed processes of this user have left. A name is only
 * judged in the namespace that its process id belongs to: a container's processes look dead from outside. A process id that
 * another has by now keeps nothing: the start time tells them apart.
 */
export const removeLeftovers = async (directory: string): Promise<void> => {
  const parent = dirname(directory)
  const namespace = pidNamespace() ?? 0
  for (const name of await readdir(parent).catch(() => [])) {
    const [pid, startTime, where] = (NAME.exec(name) ?? []).slice(1).map((number) => Number.parseInt(number, BASE))
    if (pid === undefined || where !== namespace || isAlive(pid, startTime || null)) continue
    const path = join(parent, name)
    const stat = await lstat(path).catch(() => null)
    if (stat?.isDirectory() !== true || stat.uid !== process.geteuid?.()) continue
    await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}
