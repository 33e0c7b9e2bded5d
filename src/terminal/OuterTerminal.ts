import { writeSync } from "node:fs"
import { BellLimiter } from "./BellLimiter.ts"
import { changeInputModes, DEFAULT_INPUT_MODES, type InputModes, inputModesOf } from "./inputModes.ts"
import { UNDO_MODES, UNDO_SCREEN } from "./leftBehind.ts"
import { OuterColors } from "./OuterColors.ts"
import type { PresenterOutput } from "./Presenter.ts"
import type { ColorName } from "./ProgramTalk.ts"
import type { CursorShape } from "./TerminalModes.ts"
import type { TerminalSize } from "./TerminalSize.ts"

/** What OuterTerminal needs of `process.stdin`. */
export interface InputStream {
  readonly isTTY?: boolean
  setRawMode?(on: boolean): unknown
  on(event: "data", listener: (chunk: Buffer) => void): unknown
  on(event: "error", listener: (error: Error) => void): unknown
  on(event: "end", listener: () => void): unknown
  off(event: "data", listener: (chunk: Buffer) => void): unknown
  off(event: "end", listener: () => void): unknown
  resume(): unknown
  pause(): unknown
}

/** What OuterTerminal needs of `process.stdout`. */
export interface OutputStream {
  readonly fd: number
  readonly columns?: number
  readonly rows?: number
  write(data: string, done: (error?: Error | null) => void): boolean
  on(event: "resize", listener: () => void): unknown
  on(event: "error", listener: (error: Error) => void): unknown
  off(event: "resize", listener: () => void): unknown
}

/** What OuterTerminal needs of `process` to leave the terminal in order. */
export interface HostProcess {
  readonly pid: number
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
  listenerCount(event: string): number
  kill(pid: number, signal: string): unknown
}

export interface OuterTerminalOptions {
  readonly stdin: InputStream
  readonly stdout: OutputStream
  readonly process: HostProcess
  /** Takes what was typed while the terminal was not raw yet, without waiting; nothing where that cannot be had. */
  readonly takeTyped?: () => Uint8Array
  /** Writes at once, past the stream. For tests. */
  readonly writeNow?: (fd: number, data: string) => void
}

/** Size assumed of a terminal that does not tell (a serial line). */
const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 }
/** A full terminal is tried again this often, waiting `RETRY_MS` each time, before its modes are given up. */
const MAX_RETRIES = 100
const RETRY_MS = 5
/**
 * Signals that end a program unless it listens, and that nobody else listens for: the terminal is restored before they
 * do. SIGINT, SIGTERM and SIGHUP are the launcher's and then main's: both close the terminal before they die of them.
 */
const FATAL_SIGNALS = ["SIGQUIT", "SIGALRM", "SIGVTALRM", "SIGXCPU", "SIGXFSZ", "SIGUSR2", "SIGSYS"] as const

/** DECSCUSR (CSI Ps SP q): the blinking form of each shape, the steady one is next. */
const CURSOR_SHAPES: Readonly<Record<CursorShape, number>> = { default: 0, block: 1, underline: 3, bar: 5 }

const cursorShapeBytes = (shape: CursorShape, blink: boolean): string =>
  `\x1b[${CURSOR_SHAPES[shape] + (blink || shape === "default" ? 0 : 1)} q`

/**
 * Alternate screen with the cursor saved, autowrap off: the presenter counts on both. Arrows and keypad as they should
 * have been left, in case a program before us has crashed.
 */
const ENTER = "\x1b[?1049h\x1b[?7l\x1b[?1l\x1b>"
/** The end of a synchronised frame that a crash may have cut, the default look, autowrap, cursor, primary screen. */
const LEAVE = "\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"

/** Writes all of `data` to a descriptor that may be non-blocking. Throws what the system says (EIO, EPIPE). */
const writeAllNow = (fd: number, data: string): void => {
  const bytes = Buffer.from(data)
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let at = 0, retries = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EAGAIN" || ++retries > MAX_RETRIES) throw cause
      Atomics.wait(pause, 0, 0, RETRY_MS)
    }
  }
}

