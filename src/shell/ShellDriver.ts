import { join } from "node:path"
import type { OutputStream } from "../domain/Block.ts"
import { ownsTerminal, processStatus, workingDirectory } from "../platform.ts"

import { CommandOutput } from "./CommandOutput.ts"
import {
  endsShell,
  isBlank,
  isExpandable,
  isTypable,
  removesHooks,
  setsErrorsExit,
  signalOfStatus,
  splitEcho
} from "./commandText.ts"
import { SplitTerminals } from "./driver/SplitTerminals.ts"
import { TypedKeys } from "./driver/TypedKeys.ts"
import { EndClaim, PROMPT_LOOK_MS, waitsForInput } from "./EndClaim.ts"
import { EnvironmentTracker } from "./EnvironmentTracker.ts"
import { disownedGroups, endSession, type Job, type JobTable, sessionJobs } from "./endSession.ts"
import { endStrays } from "./endStrays.ts"
import { none } from "./integration/none.ts"
import { type LineEditor, SHELL_FILES, type ShellNotes } from "./integration/ShellIntegration.ts"
import { MarkParser } from "./MarkParser.ts"
import { type Mark, parseMark } from "./marks.ts"
import { OneTimer } from "./OneTimer.ts"
import type { PtyExit } from "./Pty.ts"
import {
  removePrivateDirectory,
  removePrivateFile,
  restorePrivateDirectory,
  writePrivateFile
} from "./privateDirectory.ts"
import type { CommandId, ShellListener } from "./ShellListener.ts"
import { ShellWatch } from "./ShellWatch.ts"
import { readShellHistory } from "./shellHistory.ts"
import { type NamesOfShell, readShellNames } from "./shellNames.ts"
import { newNonce, type SpawnedShell } from "./spawnShell.ts"
import { promptText, typedText } from "./terminalText.ts"

export type { Job } from "./endSession.ts"
export type { CommandEnd, CommandId, Prompt, ShellEnd, ShellListener } from "./ShellListener.ts"

/** Without a prompt after this time the listener is told that the start is slow. */
export const SLOW_START_MS = 5000
/** How long the shell has to answer a question typed into its line editor. */
const ANSWER_MS = 500
/** How long the echo of a line without a start mark is waited behind, in ms, and how often at most. */
const START_LOOK_MS = 30
const MAX_START_LOOKS = 16
const NOTHING = Buffer.alloc(0)
/** What Ctrl+D sends. */
const END_OF_INPUT = "\x04"
/** Ctrl+C, Ctrl+Z and Ctrl+\: whoever types them wants no waiting. */
const SIGNAL_KEYS = /[\x03\x1a\x1c]/
/** How many programs that key bindings have started may be ended one after the other. */
const MAX_STRAYS = 3
/** What is kept of the line editor's echo, in bytes. */
const MAX_ECHO_BYTES = 262_144
/** Lines as a terminal prints them. */
const printedLines = (text: string): Buffer => Buffer.from(`${text.replaceAll("\n", "\r\n")}\r\n`, "utf8")

/**
 * - `starting`: no prompt yet; keys go to the start files
 * - `ready`: the shell reads its edit line, which is empty
 * - `probing`: it is asked what was typed ahead
 * - `checking`: a text is in the edit line, the shell is asked whether it is a finished command
 * - `sent`: the line was accepted, its start mark has not come yet
 * - `running`: a command has the terminal
 */
type State = "starting" | "ready" | "probing" | "checking" | "sent" | "running" | "dead"

interface Command {
  readonly id: CommandId
  readonly text: string
  readonly nonce: number
  /** Typed as it is, into a shell without a line editor. */
  readonly plain: boolean
  /** The shell asked for more lines; Ctrl+C was sent. */
  unfinished: boolean
  /** The edit line's keys may have been lost to Ctrl+C at the prompt. */
  doubtful: boolean
}

/**
 * Drives one interactive shell: types commands into its line editor and tells a listener what becomes of them. Plain
 * code: every byte passes here.
 *
 * An end mark is only a claim. It is believed when it carries this command's nonce and the kernel says that the shell
 * itself has the terminal; until then what follows it may still be output.
 */
