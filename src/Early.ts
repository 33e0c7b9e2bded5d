import type { Given } from "./config/sources.ts"
import type { ChosenShell } from "./shell/shellPath.ts"
import type { SpawnedShell } from "./shell/spawnShell.ts"
import type { OuterTerminal } from "./terminal/OuterTerminal.ts"

/** What the launcher has under way already when the program is loaded. */
export interface Early {
  /** The environment EffectTalk was started with, copied before anything changes it. */
  readonly environment: Readonly<Record<string, string>>
  /** What the configuration's options and files said then. */
  readonly given: Given
  /** Absolute directory EffectTalk was started in. */
  readonly directory: string
  readonly terminal: OuterTerminal
  /** Which shell it is, and why. */
  readonly shellChoice: ChosenShell
  readonly shell: SpawnedShell
  /** Signals are the program's from here on; until then the launcher ends by them, with everything given back. */
  readonly handOverSignals: () => void
  /** Gives the terminal back and ends the shell, whoever has them by now. Never throws; may be called again. */
  readonly abandon: () => void
}
