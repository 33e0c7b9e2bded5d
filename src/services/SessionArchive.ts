import { createHash, randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type BlockId, bytesOfId, idFromBytes, SessionId } from "../domain/ids.ts"
import { MAX_SESSION_NAME_LENGTH } from "../domain/limits.ts"
import type { BlocksArchived } from "../domain/SessionEvent.ts"
import type { ArchivedList, ArchivedSummary } from "./archive/archivedList.ts"
import type { ArchivedOld } from "./archive/archiveOld.ts"
import type { Restored } from "./archive/restoreArchived.ts"
import { dataDirectory } from "./persistence/dataDirectory.ts"
import { PersistenceError } from "./persistence/PersistenceError.ts"
import { type ProcessTable, systemProcesses } from "./persistence/ProcessLock.ts"
import type { SessionFile } from "./persistence/SessionFile.ts"
import type { SessionStore } from "./SessionStore.ts"
import { StructuredLoggingService } from "./StructuredLoggingService.ts"

/** A session that this process has open: its files, and its state. */
export interface ArchivingSession {
  readonly file: SessionFile
  readonly store: typeof SessionStore.Service
}

/** Why nothing was saved, besides what the disk says. */
export class SessionArchiveError extends Schema.TaggedError<SessionArchiveError>()("SessionArchiveError", {
  /**
   * `BadName`: none, too long, or one that holds control characters. `NameTaken`: the session has a snapshot of that name,
   * made at `at`. `Nothing`: the session has no blocks.
   */
  reason: Schema.Literal("BadName", "NameTaken", "Nothing"),
  at: Schema.optionalWith(Schema.Number, { exact: true })
}) {
  override get message(): string {
    if (this.reason === "Nothing") return "the session has no blocks"
    if (this.reason === "NameTaken") return "the session has a snapshot of that name"
    return `a name has 1 to ${MAX_SESSION_NAME_LENGTH} characters, no control characters`
  }
}

/** Blocks that have left their session. */
export interface ArchivedBlocks {
  /** Id of the document that holds them; null when they are in no file, and so in the archive neither. */
  readonly archive: SessionId | null
  readonly blocks: ReadonlyArray<BlockId>
}

/** What a session has lost for its size. */
export interface Shrunk {
  readonly blocks: number
  /** Bytes of its files that they took up. */
  readonly bytes: number
  /** The document that was made last, null for none. */
  readonly archive: SessionId | null
}

/** The part of its limit that a session has left behind once it was made smaller: else the next block would begin again. */
const COMFORTABLE = 0.8

/** How long after its start a process looks for old sessions, in milliseconds: it has had enough to do before. */
export const FIRST_LOOK_MS = 60_000
/** From one look to the next, in milliseconds. */
export const LOOK_INTERVAL_MS = 86_400_000

const CONTROL = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

/** Where the archive is. */
export interface SessionArchiveOptions {
  /** Absolute path of DATA_DIR. */
  readonly dataDir: string
  /** Characters of the ids it gives, of 5 random bits each. */
  readonly sessionIdLength?: number
  /** Milliseconds after which an unused session is archived by itself; 0 for never. */
  readonly archiveAfter?: number
  /** Absolute path of the thread's file (src/backgroundWorker.ts, built); without one nothing is archived by itself. */
  readonly worker?: string
  /** The machine's processes unless a test says otherwise. */
  readonly processes?: ProcessTable
}

/**
 * The archive: what leaves the sessions without being lost. Every document is whole and synced before the event that takes
 * its blocks out of their session, and taken away only after the event that brings them back is on disk: a crash between
 * the two leaves a document too many, which `archiveOlder` clears away, and never one too few.
 */
