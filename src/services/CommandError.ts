import * as Schema from "effect/Schema"

/** Why a command did not run. */
export class CommandError extends Schema.TaggedError<CommandError>()("CommandError", {
  /**
   * - `Incomplete`, `TooLong`, `ControlCharacter`: see `ShellError`
   * - `Ended`: the session has no shell
   * - `NoIntegration`: that shell cannot be given commands, only be typed into; nor is there one like it for beside
   * - `Busy`: the session's shell did not take it
   * - `Cancelled`: it waited for its turn, and was taken out of the queue
   * - `ChangesShell`: it would change the session's shell, and so must run there, not beside
   * - `TooManyProcesses`: MAX_CONCURRENT_PROCESSES commands run
   * - `PoolExhausted`: RESOURCE_POOL_SIZE shells run commands beside
   * - `NotSplit`: the shell cannot keep its stderr apart
   * - `NoFile`: the output that one of its words stands for cannot be put into a file in memory
   * - `NotStarted`, `NoDirectory`: no shell beside could be started, or not there
   */
  reason: Schema.Literal(
    "Incomplete",
    "TooLong",
    "ControlCharacter",
    "Ended",
    "NoIntegration",
    "Busy",
    "Cancelled",
    "ChangesShell",
    "TooManyProcesses",
    "PoolExhausted",
    "NotSplit",
    "NoFile",
    "NotStarted",
    "NoDirectory"
  ),
  /** A sentence for the user. */
  detail: Schema.String,
  /** Keys typed behind Enter, as they came: they were meant for a command that has not started. */
  typed: Schema.optionalWith(Schema.Uint8ArrayFromSelf, { default: () => new Uint8Array() })
}) {
  override get message(): string {
    return this.detail
  }
}