export class ShellDriver {
  private state: State = "starting"
  private command: Command | null = null
  /** The latest finished command, for notices. */
  private latest: CommandId | null = null
  /** The nonce the shell has, as far as we know. */
  private nonce: number
  /** The shell's working directory, as it said last. */
  private directory: string
  private echo: Array<Buffer> = []
  private echoSize = 0
  private notes: ShellNotes = { noEditor: false, errorsExit: false, noPromptMarks: false }
  /** The terminal is raw: mend it with the next command. */
  private mend = false
  /** The prompt hooks are gone: put them back. */
  private repair = false
  /** The next command's start mark is gone with the prompts: the line editor's farewell has to do. */
  private startless = false
  /** What the shell says to the end of its input; null while it was not told. */
  private farewell: Array<Buffer> | null = null
  private status = 0
  private size: { cols: number; rows: number }
  /** For the shell's answers and prompts. */
  private readonly timer = new OneTimer()
  private slowTimer: NodeJS.Timeout | undefined
  private disowned: ReadonlySet<number> = new Set()
  private closing: Promise<void> | null = null
  private initUnlinked = false
  /** The latest prompt's part to the right of the edit line, and what of the next is printed now. */
  private right: Uint8Array = new Uint8Array()
  private printedRight: Array<Buffer> | null = null
  private readonly splits: SplitTerminals
  private readonly keys: TypedKeys
  private readonly end: EndClaim
  private readonly watch: ShellWatch
  private readonly output: CommandOutput
  private readonly environment: EnvironmentTracker
  private readonly parser: MarkParser
  private readonly shell: SpawnedShell
  private readonly lineEditor: LineEditor
  private readonly listener: ShellListener

  constructor(shell: SpawnedShell, listener: ShellListener) {
    this.shell = shell
    this.lineEditor = shell.integration.lineEditor
    this.listener = listener
    this.nonce = shell.nonce
    this.size = { cols: shell.columns, rows: shell.rows }
    this.directory = shell.directory
    this.end = new EndClaim(shell.pty.pid, this.timer, () => {
      // The prompt may stand on the other terminal.
      this.splits.drain()
      if (this.end.isMade) this.onPrompted()
    })
    this.splits = new SplitTerminals(shell, {
      output: (bytes, stream) => {
        if (!this.end.print(bytes)) listener.output(this.command?.id ?? null, bytes, stream)
      },
      shell: (bytes) => this.onOutput(bytes),
      shellMark: (mark) => this.onMark(mark),
      editor: () => this.lookForLostHooks(),
      others: (bytes) => listener.output(this.state === "running" ? this.command!.id : null, bytes, "stdout")
    })
    this.keys = new TypedKeys(shell.pty.pid, (bytes) => this.write(bytes))
    this.environment = new EnvironmentTracker(shell.files, shell.integration)
    this.output = new CommandOutput(
      shell.integration,
      (bytes) => listener.output(this.command?.id ?? null, bytes, "stdout"),
      () => this.lookForLostHooks()
    )
    this.parser = new MarkParser({
      output: (bytes) => this.onOutput(bytes),
      mark: (payload) => {
        const mark = parseMark(payload)
        if (mark !== null) this.onMark(mark)
      }
    })
    this.watch = new ShellWatch(shell, {
      owesMark: () => this.owesMark(),
      lost: (directory) => this.onLost(directory),
      moved: (directory) => listener.bare(this.command?.id ?? null, directory)
    })
    // By name: the launcher's bundle has a `none` of its own.
    if (shell.integration.name === none.name) this.watch.lose()
    else {
      this.watch.begin()
      this.slowTimer = setTimeout(() => listener.slow(), SLOW_START_MS)
    }
    shell.pty.onExit((exit) => this.onExit(exit))
    shell.pty.onData((bytes) => this.parser.push(bytes))
  }

  /** The shell's process id. */
  get pid(): number {
    return this.shell.pty.pid
  }

  /** True while the shell waits for a command. */
  get isReady(): boolean {
    return this.state === "ready"
  }

  /**
   * Whether the next command's stderr can be kept apart: the shell has to be one that can, with its line editor on, and it
   * has to tell of the command's start, since nothing else says what stderr's first word is.
   */
  get canSplit(): boolean {
    return this.shell.integration.split !== undefined && !this.notes.noEditor && !this.startless
  }