export class SessionArchive extends Context.Tag("effecttalk/SessionArchive")<
  SessionArchive,
  {
    /**
     * Moves the blocks of an open session that have ended and are not pinned to the archive (`BlocksArchived`). Null when
     * there are none. On any failure nothing has moved. `BlocksRestored` brings them back until the session is closed; the
     * document stays until then, and so the event may be folded again.
     */
    readonly clear: (session: ArchivingSession) => Effect.Effect<ArchivedBlocks | null, PersistenceError>
    /**
     * Before blocks are cleared again that `undo` had brought back: has the archive hold them, in the document they were
     * cleared into or, where that is gone or is that of others by now, in a new one. `fold` is given its id, and folds the
     * event; nothing else is archived in between. On a failure of the disk it is not run.
     */
    readonly clearAgain: <A, E>(
      file: SessionFile,
      cleared: Pick<typeof BlocksArchived.Type, "blocks" | "archive">,
      fold: (archive: SessionId) => Effect.Effect<A, E>
    ) => Effect.Effect<A, E | PersistenceError>
    /**
     * Before a session is closed: has the documents of cleared blocks hold what is still aside, and takes those away whose
     * blocks are all back.
     */
    readonly settle: (file: SessionFile, archives: ReadonlySet<SessionId>) => Effect.Effect<void>
    /**
     * Moves the oldest blocks that have ended of a session larger than `limit` bytes to the archive, until it is comfortably
     * smaller. Pinned ones stay, unless it is larger than `hardLimit` without them. What was moved before a failure stays
     * moved.
     */
    readonly shrink: (
      session: ArchivingSession,
      limit: number,
      hardLimit: number
    ) => Effect.Effect<Shrunk, PersistenceError>
    /**
     * Keeps the session as it is now in the archive, under a name that no other snapshot of it has; `replace` takes the old
     * one's place. Gives the document's id.
     */
    readonly save: (
      session: ArchivingSession,
      name: string,
      replace?: boolean
    ) => Effect.Effect<SessionId, PersistenceError | SessionArchiveError>
    /** Everything in the archive, newest first. */
    readonly list: Effect.Effect<ArchivedList, PersistenceError>
    /**
     * Brings what `text` names (a name, an id or the beginning of one) back as an active session, which nobody has open.
     * Fails with `Unknown`, `Ambiguous`, `Locked` while a backup is restored, `Refused`, `Damaged`, `Newer`, `Io`.
     */
    readonly restore: (text: string) => Effect.Effect<Restored & { readonly entry: ArchivedSummary }, PersistenceError>
    /** Deletes a document for good. */
    readonly remove: (entry: ArchivedSummary) => Effect.Effect<void, PersistenceError>
    /** Archives the sessions that were last used `age` milliseconds ago or longer; null while another process does. */
    readonly archiveOlder: (age: number) => Effect.Effect<ArchivedOld | null, PersistenceError>
    /**
     * The same for ARCHIVE_AFTER, a while after the start and then once a day, on a thread of its own, told in the logs.
     * Ends at once where that is 0, else never.
     */
    readonly archiveByAge: Effect.Effect<void>
  }
>() {
  static readonly layer = (options: SessionArchiveOptions) => Layer.effect(this, make(options))
}