/**
 * The terminal that EffectTalk itself runs in: raw input, modes, size, suspension. It sets modes on `enter`, remembers
 * every one, and takes back exactly those on `restore`, which runs synchronously and may run at any time, more than
 * once: on leaving, at `exit`, before a crash is printed, before a fatal signal, before SIGTSTP.
 *
 * Mouse reports are off unless asked for (`setOwnModes`), so that the terminal's own selection works. Kitty's keyboard protocol is not
 * requested: what it sends could not be passed to programs that did not ask for it.
 *
 * A plain class: every byte of input and output passes through it.
 */
export class OuterTerminal implements PresenterOutput {
  readonly #options: OuterTerminalOptions
  readonly #writeNow: (fd: number, data: string) => void
  readonly #dataListeners = new Set<(chunk: Buffer) => void>()
  readonly #resizeListeners = new Set<(size: TerminalSize) => void>()
  readonly #resumeListeners = new Set<() => void>()
  readonly #suspendListeners = new Set<() => void>()
  readonly #closedListeners = new Set<(cause: Error) => void>()
  readonly #undo: Array<() => void> = []
  /** What was typed before anybody listened, while the program was still being loaded; null from then on. */
  #early: Array<Buffer> | null = []
  #entered = false
  #guarded = false
  #suspended = false
  /** A program of the user's has it, see `giveAway`. */
  #given = false
  /** Why the terminal cannot be used any more. */
  #failure: Error | null = null
  /** What the terminal is set to now. */
  #modes: InputModes = DEFAULT_INPUT_MODES
  /** What it is set to while no program has the keyboard. */
  #own: InputModes = { ...DEFAULT_INPUT_MODES, bracketedPaste: true }
  #mirrored: InputModes | null = null
  /** What is mirrored leaves our own mouse reports on, where it asks for none. */
  #keepsMouse = false
  #shape: CursorShape = "default"
  readonly #bells = new BellLimiter()
  /** Null until the first program asks for a colour. */
  #colors: OuterColors | null = null

  constructor(options: OuterTerminalOptions) {
    this.#options = options
    this.#writeNow = options.writeNow ?? writeAllNow
  }

  /** The size now. */
  get size(): TerminalSize {
    const { columns, rows } = this.#options.stdout
    return { columns: columns || DEFAULT_SIZE.columns, rows: rows || DEFAULT_SIZE.rows }
  }

  /** True between `enter` and `restore`. */
  get entered(): boolean {
    return this.#entered
  }

