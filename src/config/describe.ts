/** Settings in words, for messages: one line each, nothing of the foreign text can act on a terminal. */
import { homeDirectory } from "./configFiles.ts"
import type { Environment, Origin } from "./sources.ts"

/** Longest foreign text that a message repeats, in UTF-16 units. */
const MAX_SHOWN_LENGTH = 80

/** Control characters, bidirectional overrides, what is invisible, what is no character, line separators. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/gu

/** Foreign text for a message: what would not be seen as it is becomes `\u{1b}`, and the end of a long text is cut. */
export const shown = (text: string): string => {
  const cut = text.length > MAX_SHOWN_LENGTH
  const visible = (cut ? text.slice(0, MAX_SHOWN_LENGTH) : text).replace(
    HIDDEN,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`
  )
  return cut ? `${visible}… (${text.length} characters)` : visible
}

/** A path below the home directory begins with `~`. */
const shortPath = (path: string, environment: Environment): string => {
  const home = homeDirectory(environment)
  return home !== "/" && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

/** `~/.config/effecttalk/config.toml:3`, without the line where it is null. */
export const describePlace = (path: string, line: number | null, environment: Environment): string => {
  const visible = shortPath(path, environment).replace(
    HIDDEN,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`
  )
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
