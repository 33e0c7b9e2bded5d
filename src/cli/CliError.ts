import * as Schema from "effect/Schema"
import type { TakeoverError } from "../services/ownership/TakeoverError.ts"
import type { PersistenceError } from "../services/persistence/PersistenceError.ts"

/** Exit codes of `effecttalk`: 1 failure, 2 usage, 3 bad data. */
export const ExitCode = Schema.Literal(1, 2, 3)

/** What a failed `effecttalk` prints, one line as a rule, and its exit code. */
export class CliError extends Schema.TaggedError<CliError>()("CliError", {
  exitCode: ExitCode,
  /** One line without control characters. */
  line: Schema.String,
  /** Lines before it, without control characters: what somebody else had to say. */
  before: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] })
}) {
  override get message(): string {
    return this.line
  }
}

/** Ids that no session can have or that name none are usage errors; files that cannot be read are bad data. */
export const toCliError = (error: PersistenceError | TakeoverError | CliError): CliError => {
  if (error instanceof CliError) return error
  if (error._tag === "TakeoverError") return new CliError({ exitCode: 1, line: error.message })
  const usage = error.reason === "Malformed" || error.reason === "Unknown" || error.reason === "Ambiguous"
  const failure = error.reason === "Locked" || error.reason === "Io"
  return new CliError({ exitCode: usage ? 2 : failure ? 1 : 3, line: error.message })
}

/** The command of `exec` has ended with this code, and so does `effecttalk`: there is nothing to say about it. */
export class CommandExit extends Schema.TaggedError<CommandExit>()("CommandExit", {
  /** 1–255. */
  exitCode: Schema.Int
}) {
  override get message(): string {
    return `the command ended with ${this.exitCode}`
  }
}
