import { randomBytes } from "node:crypto"
import { type BlockOrigin, type JobSource, jobSource, type OutputStream } from "../domain/Block.ts"
import { BlockId, idFromBytes } from "../domain/ids.ts"
import type { EnvironmentChange } from "../shell/integration/ShellIntegration.ts"
import { type JobGroups, JobOwners } from "../shell/JobOwners.ts"
import type { CommandEnd, Prompt, ShellEnd, ShellListener } from "../shell/ShellDriver.ts"
import type { BlockStore } from "../terminal/BlockStore.ts"
import { type BlockEnd, statusOf } from "./BlockService.ts"
import { decodeText } from "./noticeText.ts"

/** One thing the session's shell reported, in order, for the fiber that folds it into the session. */
export type ShellReport =
  | { readonly _tag: "Started"; readonly id: BlockId; readonly text: string }
  | {
      readonly _tag: "Loose"
      readonly id: BlockId
      readonly origin: BlockOrigin
      /** The command that it comes from, where one is known to have left a job. */
      readonly from: JobSource | null
      /** It may be of an incognito command. */
      readonly incognito: boolean
    }
  | { readonly _tag: "LooseEnded"; readonly id: BlockId }
  | {
      readonly _tag: "Finished"
      readonly id: BlockId
      readonly end: BlockEnd
      readonly directory: string
      readonly ago: number
    }
  | { readonly _tag: "Ready"; readonly prompt: string; readonly rightPrompt: string; readonly directory: string }
  | {
      readonly _tag: "Notice"
      readonly after: BlockId | null
      readonly text: string
      /** It may tell of an incognito command. */
      readonly incognito: boolean
    }
  | { readonly _tag: "TypedAhead"; readonly text: string }
  | { readonly _tag: "Incomplete"; readonly id: BlockId }
  | {
      readonly _tag: "Environment"
      readonly change: EnvironmentChange
      /** Names of variables that are as they are since an incognito command ran. */
      readonly hidden: ReadonlySet<string>
    }
  /** An incognito command has left a job running. */
  | { readonly _tag: "LeftJob"; readonly id: BlockId }
  | { readonly _tag: "Slow" }
  /** `block` has the terminal from now on. */
  | { readonly _tag: "Bare"; readonly block: BlockId; readonly directory: string }
  | { readonly _tag: "Used" }
  | { readonly _tag: "Exited"; readonly end: ShellEnd }

/** Where a reporter's words and bytes go. */
export interface ShellReporterOptions {
  readonly outputs: BlockStore
  /** Opens a block's output at once: its first bytes follow in the same chunk as the start mark. */
  readonly openOutput: (id: BlockId) => void
  /** Takes a report, in order. */
  readonly offer: (report: ShellReport) => void
  /** Types into the shell. */
  readonly write: (bytes: Uint8Array) => void
  /** Whether a command that starts is incognito. */
  readonly isIncognito: (id: BlockId) => boolean
}

/** A command that may leave jobs. */
interface Leaver {
  readonly source: JobSource
  readonly incognito: boolean
}

/**
 * Listens to the session's shell: bytes go into outputs at once, what has to become part of the session is offered in order,
 * and keys typed behind Enter wait here for the command they are meant for. Plain: it runs for every chunk of bytes.
 */
export class ShellReporter implements ShellListener {
  /** The shell has shown its first prompt. */
  prompted = false
  /** No prompt yet after a while. */
  isSlow = false
  /** The shell cannot be driven: keys are its own. */
  isBare = false
  /** Something was typed into a shell that cannot be driven: it was of use before it ended. */
  wasUsed = false
  readonly #options: ShellReporterOptions
  /**
   * Output that belongs to no command goes to a block without one: greetings of start files before the first prompt,
   * background jobs at a prompt.
   */
  #loose: BlockId | null = null
  #running: BlockId | null = null
  /** The latest command that has started. */
  #latest: Leaver | null = null
  readonly #jobs = new JobOwners<Leaver>()
  /** An incognito command has run in this shell: what nobody is known to have left may be of it. */
  #wasIncognito = false
  /** Keys typed behind Enter until the command has started, or was refused; null while none is on its way. */
  #behind: Array<Uint8Array> | null = null

  constructor(options: ShellReporterOptions) {
    this.#options = options
  }

  /** The block of output that belongs to no command, while there is one. */
  get loose(): BlockId | null {
    return this.#loose
  }

