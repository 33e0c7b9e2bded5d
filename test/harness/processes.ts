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
  /** It has been stopped, by SIGSTOP or Ctrl+Z. */
  readonly stopped: boolean
  /** Its process group is the one that its terminal sends signals to. */
  readonly foreground: boolean
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return "" // it ended while we looked
  }
}

/** proc(5): `pid (comm) state ppid pgrp session tty_nr tpgid …`; comm may itself hold blanks and parentheses. */
const STAT = /^\d+ \((.*)\) (\S) (\d+) (\d+) (\d+) -?\d+ (-?\d+)/s

/** The process of this id; undefined for one that is gone and for a zombie, which is only an exit status that nobody has fetched. */
const processOf = (pid: string): ProcessInfo | undefined => {
  const stat = STAT.exec(read(`/proc/${pid}/stat`))
  if (stat === null || stat[2] === "Z" || stat[2] === "X") return undefined
  const args = read(`/proc/${pid}/cmdline`).split("\0").join(" ").trim()
  const command = args || `[${stat[1]}]`
  const [, , state, ppid, group, sid, foreground] = stat
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    sid: Number(sid),
    command,
    asleep: state === "S",
    stopped: state === "T",
    foreground: group === foreground
  }
}

const processesWhere = (fits: (pid: string) => boolean): Array<ProcessInfo> =>
  readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) && fits(name) ? (processOf(name) ?? []) : []))

/** The descendants of `pid` and what else runs in its session; `pid` itself is not among them. */
export const processesUnder = (pid: number): Array<ProcessInfo> => {
  const all = processesWhere(() => true)
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
  processesWhere((pid) => `\0${read(`/proc/${pid}/environ`)}`.includes(`\0HOME=${home}\0`))

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
