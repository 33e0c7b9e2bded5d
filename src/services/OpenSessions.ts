import { isDeepStrictEqual } from "node:util"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { SessionId } from "../domain/ids.ts"
import { MAX_SESSION_NAME_LENGTH } from "../domain/limits.ts"
import type { SessionEvent } from "../domain/SessionEvent.ts"
import type { Job } from "../shell/ShellDriver.ts"
import { BesideShells } from "./BesideShells.ts"
import type { BlockService } from "./BlockService.ts"
import type { CommandExecutor } from "./CommandExecutor.ts"
import { ErrorRecoveryService } from "./ErrorRecoveryService.ts"
import type { SessionFollower } from "./ownership/SessionFollower.ts"
import type { Takeover } from "./ownership/Takeover.ts"
import type { TakeoverError } from "./ownership/TakeoverError.ts"
import type { TakeRequest } from "./ownership/takeoverProtocol.ts"
import { PersistenceService } from "./PersistenceService.ts"
import type { PersistenceError } from "./persistence/PersistenceError.ts"
import type { SessionFile } from "./persistence/SessionFile.ts"
import type { SessionList } from "./persistence/sessionList.ts"
import { SessionShell } from "./SessionShell.ts"
import { type EventSink, SessionStore } from "./SessionStore.ts"
import { StructuredLoggingService } from "./StructuredLoggingService.ts"
import { sessionOpener } from "./sessionOpener.ts"

/** What every open session has of its own. */
export type SessionServices = SessionStore | BlockService | SessionShell | BesideShells | CommandExecutor

/** A session that this process has open: its shell and its commands go on, whether it is on the screen or not. */
export interface WrittenSession {
  readonly id: SessionId
  readonly services: Context.Context<SessionServices>
  /** What is saved of it, and what was found when it was opened. */
  readonly file: SessionFile
  readonly reading: null
}

/** A session that is only followed here: nothing can be done to it. */
export interface ReadSession {
  readonly id: SessionId
  readonly services: Context.Context<SessionServices>
  readonly file: SessionFollower
  readonly reading: Reading
}

export type OpenSession = WrittenSession | ReadSession

/** A session that is only read here, and followed while another process writes it. */
export interface Reading {
  readonly follower: SessionFollower
  /** Why it cannot be taken over whoever has it: a newer EffectTalk wrote it. Null when it can. */
  readonly refusal: PersistenceError | null
}

/** The sessions that are open in this process, in the order in which they were opened, and the one on the screen. */
export interface OpenSessionsState {
  readonly open: ReadonlyArray<OpenSession>
  readonly active: OpenSession
  /** What there is to say of the one on the screen, a line each: what was found when it was opened just now. */
  readonly news: ReadonlyArray<string>
}

/** Which session to open. */
export type SessionRequest =
  | {
      readonly _tag: "New"
      /** Absolute. */
      readonly directory: string
      /** Absolute path of its shell. */
      readonly shell: string
    }
  | {
      readonly _tag: "Stored"
      readonly id: SessionId
      /**
       * `write`, unless given: it is opened or not. `read`: it is followed, whoever has it. `any`: it is followed where it
       * cannot be written, because another process has it or a newer EffectTalk wrote it. `take`, of the first one: whoever
       * has it gives it up.
       */
      readonly access?: "write" | "read" | "any" | "take"
    }

/** Why a session could not be opened, besides what the disk says. */
export class OpenSessionsError extends Schema.TaggedError<OpenSessionsError>()("OpenSessionsError", {
  /**
   * `NoShell`: no shell could be started for it. `BadName`: a name that is too long or holds control characters.
   * `StillOpen`: only a session that nobody has open can be archived. `ReadOnly`: another process writes it.
   */
  reason: Schema.Literal("NoShell", "BadName", "StillOpen", "ReadOnly"),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    if (this.reason === "BadName") {
      return `A name has at most ${MAX_SESSION_NAME_LENGTH} characters, no control characters`
    }
    if (this.reason === "ReadOnly") return "This session is read-only here"
    if (this.reason === "StillOpen") return "This session is open here: end it before it can be archived"
    return this.cause instanceof Error ? this.cause.message : "No shell could be started"
  }
}

