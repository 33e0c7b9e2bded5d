/**
 * Takes secrets out of text that leaves this machine or reaches the disk. By the text's marks and names: what looks like
 * anything else is not found, and what is found may be something else.
 *
 * A match never goes past the end of its line, so text may be given in pieces of whole lines. Only private keys (PEM) have
 * several: `Redactor` remembers that it is inside one.
 */
import { secretBegunAt } from "./secretBegun.ts"
import { namedSecrets, valueEnd } from "./secretNames.ts"
import { SECRET_PATTERNS } from "./secretPatterns.ts"

/** What stands in a secret's place. */
export const REDACTED = "[redacted]"

/** Lines that a private key may have; a 16384-bit RSA key takes about 200. */
export const MAX_KEY_LINES = 1000

const KEY_HINT = "PRIVATE KEY"
const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/
/** A line of a key's body, as `cat`, `diff`, `grep -n`, YAML and JSON print it: base64 between signs that are no part of it. */
const KEY_BODY =
  /^[ \t>|+*#"'-]{0,40}(?:\d{1,6}[ \t:|-]{1,4})?([A-Za-z0-9+/=]{1,128})(?:\\r)?(?:\\n)?["',;\\+ \t]{0,8}$/
/** Longer than any line that `KEY_BODY` matches, in characters. */
const MAX_KEY_BODY = 256
/** Lines that stand in a key and are no secret: headers, and the empty line after them. */
const KEY_HEADER = /^[ \t>|+*#"'-]{0,40}(?:[A-Z][A-Za-z-]{2,30}: .*)?$/

/** CSI, OSC and two-character sequences: stored text has only SGR and hyperlinks. */
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g
const LINK = /^\x1b\]8;[^;]*;(.+?)(?:\x07|\x1b\\)?$/s

const WORD_REST = /\w*/y

/** Text without its secrets. */
export interface Redaction {
  readonly text: string
  /** Secrets that were taken out. */
  readonly count: number
}

interface Span {
  readonly from: number
  readonly to: number
}

/** What a line holds of a private key. */
interface KeyPart extends Span {
  /** Nothing of that key stands in a line before. */
  readonly isFirst: boolean
}

/** Where a line ends, before its newline. */
const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf("\n", from)
  return end === -1 ? text.length : end
}

