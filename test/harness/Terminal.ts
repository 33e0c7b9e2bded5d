import { existsSync, readFileSync } from "node:fs"
import { Emulator, type EmulatorOptions } from "./Emulator.ts"
import { Home, type HomeOptions } from "./Home.ts"
import { encodeKey, encodeMouse, type MouseEvent } from "./keys.ts"
import { type Exit, Pty } from "./Pty.ts"
import { killAll, type ProcessInfo, processesOf, processesUnder } from "./processes.ts"
import { Wire } from "./Wire.ts"

/** What a test waits for: text on the screen, a pattern over its rows joined by newlines, or anything else. */
export type Condition = string | RegExp | ((rows: ReadonlyArray<string>) => boolean)

/** How to start a program in a terminal. */
export interface TerminalOptions extends EmulatorOptions, HomeOptions {
  /** Added to the clean environment of `Home.environment`; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Working directory; HOME by default. */
  readonly cwd?: string | undefined
  /** A home to share with other programs. It stays the caller's; one made here goes with the terminal. */
  readonly home?: Home | undefined
  /** A terminal that answers no query, as a bare console or a slow link does. */
  readonly mute?: boolean | undefined
  /** What is typed and what is shown are under way this long together, ms, as over a slow link; 0 by default. */
  readonly roundTrip?: number | undefined
}

/** A program and its arguments. */
export interface Program {
  readonly file: string
  readonly args?: ReadonlyArray<string> | undefined
}

/** A place in the stream of bytes that the program sends; see `Terminal.mark`. */
export interface Mark {
  readonly chunk: number
  readonly bytes: number
}

/** How long a wait may take, ms. Generous: it is only ever spent when a test fails. */
const WAIT_TIMEOUT_MS = 10_000
/** How often /proc or a directory is looked at again, ms, where no event can be had. */
const POLL_MS = 10
/** What xterm is given at once, characters, if no update is longer. More would keep other terminals of the test waiting. */
const PARSE_BATCH = 65_536
/** A synchronised update (DEC 2026) begins and ends so: what stands between is shown at once. */
const UPDATE_BEGIN = "\x1b[?2026h"
const UPDATE_END = "\x1b[?2026l"

const alive = new Set<Terminal>()
process.once("exit", () => {
  for (const terminal of alive) terminal.abandon()
})

/**
 * A real program in a real PTY, seen through a terminal emulator. Use it with `await using`: at the end of the block,
 * reached or thrown out of, every process that came of it is dead and its files are gone.
 */
export class Terminal implements AsyncDisposable {
  /** The emulator, for anything not offered here. */
  readonly emulator: Emulator
  /** HOME, DATA_DIR and the other directories of the program. */
  readonly home: Home
  /** The program's process. */
  readonly pid: number
  /** When the program was started, by `performance.now()`. */
  readonly startedAt: number
  /** When its first byte arrived, by `performance.now()`; undefined until then. */
  firstByteAt: number | undefined
  /** Resolves once the program has ended and all it printed is on the screen. */
  readonly exit: Promise<Exit>

  private readonly program: Program
  private readonly options: TerminalOptions
  private readonly pty: Pty
  private readonly toProgram: Wire
  private readonly toScreen: Wire
  private readonly watchers = new Set<() => void>()
  private readonly received: Array<string> = []
  private receivedBytes = 0
  private taken = 0
  /** Taken of what was received and not shown yet: the beginning of an update that has not ended. */
  private held = ""
  private parsing = false
  private ended: Exit | undefined
  private over = false
  private resolveExit: (exit: Exit) => void = () => {}