  /**
   * Runs a text, of one or several lines, as if it were typed at the prompt. Returns false when the text was not taken:
   * while the shell is not ready, or when there is no place to hand over one that cannot be typed (longer than
   * `MAX_TYPED_BYTES`, or with control characters), or no second terminal for `split`. Nothing has happened then. Never
   * throws. The text must not hold a NUL.
   *
   * @param split keeps stderr apart; only while `canSplit`
   */
  submit(id: CommandId, text: string, split = false): boolean {
    if (this.state !== "ready") return false
    const canMend = this.mend && this.shell.integration.startsUnmarked === true
    const plain = this.notes.noEditor && isTypable(text) && !text.includes("\n") && !canMend
    // Without a line editor nothing can tell the shell another nonce but a command, and that would not be the user's.
    const nonce = plain ? this.nonce : newNonce()
    const command = { id, text, plain, nonce, unfinished: false, doubtful: false }
    if (!this.handOver(command)) return false
    if (split && !this.splits.open(nonce, this.size)) return false
    // The shell does not put it back, and so could not tell of its environment any more.
    restorePrivateDirectory(this.shell.files)
    this.command = command
    this.keys.begin()
    removePrivateFile(this.shell.files, SHELL_FILES.interrupted)
    // Sizing a shell that waits would make it redraw its prompt; it learns of the size with the next command.
    this.shell.pty.resize(this.size.cols, this.size.rows)
    this.type(command)
    return true
  }

  /** Keys for the running program, verbatim. While no command runs they come back by `typeAhead`. */
  write(bytes: Uint8Array): void {
    switch (this.state) {
      case "running":
      case "starting":
        if (this.keys.haveToWait || (this.isBeforePrompt && !SIGNAL_KEYS.test(Buffer.from(bytes).toString("latin1")))) {
          this.keys.hold(bytes)
          return
        }
        this.keys.typed()
        this.send(bytes)
        return
      case "checking":
      case "sent":
      case "probing":
        // Ctrl+C now would make the kernel throw away what we are typing.
        this.keys.hold(bytes)
        return
      case "ready":
        this.listener.typeAhead(typedText(Buffer.from(bytes).toString("utf8")))
        return
      case "dead":
        return
    }
  }

  /**
   * The command is over and the shell makes its prompt, which may take seconds: the terminal would echo what is typed now
   * among what hooks print.
   */
  private get isBeforePrompt(): boolean {
    return this.end.isMade && ownsTerminal(this.pid) === true
  }

  /** Ctrl+D at the prompt: the shell ends, or says in a notice why not. Does nothing while it is not ready. */
  endInput(): void {
    if (this.state !== "ready") return
    this.farewell = []
    this.shell.pty.write(END_OF_INPUT)
  }

  /** What the emulator answers to the running program's questions. Dropped once no program runs. */
  reply(bytes: Uint8Array | string): void {
    if (this.state !== "running" && this.state !== "starting") return
    this.keys.answered()
    this.shell.pty.reply(bytes)
  }

  /**
   * The terminal's size in cells. A running program is told at once, a waiting shell with its next command, and a
   * command on its way when it starts: a line editor that learns of a size draws its prompt anew, and between Enter and
   * the start mark a new prompt says that nothing was run.
   */
  resize(cols: number, rows: number): void {
    this.size = { cols, rows }
    // First: the signal comes from the shell's own terminal, the other one is nobody's controlling terminal.
    this.splits.resize(cols, rows)
    if (this.state === "running" || this.state === "starting") this.shell.pty.resize(cols, rows)
  }

  /** Stops reading output of one stream (back-pressure): "stderr" is that of a command that has it apart. */
  pause(stream: OutputStream = "stdout"): void {
    if (stream === "stdout") this.shell.pty.pause()
    this.splits.pause(stream)
  }

  resume(stream: OutputStream = "stdout"): void {
    if (stream === "stdout") this.shell.pty.resume()
    this.splits.resume(stream)
  }

  /** The commands in the shell's own history file, oldest first: what it held when this is called. */
  history(): ReadonlyArray<string> {
    return readShellHistory(this.shell.files, this.shell.integration)
  }

  /** Functions and aliases of the shell at its latest prompt. */
  names(): NamesOfShell {
    return readShellNames(this.shell.files, this.shell.integration)
  }

  /** What leaving would end: programs, or a command that is the shell's own work, such as a loop between two programs. */
  jobs(): ReadonlyArray<Job> {
    const programs = sessionJobs(this.pid, this.jobTable())
    if (programs.length > 0 || this.state !== "running" || this.command === null) return programs
    return [{ pid: this.pid, name: this.command.text.trim().split("\n")[0] ?? "" }]
  }

