import type { OutputStream } from "../domain/Block.ts"
import { ownsTerminal } from "../platform.ts"
import { type CommandSource, typedCommand } from "./CommandSource.ts"
import { endsShell, setsErrorsExit } from "./commandText.ts"
import { CommandFinish } from "./driver/CommandFinish.ts"
import { CommandOutput } from "./driver/CommandOutput.ts"
import { CommandStart } from "./driver/CommandStart.ts"
import { CommandTyping } from "./driver/CommandTyping.ts"
import type { DriverParts } from "./driver/DriverParts.ts"
import { DriverState } from "./driver/DriverState.ts"
import { EditLine } from "./driver/EditLine.ts"
import { EndClaim } from "./driver/EndClaim.ts"
import { EnvironmentTracker } from "./driver/EnvironmentTracker.ts"
import { OneTimer } from "./driver/OneTimer.ts"
import { PromptScreen } from "./driver/PromptScreen.ts"
import { ShellVoice } from "./driver/ShellVoice.ts"
import { ShellWatch } from "./driver/ShellWatch.ts"
import { SplitTerminals } from "./driver/SplitTerminals.ts"
import { TypedKeys } from "./driver/TypedKeys.ts"
import { endSession, type Job, type JobTable, sessionJobs } from "./endSession.ts"
import { none } from "./integration/none.ts"
import { type PastCommand, SHELL_FILES } from "./integration/ShellIntegration.ts"
import { MarkParser } from "./MarkParser.ts"
import { parseMark } from "./marks.ts"
import type { PtyExit } from "./Pty.ts"
import { removePrivateDirectory, writePrivateFile } from "./privateDirectory.ts"
import type { CommandId, ShellListener } from "./ShellListener.ts"
import { readShellHistory, readShellPast } from "./shellHistory.ts"
import { type NamesOfShell, readShellNames } from "./shellNames.ts"
import type { SpawnedShell } from "./spawnShell.ts"
import { typedText } from "./terminalText.ts"

export type { Job } from "./endSession.ts"
export type { CommandEnd, CommandId, Prompt, ShellEnd, ShellListener } from "./ShellListener.ts"

/** What Ctrl+D sends. */
const END_OF_INPUT = "\x04"
/** Ctrl+C, Ctrl+Z and Ctrl+\: whoever types them wants no waiting. */
const SIGNAL_KEYS = /[\x03\x1a\x1c]/
/** What Ctrl+C sends. */
const INTERRUPT = 3

/**
 * Drives one interactive shell: types commands into its line editor and tells a listener what becomes of them. Plain
 * code: every byte passes here.
 *
 * A command's way: `CommandTyping` has it typed and accepted, `CommandStart` knows by echo and start mark that it runs,
 * `CommandOutput` says what it prints, `EndClaim` whether it has ended, `CommandFinish` tells of that at the prompt, and
 * `EditLine` has typed-ahead keys back before the next one. `ShellVoice` brings each of them what the shell prints.
 *
 * An end mark is only a claim. It is believed when it carries this command's nonce and the kernel says that the shell
 * itself has the terminal; until then what follows it may still be output.
 */
export class ShellDriver {
  private closing: Promise<void> | null = null
  /** What the shell has printed is being looked at. */
  private isReading = false
  private readonly parts: DriverParts
  private readonly parser: MarkParser

  constructor(shell: SpawnedShell, listener: ShellListener) {
    const state = new DriverState(shell.nonce, { cols: shell.columns, rows: shell.rows })
    const timer = new OneTimer()
    const environment = new EnvironmentTracker(shell.files, shell.integration)
    // What hears of the shell calls these back once all of them are there.
    const watch = new ShellWatch(shell, {
      owesMark: () => voice.owesMark,
      lost: (directory) => voice.lost(directory),
      moved: (directory) => listener.bare(state.owner, directory),
      slow: () => listener.slow()
    })
    const splits = new SplitTerminals(shell, {
      output: (bytes, stream) => {
        if (!end.print(bytes)) listener.output(state.owner, bytes, stream)
      },
      echo: (bytes) => voice.echoed(bytes),
      shell: (bytes) => voice.printed(bytes),
      shellMark: (mark) => {
        // With it the command may end, and what it has printed before on the shell's own terminal may be unread.
        if (!splits.isOpen && !this.isReading) shell.pty.drain()
        voice.marked(mark)
      },
      editor: () => voice.lookForLostHooks(),
      others: (bytes) => listener.output(state.phase === "running" ? state.owner : null, bytes, "stdout")
    })
    const end = new EndClaim(
      shell.pty.pid,
      timer,
      () => shell.pty.drain(),
      () => {
        // The prompt may stand on the other terminal.
        splits.drain()
        if (end.isMade) finish.prompted()
      }
    )
    const output = new CommandOutput(
      shell.integration,
      (bytes) => listener.output(state.owner, bytes, "stdout"),
      () => voice.lookForLostHooks()
    )
    const keys = new TypedKeys(shell.pty.pid, (bytes) => this.write(bytes))
    const given = { shell, listener, state, timer, watch, environment, splits, end, output, keys }
    const prompt = new PromptScreen(given)
    const start = new CommandStart(given, (bytes) => voice.printed(bytes))
    const editLine = new EditLine({ ...given, prompt })
    const typing = new CommandTyping({ ...given, start, editLine })
    const finish = new CommandFinish({ ...given, start, editLine, prompt })
    this.parts = { ...given, prompt, start, editLine, typing, finish }
    const voice = new ShellVoice(this.parts)
    this.parser = new MarkParser({
      output: (bytes) => voice.printed(bytes),
      mark: (payload) => {
        const mark = parseMark(payload)
        if (mark !== null) voice.marked(mark)
      }
    })
    // By name: the launcher's bundle has a `none` of its own.
    if (shell.integration.name === none.name) watch.lose()
    else watch.beginStart()
    shell.pty.onExit((exit) => this.onExit(exit))
    shell.pty.onData((bytes) => this.read(bytes))
  }

