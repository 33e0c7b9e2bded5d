import { stat } from "node:fs/promises"
import { join, resolve } from "node:path"

/** How long the file system has to say what is there, in ms: a file on a server that does not answer is none. */
const STAT_TIMEOUT_MS = 500

/** The absolute path of a file as a program in `directory` has written it. */
export const absolutePath = (path: string, directory: string, home: string): string =>
  path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : resolve(directory, path)

/** Which of these absolute paths are files. Never rejects. */
export const existingFiles = async (paths: Iterable<string>): Promise<ReadonlySet<string>> => {
  const found = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, STAT_TIMEOUT_MS)
  })
  const looks = [...new Set(paths)].map(async (path) => {
    try {
      if ((await stat(path)).isFile()) found.add(path)
    } catch {
      // Not there, or not ours to see.
    }
  })
  await Promise.race([Promise.all(looks), late])
  clearTimeout(timer)
  // What answers later changes nothing.
  return new Set(found)
}