  constructor(program: Program, options: TerminalOptions = {}) {
    this.program = program
    this.options = options
    this.home = options.home ?? new Home(options)
    this.emulator = new Emulator(options)
    this.exit = new Promise((resolve) => {
      this.resolveExit = resolve
    })
    this.toProgram = new Wire((options.roundTrip ?? 0) / 2)
    this.toScreen = new Wire((options.roundTrip ?? 0) / 2)
    const env: Record<string, string> = this.home.environment()
    for (const [name, value] of Object.entries(options.env ?? {})) {
      if (value === undefined) delete env[name]
      else env[name] = value
    }
    this.startedAt = performance.now()
    this.pty = new Pty(
      {
        file: program.file,
        args: program.args ?? [],
        cwd: options.cwd ?? this.home.path,
        env,
        cols: this.emulator.xterm.cols,
        rows: this.emulator.xterm.rows
      },
      (data) => this.toScreen.send(() => this.receive(data)),
      (exit) =>
        this.toScreen.send(() => {
          this.ended = exit
          this.parse()
        })
    )
    this.pid = this.pty.pid
    if (options.mute !== true) this.emulator.onReply = (bytes) => this.send(bytes)
    alive.add(this)
  }

  /** Types text; `\r` is Enter. */
  type(text: string): void {
    this.send(text)
  }

  /** Presses keys by name (`"ctrl+\\"`, `"alt+b"`, `"up"`, `"x"`), encoded as the modes now on ask for. */
  keys(...names: ReadonlyArray<string>): void {
    const { applicationCursor } = this.emulator.modes
    this.send(names.map((name) => encodeKey(name, applicationCursor)).join(""))
  }

  /** Sends bytes that are no text. */
  bytes(data: Uint8Array): void {
    this.send(data)
  }

  /** Pastes as a terminal does: newlines become CR, and the text is bracketed if the program has asked for that. */
  paste(text: string): void {
    const body = text.replaceAll(/\r?\n/g, "\r")
    this.send(this.emulator.modes.bracketedPaste ? `\x1b[200~${body}\x1b[201~` : body)
  }

  /** Reports a mouse event, if the program has asked for the mouse. Returns whether it has. */
  mouse(event: MouseEvent): boolean {
    const wanted = this.emulator.modes.mouse !== "none"
    if (wanted) this.send(encodeMouse(event))
    return wanted
  }

  /** Tells the program that the window got or lost the focus, if it has asked to know. Returns whether it has. */
  focus(focused: boolean): boolean {
    const wanted = this.emulator.modes.focusEvents
    if (wanted) this.send(focused ? "\x1b[I" : "\x1b[O")
    return wanted
  }

  /** Changes the window's size. */
  resize(cols: number, rows: number): void {
    this.emulator.xterm.resize(cols, rows)
    this.pty.resize(cols, rows)
  }

  /** Sends a signal to the program alone. */
  kill(signal: NodeJS.Signals): void {
    if (this.ended === undefined) process.kill(this.pid, signal)
  }

  /** Closes the terminal window under the program (SIGHUP from the kernel, EIO on reads). */
  hangUp(): void {
    this.pty.hangUp()
  }

  /**
   * Waits until the screen fulfils a condition, looking again after each synchronised update and each other write. What
   * was seen is still there when this resolves. Rejects, showing the screen, after `timeout` ms (10,000) or when the
   * program ends without it.
   *
   * The text you typed is on the screen too: wait for something that only the answer holds.
   */
  async waitFor(condition: Condition, options: { readonly timeout?: number } = {}): Promise<void> {
    const failure = new Error()
    Error.captureStackTrace(failure, this.waitFor) // now: the stack names the line of the test
    const timeout = options.timeout ?? WAIT_TIMEOUT_MS
    const verdict = await this.watch(() => (this.shows(condition) ? "met" : this.over ? "ended" : undefined), timeout)
    if (verdict === "met") return
    const why = verdict === "ended" ? `the program ended (${describeExit(this.ended)})` : `${timeout} ms went by`
    failure.message = `${why} while waiting for ${describe(condition)}\n${this.picture()}`
    throw failure
  }

  /** Waits until a file exists and holds `text`; looks again every 10 ms. */
  async waitForFile(path: string, text = "", timeout = WAIT_TIMEOUT_MS): Promise<void> {
    const failure = new Error()
    Error.captureStackTrace(failure, this.waitForFile)
    if (await poll(() => existsSync(path) && readFileSync(path, "utf8").includes(text), timeout)) return
    failure.message = `${timeout} ms went by while waiting for ${JSON.stringify(text)} in the file ${path}\n${this.picture()}`
    throw failure
  }

