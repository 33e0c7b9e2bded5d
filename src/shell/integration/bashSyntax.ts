import type { ShellNames, ShellStatus } from "./ShellIntegration.ts"
import { isPlainLine, jobLeaders, withoutBackground } from "./shellWords.ts"

/** Words after which a line may go on; met anywhere they make us ask the shell. */
const RESERVED = /(^|[\s;&|<>])(if|then|elif|else|for|while|until|do|case|select|function|coproc|time|!)(?=$|[\s;&|<>])/

/**
 * True when the text surely is one finished command line. Errs on the side of false: then bash is asked, which costs a
 * fork.
 */
export const isSurelyComplete = (text: string): boolean => {
  if (RESERVED.test(text) || !isPlainLine(text)) return false
  return !/[|&\\]\s*$/.test(withoutBackground(text))
}

/** Escapes of $'…' that stand for one byte (bash(1), QUOTING). */
const ANSI_C: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  e: 27,
  E: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  "'": 39,
  '"': 34,
  "?": 63
}

/** Reads one quoted word from `from`; `end` is behind it. Ends at an unquoted blank, newline or the end of the text. */
const readWord = (text: string, from: number): { readonly word: string; readonly end: number } => {
  const parts: Array<Buffer> = []
  let i = from
  const literal = (to: number) => parts.push(Buffer.from(text.slice(i, to), "utf8"))
  while (i < text.length) {
    const char = text[i]!
    if (char === " " || char === "\n") break
    if (char === "'") {
      i++
      const close = indexOrEnd(text, "'", i)
      literal(close)
      i = close + 1
    } else if (char === "$" && text[i + 1] === "'") {
      i = readAnsiC(text, i + 2, parts)
    } else if (char === '"') {
      i++
      while (i < text.length && text[i] !== '"') {
        if (text[i] === "\\" && /["\\$`\n]/.test(text[i + 1] ?? "")) i++
        const next = indexOfAny(text, i + 1)
        literal(next)
        i = next
      }
      i++
    } else if (char === "\\") {
      i++
      literal(i + 1)
      i++
    } else {
      let next = i + 1
      while (next < text.length && !" \n'\"\\$".includes(text[next]!)) next++
      literal(next)
      i = next
    }
  }
  return { word: Buffer.concat(parts).toString("utf8"), end: i }
}

const indexOrEnd = (text: string, what: string, from: number): number => {
  const at = text.indexOf(what, from)
  return at === -1 ? text.length : at
}

/** Next `"` or `\` from `from`. */
const indexOfAny = (text: string, from: number): number =>
  Math.min(indexOrEnd(text, '"', from), indexOrEnd(text, "\\", from))

/** Reads $'…' after its opening quote; bytes are collected because \377 may be part of a character. */
const readAnsiC = (text: string, from: number, parts: Array<Buffer>): number => {
  let i = from
  while (i < text.length && text[i] !== "'") {
    if (text[i] !== "\\") {
      const next = Math.min(indexOrEnd(text, "'", i), indexOrEnd(text, "\\", i))
      parts.push(Buffer.from(text.slice(i, next), "utf8"))
      i = next
      continue
    }
    const rest = text.slice(i + 1, i + 10)
    const octal = rest.match(/^[0-7]{1,3}/)?.[0]
    const hex = rest.match(/^x([0-9a-fA-F]{1,2})/)
    const code = rest.match(/^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/)
    if (octal !== undefined) {
      parts.push(Buffer.from([Number.parseInt(octal, 8) & 255]))
      i += 1 + octal.length
    } else if (hex !== null) {
      parts.push(Buffer.from([Number.parseInt(hex[1]!, 16)]))
      i += 1 + hex[0].length
    } else if (code !== null) {
      parts.push(Buffer.from(String.fromCodePoint(Number.parseInt((code[1] ?? code[2])!, 16)), "utf8"))
      i += 1 + code[0].length
    } else {
      const byte = ANSI_C[rest[0] ?? ""]
      parts.push(byte === undefined ? Buffer.from(`\\${rest[0] ?? ""}`, "utf8") : Buffer.from([byte]))
      i += 2
    }
  }
  return i + 1
}

/** What a word quoted by bash's `${x@Q}` or `declare -p` stands for. */
export const unquote = (word: string): string => {
  let text = ""
  for (let at = 0; at < word.length; ) {
    const { word: part, end } = readWord(word, at)
    text += part
    // A blank only ends a word inside a list; here everything is one word.
    if (end < word.length) text += word[end]
    at = end + 1
  }
  return text
}

/** Reads what `__et_status` writes: one pid per line, `--`, then the output of `declare -px`. */
export const parseStatus = (file: string): ShellStatus => {
  const cut = file.indexOf("--\n")
  const jobs = jobLeaders(file.slice(0, Math.max(cut, 0)).split("\n"))
  const environment = new Map<string, string>()
  let at = cut === -1 ? file.length : cut + 3
  while (at < file.length) {
    // `declare -x NAME="value"`, `declare -ix NAME="1"`, or `declare -x NAME` for one without a value.
    const head = /declare -\S+ ([A-Za-z_]\w*)(=?)/y
    head.lastIndex = at
    const found = head.exec(file)
    if (found === null) {
      at = indexOrEnd(file, "\n", at) + 1
      continue
    }
    at = head.lastIndex
    if (found[2] === "=") {
      const { word, end } = readWord(file, at)
      environment.set(found[1]!, word)
      at = end
    }
    at = indexOrEnd(file, "\n", at) + 1
  }
  return { jobs, environment }
}

/** Reads what `__et_names` writes: the names of functions, one per line, `--`, then the output of `alias -p`. */
export const parseNames = (file: string): ShellNames => {
  const cut = file.startsWith("--\n") ? 0 : file.indexOf("\n--\n") + 1
  const functions = file.slice(0, cut).split("\n")
  const aliases = new Map<string, string>()
  const head = /alias (?:-- )?([^\s=]+)=/y
  for (let at = cut + 3; at < file.length; at = indexOrEnd(file, "\n", at) + 1) {
    head.lastIndex = at
    const found = head.exec(file)
    if (found === null) continue
    const { word, end } = readWord(file, head.lastIndex)
    aliases.set(found[1]!, word)
    at = end
  }
  return { functions: new Set(functions.filter((name) => name !== "" && !name.startsWith("__et_"))), aliases }
}
