import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { blockWords } from "../../src/shell/blockWords.ts"
import { type CommandSource, referringCommand } from "../../src/shell/CommandSource.ts"
import { findProgram } from "../../src/shell/findProgram.ts"
import type { EnvironmentChange } from "../../src/shell/integration/ShellIntegration.ts"
import type { JobGroups } from "../../src/shell/JobOwners.ts"
import { type CommandEnd, type Prompt, ShellDriver, type ShellEnd } from "../../src/shell/ShellDriver.ts"
import { type ShellOptions, spawnShell } from "../../src/shell/spawnShell.ts"

/** What became of one command. */
export interface Result {
  /** What was submitted. */
  readonly command: string
  readonly output: string
  readonly end: CommandEnd | null
  readonly status: number | undefined
  /** The text that the shell ran. */
  readonly text: string | null
  readonly notice: string
  readonly typedAhead: string
  readonly incomplete: boolean
}

/** The shells that are driven as themselves. */
export type ShellName = "bash" | "zsh" | "fish"

/** Where each keeps its interactive start file, below the home directory. */
export const RC_FILES: Readonly<Record<ShellName, string>> = {
  bash: ".bashrc",
  zsh: ".zshrc",
  fish: ".config/fish/config.fish"
}

/** What a home has that the shell was used in before: in a new one fish spends seconds on reading all manual pages. */
const USED_HOME: Readonly<Record<ShellName, Readonly<Record<string, string>>>> = {
  bash: {},
  zsh: {},
  fish: { ".local/share/fish/generated_completions/none.fish": "" }
}

/** Where each keeps its history, below a home whose HISTFILE is `history`. */
export const HISTORY_FILES: Readonly<Record<ShellName, string>> = {
  bash: "history",
  zsh: "history",
  fish: ".local/share/fish/fish_history"
}

/** What sets the prompt `$ ` in each. */
export const PLAIN_RC: Readonly<Record<ShellName, string>> = {
  bash: "PS1='$ '\n",
  zsh: "PS1='$ '\nsetopt interactive_comments\n",
  fish: "function fish_prompt; echo -n '$ '; end\nfunction fish_greeting; end\n"
}

