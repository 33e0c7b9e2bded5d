import { basename } from "node:path"
import { bash } from "./bash.ts"
import { fish } from "./fish.ts"
import type { ShellIntegration } from "./ShellIntegration.ts"
import { zsh } from "./zsh.ts"

const INTEGRATIONS: Readonly<Record<string, ShellIntegration>> = { bash, fish, zsh }

/** How the shell at this path is driven, by its name. */
export const integrationOf = (path: string): ShellIntegration => INTEGRATIONS[basename(path)] ?? bash

/** Whether the shell at this path is driven as itself. */
export const isIntegrated = (path: string): boolean => Object.hasOwn(INTEGRATIONS, basename(path))