/** What `OpenSessions` is built from. */
export interface OpenSessionsOptions<R> {
  /** The session that is open from the start. */
  readonly first: SessionRequest
  /** The services of one session: its events go to `sink`. `first` is true for the first session of the process. */
  readonly services: (file: SessionFile, sink: EventSink, first: boolean) => Layer.Layer<SessionServices, never, R>
  /** The services of one that is only read. */
  readonly readers: (follower: SessionFollower) => Layer.Layer<SessionServices, never, R>
  /** How sessions are taken from other processes, and given to them; null for not at all. */
  readonly takeover: typeof Takeover.Service | null
}

/** The sessions of this process. Each has a shell of its own; one of them is on the screen. */
export class OpenSessions extends Context.Tag("effecttalk/OpenSessions")<
  OpenSessions,
  {
    readonly state: SubscriptionRef.SubscriptionRef<OpenSessionsState>
    /** What the data directory held when `refresh` looked last. */
    readonly stored: SubscriptionRef.SubscriptionRef<SessionList>
    /** Looks at the data directory again. Fails with `Refused`, `Io`. */
    readonly refresh: Effect.Effect<void, PersistenceError>
    /**
     * Puts a session on the screen; one that is only stored is opened, and read where another process has it. The session
     * before it goes on.
     */
    readonly switchTo: (id: SessionId) => Effect.Effect<void, PersistenceError | OpenSessionsError>
    /**
     * Opens a session for writing that was only read until now, in its place: whoever has it ends its commands and gives it
     * up. Fails with `TakeoverError` when it does not, and nothing has changed then.
     */
    readonly take: (id: SessionId) => Effect.Effect<void, PersistenceError | OpenSessionsError | TakeoverError>
    /** Begins a session in the directory of the one on the screen, and puts it there. */
    readonly create: Effect.Effect<void, PersistenceError | OpenSessionsError>
    /**
     * Ends a session's shell and gives its files free; another one that is open comes to the screen. False, and nothing
     * happens, when there is no other. Nothing happens either to one that is not open (any more).
     */
    readonly close: (id: SessionId) => Effect.Effect<boolean>
    /** Names a session, open or stored; null or a blank name takes its name away. Fails with `Locked` where another process has it. */
    readonly rename: (id: SessionId, name: string | null) => Effect.Effect<void, PersistenceError | OpenSessionsError>
    readonly pin: (id: SessionId, pinned: boolean) => Effect.Effect<void, PersistenceError>
    /** Moves a session that is only stored to the archive. Fails with `StillOpen`, or as `archiveSession` does. */
    readonly archive: (id: SessionId) => Effect.Effect<void, PersistenceError | OpenSessionsError>
    /** What still runs in all open sessions beside their shells. */
    readonly jobs: Effect.Effect<ReadonlyArray<Job>>
    /** Waits until one of them has something to keep. */
    readonly kept: Effect.Effect<void>
    /** Never ends; dies of the bug that has stopped a session from hearing its shell. */
    readonly broken: Effect.Effect<never>
  }
>() {
  /** Opens the first session; fails as opening it does. All are closed with the layer, side by side. */
  static readonly layer = <R>(options: OpenSessionsOptions<R>) => Layer.scoped(this, make(options))
}

/** Characters of an id that tell a session from the others of a person. */
const SHORT_ID = 8

const NO_SESSIONS: SessionList = { sessions: [], refused: [] }

const CONTROL = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

