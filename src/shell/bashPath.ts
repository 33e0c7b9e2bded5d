import { accessSync, constants } from "node:fs"
import { basename } from "node:path"

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where bash is: `SHELL` when it is one, else the first on the PATH. */
export const bashPath = (environment: Readonly<Record<string, string | undefined>>): string => {
  const { SHELL, PATH = "/usr/bin:/bin" } = environment
  if (SHELL?.startsWith("/") && basename(SHELL) === "bash" && isExecutable(SHELL)) return SHELL
  const found = PATH.split(":").find((directory) => directory.startsWith("/") && isExecutable(`${directory}/bash`))
  return found === undefined ? "/bin/bash" : `${found}/bash`
}
