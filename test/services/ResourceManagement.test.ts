import { describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import fc from "fast-check"
import { assert } from "vitest"
import { ResourceManagement } from "../../src/services/ResourceManagement.ts"
import type { PoolError, PoolOptions, ResourcePool } from "../../src/services/ResourcePool.ts"

interface Shell {
  readonly number: number
  alive: boolean
}

/** Numbered shells; remembers which there were and which were ended. */
class Shells {
  readonly made: Array<Shell> = []
  readonly ended: Array<number> = []
  most = 0

  readonly create = Effect.sync((): Shell => {
    const shell = { number: this.made.length + 1, alive: true }
    this.made.push(shell)
    this.most = Math.max(this.most, this.alive)
    return shell
  })

  readonly destroy = (shell: Shell) =>
    Effect.sync(() => {
      assert.isTrue(shell.alive, `shell ${shell.number} was ended twice`)
      shell.alive = false
      this.ended.push(shell.number)
    })

  get alive(): number {
    return this.made.filter((shell) => shell.alive).length
  }
}

const test = <E>(name: string, body: () => Effect.Effect<void, E, ResourceManagement | Scope.Scope>, limit?: number) =>
  it.scoped(name, () => Effect.provide(body(), ResourceManagement.layer({ resourcePoolSize: 50 })), limit)

/** A pool of shells whose scope can be closed. */
const poolOf = (shells: Shells, options: Partial<PoolOptions<Shell>>) =>
  Effect.gen(function* () {
    const { createResourcePool } = yield* ResourceManagement
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const pool = yield* Scope.extend(
      createResourcePool(shells.create, shells.destroy, { name: "shells", ...options }),
      scope
    )
    return { pool, close: Scope.close(scope, Exit.void) }
  })

/** Takes one and gives it back when told. */
const lease = <A, E>(pool: ResourcePool<A, E>) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const item = yield* Scope.extend(pool.acquire, scope)
    return { item, end: Scope.close(scope, Exit.void) }
  })

const number = (pool: ResourcePool<Shell, never>) => Effect.scoped(Effect.map(pool.acquire, (shell) => shell.number))

