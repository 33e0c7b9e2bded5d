import { join } from "node:path"
import type { CommandSource } from "../CommandSource.ts"
import { isTypable } from "../commandText.ts"
import { SHELL_FILES } from "../integration/ShellIntegration.ts"
import type { Mark } from "../marks.ts"
import { removePrivateFile, restorePrivateDirectory, writePrivateFile } from "../privateDirectory.ts"
import type { CommandId } from "../ShellListener.ts"
import { newNonce } from "../spawnShell.ts"
import type { DriverParts } from "./DriverParts.ts"
import type { DrivenCommand } from "./DriverState.ts"
import { ANSWER_MS } from "./EditLine.ts"

type Parts = Pick<
  DriverParts,
  | "shell"
  | "listener"
  | "state"
  | "timer"
  | "watch"
  | "environment"
  | "start"
  | "keys"
  | "output"
  | "splits"
  | "end"
  | "editLine"
>

/** A command's way from its text to the accepted edit line, or back to whoever has submitted it. */
export class CommandTyping {
  /** The terminal is raw: it is mended with the next command. */
  mend = false
  readonly #with: Parts

  constructor(parts: Parts) {
    this.#with = parts
  }

  /** Types a command into a shell that is ready. Returns false, and has done nothing, where it cannot be handed over. */
  submit(id: CommandId, source: CommandSource, split: boolean, incognito: boolean): boolean {
    const { shell, state, keys, splits } = this.#with
    const { references, startsUnmarked, hide } = shell.integration
    const refers = source.references.length > 0
    const line = (refers && !state.notes.noEditor && references?.line(source)) || source.runs
    const canMend = this.mend && startsUnmarked === true
    // A shell that keeps what was typed in its history is told of it in a file.
    const isToTell = refers && references !== undefined
    const isToHide = incognito && hide !== undefined
    const isAsTyped = isTypable(line) && !line.includes("\n") && !canMend && !isToTell && !isToHide
    const plain = state.notes.noEditor && isAsTyped
    // Without a line editor nothing can tell the shell another nonce but a command, and that would not be the user's.
    const nonce = plain ? state.nonce : newNonce()
    const text = source.typed
    const command = { id, text, line, source, plain, incognito, nonce, unfinished: false, doubtful: false }
    if (!this.#handOver(command)) return false
    if (split && !splits.open(nonce, state.size)) return false
    // The shell does not put it back, and so could not tell of its environment any more.
    restorePrivateDirectory(shell.files)
    state.command = command
    keys.begin()
    removePrivateFile(shell.files, SHELL_FILES.interrupted)
    // Sizing a shell that waits would make it redraw its prompt; it learns of the size with the next command.
    shell.pty.resize(state.size.cols, state.size.rows)
    this.#type(command)
    return true
  }

  /** The shell has told whether the text in its edit line is a finished command. */
  checked(command: DrivenCommand, isComplete: boolean): void {
    const { shell, state, timer } = this.#with
    timer.stop()
    if (isComplete) {
      state.phase = "sent"
      shell.pty.write(this.#accept(command))
      return
    }
    state.nonce = command.nonce
    this.#giveBack(command)
  }

  /** The prompt before began anew while our keys were under way: the kernel may have dropped them. */
  doubt(): void {
    const { command, notes } = this.#with.state
    if (command !== null) command.doubtful = !notes.noEditor
  }

  /** That prompt is there: asks whether our keys were lost. */
  askDoubted(): void {
    const { shell, state } = this.#with
    if (state.command?.doubtful !== true) return
    state.command.doubtful = false
    // The answer shows its question: one that is late must not make us type a command twice.
    const { clear, probe } = shell.integration
    shell.pty.write(`${clear}${state.command.nonce}${probe}`)
  }

  /** The shell has told what is in its edit line while the command is on its way. */
  answered(command: DrivenCommand, { nonce, line }: Extract<Mark, { kind: "line" }>): void {
    // Had our keys arrived, they would have changed the nonce before this answer: they were lost.
    const isAnswer = this.#with.shell.integration.unquote(line) === String(command.nonce)
    if (!isAnswer || nonce === command.nonce) return
    if (this.#handOver(command)) this.#type(command)
    else this.#giveBack(command)
  }

  /** Keys that accept the edit line. */
  #accept({ incognito }: DrivenCommand): string {
    const { shell, splits } = this.#with
    const { accept, hide = "" } = shell.integration
    return splits.beginKeys + (incognito ? hide : "") + accept
  }

  #isTyped(text: string): boolean {
    return this.#with.shell.integration.commandFile === undefined && isTypable(text)
  }

  /** Writes the files of a command whose text cannot be typed, or does not say all. Returns false when that is impossible. */
  #handOver({ text, line, source, plain, incognito, nonce }: DrivenCommand): boolean {
    const { shell, state } = this.#with
    const { files, integration } = shell
    if (source.references.length > 0 && integration.references?.file !== undefined) {
      if (!writePrivateFile(files, SHELL_FILES.references, integration.references.file(source))) return false
    }
    if (plain || (this.#isTyped(line) && !state.notes.noEditor)) return true
    const content = state.notes.noEditor
      ? integration.sourceFile(line, nonce, this.mend, incognito ? "" : text)
      : (integration.commandFile?.(line, nonce) ?? line)
    return writePrivateFile(files, SHELL_FILES.command, content)
  }

  /** Types a command that was handed over. */
  #type(command: DrivenCommand): void {
    const { shell, state, timer, watch, environment, start, output, splits, end } = this.#with
    const { integration, pty, files } = shell
    const { line, nonce, source } = command
    end.withdraw()
    watch.begin()
    output.begin(environment.jobs.size > 0 || line.includes("&") || integration.tellsNoJobs === true)
    start.dropEcho()
    if (command.plain) {
      state.phase = "sent"
      pty.write(`${line}\n`)
      // Without an echo (`stty -echo`) all that comes is output.
      if (start.isUnmarked) timer.set(ANSWER_MS, () => start.begin(null))
      return
    }
    if (state.notes.noEditor) {
      this.mend = false
      state.phase = "sent"
      pty.write(integration.source(join(files, SHELL_FILES.command)))
      return
    }
    const flags = { mend: this.mend, refers: source.references.length > 0 }
    const load = this.#isTyped(line) ? integration.load(line, nonce, flags) : integration.loadFile(nonce, flags)
    const keys = splits.endKeys + load
    this.mend = false
    if (integration.isSurelyComplete(line)) {
      state.phase = "sent"
      pty.write(keys + this.#accept(command))
      return
    }
    state.phase = "checking"
    pty.write(keys + integration.check)
    // A shell that does not answer is left to judge by itself.
    timer.set(ANSWER_MS, () => this.checked(command, true))
  }

  /** The command is not run. */
  #giveBack(command: DrivenCommand): void {
    const { shell, listener, state, splits, editLine } = this.#with
    state.command = null
    splits.giveUp()
    removePrivateFile(shell.files, SHELL_FILES.command)
    listener.incomplete(command.id)
    editLine.empty()
  }
}