  /** Ends the shell and its programs (see `endSession`), closes the terminal, removes the private directory. */
  close(): Promise<void> {
    this.closing ??= endSession(this.pid, this.jobTable()).finally(() => {
      this.stopTimers()
      this.state = "dead"
      this.shell.pty.close()
      this.splits.close()
      removePrivateDirectory(this.shell.files)
    })
    return this.closing
  }

  private jobTable(): JobTable {
    return {
      leaders: this.environment.jobs,
      disowned: this.disowned,
      disowning: /\bdisown\b/.test(this.command?.text ?? "")
    }
  }

  // — typing —

  /** Writes the file of a command whose text cannot be typed. Returns false when that is impossible. */
  private handOver({ text, plain, nonce }: Command): boolean {
    const { files, integration } = this.shell
    if (plain || (this.isTyped(text) && !this.notes.noEditor)) return true
    const content = this.notes.noEditor
      ? integration.sourceFile(text, nonce, this.mend)
      : (integration.commandFile?.(text, nonce) ?? text)
    return writePrivateFile(files, SHELL_FILES.command, content)
  }

  private isTyped(text: string): boolean {
    return this.shell.integration.commandFile === undefined && isTypable(text)
  }

  /** Types a command that was handed over. */
  private type(command: Command): void {
    const { integration, pty, files } = this.shell
    const { text, nonce } = command
    this.end.withdraw()
    this.watch.begin()
    this.output.begin(this.environment.jobs.size > 0 || text.includes("&") || integration.tellsNoJobs === true)
    this.echo = []
    this.echoSize = 0
    if (command.plain) {
      this.state = "sent"
      pty.write(`${text}\n`)
      // Without an echo (`stty -echo`) all that comes is output.
      if (this.isUnmarked) this.timer.set(ANSWER_MS, () => this.onStarted(null))
      return
    }
    if (this.notes.noEditor) {
      this.mend = false
      this.state = "sent"
      pty.write(integration.source(join(files, SHELL_FILES.command)))
      return
    }
    const load = this.isTyped(text) ? integration.load(text, nonce, this.mend) : integration.loadFile(nonce, this.mend)
    const keys = this.splits.endKeys + load
    this.mend = false
    if (integration.isSurelyComplete(text)) {
      this.state = "sent"
      pty.write(keys + this.accept())
      return
    }
    this.state = "checking"
    pty.write(keys + integration.check)
    // A shell that does not answer is left to judge by itself.
    this.timer.set(ANSWER_MS, () => this.onChecked(command, true))
  }

  private onChecked(command: Command, complete: boolean): void {
    this.timer.stop()
    if (complete) {
      this.state = "sent"
      this.shell.pty.write(this.accept())
      return
    }
    this.nonce = command.nonce
    this.giveBack(command)
  }

  private accept(): string {
    return this.splits.beginKeys + this.shell.integration.accept
  }

  /** The command is not run. */
  private giveBack(command: Command): void {
    this.command = null
    this.splits.giveUp()
    removePrivateFile(this.shell.files, SHELL_FILES.command)
    this.listener.incomplete(command.id)
    this.emptyEditLine("")
  }

  /** Empties the edit line, and is ready once the shell has said that it is empty. */
  private emptyEditLine(before: string): void {
    const { clear, probe } = this.shell.integration
    this.state = "probing"
    this.shell.pty.write(before + clear + probe)
    this.timer.set(ANSWER_MS, () => this.onUnanswered(MAX_STRAYS))
  }

  private send(bytes: Uint8Array): void {
    // Hooks of a text of several lines look for this file: after Ctrl+C the rest of the lines is dropped.
    // Without it they run on, as they do in a bare bash.
    if (this.command?.text.includes("\n") && bytes.includes(3)) {
      writePrivateFile(this.shell.files, SHELL_FILES.interrupted, "")
    }
    this.shell.pty.write(bytes)
  }

  // — what the shell says —

  private onOutput(bytes: Buffer): void {
    this.watch.printed(bytes)
    if (this.watch.isLost && !this.end.isMade && !this.end.isPrinting) {
      this.listener.output(this.command?.id ?? null, bytes, "stdout")
      return
    }
    if (this.printedRight !== null) {
      this.printedRight.push(Buffer.from(bytes))
      return
    }
    if (this.end.print(bytes)) return
    if (this.output.isLeft) {
      this.output.push(bytes)
      return
    }
    switch (this.state) {
      case "starting": {
        const printed = this.lineEditor.withoutLineSign?.(bytes) ?? bytes
        if (printed.length > 0) this.output.push(printed)
        return
      }
      case "running":
        this.output.push(bytes)
        return
      case "checking":
      case "sent":
        if (this.end.isMade) this.output.push(bytes)
        else this.keepEcho(bytes)
        return
      case "ready":
      case "probing":
        if (this.farewell !== null) this.farewell.push(Buffer.from(bytes))
        else if (!this.lineEditor.isNoise(bytes, this.end.text) && this.state === "ready") this.onLateOutput(bytes)
        return
      case "dead":
        return
    }
  }

