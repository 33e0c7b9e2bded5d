import { join } from "node:path"
import type { SessionId } from "../../domain/ids.ts"
import { sweepTemporaries } from "./atomicReplace.ts"
import { inodeOf } from "./checkedFile.ts"
import { type DataDirectory, ensureDataDirectory, syncWayTo } from "./dataDirectory.ts"
import { PersistenceError } from "./PersistenceError.ts"
import { type ProcessLock, type ProcessTable, sweepLocks } from "./ProcessLock.ts"
import { type Original, preserve } from "./recoverSession.ts"
import { acquireSessionLock } from "./restoreGuard.ts"

/** Where a session's files are, and how its owners are told apart. */
export interface OwnerOptions {
  readonly directory: DataDirectory
  readonly processes: ProcessTable
  /** Absolute path of the socket on which this process can be asked for the session; null or absent for none. */
  readonly socket?: () => string | null
}

/** What a session was opened with. */
export interface OwnedFiles {
  /** Inodes of the files that the session was read from. */
  readonly inodes: ReadonlyArray<bigint>
  /** Of what was damaged: to be put aside before it is written over. */
  readonly originals: ReadonlyArray<Original>
}

/** The right to write one session's files, and all that has to be done before one of them is made or replaced. */
export class SessionOwner {
  readonly #id: SessionId
  readonly #options: OwnerOptions
  readonly #found: ReadonlyArray<bigint>
  readonly #originals: Array<Original>
  #lock: ProcessLock | null
  /** Nothing that another process did to the directories before it was killed waits for the disk any more. */
  #isWaySynced = false

  /** @param lock null for a session that has no files yet, or whose lock could not be taken */
  constructor(id: SessionId, options: OwnerOptions, { inodes, originals }: OwnedFiles, lock: ProcessLock | null) {
    this.#id = id
    this.#options = options
    this.#found = inodes
    this.#originals = [...originals]
    this.#lock = lock
  }

  /**
   * Before a file is made or replaced: directories, lock, and the originals of what was damaged. Rejects with what the disk
   * says, or `Locked`.
   *
   * @param ours gives the inodes of the files that this process has written by now
   */
  async prepare(ours: () => ReadonlyArray<bigint | undefined>): Promise<void> {
    const { directory } = this.#options
    await ensureDataDirectory(directory)
    if (this.#lock?.isHeld() !== true) {
      this.#lock = takeLock(this.#id, this.#options)
      this.#assertUnchanged([...this.#found, ...ours()])
    }
    if (!this.#isWaySynced) await syncWayTo(directory, directory.active)
    this.#isWaySynced = true
    for (let original = this.#originals[0]; original !== undefined; original = this.#originals[0]) {
      await preserve(original)
      this.#originals.shift()
    }
  }

  /** While we had no lock another process may have written the session: then ours must not replace it. */
  #assertUnchanged(ours: ReadonlyArray<bigint | undefined>): void {
    for (const name of [`${this.#id}.json`, `${this.#id}.journal`]) {
      const found = inodeOf(join(this.#options.directory.active, name))
      if (found === null || ours.includes(found)) continue
      this.#lock?.release()
      this.#lock = null
      const detail = "another process has written the session"
      throw new PersistenceError({ reason: "Locked", subject: this.#id, detail })
    }
  }

  /** Throws `Locked` when the session is not ours any more: the last word before a file is written. */
  assertOwned(): void {
    if (this.#lock?.isHeld() === true) return
    const isGone = inodeOf(join(this.#options.directory.active, `${this.#id}.lock`)) === null
    const detail = isGone ? "the session's lock was removed" : "another process took the session"
    throw new PersistenceError({ reason: "Locked", subject: this.#id, detail })
  }

  /** Gives the session free. */
  release(): void {
    for (const original of this.#originals) original.done()
    this.#lock?.release()
    this.#lock = null
  }
}

/** Takes the session's lock, and removes what a crash left half written: with the lock nobody else can be writing it. */
export const takeLock = (id: SessionId, { directory, processes, socket }: OwnerOptions): ProcessLock => {
  const lock = acquireSessionLock(directory, id, processes, { socket: socket?.() ?? null })
  try {
    for (const place of [directory.active, directory.quarantine]) sweepTemporaries(place, id)
    sweepLocks(directory.active, id, processes)
  } catch (cause) {
    // Whoever tries again must not find the session taken.
    lock.release()
    throw cause
  }
  return lock
}
