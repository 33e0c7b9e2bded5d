import { randomBytes } from "node:crypto"
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync
} from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { pid } from "node:process"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { bootId, isAlive, machineId, pidNamespace, processStatus } from "../../platform.ts"
import { FILE_MODE, inodeOf, openChecked, readAt, removeIfThere, tryLink } from "./checkedFile.ts"
import { errorCode, PersistenceError, quoted } from "./PersistenceError.ts"

/** A process that cannot be mistaken for another: process ids are reused, and begin again after a boot. */
export const ProcessIdentity = Schema.Struct({
  pid: Schema.Int.pipe(Schema.positive()),
  /** When the process started, in clock ticks after boot; null where the platform does not tell. */
  startTime: Schema.NullOr(Schema.Number),
  /** The kernel's id of this boot; null where the platform does not tell. */
  bootId: Schema.NullOr(Schema.String),
  /** Its machine's name, which is shown; absent from files of versions that did not write it. */
  host: Schema.optionalWith(Schema.String, { exact: true }),
  /** What tells its machine from another of that name; absent where the platform does not tell. */
  machine: Schema.optionalWith(Schema.String, { exact: true }),
  /** The namespace that its pid belongs to: two containers of one kernel count their processes apart. */
  namespace: Schema.optionalWith(Schema.Int, { exact: true }),
  /** Which of its threads, where it is not the first: that may end long before the process does. */
  thread: Schema.optionalWith(Schema.Int, { exact: true })
})
export type ProcessIdentity = typeof ProcessIdentity.Type

/** What a lock must know of the machine's processes. */
export interface ProcessTable {
  readonly self: ProcessIdentity
  /** True while exactly this process runs here: not another with its id. */
  readonly isAlive: (process: ProcessIdentity) => boolean
  /**
   * True for a process that nobody here can be asked about: on another machine that shares the disk, in another container
   * of this one. Left out where there is none.
   */
  readonly isElsewhere?: (process: ProcessIdentity) => boolean
}

const differ = <A>(one: A | undefined, other: A | undefined): boolean =>
  one !== undefined && other !== undefined && one !== other

/** This process and those beside it, as the kernel tells. */
export const systemProcesses = (): ProcessTable => {
  const machine = machineId()
  const namespace = pidNamespace()
  const self: ProcessIdentity = {
    pid,
    startTime: processStatus(pid)?.startTime ?? null,
    bootId: bootId(),
    host: hostname(),
    ...(machine !== null && { machine }),
    ...(namespace !== null && { namespace })
  }
  return { self, ...processesSeenBy(self) }
}

/** How processes look to `self`, which is one of them. */
export const processesSeenBy = (self: ProcessIdentity): Required<Omit<ProcessTable, "self">> => {
  const isElsewhere = (process: ProcessIdentity): boolean => {
    // One kernel: its name may have changed, and a number of another namespace is another process's here.
    if (process.bootId !== null && process.bootId === self.bootId) return differ(process.namespace, self.namespace)
    return differ(process.host, self.host) || differ(process.machine, self.machine)
  }
  return {
    isElsewhere,
    isAlive: (process) =>
      !isElsewhere(process) && process.bootId === self.bootId && isAlive(process.pid, process.startTime)
  }
}

/** Largest lock file that is read, in bytes. */
const MAX_LOCK_BYTES = 4096
/** Takeovers tried before giving up: each lost one means that somebody else is busy with this lock. */
const MAX_ATTEMPTS = 5
/** A lock that is only ever held for moments binds nobody after this, in milliseconds, if its process is elsewhere. */
const BRIEF_LOCK_MS = 600_000

/** What a lock file holds. */
const LockHolder = Schema.Struct({
  ...ProcessIdentity.fields,
  /** Absolute path of the socket on which the process can be asked for the session. */
  socket: Schema.optionalWith(Schema.String, { exact: true })
})

const decodeLock = Schema.decodeUnknownEither(Schema.parseJson(LockHolder))

/** Who has a session. */
export interface LockOwner {
  readonly pid: number
  /** Where it runs, as it calls itself and unescaped; null for a process that we see. */
  readonly elsewhere: string | null
  /** Absolute path of the socket on which it can be asked for the session, as it was written; null for none. */
  readonly socket: string | null
  /** Absolute path of the lock. */
  readonly file: string
}

/** How the session of an owner elsewhere is had all the same: nobody here can tell whether that still runs. */
export const byForce = ({ file }: Pick<LockOwner, "file">): string =>
  `Only if that has ended for certain: rm ${quoted(file)}`

