import type { LineEditor } from "../integration/ShellIntegration.ts"
import type { Mark } from "../marks.ts"
import type { CommandId } from "../ShellListener.ts"
import { promptText } from "../terminalText.ts"
import type { DriverParts } from "./DriverParts.ts"
import { lateOutput } from "./lateOutput.ts"

const NOTHING = Buffer.alloc(0)
const LINE_END = Buffer.from("\r\n")
/** No shell says more to the end of its input, in bytes; it may not even have heard of it (fish's `bind \cd`). */
const MAX_FAREWELL_BYTES = 16_384
/** What is kept of what is printed while the shell is asked what was typed ahead, in bytes; of more the oldest is told. */
const MAX_ASKED_BYTES = 262_144
/** No end of a chunk that has a meaning only with the next one is longer, in bytes. */
const MAX_UNFINISHED_BYTES = 256

/** What stands at the prompt, and what is printed there while the shell waits: a prompt drawn anew, jobs, a farewell. */
export class PromptScreen {
  /** The shell's working directory, as it said last. */
  directory: string
  /** The latest finished command, for notices. */
  latest: CommandId | null = null
  /** The latest prompt's part to the right of the edit line, and what of the next is printed now. */
  #right: Uint8Array = new Uint8Array()
  #printedRight: Array<Buffer> | null = null
  /** What the shell says to the end of its input; null while it was not told. */
  #farewell: Array<Buffer> | null = null
  /** What jobs have printed so far has ended its line. */
  #atLineStart = true
  /** The end of the latest chunk, which the next one may go on with. */
  #unfinished: Buffer = NOTHING
  /** What is printed while the shell is asked what was typed ahead, and what it has answered so far. */
  #asked: Array<Buffer> = []
  #askedSize = 0
  #typed: Array<string> = []
  readonly #lineEditor: LineEditor
  readonly #with: Pick<DriverParts, "listener" | "state" | "end">

  constructor(parts: Pick<DriverParts, "shell" | "listener" | "state" | "end">) {
    this.directory = parts.shell.directory
    this.#lineEditor = parts.shell.integration.lineEditor
    this.#with = parts
  }

  /** The end of its input was told to the shell at this prompt. */
  get hasEndedInput(): boolean {
    return this.#farewell !== null
  }

  /** The end of the shell's input is told: what it prints from now on is its answer. */
  endInput(): void {
    this.#farewell = []
  }

  /** The shell has told what was typed ahead, which its line editor has drawn. */
  typed(line: string): void {
    this.#typed.push(line)
  }

