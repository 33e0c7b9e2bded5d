import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as Scheduler from "effect/Scheduler"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { createContext, type ReactNode, useCallback, useContext, useMemo, useSyncExternalStore } from "react"
import type { EffectTalkServices } from "../../EffectTalkLayer.ts"
import type { SessionServices } from "../../services/OpenSessions.ts"

const RuntimeContext = createContext<Runtime.Runtime<EffectTalkServices> | null>(null)

/** Hands the program's runtime to the components below. */
export const EffectProvider = ({
  runtime,
  children
}: {
  readonly runtime: Runtime.Runtime<EffectTalkServices>
  readonly children: ReactNode
}) => <RuntimeContext.Provider value={runtime}>{children}</RuntimeContext.Provider>

/** Puts the services of one open session in the place of another's, for the components below. */
export const SessionProvider = ({
  services,
  children
}: {
  readonly services: Context.Context<SessionServices>
  readonly children: ReactNode
}) => {
  const outer = useRuntime()
  const runtime = useMemo(() => Runtime.updateContext(outer, Context.merge(services)), [outer, services])
  return <RuntimeContext.Provider value={runtime}>{children}</RuntimeContext.Provider>
}

const useRuntime = (): Runtime.Runtime<EffectTalkServices> => {
  const runtime = useContext(RuntimeContext)
  if (runtime === null) throw new Error("useService is called outside EffectProvider")
  return runtime
}

/** One service of the program. */
export const useService = <I extends EffectTalkServices, S>(tag: Context.Tag<I, S>): S =>
  Context.get(useRuntime().context as Context.Context<I>, tag)

/** Starts effects from event handlers; a failure that the effect does not handle is a defect of ours. */
export const useRun = (): (<A, E>(effect: Effect.Effect<A, E, EffectTalkServices>) => Fiber.RuntimeFiber<A, E>) => {
  const runtime = useRuntime()
  return useCallback((effect) => Runtime.runFork(runtime, effect), [runtime])
}

/**
 * Starts effects like `useRun`, and runs them to their end before it returns where nothing has to be waited for: of several
 * keys of one read each meets what the one before has done.
 */
export const useRunNow = (): (<A, E>(effect: Effect.Effect<A, E, EffectTalkServices>) => void) => {
  const runtime = useRuntime()
  return useCallback(
    (effect) => {
      const scheduler = new Scheduler.SyncScheduler()
      Runtime.runFork(runtime, effect, { scheduler })
      // What still waits goes on with the scheduler of everything else.
      scheduler.flush()
    },
    [runtime]
  )
}

/** The latest value of a ref; the component renders again when it changes. */
export const useSubscriptionRef = <A,>(ref: SubscriptionRef.SubscriptionRef<A>): A => {
  const runtime = useRuntime()
  const store = useMemo(
    () => ({
      // Reading is safe at any time, also while a writer holds the ref.
      getSnapshot: () => Runtime.runSync(runtime, SubscriptionRef.get(ref)),
      subscribe: (notify: () => void) => {
        const fiber = Runtime.runFork(
          runtime,
          // Only the latest value counts: what piles up while React renders is dropped.
          ref.changes.pipe(
            Stream.buffer({ capacity: 1, strategy: "sliding" }),
            Stream.runForEach(() => Effect.sync(notify))
          )
        )
        return () => void Runtime.runFork(runtime, Fiber.interruptFork(fiber))
      }
    }),
    [ref, runtime]
  )
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot)
}
