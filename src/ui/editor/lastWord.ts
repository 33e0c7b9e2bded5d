/** Longest command looked through, in UTF-16 units: nobody wants the last word of a pasted megabyte. */
const MAX_LENGTH = 100_000

const BLANK = /\s/
const OPERATOR = /[;&|<>()]/
const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "{": "}" }

/** Index just past the quoted string that opens at `at`, or the end when it is never closed. */
const endOfQuote = (command: string, at: number): number => {
  const quote = command[at]
  for (let i = at + 1; i < command.length; i++) {
    if (command[i] === quote) return i + 1
    if (command[i] === "\\" && quote !== "'") i++
  }
  return command.length
}

/** Index just past the bracket that closes the one at `at`. */
const endOfBracket = (command: string, at: number): number => {
  const open = command[at]!
  let depth = 0
  for (let i = at; i < command.length; ) {
    const character = command[i]!
    if (character === "\\") i += 2
    else if (character === "'" || character === '"' || character === "`") i = endOfQuote(command, i)
    else {
      if (character === open) depth++
      else if (character === CLOSERS[open]) depth--
      i++
      if (depth === 0) return i
    }
  }
  return command.length
}

const endOfWord = (command: string, start: number): number => {
  let i = start
  while (i < command.length) {
    const character = command[i]!
    const next = command[i + 1]
    if (character === "\\") i += 2
    else if (character === "'" || character === '"' || character === "`") i = endOfQuote(command, i)
    else if (character === "$" && (next === "(" || next === "{")) i = endOfBracket(command, i + 1)
    else if ((character === "<" || character === ">") && next === "(" && i === start) i = endOfBracket(command, i + 1)
    else if (BLANK.test(character) || OPERATOR.test(character)) break
    else i++
  }
  return Math.min(i, command.length)
}

/**
 * The last word of a command, for Alt+. — as readline splits it (its histexpand.c): quotes, escapes and substitutions
 * stay whole, an operator is a word of its own. Empty for a blank command.
 */
export const lastWord = (command: string): string => {
  if (command.length > MAX_LENGTH) return ""
  let last = ""
  for (let i = 0; i < command.length; ) {
    if (BLANK.test(command[i]!)) {
      i++
      continue
    }
    let end = endOfWord(command, i)
    if (end === i) while (end < command.length && OPERATOR.test(command[end]!)) end++
    last = command.slice(i, end)
    i = end
  }
  return last
}