  /** Printed while the shell waits: by a background job, by the shell about one, or a prompt that somebody else has set. */
  private onLateOutput(bytes: Buffer): void {
    const { redrawn } = this.lineEditor
    const { before, prompt } = redrawn?.(bytes) ?? { before: bytes, prompt: null }
    // Both in one block, a notice or not: how they are cut into chunks says nothing.
    if (!this.lineEditor.isNoise(before, this.end.text)) this.listener.output(null, before, "stdout")
    if (prompt !== null) this.onRedrawn(promptText(prompt))
  }

  private keepEcho(bytes: Buffer): void {
    this.echo.push(Buffer.from(bytes))
    this.echoSize += bytes.length
    while (this.echoSize > MAX_ECHO_BYTES && this.echo.length > 1) this.echoSize -= this.echo.shift()!.length
    if (this.isUnmarked) this.lookForEcho()
    else if (this.state === "sent" && this.startless) {
      const output = this.lineEditor.outputAfterAccept(Buffer.concat(this.echo))
      if (output === null) return
      this.onStarted(null)
      this.onOutput(output)
    }
  }

  /** A line was typed whose start no mark tells, and it may start. */
  private get isUnmarked(): boolean {
    const { command, state, shell } = this
    if (state !== "sent" || shell.integration.startsUnmarked !== true) return false
    return command?.plain === true && !command.unfinished
  }

  /** The typed line has begun to run once something is printed behind its echo, or the shell is not reading on. */
  private lookForEcho(): void {
    const { isEchoed, output } = splitEcho(Buffer.concat(this.echo), this.command!.text)
    if (!isEchoed) return
    if (output.length === 0) this.startSoon(MAX_START_LOOKS)
    else this.onStarted(null)
  }

  private startSoon(looks: number): void {
    this.timer.set(START_LOOK_MS, () => {
      if (!this.isUnmarked) return
      // It may still be parsing, and ask for more lines.
      if (looks > 0 && processStatus(this.pid)?.state === "R") this.startSoon(looks - 1)
      else this.onStarted(null)
    })
  }

  private onMark(mark: Mark): void {
    // zsh marks the end of what its start files have printed before a pooled shell looks for what it is given.
    if (!this.initUnlinked && mark.kind !== "outputEnd") {
      this.initUnlinked = true
      for (const name of [...this.shell.startFiles, SHELL_FILES.go, SHELL_FILES.prepare]) {
        removePrivateFile(this.shell.files, name)
      }
    }
    if (mark.kind === "editor") {
      if (this.end.isMade) this.end.beginPrompt(null)
      else this.lookForLostHooks()
      return
    }
    // The nonce says whose mark it is; anything else was printed by a program, and is dropped.
    const ours = mark.nonce === (this.command?.nonce ?? this.nonce)
    const before = this.command !== null && this.state !== "running" && mark.nonce === this.nonce
    if (!ours && !before) return
    this.watch.marked()
    const right = this.printedRight
    this.printedRight = null
    switch (mark.kind) {
      case "rightPrompt":
        this.printedRight = []
        return
      case "rightPromptEnd":
        if (right !== null) this.onRightPrompt(Buffer.concat(right))
        return
      case "start":
        if (!ours) return
        if (this.state === "sent" || this.state === "checking") {
          // What the line editor has written there belongs to the echo.
          this.splits.drain()
          this.onStarted(mark.text)
        }
        this.splits.marked()
        return
      case "asks":
        if (!ours || this.state !== "sent") return
        this.onStarted(null)
        // The answer may have the text back in the edit line.
        this.keys.typed()
        return
      case "stopped":
        if (ours) this.output.stop()
        return
      case "outputEnd":
        if (ours) this.splits.drain()
        if (ours && ownsTerminal(this.pid) !== false) this.output.leave()
        return
      case "end":
        // Where nothing was run, what the shell said instead is no notice.
        if (ours) this.splits.drain()
        this.onEnd(mark, ours)
        if (ours) this.splits.marked()
        return
      case "prompt":
        if (this.state === "running" && ownsTerminal(this.pid) === false) return
        this.right = new Uint8Array()
        this.end.beginPrompt(mark)
        return
      case "promptEnd":
        this.onPromptEnd(ours)
        return
      case "continue":
        this.onContinue(ours)
        return
      case "check":
        if (ours && this.state === "checking" && this.command !== null) this.onChecked(this.command, mark.complete)
        return
      case "line":
        this.onLine(mark)
        return
    }
  }