const make = Effect.fn("OpenSessions.make")(function* <R>({
  first,
  services,
  readers,
  takeover
}: OpenSessionsOptions<R>) {
  const persistence = yield* PersistenceService
  const recovery = yield* ErrorRecoveryService
  const logging = yield* StructuredLoggingService
  const run = Runtime.runPromise(yield* Effect.runtime())
  // One change at a time: of two that are asked for the same session the second finds it open.
  const changing = yield* Effect.makeSemaphore(1)
  // Side by side: each shell may take its time to end. A change that is under way is waited for, and none comes after:
  // a session that is being closed is out of the list already, and still has programs to end and blocks to save.
  const scope = yield* Effect.acquireRelease(Scope.make(ExecutionStrategy.parallel), (all, exit) =>
    Effect.zipRight(changing.take(1), Scope.close(all, exit))
  )
  const broken = yield* Deferred.make<never>()
  const kept = yield* Effect.makeLatch(false)
  const stored = yield* SubscriptionRef.make(NO_SESSIONS)
  const { open, write, read, close } = yield* sessionOpener({ services, readers, scope, broken, kept })

  /** Has whoever has the session give it up; nothing where nobody has it. */
  const askFor = Effect.fn("OpenSessions.askFor")(function* (id: SessionId) {
    const owner = yield* persistence.ownerOf(id)
    if (owner !== null && takeover !== null) yield* takeover.ask(id, owner)
  })

  // Before the first lock: it names the socket.
  if (takeover !== null) yield* takeover.listen((asked) => run(giveUp(asked)))

  if (first._tag === "Stored" && first.access === "take") yield* askFor(first.id)
  const state = yield* SubscriptionRef.make<OpenSessionsState>(
    yield* Effect.map(open(first, true), (session) => ({ open: [session], active: session, news: session.file.notes }))
  )

  // A list that has not changed is nobody's news: whoever shows it would paint the same again.
  const refresh = Effect.flatMap(persistence.listSessions(), (list) =>
    Effect.flatMap(SubscriptionRef.get(stored), (now) =>
      isDeepStrictEqual(now, list) ? Effect.void : SubscriptionRef.set(stored, list)
    )
  )
  // What a list shows is no reason to fail: the sessions are as they are.
  const refreshed = recovery.fallback(refresh, undefined)

  const find = (id: SessionId) =>
    Effect.map(SubscriptionRef.get(state), ({ open: sessions }) => sessions.find((session) => session.id === id))

  const add = Effect.fn("OpenSessions.add")(function* (request: SessionRequest) {
    const session = yield* open(request, false).pipe(
      // A shell that cannot be started costs this session and no other.
      Effect.catchAllDefect((cause) => new OpenSessionsError({ reason: "NoShell", cause }))
    )
    yield* SubscriptionRef.update(state, (now) => ({
      open: [...now.open, session],
      active: session,
      news: session.file.notes
    }))
    yield* refreshed
  })

  const append = Effect.fn("OpenSessions.append")(function* (id: SessionId, event: SessionEvent) {
    const session = yield* find(id)
    const isOurs = session !== undefined && session.reading === null
    if (isOurs) yield* Context.get(session.services, SessionStore).dispatch(event)
    else yield* Effect.scoped(Effect.map(persistence.openSession(id), (file) => file.append(event)))
    yield* refreshed
  }, changing.withPermits(1))

  /** Puts `next` where `session` was, on the screen too. */
  const replace = (session: OpenSession, next: OpenSession, news: ReadonlyArray<string>) =>
    SubscriptionRef.update(state, (now) => ({
      open: now.open.map((each) => (each === session ? next : each)),
      active: now.active === session ? next : now.active,
      news: now.active === session ? news : now.news
    }))

  /** Another process wants a session: it is only read here from then on, and its end is watched. Null, or why not. */
  const giveUp = Effect.fn("OpenSessions.giveUp")(function* ({ take: id, pid }: TakeRequest) {
    const session = yield* find(id)
    if (session === undefined || session.reading !== null) return "it does not have that session"
    const { file } = session
    // What is not on disk would be lost.
    const failure = file.status.failure ?? (yield* Effect.promise(() => file.flush())).failure
    if (failure !== null) return `the session is ${failure}`
    const reader = yield* read(id, null)
    yield* replace(session, reader, [`Process ${pid} has taken this session over`])
    yield* close(session)
    yield* logging.audit("session.given", { sessionId: id })
    yield* refreshed
    return null
  }, changing.withPermits(1))

  return OpenSessions.of({
    state,
    stored,
    refresh,
    switchTo: Effect.fn("OpenSessions.switchTo")(function* (id) {
      const session = yield* find(id)
      if (session === undefined) return yield* add({ _tag: "Stored", id, access: "any" })
      yield* SubscriptionRef.update(state, (now) => ({ ...now, active: session, news: [] }))
    }, changing.withPermits(1)),
    take: Effect.fn("OpenSessions.take")(function* (id) {
      const refusal = (yield* find(id))?.reading?.refusal ?? null
      if (refusal !== null) return yield* refusal
      // While nothing here is held: who is asked may be asking us for another one.
      yield* askFor(id)
      yield* Effect.gen(function* () {
        const reader = yield* find(id)
        if (reader === undefined || reader.reading === null) return
        const session = yield* write({ _tag: "Stored", id }, false).pipe(
          Effect.catchAllDefect((cause) => new OpenSessionsError({ reason: "NoShell", cause }))
        )
        yield* replace(reader, session, ["This session is yours now", ...session.file.notes])
        yield* close(reader)
        yield* refreshed
      }).pipe(changing.withPermits(1))
    }),
    create: Effect.gen(function* () {
      const { active } = yield* SubscriptionRef.get(state)
      const { workingDirectory, metadata } = yield* Context.get(active.services, SessionStore).get
      yield* add({ _tag: "New", directory: workingDirectory, shell: metadata.shell })
    }).pipe(changing.withPermits(1), Effect.withSpan("OpenSessions.create")),
    close: Effect.fn("OpenSessions.close")(function* (id) {
      const { open: sessions, active } = yield* SubscriptionRef.get(state)
      const rest = sessions.filter((session) => session.id !== id)
      const next = active.id === id ? rest.at(-1) : active
      if (next === undefined) return false
      // It was asked for twice: whoever asked second must not take it for the last one.
      if (rest.length === sessions.length) return true
      // Off the screen first: what is on it must have its services.
      const leaving = sessions.find((session) => session.id === id)
      const name = leaving?.file.session.metadata.name ?? id.slice(0, SHORT_ID)
      const how = leaving?.reading == null ? "has ended" : "is not read here any more"
      yield* SubscriptionRef.set(state, { open: rest, active: next, news: [`Session ${name} ${how}`] })
      if (leaving !== undefined) yield* close(leaving)
      yield* refreshed
      return true
    }, changing.withPermits(1)),
    rename: Effect.fn("OpenSessions.rename")(function* (id, text) {
      const name = text?.trim() || null
      if (name !== null && (name.length > MAX_SESSION_NAME_LENGTH || CONTROL.test(name))) {
        return yield* new OpenSessionsError({ reason: "BadName" })
      }
      yield* append(id, { _tag: "SessionRenamed", at: yield* Clock.currentTimeMillis, name })
      yield* logging.audit("session.renamed", { sessionId: id })
    }),
    pin: Effect.fn("OpenSessions.pin")(function* (id, pinned) {
      yield* append(id, { _tag: "SessionPinned", at: yield* Clock.currentTimeMillis, pinned })
    }),
    archive: Effect.fn("OpenSessions.archive")(function* (id) {
      if ((yield* find(id)) !== undefined) return yield* new OpenSessionsError({ reason: "StillOpen" })
      yield* persistence.archiveSession(id)
      yield* logging.audit("session.archived", { sessionId: id })
      yield* refreshed
    }, changing.withPermits(1)),
    jobs: Effect.gen(function* () {
      const { open: sessions } = yield* SubscriptionRef.get(state)
      const jobs = yield* Effect.forEach(sessions, ({ services: own }) =>
        Effect.all([Context.get(own, SessionShell).jobs, Context.get(own, BesideShells).jobs])
      )
      return jobs.flat(2)
    }),
    kept: kept.await,
    broken: Deferred.await(broken)
  })
})
