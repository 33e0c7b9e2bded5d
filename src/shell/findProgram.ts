import { accessSync, constants, statSync } from "node:fs"
import { join } from "node:path"

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** What execvp(3) would run: the path itself when the name has a slash, else the first executable on PATH; or null. */
export const findProgram = (name: string, path: string | undefined): string | null => {
  if (name.includes("/")) return isProgram(name) ? name : null
  for (const directory of (path ?? "").split(":")) {
    const candidate = join(directory || ".", name)
    if (isProgram(candidate)) return candidate
  }
  return null
}
