import { setTimeout as sleep } from "node:timers/promises"
import { childrenOf, commandLine, onHangup, type ProcessStatus, processStatus, sessionMembers } from "../platform.ts"
import type { Pty } from "./Pty.ts"

/** How long programs have to end after the hang-up, in ms. */
export const HANGUP_GRACE_MS = 500
/** How long they have to end after SIGTERM before they are killed, in ms. */
export const TERMINATE_GRACE_MS = 500
/** How often it is looked whether they have ended, in ms. */
const LOOK_EVERY_MS = 10

/** A program that runs in the shell's session beside the shell itself: a process group, named by its oldest process. */
export interface Job {
  readonly pid: number
  /** Its command line. */
  readonly name: string
}

/** What is known of the shell's jobs. */
export interface JobTable {
  /** Leaders of the process groups in the shell's own table. */
  readonly leaders: ReadonlySet<number>
  /** Process groups of children that the table does not hold any more. */
  readonly disowned: ReadonlySet<number>
  /** The running command may disown some before it ends. */
  readonly disowning: boolean
}

/** Of what has no job table, or whose table nobody reads. */
export const NO_JOBS: JobTable = { leaders: new Set(), disowned: new Set(), disowning: false }

type Group = ReadonlyArray<ProcessStatus>

const groupsOf = (session: number): ReadonlyArray<Group> => {
  const groups = new Map<number, Array<ProcessStatus>>()
  for (const process of sessionMembers(session) ?? []) {
    if (process.pid === session) continue
    const group = groups.get(process.group)
    if (group === undefined) groups.set(process.group, [process])
    else group.push(process)
  }
  return [...groups.values()].map((group) => group.sort((a, b) => a.startTime - b.startTime || a.pid - b.pid))
}

/** Compares the shell's children with its job table, both as they are at a prompt. */
export const disownedGroups = (shell: number, leaders: ReadonlySet<number>): ReadonlySet<number> => {
  const disowned = new Set<number>()
  for (const child of childrenOf(shell) ?? []) {
    const group = processStatus(child)?.group
    // Process substitutions run in the shell's own group.
    if (group !== undefined && group !== shell && !leaders.has(group)) disowned.add(group)
  }
  return disowned
}

/** Whether the user asked that these processes outlive the terminal: by nohup (all ignore SIGHUP) or by disown. */
const isProtected = (group: Group, session: number, table: JobTable): boolean => {
  if (group.every(({ pid }) => onHangup(pid) === "ignores")) return true
  const id = group[0]!.group
  if (table.disowned.has(id)) return true
  return table.disowning && id !== session && id !== group[0]!.foreground && !table.leaders.has(id)
}

/** What leaving would end, by name: every group of the session but the shell's own and the protected ones. */
export const sessionJobs = (session: number, table: JobTable): ReadonlyArray<Job> =>
  groupsOf(session)
    .filter((group) => group[0]!.group !== session && !isProtected(group, session, table))
    .map((group) => ({ pid: group[0]!.pid, name: commandLine(group[0]!.pid) ?? group[0]!.name }))

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already.
  }
}

const until = async (done: () => boolean, ms: number, meanwhile: () => void = () => {}): Promise<void> => {
  for (let waited = 0; waited < ms && !done(); waited += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS)
    meanwhile()
  }
}

/**
 * Ends a shell and what runs in its session as a closing terminal does, and then surely: SIGHUP to the shell (which
 * hangs up its jobs, the disowned ones excepted) and to the foreground, then SIGTERM, then SIGKILL to every process
 * group that is left. Left alone are nohup, setsid and disown. Where the session's members are unknown (no /proc) only
 * the shell and its own group are ended.
 *
 * @param leader the shell, or whatever was started on the terminal
 */
export const endSession = async (leader: Pick<Pty, "pid" | "startTime">, table: JobTable): Promise<void> => {
  const { pid: session, startTime } = leader
  const shell = processStatus(session)
  // The kernel gives a number to somebody else only when nobody of the session is left.
  if (shell !== null && startTime !== null && shell.startTime !== startTime) return
  const shellAlive = () => {
    const now = processStatus(session)
    return now !== null && now.state !== "Z" && now.startTime === shell?.startTime
  }
  const doomed = () => groupsOf(session).filter((group) => !isProtected(group, session, table))
  const signalAll = (name: NodeJS.Signals) => {
    for (const group of doomed()) signal(-group[0]!.group, name)
  }
  const over = () => !shellAlive() && doomed().length === 0

  if (shell !== null && shell.state !== "Z") {
    signal(session, "SIGHUP")
    // Until it has a session of its own it is in ours, and what has the terminal there are we ourselves.
    const isLeader = shell.session === session
    if (isLeader && shell.foreground > 0 && shell.foreground !== session) signal(-shell.foreground, "SIGHUP")
    signal(session, "SIGCONT")
  } else {
    signalAll("SIGHUP")
  }
  signalAll("SIGCONT")
  // bash notes a SIGHUP and acts when its read returns; one that came just before the read is only seen with the next
  // signal that readline catches.
  await until(over, HANGUP_GRACE_MS, () => signal(session, "SIGWINCH"))
  if (over()) return
  signalAll("SIGTERM")
  await until(over, TERMINATE_GRACE_MS)
  signalAll("SIGKILL")
  if (shellAlive()) signal(session, "SIGKILL")
  await until(over, TERMINATE_GRACE_MS)
}
