import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** Why a pool gave nothing. */
export class PoolError extends Schema.TaggedError<PoolError>()("PoolError", {
  /** `PoolExhausted`: all are in use, and none came back in time. `PoolClosed`: the pool's scope has ended. */
  reason: Schema.Literal("PoolExhausted", "PoolClosed"),
  /** The pool's name, in words a user knows. */
  pool: Schema.String,
  /** How many it may have. */
  maxSize: Schema.Int
}) {
  override get message(): string {
    return this.reason === "PoolExhausted"
      ? `All ${this.maxSize} ${this.pool} are in use (RESOURCE_POOL_SIZE)`
      : `There are no ${this.pool} any more: they have been closed`
  }
}

/** How a pool treats what it holds. */
export interface PoolOptions<A> {
  /** What it holds, in the plural and in words a user knows: "shells". */
  readonly name: string
  /** Most that exist at a time, whatever they do: in use, idle, being made or being destroyed. */
  readonly maxSize: number
  /** Most that are kept while nobody uses them; `maxSize` when left out. */
  readonly maxIdle?: number
  /** How long to wait for one when all are in use, in milliseconds; 0, the default, fails at once. */
  readonly acquireTimeout?: number
  /** False when each is used once and then destroyed; idle are then only those that `warm` made. */
  readonly reuse?: boolean
  /** Asked before an idle one is given out: what has ended meanwhile is destroyed, and another taken or made. */
  readonly isUsable?: (item: A) => boolean
}

/** Things that are dear to make, lent for a scope each. The sizes are plain values: a metric reads them at any time. */
export interface ResourcePool<A, E> {
  /**
   * Lends one until the scope ends: an idle one, else a new one. Making one cannot be interrupted (as with
   * `acquireRelease`), so `create` has to know its own time limit; waiting for one can. Fails as `create` does, or with
   * `PoolError`.
   */
  readonly acquire: Effect.Effect<A, E | PoolError, Scope.Scope>
  /**
   * Takes the room of one until the scope ends, for something of the same kind that the pool does not make; an idle one is
   * destroyed where there is no room beside it. Waits and fails as `acquire` does.
   */
  readonly reserve: Effect.Effect<void, PoolError, Scope.Scope>
  /** Makes one for later, if there is room for an idle one; does nothing otherwise. Fails as `create` does. */
  readonly warm: Effect.Effect<void, E>
  /** Has one destroyed: now if it is idle, else when its lease ends. Does nothing for what is not of this pool. */
  readonly invalidate: (item: A) => Effect.Effect<void>
  /** How many there are: in use, idle, being made, being destroyed. */
  readonly size: number
  /** How many of them wait for somebody to use them. */
  readonly idle: number
  readonly maxSize: number
  /** How many cannot be lent now: in use, being made, being destroyed. */
  readonly used: number
  /** `used` as a part of `maxSize`, 0–1. */
  readonly utilisation: number
}

interface Entry<A> {
  readonly item: A
  valid: boolean
  /** Set once it is being destroyed; done when that is over. */
  destroyed: Deferred.Deferred<void> | null
}

/** Who waits is given a slot, and with it an item where one came back. */
type Grant<A> = Entry<A> | null

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Makes a pool whose items are destroyed with the scope, the lent ones too. `create` and `destroy` get the context of
 * this effect.
 *
 * Effect's own `Pool` is not used: it cannot be asked how full it is, has no limit on waiting, and cannot keep one warm
 * while lent ones are used once (`invalidate` makes a replacement only down to its minimum, which is made at once).
 *
 * A slot is the right to have one item out of the idle ones: `used` never exceeds `maxSize`, an idle item is always taken
 * before one is made, and `warm` makes none unless `used + idle` leaves room; so that sum never exceeds `maxSize` either.
 */
