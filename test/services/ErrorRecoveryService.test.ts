import { describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as TestClock from "effect/TestClock"
import { assert } from "vitest"
import { ErrorRecoveryService, mayPass, RecoveryError } from "../../src/services/ErrorRecoveryService.ts"
import { PersistenceError } from "../../src/services/persistence/PersistenceError.ts"

const layer = ErrorRecoveryService.layer({
  errorRetryMaxAttempts: 3,
  errorRetryBaseDelay: 100,
  errorRetryMaxDelay: 10_000
})

/** Chance that never shortens a pause: the longest the schedule can be. */
const unshortened = Effect.withRandom(Random.fixed([1]))

/** An effect that fails with the number of the attempt and notes when each was made. */
const failing = (times: Array<number>) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    times.push(now)
    return Effect.fail(times.length)
  })

/** Lets an effect's pauses pass at once; time only moves while it sleeps. */
const hurried = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

/** A test with a clock of its own. */
const test = <E>(name: string, body: () => Effect.Effect<void, E, ErrorRecoveryService>) =>
  it.effect(name, () => Effect.provide(body(), layer))

describe("ErrorRecoveryService", () => {
  describe("retry", () => {
    test("tries three times more by default, each pause twice the one before, and fails as the last one did", () =>
      Effect.gen(function* () {
        const { retry } = yield* ErrorRecoveryService
        const times: Array<number> = []
        const last = yield* hurried(retry(failing(times))).pipe(unshortened, Effect.flip)
        assert.strictEqual(last, 4)
        assert.deepStrictEqual(times, [0, 100, 300, 700])
      }))

    test("waits no longer than the limit, and no time at all for no retries", () =>
      Effect.gen(function* () {
        const { retry } = yield* ErrorRecoveryService
        const times: Array<number> = []
        const options = { maxRetries: 5, baseDelay: 10, maxDelay: 35 }
        yield* hurried(retry(failing(times), options)).pipe(unshortened, Effect.flip)
        assert.deepStrictEqual(times, [0, 10, 30, 65, 100, 135])
        const none: Array<number> = []
        assert.strictEqual(yield* Effect.flip(retry(failing(none), { maxRetries: 0 })), 1)
      }))

    test("shortens pauses by chance, never below half and never beyond the limit", () =>
      Effect.gen(function* () {
        const { retry } = yield* ErrorRecoveryService
        const shortest: Array<number> = []
        yield* hurried(retry(failing(shortest))).pipe(Effect.withRandom(Random.fixed([0])), Effect.flip)
        assert.deepStrictEqual(shortest, [0, 50, 150, 350])
        const chosen: Array<number> = []
        const options = { maxRetries: 40, baseDelay: 8, maxDelay: 64 }
        yield* hurried(retry(failing(chosen), options)).pipe(Effect.withRandom(Random.make("pauses")), Effect.flip)
        const pauses = chosen.slice(4).map((time, index) => time - chosen[index + 3]!)
        assert.lengthOf(pauses, 37)
        for (const pause of pauses.slice(1)) assert.isTrue(pause >= 31 && pause <= 65, `${pause}`)
        assert.isAbove(new Set(pauses).size, 10)
      }))

    test("gives the first success and leaves the rest of the attempts", () =>
      Effect.gen(function* () {
        const { retry } = yield* ErrorRecoveryService
        let attempts = 0
        const effect = Effect.suspend(() => (++attempts < 3 ? Effect.fail("not yet") : Effect.succeed(attempts)))
        assert.strictEqual(yield* hurried(retry(effect)), 3)
        assert.strictEqual(attempts, 3)
      }))

    test("fails at once with what is not worth another attempt", () =>
      Effect.gen(function* () {
        const { retry } = yield* ErrorRecoveryService
        const times: Array<number> = []
        assert.strictEqual(yield* Effect.flip(retry(failing(times), { while: (error) => error < 1 })), 1)
        assert.deepStrictEqual(times, [0])
      }))

    test("never tries a defect again, nor an interruption, even beside a failure", () =>
      Effect.gen(function* () {
        const { retry } = yield* ErrorRecoveryService
        const causes = [
          Cause.die("bug"),
          Cause.interrupt(Fiber.id(yield* Effect.fork(Effect.void))),
          Cause.parallel(Cause.fail("no"), Cause.die("bug"))
        ]
        for (const cause of causes) {
          let attempts = 0
          const exit = yield* Effect.exit(
            retry(
              Effect.suspend(() => {
                attempts++
                return Effect.failCause(cause)
              })
            )
          )
          assert.strictEqual(attempts, 1)
          assert.deepStrictEqual(exit, Exit.failCause(cause))
        }
      }))

    test("can be interrupted while it pauses", () =>
      Effect.gen(function* () {
        const { retry } = yield* ErrorRecoveryService
        const times: Array<number> = []
        const fiber = yield* Effect.fork(retry(failing(times)))
        yield* TestClock.adjust("1 millis")
        const exit = yield* Fiber.interrupt(fiber)
        assert.isTrue(Exit.isInterrupted(exit))
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(times, [0])
      }))
  })

  describe("withTimeout", () => {
    test("stops what takes too long, lets it clean up, and says what it was", () =>
      Effect.gen(function* () {
        const { withTimeout } = yield* ErrorRecoveryService
        const released = yield* Deferred.make<number>()
        const hung = Effect.acquireUseRelease(
          Effect.void,
          () => Effect.never,
          () => Effect.flatMap(Clock.currentTimeMillis, (now) => Deferred.succeed(released, now))
        )
        const fiber = yield* Effect.fork(Effect.flip(withTimeout(hung, 5000, "opening the session")))
        yield* TestClock.adjust("4999 millis")
        assert.isNull(yield* Effect.map(Fiber.poll(fiber), (exit) => (exit._tag === "None" ? null : exit.value)))
        yield* TestClock.adjust("1 millis")
        const error = yield* Fiber.join(fiber)
        assert.instanceOf(error, RecoveryError)
        assert.strictEqual(error.reason, "TimedOut")
        assert.strictEqual(error.message, "opening the session took longer than 5000 ms")
        // The failure came after the finalizer, so nothing is left to wait for.
        assert.deepStrictEqual(
          yield* Deferred.poll(released).pipe(Effect.flatMap((done) => Effect.flatten(done))),
          5000
        )
      }))

    test("passes on what comes in time, failures too", () =>
      Effect.gen(function* () {
        const { withTimeout } = yield* ErrorRecoveryService
        assert.strictEqual(
          yield* hurried(withTimeout(Effect.as(Effect.sleep("4 seconds"), "in time"), 5000)),
          "in time"
        )
        assert.strictEqual(yield* Effect.flip(withTimeout(Effect.fail("no"), 5000)), "no")
      }))
  })

  describe("fallback", () => {
    test("answers a failure with a value or another effect, and leaves a success alone", () =>
      Effect.gen(function* () {
        const { fallback } = yield* ErrorRecoveryService
        assert.strictEqual(yield* fallback(Effect.fail("no"), "fallback"), "fallback")
        assert.strictEqual(yield* fallback(Effect.fail("no"), Effect.succeed(7)), 7)
        assert.strictEqual(yield* fallback(Effect.succeed("own"), "fallback"), "own")
        assert.strictEqual(yield* Effect.flip(fallback(Effect.fail("no"), Effect.fail("neither"))), "neither")
      }))

    test("hides no bug", () =>
      Effect.gen(function* () {
        const { fallback } = yield* ErrorRecoveryService
        const exit = yield* Effect.exit(fallback(Effect.die("bug"), "fallback"))
        assert.deepStrictEqual(exit, Exit.die("bug"))
      }))
  })
})

describe("mayPass", () => {
  const systemError = (code: string) => Object.assign(new Error(code), { code })

  it("knows what passes by itself, wrapped or not, and what does not", () => {
    for (const code of ["EAGAIN", "EMFILE", "ENFILE", "EBUSY", "EINTR", "ENOMEM", "ESTALE", "ETIMEDOUT", "ETXTBSY"]) {
      assert.isTrue(mayPass(systemError(code)), code)
      assert.isTrue(mayPass(PersistenceError.from(systemError(code), "s1")), code)
    }
    for (const code of ["ENOSPC", "EDQUOT", "EACCES", "EPERM", "EROFS", "ENOENT", "EIO", "ELOOP"]) {
      assert.isFalse(mayPass(systemError(code)), code)
    }
    assert.isFalse(mayPass("EAGAIN"))
    assert.isFalse(mayPass(new PersistenceError({ reason: "Locked", subject: "s1", detail: "locked" })))
  })

  it("ends on causes that go round in a ring", () => {
    const error = new Error("ring")
    error.cause = error
    assert.isFalse(mayPass(error))
  })
})