/** How a lock is taken. */
export interface LockOptions {
  /** Absolute path of the socket on which this process can be asked to give it up. */
  readonly socket?: string | null
  /** It is only ever held for moments: one of a process elsewhere is taken over after `BRIEF_LOCK_MS`. */
  readonly brief?: boolean
}

interface Holder {
  readonly process: typeof LockHolder.Type | null
  readonly inode: bigint
}

/** The process that the lock file at `path` names; null without one, and `process: null` when it names none. */
const readHolder = (path: string): Holder | null => {
  try {
    const file = openChecked(path, constants.O_RDONLY, MAX_LOCK_BYTES)
    try {
      // A lock is linked into place whole, so what cannot be read is what a crash of the machine left.
      const holder = decodeLock(readAt(file.fd, 0, file.size).toString("utf8"))
      return { process: Either.getOrNull(holder), inode: file.inode }
    } finally {
      closeSync(file.fd)
    }
  } catch (cause) {
    if (cause instanceof PersistenceError && errorCode(cause.cause) === "ENOENT") return null
    throw cause
  }
}

/** A file system gives the number of a file that is gone to the next one, which may be another process's. */
const isSelf = (process: ProcessIdentity, { self }: ProcessTable): boolean =>
  process.pid === self.pid &&
  process.startTime === self.startTime &&
  process.bootId === self.bootId &&
  !differ(process.namespace, self.namespace)

const isElsewhere = (process: ProcessIdentity, table: ProcessTable): boolean => table.isElsewhere?.(process) === true

/** The process that owns a session; null when nobody does, or it is dead. One that cannot be asked about counts as alive. */
export const lockOwner = (directory: string, id: string, table: ProcessTable): LockOwner | null => {
  const path = join(directory, `${id}.lock`)
  const holder = readHolder(path)?.process ?? null
  return holder !== null && (isElsewhere(holder, table) || table.isAlive(holder)) ? ownerOf(holder, path, table) : null
}

const ownerOf = (holder: typeof LockHolder.Type, file: string, table: ProcessTable): LockOwner => {
  const { pid, host = "another machine", socket = null } = holder
  const where = holder.bootId === table.self.bootId ? `${host}, in another container` : host
  return { pid, socket, file, elsewhere: isElsewhere(holder, table) ? where : null }
}

/** The right to write a session's files: one process has it at a time. */
export class ProcessLock {
  readonly #path: string
  readonly #inode: bigint

  /** A lock that is in place. */
  constructor(path: string, inode: bigint) {
    this.#path = path
    this.#inode = inode
  }