/** Puts a start file, and more files by their paths, into a home that the shell was used in before. */
export const fillHome = (
  home: string,
  shell: ShellName,
  rc: string,
  files: Readonly<Record<string, string>> = {}
): void => {
  for (const [path, text] of Object.entries({ ...USED_HOME[shell], ...files, [RC_FILES[shell]]: rc })) {
    mkdirSync(join(home, dirname(path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
}

export interface TestShellOptions extends Partial<Omit<ShellOptions, "environment" | "shell">> {
  /** bash, unless said otherwise. */
  readonly shell?: ShellName
  /** Any other shell, by name or path; its start files are the test's own business. */
  readonly program?: string
  /** Text of the user's interactive start file. */
  readonly rc?: string
  /** More files of the user's, by path below the home directory. */
  readonly home?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** How long a shell may take for anything, in ms: a limit against hanging, never waited for. */
const LIMIT_MS = 10_000

/** A real shell with a home of its own, driven by the real driver. */
export class TestShell {
  readonly home = mkdtempSync(join(tmpdir(), "shell-"))
  readonly runtime = mkdtempSync(join(tmpdir(), "run-"))
  readonly driver: ShellDriver
  readonly files: string
  readonly path: string
  readonly environment: Readonly<Record<string, string>>
  /** Output that belongs to no command. */
  loose = ""
  prompt: Prompt | null = null
  exited: ShellEnd | null = null
  changes: Array<EnvironmentChange> = []
  /** Variables that the latest of the changes says are an incognito command's. */
  hidden: ReadonlyArray<string> = []
  groups: JobGroups | null = null
  slow = false
  /** Where the shell stood when it was said to be bare last; null while it is driven. */
  bare: string | null = null
  prompts = 0
  /** Texts that words of commands stand for, such as `@last`. */
  readonly outputs: Record<string, string> = {}
  private output = new Map<string, Array<Uint8Array>>()
  private errors = new Map<string, string>()
  private commands = new Map<string, string>()
  private texts = new Map<string, string>()
  private ends = new Map<string, CommandEnd>()
  private notices = new Map<string, string>()
  private incompletes = new Set<string>()
  private ahead = ""
  private startNotice = ""
  private readonly shell: ShellName
  private watchers = new Set<() => void>()
  private count = 0
  ready = false

  constructor(options: TestShellOptions = {}) {
    const { shell: name = "bash", program = name, rc = PLAIN_RC[name], home = {}, env, ...rest } = options
    this.shell = name
    fillHome(this.home, name, rc, home)
    this.environment = {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      HOME: this.home,
      LANG: "C.UTF-8",
      HISTFILE: join(this.home, "history"),
      XDG_RUNTIME_DIR: this.runtime,
      ...env
    }
    const shell = spawnShell({
      shell: findProgram(program, process.env.PATH) ?? `/bin/${program}`,
      directory: this.home,
      environment: this.environment,
      columns: 100,
      rows: 30,
      ...rest
    })
    this.files = shell.files
    this.path = shell.pty.path
    this.driver = new ShellDriver(shell, {
      ready: (prompt) => {
        this.prompt = { text: prompt.text.slice(), right: prompt.right.slice(), directory: prompt.directory }
        this.prompts++
        this.ready = true
        this.look()
      },
      started: (id, text) => {
        this.texts.set(id, text)
        this.look()
      },
      output: (id, bytes, stream) => {
        if (stream === "stderr")
          this.errors.set(id ?? "", (this.errors.get(id ?? "") ?? "") + Buffer.from(bytes).toString("latin1"))
        else if (id === null) this.loose += Buffer.from(bytes).toString("utf8")
        else {
          // Kept as they came, not copied: what was delivered must never change.
          const list = this.output.get(id)
          if (list === undefined) this.output.set(id, [bytes])
          else list.push(bytes)
        }
        this.look()
      },
      finished: (id, end) => {
        this.ends.set(id, end)
        this.look()
      },
      notice: (id, bytes) => {
        if (id === null) this.startNotice += Buffer.from(bytes).toString("utf8")
        else this.notices.set(id, (this.notices.get(id) ?? "") + Buffer.from(bytes).toString("utf8"))
        this.look()
      },
      jobs: (groups) => {
        this.groups = groups
      },
      typeAhead: (text) => {
        this.ahead += text
        this.look()
      },
      incomplete: (id) => {
        this.incompletes.add(id)
        this.look()
      },
      environment: (change, hidden) => {
        this.changes.push(change)
        this.hidden = [...hidden]
      },
      slow: () => {
        this.slow = true
        this.look()
      },
      bare: (_, directory) => {
        this.bare = directory
        this.look()
      },
      exited: (end) => {
        this.exited = end
        this.look()
      }
    })
  }

  static async start(options?: TestShellOptions): Promise<TestShell> {
    const shell = new TestShell(options)
    await shell.until(() => shell.ready || shell.exited !== null, "the first prompt")
    return shell
  }

  private look(): void {
    for (const watcher of [...this.watchers]) watcher()
  }

  /** Waits until something holds, looking after every event. */
  until(holds: () => boolean, what: string, limit = LIMIT_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.watchers.delete(watcher)
        const seen = [...this.output.values()].at(-1)
        const last = JSON.stringify(Buffer.concat(seen ?? []).toString("utf8"))
        reject(new Error(`no ${what}; last output ${last}, loose ${JSON.stringify(this.loose)}`))
      }, limit)
      const watcher = () => {
        if (!holds()) return
        clearTimeout(timer)
        this.watchers.delete(watcher)
        resolve()
      }
      this.watchers.add(watcher)
      watcher()
    })
  }

  /** Starts a command and returns its id. */
  submit(text: string, split = false, incognito = false): string {
    const id = `c${++this.count}`
    this.commands.set(id, text)
    this.ready = false
    this.ahead = ""
    if (!this.driver.submit(id, this.source(text), split, incognito))
      throw new Error(`the shell is not ready for ${JSON.stringify(text)}`)
    return id
  }

  private source(text: string): CommandSource {
    const words = blockWords(text, this.shell).filter(({ name }) => this.outputs[name] !== undefined)
    return referringCommand(text, words, (word) => {
      const path = join(this.runtime, `${word.slice(1)}.txt`)
      writeFileSync(path, this.outputs[word.slice(1)]!)
      return path
    })
  }

  outputOf(id: string): string {
    return this.bytesOf(id).toString("utf8")
  }

  /** What was printed to a stderr that is kept apart. */
  errorsOf(id: string): string {
    return Buffer.from(this.errors.get(id) ?? "", "latin1").toString("utf8")
  }

  bytesOf(id: string): Buffer {
    return Buffer.concat(this.output.get(id) ?? [])
  }

  result(id: string): Result {
    const end = this.ends.get(id) ?? null
    return {
      command: this.commands.get(id) ?? "",
      output: this.outputOf(id),
      end,
      status: end?.exitCode,
      text: this.texts.get(id) ?? null,
      notice: this.notices.get(id) ?? "",
      typedAhead: this.ahead,
      incomplete: this.incompletes.has(id)
    }
  }

  /** Waits for the output of a running command. */
  seen(id: string, text: string): Promise<void> {
    return this.until(() => this.outputOf(id).includes(text), `output ${JSON.stringify(text)}`)
  }

  started(id: string): Promise<void> {
    return this.until(() => this.texts.has(id), "start")
  }

  /** Waits for the prompt after a command (or for the shell's end). */
  async done(id: string): Promise<Result> {
    await this.until(() => this.ready || this.exited !== null, `prompt after ${id}`)
    return this.result(id)
  }

  /** Runs a command; `keys` are typed once their output is seen. */
  async run(text: string, ...keys: ReadonlyArray<readonly [seen: string, keys: string]>): Promise<Result> {
    const id = this.submit(text)
    for (const [seen, typed] of keys) {
      await (seen === "" ? this.started(id) : this.seen(id, seen))
      this.driver.write(Buffer.from(typed))
    }
    return this.done(id)
  }

  /** Runs a command that is kept out of the shell's history. */
  incognito(text: string, split = false): Promise<Result> {
    return this.done(this.submit(text, split, true))
  }

  get promptText(): string {
    return Buffer.from(this.prompt?.text ?? []).toString("utf8")
  }

  get startOutput(): string {
    return this.loose + this.startNotice
  }

  history(): string {
    const path = join(this.home, HISTORY_FILES[this.shell])
    return existsSync(path) ? readFileSync(path, "utf8") : ""
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.driver.close()
    rmSync(this.home, { recursive: true, force: true })
    rmSync(this.runtime, { recursive: true, force: true })
  }
}
