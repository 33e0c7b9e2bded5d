import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { join } from "node:path"
import { ensureBuilt } from "./build.ts"
import { BINARY } from "./effecttalk.ts"
import { Home, type HomeOptions } from "./Home.ts"
import { encodeKey } from "./keys.ts"
import { killAll, processesOf } from "./processes.ts"

/** How to start a program inside tmux. */
export interface TmuxOptions extends HomeOptions {
  readonly cols?: number
  readonly rows?: number
  /** The program and its arguments; EffectTalk by default. */
  readonly program?: ReadonlyArray<string>
}

const WAIT_TIMEOUT_MS = 10_000
const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/**
 * A program inside tmux: a second, independent emulator between it and us. Driven through a control-mode client, whose
 * `%output` lines say when to look again, so nothing sleeps. Use it with `await using`.
 */
export class Tmux implements AsyncDisposable {
  readonly home: Home
  private readonly client: ChildProcessWithoutNullStreams
  private readonly watchers = new Set<() => void>()
  private readonly replies: Array<{ resolve: (lines: Array<string>) => void; reject: (error: Error) => void }> = []
  private readonly closed: Promise<void>
  private rest = ""
  private reply: Array<string> | undefined

  constructor(options: TmuxOptions = {}) {
    this.home = new Home(options)
    const program = options.program ?? [process.execPath, BINARY]
    const size = ["-x", `${options.cols ?? 80}`, "-y", `${options.rows ?? 24}`]
    const socket = ["-S", join(this.home.root, "tmux"), "-f", "/dev/null"]
    const session = ["new-session", ...size, program.map(quote).join(" ")]
    this.client = spawn("tmux", [...socket, "-C", ...session], {
      cwd: this.home.path,
      env: this.home.environment()
    })
    this.closed = new Promise((resolve) => this.client.once("close", () => resolve()))
    void this.closed.then(() => {
      for (const { reject } of this.replies.splice(0)) reject(new Error("tmux has ended"))
      this.wake()
    })
    // The command on the command line is answered as well.
    this.expectReply().catch(() => {})
    this.client.stdin.on("error", () => {}) // written to as it ended: `closed` tells
    this.client.stdout.setEncoding("utf8").on("data", (text: string) => this.read(text))
  }

  /** Presses keys by name, encoded as xterm does. */
  async keys(...names: ReadonlyArray<string>): Promise<void> {
    await this.type(names.map((name) => encodeKey(name)).join(""))
  }

  /** Types text; `\r` is Enter. */
  async type(text: string): Promise<void> {
    const hex = [...Buffer.from(text)].map((byte) => byte.toString(16))
    await this.command(`send-keys -H ${hex.join(" ")}`)
  }

  /** The rows of the pane, trailing blanks cut. */
  async screen(): Promise<Array<string>> {
    return this.command("capture-pane -p")
  }

  /** The same with looks: each row's text with SGR, line drawing in charset G1 between SO and SI, all blanks kept. */
  async styledScreen(): Promise<Array<string>> {
    return this.command("capture-pane -p -e -N")
  }

  /**
   * The text of each cell of an alternate screen `cols` wide, row by row: `""` for the right half of a wide character, and
   * where nothing was ever written. tmux cuts the lines of that screen where the window ends and keeps the rest, so each
   * width shows one column more.
   */
  async cells(cols: number, rows: number): Promise<Array<Array<string>>> {
    const cells: Array<Array<string>> = Array.from({ length: rows }, () => [])
    const texts = cells.map(() => "")
    for (let width = 1; width <= cols; width++) {
      await this.resize(width, rows)
      const lines = await this.command("capture-pane -p -N")
      for (let row = 0; row < rows; row++) {
        const text = lines[row] ?? ""
        cells[row]!.push(text.slice(texts[row]!.length))
        texts[row] = text
      }
    }
    return cells
  }

  /** A format of tmux(1), filled in for the pane: `#{cursor_x}`, `#{alternate_on}`, `#{pane_title}`, … */
  async format(text: string): Promise<string> {
    return (await this.command(`display-message -p ${quote(text)}`)).join("\n")
  }

  /** The lines of the paste buffer that was filled last. */
  async buffer(): Promise<ReadonlyArray<string>> {
    return this.command("show-buffer")
  }

  /** Changes the window's size. */
  async resize(cols: number, rows: number): Promise<void> {
    await this.command(`resize-window -x ${cols} -y ${rows}`)
  }

  /** Waits until the pane shows `text`; rejects with its rows after 10 s. */
  async waitFor(text: string | RegExp): Promise<void> {
    const failure = new Error()
    const deadline = performance.now() + WAIT_TIMEOUT_MS
    let rows: Array<string> = []
    for (;;) {
      const changed = this.nextOutput(deadline - performance.now())
      rows = await this.screen()
      if (typeof text === "string" ? rows.join("\n").includes(text) : text.test(rows.join("\n"))) return
      if (!(await changed)) break
    }
    failure.message = `tmux did not show ${text} within ${WAIT_TIMEOUT_MS} ms:\n${rows.join("\n")}`
    throw failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    killAll(processesOf(this.home.path))
    await this.closed
    killAll(processesOf(this.home.path))
    this.home[Symbol.dispose]()
  }

  /** Runs a tmux command on our pane; resolves with its output lines, rejects with its error text. */
  private command(line: string): Promise<Array<string>> {
    const answer = this.expectReply()
    this.client.stdin.write(`${line}\n`)
    return answer
  }

  private expectReply(): Promise<Array<string>> {
    return new Promise((resolve, reject) => this.replies.push({ resolve, reject }))
  }

  private nextOutput(timeout: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (value: boolean) => {
        clearTimeout(timer)
        this.watchers.delete(woken)
        resolve(value)
      }
      const woken = () => done(true)
      const timer = setTimeout(() => done(false), Math.max(timeout, 0))
      this.watchers.add(woken)
    })
  }

  private wake(): void {
    for (const watcher of [...this.watchers]) watcher()
  }

  // tmux(1) "CONTROL MODE": %begin, lines, %end or %error answer our commands in order; %output is news.
  private read(text: string): void {
    const lines = (this.rest + text).split("\n")
    this.rest = lines.pop()!
    for (const line of lines) {
      if (this.reply === undefined) {
        if (line.startsWith("%begin ")) this.reply = []
        else if (line.startsWith("%output ")) this.wake()
      } else if (line.startsWith("%end ") || line.startsWith("%error ")) {
        const waiting = this.replies.shift()
        if (line.startsWith("%end ")) waiting?.resolve(this.reply)
        else waiting?.reject(new Error(this.reply.join("\n")))
        this.reply = undefined
      } else {
        this.reply.push(line)
      }
    }
  }
}

/** Starts EffectTalk, or another program, inside a tmux of its own. */
export const tmux = async (options: TmuxOptions = {}): Promise<Tmux> => {
  if (options.program === undefined) await ensureBuilt()
  return new Tmux(options)
}
