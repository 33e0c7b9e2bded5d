import * as Effect from "effect/Effect"
import { useCallback, useMemo } from "react"
import type { SessionId } from "../../domain/ids.ts"
import type { Session } from "../../domain/Session.ts"
import { OpenSessions, type OpenSessionsError } from "../../services/OpenSessions.ts"
import type { PersistenceError } from "../../services/persistence/PersistenceError.ts"
import { useRun, useService, useSubscriptionRef } from "../contexts/EffectProvider.tsx"
import { allSessions, type SidebarSession } from "../sidebar/SidebarModel.ts"
import { useSession } from "./useSession.ts"

/** Resolves with null, or with why it did not happen. */
type Done = Promise<PersistenceError | OpenSessionsError | null>

/** The sessions there are, and what can be done with them. */
export interface Sessions {
  /** Those that are open here in the order in which they were opened, then the stored ones, last modified first. */
  readonly sessions: ReadonlyArray<SidebarSession>
  /** The one on the screen. */
  readonly activeSession: Session
  /** Puts another one on the screen; this component goes with the one before it. */
  readonly switchTo: (id: SessionId) => Done
  readonly create: () => Done
  /** Null takes the name away. */
  readonly rename: (id: SessionId, name: string | null) => Done
  readonly pin: (id: SessionId, pinned: boolean) => Done
  /** Moves one that is only stored to the archive. */
  readonly archive: (id: SessionId) => Done
  /** Looks at the data directory again. */
  readonly refresh: () => Done
}

/**
 * The sessions of this process and of the data directory, as `refresh` saw it last.
 *
 * @param asked changes when the sessions behind the one on the screen are to be looked at again
 */
export const useSessions = (asked?: unknown): Sessions => {
  const service = useService(OpenSessions)
  const { open, active } = useSubscriptionRef(service.state)
  const stored = useSubscriptionRef(service.stored)
  const activeSession = useSession()
  const run = useRun()

  const done = useCallback(
    (effect: Effect.Effect<void, PersistenceError | OpenSessionsError>): Done =>
      new Promise((resolve) => {
        const told = Effect.match(effect, { onSuccess: () => null, onFailure: (error) => error })
        run(
          Effect.ensuring(
            Effect.map(told, resolve),
            Effect.sync(() => resolve(null))
          )
        )
      }),
    [run]
  )
  const actions = useMemo(
    () => ({
      switchTo: (id: SessionId) => done(service.switchTo(id)),
      create: () => done(service.create),
      rename: (id: SessionId, name: string | null) => done(service.rename(id, name)),
      pin: (id: SessionId, pinned: boolean) => done(service.pin(id, pinned)),
      archive: (id: SessionId) => done(service.archive(id)),
      refresh: () => done(service.refresh)
    }),
    [done, service]
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: the sessions that the files hold change with the last two
  const sessions = useMemo(
    () =>
      allSessions({
        open: open.map(({ file, reading }) => ({ session: file.session, readOnly: reading !== null })),
        active: active.id,
        stored: stored.sessions
      }),
    [open, active, stored, activeSession, asked]
  )
  return { sessions, activeSession, ...actions }
}
