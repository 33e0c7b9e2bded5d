import { readdirSync, readFileSync } from "node:fs"

/** A live process as /proc shows it. */
export interface ProcessInfo {
  readonly pid: number
  readonly ppid: number
  /** Session id: the pid of the session's leader. */
  readonly sid: number
  /** Its arguments joined by blanks; the name in brackets when it has none. */
  readonly command: string
  /** It waits for something: a key, a child, a timer. */
  readonly asleep: boolean
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return "" // it ended while we looked
  }
}

/** proc(5): `pid (comm) state ppid pgrp session …`; comm may itself hold blanks and parentheses. */
const STAT = /^\d+ \((.*)\) (\S) (\d+) \d+ (\d+)/s

/** Every process but zombies, which are only an exit status that nobody has fetched. */
const allProcesses = (): Array<ProcessInfo> =>
  readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    const stat = STAT.exec(read(`/proc/${name}/stat`))
    if (stat === null || stat[2] === "Z" || stat[2] === "X") return []
    const args = read(`/proc/${name}/cmdline`).split("\0").join(" ").trim()
    const command = args || `[${stat[1]}]`
    return [{ pid: Number(name), ppid: Number(stat[3]), sid: Number(stat[4]), command, asleep: stat[2] === "S" }]
  })

/** The descendants of `pid` and what else runs in its session; `pid` itself is not among them. */
export const processesUnder = (pid: number): Array<ProcessInfo> => {
  const all = allProcesses()
  const family = new Set([pid])
  for (let before = 0; before !== family.size; ) {
    before = family.size
    for (const p of all) if (family.has(p.ppid) || p.sid === pid) family.add(p.pid)
  }
  family.delete(pid)
  return all.filter((p) => family.has(p.pid))
}

/** Every process whose environment holds this HOME: a daemon that left its family and its session is found too. */
export const processesOf = (home: string): Array<ProcessInfo> =>
  allProcesses().filter((p) => `\0${read(`/proc/${p.pid}/environ`)}`.includes(`\0HOME=${home}\0`))

/** SIGKILL to each; one that is gone already is fine. */
export const killAll = (processes: Iterable<{ readonly pid: number }>): void => {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // gone already
    }
  }
}
