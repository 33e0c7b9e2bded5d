import { childrenOf } from "../../platform.ts"

/** A process and everything it has started that still has its parent, children after their parents. */
const familyOf = (pid: number): ReadonlyArray<number> => {
  const family = [pid]
  for (let index = 0; index < family.length; index++) family.push(...(childrenOf(family[index]!) ?? []))
  return family
}

/**
 * Signals a process and what it has started. Not its process group: in a pipeline that is the group of the caller's other
 * programs, and ours. Where the system does not tell of children only the process itself is signalled.
 */
export const signalTree = (pid: number, signal: NodeJS.Signals): void => {
  for (const each of familyOf(pid)) {
    try {
      process.kill(each, signal)
      // A stopped one would keep the signal until somebody wakes it.
      if (signal !== "SIGKILL") process.kill(each, "SIGCONT")
    } catch {
      // It has ended.
    }
  }
}
