import * as Schema from "effect/Schema"

/** Longest piece of foreign text that a message repeats, in UTF-16 units. */
const MAX_QUOTED_LENGTH = 64
/** The same of an absolute path: what tells it from others is its end. */
const MAX_QUOTED_PATH_LENGTH = 256

/**
 * Foreign text for a one-line message: printable ASCII as it is, everything else (control bytes, newlines, bidirectional
 * overrides, look-alikes) escaped, cut after 64 characters, an absolute path after 256.
 */
export const quoted = (text: string): string => {
  const most = text.startsWith("/") ? MAX_QUOTED_PATH_LENGTH : MAX_QUOTED_LENGTH
  const cut = text.length > most
  const escaped = JSON.stringify(cut ? text.slice(0, most) : text).replace(
    /[^\x20-\x7e]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`
  )
  return cut ? `${escaped}… (${text.length} characters)` : escaped
}

/** What a system error means to a user, by errno name; any other is named by its code. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EIO: "the disk reports an error",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is no directory",
  ELOOP: "it is a symbolic link",
  EISDIR: "it is a directory",
  ENXIO: "it is no regular file"
}

/** The errno name of a system error, null for anything else. */
export const errorCode = (cause: unknown): string | null =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : null

/** Why sessions could not be found, read or written. */
export class PersistenceError extends Schema.TaggedError<PersistenceError>()("PersistenceError", {
  /**
   * `Malformed`: no session can have this id. `Unknown`: none has it. `Ambiguous`: several begin with it.
   * `Locked`: a live process (`pid`) writes this session. `Refused`: the file is not one we may open (link, FIFO,
   * directory, foreign owner, too large). `Damaged`: truncated or not what it should be. `Newer`: a newer EffectTalk
   * wrote it. `Io`: the system said no.
   */
  reason: Schema.Literal("Malformed", "Unknown", "Ambiguous", "Locked", "Refused", "Damaged", "Newer", "Io"),
  /** The id or path concerned, as it came: for programs, never printed raw. */
  subject: Schema.String,
  /** One line for a user, foreign text escaped. */
  detail: Schema.String,
  /** The owner of a `Locked` session. */
  pid: Schema.optional(Schema.Int),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return this.detail
  }

  /** The error for what a system call threw; errors that are ours already pass unchanged. */
  static from(cause: unknown, subject: string): PersistenceError {
    if (cause instanceof PersistenceError) return cause
    const code = errorCode(cause)
    const why = code === null ? String(cause) : (MEANINGS[code] ?? code)
    return new PersistenceError({ reason: "Io", subject, detail: `${quoted(subject)}: ${oneLine(why)}`, cause })
  }
}

const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ")

/** What failed, in a few words for "not saved: …". */
export const describeFailure = (cause: unknown): string => {
  if (cause instanceof PersistenceError && cause.reason !== "Io") return cause.detail
  const code = errorCode(cause instanceof PersistenceError ? cause.cause : cause)
  if (code !== null) return MEANINGS[code] === undefined ? code : `${MEANINGS[code]} (${code})`
  return oneLine(cause instanceof Error ? cause.message : String(cause))
}
