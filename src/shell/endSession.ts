import { setTimeout as sleep } from "node:timers/promises"
import { commandLine, onHangup, type ProcessStatus, processStatus, sessionMembers, startedAt } from "../platform.ts"

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

/** What the shell last told about its jobs. */
export interface JobTable {
  /** Leaders of the process groups in the table. */
  readonly leaders: ReadonlyArray<number>
  /** When that was, in ms since the epoch. */
  readonly at: number
  /** The command that has run since then mentions `disown`. */
  readonly disowning: boolean
}

type Group = ReadonlyArray<ProcessStatus>

const groupsOf = (session: number): ReadonlyArray<Group> => {
  const groups = new Map<number, Array<ProcessStatus>>()
  for (const process of sessionMembers(session) ?? []) {
    if (process.pid === session) continue
    const group = groups.get(process.group)
    if (group === undefined) groups.set(process.group, [process])
    else group.push(process)
  }
  return [...groups.values()].map((group) => group.sort((a, b) => a.startTime - b.startTime))
}

/**
 * Whether the user asked that these processes outlive the terminal: all ignore SIGHUP (nohup), or the group was there
 * at the latest prompt and the shell's job table does not hold it (disown).
 */
const isProtected = (group: Group, table: JobTable): boolean => {
  if (group.every(({ pid }) => onHangup(pid) === "ignores")) return true
  const first = group[0]!
  if (table.leaders.includes(first.group)) return false
  const started = startedAt(first)
  return started !== null && started < table.at ? true : table.disowning
}

/** What leaving would end, by name: every group of the session but the shell's own and the protected ones. */
export const sessionJobs = (session: number, table: JobTable): ReadonlyArray<Job> =>
  groupsOf(session)
    .filter((group) => group[0]!.group !== session && !isProtected(group, table))
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
 */
export const endSession = async (session: number, table: JobTable): Promise<void> => {
  const shell = processStatus(session)
  const shellAlive = () => {
    const now = processStatus(session)
    return now !== null && now.state !== "Z" && now.startTime === shell?.startTime
  }
  const doomed = () => groupsOf(session).filter((group) => !isProtected(group, table))
  const signalAll = (name: NodeJS.Signals) => {
    for (const group of doomed()) signal(-group[0]!.group, name)
  }
  const over = () => !shellAlive() && doomed().length === 0

  if (shell !== null && shell.state !== "Z") {
    signal(session, "SIGHUP")
    if (shell.foreground > 0 && shell.foreground !== session) signal(-shell.foreground, "SIGHUP")
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
