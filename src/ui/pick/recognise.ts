/**
 * What people copy from a screen: addresses, files with their line, hashes, numbers. A file's line and column are part of the
 * text; it is found in the forms in which compilers, greps, stack traces and diffs write it.
 *
 * Plain functions over one line of plain text; offsets are UTF-16.
 */

import { isIPv6 } from "node:net"
import { findUrls, lengthWithoutPunctuation, type Stretch } from "../../terminal/findUrls.ts"

/** A file as a text names it. */
export interface FilePlace {
  /** As written, without line and column: absolute, relative, or with `~/`. */
  readonly path: string
  /** Counted from 1. */
  readonly line?: number
  readonly column?: number
}

/** Something in a line that may be picked; `from` to `to` is what stands out. */
export interface Found extends Stretch {
  readonly kind: "url" | "path" | "hash" | "number"
  /** What is copied. */
  readonly text: string
  /** Of a path. */
  readonly file?: FilePlace
}

type Rule = (text: string) => Iterable<Found>

const numbersOf = (line: string | undefined, column: string | undefined): Omit<FilePlace, "path"> => ({
  ...(line !== undefined && { line: Number(line) }),
  ...(column !== undefined && { column: Number(column) })
})

const urls: Rule = function* (text) {
  for (const { from, to } of findUrls(text)) {
    const url = text.slice(from, to)
    const file = /^file:\/\/[^/]*(\/.*?)(?::(\d+))?(?::(\d+))?$/.exec(url)
    if (file === null) yield { kind: "url", from, to, text: url }
    else {
      const path = decoded(file[1]!)
      yield { kind: "path", from, to, text: path, file: { path, ...numbersOf(file[2], file[3]) } }
    }
  }
}

/** What nobody sees: a newline in a path that is pasted runs what stands before it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** A path of an address, its escapes resolved: unless they hide something that is not seen when the path is picked. */
const decoded = (path: string): string => {
  try {
    const text = decodeURIComponent(path)
    return UNSEEN.test(text) ? path : text
  } catch {
    return path
  }
}

/** Python: `File "x.py", line 12`. */
const pythonFrames: Rule = function* (text) {
  for (const match of text.matchAll(/\bFile "([^"]+)", line (\d+)/g)) {
    const from = match.index + 'File "'.length
    const path = match[1]!
    yield { kind: "path", from, to: from + path.length, text: path, file: { path, ...numbersOf(match[2], undefined) } }
  }
}

