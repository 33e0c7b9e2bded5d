import { accessSync, constants, statSync } from "node:fs"
import { access, stat } from "node:fs/promises"
import { join, resolve } from "node:path"

/** What a shell's exit code says of a command that it has not found (POSIX). */
export const NOT_FOUND_CODE = 127

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Where execvp(3) looks, in its order. */
const candidates = (name: string, path: string | undefined): ReadonlyArray<string> =>
  name.includes("/") ? [name] : (path ?? "").split(":").map((directory) => join(directory || ".", name))

/** What execvp(3) would run: the path itself when the name has a slash, else the first executable on PATH; or null. */
export const findProgram = (name: string, path: string | undefined): string | null =>
  candidates(name, path).find(isProgram) ?? null

/**
 * The same for a process that starts in `directory`, as an absolute path, without holding up the event loop: a directory
 * on PATH may be on a server that does not answer.
 */
export const findProgramFrom = async (
  directory: string,
  name: string,
  path: string | undefined
): Promise<string | null> => {
  for (const candidate of candidates(name, path)) {
    const absolute = resolve(directory, candidate)
    try {
      await access(absolute, constants.X_OK)
      if ((await stat(absolute)).isFile()) return absolute
    } catch {
      // Not this one.
    }
  }
  return null
}
