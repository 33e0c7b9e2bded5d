import type { Reference } from "../CommandSource.ts"
import type { EnvironmentChange, LoadFlags } from "./ShellIntegration.ts"

/** What may be the name of a variable. */
const VARIABLE = /^[A-Za-z_]\w*$/

/** Quotes text as one word for bash, zsh and every POSIX shell. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/**
 * Whether bash and zsh alike see nothing but plain words, whole quotes without expansions, escapes and simple variables:
 * no brackets, no here-document, no comment.
 */
export const isPlainLine = (text: string): boolean =>
  /^(?:[^\n'"\\`$(){}[\]<#]|'[^'\n]*'|"[^"\\`$\n]*"|\\[^\n]|\$[A-Za-z_]\w*|\$[?$!#@*0-9-]|<(?!<))*$/.test(text)

/** The text without a single `&` at its end, which finishes a line as nothing does. */
export const withoutBackground = (text: string): string =>
  text.replace(/&\s*$/, (end, at: number) => (text[at - 1] === "&" ? end : ""))

/** A nonce as it is typed: a digit behind it is 1 to mend the terminal's modes, plus 2 where words stand for files. */
export const numbered = (nonce: number, { mend, refers }: LoadFlags): string =>
  `${nonce}${(mend ? 1 : 0) + (refers ? 2 : 0)}`

/** Words and the paths of the files that they stand for, each ended by a NUL. */
export const referenceWords = (references: ReadonlyArray<Reference>): string =>
  references.map(({ word, path }) => `${word}\0${path}\0`).join("")

/** What a shell said, in lines divided by LF, without blank ones around it. */
export const saidLines = (text: string): string => text.replace(/(?<!\r)\r*\n/g, "\n").replace(/^\n+|\n+$/g, "")

/** Leaders of process groups among what a shell wrote of its jobs. */
export const jobLeaders = (words: ReadonlyArray<string>): ReadonlyArray<number> =>
  words.map(Number).filter((group) => Number.isInteger(group) && group > 0)

/** Variables from `NAME=value` each. */
export const variables = (entries: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const entry of entries) {
    const at = entry.indexOf("=")
    if (at > 0) found.set(entry.slice(0, at), entry.slice(at + 1))
  }
  return found
}

/** Lines for a start file, one for each variable that a shell can have. */
export const changeLines = (
  changes: EnvironmentChange,
  set: (name: string, value: string) => string,
  unset: (name: string) => string
): string =>
  [
    ...Object.entries(changes.set).flatMap(([name, value]) => (VARIABLE.test(name) ? [set(name, value)] : [])),
    ...changes.unset.flatMap((name) => (VARIABLE.test(name) ? [unset(name)] : []))
  ].join("\n")