/** `'/a b/c'`: between quotes a path that begins as one may hold blanks. Of a kilobyte: each quote may be the first of one. */
const quotedPaths: Rule = function* (text) {
  for (const match of text.matchAll(
    /(?<![\p{L}\p{N}])(["'`‘“])((?:~|\.{1,2})?\/[^"'`’”]{0,1023}?)(?:["'`]|[’”])(?::(\d+)(?::(\d+))?)?/gu
  )) {
    const path = match[2]!
    if (!path.includes(" ") || path.trim() !== path) continue
    const from = match.index + 1
    yield { kind: "path", from, to: from + path.length, text: path, file: { path, ...numbersOf(match[3], match[4]) } }
  }
}

/** What no path without quotes holds here: blanks, quotes, brackets of shells, lists, frames, other scripts' punctuation. */
const NO_PATH = "\\s\\p{Cc}\"'`<>|;:,*?=\\\\\u2500-\u259f\u3000-\u303f\uff08\uff09\uff0c\uff1a\uff1b…“”‘’"
/** Not after a letter or within another path, but after an option's letter: `-I/usr/include`. */
const PATH_START = "(?:(?<![\\p{L}\\p{N}\\p{M}_./~@$<-])|(?<=(?:^|\\s)-[A-Za-z])(?=/))"
/** `:12:3`, `:12`, `(12,3)`, `(12)`, `, line 12`. */
const PLACE = "(?::(\\d+)(?::(\\d+))?|\\((\\d+)(?:[,:] ?(\\d+))?\\)|,? line (\\d+))?"

const PATH = new RegExp(
  `${PATH_START}([\\p{L}\\p{N}_.~/@$+](?:(?!\\(\\d+(?:[,:] ?\\d+)?\\))[^${NO_PATH}])*)${PLACE}`,
  "gu"
)

/** Endings of one letter that are files' own; others are more often abbreviations. */
const LETTER_ENDING = /^[^.].+\.[chdors]$/i
const ENDING = /^[^.].*\.[a-z][a-z0-9]{1,6}$/i

/** Whether a word is a path rather than a fraction, a unit or two words with a slash between them. */
const isPath = (word: string, hasLine: boolean): boolean => {
  if (!/[\p{L}\p{N}]/u.test(word) || word.startsWith("//")) return false
  if (/^(?:~|\.{1,2})?\//.test(word)) return true
  // x.y.z of numbers is a version.
  if (!/\p{L}/u.test(word)) return false
  const parts = word.split("/")
  if (parts.length > 1) {
    if (parts.slice(0, -1).includes("")) return false
    const last = parts.at(-1)!
    return last === ""
      ? parts.length > 2 || parts[0]!.length > 1
      : last.length > 1 && !parts.every((part) => /^\d+$/.test(part))
  }
  return ENDING.test(word) || LETTER_ENDING.test(word) || (hasLine && /^[A-Z]\w*file$/.test(word))
}

/** Lines of a diff's header, whose `a/` and `b/` are no directories. */
const DIFF_HEADER = /^(?:diff --git |--- a\/|\+\+\+ b\/|Binary files )/

const paths: Rule = function* (text) {
  const isDiff = DIFF_HEADER.test(text)
  for (const match of text.matchAll(PATH)) {
    const word = match[1]!
    const whole = lengthWithoutPunctuation(word)
    let path = word.slice(0, whole)
    const [line, column] = [match[2] ?? match[4] ?? match[6], match[3] ?? match[5]]
    const isCut = whole < word.length
    if (!isPath(path, !isCut && line !== undefined)) continue
    let from = match.index
    if (isDiff && /^[ab]\/./.test(path)) {
      path = path.slice(2)
      from += 2
    }
    const end = match.index + whole
    const place = isCut ? {} : numbersOf(line, column)
    // What people write behind a path in words is not what they would paste.
    const shown = isCut || match[6] !== undefined ? end : match.index + match[0].length
    yield { kind: "path", from, to: shown, text: text.slice(from, shown), file: { path, ...place } }
  }
}

const simple = (kind: Found["kind"], pattern: RegExp, accept: (match: string) => boolean = () => true): Rule =>
  function* (text) {
    for (const { 0: match, index } of text.matchAll(pattern))
      if (accept(match)) yield { kind, from: index, to: index + match.length, text: match }
  }

const isAddress = (text: string): boolean =>
  text
    .split(/[/:]/)[0]!
    .split(".")
    .every((part) => Number(part) < 256)

/** The rules, the most telling first: what one has found no later one sees. */
const RULES: ReadonlyArray<Rule> = [
  urls,
  pythonFrames,
  quotedPaths,
  simple("number", /(?<![\w-])[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}(?![\w-])/gi),
  simple("number", /(?<![\w.])\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])/g),
  simple("number", /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?::\d{1,5})?(?![\w.]*\w)/g, isAddress),
  simple("number", /(?<![\w:.])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?:%\w+)?(?![\w:])/gi, (text) => isIPv6(text)),
  simple("hash", /(?<![\w])(?:sha(?:1|256|512):)[\da-f]{7,128}(?!\w)/gi),
  // Also at both ends of a range, but not as a part of a name.
  simple("hash", /(?<![\w/-]|[^.]\.)(?=[\da-f]*\d)(?=\d*[a-f])[\da-f]{7,64}(?![\w/]|-\w|\.[a-z])/gi),
  paths,
  simple("number", /(?<![\w.])0x[\da-f]+(?!\w)/gi),
  simple(
    "number",
    /(?<![\w.])v?\d+(?:\.\d+)+(?:-[a-z\d]+(?:\.[a-z\d]+)*)?(?:\+[\w.]+)?(?![\w]|\.\d)/gi,
    (text) => /[v-]|\..*\./i.test(text) || text.length > 3
  ),
  simple("number", /(?<![\w.])v\d+(?!\w|\.\d)/g),
  simple("number", /(?<![\w,.])\d{1,3}(?:,\d{3})+(?![\w,])/g),
  simple("number", /(?<!\w|\d[.,])\d{3,}(?!\w)/g)
]

/** What a line of plain text holds that may be picked, from left to right, none over another. */
export const recognise = (text: string): ReadonlyArray<Found> => {
  const found: Array<Found> = []
  const free = (from: number, to: number): boolean => found.every((other) => to <= other.from || from >= other.to)
  for (const rule of RULES) for (const one of rule(text)) if (free(one.from, one.to)) found.push(one)
  return found.sort((a, b) => a.from - b.from)
}
