import { createRequire } from "node:module"
import type { ParsedFile } from "./parsedFile.ts"
import { escaped, shown } from "./shown.ts"
import type { FileProblem } from "./sources.ts"

/** The parser's names that are used here; loaded when there is a `config.toml`, so that nobody else pays for it. */
const loadParser = (): typeof import("smol-toml") => createRequire(import.meta.url)("smol-toml")

/** The line of a key at the top of a document, from 1. Only for messages: a text of several lines may mislead it. */
const lineOf = (text: string, key: string): number => {
  const lines = text.split("\n")
  const index = lines.findIndex((line) => /^\s*["']?([\w-]+)["']?\s*[=.]/.exec(line)?.[1] === key)
  return index + 1 || 1 + lines.findIndex((line) => line.includes(key))
}

/** A value as an environment would have it; null for what none can have. */
const asText = (key: string, value: unknown): string | null => {
  if (typeof value === "string") return value
  if (typeof value === "boolean") return String(value)
  // 0o600 is what a mode looks like here, 0600 what it looks like everywhere else.
  if (typeof value === "number") return key.endsWith("_permissions") ? `0${value.toString(8)}` : String(value)
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value.join(",") : null
}

/** The error's first line: the rest is a picture of the place. */
const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? ""

/** Reads `config.toml`: the variables' names in lower case, all at the top. */
export const parseTomlFile = (text: string): ParsedFile => {
  const settings: Array<ParsedFile["settings"][number]> = []
  const problems: Array<FileProblem> = []
  try {
    for (const [name, content] of Object.entries(loadParser().parse(text))) {
      const line = lineOf(text, name)
      const value = asText(name, content)
      if (value === null) {
        problems.push({ line, text: `"${shown(name)}" is no text, whole number, true or false, or list of texts` })
      } else {
        const lower = name.toLowerCase()
        // Every variable is in capitals, so that a name which is not in lower case is none.
        settings.push({ name, variable: name === lower ? name.toUpperCase() : lower, value, line })
      }
    }
  } catch (error) {
    const line = error instanceof Error && "line" in error && typeof error.line === "number" ? error.line : null
    problems.push({ line, text: `${escaped(firstLine(error))}; nothing of the file is used` })
  }
  return { settings, problems }
}
