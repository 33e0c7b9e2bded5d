import * as Cause from "effect/Cause"
import { errorCode } from "../persistence/PersistenceError.ts"

/** What a log line may say, from the least to the most urgent. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const
/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What belongs to a line beside its message; what has no name here becomes part of `metadata`. */
export interface LogFields {
  /** What was done, a name from the code such as "executeCommand". */
  readonly operation?: string
  /** How long it took, in milliseconds. */
  readonly duration?: number
  /** How it ended: "success", "failure", "interrupted". */
  readonly status?: string
  readonly requestId?: string
  readonly sessionId?: string
  /** What went wrong. */
  readonly error?: unknown
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly [name: string]: unknown
}

/** One line of the log, in the seeds' shape; what is not known is left out. */
export interface LogRecord {
  /** ISO 8601, UTC, with milliseconds. */
  readonly timestamp: string
  readonly level: LogLevel
  readonly message: string
  readonly requestId?: string
  readonly sessionId?: string
  readonly operation?: string
  readonly duration?: number
  readonly status?: string
  readonly error?: unknown
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Longest text that a line repeats, in UTF-16 units: messages are constants, and ids and reasons are short. */
const MAX_TEXT_LENGTH = 1000
/** Levels of objects in metadata, and members per level. */
const MAX_DEPTH = 4
const MAX_MEMBERS = 50
/** Longest line, in bytes; of a longer one everything that was nested is left out. */
const MAX_LINE_BYTES = 16_384

/**
 * Members whose text is the user's own: what was typed, printed or set. Only its length is logged, as `<name>Length`, so
 * that no caller can give it away by mistake. Compared in lower case.
 */
const CONFIDENTIAL: ReadonlySet<string> = new Set([
  ...["command", "commands", "commandline", "args", "argv", "arguments", "text", "input", "output", "stdout", "stderr"],
  ...["environment", "env", "password", "passphrase", "secret", "token", "cookie", "authorization"]
])

const TOP_LEVEL = ["operation", "duration", "status", "requestId", "sessionId", "error", "metadata"]

/**
 * Builds a line's record: known fields in their places, everything else in `metadata`, without what is confidential.
 *
 * @param at milliseconds since the epoch
 * @param sanitise hides stacks, paths and quoted text of errors (SANITIZE_ERROR_MESSAGES)
 */
export const logRecord = (
  at: number,
  level: LogLevel,
  message: string,
  fields: LogFields,
  sanitise: boolean
): LogRecord => {
  const { operation, duration, status, requestId, sessionId, error, metadata } = fields
  const others = Object.entries(fields).filter(([name]) => !TOP_LEVEL.includes(name))
  const all = clean({ ...metadata, ...Object.fromEntries(others) }, sanitise, MAX_DEPTH) as Record<string, unknown>
  return {
    timestamp: new Date(at).toISOString(),
    level,
    message: cut(message),
    ...(requestId !== undefined && { requestId: cut(requestId) }),
    ...(sessionId !== undefined && { sessionId: cut(sessionId) }),
    ...(operation !== undefined && { operation: cut(operation) }),
    ...(duration !== undefined && { duration }),
    ...(status !== undefined && { status: cut(status) }),
    ...(error !== undefined && { error: describeError(error, sanitise) }),
    ...(Object.keys(all).length > 0 && { metadata: all })
  }
}

/** A record as one line, the newline included: JSON, or `time level message key=value …`. */
export const renderRecord = (record: LogRecord, format: "json" | "text"): string => {
  const render = format === "json" ? escaped : textLine
  const line = render(record)
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return `${line}\n`
  const { metadata: _metadata, error: _error, ...short } = record
  return `${render({ ...short, metadata: { omittedBytes: Buffer.byteLength(line) } })}\n`
}

/**
 * JSON in which everything that ends a line, moves a cursor or turns text around is spelled as an escape: JSON itself
 * only escapes the controls below U+0020, and readers of logs split at more.
 */
const escaped = (value: unknown): string =>
  JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, unit) => unicodeEscape(character.charCodeAt(unit))).join("")
  )