describe("a resource pool", () => {
  test("makes none until one is needed, and lends it again", () =>
    Effect.gen(function* () {
      const shells = new Shells()
      const { pool } = yield* poolOf(shells, {})
      assert.deepStrictEqual([pool.size, pool.utilisation, shells.made.length, pool.maxSize], [0, 0, 0, 50])
      assert.strictEqual(yield* number(pool), 1)
      assert.strictEqual(yield* number(pool), 1)
      assert.deepStrictEqual([pool.size, pool.idle, pool.used], [1, 1, 0])
    }))

  test("fails at once when all are in use, and says how full it is", () =>
    Effect.gen(function* () {
      const shells = new Shells()
      const { pool } = yield* poolOf(shells, { maxSize: 2 })
      const first = yield* lease(pool)
      assert.strictEqual(pool.utilisation, 0.5)
      yield* lease(pool)
      assert.deepStrictEqual([pool.size, pool.utilisation], [2, 1])
      const error: PoolError = yield* Effect.flip(Effect.scoped(pool.acquire))
      assert.strictEqual(error.reason, "PoolExhausted")
      assert.strictEqual(error.message, "All 2 shells are in use (RESOURCE_POOL_SIZE)")
      yield* first.end
      assert.strictEqual(yield* number(pool), 1)
    }))

  test("keeps room for what others make: an idle one goes where there is no room beside it", () =>
    Effect.gen(function* () {
      const shells = new Shells()
      const { pool, close } = yield* poolOf(shells, { maxSize: 2, acquireTimeout: 1000 })
      const reserve = Effect.gen(function* () {
        const scope = yield* Scope.make()
        yield* Scope.extend(pool.reserve, scope)
        return Scope.close(scope, Exit.void)
      })
      const first = yield* lease(pool)
      yield* pool.warm
      const leave = yield* reserve
      assert.deepStrictEqual([pool.used, pool.idle, shells.ended], [2, 0, [2]])
      yield* pool.warm
      assert.strictEqual(pool.size, 2)
      // Who waits gets the room of one that comes back, but not that one.
      const waiting = yield* Effect.fork(reserve)
      yield* TestClock.adjust("10 millis")
      yield* first.end
      const leaveToo = yield* Fiber.join(waiting)
      assert.deepStrictEqual([pool.used, shells.ended, shells.alive], [2, [2, 1], 0])
      const tooMany = yield* Effect.fork(Effect.flip(Effect.scoped(pool.reserve)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(tooMany)).reason, "PoolExhausted")
      yield* leave
      yield* leaveToo
      assert.deepStrictEqual([pool.used, yield* number(pool)], [0, 3])
      yield* close
      assert.strictEqual((yield* Effect.flip(Effect.scoped(pool.reserve))).reason, "PoolClosed")
    }))

  test("waits for one as long as it may, in the order in which was asked", () =>
    Effect.gen(function* () {
      const { pool } = yield* poolOf(new Shells(), { maxSize: 1, acquireTimeout: 1000 })
      const held = yield* lease(pool)
      const order: Array<string> = []
      const ask = (name: string) =>
        Effect.fork(
          Effect.scoped(
            pool.acquire.pipe(
              Effect.tap(() => Effect.sync(() => order.push(name))),
              Effect.zipRight(Effect.sleep("600 millis")),
              Effect.exit
            )
          )
        )
      const fibers = [yield* ask("first"), yield* ask("second")]
      const late = yield* Effect.fork(Effect.flip(Effect.scoped(pool.acquire)))
      yield* TestClock.adjust("500 millis")
      yield* held.end
      yield* TestClock.adjust("499 millis")
      assert.deepStrictEqual(order, ["first"])
      assert.isTrue((yield* Fiber.poll(late))._tag === "None")
      // 600 ms after 500 is too late for all that still wait.
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(late)).reason, "PoolExhausted")
      yield* TestClock.adjust("1 second")
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(order, ["first"])
      assert.deepStrictEqual([pool.used, pool.idle], [0, 1])
    }))

  test("gives what comes back to who waits, even beyond what it keeps idle", () =>
    Effect.gen(function* () {
      const shells = new Shells()
      const { pool } = yield* poolOf(shells, { maxSize: 1, maxIdle: 0, acquireTimeout: 1000 })
      const held = yield* lease(pool)
      const waiter = yield* Effect.fork(number(pool))
      yield* TestClock.adjust("1 millis")
      yield* held.end
      assert.strictEqual(yield* Fiber.join(waiter), 1)
      assert.deepStrictEqual([pool.size, shells.ended], [0, [1]])
    }))

  test("forgets who stops waiting, and gives the slot to the next", () =>
    Effect.gen(function* () {
      const { pool } = yield* poolOf(new Shells(), { maxSize: 1, acquireTimeout: 1000 })
      const held = yield* lease(pool)
      const gone = yield* Effect.fork(number(pool))
      const next = yield* Effect.fork(number(pool))
      yield* TestClock.adjust("1 millis")
      yield* Fiber.interrupt(gone)
      yield* held.end
      assert.strictEqual(yield* Fiber.join(next), 1)
      assert.strictEqual(pool.used, 0)
    }))

  test("loses no slot when the wait is over just as one comes back", () =>
    Effect.gen(function* () {
      const { pool } = yield* poolOf(new Shells(), { maxSize: 1, acquireTimeout: 1000 })
      for (const stop of [Fiber.interrupt, () => TestClock.adjust("1 second")]) {
        const held = yield* lease(pool)
        const waiter = yield* Effect.fork(Effect.exit(Effect.scoped(pool.acquire)))
        yield* TestClock.adjust("1 millis")
        // The slot is granted, and in the same turn, before the waiter runs, it stops waiting.
        yield* Effect.all([held.end, Effect.fork(stop(waiter))])
        yield* Fiber.await(waiter)
        assert.strictEqual(pool.used, 0)
        assert.strictEqual(yield* number(pool), 1)
      }
    }))

  test("gives back what an interrupted user had", () =>
    Effect.gen(function* () {
      const { pool } = yield* poolOf(new Shells(), { maxSize: 1 })
      const user = yield* Effect.fork(Effect.scoped(Effect.zipRight(pool.acquire, Effect.never)))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(pool.used, 1)
      yield* Fiber.interrupt(user)
      assert.deepStrictEqual([pool.used, pool.idle], [0, 1])
    }))

  test("has its slot back when making one fails, dies or is interrupted", () =>
    Effect.gen(function* () {
      const { createResourcePool } = yield* ResourceManagement
      const started = yield* Deferred.make<void>()
      const outcomes = [
        Effect.fail("no shell"),
        Effect.die("bug"),
        Effect.interruptible(Effect.zipRight(Deferred.succeed(started, undefined), Effect.never)),
        Effect.succeed({})
      ]
      const create = Effect.suspend((): Effect.Effect<object, string> => outcomes.shift() ?? Effect.succeed({}))
      const pool = yield* createResourcePool(create, () => Effect.void, { maxSize: 1 })
      assert.strictEqual(yield* Effect.flip(Effect.scoped(pool.acquire)), "no shell")
      assert.deepStrictEqual(yield* Effect.exit(Effect.scoped(pool.acquire)), Exit.die("bug"))
      const hung = yield* Effect.fork(Effect.scoped(pool.acquire))
      yield* Deferred.await(started)
      assert.strictEqual(pool.used, 1)
      yield* Fiber.interrupt(hung)
      assert.strictEqual(pool.used, 0)
      yield* Effect.scoped(pool.acquire)
      assert.strictEqual(pool.size, 1)
    }))

  test("lends each once and keeps one warm, where that was asked for", () =>
    Effect.gen(function* () {
      const shells = new Shells()
      const { pool } = yield* poolOf(shells, { maxSize: 3, maxIdle: 1, reuse: false })
      assert.strictEqual(shells.made.length, 0)
      const first = yield* lease(pool)
      yield* pool.warm
      yield* pool.warm
      assert.deepStrictEqual([shells.made.length, pool.idle, pool.size], [2, 1, 2])
      yield* first.end
      assert.deepStrictEqual(shells.ended, [1])
      assert.strictEqual(yield* number(pool), 2)
      assert.deepStrictEqual([shells.ended, pool.size], [[1, 2], 0])
      assert.strictEqual(yield* number(pool), 3)
    }))

  test("warms none beyond its size, and none twice at the same time", () =>
    Effect.gen(function* () {
      const { createResourcePool } = yield* ResourceManagement
      const gate = yield* Deferred.make<void>()
      let made = 0
      const create = Effect.zipRight(
        Deferred.await(gate),
        Effect.sync(() => ({ made: ++made }))
      )
      const pool = yield* createResourcePool(create, () => Effect.void, { maxSize: 2, maxIdle: 1 })
      const warming = yield* Effect.fork(Effect.all([pool.warm, pool.warm], { concurrency: 2 }))
      yield* TestClock.adjust("1 millis")
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(warming)
      assert.deepStrictEqual([made, pool.idle], [1, 1])
      const both = [yield* lease(pool), yield* lease(pool)]
      yield* pool.warm
      assert.deepStrictEqual([made, pool.size], [2, 2])
      for (const { end } of both) yield* end
    }))

  test("destroys what was found unfit: while idle, when its lease ends, or when it is looked at", () =>
    Effect.gen(function* () {
      const shells = new Shells()
      const { pool } = yield* poolOf(shells, { maxSize: 2, isUsable: (shell) => shell.number !== 3 })
      const first = yield* lease(pool)
      yield* pool.invalidate(first.item)
      assert.deepStrictEqual(shells.ended, [])
      yield* first.end
      assert.deepStrictEqual(shells.ended, [1])
      const second = yield* lease(pool)
      yield* second.end
      yield* pool.invalidate(second.item)
      assert.deepStrictEqual([shells.ended, pool.size], [[1, 2], 0])
      assert.strictEqual(yield* number(pool), 3)
      assert.strictEqual(yield* number(pool), 4)
      assert.deepStrictEqual([shells.ended, pool.size], [[1, 2, 3], 1])
      yield* pool.invalidate({ number: 4, alive: true })
      assert.strictEqual(pool.size, 1)
    }))

  test("destroys everything with its scope, lent ones too and at the same time, and lends nothing more", () =>
    Effect.gen(function* () {
      const { createResourcePool, usage } = yield* ResourceManagement
      const shells = new Shells()
      const scope = yield* Scope.make()
      const pool = yield* Scope.extend(
        createResourcePool(shells.create, (shell) => Effect.zipRight(Effect.sleep("1 second"), shells.destroy(shell)), {
          name: "shells",
          maxSize: 3,
          acquireTimeout: 60_000
        }),
        scope
      )
      const leases = yield* Effect.all([lease(pool), lease(pool), lease(pool)])
      yield* leases[2].end
      yield* lease(pool)
      const waiter = yield* Effect.fork(Effect.flip(Effect.scoped(pool.acquire)))
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(usage(), { used: 3, max: 3 })
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.deepStrictEqual([...shells.ended].sort(), [1, 2, 3])
      assert.strictEqual((yield* Fiber.join(waiter)).reason, "PoolClosed")
      const error = yield* Effect.flip(Effect.scoped(pool.acquire))
      assert.strictEqual(error.message, "There are no shells any more: they have been closed")
      yield* pool.warm
      yield* leases[0].end
      assert.lengthOf(shells.made, 3)
      assert.deepStrictEqual(usage(), { used: 0, max: 0 })
    }))

  test("waits at its end for what is being made, and destroys that as well", () =>
    Effect.gen(function* () {
      const { createResourcePool } = yield* ResourceManagement
      const shells = new Shells()
      const gate = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const pool = yield* Scope.extend(
        createResourcePool(Effect.zipRight(Deferred.await(gate), shells.create), shells.destroy, { name: "shells" }),
        scope
      )
      const acquiring = yield* Effect.fork(Effect.flip(Effect.scoped(pool.acquire)))
      const warming = yield* Effect.fork(pool.warm)
      yield* TestClock.adjust("1 millis")
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("1 second")
      assert.isTrue((yield* Fiber.poll(closing))._tag === "None")
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(closing)
      assert.deepStrictEqual([shells.made.length, shells.alive], [2, 0])
      assert.strictEqual((yield* Fiber.join(acquiring)).reason, "PoolClosed")
      yield* Fiber.join(warming)
    }))

  const STEP_MS = 7

  test(
    "never has more than it may, whatever its users do",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            fc.record({
              maxSize: fc.integer({ min: 1, max: 3 }),
              maxIdle: fc.integer({ min: 0, max: 3 }),
              acquireTimeout: fc.constantFrom(0, 20),
              reuse: fc.boolean(),
              users: fc.array(
                fc.record({
                  start: fc.nat(30),
                  use: fc.nat(20),
                  stopAfter: fc.option(fc.nat(40)),
                  last: fc.constantFrom("leave", "warm", "invalidate")
                }),
                { maxLength: 12 }
              )
            }),
            ({ users, ...options }) => {
              const shells = new Shells()
              const slow = <A>(effect: Effect.Effect<A>) => Effect.zipRight(Effect.sleep("3 millis"), effect)
              const program = Effect.gen(function* () {
                const { createResourcePool, open } = yield* ResourceManagement
                const scope = yield* Scope.make()
                const pool = yield* Scope.extend(
                  createResourcePool(slow(shells.create), (one) => slow(shells.destroy(one)), options),
                  scope
                )
                const fibers = yield* Effect.forEach(users, ({ start, use, stopAfter, last }) => {
                  const user = pool.acquire.pipe(
                    Effect.tap(() => Effect.sleep(use)),
                    Effect.tap((shell) => (last === "invalidate" ? pool.invalidate(shell) : Effect.void)),
                    Effect.scoped,
                    Effect.zipRight(last === "warm" ? pool.warm : Effect.void),
                    Effect.delay(start)
                  )
                  return Effect.fork(stopAfter === null ? user : Effect.timeout(user, stopAfter))
                })
                while (!(yield* Effect.map(Effect.forEach(fibers, Fiber.poll), Arr.every(Option.isSome)))) {
                  yield* TestClock.adjust(STEP_MS)
                  assert.isAtMost(pool.size, options.maxSize)
                  assert.isAtMost(pool.utilisation, 1)
                }
                assert.strictEqual(pool.used, 0)
                assert.strictEqual(pool.idle, shells.alive)
                assert.isAtMost(pool.idle, options.maxIdle)
                assert.lengthOf(open(), shells.alive)
                const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
                yield* TestClock.adjust("1 second")
                yield* Fiber.join(closing)
                assert.isAtMost(shells.most, options.maxSize)
                assert.strictEqual(shells.alive, 0)
                assert.deepStrictEqual(open(), [])
              })
              return Effect.runPromise(
                program.pipe(
                  Effect.provide(ResourceManagement.layer({ resourcePoolSize: 50 })),
                  Effect.provide(TestContext.TestContext)
                )
              )
            }
          ),
          { numRuns: 30 }
        )
      ),
    60_000
  )
})

