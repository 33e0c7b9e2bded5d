import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPty, type Pty } from "../../src/shell/Pty.ts"
import { fillHome, HISTORY_FILES, type ShellName } from "./TestShell.ts"

/** What a shell prints last when it reads an edit line behind the prompt `$ `. */
const WAITS: Readonly<Record<ShellName, RegExp>> = {
  bash: /\$ (?:\x1b\[\?2004h)?$/,
  zsh: /\$ (?:\x1b\[K)?(?:\x1b\[\?1h\x1b=)?(?:\x1b\[\?2004h)?$/,
  fish: /\$ \x1b\[K\r\x1b\[C\x1b\[C$/
}

/** An ordinary interactive shell without EffectTalk, to compare with. The start file must set the prompt `$ `. */
export class BareShell {
  private readonly home = mkdtempSync(join(tmpdir(), "bare-"))
  private readonly shell: ShellName
  private readonly pty: Pty
  private seen = ""
  private look: () => void = () => {}
  private exited = false

  constructor(shell: ShellName, rc: string) {
    this.shell = shell
    fillHome(this.home, shell, rc)
    this.pty = openPty({
      file: shell,
      args: ["-i"],
      cwd: this.home,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: this.home,
        LANG: "C.UTF-8",
        TERM: "xterm-256color",
        HISTFILE: join(this.home, "history")
      },
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
      const timer = setTimeout(() => reject(new Error(`${this.shell} says ${JSON.stringify(this.seen)}`)), 10_000)
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
      await this.until(() => WAITS[this.shell].test(this.seen))
      this.seen = ""
      this.pty.write(`${command.replaceAll("\n", "\x1b\r")}\r`)
    }
    await this.until(() => this.exited)
  }

  /** Text of its history file. */
  history(): string {
    return readFileSync(join(this.home, HISTORY_FILES[this.shell]), "utf8")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pty.close()
    rmSync(this.home, { recursive: true, force: true })
  }
}
