import type { NamesOfShell } from "./shellNames.ts"

/** Builtins that change the shell they run in, or concern what it alone has: jobs, history, traps (bash(1), BUILTINS). */
const CHANGING = new Set(
  (
    "cd pushd popd dirs export declare typeset local readonly unset alias unalias source . set shift shopt umask ulimit trap " +
    "exec eval exit logout return break continue fg bg jobs wait disown suspend history fc hash read mapfile readarray let " +
    "getopts bind complete compopt enable times"
  ).split(" ")
)
/** Words before the one that is run. */
const PREFIXES = new Set(["builtin", "command", "time", "!", "{"])
const ASSIGNMENT = /^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/
/** One word with its quotes, or an operator. */
const WORD = /\s*((?:[^\s;&|<>()'"\\`$]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|`[^`]*`|\$\([^)]*\)|\$)+|[;&|<>()\n]+)/y

/** The words of a command up to its first operator, as they stand there. */
function* wordsOf(command: string): Generator<string> {
  WORD.lastIndex = 0
  for (let found = WORD.exec(command); found !== null; found = WORD.exec(command)) yield found[1]!
}

/**
 * Why a command belongs into the session's own shell: its first word is a builtin that changes that shell, a function (which
 * may do so), or an alias that stands for one or that start files do not make; or it only assigns variables. Null when it
 * can as well run beside. The word is the answer, for the message.
 */
export const changesShell = (command: string, { start, now }: NamesOfShell): string | null => {
  let assignment: string | null = null
  const seen = new Set<string>()
  let words = [...wordsOf(command.trimStart())]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (/^[;&|\n]/.test(word)) return assignment
    if (/^[<>(]/.test(word)) return words[0]?.startsWith(")") ? (assignment ?? word) : null
    if (ASSIGNMENT.test(word)) {
      assignment ??= word.slice(0, word.indexOf("=") + 1)
      continue
    }
    // Quoted words are no aliases: `\ls` runs what is behind the alias.
    const alias = seen.has(word) ? undefined : now.aliases.get(word)
    if (alias !== undefined) {
      if (start.aliases.get(word) !== alias) return word
      seen.add(word)
      words = [...wordsOf(alias), ...words]
      continue
    }
    const name = word.replace(/[\\'"]/g, "")
    if (PREFIXES.has(name)) continue
    // A definition: `name() …`, `function name …`.
    if (name === "function" || words[0]?.startsWith("()") === true) return name
    return CHANGING.has(name) || now.functions.has(name) ? name : null
  }
  return assignment
}
