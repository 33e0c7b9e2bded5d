import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPty, type Pty } from "../../src/shell/Pty.ts"

/** What fish prints last when it reads an edit line behind the prompt `$ `. */
const WAITS = "$ \x1b[K\r\x1b[C\x1b[C"

/** An ordinary interactive fish without EffectTalk, to compare with. The start file must set the prompt `$ `. */
export class BareFish {
  private readonly home = mkdtempSync(join(tmpdir(), "bare-"))
  private readonly pty: Pty
  private seen = ""
  private look: () => void = () => {}
  private exited = false

  constructor(rc: string) {
    mkdirSync(join(this.home, ".config/fish"), { recursive: true })
    mkdirSync(join(this.home, ".local/share/fish/generated_completions"), { recursive: true })
    writeFileSync(join(this.home, ".config/fish/config.fish"), rc)
    this.pty = openPty({
      file: "fish",
      args: ["-i"],
      cwd: this.home,
      env: { PATH: process.env.PATH ?? "", HOME: this.home, LANG: "C.UTF-8", TERM: "xterm-256color" },
      cols: 100,
      rows: 30
    })
    this.pty.onData((bytes) => {
      this.seen += bytes.toString("utf8")
      this.look()
    })
    this.pty.onExit(() => {
      this.exited = true
      this.look()
    })
  }

  private until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`fish says ${JSON.stringify(this.seen)}`)), 10_000)
      this.look = () => {
        if (!holds()) return
        clearTimeout(timer)
        resolve()
      }
      this.look()
    })
  }

  /** Types commands, each at its own prompt; a line feed is typed as Alt+Enter. The last must end the shell. */
  async type(commands: ReadonlyArray<string>): Promise<void> {
    for (const command of commands) {
      await this.until(() => this.seen.endsWith(WAITS))
      this.seen = ""
      this.pty.write(`${command.replaceAll("\n", "\x1b\r")}\r`)
    }
    await this.until(() => this.exited)
  }

  historyFile(): string {
    return readFileSync(join(this.home, ".local/share/fish/fish_history"), "utf8")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pty.close()
    rmSync(this.home, { recursive: true, force: true })
  }
}
