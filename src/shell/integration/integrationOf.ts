import { realpathSync } from "node:fs"
import { basename } from "node:path"
import { bash } from "./bash.ts"
import { fish } from "./fish.ts"
import { none } from "./none.ts"
import { posix } from "./posix.ts"
import type { ShellIntegration } from "./ShellIntegration.ts"
import { zsh } from "./zsh.ts"

const INTEGRATIONS: Readonly<Record<string, ShellIntegration>> = { bash, fish, zsh, dash: posix }

/** What `sh` stands for on this system. */
const realName = (path: string): string => {
  try {
    return basename(realpathSync(path))
  } catch {
    return ""
  }
}

/**
 * How the shell at this path is driven, by its name. One that is called sh goes by what it is; a bash that is called so
 * reads other start files than a bash.
 */
export const integrationOf = (path: string): ShellIntegration => {
  const name = basename(path)
  if (name === "sh") return realName(path) === "dash" ? posix : none
  return Object.hasOwn(INTEGRATIONS, name) ? INTEGRATIONS[name]! : none
}

/** Whether the shell at this path is driven: its commands become blocks. */
export const isIntegrated = (path: string): boolean => integrationOf(path) !== none
