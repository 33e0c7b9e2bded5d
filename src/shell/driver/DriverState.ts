import type { CommandSource } from "../CommandSource.ts"
import type { ShellNotes } from "../integration/ShellIntegration.ts"
import type { CommandId } from "../ShellListener.ts"

/**
 * - `starting`: no prompt yet; keys go to the start files
 * - `ready`: the shell reads its edit line, which is empty
 * - `probing`: it is asked what was typed ahead
 * - `checking`: a text is in the edit line, the shell is asked whether it is a finished command
 * - `sent`: the line was accepted, its start mark has not come yet
 * - `running`: a command has the terminal
 */
export type DriverPhase = "starting" | "ready" | "probing" | "checking" | "sent" | "running" | "dead"

/** A command on its way through the shell. */
export interface DrivenCommand {
  readonly id: CommandId
  /** As it was typed. */
  readonly text: string
  /** What the shell is given: the text, but for words that stand for files. */
  readonly line: string
  readonly source: CommandSource
  readonly nonce: number
  /** Typed as it is, into a shell without a line editor. */
  readonly plain: boolean
  /** It is kept out of the shell's history, and so is what it makes of the environment out of the session's files. */
  readonly incognito: boolean
  /** The shell asked for more lines; Ctrl+C was sent. */
  unfinished: boolean
  /** The edit line's keys may have been lost to Ctrl+C at the prompt. */
  doubtful: boolean
}

/** Where the shell stands, as far as the driver knows: what all of the driver's parts go by. */
export class DriverState {
  phase: DriverPhase = "starting"
  /** From its hand-over to its end. */
  command: DrivenCommand | null = null
  /** The nonce the shell has, as far as we know. */
  nonce: number
  /** What the latest end mark said of the shell. */
  notes: ShellNotes = { noEditor: false, errorsExit: false, noPromptMarks: false, leavesText: false }
  /**
   * Programs that earlier commands have left may print while a line editor draws, as the shell knew at its latest prompt, and
   * what they print can be told from what it draws.
   */
  printsLate = false
  /** The terminal's size in cells, for now or with the next command. */
  size: { readonly cols: number; readonly rows: number }

  constructor(nonce: number, size: { readonly cols: number; readonly rows: number }) {
    this.nonce = nonce
    this.size = size
  }

  /** Whose output is what is printed now; null: no command's. */
  get owner(): CommandId | null {
    return this.command?.id ?? null
  }

  /** What is typed goes to a program, or to the start files. */
  get hasKeyboard(): boolean {
    return this.phase === "running" || this.phase === "starting"
  }

  /** A text was accepted, or is about to be, and has not begun to run. */
  get isOnItsWay(): boolean {
    return this.phase === "sent" || this.phase === "checking"
  }
}