  /** Whether a shell that waits for input now has failed to say so. */
  private owesMark(): boolean {
    switch (this.state) {
      case "starting":
        return this.watch.isAtEditor
      case "checking":
      case "sent":
        return true
      case "running":
        // Anything else may be a builtin that reads or waits.
        return this.watch.isAtEditor || removesHooks(this.command?.text ?? "")
      default:
        return false
    }
  }

  /** From here on it is a program like any other; a command that is on its way or runs is what has it. */
  private onLost(directory: string): void {
    this.timer.stop()
    clearTimeout(this.slowTimer)
    this.repair = false
    this.end.withdraw()
    const unread = Buffer.concat(this.echo)
    if (this.state === "sent" || this.state === "checking") this.onStarted(null)
    this.output.passEditor()
    this.output.flush()
    this.listener.bare(this.command?.id ?? null, directory)
    if (unread.length > 0) this.onOutput(unread)
    // What was typed while a prompt was made is its own now.
    if (this.state === "running" || this.state === "starting") this.keys.start(false)
  }

  private onStarted(quoted: string | null): void {
    const command = this.command!
    this.timer.stop()
    const unmarked = this.isUnmarked ? splitEcho(Buffer.concat(this.echo), command.text) : null
    if (unmarked !== null && unmarked.before.length > 0) this.listener.output(null, unmarked.before, "stdout")
    const printed = this.startless || command.plain ? "" : this.lineEditor.afterAccept(Buffer.concat(this.echo), false)
    const before = this.lineEditor.beforeStart?.(Buffer.concat(this.echo)) ?? null
    this.startless = false
    this.echo = []
    this.state = "running"
    this.nonce = command.nonce
    this.output.start()
    removePrivateFile(this.shell.files, SHELL_FILES.command)
    this.shell.pty.resize(this.size.cols, this.size.rows)
    const shown = isExpandable(command.text) && printed !== "" ? printed : command.text
    this.listener.started(command.id, quoted === null ? shown : this.shell.integration.unquote(quoted))
    if (before !== null && before.length > 0) this.listener.output(command.id, before, "stdout")
    if (unmarked !== null && unmarked.output.length > 0) this.onOutput(unmarked.output)
    this.keys.start(this.lineEditor.startsRaw === true)
  }

  private onEnd(mark: Extract<Mark, { kind: "end" }>, ours: boolean): void {
    if (!ours) {
      // The prompt began anew while our keys were under way: the kernel may have dropped them.
      if (this.command !== null) this.command.doubtful = !this.notes.noEditor
      return
    }
    if (this.isUnmarked) this.onStarted(null)
    this.output.claimEnd()
    this.notes = mark.notes
    this.mend = mark.raw
    this.end.makeByMark(mark)
  }

  private onPromptEnd(ours: boolean): void {
    const prompt = this.end.endPrompt()
    if (prompt === null) return
    if (!ours) {
      if (this.command?.doubtful === true) {
        this.command.doubtful = false
        // The answer shows its question: one that is late must not make us type a command twice.
        const { clear, probe } = this.shell.integration
        this.shell.pty.write(`${clear}${this.command.nonce}${probe}`)
      }
      return
    }
    this.end.sawPromptEnd()
    if (!this.end.isMade) {
      if (this.state === "running" || this.state === "starting") {
        // The hooks are gone; the prompt is all that is left to tell the end, and `echo "${PS1@P}"` prints it, too.
        this.repair = true
        this.output.claimEnd()
        this.end.text = prompt.text
        this.end.make(prompt.claim, PROMPT_LOOK_MS)
        return
      }
      if (this.state === "ready") this.onRedrawn(prompt.text)
      // Drawn again; or bash reads another line without having run its hooks: there was no such history event.
      if (this.state !== "sent") return
      this.end.make(prompt.claim, null)
    }
    if (ownsTerminal(this.pid) === false) return
    this.end.text = prompt.text
    this.onPrompted()
  }

