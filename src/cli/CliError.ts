import * as Schema from "effect/Schema"

/** Exit codes of `effecttalk`: 1 failure, 2 usage, 3 bad data. */
export const ExitCode = Schema.Literal(1, 2, 3)

/** The one line that a failed `effecttalk` prints, and its exit code. */
export class CliError extends Schema.TaggedError<CliError>()("CliError", {
  exitCode: ExitCode,
  /** One line without control characters. */
  line: Schema.String
}) {
  override get message(): string {
    return this.line
  }
}
