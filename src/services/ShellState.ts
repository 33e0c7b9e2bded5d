import type { BlockId } from "../domain/ids.ts"
import type { EnvironmentChange } from "../shell/integration/ShellIntegration.ts"
import type { Job } from "../shell/ShellDriver.ts"
import type { NamesOfShell } from "../shell/shellNames.ts"

/** What the screen shows of the shell. */
export interface ShellState {
  /**
   * `starting` until the first prompt, `running` while a command has the terminal, `ended` after the shell left. `bare`: the
   * shell has no integration, so that all it prints is one block and keys go to it; it may have lost it while it ran.
   */
  readonly phase: "starting" | "ready" | "running" | "bare" | "ended"
  /** The shell's own rendered prompt: sanitised text with SGR, of one or several lines. */
  readonly prompt: string
  /** What it shows at the right edge of the edit line, likewise; often empty. */
  readonly rightPrompt: string
  /** The block whose command has the terminal; a slow start's own block, and that of a bare shell. */
  readonly running: BlockId | null
  /** No prompt yet after a while: a start file may be asking something, and keys go to it. */
  readonly slow: boolean
  /** Exported variables of the session that it lacks, as their values look like secrets and were not stored; until they are set. */
  readonly unset: ReadonlyArray<string>
  /** How it ended; null while there is a shell. */
  readonly ending: ShellEnding | null
}

/** The end of the session's shell, for a decision: leave, or go on with a new one. */
export interface ShellEnding {
  /** The user meant it (`exit`, end of input), so that EffectTalk is to leave. */
  readonly byItself: boolean
  /** No command could ever be given to it: its start files ended it. */
  readonly beforePrompt: boolean
  readonly exitCode: number | null
  /** Programs that it has left behind. */
  readonly survivors: ReadonlyArray<Job>
  /** What happened, in a sentence, when it was not the user who ended it. */
  readonly problem: string | null
}

/** How a command is run. */
export interface RunOptions {
  /** The block it shall have, or already has while it is queued; a new one unless given. */
  readonly id?: BlockId
  /** Milliseconds after which it is ended. */
  readonly timeLimit?: number
  /** Keeps its stderr apart. */
  readonly split?: boolean
  /** Keeps it out of every file, the shell's history included. */
  readonly incognito?: boolean
}

/** What a shell beside the session's is given of it. */
export interface ShellSurroundings {
  /** Absolute. */
  readonly directory: string
  /** Exported variables that the user has changed, secrets included: they must not leave memory. */
  readonly changes: EnvironmentChange
  readonly names: NamesOfShell
}

/** The state of a shell that has just been started. */
export const STARTING: ShellState = {
  phase: "starting",
  prompt: "",
  rightPrompt: "",
  running: null,
  slow: false,
  unset: [],
  ending: null
}
