import { randomBytes } from "node:crypto"
import { closeSync, constants, fchmodSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs"
import { join } from "node:path"
import { pid } from "node:process"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { bootId, isAlive, processStatus } from "../../platform.ts"
import { FILE_MODE, inodeOf, openChecked, readAt, tryLink } from "./checkedFile.ts"
import { errorCode, PersistenceError } from "./PersistenceError.ts"

/** A process that cannot be mistaken for another: process ids are reused, and begin again after a boot. */
export const ProcessIdentity = Schema.Struct({
  pid: Schema.Int.pipe(Schema.positive()),
  /** When the process started, in clock ticks after boot; null where the platform does not tell. */
  startTime: Schema.NullOr(Schema.Number),
  /** The kernel's id of this boot; null where the platform does not tell. */
  bootId: Schema.NullOr(Schema.String)
})
export type ProcessIdentity = typeof ProcessIdentity.Type

/** What a lock must know of the machine's processes. */
export interface ProcessTable {
  readonly self: ProcessIdentity
  /** True while exactly this process runs: not another with its id. */
  readonly isAlive: (process: ProcessIdentity) => boolean
}

/** This process and those beside it, as the kernel tells. */
export const systemProcesses = (): ProcessTable => {
  const boot = bootId()
  return {
    self: { pid, startTime: processStatus(pid)?.startTime ?? null, bootId: boot },
    isAlive: (process) => process.bootId === boot && isAlive(process.pid, process.startTime)
  }
}

/** Largest lock file that is read, in bytes. */
const MAX_LOCK_BYTES = 4096
/** Takeovers tried before giving up: each lost one means that somebody else is busy with this lock. */
const MAX_ATTEMPTS = 5

const decodeLock = Schema.decodeUnknownEither(Schema.parseJson(ProcessIdentity))

interface Holder {
  readonly process: ProcessIdentity | null
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

/** The live process that owns a session, null when nobody does. */
export const liveOwner = (directory: string, id: string, table: ProcessTable): number | null => {
  const holder = readHolder(join(directory, `${id}.lock`))?.process ?? null
  return holder !== null && table.isAlive(holder) ? holder.pid : null
}

/** The right to write a session's files: one process has it at a time. */
export class ProcessLock {
  readonly #path: string
  readonly #inode: bigint

  private constructor(path: string, inode: bigint) {
    this.#path = path
    this.#inode = inode
  }

  /**
   * Takes `directory/<id>.lock`. A lock whose owner is dead, whose process id is another's now, or of another boot is
   * taken over. Throws `PersistenceError`: `Locked` with the owner's `pid`, `Refused` or `Io`.
   */
  static acquire(directory: string, id: string, table: ProcessTable): ProcessLock {
    const path = join(directory, `${id}.lock`)
    const aside = join(directory, `.${id}.lock.${randomBytes(9).toString("base64url")}.tmp`)
    try {
      // Written aside and linked into place, so that nobody ever sees a lock that is not written yet.
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
      const fd = openSync(aside, flags, FILE_MODE)
      try {
        fchmodSync(fd, FILE_MODE)
        writeSync(fd, `${JSON.stringify(table.self)}\n`)
      } finally {
        closeSync(fd)
      }
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        if (tryLink(aside, path)) return new ProcessLock(path, inodeOf(aside)!)
        const holder = readHolder(path)
        if (holder === null) continue
        if (holder.process !== null && table.isAlive(holder.process)) throw locked(id, holder.process.pid)
        removeStale(directory, id, path, holder.inode)
      }
      throw new PersistenceError({ reason: "Locked", subject: id, detail: `Several processes want session ${id}` })
    } catch (cause) {
      throw PersistenceError.from(cause, path)
    } finally {
      try {
        unlinkSync(aside)
      } catch {
        // It was never made, or the disk is gone: nothing is locked by it.
      }
    }
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
      // Our process ends soon, and a dead owner's lock binds nobody.
    }
  }
}

const locked = (id: string, pid: number) =>
  new PersistenceError({ reason: "Locked", subject: id, detail: `Session ${id} is open in process ${pid}`, pid })

/** Moves the lock away in one step and looks whether it was the stale one: another process may have been faster. */
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
