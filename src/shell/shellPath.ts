import { accessSync, constants } from "node:fs"
import { isIntegrated } from "./integration/integrationOf.ts"

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The user's shell: `SHELL` when it is one that is driven as itself, else the first bash on the PATH. */
export const shellPath = (environment: Readonly<Record<string, string | undefined>>): string => {
  const { SHELL, PATH = "/usr/bin:/bin" } = environment
  if (SHELL?.startsWith("/") && isIntegrated(SHELL) && isExecutable(SHELL)) return SHELL
  const found = PATH.split(":").find((directory) => directory.startsWith("/") && isExecutable(`${directory}/bash`))
  return found === undefined ? "/bin/bash" : `${found}/bash`
}
