import { processStatus } from "../../platform.ts"
import { asTyped } from "../CommandSource.ts"
import { isExpandable, splitEcho } from "../commandText.ts"
import { SHELL_FILES } from "../integration/ShellIntegration.ts"
import { removePrivateFile } from "../privateDirectory.ts"
import type { DriverParts } from "./DriverParts.ts"
import type { DrivenCommand } from "./DriverState.ts"
import { lateOutput } from "./lateOutput.ts"

/** How long the echo of a line without a start mark is waited behind, in ms, and how often at most. */
const START_LOOK_MS = 30
const MAX_START_LOOKS = 16
/** What is kept of the line editor's echo, in bytes. */
const MAX_ECHO_BYTES = 262_144

type Parts = Pick<DriverParts, "shell" | "listener" | "state" | "timer" | "keys" | "output" | "end">

/**
 * What the terminal echoes of a command's text, and how the command's start is known: by its start mark; where that is
 * gone with the prompts, by what the line editor writes when it leaves; where lines are typed into a shell that marks
 * none, by their echo.
 */
export class CommandStart {
  /** The next command's start mark is gone with the prompts: the line editor's farewell has to do. */
  isMarkGone = false
  #echo: Array<Buffer> = []
  /** Of it, what came by a terminal for stderr: the two are not in step, and it is the later part. */
  #apart: Array<Buffer> = []
  #echoSize = 0
  readonly #with: Parts
  readonly #print: (bytes: Buffer) => void

  /** @param print takes what the echo turned out to be followed by: output of the command */
  constructor(parts: Parts, print: (bytes: Buffer) => void) {
    this.#with = parts
    this.#print = print
  }

  /** A line was typed whose start no mark tells, and it may start. */
  get isUnmarked(): boolean {
    const { shell, state } = this.#with
    if (state.phase !== "sent" || shell.integration.startsUnmarked !== true) return false
    return state.command?.plain === true && !state.command.unfinished
  }

  /** What was printed since the command was typed. */
  get echo(): Buffer {
    return Buffer.concat([...this.#echo, ...this.#apart])
  }

  /** What the shell itself printed behind the edit line instead of running it. Lines are divided by LF. */
  get printedInstead(): string {
    const { shell, state } = this.#with
    return shell.integration.lineEditor.afterAccept(this.echo, state.notes.noEditor)
  }

  /** The edit line's text is typed anew, or was told. */
  dropEcho(): void {
    this.#echo = []
    this.#apart = []
    this.#echoSize = 0
  }

  /**
   * Tells what a background job has printed while the command was typed.
   *
   * @param said what the shell itself has said of the command, and who prints before it
   */
  tellLate(command: DrivenCommand, said: string): void {
    if (this.#with.state.printsLate) this.#tellLateOf(this.echo, command, said)
  }

  /** Keeps what the shell says of a command on its way on a terminal for stderr. */
  keepApart(bytes: Buffer): void {
    this.#echoSize += bytes.length
    if (this.#echoSize <= MAX_ECHO_BYTES) this.#apart.push(Buffer.from(bytes))
  }

  /** Keeps what is printed while the command is on its way, and looks whether it tells that the command runs. */
  keepEcho(bytes: Buffer): void {
    this.#echo.push(Buffer.from(bytes))
    this.#echoSize += bytes.length
    while (this.#echoSize > MAX_ECHO_BYTES && this.#echo.length > 1) {
      const oldest = this.#echo.shift()!
      this.#echoSize -= oldest.length
      const { command, printsLate } = this.#with.state
      if (printsLate && command !== null) this.#tellLateOf(oldest, command, "")
    }
    if (this.isUnmarked) this.#lookForEcho()
    else if (this.#with.state.phase === "sent" && this.isMarkGone) {
      const output = this.#with.shell.integration.lineEditor.outputAfterAccept(this.echo)
      if (output === null) return
      this.begin(null)
      this.#print(output)
    }
  }

  /** The command runs. `quoted`: what the shell has made of its text, quoted by it, or null when it says nothing of that. */
  begin(quoted: string | null): void {
    const { shell, listener, state, timer, keys, output } = this.#with
    const { lineEditor } = shell.integration
    const command = state.command!
    timer.stop()
    const echo = this.echo
    const unmarked = this.isUnmarked ? splitEcho(echo, command.line) : null
    if (unmarked !== null && unmarked.before.length > 0) listener.output(null, unmarked.before, "stdout")
    const printed = this.isMarkGone || command.plain ? "" : lineEditor.afterAccept(echo, false)
    const before = lineEditor.beforeStart?.(echo) ?? null
    const expanded = isExpandable(command.text) && printed !== "" ? printed : command.line
    const made = quoted === null ? expanded : shell.integration.unquote(quoted)
    if (unmarked === null) this.tellLate(command, `${made}\n${before?.toString("utf8") ?? ""}`)
    this.isMarkGone = false
    this.dropEcho()
    state.phase = "running"
    state.nonce = command.nonce
    output.start()
    removePrivateFile(shell.files, SHELL_FILES.command)
    shell.pty.resize(state.size.cols, state.size.rows)
    listener.started(command.id, asTyped(command.source, made))
    if (before !== null && before.length > 0) listener.output(command.id, before, "stdout")
    if (unmarked !== null && unmarked.output.length > 0) this.#print(unmarked.output)
    keys.start(lineEditor.startsRaw === true)
  }

  #tellLateOf(printed: Buffer, { line, nonce }: DrivenCommand, said: string): void {
    const { listener, end } = this.#with
    // The nonce goes through the edit line with a digit for its flags.
    const numbers = [0, 1, 2, 3].map((flags) => `${nonce}${flags}`)
    const late = lateOutput(printed, end.text, [line, said, ...numbers])
    if (late.length > 0) listener.output(null, late, "stdout")
  }

  /** The typed line has begun to run once something is printed behind its echo, or the shell is not reading on. */
  #lookForEcho(): void {
    const { isEchoed, output } = splitEcho(this.echo, this.#with.state.command!.line)
    if (!isEchoed) return
    if (output.length === 0) this.#beginSoon(MAX_START_LOOKS)
    else this.begin(null)
  }

  #beginSoon(looks: number): void {
    const { shell, timer } = this.#with
    timer.set(START_LOOK_MS, () => {
      if (!this.isUnmarked) return
      // It may still be parsing, and ask for more lines.
      if (looks > 0 && processStatus(shell.pty.pid)?.state === "R") this.#beginSoon(looks - 1)
      else this.begin(null)
    })
  }
}
