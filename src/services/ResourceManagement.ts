import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { makeResourcePool, type PoolOptions, type ResourcePool } from "./ResourcePool.ts"

/** Something that is opened and has to be closed. */
export interface Resource<A, E = never, R = never, R2 = never> {
  /** What sort of thing: "shell", "server". */
  readonly kind: string
  /** Which one; neither a secret nor a command's text. */
  readonly name: string
  readonly acquire: Effect.Effect<A, E, R>
  /** Gets how the scope ended. */
  readonly release: (resource: A, exit: Exit.Exit<unknown, unknown>) => Effect.Effect<void, never, R2>
}

/** A resource that is open now. */
export interface OpenResource {
  readonly kind: string
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly since: number
}

/** How much of what there may be is in use. */
export interface Usage {
  readonly used: number
  /** 0 where nothing is limited. */
  readonly max: number
}

/** The part of the configuration that limits pools. */
export interface ResourceOptions {
  /** Most resources of a pool that names no limit of its own (RESOURCE_POOL_SIZE). */
  readonly resourcePoolSize: number
}

/** What is open: each thing is closed with its scope, can be counted meanwhile, and is pooled where it is dear. */
export class ResourceManagement extends Context.Tag("effecttalk/ResourceManagement")<
  ResourceManagement,
  {
    /** Opens a resource and closes it with the scope; between the two it is listed by `open`. */
    readonly trackResourceLifecycle: <A, E, R, R2>(
      resource: Resource<A, E, R, R2>
    ) => Effect.Effect<A, E, R | R2 | Scope.Scope>
    /**
     * Runs an effect and then `cleanup`, exactly once, however the effect ended: with what it gave, or with null after a
     * failure, a defect or an interruption; `exit` tells which. `cleanup` cannot be interrupted.
     */
    readonly executeWithCleanup: <A, E, R, R2>(
      effect: Effect.Effect<A, E, R>,
      cleanup: (resource: A | null, exit: Exit.Exit<A, E>) => Effect.Effect<void, never, R2>
    ) => Effect.Effect<A, E, R | R2>
    /**
     * A pool whose resources are destroyed with the scope; see `ResourcePool`. At most `resourcePoolSize` where the
     * options name no `maxSize`. What it holds, each an object of its own, is listed by `open` with the pool's name as
     * its kind.
     */
    readonly createResourcePool: <A, E, R, R2>(
      create: Effect.Effect<A, E, R>,
      destroy: (resource: A) => Effect.Effect<void, never, R2>,
      options?: Partial<PoolOptions<A>>
    ) => Effect.Effect<ResourcePool<A, E>, never, R | R2 | Scope.Scope>
    /** What is open now, the oldest first. Plain, for metrics and tests of leaks. */
    readonly open: () => ReadonlyArray<OpenResource>
    /** The usage of all pools together. Plain: a metric reads it at any time. */
    readonly usage: () => Usage
    /** The part of its size that the fullest pool has in use, 0–1; 0 without pools. */
    readonly utilisation: () => number
  }
>() {
  static readonly layer = (options: ResourceOptions) => Layer.sync(this, () => make(options))
}

/** The name of a pool that was given none. */
const UNNAMED_POOL = "pooled resources"

const make = ({ resourcePoolSize }: ResourceOptions): typeof ResourceManagement.Service => {
  const resources = new Set<OpenResource>()
  const pools = new Set<Pick<ResourcePool<never, never>, "used" | "maxSize" | "utilisation">>()

  const enter = (kind: string, name: string) =>
    Effect.map(Clock.currentTimeMillis, (since): OpenResource => {
      const entry = { kind, name, since }
      resources.add(entry)
      return entry
    })
  const leave = (entry: OpenResource | undefined) =>
    Effect.sync(() => {
      if (entry !== undefined) resources.delete(entry)
    })

  return ResourceManagement.of({
    trackResourceLifecycle: ({ kind, name, acquire, release }) =>
      Effect.acquireRelease(
        Effect.flatMap(acquire, (resource) => Effect.map(enter(kind, name), (entry) => ({ resource, entry }))),
        ({ resource, entry }, exit) => Effect.ensuring(release(resource, exit), leave(entry))
      ).pipe(Effect.map(({ resource }) => resource)),

    executeWithCleanup: (effect, cleanup) =>
      Effect.onExit(effect, (exit) => cleanup(Exit.isSuccess(exit) ? exit.value : null, exit)),

    createResourcePool: Effect.fn("ResourceManagement.createResourcePool")(function* (create, destroy, options = {}) {
      const { name = UNNAMED_POOL, maxSize = resourcePoolSize, ...rest } = options
      const entries = new Map<unknown, OpenResource>()
      let made = 0
      const pool = yield* makeResourcePool(
        Effect.tap(create, (resource) =>
          Effect.map(enter(name, `${++made}`), (entry) => void entries.set(resource, entry))
        ),
        (resource) => Effect.ensuring(destroy(resource), leave(entries.get(resource))),
        { ...rest, name, maxSize }
      )
      yield* Effect.acquireRelease(
        Effect.sync(() => pools.add(pool)),
        () => Effect.sync(() => pools.delete(pool))
      )
      return pool
    }),

    open: () => [...resources],
    usage: () => {
      let used = 0
      let max = 0
      for (const pool of pools) {
        used += pool.used
        max += pool.maxSize
      }
      return { used, max }
    },
    utilisation: () => Math.max(0, ...[...pools].map((pool) => pool.utilisation))
  })
}
