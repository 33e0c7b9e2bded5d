import * as Schema from "effect/Schema"
import { MAX_COMMAND_LENGTH } from "../domain/limits.ts"
import { sanitise } from "../terminal/sanitise.ts"

/** Why the session's shell did not run a command. */
export class ShellError extends Schema.TaggedError<ShellError>()("ShellError", {
  /**
   * `Busy`: another command runs. `Incomplete`: the text ends inside a quote, a here-document or a compound command.
   * `TooLong`: more than `MAX_COMMAND_LENGTH`. `ControlCharacter`: the text holds a NUL. `Ended`: there is no shell.
   * `NoIntegration`: the shell's commands cannot be told apart, so that none can be given to it; it can be typed into.
   * `NotSplit`: stderr cannot be kept apart there, or not now. `NoFile`: a word that stands for a block has no file.
   */
  reason: Schema.Literal(
    "Busy",
    "Incomplete",
    "TooLong",
    "ControlCharacter",
    "Ended",
    "NoIntegration",
    "NotSplit",
    "NoFile"
  ),
  /** Keys typed behind Enter, as they came: they were meant for a command that has not started. */
  typed: Schema.optionalWith(Schema.Uint8ArrayFromSelf, { default: () => new Uint8Array() })
}) {
  override get message(): string {
    return SHELL_MESSAGES[this.reason]
  }
}

/** That a command's stderr cannot be kept apart. */
export const NOT_SPLIT = "/split does not work in this shell as it is now: docs/shells.md says where it does"

/** That there is no file for what a word stands for. */
export const NO_FILE =
  "Not run: an @word needs a file in memory, and neither XDG_RUNTIME_DIR nor /dev/shm has room for it"

const SHELL_MESSAGES: Readonly<Record<ShellError["reason"], string>> = {
  Busy: "A command is still running",
  Incomplete: "The command is not finished yet",
  TooLong: `The command is longer than ${MAX_COMMAND_LENGTH} characters`,
  ControlCharacter: "The command holds a NUL character, which no shell can take",
  Ended: "The shell has ended",
  NoIntegration: "Not run: there is no shell integration. Enter in the editor types it as it is",
  NotSplit: NOT_SPLIT,
  NoFile: NO_FILE
}

/** Why no shell can run this text; null when one can be asked. */
export const textProblem = (command: string): "TooLong" | "ControlCharacter" | null =>
  command.length > MAX_COMMAND_LENGTH ? "TooLong" : command.includes("\0") ? "ControlCharacter" : null

/** No shell could be started: no terminal, process or private directory was to be had. */
export class ShellStartError extends Schema.TaggedError<ShellStartError>()("ShellStartError", {
  cause: Schema.Defect
}) {
  override get message(): string {
    return sanitise(
      `No shell could be started: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}.`
    )
  }
}