  /** The prompt was drawn anew, with more to say: a clock, or what a job in the background has found out. */
  private onRedrawn(text: Uint8Array): void {
    const isTold = this.farewell === null && Buffer.compare(text, this.end.text) === 0
    this.tellFarewell(NOTHING)
    if (isTold) return
    this.end.text = text
    this.listener.ready({ text, right: this.right, directory: this.directory })
  }

  /** What stands to the right is drawn after the prompt, when the shell is ready already. */
  private onRightPrompt(text: Buffer): void {
    if (text.equals(this.right)) return
    this.right = text
    if (this.state === "ready") this.listener.ready({ text: this.end.text, right: text, directory: this.directory })
  }

  /** The text was unfinished after all: give up the line. Its Ctrl+C ends in an ordinary prompt. */
  private onContinue(ours: boolean): void {
    const command = this.command
    if (!ours || command === null || ownsTerminal(this.pid) === false) return
    if (this.state === "sent") {
      command.unfinished = true
      // What was read from a file is given up already.
      if (!command.plain && this.shell.integration.startsUnmarked === true) return
    } else if (this.state !== "running" || !command.text.includes("\n")) return
    this.shell.pty.write((this.notes.noEditor ? this.shell.integration.giveUp : undefined) ?? "\x03")
  }

  private onLine(mark: Extract<Mark, { kind: "line" }>): void {
    if (this.state === "probing") {
      const line = this.shell.integration.unquote(mark.line)
      this.keys.find(line)
      if (line === "") this.becomeReady()
      else this.emptyEditLine("")
      return
    }
    const command = this.command
    if (command === null) return
    if (this.state === "running") {
      // The shell edits a line: the prompt's, or the one of `read -e`.
      if (mark.nonce !== command.nonce || /(^|\W)(read|vared)\s/.test(this.shell.integration.unquote(mark.running))) {
        this.output.passEditor()
        return
      }
      this.repair = true
      this.output.claimEnd()
      this.end.make(mark, 0)
      return
    }
    // Had our keys arrived, they would have changed the nonce before this answer: they were lost.
    const isAnswer = this.shell.integration.unquote(mark.line) === String(command.nonce)
    if (!isAnswer || mark.nonce === command.nonce) return
    if (this.handOver(command)) this.type(command)
    else this.giveBack(command)
  }

  /** The line editor drew a prompt, yet nothing of ours was printed: ask it, unless a program of the user reads there. */
  private lookForLostHooks(): void {
    if (this.state !== "running" || this.end.isMade || this.end.isPrinting) return
    this.timer.set(PROMPT_LOOK_MS, () => {
      if (this.state !== "running" || this.end.isMade) return
      if (this.watch.isReplaced) this.watch.lose()
      else if (waitsForInput(this.pid)) {
        this.watch.isAtEditor = true
        this.shell.pty.write(this.shell.integration.probe)
      } else this.output.passEditor()
    })
  }

  // — the end of a command —

  private onPrompted(): void {
    this.splits.settle()
    this.timer.stop()
    this.keys.stop()
    this.watch.end()
    const claim = this.end.take()
    clearTimeout(this.slowTimer)
    this.directory = this.directoryOf(claim.directory)
    const command = this.command
    this.command = null
    const was = this.state
    const refused =
      was === "sent" &&
      this.lineEditor.keepsRefused === true &&
      this.lineEditor.afterAccept(Buffer.concat(this.echo), this.notes.noEditor) !== ""
    if (command !== null) this.finish(command, claim, was)
    this.status = claim.status
    this.state = "probing"
    const after = this.output.end()
    // What is drawn after a refusal is the edit line.
    this.tellFarewell(refused ? NOTHING : after)
    const change = this.environment.changed()
    if (change !== null) this.listener.environment(change)
    if (this.shell.integration.tellsNoJobs !== true) {
      this.disowned = disownedGroups(this.pid, this.environment.jobs)
    }
    this.splits.leave()
    const rejoin = this.splits.endKeys
    this.listener.jobs({ leaders: this.environment.jobs, disowned: this.disowned })
    if (this.repair) this.shell.pty.write(this.shell.integration.repair)
    this.startless = this.repair || this.notes.noPromptMarks
    this.repair = false
    // Ctrl+C at the prompt takes a question away that was asked there, so it is asked again.
    if ((this.keys.mayStand || was === "probing" || rejoin !== "") && !this.notes.noEditor) {
      const { abort, probe } = this.shell.integration
      this.shell.pty.write(abort + rejoin + probe)
      this.timer.set(ANSWER_MS, () => this.onUnanswered(MAX_STRAYS))
    } else if (refused) {
      this.emptyEditLine("")
    } else {
      this.becomeReady()
    }
  }

