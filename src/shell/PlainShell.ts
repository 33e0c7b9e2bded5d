import { basename } from "node:path"
import { commandLine } from "../platform.ts"
import { endSession, type Job, NO_JOBS, sessionJobs } from "./endSession.ts"
import { isIntegrated } from "./integration/integrationOf.ts"
import type { EnvironmentChange } from "./integration/ShellIntegration.ts"
import { openPty, type Pty, type PtyExit } from "./Pty.ts"
import { commandEnvironment, enterable, type ShellOptions, shellName } from "./spawnShell.ts"

/** How a plain shell is started. */
export interface PlainShellOptions
  extends Pick<ShellOptions, "shell" | "directory" | "environment" | "columns" | "rows" | "term"> {
  /** Exported variables that differ from `environment`; the user's start files come after them. */
  readonly changes: EnvironmentChange
}

/** A plain shell that nobody reads yet. */
export interface SpawnedPlainShell {
  readonly pty: Pty
  /** What its block is called: `zsh`. */
  readonly name: string
  /** Where it was started. */
  readonly directory: string
}

/** What a plain shell says is all for its terminal; only its end is for us. */
export interface PlainShellListener {
  readonly output: (bytes: Uint8Array) => void
  /** Once, after the last output. */
  readonly exited: (exit: PtyExit) => void
}

/**
 * Starts the user's shell as any terminal does: interactive because it is on a terminal, and with nothing of ours in it.
 * Throws when no terminal can be made.
 */
export const spawnPlainShell = (options: PlainShellOptions): SpawnedPlainShell => {
  const environment = commandEnvironment(options)
  for (const name of options.changes.unset) delete environment[name]
  Object.assign(environment, options.changes.set)
  const directory = enterable(options.directory)
  const pty = openPty({
    file: shellName(options.shell, environment.PATH),
    args: [],
    cwd: directory,
    env: environment,
    cols: options.columns,
    rows: options.rows
  })
  return { pty, name: basename(options.shell), directory }
}

/** A shell that the user works in: every byte is its own. Plain: every byte passes here. */
export class PlainShell {
  readonly name: string
  /** Where it was started. */
  readonly directory: string
  readonly #pty: Pty
  #ended = false

  constructor({ pty, name, directory }: SpawnedPlainShell) {
    this.#pty = pty
    this.name = name
    this.directory = directory
  }

  get pid(): number {
    return this.#pty.pid
  }

  /** Reads from now on. */
  listen({ output, exited }: PlainShellListener): void {
    this.#pty.onExit((exit) => {
      this.#ended = true
      exited(exit)
    })
    this.#pty.onData(output)
  }

  /** What the user types. */
  write(bytes: Uint8Array): void {
    this.#pty.write(bytes)
  }

  /** What the emulator answers to it and to the programs in it. */
  reply(bytes: Uint8Array | string): void {
    this.#pty.reply(bytes)
  }

  /** In cells. */
  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows)
  }

  /** Stops reading output (back-pressure). */
  pause(): void {
    this.#pty.pause()
  }

  resume(): void {
    this.#pty.resume()
  }

  /** What runs in it, or has taken its place (`exec vim`). */
  jobs(): ReadonlyArray<Job> {
    if (this.#ended) return []
    const programs = sessionJobs(this.pid, NO_JOBS)
    const name = commandLine(this.pid)
    if (programs.length > 0 || name === null) return programs
    // The second word is the shell where that is a script of an interpreter's.
    const [first = "", second = ""] = name
      .replace(/^-/, "")
      .split(" ")
      .map((word) => basename(word))
    return first === this.name || second === this.name || isIntegrated(first) ? [] : [{ pid: this.pid, name }]
  }

  /**
   * Ends it and what runs in it (see `endSession`). What one that has exited by itself left behind is left alone, as every
   * terminal does: the shell has decided about it.
   */
  async close(): Promise<void> {
    if (!this.#ended) await endSession(this.#pty, NO_JOBS)
    this.#pty.close()
  }
}
