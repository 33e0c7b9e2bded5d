import {
  childrenOf,
  ownsTerminal,
  type ProcessStatus,
  processStatus,
  processSwitches,
  sessionMembers
} from "../../platform.ts"
import type { Mark } from "../marks.ts"
import { promptText } from "../terminalText.ts"
import type { OneTimer } from "./OneTimer.ts"

/** How long an end mark waits for its prompt before the kernel is asked instead; the shorter where none is expected. */
const PROMPT_GRACE_MS = 80
const PROMPT_GRACE_QUIET_MS = 15
/** How long a prompt without an end mark waits for the kernel's word, and how often the kernel is asked again, in ms. */
export const PROMPT_LOOK_MS = 40
/** How long a shell that has its terminal back has to say itself that a command has ended, in ms. */
const FOREIGN_GRACE_MS = 250
/** What is kept of a prompt, in bytes. */
const MAX_PROMPT_BYTES = 262_144

/** What a mark says of a command's end. */
export type Claim = Pick<Extract<Mark, { kind: "end" }>, "status" | "directory">

interface PrintedPrompt {
  /** Null when only the line editor says so: promptvars is off. */
  readonly mark: Extract<Mark, { kind: "prompt" }> | null
  readonly bytes: Array<Buffer>
  size: number
}

/**
 * A command's end as the shell claims it, and the prompt that is printed after it. A claim holds when the prompt was
 * printed while the kernel says that the shell itself has the terminal, or, where no prompt comes, when the kernel says
 * so by and by. Until then another claim may replace it. Plain: bytes pass here.
 */
export class EndClaim {
  /** The latest prompt as it was printed. */
  text: Uint8Array = new Uint8Array()
  private claim: Claim | null = null
  /** When it was made, by the monotonic clock. */
  private since = 0
  /** Another program had the terminal when it was made. */
  private foreign = false
  /** A prompt is being printed. */
  private printed: PrintedPrompt | null = null
  /** An end mark has made the claim, and no whole prompt has been marked since. */
  private owesPrompt = false
  /** Prompts come without their marks (echo is off), so the kernel is asked sooner. */
  private quiet = false
  private readonly pid: number
  private readonly timer: OneTimer
  private readonly read: () => void
  private readonly onHeld: () => void

  /**
   * @param pid the shell's
   * @param timer shared with whatever else waits for the shell: its answer makes waiting for a prompt pointless
   * @param read reads all that the shell has printed so far, at once: the kernel's word says nothing of what is unread
   * @param onHeld called when the claim holds without a prompt's end mark
   */
  constructor(pid: number, timer: OneTimer, read: () => void, onHeld: () => void) {
    this.pid = pid
    this.timer = timer
    this.read = read
    this.onHeld = onHeld
  }

  /** An end is claimed. */
  get isMade(): boolean {
    return this.claim !== null
  }

  /** A prompt is being printed. */
  get isPrinting(): boolean {
    return this.printed !== null
  }

  /** Withdraws the claim: a command is typed. */
  withdraw(): void {
    this.claim = null
  }

  /** Claims an end that no mark tells of; the kernel is asked after `ms`, or not at all. */
  make(claim: Claim, ms: number | null): void {
    this.claim = claim
    this.owesPrompt = false
    this.since = performance.now()
    this.foreign = ownsTerminal(this.pid) === false
    if (ms !== null) this.holdIn(ms)
  }

  /** Claims the end that an end mark tells of; its prompt is to follow. */
  makeByMark(mark: Extract<Mark, { kind: "end" }>): void {
    this.printed = null
    this.make(mark, this.quiet || mark.notes.noPromptMarks ? PROMPT_GRACE_QUIET_MS : PROMPT_GRACE_MS)
    this.owesPrompt = true
  }

  /** Takes the claim that holds, which is none any more. `ago`: how long ago it was made, in ms. */
  take(): Claim & { readonly ago: number } {
    const { status, directory } = this.claim!
    this.claim = null
    return { status, directory, ago: performance.now() - this.since }
  }

  /** A prompt begins; `null`: the line editor says so alone, and only if no mark has. */
  beginPrompt(mark: Extract<Mark, { kind: "prompt" }> | null): void {
    if (mark === null && this.printed !== null) return
    this.printed = { mark, bytes: [], size: 0 }
  }

  /** Keeps bytes that belong to a prompt; false when none is being printed. */
  print(bytes: Buffer): boolean {
    if (this.printed === null) return false
    this.printed.size += bytes.length
    if (this.printed.size <= MAX_PROMPT_BYTES) this.printed.bytes.push(Buffer.from(bytes))
    return true
  }

  /** The prompt ends. Returns it, unless its beginning was not marked. */
  endPrompt(): { readonly claim: Claim; readonly text: Buffer } | null {
    const printed = this.printed
    this.printed = null
    if (printed === null || printed.mark === null) return null
    return { claim: printed.mark, text: promptText(Buffer.concat(printed.bytes)) }
  }

  /** Prompts are marked at both ends. */
  sawPromptEnd(): void {
    this.owesPrompt = false
    this.quiet = false
  }

  private holdIn(ms: number): void {
    this.timer.set(ms, () => {
      const { claim } = this
      if (claim === null) return
      if (!waitsForInput(this.pid)) {
        this.holdIn(PROMPT_LOOK_MS)
        return
      }
      // What it has printed before it waited may be its prompt.
      this.read()
      if (this.claim !== claim) return
      // Made by the program that has just ended, perhaps: the shell's own mark is due, and takes its place.
      if (this.foreign) {
        this.foreign = false
        this.holdIn(FOREIGN_GRACE_MS)
        return
      }
      this.quiet = this.owesPrompt && this.printed === null
      if (this.printed !== null) this.text = promptText(Buffer.concat(this.printed.bytes))
      this.printed = null
      this.onHeld()
    })
  }
}

/** How often a shell is looked at that has run while it was. */
const LOOKS = 3

/**
 * The kernel's word that a shell itself has the terminal and does nothing. Where the kernel is silent: true; not so when it
 * tells of us alone, since the shell is gone then, and its end is told by its exit.
 */
export const waitsForInput = (shell: number): boolean => {
  for (let look = 0; look < LOOKS; look++) {
    const switches = processSwitches(shell)
    const status = processStatus(shell)
    if (status === null) return processStatus(process.pid) === null
    if (status.foreground !== status.group || status.state !== "S") return false
    // Hooks run their subshells in the shell's own group.
    if ((childrenOf(shell) ?? []).length > 0 && hasCompany(status)) return false
    // Looking around takes milliseconds: it may have slept for a subshell that has ended meanwhile.
    if (processStatus(shell)?.state === "S" && processSwitches(shell) === switches) return true
  }
  return false
}

/** Whether other processes share the shell's own process group. */
const hasCompany = (shell: ProcessStatus): boolean =>
  sessionMembers(shell.session)?.some(({ pid, group }) => group === shell.group && pid !== shell.pid) ?? false