  /** Whether the screen is what `waitFor` would wait for. */
  shows(condition: Condition): boolean {
    const rows = this.screen()
    if (typeof condition === "function") return condition(rows)
    // Also with the trailing blanks that were written: "$ " is a prompt.
    return [rows, this.emulator.screen(true)].some((all) => {
      const text = all.join("\n")
      return typeof condition === "string" ? text.includes(condition) : text.search(condition) >= 0
    })
  }

  /** The rows of the screen, trailing blanks cut. */
  screen(): Array<string> {
    return this.emulator.screen()
  }

  /** The text of row `y`, from 0. */
  row(y: number): string {
    return this.emulator.row(y)
  }

  /** The cell in column `x` of row `y`, from 0. */
  cell(x: number, y: number): ReturnType<Emulator["cell"]> {
    return this.emulator.cell(x, y)
  }

  /** Where `text` first stands on the screen; throws, showing the screen, when it does not. */
  find(text: string): { readonly x: number; readonly y: number } {
    const place = this.emulator.find(text)
    if (place === undefined) throw new Error(`not on the screen: ${JSON.stringify(text)}\n${this.picture()}`)
    return place
  }

  get cursor(): Emulator["cursor"] {
    return this.emulator.cursor
  }

  get modes(): Emulator["modes"] {
    return this.emulator.modes
  }

  get title(): string {
    return this.emulator.title
  }

  /** The primary screen and its scrollback, whatever is shown now. */
  primary(): Array<string> {
    return this.emulator.primary()
  }

  /** A place in the stream; give it to `bytesSince` or `outputSince`. */
  mark(): Mark {
    return { chunk: this.received.length, bytes: this.receivedBytes }
  }

  /** Bytes received since the mark, or since the start. */
  bytesSince(mark: Mark = { chunk: 0, bytes: 0 }): number {
    return this.receivedBytes - mark.bytes
  }

  /** What was received since the mark, or since the start, as sent. Prefer cells: bytes tell little of what is seen. */
  outputSince(mark: Mark = { chunk: 0, bytes: 0 }): string {
    return this.received.slice(mark.chunk).join("")
  }

  /** Every process that came of this program and lives, the program among them; daemons are found by their HOME. */
  processes(): Array<ProcessInfo> {
    const found = new Map(processesUnder(this.pid).map((p) => [p.pid, p]))
    for (const p of processesOf(this.home.path)) found.set(p.pid, p)
    return [...found.values()]
  }

  /** Waits until no process is left of this program; rejects naming those that stay. */
  async waitForNoProcesses(timeout = WAIT_TIMEOUT_MS): Promise<void> {
    const failure = new Error()
    Error.captureStackTrace(failure, this.waitForNoProcesses)
    if (await poll(() => this.processes().length === 0, timeout)) return
    const left = this.processes().map((p) => `  ${p.pid} ${p.command}`)
    failure.message = `still running after ${timeout} ms:\n${left.join("\n")}`
    throw failure
  }

  /** Waits for the end of the program, then starts it again in the same home, with other arguments if given. */
  async restart(changes: Partial<TerminalOptions> & { readonly args?: ReadonlyArray<string> } = {}): Promise<Terminal> {
    const { args, ...options } = changes
    const verdict = await this.watch(() => (this.over ? "over" : undefined), WAIT_TIMEOUT_MS)
    if (verdict === undefined) throw new Error(`the program runs still: end it before restart\n${this.picture()}`)
    const program = { file: this.program.file, args: args ?? this.program.args }
    return new Terminal(program, { ...this.options, ...options, home: this.home })
  }

  /** The screen in a frame with the cursor's place, for messages. */
  picture(): string {
    const { cursor, title } = this
    const edge = "─".repeat(this.emulator.xterm.cols)
    const rows = this.screen().map((row) => `│${row}`)
    const state = this.over ? `ended: ${describeExit(this.ended)}` : "running"
    const frame = this.held === "" ? "" : " · inside a synchronised update"
    const where = `cursor ${cursor.x},${cursor.y}${cursor.visible ? "" : " (hidden)"}`
    return [`┌${edge}`, ...rows, `└${edge}`, `${where} · ${state} · title ${JSON.stringify(title)}${frame}`].join("\n")
  }