export const makeResourcePool = Effect.fn("ResourcePool.make")(function* <A, E, R, R2>(
  create: Effect.Effect<A, E, R>,
  destroy: (item: A) => Effect.Effect<void, never, R2>,
  options: PoolOptions<A>
) {
  const { name, maxSize, maxIdle = maxSize, acquireTimeout = 0, reuse = true, isUsable = () => true } = options
  const context = yield* Effect.context<R | R2>()
  const fiberId = yield* Effect.fiberId
  /** Everything that was made and is not yet destroyed: in use, idle, or on its way between the two. */
  const entries = new Set<Entry<A>>()
  const idle: Array<Entry<A>> = []
  const waiting = new Set<Deferred.Deferred<Grant<A>, PoolError>>()
  let used = 0
  let warming = 0
  let creating = 0
  /** Set when the scope ends; done when what was being made then is over. */
  let closed: Deferred.Deferred<void> | null = null
  const fail = (reason: PoolError["reason"]) => Effect.fail(new PoolError({ reason, pool: name, maxSize }))

  /** Passes a slot, and what is in it, on to whoever has waited longest. */
  const giveSlot = (item: Grant<A>): void => {
    const [next] = waiting
    if (next !== undefined) {
      waiting.delete(next)
      Deferred.unsafeDone(next, Effect.succeed(item))
      return
    }
    used--
    if (item !== null) idle.push(item)
  }
  const freeSlot = Effect.sync(() => giveSlot(null))

  const destroyEntry = (entry: Entry<A>) =>
    Effect.suspend(() => {
      if (entry.destroyed !== null) return Deferred.await(entry.destroyed)
      const done = Deferred.unsafeMake<void>(fiberId)
      entry.destroyed = done
      return destroy(entry.item).pipe(
        Effect.provide(context),
        // Whoever waits for the end gets it, even if destroying has a bug.
        Effect.onExit((exit) => {
          entries.delete(entry)
          return Deferred.done(done, exit)
        })
      )
    })

  /** Makes one in a slot; the slot is free again when that fails. */
  const make = Effect.suspend(() => {
    creating++
    return create.pipe(
      Effect.provide(context),
      Effect.map((item): Entry<A> => {
        const entry = { item, valid: true, destroyed: null }
        entries.add(entry)
        return entry
      }),
      Effect.onExit((exit) => {
        creating--
        if (Exit.isFailure(exit)) giveSlot(null)
        if (closed === null) return Effect.void
        const over = creating === 0 ? Deferred.succeed(closed, undefined) : Effect.void
        return Exit.isSuccess(exit) ? Effect.ensuring(destroyEntry(exit.value), over) : over
      })
    )
  })

  /** What has a slot goes to who waits, or becomes idle where there is room; else it is destroyed. */
  const putBack = (entry: Entry<A>) =>
    Effect.suspend(() => {
      const keep = entry.valid && (waiting.size > 0 || idle.length < maxIdle)
      if (keep && closed === null) return Effect.sync(() => giveSlot(entry))
      return Effect.ensuring(destroyEntry(entry), freeSlot)
    })

  const release = (entry: Entry<A>) =>
    Effect.suspend(() => {
      entry.valid &&= reuse
      return putBack(entry)
    })

  /** An idle one that can be used, the youngest first; what cannot is destroyed. */
  const takeIdle: Effect.Effect<Grant<A>> = Effect.suspend(() => {
    const entry = idle.pop()
    if (entry === undefined) return Effect.succeed(null)
    return isUsable(entry.item) ? Effect.succeed(entry) : Effect.zipRight(destroyEntry(entry), takeIdle)
  })

  /** Waits for a slot. Whether it came is asked of `waiting` alone, so none is lost when it comes as the wait ends. */
  const waitForSlot = (restore: Restore) =>
    Effect.suspend((): Effect.Effect<Grant<A>, PoolError> => {
      if (acquireTimeout <= 0) return fail("PoolExhausted")
      const slot = Deferred.unsafeMake<Grant<A>, PoolError>(fiberId)
      waiting.add(slot)
      return restore(Effect.timeoutOption(Deferred.await(slot), Duration.millis(acquireTimeout))).pipe(
        Effect.exit,
        Effect.flatMap((exit) => {
          const came = !waiting.delete(slot)
          if (Exit.isSuccess(exit)) return came ? Deferred.await(slot) : fail("PoolExhausted")
          if (!came) return Effect.failCause(exit.cause)
          // Interrupted just as a slot came (it goes to the next), or the pool was closed.
          const back = Effect.flatMap(Deferred.await(slot), (grant) => (grant === null ? freeSlot : putBack(grant)))
          return Effect.zipRight(Effect.ignore(back), Effect.failCause(exit.cause))
        })
      )
    })

  const takeSlot = (restore: Restore) =>
    Effect.suspend((): Effect.Effect<Grant<A>, PoolError> => {
      if (closed !== null) return fail("PoolClosed")
      if (used >= maxSize) return waitForSlot(restore)
      used++
      return Effect.succeed(null)
    })

  const acquire = Effect.uninterruptibleMask((restore) =>
    takeSlot(restore).pipe(
      Effect.flatMap((grant) => (grant === null ? Effect.onError(takeIdle, () => freeSlot) : Effect.succeed(grant))),
      Effect.flatMap((grant) => (grant === null ? make : Effect.succeed(grant))),
      Effect.flatMap((entry) => {
        if (closed !== null) return Effect.zipRight(destroyEntry(entry), fail("PoolClosed"))
        return Effect.as(
          Effect.addFinalizer(() => release(entry)),
          entry.item
        )
      })
    )
  )

  const reserve = Effect.uninterruptibleMask((restore) =>
    takeSlot(restore).pipe(
      // What waits is lent next to nobody if this slot was the last.
      Effect.map((grant) => grant ?? (used + idle.length > maxSize ? (idle.pop() ?? null) : null)),
      Effect.tap((entry) => (entry === null ? Effect.void : destroyEntry(entry))),
      Effect.zipRight(Effect.addFinalizer(() => freeSlot))
    )
  )

  const warm = Effect.uninterruptible(
    Effect.suspend(() => {
      if (closed !== null || idle.length + warming >= maxIdle || used + idle.length >= maxSize) return Effect.void
      used++
      warming++
      return make.pipe(
        Effect.ensuring(Effect.sync(() => warming--)),
        // Meanwhile others may have come back.
        Effect.flatMap(putBack)
      )
    })
  )

  const invalidate = (item: A) =>
    Effect.suspend(() => {
      const index = idle.findIndex((entry) => entry.item === item)
      const [entry] = index < 0 ? [] : idle.splice(index, 1)
      if (entry !== undefined) {
        used++
        return Effect.ensuring(destroyEntry(entry), freeSlot)
      }
      for (const other of entries) if (other.item === item) other.valid = false
      return Effect.void
    }).pipe(Effect.uninterruptible)

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      const last = Deferred.unsafeMake<void>(fiberId)
      closed = last
      for (const slot of waiting) Deferred.unsafeDone(slot, fail("PoolClosed"))
      waiting.clear()
      idle.length = 0
      const made = creating > 0 ? Deferred.await(last) : Effect.void
      const all = Effect.forEach([...entries], destroyEntry, { concurrency: "unbounded", discard: true })
      return Effect.zipRight(all, made)
    })
  )

  const pool: ResourcePool<A, E> = {
    acquire,
    reserve,
    warm,
    invalidate,
    maxSize,
    get size() {
      return used + idle.length
    },
    get idle() {
      return idle.length
    },
    get used() {
      return used
    },
    get utilisation() {
      return used / maxSize
    }
  }
  return pool
})
