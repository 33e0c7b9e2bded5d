import type { BarePty } from "../BarePty.ts"
import { MarkParser } from "../MarkParser.ts"
import { type Mark, parseMark } from "../marks.ts"

/** Held back for marks that the shell's terminal has not told of yet; above it whoever prints waits, in bytes. */
const MAX_HELD_BYTES = 524_288

/** Whose words the terminal gets. */
type Printer = "editor" | "shell" | "command" | "others"

/** Where what is printed to a stderr that is kept apart goes, in order. */
export interface SplitStderrSink {
  /** Printed by the command, and by the shell while it runs it. */
  output(bytes: Buffer): void
  /** Printed before the command has begun, or instead of it: by the line editor, by a shell that refuses the text. */
  echo(bytes: Buffer): void
  /** Printed behind the command: by the shell, by hooks; with it the prompt. */
  shell(bytes: Buffer): void
  /** A mark that the shell has printed here, because its prompt went here. */
  shellMark(mark: Mark): void
  /** A line editor has taken the terminal while the command runs: the command's, or the shell's whose hooks are gone. */
  editor(): void
  /** Printed by what the command has left in the background. */
  others(bytes: Buffer): void
}

/**
 * A second terminal, on which a command has its stderr. Start and end marks are printed on both terminals, and nothing that
 * stands behind one here is handed on before the shell's own terminal has told of it, too: with the end mark stdout and
 * stderr are complete.
 *
 * The shell leaves the terminal at its next prompt (`joined` mark). From then on it belongs to whoever the command has
 * left in the background, and is closed when the last of them is gone.
 */
export class SplitStderr {
  #printer: Printer = "editor"
  /** Start and end marks handed on here, and those of the shell's own terminal. */
  #marksHere = 0
  #marksThere = 0
  #held: Array<Buffer | Mark> = []
  #heldBytes = 0
  #isFull = false
  #isPaused = false
  #isPushing = false
  #isSettled = false
  /** The line editor's first word came last: the command's only if more follows. */
  #editorEntered = false
  #hasLeft = false
  #isClosed = false
  readonly #pty: BarePty
  readonly #nonce: number
  readonly #entered: Buffer
  readonly #sink: SplitStderrSink
  readonly #onClosed: () => void
  readonly #parser: MarkParser

  /**
   * @param pty is closed with this
   * @param nonce of the command
   * @param entered what a line editor writes when it takes the terminal: it is the shell's where no end mark came before
   * @param onClosed nobody has the terminal any more, and everything printed there has been handed on
   */
  constructor(pty: BarePty, nonce: number, entered: Buffer, sink: SplitStderrSink, onClosed: () => void) {
    this.#pty = pty
    this.#nonce = nonce
    this.#entered = entered
    this.#sink = sink
    this.#onClosed = onClosed
    this.#parser = new MarkParser({
      output: (bytes) => this.#take(bytes),
      mark: (payload) => {
        const mark = parseMark(payload)
        if (mark !== null) this.#take(mark)
      }
    })
    pty.onData((bytes) => {
      this.#isPushing = true
      this.#parser.push(bytes)
      this.#isPushing = false
    })
  }

  /** The shell's own stderr is not here any more. */
  get isJoined(): boolean {
    return this.#printer === "others"
  }

  /** The shell's own terminal has told of more starts and ends of this command than this one. */
  get isBehind(): boolean {
    return this.#marksHere < this.#marksThere
  }

  /** The shell's own terminal has told of a start or an end of this command. */
  marked(): void {
    this.#marksThere++
    this.#handOn()
  }

  /** The command has ended: hands on all that is printed until now. */
  settle(): void {
    if (this.#isClosed) return
    this.#isSettled = true
    // What came by a mark from here is behind all that the command has printed.
    if (!this.#isPushing) this.#pty.drain()
    this.#handOn()
  }

  /** The prompt is there: the terminal is closed once the shell, and whoever else has it, has left it. */
  leave(): void {
    this.#hasLeft = true
    this.resume()
    this.#pty.release(() => {
      if (this.#isClosed) return
      this.#parser.flush()
      this.close()
    })
  }

  /** Hands on what has been printed so far, at once. */
  drain(): void {
    if (!this.#isPushing && !this.#isClosed) this.#pty.drain()
  }

  /** In cells. */
  resize(cols: number, rows: number): void {
    this.#pty.resize(cols, rows)
  }

  /** Stops reading (back-pressure). */
  pause(): void {
    this.#isPaused = true
    this.#pty.pause()
  }

  resume(): void {
    this.#isPaused = false
    if (!this.#isFull) this.#pty.resume()
  }

  /** Closes the terminal; what nobody has read is lost. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#onClosed()
    this.#pty.close()
  }

  #take(item: Buffer | Mark): void {
    this.#held.push(item)
    if (item instanceof Uint8Array) this.#heldBytes += item.length
    this.#handOn()
    if (this.#heldBytes < MAX_HELD_BYTES || this.#isFull) return
    this.#isFull = true
    this.#pty.pause()
  }

  #handOn(): void {
    // What is called may come back here: each item is taken out before it is handed on.
    while (this.#held.length > 0 && (this.#isSettled || this.#marksHere <= this.#marksThere)) {
      const item = this.#held.shift()!
      if (item instanceof Uint8Array) {
        this.#heldBytes -= item.length
        this.#print(item)
      } else this.#mark(item)
    }
    if (!this.#isFull || this.#heldBytes >= MAX_HELD_BYTES) return
    this.#isFull = false
    if (!this.#isPaused) this.#pty.resume()
  }

  #print(bytes: Buffer): void {
    switch (this.#printer) {
      case "editor":
        return this.#sink.echo(bytes)
      case "shell":
        return this.#sink.shell(bytes)
      case "command":
        return this.#output(bytes)
      case "others":
        return this.#sink.others(bytes)
    }
  }

  #output(bytes: Buffer): void {
    this.#passEditor()
    const rest = bytes.length - this.#entered.length
    this.#editorEntered = rest >= 0 && bytes.compare(this.#entered, 0, this.#entered.length, rest) === 0
    const output = this.#editorEntered ? bytes.subarray(0, rest) : bytes
    if (output.length > 0) this.#sink.output(output)
    if (this.#editorEntered) this.#sink.editor()
  }

  #passEditor(): void {
    if (this.#editorEntered) this.#sink.output(this.#entered)
    this.#editorEntered = false
  }

  #mark(mark: Mark): void {
    const isOurs = "nonce" in mark && mark.nonce === this.#nonce
    switch (mark.kind) {
      case "start":
      case "end":
        if (!isOurs) return
        this.#marksHere++
        this.#passEditor()
        this.#printer = mark.kind === "start" ? "command" : "shell"
        return
      case "joined":
        if (!isOurs) return
        this.#printer = "others"
        return
      default:
        if (!this.#isSettled || this.#hasLeft) this.#sink.shellMark(mark)
    }
  }
}
