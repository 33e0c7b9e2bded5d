import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { Session } from "../../src/domain/Session.ts"
import { encodeHunks } from "../../src/services/diff/DiffOrder.ts"
import { GitError, GitService } from "../../src/services/GitService.ts"
import {
  type OpenSession,
  OpenSessions,
  type OpenSessionsState,
  type SessionServices
} from "../../src/services/OpenSessions.ts"
import { OutputDiff } from "../../src/services/OutputDiff.ts"
import { PersistenceError } from "../../src/services/persistence/PersistenceError.ts"
import type { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import type { SessionList } from "../../src/services/persistence/sessionList.ts"
import { SessionArchive, SessionArchiveError } from "../../src/services/SessionArchive.ts"
import { SessionSearch } from "../../src/services/SessionSearch.ts"
import type { Job } from "../../src/shell/ShellDriver.ts"

interface Options {
  readonly session: Session
  readonly jobs?: ReadonlyArray<Job>
  readonly failure?: () => string | null
  readonly broken?: Effect.Effect<never>
  /** What it does instead of nothing. */
  readonly overrides?: Partial<typeof OpenSessions.Service>
}

/** One open session over the services below, without a disk. */
export const oneSession = ({
  session,
  jobs = [],
  failure = () => null,
  broken = Effect.never,
  overrides = {}
}: Options) =>
  Layer.effect(
    OpenSessions,
    Effect.gen(function* () {
      const services = yield* Effect.context<SessionServices>()
      const status = () => ({ appended: 0, durable: 0, failure: failure() })
      const file = {
        id: session.id,
        session,
        notes: [],
        get status() {
          return status()
        },
        subscribe: () => () => {}
      } as unknown as SessionFile
      const active: OpenSession = { id: session.id, services, file, reading: null }
      return OpenSessions.of({
        state: yield* SubscriptionRef.make<OpenSessionsState>({ open: [active], active, news: [] }),
        stored: yield* SubscriptionRef.make<SessionList>({ sessions: [], refused: [] }),
        refresh: Effect.void,
        switchTo: () => Effect.void,
        take: () => Effect.void,
        create: Effect.void,
        close: () => Effect.succeed(false),
        rename: () => Effect.void,
        pin: () => Effect.void,
        archive: () => Effect.void,
        jobs: Effect.succeed(jobs),
        kept: Effect.never,
        broken,
        ...overrides
      })
    })
  )

/** Directories that stand in no repository. */
export const noGit = Layer.sync(GitService, () =>
  GitService.of({
    branch: () => Effect.succeed(null),
    status: (directory) => new GitError({ reason: "NoWorkTree", directory, detail: "" })
  })
)

/** A comparison in which any two outputs are too different. */
export const tooDifferent = Layer.succeed(OutputDiff, {
  diff: () => Effect.succeed({ hunks: encodeHunks([{ from: 0, to: 1, newFrom: 0, newTo: 1 }]), lineByLine: false })
})

/** Sessions in which nothing is found. */
export const noSearch = Layer.succeed(SessionSearch, {
  search: () => Stream.make({ type: "end", looked: 0, stopped: false } as const),
  read: () => Effect.succeed({ stdout: "", stderr: "" })
})

/** An archive that holds nothing, and takes nothing. */
export const noArchive = Layer.succeed(
  SessionArchive,
  SessionArchive.of({
    clear: () => Effect.succeed(null),
    clearAgain: (_file, { archive }, fold) => fold(archive),
    settle: () => Effect.void,
    shrink: () => Effect.succeed({ blocks: 0, bytes: 0, archive: null }),
    save: () => new SessionArchiveError({ reason: "Nothing" }),
    list: Effect.succeed({ archived: [], refused: [] }),
    restore: (text) => new PersistenceError({ reason: "Unknown", subject: text, detail: "the archive is empty" }),
    remove: () => Effect.void,
    archiveOlder: () => Effect.succeed(null),
    archiveByAge: Effect.void
  })
)