  /** Kills every process of this program and removes its home, at once: for a test process that must go. */
  abandon(): void {
    killAll(this.processes())
    this.home[Symbol.dispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Killing a parent can let a child start one more: until none is left.
    const gone = await poll(() => {
      const left = this.home === this.options.home ? processesUnder(this.pid) : this.processes()
      killAll(this.ended === undefined ? [{ pid: this.pid }, ...left] : left)
      return left.length === 0
    }, WAIT_TIMEOUT_MS)
    this.pty.hangUp() // else node-pty reads on for 200 ms
    await this.exit
    alive.delete(this)
    this.emulator[Symbol.dispose]()
    if (this.home !== this.options.home) this.home[Symbol.dispose]()
    if (!gone) throw new Error(`processes that SIGKILL does not end: ${JSON.stringify(this.processes())}`)
  }

  private send(data: string | Uint8Array): void {
    this.toProgram.send(() => this.pty.write(data))
  }

  private receive(data: string): void {
    this.firstByteAt ??= performance.now()
    this.received.push(data)
    this.receivedBytes += Buffer.byteLength(data)
    this.parse()
  }

  /**
   * One write to xterm at a time: it throws when more than 50 MB wait inside it. Each holds one synchronised update and
   * what stands before it, so that every picture is seen and none that is half painted, however the bytes arrive.
   */
  private parse(): void {
    if (this.parsing) return
    const batch = this.nextBatch()
    if (batch === "") {
      if (this.ended === undefined || this.over) return
      this.over = true
      this.resolveExit(this.ended)
      for (const look of [...this.watchers]) look()
      return
    }
    this.parsing = true
    this.emulator.write(batch, () => {
      this.parsing = false
      const waiting = this.watchers.size
      for (const look of [...this.watchers]) look()
      // Whoever has waited goes on before the next picture: xterm parses what is written in here at once.
      if (this.watchers.size < waiting) setImmediate(() => this.parse())
      else this.parse()
    })
  }

  /** What is to be shown next; empty while there is nothing, or an update that has not ended. */
  private nextBatch(): string {
    for (;;) {
      const end = this.held.indexOf(UPDATE_END)
      if (end >= 0) return this.take(end + UPDATE_END.length)
      const all = this.taken === this.received.length
      if (all && this.ended !== undefined) return this.take(this.held.length)
      const begin = updateBegins(this.held)
      if (begin > 0 && (all || begin >= PARSE_BATCH)) return this.take(begin)
      if (all) return ""
      this.held += this.received[this.taken++]
    }
  }

  private take(length: number): string {
    const batch = this.held.slice(0, length)
    this.held = this.held.slice(length)
    return batch
  }

  /** Calls `look` now and after each parsed write until it returns something; undefined when `timeout` ms went by. */
  private watch<A>(look: () => A | undefined, timeout: number): Promise<A | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.watchers.delete(check)
        act()
      }
      const check = () => {
        try {
          const found = look()
          if (found !== undefined) settle(() => resolve(found))
        } catch (error) {
          settle(() => reject(error))
        }
      }
      const timer = setTimeout(() => settle(() => resolve(undefined)), timeout)
      this.watchers.add(check)
      check()
    })
  }
}

/** Where an update begins in a text, or may begin with what comes behind it; the text's length if nowhere. */
const updateBegins = (text: string): number => {
  const whole = text.indexOf(UPDATE_BEGIN)
  if (whole >= 0) return whole
  const last = text.lastIndexOf("\x1b")
  return last >= 0 && UPDATE_BEGIN.startsWith(text.slice(last)) ? last : text.length
}

const poll = async (condition: () => boolean, timeout: number): Promise<boolean> => {
  const deadline = performance.now() + timeout
  while (!condition()) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return true
}

const describe = (condition: Condition): string =>
  typeof condition === "function"
    ? condition.toString()
    : typeof condition === "string"
      ? JSON.stringify(condition)
      : `${condition}`

const describeExit = (exit: Exit | undefined): string =>
  exit === undefined ? "not ended" : exit.signal === null ? `exit code ${exit.code}` : `killed by ${exit.signal}`
