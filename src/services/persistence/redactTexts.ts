import { REDACTED, Redactor, redact } from "../../domain/redact.ts"
import { secretTypedAt } from "../../domain/secretBegun.ts"
import { SECRET_PATTERNS } from "../../domain/secretPatterns.ts"

/**
 * Fields of events and documents that hold ids, by name. Every other string is looked through: a field that is added is
 * redacted unless it is named here.
 */
export const ID_FIELDS: ReadonlySet<string> = new Set(["id", "session", "block", "blocks", "activeBlockId", "archive"])

/** A value without its secrets. */
export interface RedactedTexts<A> {
  readonly value: A
  /** Secrets that were taken out. */
  readonly count: number
}

/** Takes the secrets out of every string in a value but those in `ID_FIELDS`; lists of lines are read as one text. */
export const redactTexts = <A>(value: A): RedactedTexts<A> => {
  let count = 0
  const text = (given: string): string => {
    const redaction = redact(given)
    count += redaction.count
    return redaction.text
  }
  const strings = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
    const redactor = new Redactor()
    const kept = lines.map((line) => redactor.redact(`${line}\n`).slice(0, -1))
    count += redactor.count
    return kept
  }
  const mapped = (given: unknown): unknown => {
    if (typeof given === "string") return text(given)
    if (Array.isArray(given)) {
      return given.every((item) => typeof item === "string") ? strings(given) : given.map(mapped)
    }
    if (typeof given !== "object" || given === null) return given
    return Object.fromEntries(
      Object.entries(given).map(([name, field]) => [name, ID_FIELDS.has(name) ? field : mapped(field)])
    )
  }
  const kept = mapped(value) as A
  return { value: count === 0 ? value : kept, count }
}

/** Hints that are long enough to tell the beginning of a secret from that of a word. */
const MIN_HINT_LENGTH = 4
const BEGINS = new RegExp(
  `\\b(?:${SECRET_PATTERNS.flatMap(({ hints }) => hints)
    .filter((hint) => hint.length >= MIN_HINT_LENGTH && /^\w/.test(hint))
    .map((hint) => hint.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&"))
    .join("|")})\\S*$`
)

/**
 * A text that is being typed, as it may be stored. Its end may be half of a secret: it goes where it has the beginning of one,
 * or stands where only secrets do, and stays otherwise, as nobody wants the end of every unsent command to be missing.
 */
export const redactTyped = (text: string): string => {
  const kept = redact(text).text
  const line = kept.lastIndexOf("\n") + 1
  const begins = Math.min(BEGINS.exec(kept)?.index ?? kept.length, line + secretTypedAt(kept.slice(line)))
  const end = kept.slice(begins)
  return end === "" || end === REDACTED ? kept : `${kept.slice(0, begins)}${REDACTED}`
}