  /** What the shell said to the end of its input, and what was printed between a command's end and the prompt. */
  private tellFarewell(after: Buffer): void {
    const notice = Buffer.concat([this.lineEditor.withoutEditor(Buffer.concat(this.farewell ?? [])), after])
    this.farewell = null
    if (notice.length > 0) this.listener.notice(this.latest, notice)
  }

  /** What was typed ahead may have started a program from a key binding, a menu or an editor: it has our question now. */
  private onUnanswered(left: number): void {
    if (left === 0 || !this.keys.areUsers || !endStrays(this.pid)) {
      this.becomeReady()
      return
    }
    const { abort, clear, probe } = this.shell.integration
    this.shell.pty.write(abort + clear + probe)
    this.timer.set(ANSWER_MS, () => this.onUnanswered(left - 1))
  }

  private becomeReady(): void {
    this.timer.stop()
    this.watch.end()
    this.state = "ready"
    const ahead = this.keys.take()
    if (ahead !== "") this.listener.typeAhead(ahead)
    this.listener.ready({ text: this.end.text, right: this.right, directory: this.directory })
  }

  private finish(command: Command, { status, ago }: ReturnType<EndClaim["take"]>, was: State): void {
    this.nonce = command.nonce
    this.latest = command.id
    if (command.unfinished) {
      this.listener.incomplete(command.id)
      return
    }
    // Where nothing tells that nothing was run, the text does.
    let exitCode = command.plain && this.shell.integration.startsUnmarked && isBlank(command.text) ? 0 : status
    if (was !== "running") {
      // Nothing was run: a comment, a syntax error, a history event that does not exist.
      // Or one whose text is in the edit line now, to be looked at first (HIST_VERIFY, histverify).
      if (isExpandable(command.text)) this.keys.typed()
      const printed = this.lineEditor.afterAccept(Buffer.concat(this.echo), this.notes.noEditor)
      this.echo = []
      this.listener.started(command.id, command.text)
      this.tellPrinted(command, printed)
      if (status === this.status) exitCode = printed === "" ? 0 : status || 1
    }
    const signal = signalOfStatus(exitCode)
    this.listener.finished(command.id, { exitCode, signal, directory: this.directory, ago })
  }

  private directoryOf(quoted: string): string {
    const directory = this.shell.integration.unquote(quoted)
    return directory.startsWith("/") ? directory : (workingDirectory(this.pid) ?? this.directory)
  }

  /** What the shell itself printed instead of running a command. */
  private tellPrinted(command: Command, printed: string): void {
    if (printed === "") return
    this.listener.output(command.id, printedLines(printed), this.splits.isOpen ? "stderr" : "stdout")
  }

  private onExit(exit: PtyExit): void {
    this.parser.flush()
    this.splits.settle()
    this.stopTimers()
    const command = this.command
    const was = this.state
    this.output.flush()
    if (command !== null && (was === "sent" || was === "checking")) {
      this.listener.started(command.id, command.text)
      const printed = this.lineEditor.afterAccept(Buffer.concat(this.echo), this.notes.noEditor)
      this.tellPrinted(command, printed)
    }
    this.state = "dead"
    if (this.closing !== null) return
    this.splits.close()
    const farewell = this.lineEditor.withoutEditor(this.lineEditor.withoutGoodbye(Buffer.concat(this.farewell ?? [])))
    if (farewell.length > 0) this.listener.notice(this.latest, farewell)
    removePrivateDirectory(this.shell.files)
    this.listener.exited({ ...exit, during: command?.id ?? null, byItself: this.wasMeant(exit, command?.text ?? "") })
  }

  /** `set -e` ends the shell with an ordinary status, so the text is asked for a word that ends shells on purpose. */
  private wasMeant(exit: PtyExit, text: string): boolean {
    if (exit.signal !== null) return false
    if (this.farewell !== null) return true
    const errorsExit = this.notes.errorsExit || setsErrorsExit(text)
    return !errorsExit || exit.exitCode === 0 || endsShell(text)
  }

  private stopTimers(): void {
    this.timer.stop()
    this.keys.stop()
    this.watch.stop()
    clearTimeout(this.slowTimer)
  }
}
