import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { SessionId } from "../domain/ids.ts"
import { isWorthKeeping, type SessionEvent } from "../domain/SessionEvent.ts"
import { ConfigService } from "./ConfigService.ts"
import { newSession } from "./newSession.ts"
import type { OpenSession, OpenSessionsOptions, ReadSession, SessionRequest, WrittenSession } from "./OpenSessions.ts"
import { PersistenceService } from "./PersistenceService.ts"
import { IncognitoFilter } from "./persistence/IncognitoFilter.ts"
import type { PersistenceError } from "./persistence/PersistenceError.ts"
import type { SessionFile } from "./persistence/SessionFile.ts"
import { type ArchivingSession, SessionArchive } from "./SessionArchive.ts"
import { SessionShell } from "./SessionShell.ts"
import { type EventSink, SessionStore } from "./SessionStore.ts"
import { StructuredLoggingService } from "./StructuredLoggingService.ts"
import { GROWTH, HARD_LIMIT_BYTES, largeSession, outgrows } from "./sessionSize.ts"
import { Telemetry } from "./Telemetry.ts"

/** How often a session of another process is looked at, in milliseconds: its journal is told of output as often. */
const FOLLOW_MS = 250
/** Looks at the journal for each look at who has the session. */
const LOOKS_PER_OWNER = 4

/** What sessions are opened with. */
export interface SessionOpenerOptions<R> extends Pick<OpenSessionsOptions<R>, "services" | "readers"> {
  /** Every session has a scope of its own in this one. */
  readonly scope: Scope.Scope
  /** Dies of the bug that stops a session from hearing its shell. */
  readonly broken: Deferred.Deferred<never>
  /** Opened when one of them has something to keep. */
  readonly kept: Effect.Latch
}

/**
 * Opens sessions, each with its services in a scope of its own, and closes them: to be written by this process, or to be
 * followed while another one writes them. Which of them are open, and on the screen, is for `OpenSessions` to know.
 */