describe("ResourceManagement", () => {
  test("lists what is open, and closes it with its scope as that ended", () =>
    Effect.gen(function* () {
      const { trackResourceLifecycle, open } = yield* ResourceManagement
      const scope = yield* Scope.make()
      const exits: Array<Exit.Exit<unknown, unknown>> = []
      yield* TestClock.adjust("5 millis")
      const resource = yield* Scope.extend(
        trackResourceLifecycle({
          kind: "server",
          name: "metrics",
          acquire: Effect.succeed("socket"),
          release: (_, exit) => Effect.sync(() => void exits.push(exit))
        }),
        scope
      )
      assert.strictEqual(resource, "socket")
      assert.deepStrictEqual(open(), [{ kind: "server", name: "metrics", since: 5 }])
      yield* Scope.close(scope, Exit.fail("why"))
      assert.deepStrictEqual(open(), [])
      assert.deepStrictEqual(exits, [Exit.fail("why")])
    }))

  test("lists nothing that could not be opened, and nothing whose closing has a bug", () =>
    Effect.gen(function* () {
      const { trackResourceLifecycle, open } = yield* ResourceManagement
      const resource = { kind: "server", name: "metrics", release: () => Effect.die("bug") }
      const failed = trackResourceLifecycle({ ...resource, acquire: Effect.fail("taken") })
      assert.strictEqual(yield* Effect.flip(Effect.scoped(failed)), "taken")
      assert.deepStrictEqual(open(), [])
      yield* Effect.exit(Effect.scoped(trackResourceLifecycle({ ...resource, acquire: Effect.void })))
      assert.deepStrictEqual(open(), [])
    }))

  test("lists what pools hold, and gives the usage of all and of the fullest", () =>
    Effect.gen(function* () {
      const { createResourcePool, open, usage, utilisation } = yield* ResourceManagement
      assert.deepStrictEqual([usage(), utilisation()], [{ used: 0, max: 0 }, 0])
      const make = (name: string, maxSize: number) =>
        createResourcePool(
          Effect.sync(() => ({})),
          () => Effect.void,
          { name, maxSize }
        )
      const shells = yield* make("shells", 4)
      yield* make("sockets", 6)
      yield* lease(shells)
      const second = yield* lease(shells)
      assert.deepStrictEqual(
        open().map(({ kind, name }) => `${kind} ${name}`),
        ["shells 1", "shells 2"]
      )
      assert.deepStrictEqual([usage(), utilisation()], [{ used: 2, max: 10 }, 0.5])
      yield* shells.invalidate(second.item)
      yield* second.end
      assert.lengthOf(open(), 1)
    }))

  test("cleans up once, however the effect ended", () =>
    Effect.gen(function* () {
      const { executeWithCleanup } = yield* ResourceManagement
      const cleaned: Array<unknown> = []
      const cleanup = (resource: string | null, exit: Exit.Exit<string, string>) =>
        Effect.sync(() => void cleaned.push(resource ?? (Exit.isInterrupted(exit) ? "interrupted" : "none")))
      assert.strictEqual(yield* executeWithCleanup(Effect.succeed("file"), cleanup), "file")
      assert.strictEqual(yield* Effect.flip(executeWithCleanup(Effect.fail("no"), cleanup)), "no")
      assert.deepStrictEqual(yield* Effect.exit(executeWithCleanup(Effect.die("bug"), cleanup)), Exit.die("bug"))
      const hung = yield* Effect.fork(executeWithCleanup(Effect.never, cleanup))
      yield* TestClock.adjust("1 millis")
      yield* Fiber.interrupt(hung)
      assert.deepStrictEqual(cleaned, ["file", "none", "none", "interrupted"])
    }))
})
