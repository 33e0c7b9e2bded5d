import { readFileSync } from "node:fs"
import { join } from "node:path"
import { SHELL_FILES, type ShellIntegration, type ShellNames } from "./integration/ShellIntegration.ts"

const NO_NAMES: ShellNames = { functions: new Set(), aliases: new Map() }

/** Functions and aliases of a shell after its start files, and as of its latest prompt. */
export interface NamesOfShell {
  readonly start: ShellNames
  readonly now: ShellNames
  /** See `ShellIntegration.changingBuiltins`. */
  readonly builtins: ReadonlySet<string>
}

/**
 * The names that the shell whose private directory is `directory` has told. Read only when somebody asks, so that a prompt
 * costs nothing here. None where the shell has said nothing.
 */
export const readShellNames = (directory: string, integration: ShellIntegration): NamesOfShell => {
  const read = (name: string): ShellNames => {
    try {
      return integration.parseNames(readFileSync(join(directory, name), "utf8"))
    } catch {
      return NO_NAMES
    }
  }
  return { start: read(SHELL_FILES.startNames), now: read(SHELL_FILES.names), builtins: integration.changingBuiltins }
}
