import type { ShellListener } from "../ShellListener.ts"
import type { SpawnedShell } from "../spawnShell.ts"
import type { CommandFinish } from "./CommandFinish.ts"
import type { CommandOutput } from "./CommandOutput.ts"
import type { CommandStart } from "./CommandStart.ts"
import type { CommandTyping } from "./CommandTyping.ts"
import type { DriverState } from "./DriverState.ts"
import type { EditLine } from "./EditLine.ts"
import type { EndClaim } from "./EndClaim.ts"
import type { EnvironmentTracker } from "./EnvironmentTracker.ts"
import type { OneTimer } from "./OneTimer.ts"
import type { PromptScreen } from "./PromptScreen.ts"
import type { ShellWatch } from "./ShellWatch.ts"
import type { SplitTerminals } from "./SplitTerminals.ts"
import type { TypedKeys } from "./TypedKeys.ts"

/** What a driver consists of, in a command's order. Each part names those that it goes by. */
export interface DriverParts {
  readonly shell: SpawnedShell
  readonly listener: ShellListener
  readonly state: DriverState
  /** For the shell's answers and prompts: it owes one thing at a time. */
  readonly timer: OneTimer
  /** Whether the shell's hooks still speak. */
  readonly watch: ShellWatch
  /** The shell's variables and jobs at its prompts. */
  readonly environment: EnvironmentTracker
  /** Gets a command's text into the edit line and has it accepted. */
  readonly typing: CommandTyping
  /** The edit line's echo, and what tells that the command runs. */
  readonly start: CommandStart
  /** Keys that the command did not read. */
  readonly keys: TypedKeys
  /** Which of the running command's bytes are its output. */
  readonly output: CommandOutput
  /** Terminals for a stderr that is kept apart. */
  readonly splits: SplitTerminals
  /** What the shell claims of the command's end, and the prompt that makes it true. */
  readonly end: EndClaim
  /** What becomes of the command once its end is true. */
  readonly finish: CommandFinish
  /** Empties the edit line before the next command. */
  readonly editLine: EditLine
  /** What stands and is printed at the prompt. */
  readonly prompt: PromptScreen
}
