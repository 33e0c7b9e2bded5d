import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type EnvironmentChange, SHELL_FILES, type ShellIntegration } from "../integration/ShellIntegration.ts"

/** Variables the shell keeps itself; they say nothing about what the user did. */
const KEPT_BY_SHELL = new Set(["_", "PWD", "OLDPWD", "SHLVL"])

/**
 * Compares the exported variables of a prompt with those after the start files. The shell writes both into its private
 * directory; reading happens only at prompts, and parsing only when the bytes differ.
 */
export class EnvironmentTracker {
  /** Leaders of the job table's process groups at the latest prompt. */
  jobs: ReadonlySet<number> = new Set()
  private start: ReadonlyMap<string, string> | null = null
  /** Variables that are as they are since an incognito command ran. */
  readonly hidden = new Set<string>()
  /** An incognito command has run since the environment was read last. */
  private isHidden = false
  private latest: ReadonlyMap<string, string> | null = null
  private seen: Buffer = Buffer.alloc(0)
  private told = JSON.stringify({ set: {}, unset: [] })
  private readonly directory: string
  private readonly integration: ShellIntegration

  constructor(directory: string, integration: ShellIntegration) {
    this.directory = directory
    this.integration = integration
  }

  /**
   * The whole difference to the start, or null when it is what was returned last.
   *
   * @param incognito the command that has ended at this prompt is incognito
   */
  changed(incognito = false): EnvironmentChange | null {
    this.isHidden ||= incognito
    const now = this.read(SHELL_FILES.status)
    if (now === null) return null
    const isHidden = this.isHidden
    this.isHidden = false
    if (now.equals(this.seen)) return null
    this.seen = now
    const status = this.integration.parseStatus(now.toString("utf8"))
    this.jobs = new Set(status.jobs)
    if (this.start === null) {
      const start = this.read(SHELL_FILES.start)
      if (start === null) return null
      this.start = this.integration.parseStatus(start.toString("utf8")).environment
    }
    this.note(status.environment, isHidden)
    const change = difference(this.start, status.environment)
    const text = JSON.stringify(change)
    if (text === this.told) return null
    this.told = text
    return change
  }

  /** Sets or clears the mark of every variable that is not as it was at the prompt before. */
  private note(now: ReadonlyMap<string, string>, isHidden: boolean): void {
    const before = this.latest ?? this.start ?? now
    this.latest = now
    for (const name of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(name) === now.get(name)) continue
      if (isHidden) this.hidden.add(name)
      else this.hidden.delete(name)
    }
  }

  private read(name: string): Buffer | null {
    try {
      return readFileSync(join(this.directory, name))
    } catch {
      return null
    }
  }
}

const difference = (from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): EnvironmentChange => {
  const set: Record<string, string> = {}
  const unset: Array<string> = []
  for (const name of [...to.keys()].sort()) {
    const value = to.get(name)!
    if (!KEPT_BY_SHELL.has(name) && from.get(name) !== value) set[name] = value
  }
  for (const name of [...from.keys()].sort()) {
    if (!KEPT_BY_SHELL.has(name) && !to.has(name)) unset.push(name)
  }
  return { set, unset }
}