  /** The blocks that the shell's terminal prints to. */
  get open(): ReadonlyArray<BlockId> {
    return [this.#running, this.#loose].filter((id) => id !== null)
  }

  /** Another shell begins. */
  restart(): void {
    this.prompted = false
    this.isSlow = false
    this.#latest = null
    this.#wasIncognito = false
    this.#jobs.clear()
    this.isBare = false
    this.wasUsed = false
  }

  /** Keys are the next command's from now on. */
  holdKeys(): void {
    this.#behind ??= []
  }

  /** Keeps keys for a command on its way; false when there is none, or the shell's own have the keyboard. */
  keep(bytes: Uint8Array): boolean {
    if (this.isBare && !this.wasUsed) {
      this.wasUsed = true
      this.#options.offer({ _tag: "Used" })
    }
    if (this.#behind === null || this.isSlow || this.isBare) return false
    this.#behind.push(Uint8Array.from(bytes))
    return true
  }

  /** The keys that were kept; none are kept any more. */
  takeKeys(): ReadonlyArray<Uint8Array> {
    const keys = this.#behind ?? []
    this.#behind = null
    return keys
  }

  /** Types the keys that were kept. */
  typeKeys(): void {
    for (const bytes of this.takeKeys()) this.#options.write(bytes)
  }

  started(command: string, text: string): void {
    this.#endLoose()
    const id = BlockId.make(command)
    this.#running = id
    const incognito = this.#options.isIncognito(id)
    this.#latest = { source: jobSource(id, text), incognito }
    this.#wasIncognito ||= incognito
    this.#options.openOutput(id)
    this.#options.offer({ _tag: "Started", id, text })
    this.typeKeys()
  }

  output(command: string | null, bytes: Uint8Array, stream: OutputStream): void {
    const { outputs } = this.#options
    const output = command === null ? outputs.live(this.#openLoose()) : outputs.live(BlockId.make(command), stream)
    output?.write(bytes)
  }

  finished(command: string, { exitCode, signal, directory, ago }: CommandEnd): void {
    this.#running = null
    // A comment ends without having started.
    this.typeKeys()
    const end = { status: statusOf(exitCode, signal), exitCode, signal }
    this.#options.offer({ _tag: "Finished", id: BlockId.make(command), end, directory, ago })
  }

  ready(prompt: Prompt): void {
    if (!this.prompted || this.isBare) this.#endLoose()
    this.prompted = true
    this.isSlow = false
    this.isBare = false
    const { text, right, directory } = prompt
    this.#options.offer({
      _tag: "Ready",
      prompt: decodeText(text),
      rightPrompt: decodeText(right).split("\n")[0] ?? "",
      directory
    })
  }

  notice(after: string | null, bytes: Uint8Array): void {
    const id = after === null ? null : BlockId.make(after)
    const incognito = this.#hasIncognitoJob
    this.#options.offer({ _tag: "Notice", after: id, text: decodeText(bytes), incognito })
  }

  jobs(groups: JobGroups): void {
    const latest = this.#latest
    const hadLeft = latest !== null && this.#jobs.all.includes(latest)
    this.#jobs.update(groups, latest)
    if (latest?.incognito === true && !hadLeft && this.#jobs.all.includes(latest)) {
      this.#options.offer({ _tag: "LeftJob", id: latest.source.block })
    }
  }

  typeAhead(text: string): void {
    this.#options.offer({ _tag: "TypedAhead", text })
  }

  incomplete(command: string): void {
    this.#options.offer({ _tag: "Incomplete", id: BlockId.make(command) })
  }

  environment(change: EnvironmentChange, hidden: ReadonlySet<string>): void {
    this.#options.offer({ _tag: "Environment", change, hidden: new Set(hidden) })
  }

  slow(): void {
    this.isSlow = true
    this.#options.offer({ _tag: "Slow" })
  }

  bare(during: string | null, directory: string): void {
    this.isSlow = false
    this.isBare = true
    const block = during === null ? this.#openLoose() : BlockId.make(during)
    this.#options.offer({ _tag: "Bare", block, directory })
  }

  exited(end: ShellEnd): void {
    this.#running = null
    this.#endLoose()
    this.#options.offer({ _tag: "Exited", end })
  }

  get #hasIncognitoJob(): boolean {
    return this.#jobs.all.some(({ incognito }) => incognito)
  }

  #openLoose(): BlockId {
    if (this.#loose === null) {
      this.#loose = BlockId.make(idFromBytes(randomBytes(17)))
      this.#options.openOutput(this.#loose)
      const origin = this.prompted ? "background" : "start"
      const from = this.prompted ? this.#jobs.latest : null
      // One terminal, and nobody says who prints: as long as it may be an incognito command's, it is treated so.
      const incognito = this.#hasIncognitoJob || (from === null && this.#wasIncognito)
      this.#options.offer({ _tag: "Loose", id: this.#loose, origin, from: from?.source ?? null, incognito })
    }
    return this.#loose
  }

  #endLoose(): void {
    if (this.#loose !== null) this.#options.offer({ _tag: "LooseEnded", id: this.#loose })
    this.#loose = null
  }
}
