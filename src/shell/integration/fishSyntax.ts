import type { ShellNames, ShellStatus } from "./ShellIntegration.ts"
import { jobLeaders, variables } from "./shellWords.ts"

/** Words after which a text may go on; met anywhere they make us ask the shell. */
const OPENING = /(^|[\s;&|])(if|for|while|function|switch|begin|and|or|not|end|else|case|time|!)(?=$|[\s;&|])/

/** True when the text surely is one finished command line. Errs on the side of false: then fish is asked. */
export const isSurelyComplete = (text: string): boolean => {
  if (OPENING.test(text)) return false
  // Plain words, whole quotes, escapes, simple variables; no brackets, no comment, no operator at the end.
  return (
    /^(?:[^\n'"\\$(){}[\]#<>]|'[^'\\\n]*'|"[^"\\$\n]*"|\\[^\n]|\$[A-Za-z_]\w*|[<>](?=\s*[\w./]))*$/.test(text) &&
    !/[|&]\s*$/.test(text)
  )
}

/** What `string escape --style=url` stands for: bytes as %XX. */
export const unquote = (word: string): string => {
  const bytes = word.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, "latin1").toString("utf8")
}

/** Quotes text as one word of fish's input. */
export const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`

/**
 * Reads what `__et_status` writes, each item with a NUL behind it: the lines of `jobs -g`, `--`, then `NAME=value` for each
 * exported variable.
 */
export const parseStatus = (file: string): ShellStatus => {
  const items = file.split("\0")
  const cut = items.indexOf("--")
  return { jobs: jobLeaders(items.slice(0, Math.max(cut, 0))), environment: variables(items.slice(cut + 1)) }
}

/**
 * Reads what `__et_names` writes: the names of functions, one per line, `--`, then those that come with fish. These are
 * left out: `ls`, `man` and their like change nothing, and what does is among the changing builtins. Aliases of fish are
 * functions.
 */
export const parseNames = (file: string): ShellNames => {
  const [functions = "", own = ""] = file.split(/^--\n/m)
  const names = (list: string): ReadonlyArray<string> => list.split("\n").filter((name) => name !== "")
  const fishs = new Set(names(own))
  return { functions: new Set(names(functions).filter((name) => !fishs.has(name))), aliases: new Map() }
}