const unicodeEscape = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`

const textLine = (record: LogRecord): string => {
  const { timestamp, level, message, metadata = {}, ...fields } = record
  const pairs = [...Object.entries(fields), ...Object.entries(metadata)].map(
    ([name, value]) => `${bare(name, /^[\w.-]+$/)}=${bare(value, /^[\w.:@/+-]+$/)}`
  )
  // Nothing in a message can pass for a field.
  return [timestamp, level, bare(message, /^(?! )[^\p{C}\p{Zl}\p{Zp}="]+(?<! )$/u), ...pairs].join(" ")
}

/** A text as it is where it matches, everything else as JSON. */
const bare = (value: unknown, harmless: RegExp): string =>
  typeof value === "string" && harmless.test(value) ? value : escaped(value)

const cut = (text: string): string => {
  const whole = String(text)
  return whole.length > MAX_TEXT_LENGTH ? `${whole.slice(0, MAX_TEXT_LENGTH)}… (${whole.length})` : whole
}

/** A value that JSON can hold, of bounded size, without what is confidential. */
const clean = (value: unknown, sanitise: boolean, depth: number): unknown => {
  if (typeof value === "string") return cut(value)
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (typeof value === "boolean" || value === null) return value
  if (typeof value === "bigint" || typeof value === "symbol") return cut(String(value))
  if (typeof value !== "object") return undefined
  if (value instanceof Error) return describeError(value, sanitise)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (ArrayBuffer.isView(value)) return { bytes: value.byteLength }
  if (depth === 0) return "…"
  if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).map((item) => clean(item, sanitise, depth - 1) ?? null)
  const members: Array<[string, unknown]> = []
  for (const [name, member] of Object.entries(value).slice(0, MAX_MEMBERS)) {
    const length = CONFIDENTIAL.has(name.toLowerCase()) ? lengthOf(member) : null
    const cleaned = length ?? clean(member, sanitise, depth - 1)
    if (cleaned !== undefined) members.push([cut(length === null ? name : `${name}Length`), cleaned])
  }
  return Object.fromEntries(members)
}

/** Characters of a text, items of a list, members of an object; null for what says nothing of the user. */
const lengthOf = (value: unknown): number | null => {
  if (typeof value === "string" || Array.isArray(value)) return value.length
  if (ArrayBuffer.isView(value)) return value.byteLength
  return typeof value === "object" && value !== null ? Object.keys(value).length : null
}

/**
 * What an error is: its name, its reason, the errno behind it, its message; its stack only when nothing is hidden. Of a
 * `Cause` the most important one.
 */
export const describeError = (thrown: unknown, sanitise: boolean): Readonly<Record<string, unknown>> => {
  const error = Cause.isCause(thrown) ? Cause.squash(thrown) : thrown
  const text = (message: string) => cut(sanitise ? hideDetails(message) : message)
  if (!(error instanceof Error)) {
    const tag = typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : typeof error
    return { name: cut(tag), ...(typeof error === "string" && { message: text(error) }) }
  }
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : null
  const code = errorCode(error) ?? errorCode(error.cause)
  return {
    name: cut(error.name),
    ...(reason !== null && { reason: cut(reason) }),
    ...(code !== null && { code: cut(code) }),
    message: text(error.message),
    ...(!sanitise && error.stack !== undefined && { stack: cut(error.stack) })
  }
}

/**
 * Quoted text (names of programs, values, file names with blanks), then paths, as errors of ours and of Node spell them.
 * An apostrophe within a word quotes nothing.
 */
const QUOTED = /"(?:[^"\\]|\\.)*"|`[^`]*`|(?<![\p{L}\p{N}])'[^']*'/gu
const PATHS = /(?<![\p{L}\p{N}<])(?:~|\.{1,2})?\/[^\s:,;()"'[\]]*/gu

const hideDetails = (message: string): string => message.replace(QUOTED, "<text>").replace(PATHS, "<path>")
