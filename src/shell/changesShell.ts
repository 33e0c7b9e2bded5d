import type { NamesOfShell } from "./shellNames.ts"

/** Words before the one that is run. */
const PREFIXES = new Set(["builtin", "command", "time", "!", "{"])
const ASSIGNMENT = /^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/
/** What is read of a command to find its first word, in characters. */
const MAX_LOOK = 10_000
/** One word with its quotes, or an operator. */
const WORD =
  /[^\S\n]*((?:[^\s;&|<>()'"\\`$]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|`[^`]*`|\$\([^)]*\)|\$)+|[;&|<>()\n]+)/y

/** A command's words and operators as they stand there, up to a quote that is not closed. */
const wordsOf = (command: string): ReadonlyArray<string> => {
  const words: Array<string> = []
  WORD.lastIndex = 0
  for (let found = WORD.exec(command); found !== null; found = WORD.exec(command)) words.push(found[1]!)
  return words
}

/**
 * Why a command belongs into the session's own shell: its first word is a builtin that changes that shell, a function (which
 * may do so), or an alias that stands for one or that start files do not make; or it only assigns variables. Null when it
 * can as well run beside. The word is the answer, for the message.
 */
export const changesShell = (command: string, { start, now, builtins }: NamesOfShell): string | null => {
  let assignment: string | null = null
  const seen = new Set<string>()
  const words = [...wordsOf(command.slice(0, MAX_LOOK).trimStart())]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (/^[;&|\n]/.test(word)) return assignment
    if (word.startsWith("((")) return "(("
    // A subshell, or a redirection that stands in front.
    if (/^[<>(]/.test(word)) return null
    if (ASSIGNMENT.test(word)) {
      assignment ??= word.slice(0, word.indexOf("=") + 1)
      continue
    }
    // Quoted words are no aliases: `\ls` runs what is behind the alias.
    const alias = seen.has(word) ? undefined : now.aliases.get(word)
    if (alias !== undefined) {
      if (start.aliases.get(word) !== alias) return word
      seen.add(word)
      words.unshift(...wordsOf(alias))
      continue
    }
    const name = word.replace(/[\\'"]/g, "")
    if (PREFIXES.has(name)) continue
    // A definition: `name() …`, `function name …`.
    if (name === "function" || words[0]?.startsWith("()") === true) return name
    return builtins.has(name) || now.functions.has(name) ? name : null
  }
  return assignment
}