  /**
   * Takes `directory/<id>.lock`. A lock whose owner is dead, whose process id is another's now, or of another boot is
   * taken over; that of a process elsewhere is not, as nobody here can tell whether it lives. Throws `PersistenceError`:
   * `Locked` with the owner's `pid`, `Refused` or `Io`.
   */
  static acquire(directory: string, id: string, table: ProcessTable, options: LockOptions = {}): ProcessLock {
    const path = join(directory, `${id}.lock`)
    const { socket = null } = options
    const holder: typeof LockHolder.Type = { ...table.self, ...(socket !== null && { socket }) }
    return acquireAt(path, directory, id, holder, (aside) => {
      const stale = (found: Holder) =>
        found.process === null ||
        (isSelf(found.process, table) && unreleased.has(lockKey(path, found.inode))) ||
        !binds(found.process, path, table, options)
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        if (tryLink(aside, path)) return new ProcessLock(path, inodeOf(aside)!)
        const found = readHolder(path)
        if (found === null) continue
        if (!stale(found)) throw locked(id, ownerOf(found.process!, path, table))
        // One at a time may put its own lock in the place of a dead one: two could take each other's.
        const turn = takeTurn(directory, id, table)
        if (turn === null) continue
        try {
          const now = readHolder(path)
          if (now === null || !stale(now)) continue
          renameSync(aside, path)
          return new ProcessLock(path, inodeOf(path)!)
        } finally {
          turn.release()
        }
      }
      return null
    })
  }

  /** True while the file in place is the one we linked: to be asked before every rename. */
  isHeld(): boolean {
    return inodeOf(this.#path) === this.#inode
  }

  /** Gives the session free. */
  release(): void {
    try {
      if (this.isHeld()) unlinkSync(this.#path)
    } catch {
      // A dead owner's lock binds nobody; while our process lives this one must not keep it out itself.
      unreleased.add(lockKey(this.#path, this.#inode))
    }
  }
}

/** Locks of this process that it gave up and could not remove: the disk took nothing then. */
const unreleased = new Set<string>()

const lockKey = (path: string, inode: bigint): string => `${inode} ${path}`

/**
 * Releases every lock in `directory` that a thread of this process has taken, and removes what it has left beside them. Never
 * throws: where there is no such directory there is no lock either.
 *
 * @param thread `ProcessIdentity.thread`; it must have ended
 */
export const releaseLocksOf = (thread: number, directory: string, table: ProcessTable): void => {
  let names: ReadonlyArray<string>
  try {
    names = readdirSync(directory).filter((name) => name.includes(".lock"))
  } catch {
    return
  }
  for (const name of names) {
    const path = join(directory, name)
    try {
      const found = readHolder(path)
      const isIts = found?.process?.thread === thread && isSelf(found.process, table)
      if (isIts) new ProcessLock(path, found.inode).release()
    } catch {
      // No lock of ours: a link, a directory.
    }
  }
}

/** Removes what processes killed while they wanted this lock have left beside it; only for whoever has it. */
export const sweepLocks = (directory: string, id: string, table: ProcessTable): void => {
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(`.${id}.lock.`)) continue
    const path = join(directory, name)
    try {
      const { process = null } = readHolder(path) ?? {}
      // One that names nobody is perhaps being written at this moment.
      if (process === null ? isOld(path) : !binds(process, path, table, { brief: true })) removeIfThere(path)
    } catch {
      // Not ours, whoever made it: a link, a directory.
    }
  }
}

const isOld = (path: string): boolean => {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat !== undefined && Date.now() - stat.mtimeMs >= BRIEF_LOCK_MS
}

/** Whether a lock keeps others out. */
const binds = (holder: ProcessIdentity, path: string, table: ProcessTable, { brief = false }: LockOptions): boolean => {
  if (!isElsewhere(holder, table)) return table.isAlive(holder)
  return !brief || !isOld(path)
}

const locked = (id: string, owner: LockOwner) => {
  const { pid, elsewhere } = owner
  const where = elsewhere === null ? "" : ` on ${quoted(elsewhere)}. ${byForce(owner)}`
  const detail = `Session ${id} is open in process ${pid}${where}`
  return new PersistenceError({ reason: "Locked", subject: id, detail, pid })
}

/** Writes `holder` into a file aside of `path` for `place` to put there; the file is gone afterwards, its content may not be. */
const acquireAt = (
  path: string,
  directory: string,
  id: string,
  holder: ProcessIdentity,
  place: (aside: string) => ProcessLock | null
): ProcessLock => {
  const aside = join(directory, `.${id}.lock.${randomBytes(9).toString("base64url")}.tmp`)
  try {
    // Written aside, so that nobody ever sees a lock that is not written yet.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    const fd = openSync(aside, flags, FILE_MODE)
    try {
      fchmodSync(fd, FILE_MODE)
      writeSync(fd, `${JSON.stringify(holder)}\n`)
    } finally {
      closeSync(fd)
    }
    const lock = place(aside)
    if (lock !== null) return lock
    throw new PersistenceError({ reason: "Locked", subject: id, detail: `Several processes want session ${id}` })
  } catch (cause) {
    throw PersistenceError.from(cause, path)
  } finally {
    try {
      unlinkSync(aside)
    } catch {
      // It was never made, has become the lock, or the disk is gone: nothing is locked by it.
    }
  }
}

/** The right to replace a dead process's lock, held for moments; null while another process has it. */
const takeTurn = (directory: string, id: string, table: ProcessTable): ProcessLock | null => {
  const path = join(directory, `.${id}.lock.turn`)
  try {
    return acquireAt(path, directory, id, table.self, (aside) => {
      if (tryLink(aside, path)) return new ProcessLock(path, inodeOf(aside)!)
      const found = readHolder(path)
      if (found === null || (found.process !== null && binds(found.process, path, table, { brief: true }))) return null
      // Whoever had it was killed in these moments.
      removeStale(directory, id, path, found.inode)
      return tryLink(aside, path) ? new ProcessLock(path, inodeOf(aside)!) : null
    })
  } catch (cause) {
    if (cause instanceof PersistenceError && cause.reason === "Locked") return null
    throw cause
  }
}

/** Moves a file away in one step and looks whether it was the stale one: another process may have been faster. */
const removeStale = (directory: string, id: string, path: string, stale: bigint): void => {
  const grave = join(directory, `.${id}.lock.${randomBytes(9).toString("base64url")}.tmp`)
  try {
    renameSync(path, grave)
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return
    throw cause
  }
  if (inodeOf(grave) !== stale) tryLink(grave, path)
  unlinkSync(grave)
}
