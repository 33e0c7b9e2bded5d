import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { SessionId } from "../domain/ids.ts"
import type { SessionDocument } from "../domain/Session.ts"
import type { SessionCreated } from "../domain/SessionEvent.ts"
import { ErrorRecoveryService, mayPass } from "./ErrorRecoveryService.ts"
import { SessionFollower } from "./ownership/SessionFollower.ts"
import { archiveSession } from "./persistence/archiveSession.ts"
import { dataDirectory } from "./persistence/dataDirectory.ts"
import { PersistenceError } from "./persistence/PersistenceError.ts"
import { type LockOwner, lockOwner, type ProcessTable, systemProcesses } from "./persistence/ProcessLock.ts"
import { SessionFile } from "./persistence/SessionFile.ts"
import { openSessionReader, type SessionReader } from "./persistence/SessionReader.ts"
import { assertStored } from "./persistence/StoredSession.ts"
import { deleteDocument, loadDocument, saveDocument } from "./persistence/sessionDocuments.ts"
import { type KnownSessions, listSessions, resolveSession, type SessionList } from "./persistence/sessionList.ts"

/** Where sessions are kept, and how their owners are told apart. */
export interface PersistenceOptions {
  /** Absolute path; made with the first session that has something to keep. */
  readonly dataDir: string
  /** The machine's processes unless a test says otherwise. */
  readonly processes?: ProcessTable
  /** Absolute path of the socket on which this process can be asked for a session that it writes; null for none. */
  readonly socket?: () => string | null
}

/**
 * Sessions on disk: a checksummed journal and a snapshot each, one writing process at a time.
 *
 * What may pass by itself (`mayPass`) is tried again, always as a whole operation that opens its files anew: after a
 * failed fsync the same descriptor's next one may succeed without the bytes being on disk. An open session's journal
 * has its own, endless retries (`JournalWriter`), as its events wait in memory meanwhile.
 */
export class PersistenceService extends Context.Tag("effecttalk/PersistenceService")<
  PersistenceService,
  {
    /**
     * Stores a whole session in place of what is there, without what looks like a secret. Fails with `Locked`
     * while a process has it open, and rather than overwrite what it cannot read (`Damaged`, `Newer`).
     */
    readonly saveSession: (document: SessionDocument) => Effect.Effect<void, PersistenceError>
    /** A whole session with all output in memory. Fails with `Unknown`, `Refused`, `Damaged`, `Newer`, `Io`. */
    readonly loadSession: (id: SessionId) => Effect.Effect<SessionDocument, PersistenceError>
    /**
     * Opens a session for reading until the scope ends, also beside the process that writes it; its output is read block
     * by block. Fails as `loadSession`.
     */
    readonly readSession: (id: SessionId) => Effect.Effect<SessionReader, PersistenceError, Scope.Scope>
    /**
     * Opens a session for reading until the scope ends, as it is and as it becomes while another process writes it; nothing
     * is written. Whoever follows asks it to look. Fails as `loadSession`.
     */
    readonly followSession: (id: SessionId) => Effect.Effect<SessionFollower, PersistenceError, Scope.Scope>
    /** The process that has a session open; null for none. A lock that cannot be read names nobody. */
    readonly ownerOf: (id: SessionId) => Effect.Effect<LockOwner | null>
    /** Removes a session's files. Fails with `Unknown`, `Locked`, `Io`. */
    readonly deleteSession: (id: SessionId) => Effect.Effect<void, PersistenceError>
    /**
     * Moves a session to `archived/YYYY-MM/`, the month (UTC) it was last modified in, as one snapshot; nothing there is
     * overwritten. Lists and the other operations know active sessions only. Fails with `Unknown`, `Locked`, `Refused`,
     * `Damaged`, `Newer`, `Io`.
     */
    readonly archiveSession: (id: SessionId) => Effect.Effect<void, PersistenceError>
    /** All active sessions, last modified first, and by name those that were refused. Reads no output. */
    readonly listSessions: () => Effect.Effect<SessionList, PersistenceError>
    /** The session that an id or a prefix of one names. Fails with `Malformed`, `Unknown`, `Ambiguous`. */
    readonly resolveSession: (text: string) => Effect.Effect<SessionId, PersistenceError>
    /**
     * Opens a session for writing until the scope ends: locked, replayed, mended. The caller appends `SessionResumed`.
     * Fails with `Locked` (naming `pid`), `Unknown`, `Refused`, `Damaged`, `Newer`; a disk that cannot be written is a
     * status of the handle, no failure.
     */
    readonly openSession: (id: SessionId) => Effect.Effect<SessionFile, PersistenceError, Scope.Scope>
    /** Begins a session whose files are made when its first block starts; closed with the scope. */
    readonly createSession: (event: typeof SessionCreated.Type) => Effect.Effect<SessionFile, never, Scope.Scope>
  }
