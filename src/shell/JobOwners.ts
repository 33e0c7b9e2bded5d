/** Process groups that a shell's commands left running, as its prompt tells. */
export interface JobGroups {
  /** Leaders of the groups in the shell's own job table. */
  readonly leaders: ReadonlySet<number>
  /** Groups of its children that the table does not hold (any more). */
  readonly disowned: ReadonlySet<number>
}

/**
 * Knows which command has left what runs in the background. A process group that is new at a prompt was left by the command
 * that has ended there; one that is gone has nothing more to print.
 */
export class JobOwners<A> {
  /** By process group, in the order in which they appeared; null for one that no command has left. */
  #owners = new Map<number, A | null>()
  #groups: JobGroups = { leaders: new Set(), disowned: new Set() }

  /**
   * Takes what a prompt tells.
   *
   * @param ended the command that has ended there; null before the first
   */
  update(groups: JobGroups, ended: A | null): void {
    this.#groups = groups
    for (const group of this.#owners.keys()) {
      if (!groups.leaders.has(group) && !groups.disowned.has(group)) this.#owners.delete(group)
    }
    for (const group of [...groups.leaders, ...groups.disowned]) {
      if (!this.#owners.has(group)) this.#owners.set(group, ended)
    }
  }

  /**
   * The last command that left a job running. One that left what is not in the job table (`disown`, a hook's helper) is
   * named only when no job is there.
   */
  get latest(): A | null {
    const { leaders } = this.#groups
    const left = [...this.#owners].filter(([, owner]) => owner !== null)
    return (left.findLast(([group]) => leaders.has(group)) ?? left.at(-1))?.[1] ?? null
  }

  /** Every command that has left what runs. */
  get all(): ReadonlyArray<A> {
    return [...this.#owners.values()].filter((owner) => owner !== null)
  }

  /** Another shell begins: what the one before has left is not this one's. */
  clear(): void {
    this.#owners.clear()
    this.#groups = { leaders: new Set(), disowned: new Set() }
  }
}
