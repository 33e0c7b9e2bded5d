import type { Job, ShellDriver } from "../shell/ShellDriver.ts"

/** What becomes of a shell here. */
type OneShell = Pick<ShellDriver, "jobs" | "history" | "close">

/**
 * The shells that a session has had: the one that is driven now, and those that have ended while jobs of theirs run on.
 * There is none until the first `begin`.
 */
export class SessionShells<Shell extends OneShell> {
  #now: Shell | null = null
  #ended: ReadonlyArray<Shell> = []
  #history: ReadonlyArray<string> | null = null

  /** The shell that is driven. */
  get now(): Shell {
    if (this.#now === null) throw new Error("the session has no shell yet")
    return this.#now
  }

  /** Another shell is driven from now on. */
  begin(shell: Shell): void {
    if (this.#now !== null && this.#now.jobs().length > 0) this.#ended = [...this.#ended, this.#now]
    this.#now = shell
  }

  /** Programs that run in any of them beside the shell itself. */
  jobs(): ReadonlyArray<Job> {
    // A process id that nobody uses any more may come to name another session: only shells with jobs are remembered.
    this.#ended = this.#ended.filter((shell) => shell.jobs().length > 0)
    return [...this.#ended, this.now].flatMap((shell) => shell.jobs())
  }

  /**
   * The shell's own history from before this session. Read once, to be asked for at the latest before the first command,
   * which a hook may append to the file: what this session adds is known from its blocks.
   */
  history(): ReadonlyArray<string> {
    this.#history ??= this.now.history()
    return this.#history
  }

  /** Ends all of them, with what runs in them. */
  async close(): Promise<void> {
    await Promise.all([...this.#ended, this.now].map((shell) => shell.close()))
  }
}