export const sessionOpener = Effect.fn("OpenSessions.opener")(function* <R>({
  services,
  readers,
  scope,
  broken,
  kept
}: SessionOpenerOptions<R>) {
  const { maxSessionSize } = yield* ConfigService
  const large = largeSession(maxSessionSize)
  const persistence = yield* PersistenceService
  const archive = yield* SessionArchive
  const telemetry = yield* Telemetry
  const logging = yield* StructuredLoggingService
  const context = yield* Effect.context<R | ConfigService | PersistenceService>()
  const scopes = new Map<OpenSession, Scope.CloseableScope>()

  /** Follows a session in a scope of its own. */
  const read = Effect.fn("OpenSessions.read")(function* (id: SessionId, refusal: PersistenceError | null) {
    const own = yield* Scope.fork(scope, ExecutionStrategy.sequential)
    return yield* Effect.gen(function* () {
      const follower = yield* persistence.followSession(id)
      const built = yield* Layer.buildWithScope(readers(follower), own)
      yield* Effect.gen(function* () {
        for (let looks = 1; ; looks++) {
          yield* Effect.sleep(FOLLOW_MS)
          // A disk that cannot be read now may be read later.
          yield* Effect.ignore(Effect.tryPromise(() => follower.look()))
          if (looks % LOOKS_PER_OWNER === 0) follower.lookAtOwner()
        }
      }).pipe(Effect.forkIn(own))
      const session: ReadSession = { id, services: built, file: follower, reading: { follower, refusal } }
      scopes.set(session, own)
      return session
    }).pipe(
      Scope.extend(own),
      Effect.provide(context),
      Effect.onError((cause) => Scope.close(own, Exit.failCause(cause)))
    )
  })

  /** Opens a session as it is asked for. */
  const open = Effect.fn("OpenSessions.open")(function* (request: SessionRequest, isFirst: boolean) {
    if (request._tag === "New") return yield* write(request, isFirst)
    const { id, access = "write" } = request
    if (access === "read") return yield* read(id, null)
    if (access !== "any") return yield* write(request, isFirst)
    if ((yield* persistence.ownerOf(id)) !== null) return yield* read(id, null)
    return yield* write(request, isFirst).pipe(
      Effect.catchTag("PersistenceError", (error) =>
        error.reason === "Newer"
          ? Effect.orElse(read(id, error), () => error)
          : error.reason === "Locked"
            ? read(id, null)
            : error
      )
    )
  })

  const write = Effect.fn("OpenSessions.write")(function* (request: SessionRequest, isFirst: boolean) {
    const own = yield* Scope.fork(scope, ExecutionStrategy.sequential)
    const asked = yield* Clock.currentTimeMillis
    return yield* Effect.gen(function* () {
      const file = yield* request._tag === "New" ? newSession(request) : persistence.openSession(request.id)
      const observer = yield* telemetry.openSession(request._tag === "New" ? null : file.session)
      countFailures(file, telemetry)
      /** The documents of blocks that were cleared, and may have been brought back. */
      const cleared = new Set<SessionId>()
      yield* Effect.addFinalizer(() => archive.settle(file, cleared))
      const sessionId = file.id
      // Who only looks leaves nothing behind, no line of a log either.
      let isKept = request._tag === "Stored"
      const begun = yield* Effect.makeLatch(isKept)
      yield* Effect.addFinalizer(() => (isKept ? logging.audit("session.closed", { sessionId }) : Effect.void))
      if (request._tag === "Stored") file.resume({ at: yield* Clock.currentTimeMillis })
      const store: EventSink["append"] = (event, add) => {
        file.append(event, add)
        observer.observe(event)
        if (event._tag === "BlocksArchived" && event.why === "clear") cleared.add(event.archive)
        if (!isWorthKeeping(event)) return
        isKept = true
        begun.unsafeOpen()
      }
      const incognito = new IncognitoFilter(file.session.metadata.input, request._tag === "Stored")
      /** Unsent text of a session that has no files yet: it may become an incognito command. */
      let unsent: SessionEvent | null = null
      const sink: EventSink = {
        clear: Effect.suspend(() => archive.clear(archiving)).pipe(Effect.asVoid),
        clearAgain: (again, fold) => archive.clearAgain(file, again, fold),
        append: (event, add) => {
          const { events, overwrites } = incognito.storable(event)
          for (const stored of events) {
            if (!isKept && stored._tag === "InputKept") {
              unsent = stored
              continue
            }
            if (unsent !== null && isWorthKeeping(stored)) {
              store(unsent, add)
              unsent = null
            }
            store(stored, add)
          }
          if (overwrites && isKept) void file.rewrite()
        }
      }
      const built = yield* Layer.buildWithScope(services(file, sink, isFirst), own)
      const archiving = { file, store: Context.get(built, SessionStore) }
      const shell = Context.get(built, SessionShell)
      yield* Effect.forkIn(
        // A session that is closed is no bug.
        Effect.catchAllDefect(shell.broken, (bug) => Deferred.die(broken, bug)),
        own
      )
      if (isKept) {
        const took = (yield* Clock.currentTimeMillis) - asked
        yield* logging.logPerformance("openSession", took, { sessionId, blocks: file.session.blocks.length })
      }
      const action = isKept ? "session.resumed" : "session.created"
      yield* begun.await.pipe(
        Effect.zipRight(logging.audit(action, { sessionId })),
        Effect.zipRight(kept.open),
        Effect.forkIn(own)
      )
      yield* Effect.forkIn(keepSmall(archiving), own)
      const session: WrittenSession = { id: file.id, services: built, file, reading: null }
      scopes.set(session, own)
      return session
    }).pipe(
      Scope.extend(own),
      Effect.provide(context),
      Effect.tapErrorCause((cause) =>
        logging.log("error", "a session was not opened", { operation: "openSession", error: cause })
      ),
      Effect.tapError(({ reason }) => Effect.sync(() => telemetry.error("persistence", reason))),
      Effect.tapDefect(() => Effect.sync(() => telemetry.error("shell", "NotStarted"))),
      Effect.onError((cause) => Scope.close(own, Exit.failCause(cause)))
    )
  })

  /** Moves the oldest blocks to the archive whenever a session has outgrown its limit, and says so under the newest one. */
  const keepSmall = Effect.fn("OpenSessions.keepSmall")(function* ({ file, store }: ArchivingSession) {
    let above = large.bytes
    let said = ""
    while (true) {
      yield* outgrows(file, above)
      const text = yield* archive.shrink({ file, store }, large.bytes, HARD_LIMIT_BYTES).pipe(
        Effect.map((shrunk) => (shrunk.blocks === 0 ? large.stuck : large.moved(shrunk))),
        Effect.catchAll((error) => Effect.succeed(large.failed(error)))
      )
      // What cannot be made smaller now is tried again once it has grown by something.
      above = Math.max(large.bytes, file.size * GROWTH)
      const block = (yield* store.get).blocks.at(-1)?.id
      if (block === undefined || text === said) continue
      said = text
      yield* store.dispatch({ _tag: "NoticeAdded", at: yield* Clock.currentTimeMillis, block, lines: [text] })
    }
  })

  const close = Effect.fn("OpenSessions.closeSession")(function* (session: OpenSession) {
    const own = scopes.get(session)
    scopes.delete(session)
    if (own !== undefined) yield* Scope.close(own, Exit.void)
  })

  return { open, write, read, close }
})

/** Counts each time saving begins to fail. */
const countFailures = (file: SessionFile, telemetry: typeof Telemetry.Service) => {
  let failing = false
  file.subscribe(({ failure }) => {
    if (failure !== null && !failing) telemetry.error("persistence", "NotSaved")
    failing = failure !== null
  })
}
