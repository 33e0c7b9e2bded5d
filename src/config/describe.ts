/** Places in words, for messages: one line each. */
import { homeDirectory } from "./configFiles.ts"
import { escaped } from "./shown.ts"
import type { Environment, Origin } from "./sources.ts"

/** A path below the home directory begins with `~`. */
const shortPath = (path: string, environment: Environment): string => {
  const home = homeDirectory(environment)
  return home !== "/" && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

/** `~/.config/effecttalk/config.toml:3`, without the line where it is null. */
export const describePlace = (path: string, line: number | null, environment: Environment): string => {
  const visible = escaped(shortPath(path, environment))
  return line === null ? visible : `${visible}:${line}`
}

/** Where a value was written. */
export const describeOrigin = (origin: Origin, environment: Environment): string => {
  switch (origin._tag) {
    case "CommandLine":
      return "command line"
    case "Environment":
      return "environment"
    case "File":
      return describePlace(origin.path, origin.line, environment)
  }
}
