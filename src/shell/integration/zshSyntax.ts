import type { ShellNames, ShellStatus } from "./ShellIntegration.ts"
import { isPlainLine, jobLeaders, variables, withoutBackground } from "./shellWords.ts"

/** Words after which a line may go on; met anywhere they make us ask the shell (zshmisc(1), RESERVED WORDS). */
const RESERVED =
  /(^|[\s;&|<>])(if|then|elif|else|for|foreach|while|until|repeat|do|case|select|function|coproc|time|nocorrect|always|!)(?=$|[\s;&|<>])/

/**
 * True when the text surely is one finished command line. Errs on the side of false: then zsh is asked, which costs a
 * round trip.
 */
export const isSurelyComplete = (text: string): boolean => {
  if (RESERVED.test(text) || !isPlainLine(text)) return false
  return !/[|&\\!][\s;]*$/.test(withoutBackground(text))
}

/** Escapes of $'…' as zsh's `(qqqq)` writes them. */
const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11
}

/** What a word quoted by zsh's `${(qqqq)x}` stands for: `$'…'`; anything else is empty. */
export const unquote = (word: string): string => {
  if (!word.startsWith("$'") || !word.endsWith("'") || word.length < 3) return ""
  const parts: Array<Buffer> = []
  // Bytes are collected because \377 may be part of a character.
  for (const [part, octal, escaped] of word.slice(2, -1).matchAll(/\\([0-7]{1,3})|\\([^0-7])|[^\\]+/gsu)) {
    if (octal !== undefined) parts.push(Buffer.from([Number.parseInt(octal, 8) & 255]))
    else if (escaped !== undefined) {
      const byte = ESCAPES[escaped]
      parts.push(byte === undefined ? Buffer.from(escaped, "utf8") : Buffer.from([byte]))
    } else parts.push(Buffer.from(part, "utf8"))
  }
  return Buffer.concat(parts).toString("utf8")
}

/** Reads what `__et_status` writes: one pid per line, `--`, then `name=value` of exported variables, each ended by NUL. */
export const parseStatus = (file: string): ShellStatus => {
  const cut = file.startsWith("--\n") ? 0 : file.indexOf("\n--\n") + 1
  return {
    jobs: jobLeaders(file.slice(0, cut).split("\n")),
    environment: variables(file.slice(cut + 3).split("\0"))
  }
}

/** Reads what `__et_names` writes, each ended by NUL: names of functions, an empty one, names and values of aliases. */
export const parseNames = (file: string): ShellNames => {
  const words = file.split("\0")
  const cut = words.indexOf("")
  const aliases = new Map<string, string>()
  for (let at = cut + 1; at + 1 < words.length; at += 2) aliases.set(words[at]!, words[at + 1]!)
  return { functions: new Set(words.slice(0, cut)), aliases }
}