const make = Effect.fn("SessionArchive.make")(function* ({
  dataDir,
  sessionIdLength,
  archiveAfter = 0,
  worker,
  processes = systemProcesses()
}: SessionArchiveOptions) {
  const directory = dataDirectory(dataDir)
  const logging = yield* StructuredLoggingService
  // One at a time: blocks are not moved twice, and no document is taken away while it is written.
  const changing = yield* Effect.makeSemaphore(1)
  const now = Clock.currentTimeMillis
  /** Files that hold blocks still which have left their session. */
  const bloated = new WeakSet<SessionFile>()

  /** Rare code, loaded when it is needed; what has begun is not left half done. */
  const attempt = <A>(subject: string, body: () => Promise<A>) =>
    Effect.uninterruptible(Effect.tryPromise({ try: body, catch: (cause) => PersistenceError.from(cause, subject) }))

  const move = Effect.fn("SessionArchive.move")(function* (
    { file, store }: ArchivingSession,
    blocks: ReadonlyArray<BlockId>,
    why: "clear" | "size"
  ) {
    if (blocks.length === 0) return null
    const at = yield* now
    const archive = yield* attempt(file.id, async () => {
      const { archiveBlocks } = await import("./archive/archiveBlocks.ts")
      return archiveBlocks(file, blocks, why, at, directory)
    })
    // What is in no file is gone with its session, whatever takes it off the screen.
    if (archive === null) yield* store.dispatch({ _tag: "BlocksDeleted", at, blocks })
    else yield* store.dispatch({ _tag: "BlocksArchived", at, blocks, archive, why })
    yield* Effect.promise(() => file.flush())
    yield* logging.audit("blocks.archived", { sessionId: file.id, archive, blocks: blocks.length, why })
    return { archive, blocks }
  }, Effect.uninterruptible)

  const list = attempt(dataDir, async () => {
    const { listArchived } = await import("./archive/archivedList.ts")
    return listArchived(directory)
  })

  const newId = (seed: string | null = null) => {
    const bytes = seed === null ? randomBytes(bytesOfId(sessionIdLength)) : createHash("sha512").update(seed).digest()
    return SessionId.make(idFromBytes(bytes, sessionIdLength))
  }

  const look = Effect.fn("SessionArchive.look")(function* (file: string) {
    const before = (yield* now) - archiveAfter
    const { backgroundThread } = yield* Effect.promise(() => import("./backgroundThread.ts"))
    yield* Stream.runForEach(backgroundThread(file, { type: "archive", dataDir, before }), (message) => {
      if (message.type === "busy") return Effect.void
      const { ids, refused } = message
      return Effect.gen(function* () {
        for (const sessionId of ids) yield* logging.audit("session.archived", { sessionId, why: "age" })
        for (const error of refused) yield* logging.log("warn", "a session was not archived", { error })
        if (ids.length > 0) yield* logging.log("info", "old sessions were archived", { sessions: ids.length })
      })
    })
  })

  return SessionArchive.of({
    clear: Effect.fn("SessionArchive.clear")(function* (session) {
      const { archivable } = yield* Effect.promise(() => import("./archive/archiveBlocks.ts"))
      const blocks = archivable(yield* session.store.get).map(({ id }) => id)
      return yield* move(session, blocks, "clear")
    }, changing.withPermits(1)),
    clearAgain: (file, { blocks, archive }, fold) =>
      Effect.flatMap(now, (at) =>
        attempt(file.id, async () => {
          const { archiveAgain } = await import("./archive/archiveBlocks.ts")
          return archiveAgain(file, blocks, archive, at, directory)
        })
      ).pipe(
        Effect.flatMap(fold),
        Effect.uninterruptible,
        changing.withPermits(1),
        Effect.withSpan("SessionArchive.clearAgain")
      ),
    settle: Effect.fn("SessionArchive.settle")(function* (file, archives) {
      const at = yield* now
      for (const archive of archives) {
        yield* Effect.ignore(
          attempt(archive, async () => {
            const { settleCleared } = await import("./archive/archiveBlocks.ts")
            return settleCleared(file, archive, at, directory)
          })
        )
      }
    }, changing.withPermits(1)),
    shrink: Effect.fn("SessionArchive.shrink")(function* (session, limit, hardLimit) {
      const { file } = session
      const { oldestBlocks } = yield* Effect.promise(() => import("./archive/oldestBlocks.ts"))
      let shrunk: Shrunk = { blocks: 0, bytes: 0, archive: null }
      if (bloated.delete(file)) yield* Effect.promise(() => file.compact())
      while (file.size > limit) {
        const before = file.size
        const excess = Math.min(limit, file.size - limit * COMFORTABLE)
        const oldest = oldestBlocks(file.session, excess, file.size > hardLimit, (id) => file.blockBytes(id))
        const moved = yield* move(session, oldest.blocks, "size")
        if (moved === null) break
        shrunk = {
          blocks: shrunk.blocks + moved.blocks.length,
          bytes: shrunk.bytes + oldest.bytes,
          archive: moved.archive
        }
        yield* Effect.promise(() => file.compact())
        if (file.size < before) continue
        // The disk has no room for a smaller file just now. What has left must not be taken for what is still there.
        bloated.add(file)
        break
      }
      return shrunk
    }, changing.withPermits(1)),
    save: Effect.fn("SessionArchive.save")(function* ({ file, store }, text, replace = false) {
      const name = text.trim()
      if (name === "" || name.length > MAX_SESSION_NAME_LENGTH || CONTROL.test(name)) {
        return yield* new SessionArchiveError({ reason: "BadName" })
      }
      if ((yield* store.get).blocks.length === 0) return yield* new SessionArchiveError({ reason: "Nothing" })
      const { archived } = yield* list
      const old = archived.filter((each) => each.kind === "save" && each.from === file.id && each.name === name)
      const [taken] = old
      if (taken !== undefined && !replace) {
        return yield* new SessionArchiveError({ reason: "NameTaken", at: taken.savedAt })
      }
      const at = yield* now
      const id = newId()
      yield* attempt(file.id, async () => {
        const { deleteIfThere, saveSnapshot } = await import("./archive/saveSnapshot.ts")
        await saveSnapshot(file, name, id, at, directory)
        // The new one is safe.
        for (const entry of old) await deleteIfThere(entry, directory)
      })
      yield* logging.audit("session.saved", { sessionId: file.id, archive: id })
      return id
    }, changing.withPermits(1)),
    list,
    restore: Effect.fn("SessionArchive.restore")(function* (text) {
      const at = yield* now
      const found = yield* list
      const { entry, restored } = yield* attempt(text, async () => {
        const { chooseArchived } = await import("./archive/archivedList.ts")
        const { restoreArchived } = await import("./archive/restoreArchived.ts")
        const entry = chooseArchived(found, text)
        return { entry, restored: await restoreArchived(entry, newId, { directory, processes, now: () => at }) }
      })
      yield* logging.audit("session.restored", { sessionId: restored.id, archive: entry.file })
      return { ...restored, entry }
    }, changing.withPermits(1)),
    remove: Effect.fn("SessionArchive.remove")(function* (entry) {
      yield* attempt(entry.file, async () => {
        const { deleteArchived } = await import("./archive/saveSnapshot.ts")
        return deleteArchived(entry, directory)
      })
      yield* logging.audit("session.deleted", { sessionId: entry.id, archived: true })
    }, changing.withPermits(1)),
    archiveOlder: Effect.fn("SessionArchive.archiveOlder")(function* (age) {
      const at = yield* now
      const old = yield* attempt(dataDir, async () => {
        const { archiveOld } = await import("./archive/archiveOld.ts")
        return archiveOld(at - age, { directory, processes, now: () => at })
      })
      for (const { id } of old?.archived ?? []) yield* logging.audit("session.archived", { sessionId: id })
      return old
    }),
    archiveByAge:
      archiveAfter === 0 || worker === undefined
        ? Effect.void
        : look(worker).pipe(
            Effect.catchAll((error) => logging.log("warn", "old sessions were not archived", { error })),
            Effect.repeat(Schedule.spaced(LOOK_INTERVAL_MS)),
            Effect.delay(FIRST_LOOK_MS),
            Effect.asVoid
          )
  })
})