>() {
  static readonly layer = (options: PersistenceOptions) => Layer.effect(this, make(options))
}

const make = Effect.fn("PersistenceService.make")(function* ({
  dataDir,
  processes = systemProcesses(),
  socket = () => null
}: PersistenceOptions) {
  const directory = dataDirectory(dataDir)
  const listed: KnownSessions = new Map()
  const { retry } = yield* ErrorRecoveryService
  const clock = yield* Effect.clock
  const options = { directory, processes, socket, now: () => clock.unsafeCurrentTimeMillis() }

  const attempt = <A>(subject: string, body: () => A) =>
    Effect.try({ try: body, catch: (cause) => PersistenceError.from(cause, subject) })
  const attemptPromise = <A>(subject: string, body: () => Promise<A>) =>
    Effect.tryPromise({ try: body, catch: (cause) => PersistenceError.from(cause, subject) })
  const close = (file: SessionFile) => Effect.promise(() => file.close())

  const again = <A, R>(operation: Effect.Effect<A, PersistenceError, R>) => retry(operation, { while: mayPass })

  return PersistenceService.of({
    saveSession: Effect.fn("PersistenceService.saveSession")((document) =>
      again(Effect.uninterruptible(attemptPromise(document.id, () => saveDocument(directory, document, processes))))
    ),
    loadSession: Effect.fn("PersistenceService.loadSession")((id) =>
      again(attempt(id, () => loadDocument(directory, id)))
    ),
    readSession: Effect.fn("PersistenceService.readSession")((id) =>
      again(
        Effect.acquireRelease(
          attempt(id, () => openSessionReader(directory, id)),
          (reader) => Effect.sync(reader.close)
        )
      )
    ),
    followSession: Effect.fn("PersistenceService.followSession")((id) =>
      again(
        Effect.acquireRelease(
          attemptPromise(id, () => SessionFollower.open(id, options)),
          (follower) => Effect.promise(() => follower.close())
        )
      )
    ),
    ownerOf: Effect.fn("PersistenceService.ownerOf")((id) =>
      Effect.sync(() => {
        try {
          return lockOwner(directory.active, id, processes)
        } catch {
          return null
        }
      })
    ),
    deleteSession: Effect.fn("PersistenceService.deleteSession")((id) =>
      // Asked once: an attempt that removed the files and then failed leaves the next one none to find.
      Effect.zipRight(
        attempt(id, () => assertStored(directory.active, id)),
        again(Effect.uninterruptible(attemptPromise(id, () => deleteDocument(directory, id, processes))))
      )
    ),
    archiveSession: Effect.fn("PersistenceService.archiveSession")((id) =>
      // Asked once, as above.
      Effect.zipRight(
        attempt(id, () => assertStored(directory.active, id)),
        again(Effect.uninterruptible(attemptPromise(id, () => archiveSession(id, options))))
      )
    ),
    listSessions: Effect.fn("PersistenceService.listSessions")(() =>
      again(attempt(dataDir, () => listSessions(directory, processes, listed)))
    ),
    resolveSession: Effect.fn("PersistenceService.resolveSession")((text) =>
      again(attempt(text, () => resolveSession(directory, text)))
    ),
    openSession: Effect.fn("PersistenceService.openSession")((id) =>
      // Outside: what has been acquired is registered with the attempt that did it, and pauses can be interrupted.
      again(
        Effect.acquireRelease(
          attemptPromise(id, () => SessionFile.open(id, options)),
          close
        )
      )
    ),
    createSession: Effect.fn("PersistenceService.createSession")((event) =>
      Effect.acquireRelease(
        Effect.sync(() => SessionFile.create(event, options)),
        close
      )
    )
  })
})