const ALL_HINTS = SECRET_PATTERNS.flatMap(({ hints }) => hints)
/** One search for all hints: ten times faster than one for each. */
const ANY_HINT = new RegExp(ALL_HINTS.map((hint) => hint.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|"), "g")
/** By hint, what may be there: also patterns whose hint is a part of it. */
const PATTERNS_OF = new Map(
  ALL_HINTS.map((found) => [
    found,
    SECRET_PATTERNS.filter(({ hints }) => hints.some((hint) => found.includes(hint))).map(({ pattern }) => pattern)
  ])
)

const patternsFor = (plain: string): ReadonlySet<RegExp> => {
  const wanted = new Set<RegExp>()
  ANY_HINT.lastIndex = 0
  for (let match = ANY_HINT.exec(plain); match !== null; match = ANY_HINT.exec(plain)) {
    for (const pattern of PATTERNS_OF.get(match[0]) ?? []) wanted.add(pattern)
    // Hints may overlap.
    ANY_HINT.lastIndex = match.index + 1
  }
  return wanted
}

/** Secrets that stand in one line each, by pattern and by name. */
const findInLines = (plain: string, spans: Array<Span>): void => {
  for (const pattern of patternsFor(plain)) {
    pattern.lastIndex = 0
    for (let match = pattern.exec(plain); match !== null; match = pattern.exec(plain)) {
      // To the end of the word: what is glued to a secret is more of it, or the next.
      WORD_REST.lastIndex = match.index + match[0].length
      WORD_REST.test(plain)
      pattern.lastIndex = WORD_REST.lastIndex
      spans.push({ from: match.index, to: WORD_REST.lastIndex })
    }
  }
  namedSecrets(plain, (from, to) => spans.push({ from, to }))
}

/**
 * In order, those that overlap or touch as one, without what is redacted already.
 *
 * @param isValue what goes on behind a later one of them is more of the same value: no separator is left between them
 */
const merged = (plain: string, spans: Array<Span>, isValue: boolean): ReadonlyArray<Span> => {
  const result: Array<Span> = []
  for (const span of spans.sort((one, other) => one.from - other.from)) {
    if (plain.startsWith(REDACTED, span.from) && span.to - span.from === REDACTED.length) continue
    const last = result.at(-1)
    if (last === undefined || span.from > last.to) result.push(span)
    else if (span.to > last.to) {
      result[result.length - 1] = { from: last.from, to: isValue ? valueEnd(plain, span.to) : span.to }
    }
  }
  return result
}

/** From where on a line is a private key's that has begun in it and goes on; null when none does. */
const openKeyAt = (line: string): number | null => {
  if (!line.includes(KEY_HINT)) return null
  KEY_BEGIN.lastIndex = 0
  for (let begin = KEY_BEGIN.exec(line); begin !== null; begin = KEY_BEGIN.exec(line)) {
    const from = KEY_BEGIN.lastIndex
    const ending = KEY_END.exec(line.slice(from))
    if (ending === null) return from
    KEY_BEGIN.lastIndex = from + ending.index
  }
  return null
}

/** Where in a styled line the plain text's character `plainOffset` is, before the styles that it begins with. */
const styledOffset = (line: string, plainOffset: number): number => {
  let plain = 0
  let at = 0
  for (const { index, 0: sequence } of line.matchAll(SEQUENCE)) {
    if (plain + index - at >= plainOffset) break
    plain += index - at
    at = index + sequence.length
  }
  return at + plainOffset - plain
}

const withoutSpans = (text: string, spans: ReadonlyArray<Span>): string => {
  let out = ""
  let at = 0
  for (const { from, to } of spans) {
    out += text.slice(at, from) + REDACTED
    at = to
  }
  return out + text.slice(at)
}

/** What a line's redaction needs to know of the lines before it: whether a private key goes on in it. */
export interface KeyState {
  /** Lines that may still belong to the private key that has begun; 0 outside of one. */
  readonly keyLines: number
  /** Nothing of that key has been seen and counted yet. */
  readonly isNewKey: boolean
}

/** No private key has begun. */
export const NO_KEY: KeyState = { keyLines: 0, isNewKey: false }

/** An unfinished line as far as it is known to hold no secret. */
export interface UnfinishedRedaction extends Redaction {
  /** Characters at the line's end, styles included, that are not in `text`: a secret may have begun in them. */
  readonly held: number
}

/** Redacts a text that comes in pieces. */
export class Redactor {
  #count = 0
  #keyLines: number
  #isNewKey: boolean

  /** @param state of the text before */
  constructor({ keyLines, isNewKey }: KeyState = NO_KEY) {
    this.#keyLines = keyLines
    this.#isNewKey = isNewKey
  }

  /** Secrets taken out so far. */
  get count(): number {
    return this.#count
  }

  /** What the next line's redaction depends on. */
  get state(): KeyState {
    return { keyLines: this.#keyLines, isNewKey: this.#isNewKey }
  }

  /**
   * A line that is still being printed, up to where a secret may have begun that is not whole yet (`secretBegunAt`), or to
   * what is being taken out already; inside a private key nothing of it. What it gives is a beginning of what the finished
   * line's redaction gives, whatever follows. Changes no state.
   */
  unfinished(line: string): UnfinishedRedaction {
    const plain = line.replace(SEQUENCE, "")
    if (this.#keyLines > 0 && plain.length <= MAX_KEY_BODY) return { text: "", count: 0, held: line.length }
    // Too long for a line of a key: if one has gone on so far, it says nothing of this line.
    const spans = new Redactor().#find(plain)
    const limit = Math.min(secretBegunAt(plain), openKeyAt(plain) ?? plain.length)
    const cut = spans.find(({ from, to }) => from < limit && to >= limit)
    const end = cut?.from ?? limit
    const from = styledOffset(line, end)
    const head = new Redactor()
    const known = spans.filter(({ to }) => to <= end)
    const text = head.#without(line.slice(0, from), known)
    return { text, count: known.length + head.count, held: line.length - from }
  }

  /** Redacts whole lines, which may be styled: colours inside a secret do not hide it. They stay, and so do line ends. */
  redact(lines: string): string {
    return this.#without(lines, this.#find(lines.includes("\x1b") ? lines.replace(SEQUENCE, "") : lines))
  }

  /** Lines without places of their plain text, and without links to secret addresses. */
  #without(lines: string, spans: ReadonlyArray<Span>): string {
    if (lines.includes("\x1b")) return this.#withoutStyled(lines, spans)
    return spans.length === 0 ? lines : withoutSpans(lines, spans)
  }

  #withoutStyled(lines: string, spans: ReadonlyArray<Span>): string {
    let out = ""
    let at = 0
    /** Characters of plain text before `at`. */
    let plainAt = 0
    let next = 0
    const addText = (to: number): void => {
      const end = plainAt + to - at
      while (at < to) {
        const span = spans[next]
        if (span === undefined || span.from >= end) {
          out += lines.slice(at, to)
          break
        }
        if (plainAt <= span.from) {
          out += lines.slice(at, at + span.from - plainAt) + REDACTED
        }
        const stop = Math.min(span.to, end)
        at += stop - plainAt
        plainAt = stop
        if (span.to <= end) next++
      }
      at = to
      plainAt = end
    }
    for (const match of lines.matchAll(SEQUENCE)) {
      addText(match.index)
      const [sequence] = match
      at += sequence.length
      const address = LINK.exec(sequence)?.[1]
      // The text of the link stays, its address may not.
      if (address !== undefined && this.#findInAddress(address)) continue
      out += sequence
    }
    addText(lines.length)
    return out
  }

  #findInAddress(address: string): boolean {
    const spans: Array<Span> = []
    findInLines(address, spans)
    this.#count += merged(address, spans, true).length
    return spans.length > 0
  }

  #find(plain: string): ReadonlyArray<Span> {
    const spans: Array<Span> = []
    findInLines(plain, spans)
    const singles = merged(plain, spans, true)
    const keys: Array<KeyPart> = []
    this.#findKeys(plain, keys)
    const all = keys.length === 0 ? singles : merged(plain, [...singles, ...keys], false)
    // A key counts once, however many lines it has.
    this.#count += all.length - keys.filter(({ isFirst }) => !isFirst).length
    return all
  }

  /** Private keys: their bodies, line by line. */
  #findKeys(plain: string, spans: Array<KeyPart>): void {
    let at = this.#keyLines > 0 ? this.#followKey(plain, 0, spans) : 0
    if (!plain.includes(KEY_HINT, at)) return
    KEY_BEGIN.lastIndex = at
    for (let begin = KEY_BEGIN.exec(plain); begin !== null; begin = KEY_BEGIN.exec(plain)) {
      const from = begin.index + begin[0].length
      const lineEnd = endOfLine(plain, from)
      this.#isNewKey = true
      const ending = KEY_END.exec(plain.slice(from, lineEnd))
      const to = ending === null ? lineEnd : from + ending.index
      if (/[A-Za-z0-9+/=]{4}/.test(plain.slice(from, to).replaceAll(REDACTED, ""))) this.#addKeyPart(from, to, spans)
      if (ending !== null) {
        KEY_BEGIN.lastIndex = to
        continue
      }
      this.#keyLines = MAX_KEY_LINES
      at = this.#followKey(plain, Math.min(lineEnd + 1, plain.length), spans)
      KEY_BEGIN.lastIndex = at
    }
  }

  /** Goes through the lines of a key that has begun; returns where it ends. */
  #followKey(plain: string, start: number, spans: Array<KeyPart>): number {
    let from = start
    while (from < plain.length && this.#keyLines > 0) {
      const to = endOfLine(plain, from)
      const line = plain.slice(from, to)
      const body = KEY_BODY.exec(line)?.[1]
      const ends = KEY_END.test(line)
      if (ends || (body === undefined && !KEY_HEADER.test(line) && !line.includes(REDACTED))) {
        this.#keyLines = 0
        return from
      }
      if (body !== undefined) {
        const at = from + line.lastIndexOf(body)
        this.#addKeyPart(at, at + body.length, spans)
      }
      this.#keyLines--
      from = to + 1
    }
    return Math.min(from, plain.length)
  }

  #addKeyPart(from: number, to: number, spans: Array<KeyPart>): void {
    spans.push({ from, to, isFirst: this.#isNewKey })
    this.#isNewKey = false
  }
}

/**
 * A whole text, plain or styled, without its secrets. Redacting twice changes nothing, but where what was taken out had kept another
 * secret from being seen.
 */
export const redact = (text: string): Redaction => {
  const redactor = new Redactor()
  return { text: redactor.redact(text), count: redactor.count }
}

/** True when a text holds anything that `redact` would take out. */
export const holdsSecret = (text: string): boolean => redact(text).count > 0
