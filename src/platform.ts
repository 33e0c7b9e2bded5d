import { createHash } from "node:crypto"
import { readdirSync, readFileSync, readlinkSync, statfsSync } from "node:fs"

/**
 * What the kernel knows about processes. This is the one file that reads /proc (field meanings: proc(5)); where there
 * is no /proc every answer is null, "unknown", and callers go on without it.
 */

/** One line of /proc/<pid>/stat. */
export interface ProcessStatus {
  readonly pid: number
  /** The executable's name, at most 15 bytes. */
  readonly name: string
  /** One letter: R running, S sleeping, D disk, T stopped, Z zombie, X dead. */
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** Process group in the foreground of the controlling terminal, -1 without one. */
  readonly foreground: number
  /** Clock ticks after boot; with the boot id and the pid it names one process for ever. */
  readonly startTime: number
}

/** SIGHUP's bit in the masks of /proc/<pid>/status. */
const HANGUP_BIT = 1n

const read = (path: string): string | null => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return null
  }
}

/** Types of file systems that lie in memory: tmpfs and ramfs (statfs(2)). */
const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x0102_1994, 0x8584_58f6])

/** Whether a directory lies on a file system in memory. False where the platform does not tell. */
export const isInMemory = (directory: string): boolean => {
  try {
    return process.platform === "linux" && MEMORY_FILE_SYSTEMS.has(statfsSync(directory).type)
  } catch {
    return false
  }
}

/** The status of a process, or null when it is gone or the platform does not tell. */
export const processStatus = (pid: number): ProcessStatus | null => {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name may hold blanks and parentheses, so fields are counted from its last ")".
  const end = stat.lastIndexOf(")")
  const field = stat.slice(end + 2).split(" ")
  return {
    pid,
    name: stat.slice(stat.indexOf("(") + 1, end),
    state: field[0] ?? "",
    parent: Number(field[1]),
    group: Number(field[2]),
    session: Number(field[3]),
    foreground: Number(field[5]),
    startTime: Number(field[19])
  }
}

/**
 * How often a process has left its processor so far, or null when unknown. Two equal answers while it sleeps: it has slept
 * all the time between them.
 */
export const processSwitches = (pid: number): number | null => {
  const status = read(`/proc/${pid}/status`)
  if (status === null) return null
  const counts = [...status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s*(\d+)/gm)]
  return counts.length === 0 ? null : counts.reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Whether this process's group is in the foreground of its terminal: for a shell, that no command of its runs there. */
export const ownsTerminal = (pid: number): boolean | null => {
  const status = processStatus(pid)
  return status === null ? null : status.foreground === status.group
}

/**
 * Whether the program in the foreground of this process's terminal is at work, or waits for a processor or a disk to be so: not
 * for a key. False where the platform does not tell.
 */
export const foregroundWorks = (pid: number): boolean => {
  const group = processStatus(pid)?.foreground ?? -1
  const state = group > 0 ? processStatus(group)?.state : undefined
  return state === "R" || state === "D"
}

/** This boot's id, or null. A pid and a start time are only meaningful within one boot. */
export const bootId = (): string | null => read("/proc/sys/kernel/random/boot_id")?.trim() ?? null

/**
 * What tells this machine from others, null where there is no such thing. It stays the same when the machine starts anew.
 * A digest: machine-id(5) asks that the id itself is shown to nobody.
 */
export const machineId = (): string | null => {
  const id = read("/etc/machine-id")?.trim()
  return id ? createHash("sha256").update(`effecttalk ${id}`).digest("hex").slice(0, 16) : null
}

/** The number of the namespace that this process's pid belongs to (pid_namespaces(7)), or null. */
export const pidNamespace = (): number | null => {
  try {
    return Number(/^pid:\[(\d+)\]$/.exec(readlinkSync("/proc/self/ns/pid"))?.[1]) || null
  } catch {
    return null
  }
}

/**
 * Whether the process that had this pid and start time still runs (a zombie does not). Without /proc only the pid can
 * be asked about, so a reused one passes for alive.
 */
export const isAlive = (pid: number, startTime: number | null): boolean => {
  const status = processStatus(pid)
  if (status !== null) {
    return (startTime === null || status.startTime === startTime) && status.state !== "Z" && status.state !== "X"
  }
  if (bootId() !== null) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** Every living process of a terminal session (as setsid(2) means it), or null when the platform does not tell. */
export const sessionMembers = (session: number): ReadonlyArray<ProcessStatus> | null => {
  let names: ReadonlyArray<string>
  try {
    names = readdirSync("/proc")
  } catch {
    return null
  }
  const members: Array<ProcessStatus> = []
  for (const name of names) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const status = processStatus(pid)
    if (status !== null && status.session === session && status.state !== "Z" && status.state !== "X") {
      members.push(status)
    }
  }
  return members
}

/** What a process does on SIGHUP, or null when unknown. `nohup` makes it "ignores". */
export const onHangup = (pid: number): "dies" | "catches" | "ignores" | null => {
  const status = read(`/proc/${pid}/status`)
  if (status === null) return null
  const mask = (name: string) => BigInt(`0x${status.match(new RegExp(`^${name}:\\s*([0-9a-f]+)`, "m"))?.[1] ?? "0"}`)
  if ((mask("SigIgn") & HANGUP_BIT) !== 0n) return "ignores"
  return (mask("SigCgt") & HANGUP_BIT) !== 0n ? "catches" : "dies"
}

/** The words a process was started with, joined by blanks; its name in brackets when it has none; null when gone. */
export const commandLine = (pid: number): string | null => {
  let words: string
  try {
    words = readFileSync(`/proc/${pid}/cmdline`, "utf8")
  } catch {
    return null
  }
  if (words === "") {
    const name = processStatus(pid)?.name
    return name === undefined ? null : `[${name}]`
  }
  return words.replace(/\0$/, "").replaceAll("\0", " ")
}

/** A process's working directory, or null. */
export const workingDirectory = (pid: number): string | null => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}

/** A process's living children, whichever of its threads started them, or null when unknown. */
export const childrenOf = (pid: number): ReadonlyArray<number> | null => {
  let threads: ReadonlyArray<string>
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    return null
  }
  const children = threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`))
  // Kernels without CONFIG_PROC_CHILDREN have no such file.
  if (children.every((list) => list === null)) return null
  return children
    .flatMap((list) => (list ?? "").split(" "))
    .filter((word) => /^\d/.test(word))
    .map(Number)
}

/** The highest file descriptor that this process has open, or null when unknown. */
export const highestDescriptor = (): number | null => {
  try {
    return Math.max(...readdirSync("/proc/self/fd").map(Number))
  } catch {
    return null
  }
}

/** How many file descriptors this process has open, and how many it may; null when unknown. */
export const fileDescriptors = (): { readonly open: number; readonly max: number } | null => {
  const max = /^Max open files +(\d+)/m.exec(read("/proc/self/limits") ?? "")?.[1]
  try {
    // One of them is the directory that is being read.
    return max === undefined ? null : { open: readdirSync("/proc/self/fd").length - 1, max: Number(max) }
  } catch {
    return null
  }
}
