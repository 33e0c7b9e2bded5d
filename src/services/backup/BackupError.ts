import * as Schema from "effect/Schema"
import { PersistenceError } from "../persistence/PersistenceError.ts"

/** Why a backup could not be made, read or restored. */
export class BackupError extends Schema.TaggedError<BackupError>()("BackupError", {
  /**
   * `Unknown`: there is no such backup. `Refused`: it holds what no backup of ours holds (a link, a climbing path, more
   * than its manifest says), or a file is not one we may open. `Damaged`: it is not what was written. `Newer`: a newer
   * EffectTalk wrote it. `Changing`: the sessions would not hold still. `Busy`: a process has a session open, or makes
   * or restores a backup. `TooLarge`: it would exceed BACKUP_MAX_BYTES alone. `NoSpace`: too little of the disk would
   * stay free. `Io`: the system said no.
   */
  reason: Schema.Literal("Unknown", "Refused", "Damaged", "Newer", "Changing", "Busy", "TooLarge", "NoSpace", "Io"),
  /** The path concerned, as it came: for programs, never printed raw. */
  subject: Schema.String,
  /** One line for a user, foreign text escaped. */
  detail: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return this.detail
  }

  /** The error for what was thrown; errors that are ours already pass unchanged. */
  static from(cause: unknown, subject: string): BackupError {
    if (cause instanceof BackupError) return cause
    const { reason, detail, cause: origin } = PersistenceError.from(cause, subject)
    const own = reason === "Locked" ? "Busy" : reason === "Refused" || reason === "Newer" ? reason : "Io"
    return new BackupError({ reason: own, subject, detail, cause: origin })
  }
}