  /** Tells the listener that the shell waits for a command. */
  tell(): void {
    const { listener, end } = this.#with
    this.#tellLate(0)
    this.#typed = []
    this.#unfinished = NOTHING
    listener.ready({ text: end.text, right: this.#right, directory: this.directory })
  }

  /** A prompt begins; what stands to its right is still to come. */
  begin(): void {
    this.#right = new Uint8Array()
  }

  /** A mark begins or ends the part to the right; any other one says that it has no end. */
  markRight(kind: Mark["kind"]): void {
    const printed = this.#printedRight
    this.#printedRight = kind === "rightPrompt" ? [] : null
    if (kind === "rightPromptEnd" && printed !== null) this.#drawRight(Buffer.concat(printed))
  }

  /** Keeps bytes of the part to the right; false when none of it is printed. */
  printRight(bytes: Buffer): boolean {
    if (this.#printedRight === null) return false
    this.#printedRight.push(Buffer.from(bytes))
    return true
  }

  /** Printed while the shell reads its edit line. */
  print(bytes: Buffer): void {
    const { state } = this.#with
    if (this.#farewell !== null) this.#hear(bytes)
    else if (state.phase === "probing") this.#keep(bytes)
    else this.#printWhole(Buffer.concat([this.#unfinished, bytes]))
  }

  /** The prompt was drawn anew, with more to say: a clock, or what a job in the background has found out. */
  redraw(text: Uint8Array): void {
    const { end } = this.#with
    // A shell that goes on behind the end of its input says why. Without a word it had begun to draw before it was told.
    const hasAnswered = this.#farewell !== null && !this.#lineEditor.isNoise(this.#answer, end.text)
    if (hasAnswered) this.notice(NOTHING)
    else if (this.#farewell !== null) this.#farewell = []
    if (!hasAnswered && Buffer.compare(text, end.text) === 0) return
    end.text = text
    this.tell()
  }

  /** Tells what the shell said to the end of its input, and what was printed between a command's end and the prompt. */
  notice(after: Buffer): void {
    this.#tellNotice(Buffer.concat([this.#lineEditor.withoutEditor(this.#answer), after]))
    this.#farewell = null
  }

  /** Tells what the shell said when the end of its input has ended it, but for the usual word. */
  noticeLast(): void {
    this.#tellLate(0)
    this.#tellNotice(this.#lineEditor.withoutEditor(this.#lineEditor.withoutGoodbye(this.#answer, this.#with.end.text)))
  }

  get #answer(): Buffer {
    return Buffer.concat(this.#farewell ?? [])
  }

  #tellNotice(bytes: Buffer): void {
    if (bytes.length > 0) this.#with.listener.notice(this.latest, bytes)
  }

  #hear(bytes: Buffer): void {
    this.#farewell!.push(Buffer.from(bytes))
    const answer = this.#answer
    if (answer.length <= MAX_FAREWELL_BYTES) return
    this.#farewell = null
    this.print(answer)
  }

  /** What is typed ahead is drawn now. It hides what a background job prints until the shell has told what it is. */
  #keep(bytes: Buffer): void {
    if (!this.#with.state.printsLate) return
    this.#asked.push(Buffer.from(bytes))
    this.#askedSize += bytes.length
    this.#tellLate(MAX_ASKED_BYTES)
  }

  /** Tells what of it is no edit line, but for the newest `kept` bytes. */
  #tellLate(kept: number): void {
    const { end } = this.#with
    const old: Array<Buffer> = []
    while (this.#askedSize > kept) {
      const oldest = this.#asked.shift()!
      this.#askedSize -= oldest.length
      old.push(oldest)
    }
    if (old.length === 0) return
    const late = lateOutput(Buffer.concat(old), end.text, this.#typed)
    this.#output(late)
  }

  /** How it is cut into chunks says nothing, and cut it is wherever the kernel has made CR LF of a line's end. */
  #printWhole(bytes: Buffer): void {
    const { unfinished } = this.#lineEditor
    const from = Math.max(0, bytes.length - MAX_UNFINISHED_BYTES)
    const found = unfinished === undefined ? -1 : bytes.toString("latin1", from).search(unfinished)
    const end = found === -1 ? bytes.length : from + found
    this.#unfinished = bytes.subarray(end)
    const whole = bytes.subarray(0, end)
    if (!this.#lineEditor.isNoise(whole, this.#with.end.text)) this.#printLate(whole)
    else if (!this.#atLineStart && whole.includes("\n")) this.#output(LINE_END)
  }

  /** By a background job, by the shell about one, or a prompt that somebody else has set. */
  #printLate(bytes: Buffer): void {
    const { redrawn, isNoise } = this.#lineEditor
    const { before, prompt } = redrawn?.(bytes, this.#atLineStart) ?? { before: bytes, prompt: null }
    // Both in one block, a notice or not.
    if (!isNoise(before, this.#with.end.text)) this.#output(before)
    if (prompt !== null) this.redraw(promptText(prompt))
  }

  #output(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#atLineStart = bytes.at(-1) === 10
    this.#with.listener.output(null, bytes, "stdout")
  }

  /** What stands to the right is drawn after the prompt, when the shell is ready already. */
  #drawRight(text: Buffer): void {
    if (text.equals(this.#right)) return
    this.#right = text
    if (this.#with.state.phase === "ready") this.tell()
  }
}
