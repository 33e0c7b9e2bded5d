import type { LineEditor, ShellIntegration } from "../integration/ShellIntegration.ts"
import { JobNotices } from "./JobNotices.ts"

const NO_PROMPT = new Uint8Array()
const NOTHING = Buffer.alloc(0)
/** How long a line that looks like a job notice waits for the end mark before it is output, in ms. */
const NOTICE_WAIT_MS = 100

/**
 * Decides which bytes of a running command are its output: not the line editor's first word before a prompt, not what
 * is printed after the end, not what the shell says about finished jobs. Plain: every byte passes here.
 */
export class CommandOutput {
  private readonly deliver: (bytes: Buffer) => void
  private readonly onEditor: () => void
  private readonly lineEditor: LineEditor
  private readonly notices: JobNotices | null
  private timer: NodeJS.Timeout | undefined
  /** Held back since an end was claimed. */
  private after: Array<Buffer> | null = null
  /** The shell has said that an end mark will follow. */
  private left = false
  private hasJobs = false
  private stopped = false
  /** What the line editor wrote when it took the terminal, which may be output. */
  private editor: Buffer | null = null
  /** The first bytes since the start mark, while some of them may be the line editor's; null afterwards. */
  private opening: Buffer | null = null

  /**
   * @param integration of the shell
   * @param deliver gets what is output
   * @param onEditor is told when a line editor, the shell's or a program's, takes the terminal
   */
  constructor({ lineEditor, jobNotices }: ShellIntegration, deliver: (bytes: Buffer) => void, onEditor: () => void) {
    this.lineEditor = lineEditor
    this.notices = jobNotices === null ? null : new JobNotices(jobNotices)
    this.deliver = deliver
    this.onEditor = onEditor
  }

  /** A new command. `hasJobs`: the shell may have to report on one. */
  begin(hasJobs: boolean): void {
    this.hasJobs = hasJobs
    this.stopped = false
    this.editor = null
    this.after = null
    this.left = false
    this.notices?.take()
  }

  /** The start mark has come. */
  start(): void {
    if (this.lineEditor.opening !== undefined) this.opening = NOTHING
  }

  /** An end mark is to come: what is printed until then belongs to no command. */
  get isLeft(): boolean {
    return this.left
  }

  push(chunk: Buffer): void {
    const bytes = this.opening === null ? chunk : this.open(chunk)
    if (bytes.length === 0) return
    if (this.after !== null) {
      this.after.push(Buffer.from(bytes))
      // The hook that would print the end mark is gone.
      if (this.left && this.entersAt(bytes) !== -1) this.onEditor()
      return
    }
    if (this.stopped) return
    // The answer to a question of ours moves the cursor before it comes.
    if (this.editor !== null && this.lineEditor.isNoise(bytes, NO_PROMPT)) return
    this.passEditor()
    let output = bytes
    const entered = this.entersAt(output)
    if (entered !== -1) {
      this.editor = output.subarray(entered)
      output = output.subarray(0, entered)
    }
    if (this.hasJobs && this.notices !== null) {
      output = this.notices.push(output)
      clearTimeout(this.timer)
      if (this.notices.isHolding) this.timer = setTimeout(() => this.passNotices(), NOTICE_WAIT_MS)
    }
    if (output.length > 0) this.deliver(output)
    if (this.editor !== null || this.lineEditor.enters?.(output) === true) this.onEditor()
  }

  /** The rest of a text of several lines is dropped: what its lines print on the way is none of theirs. */
  stop(): void {
    this.stopped = true
  }

  /** The shell says that the output is over. What follows is output only if no end mark does, but this word again. */
  leave(): void {
    this.left = false
    this.claimEnd()
    this.left = true
  }

  /** An end is claimed. What follows is output only if the claim is replaced by another. */
  claimEnd(): void {
    this.opening = null
    if (this.left) {
      this.left = false
      return
    }
    const since = this.after
    this.after = null
    if (since !== null) this.push(Buffer.concat(since))
    clearTimeout(this.timer)
    this.after = this.notices?.isHolding === true ? [this.notices.take()] : []
  }

  /** The line editor is a program's (`read -e`): its first word is output. */
  passEditor(): void {
    const editor = this.editor
    if (editor === null) return
    this.editor = null
    this.deliver(editor)
  }

  /** The command has ended. Returns what was printed after its end. */
  end(): Buffer {
    clearTimeout(this.timer)
    const after = this.after ?? (this.notices === null ? [] : [this.notices.take()])
    this.after = null
    this.left = false
    this.editor = null
    return this.lineEditor.withoutEditor(Buffer.concat(after))
  }

  /** The stream has ended: everything is output. */
  flush(): void {
    const after = this.after
    this.after = null
    this.left = false
    if (after !== null) this.push(this.lineEditor.withoutEditor(Buffer.concat(after)))
    this.passNotices()
  }

  private open(chunk: Buffer): Buffer {
    const bytes = Buffer.concat([this.opening!, chunk])
    const output = this.lineEditor.opening!(bytes)
    this.opening = output === null ? bytes : null
    return output ?? NOTHING
  }

  /** Where the line editor takes the terminal and only draws from there on, or -1. */
  private entersAt(bytes: Buffer): number {
    const { entered, isNoise } = this.lineEditor
    const at = bytes.lastIndexOf(entered)
    return at !== -1 && isNoise(bytes.subarray(at), NO_PROMPT) ? at : -1
  }

  private passNotices(): void {
    clearTimeout(this.timer)
    if (this.notices?.isHolding === true) this.deliver(this.notices.take())
  }
}