  /** Name of the shell's program as far as it is known, such as "bash". */
  get shellName(): string {
    return this.parts.shell.integration.name
  }

  /** The shell's process id. */
  get pid(): number {
    return this.parts.shell.pty.pid
  }

  /** True while the shell waits for a command. */
  get isReady(): boolean {
    return this.parts.state.phase === "ready"
  }

  /**
   * Whether the next command's stderr can be kept apart: the shell has to be one that can, with its line editor on, and it
   * has to tell of the command's start, since nothing else says what stderr's first word is.
   */
  get canSplit(): boolean {
    const { shell, state, start } = this.parts
    return shell.integration.split !== undefined && !state.notes.noEditor && !start.isMarkGone
  }

  /**
   * Runs a text, of one or several lines, as if it were typed at the prompt. Returns false when the text was not taken:
   * while the shell is not ready, or when there is no place to hand over one that cannot be typed (longer than
   * `MAX_TYPED_BYTES`, or with control characters), or no second terminal for `split`. Nothing has happened then. Never
   * throws. The text must not hold a NUL.
   *
   * @param text with what its words stand for, where some do: the shell's history keeps what was typed, as far as it can
   * @param split keeps stderr apart; only while `canSplit`
   * @param incognito keeps the command out of the shell's history
   */
  submit(id: CommandId, text: string | CommandSource, split = false, incognito = false): boolean {
    const source = typeof text === "string" ? typedCommand(text) : text
    return this.isReady && this.parts.typing.submit(id, source, split, incognito)
  }

  /** Keys for the running program, verbatim. While no command runs they come back by `typeAhead`. */
  write(bytes: Uint8Array): void {
    this.catchUp()
    const { listener, state, keys } = this.parts
    switch (state.phase) {
      case "running":
      case "starting":
        if (keys.haveToWait || (this.isBeforePrompt && !SIGNAL_KEYS.test(Buffer.from(bytes).toString("latin1")))) {
          keys.hold(bytes)
          return
        }
        keys.typed()
        this.send(bytes)
        return
      case "checking":
      case "sent":
      case "probing":
        // Ctrl+C now would make the kernel throw away what we are typing.
        keys.hold(bytes)
        return
      case "ready":
        listener.typeAhead(typedText(Buffer.from(bytes).toString("utf8")))
        return
      case "dead":
        return
    }
  }

  /** Ctrl+D at the prompt: the shell ends, or says in a notice why not. Does nothing while it is not ready. */
  endInput(): void {
    if (!this.isReady) return
    this.parts.prompt.endInput()
    this.parts.shell.pty.write(END_OF_INPUT)
  }

  /** What the emulator answers to the running program's questions. Dropped once no program runs. */
  reply(bytes: Uint8Array | string): void {
    if (!this.parts.state.hasKeyboard) return
    this.parts.keys.answered()
    this.parts.shell.pty.reply(bytes)
  }

  /**
   * The terminal's size in cells. A running program is told at once, a waiting shell with its next command, and a
   * command on its way when it starts: a line editor that learns of a size draws its prompt anew, and between Enter and
   * the start mark a new prompt says that nothing was run.
   */
  resize(cols: number, rows: number): void {
    const { shell, state, splits } = this.parts
    state.size = { cols, rows }
    // First: the signal comes from the shell's own terminal, the other one is nobody's controlling terminal.
    splits.resize(cols, rows)
    if (state.hasKeyboard) shell.pty.resize(cols, rows)
  }

