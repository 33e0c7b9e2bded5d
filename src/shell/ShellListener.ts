import type { OutputStream } from "../domain/Block.ts"
import type { EnvironmentChange } from "./integration/ShellIntegration.ts"
import type { JobGroups } from "./JobOwners.ts"

/** Names a command for its submitter; the driver only hands it back. */
export type CommandId = string

/** What a prompt looks like and where it stands. */
export interface Prompt {
  /** The prompt as the shell rendered it: UTF-8 with SGR, of one or several lines. Empty when the shell drew none. */
  readonly text: Uint8Array
  /** What it shows at the right edge of the edit line, likewise; empty when it shows nothing. */
  readonly right: Uint8Array
  /** The shell's working directory, absolute. */
  readonly directory: string
}

/** How a command ended. */
export interface CommandEnd {
  /** `$?`: 0–255. */
  readonly exitCode: number
  /** Such as "SIGINT", where the status is one that bash gives to what a signal killed (128 + number). */
  readonly signal: string | null
  /** The shell's working directory afterwards, absolute. */
  readonly directory: string
  /** How long ago it ended, in ms: the shell's prompt hooks have run since. */
  readonly ago: number
}

/** How the shell itself ended. */
export interface ShellEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  /** The command that had not ended. */
  readonly during: CommandId | null
  /** The user meant it (`exit`, end of input, the end of an exec'd program); false when it was killed or `set -e` did it. */
  readonly byItself: boolean
}

/**
 * What happens in a shell, in the order in which it happens. Called synchronously while bytes are parsed. Byte arrays
 * are never changed afterwards, so a listener may keep them; it must not change them either.
 */
export interface ShellListener {
  /** The shell waits for a command. Called again when the prompt is drawn anew. */
  ready(prompt: Prompt): void
  /** A command runs; `text` is what the shell made of it (history expansion). */
  started(command: CommandId, text: string): void
  /**
   * Output without marks. `null`: it belongs to no command: start files, and background jobs while the shell waits. The
   * stream is "stderr" for what was printed to a stderr that is kept apart.
   */
  output(command: CommandId | null, bytes: Uint8Array, stream: OutputStream): void
  /** All output of the command has been delivered. */
  finished(command: CommandId, end: CommandEnd): void
  /** What was printed between a command's end and the prompt: hooks, job notices, mail. Follows `finished`. */
  notice(after: CommandId | null, bytes: Uint8Array): void
  /** What runs in the background at this prompt. Follows `finished`. */
  jobs(groups: JobGroups): void
  /** Typed while a command ran and not read by it. */
  typeAhead(text: string): void
  /** The text was unfinished (an open quote, a here-document without its end); nothing has run. */
  incomplete(command: CommandId): void
  /**
   * The exported variables that differ from those after the start files: the whole difference.
   *
   * @param hidden names of variables that are as they are since an incognito command ran
   */
  environment(change: EnvironmentChange, hidden: ReadonlySet<string>): void
  /** No prompt yet after `SLOW_START_MS`: a start file may be asking something. Keys go to it. */
  slow(): void
  /**
   * The shell cannot be driven (any more): what it prints and is typed passes as it is. From the first moment for a shell
   * without integration, later for one that was replaced or does not answer. Called again when its directory (absolute)
   * changes. `ready` ends it, should the shell come back.
   *
   * @param during the command whose block its output goes to; null for output of no command
   */
  bare(during: CommandId | null, directory: string): void
  /** The shell's process is gone. Not called after `close`. */
  exited(end: ShellEnd): void
}