  /**
   * Takes the terminal: raw input, alternate screen, our modes. Does nothing when it is taken already.
   *
   * @param undo written between the alternate screen and our modes
   */
  enter(undo = ""): void {
    if (this.#entered) return
    this.#entered = true
    this.#guard()
    this.#raw(true)
    const typed = this.#options.takeTyped?.() ?? new Uint8Array()
    if (typed.length > 0) this.#hear(Buffer.from(typed.map(enterForNewline)))
    this.#options.stdin.resume()
    this.#attempt(ENTER + undo + this.#change(this.#wanted))
  }

  /**
   * Gives the terminal back as it was found. Synchronous, idempotent, never throws: it may run while the program dies.
   */
  restore(): void {
    if (!this.#entered) return
    this.#giveBack()
    this.#options.stdin.pause()
  }

  #giveBack(): void {
    this.#entered = false
    const shape = this.#shape === "default" ? "" : cursorShapeBytes("default", false)
    const modes = this.#change(DEFAULT_INPUT_MODES)
    this.#shape = "default"
    this.#attempt(modes + shape + LEAVE)
    this.#raw(false)
  }

  /** `restore`, and our listeners removed but those for errors: for a scope that ends before the process does. */
  close(): void {
    this.restore()
    for (const undo of this.#undo.splice(0)) undo()
    this.#guarded = false
  }

  /**
   * Switches the terminal to the input modes of the program that now has the keyboard.
   *
   * @param keepsMouse our own mouse reports go on while the program asks for none
   */
  mirror(modes: InputModes, keepsMouse = false): void {
    this.#mirrored = inputModesOf(modes)
    this.#keepsMouse = keepsMouse
    this.#applyModes()
  }

  /** Switches back to our own input modes. */
  unmirror(): void {
    this.#mirrored = null
    this.#applyModes()
  }

  /** Changes our own input modes, for instance to hear the mouse while navigating. */
  setOwnModes(modes: Partial<InputModes>): void {
    this.#own = { ...this.#own, ...modes }
    this.#applyModes()
  }

  /** Rings for a program, unless there was too much of that just now. */
  bell(): void {
    if (this.#bells.rings(performance.now())) this.#send("\x07")
  }

  /** Gives a colour of this terminal as it spells it; null when it does not say within `COLOR_TIMEOUT_MS`. */
  askColor(name: ColorName, answer: (color: string | null) => void): void {
    this.#colors ??= new OuterColors({ write: (data) => this.#send(data), onInput: (bytes) => this.#tell(bytes) })
    this.#colors.ask(name, answer)
  }

  /** Resolves once nothing is under way that this terminal was asked for: it would be typed into the user's shell. */
  quiet(): Promise<void> {
    return this.#colors?.quiet() ?? Promise.resolve()
  }

  /** Writes to the screen. What comes after `restore` is dropped: the screen is someone else's then. */
  write(data: string, done: (error?: Error | null) => void): void {
    if (!this.#entered || this.#failure !== null) {
      done(this.#entered ? this.#failure : null)
      return
    }
    const end = (error?: Error | null) => {
      if (error) this.#fail(error)
      done(error)
    }
    try {
      this.#options.stdout.write(data, end)
    } catch (cause) {
      end(cause instanceof Error ? cause : new Error(String(cause)))
    }
  }

  cursorShape(shape: CursorShape, blink: boolean): string {
    this.#shape = shape
    return cursorShapeBytes(shape, blink)
  }

  /**
   * Hears every chunk of input as it came; the first listener also what was typed before there was one, at once. The
   * result stops it.
   */
  onData(listener: (chunk: Buffer) => void): () => void {
    this.#dataListeners.add(listener)
    const early = this.#early ?? []
    this.#early = null
    for (const chunk of early) listener(chunk)
    return () => this.#dataListeners.delete(listener)
  }

  /** Hears of new sizes (SIGWINCH). The result stops it. */
  onResize(listener: (size: TerminalSize) => void): () => void {
    this.#resizeListeners.add(listener)
    return () => this.#resizeListeners.delete(listener)
  }

  /** Runs before the terminal is given back for a suspension: time to stop painting. The result stops it. */
  onSuspend(listener: () => void): () => void {
    this.#suspendListeners.add(listener)
    return () => this.#suspendListeners.delete(listener)
  }

  /** Runs once the terminal is ours again after a suspension: all of the screen must be painted. The result stops it. */
  onResume(listener: () => void): () => void {
    this.#resumeListeners.add(listener)
    return () => this.#resumeListeners.delete(listener)
  }

  /**
   * Called once when the terminal cannot be read or written any more (EIO, EPIPE, end of input): it was closed. At once
   * when that is so already. The result stops it.
   */
  onClosed(listener: (cause: Error) => void): () => void {
    if (this.#failure !== null) listener(this.#failure)
    else this.#closedListeners.add(listener)
    return () => this.#closedListeners.delete(listener)
  }

  /** Gives the terminal back and stops this process, as Ctrl+Z would; SIGCONT takes it again. */
  suspend(): void {
    if (!this.#entered) return
    for (const listener of [...this.#suspendListeners]) listener()
    this.#suspended = true
    // Input is not paused: it keeps a program alive that has nothing else to wait for.
    this.#giveBack()
    // Not SIGTSTP: we listen for that ourselves, and a listener keeps it from stopping anything.
    this.#options.process.kill(this.#options.process.pid, "SIGSTOP")
  }

  /**
   * Gives the terminal to a program that is about to be started, which reads and writes it itself, until `takeBack`. Reading
   * stops with the present turn of the event loop: what is typed from then on is the program's. Key signals reach it and us:
   * a Ctrl+\\ is no reason to end then.
   */
  giveAway(): void {
    if (!this.#entered) return
    for (const listener of [...this.#suspendListeners]) listener()
    this.#given = true
    this.#giveBack()
    this.#options.stdin.pause()
  }

  /** Takes it again after the program's end, whatever that has left it in, with all that was typed since. */
  takeBack(): void {
    if (!this.#given) return
    this.#given = false
    this.#attempt(UNDO_SCREEN)
    this.#takeAgain(UNDO_MODES)
  }

  #resume(): void {
    if (!this.#entered && !this.#suspended) return
    this.#suspended = false
    // Stopped by SIGSTOP itself: nothing was given back, but the shell has since set the terminal as it likes it.
    if (this.#entered) {
      this.#entered = false
      this.#modes = DEFAULT_INPUT_MODES
      this.#shape = "default"
      this.#raw(false)
    }
    this.#takeAgain("")
  }

  /** Enters again after somebody else had the terminal; `undo` is written as soon as it is ours. */
  #takeAgain(undo: string): void {
    this.#colors?.forget()
    this.enter(undo)
    for (const listener of [...this.#resumeListeners]) listener()
    // The window may have changed meanwhile, and the signal that says so went to who had the foreground: Node.js asks the
    // terminal for its size at this one only.
    this.#options.process.kill(this.#options.process.pid, "SIGWINCH")
  }

  #hear(chunk: Buffer): void {
    if (this.#colors === null) this.#tell(chunk)
    else this.#colors.push(chunk)
  }

  #tell(chunk: Buffer): void {
    this.#early?.push(chunk)
    for (const listener of [...this.#dataListeners]) listener(chunk)
  }

  #resized(): void {
    const { size } = this
    for (const listener of [...this.#resizeListeners]) listener(size)
  }

  /** What it is to be set to now. */
  get #wanted(): InputModes {
    if (this.#mirrored === null) return this.#own
    if (!this.#keepsMouse || this.#mirrored.mouse !== "none") return this.#mirrored
    const { mouse, mouseEncoding } = this.#own
    return { ...this.#mirrored, mouse, mouseEncoding }
  }

  #applyModes(): void {
    const data = this.#entered ? this.#change(this.#wanted) : ""
    if (data !== "") this.#send(data)
  }

  #change(modes: InputModes): string {
    const before = this.#modes
    this.#modes = modes
    return changeInputModes(before, modes)
  }

  #send(data: string): void {
    this.write(data, () => {})
  }

  /** Writes at once; a terminal that is gone is reported, not thrown. */
  #attempt(data: string): void {
    try {
      this.#writeNow(this.#options.stdout.fd, data)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #raw(on: boolean): void {
    const { stdin } = this.#options
    try {
      if (stdin.isTTY) stdin.setRawMode?.(on)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #fail(cause: unknown): void {
    if (this.#failure !== null) return
    const failure = cause instanceof Error ? cause : new Error(String(cause))
    this.#failure = failure
    // Who waits for its answers waits for nothing.
    this.#colors?.forget()
    for (const listener of [...this.#closedListeners]) listener(failure)
    this.#closedListeners.clear()
  }

  /** Listens to the streams and to everything after which there may be no time to restore. */
  #guard(): void {
    if (this.#guarded) return
    this.#guarded = true
    const { stdin, stdout, process } = this.#options
    const onData = (chunk: Buffer) => this.#hear(chunk)
    const onResize = () => this.#resized()
    const onError = (error: Error) => this.#fail(error)
    const onEnd = () => this.#fail(new Error("the terminal was closed"))
    stdin.on("data", onData)
    stdin.on("error", onError)
    stdin.on("end", onEnd)
    stdout.on("resize", onResize)
    stdout.on("error", onError)
    // Errors go on being heard: a terminal that is closed tells so after we have left too, and would end the program.
    this.#undo.push(() => {
      stdin.off("data", onData)
      stdin.off("end", onEnd)
      stdout.off("resize", onResize)
    })
    this.#listen("exit", () => this.restore())
    // Runs before the error is printed, which would else be lost with the alternate screen. Not for a program that
    // catches such errors and goes on: it has the screen still.
    this.#listen("uncaughtExceptionMonitor", () => {
      if (process.listenerCount("uncaughtException") === 0) this.restore()
    })
    this.#listen("SIGTSTP", () => this.suspend())
    this.#listen("SIGCONT", () => this.#resume())
    for (const signal of FATAL_SIGNALS) {
      const stop = this.#listen(signal, () => {
        if (this.#given && signal === "SIGQUIT") return
        this.restore()
        stop()
        process.kill(process.pid, signal)
      })
    }
  }

  #listen(event: string, listener: () => void): () => void {
    const { process } = this.#options
    process.on(event, listener)
    const stop = () => void process.off(event, listener)
    this.#undo.push(stop)
    return stop
  }
}

/** Enter as the keyboard sends it: a terminal that is not raw has made a newline of it (ICRNL, termios(3)). */
const enterForNewline = (byte: number): number => (byte === 0x0a ? 0x0d : byte)