  /** Stops reading output of one stream (back-pressure): "stderr" is that of a command that has it apart. */
  pause(stream: OutputStream = "stdout"): void {
    if (stream === "stdout") this.parts.shell.pty.pause()
    this.parts.splits.pause(stream)
  }

  resume(stream: OutputStream = "stdout"): void {
    if (stream === "stdout") this.parts.shell.pty.resume()
    this.parts.splits.resume(stream)
  }

  /** The commands in the shell's own history file, oldest first: what it held when this is called. */
  history(): ReadonlyArray<string> {
    return readShellHistory(this.parts.shell.files, this.parts.shell.integration)
  }

  /** Reads the same, further back and with times; and the shell's name (`bash`). */
  past(): { readonly shell: string; readonly read: () => ReadonlyArray<PastCommand> } {
    const { shell } = this.parts
    return { shell: shell.integration.name, read: () => readShellPast(shell.files, shell.integration) }
  }

  /** Functions and aliases of the shell at its latest prompt. */
  names(): NamesOfShell {
    return readShellNames(this.parts.shell.files, this.parts.shell.integration)
  }

  /** What leaving would end: programs, or a command that is the shell's own work, such as a loop between two programs. */
  jobs(): ReadonlyArray<Job> {
    const programs = sessionJobs(this.pid, this.jobTable())
    const { phase, command } = this.parts.state
    if (programs.length > 0 || phase !== "running" || command === null) return programs
    return [{ pid: this.pid, name: command.text.trim().split("\n")[0] ?? "" }]
  }

  /** Ends the shell and its programs (see `endSession`), closes the terminal, removes the private directory. */
  close(): Promise<void> {
    const { shell, state, splits } = this.parts
    this.closing ??= endSession(shell.pty, this.jobTable()).finally(() => {
      this.stopTimers()
      state.phase = "dead"
      shell.pty.close()
      splits.close()
      removePrivateDirectory(shell.files)
    })
    return this.closing
  }

  private jobTable(): JobTable {
    const { state, environment, finish } = this.parts
    return {
      leaders: environment.jobs,
      disowned: finish.disowned,
      disowning: /\bdisown\b/.test(state.command?.text ?? "")
    }
  }

  /**
   * The command is over and the shell makes its prompt, which may take seconds: the terminal would echo what is typed now
   * among what hooks print.
   */
  private get isBeforePrompt(): boolean {
    return this.parts.end.isMade && ownsTerminal(this.pid) === true
  }

  /**
   * A shell that has its terminal back may have said already that the command is over: on a busy machine a key comes before
   * that was read.
   */
  private catchUp(): void {
    const { shell, state, end } = this.parts
    if (this.isReading || state.phase !== "running" || end.isMade) return
    if (ownsTerminal(this.pid) === true) shell.pty.drain()
  }

  private read(bytes: Buffer): void {
    this.isReading = true
    try {
      this.parser.push(bytes)
    } finally {
      this.isReading = false
    }
  }

  private send(bytes: Uint8Array): void {
    const { shell, state } = this.parts
    // Hooks of a text of several lines look for this file: after Ctrl+C the rest of the lines is dropped.
    // Without it they run on, as they do in a bare bash.
    if (state.command?.text.includes("\n") && bytes.includes(INTERRUPT)) {
      writePrivateFile(shell.files, SHELL_FILES.interrupted, "")
    }
    shell.pty.write(bytes)
  }

  private onExit(exit: PtyExit): void {
    const { shell, listener, state, splits, output, start, finish, prompt } = this.parts
    this.parser.flush()
    splits.settle()
    this.stopTimers()
    const { command } = state
    output.flush()
    if (command !== null && state.isOnItsWay) {
      listener.started(command.id, command.text)
      finish.tellPrinted(command, start.printedInstead)
    }
    state.phase = "dead"
    if (this.closing !== null) return
    splits.close()
    prompt.noticeLast()
    removePrivateDirectory(shell.files)
    listener.exited({ ...exit, during: command?.id ?? null, byItself: this.wasMeant(exit) })
  }

  /** `set -e` ends the shell with an ordinary status, so the text is asked for a word that ends shells on purpose. */
  private wasMeant(exit: PtyExit): boolean {
    if (exit.signal !== null) return false
    const { state, prompt } = this.parts
    if (prompt.hasEndedInput) return true
    const text = state.command?.text ?? ""
    const errorsExit = state.notes.errorsExit || setsErrorsExit(text)
    return !errorsExit || exit.exitCode === 0 || endsShell(text)
  }

  private stopTimers(): void {
    this.parts.timer.stop()
    this.parts.keys.stop()
    this.parts.watch.stop()
  }
}
