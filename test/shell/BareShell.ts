import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPty, type Pty } from "../../src/shell/Pty.ts"
import { RC_FILES } from "./TestShell.ts"

/** An ordinary interactive shell without EffectTalk, to compare with. */
export class BareShell {
  private readonly home = mkdtempSync(join(tmpdir(), "bare-"))
  private readonly pty: Pty
  private seen = ""
  private look: () => void = () => {}
  private exited = false

  constructor(shell: "bash" | "zsh", rc: string, env: Readonly<Record<string, string>> = {}) {
    writeFileSync(join(this.home, RC_FILES[shell]), rc)
    this.pty = openPty({
      file: shell,
      args: ["-i"],
      cwd: this.home,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: this.home,
        LANG: "C.UTF-8",
        TERM: "xterm-256color",
        HISTFILE: join(this.home, "history"),
        ...env
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

  private get isReady(): boolean {
    return /\$ (?:\x1b\[K)?(?:\x1b\[\?1h\x1b=)?(?:\x1b\[\?2004h)?$/.test(this.seen)
  }

  private until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`it says ${JSON.stringify(this.seen)}`)), 10_000)
      this.look = () => {
        if (!holds()) return
        clearTimeout(timer)
        resolve()
      }
      this.look()
    })
  }

  /** Types commands, each at its own prompt; the rc file must set PS1='$ '. Returns what the last one printed. */
  async type(commands: ReadonlyArray<string>): Promise<string> {
    for (const command of commands) {
      await this.until(() => this.isReady)
      this.seen = ""
      this.pty.write(`${command}\r`)
    }
    await this.until(() => this.exited || this.isReady)
    return this.seen
  }

  history(): string {
    return readFileSync(join(this.home, "history"), "utf8")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pty.close()
    await this.until(() => true)
    rmSync(this.home, { recursive: true, force: true })
  }
}
