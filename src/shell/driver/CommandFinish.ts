import { workingDirectory } from "../../platform.ts"
import { isBlank, isExpandable, signalOfStatus } from "../commandText.ts"
import { disownedGroups } from "../endSession.ts"
import type { DriverParts } from "./DriverParts.ts"
import type { DrivenCommand, DriverPhase } from "./DriverState.ts"
import type { Claim, EndClaim } from "./EndClaim.ts"

const NOTHING = Buffer.alloc(0)

/** Lines as a terminal prints them. */
const printedLines = (text: string): Buffer => Buffer.from(`${text.replaceAll("\n", "\r\n")}\r\n`, "utf8")

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
  | "prompt"
>

/** The end of a command, and of the start files: what is told at the prompt, and what is typed before the next command. */
export class CommandFinish {
  /** Leaders of process groups that the shell has disowned, as of the latest prompt. */
  disowned: ReadonlySet<number> = new Set()
  /** The prompt hooks are gone: they are put back at the prompt. */
  #repair = false
  /** `$?` at the latest prompt. */
  #status = 0
  readonly #with: Parts

  constructor(parts: Parts) {
    this.#with = parts
  }

  /** Claims an end that no end mark tells of, since the hooks are gone; the kernel is asked after `ms`. */
  claimWithoutHooks(claim: Claim, ms: number): void {
    this.#repair = true
    this.#with.output.claimEnd()
    this.#with.end.make(claim, ms)
  }

  /** The shell is given up: no end is claimed any more. */
  withdraw(): void {
    this.#repair = false
    this.#with.end.withdraw()
  }

  /** The claimed end holds: the shell is at its prompt. */
  prompted(): void {
    const { shell, listener, state, timer, watch, environment, start, keys, output, splits, end, editLine, prompt } =
      this.#with
    const { integration } = shell
    splits.settle()
    timer.stop()
    keys.stop()
    watch.end()
    const claim = end.take()
    prompt.directory = this.#directoryOf(claim.directory)
    const { command, phase: was } = state
    state.command = null
    const refused = was === "sent" && integration.lineEditor.keepsRefused === true && start.printedInstead !== ""
    if (command !== null) this.#tell(command, claim, was)
    this.#status = claim.status
    state.phase = "probing"
    const after = output.end()
    // What is drawn after a refusal is the edit line.
    prompt.notice(refused ? NOTHING : after)
    const change = environment.changed(command?.incognito === true)
    if (change !== null) listener.environment(change, environment.hidden)
    if (integration.tellsNoJobs !== true) this.disowned = disownedGroups(shell.pty.pid, environment.jobs)
    const hasJobs = environment.jobs.size > 0 || this.disowned.size > 0
    state.printsLate = hasJobs && !state.notes.noEditor && integration.lineEditor.drawsInParts !== true
    splits.leave()
    const rejoin = splits.endKeys
    listener.jobs({ leaders: environment.jobs, disowned: this.disowned })
    if (this.#repair) shell.pty.write(integration.repair)
    start.isMarkGone = this.#repair || state.notes.noPromptMarks
    this.#repair = false
    // Ctrl+C at the prompt takes a question away that was asked there, so it is asked again.
    if ((keys.mayStand || was === "probing" || rejoin !== "") && !state.notes.noEditor) editLine.ask(rejoin)
    else if (refused) editLine.empty()
    else editLine.ready()
  }

  /** What the shell itself printed instead of running a command. */
  tellPrinted(command: DrivenCommand, printed: string): void {
    if (printed === "") return
    this.#with.listener.output(command.id, printedLines(printed), this.#with.splits.isOpen ? "stderr" : "stdout")
  }

  #tell(command: DrivenCommand, { status, ago }: ReturnType<EndClaim["take"]>, was: DriverPhase): void {
    const { shell, listener, state, start, keys, prompt } = this.#with
    state.nonce = command.nonce
    prompt.latest = command.id
    if (command.unfinished) {
      listener.incomplete(command.id)
      return
    }
    // Where nothing tells that nothing was run, the text does.
    let exitCode = command.plain && shell.integration.startsUnmarked && isBlank(command.text) ? 0 : status
    if (was !== "running") {
      // Nothing was run: a comment, a syntax error, a history event that does not exist.
      // Or one whose text is in the edit line now, to be looked at first (HIST_VERIFY, histverify).
      if (isExpandable(command.text)) keys.typed()
      const printed = start.printedInstead
      start.tellLate(command, printed)
      start.dropEcho()
      listener.started(command.id, command.text)
      this.tellPrinted(command, printed)
      if (status === this.#status) exitCode = printed === "" ? 0 : status || 1
    }
    listener.finished(command.id, {
      exitCode,
      signal: signalOfStatus(exitCode),
      directory: prompt.directory,
      ago
    })
  }

  #directoryOf(quoted: string): string {
    const { shell, prompt } = this.#with
    const directory = shell.integration.unquote(quoted)
    return directory.startsWith("/") ? directory : (workingDirectory(shell.pty.pid) ?? prompt.directory)
  }
}
