import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, unlinkSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { afterEach, assert, vi } from "vitest"
import {
  LOG_FLUSH_MS,
  type LoggingOptions,
  StructuredLoggingService
} from "../../src/services/StructuredLoggingService.ts"
import { asleep } from "./asleep.ts"
import { temporaryDirectory } from "./persistence/sessions.ts"

type Line = Readonly<Record<string, unknown>> & { readonly metadata?: Readonly<Record<string, unknown>> }

interface Logs {
  readonly dataDir: string
  readonly text: (name?: string) => string
  readonly lines: (name?: string) => ReadonlyArray<Line>
}

/** A test with a DATA_DIR and a clock of its own, which begins at the epoch. */
const test = <E>(
  name: string,
  options: Partial<LoggingOptions>,
  body: (logs: Logs) => Effect.Effect<void, E, StructuredLoggingService>,
  after: (logs: Logs) => void = () => {}
) =>
  it.effect(name, () =>
    Effect.suspend(() => {
      const dataDir = join(temporaryDirectory(), "data")
      const text = (file = "effecttalk.log") => readFileSync(join(dataDir, "logs", file), "utf8")
      const lines = (file?: string) =>
        text(file)
          .split("\n")
          // What follows the last newline may be a line on its way.
          .slice(0, -1)
          .map((line) => JSON.parse(line))
      const logs = { dataDir, text, lines }
      const layer = StructuredLoggingService.layer({
        dataDir,
        logLevel: "info",
        structuredLogging: true,
        auditLogEnabled: true,
        sanitizeErrorMessages: true,
        ...options
      })
      return Effect.zipRight(
        Effect.provide(body(logs), layer),
        Effect.sync(() => after(logs))
      )
    })
  )

/** Waits for real work of the disk, without time passing for anybody else. */
const until = (done: () => boolean) =>
  Effect.promise(async () => {
    while (!done()) await new Promise((resolve) => setImmediate(resolve))
  })

const consoles = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name))

afterEach(() => {
  for (const method of consoles) {
    assert.deepStrictEqual(method.mock.calls, [])
    method.mockClear()
  }
})

describe("StructuredLoggingService", () => {
  test("writes the seeds' lines, to a file for its owner alone", {}, ({ dataDir, lines }) =>
    Effect.gen(function* () {
      const { log, logPerformance, flush } = yield* StructuredLoggingService
      yield* TestClock.setTime(Date.UTC(2026, 0, 17, 15, 30))
      yield* log("info", "Operation started", { operation: "executeCommand", commandLength: 42 })
      yield* logPerformance("blockCreation", 12, { blockId: "b1" })
      yield* logPerformance("save", 7, { status: "failure" })
      yield* flush
      const timestamp = "2026-01-17T15:30:00.000Z"
      assert.deepStrictEqual(lines(), [
        {
          timestamp,
          level: "info",
          message: "Operation started",
          operation: "executeCommand",
          metadata: { commandLength: 42 }
        },
        {
          timestamp,
          level: "info",
          message: "performance",
          operation: "blockCreation",
          duration: 12,
          status: "success",
          metadata: { blockId: "b1" }
        },
        { timestamp, level: "info", message: "performance", operation: "save", duration: 7, status: "failure" }
      ])
      assert.strictEqual(statSync(join(dataDir, "logs", "effecttalk.log")).mode & 0o777, 0o600)
      assert.strictEqual(statSync(join(dataDir, "logs")).mode & 0o777, 0o700)
    })
  )

  test("leaves out what is below its level", { logLevel: "warn" }, ({ lines }) =>
    Effect.gen(function* () {
      const { log, logPerformance, flush } = yield* StructuredLoggingService
      for (const level of ["debug", "info", "warn", "error"] as const) yield* log(level, level)
      yield* logPerformance("save", 1)
      yield* Effect.logInfo("info of Effect's")
      yield* Effect.logWarning("warning of Effect's")
      yield* flush
      assert.deepStrictEqual(
        lines().map(({ level, message }) => [level, message]),
        [
          ["warn", "warn"],
          ["error", "error"],
          ["warn", "warning of Effect's"]
        ]
      )
    })
  )

  test(
    "makes nothing on disk while there is nothing to say",
    { logLevel: "error" },
    ({ dataDir }) =>
      Effect.gen(function* () {
        const { log, flush } = yield* StructuredLoggingService
        yield* log("warn", "left out")
        yield* flush
        assert.isFalse(existsSync(dataDir))
      }),
    ({ dataDir }) => assert.isFalse(existsSync(dataDir))
  )

  test(
    "writes lines for people where that was asked for, but the audit log in JSON",
    { structuredLogging: false },
    ({ text, lines }) =>
      Effect.gen(function* () {
        const { log, audit, flush } = yield* StructuredLoggingService
        yield* log("warn", "It\nhappened", { operation: "save", count: 2 })
        yield* audit("deleteSession")
        yield* flush
        assert.strictEqual(text(), '1970-01-01T00:00:00.000Z warn "It\\nhappened" operation=save count=2\n')
        assert.strictEqual(lines("audit.log")[0]?.operation, "deleteSession")
      })
  )

  test("writes a quarter of a second after the first line, and no sooner", {}, ({ dataDir, lines }) =>
    Effect.gen(function* () {
      const { log } = yield* StructuredLoggingService
      yield* log("info", "one")
      yield* TestClock.adjust(LOG_FLUSH_MS - 1)
      yield* log("info", "two")
      assert.isFalse(existsSync(dataDir))
      yield* TestClock.adjust(1)
      yield* until(() => existsSync(join(dataDir, "logs", "effecttalk.log")) && lines().length === 2)
      yield* log("info", "three")
      yield* asleep()
      yield* TestClock.adjust(LOG_FLUSH_MS)
      yield* until(() => lines().length === 3)
    })
  )

  test("writes at once when much waits", {}, ({ dataDir, lines }) =>
    Effect.gen(function* () {
      const { log } = yield* StructuredLoggingService
      for (let count = 0; count < 70; count++) yield* log("info", "m".repeat(1000))
      yield* until(() => existsSync(join(dataDir, "logs", "effecttalk.log")) && lines().length >= 60)
    })
  )

  test(
    "writes what is left when it ends",
    {},
    () =>
      Effect.gen(function* () {
        const { log } = yield* StructuredLoggingService
        yield* log("info", "last words")
      }),
    ({ lines }) => assert.strictEqual(lines()[0]?.message, "last words")
  )

  test("fails no caller when nothing can be written, says why, and goes on when it can", {}, ({ dataDir, lines }) =>
    Effect.gen(function* () {
      const { log, flush, health } = yield* StructuredLoggingService
      mkdirSync(join(dataDir, "logs"), { recursive: true, mode: 0o700 })
      const path = join(dataDir, "logs", "effecttalk.log")
      symlinkSync("/dev/full", path)
      yield* log("info", "one")
      yield* flush
      assert.include(health().failure ?? "", "it is a symbolic link")
      const bad = Object.defineProperty({}, "bad", {
        enumerable: true,
        get: () => {
          throw new Error("a getter")
        }
      })
      yield* log("info", "two", bad)
      assert.strictEqual(health().lost, 1)
      unlinkSync(path)
      yield* log("info", "three")
      yield* flush
      assert.deepStrictEqual(health(), { lost: 1, failure: null })
      assert.deepStrictEqual(
        lines().map(({ message }) => message),
        ["one", "three"]
      )
    })
  )

  test("moves a full log aside", { maxLogBytes: 200 }, ({ lines }) =>
    Effect.gen(function* () {
      const { log, flush } = yield* StructuredLoggingService
      for (const message of ["a", "b"]) {
        yield* log("info", message.repeat(200))
        yield* flush
      }
      assert.strictEqual(lines("effecttalk.log.1")[0]?.message, "a".repeat(200))
      assert.strictEqual(lines()[0]?.message, "b".repeat(200))
    })
  )

  describe("the audit log", () => {
    test(
      "has what was done, whatever the level, at once and for ever",
      { logLevel: "error", maxLogBytes: 1 },
      ({ dataDir, lines }) =>
        Effect.gen(function* () {
          const { audit, withRequest } = yield* StructuredLoggingService
          const path = join(dataDir, "logs", "audit.log")
          yield* audit("deleteSession", { sessionId: "s1", status: "success", command: "hunter2" })
          yield* until(() => existsSync(path) && lines("audit.log").length === 1)
          yield* withRequest("exec", audit("executeCommand"))
          yield* until(() => lines("audit.log").length === 2)
          const [first, second] = lines("audit.log")
          assert.deepStrictEqual(first, {
            timestamp: "1970-01-01T00:00:00.000Z",
            level: "info",
            message: "deleteSession",
            sessionId: "s1",
            operation: "deleteSession",
            status: "success",
            metadata: { commandLength: 7 }
          })
          assert.match(String(second?.requestId), /^req-/)
          assert.strictEqual(statSync(path).mode & 0o777, 0o600)
          assert.isFalse(existsSync(join(dataDir, "logs", "effecttalk.log")))
        })
    )

    test("is not there where it was not asked for", { auditLogEnabled: false }, ({ dataDir }) =>
      Effect.gen(function* () {
        const { audit, flush } = yield* StructuredLoggingService
        yield* audit("deleteSession")
        yield* flush
        assert.isFalse(existsSync(dataDir))
      })
    )
  })

  describe("a request", () => {
    test("gives one id to all that is logged below it, in forked fibers too", {}, ({ lines }) =>
      Effect.gen(function* () {
        const { log, withRequest, flush } = yield* StructuredLoggingService
        const work = Effect.gen(function* () {
          yield* log("info", "ours")
          yield* Effect.logInfo("Effect's")
          yield* Effect.flatMap(Effect.fork(log("info", "forked")), Fiber.join)
          yield* withRequest("inner", Effect.sleep("1 second"))
        })
        const fiber = yield* Effect.fork(
          withRequest("outer", work, { blockId: "b1" }).pipe(Effect.annotateLogs("sessionId", "s1"))
        )
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(fiber)
        yield* withRequest("next", Effect.void)
        yield* log("info", "outside")
        yield* flush
        const all = lines()
        const ids = all.map(({ requestId }) => requestId)
        assert.match(String(ids[0]), /^req-[0-9a-z]{12}$/)
        assert.deepStrictEqual(ids.slice(0, 5), Array(5).fill(ids[0]))
        assert.notStrictEqual(ids[5], ids[0])
        assert.isUndefined(ids[6])
        assert.deepStrictEqual(
          all.slice(0, 5).map(({ sessionId }) => sessionId),
          Array(5).fill("s1")
        )
        const { timestamp: _, requestId: __, ...end } = all[4]!
        assert.deepStrictEqual(end, {
          level: "info",
          message: "request",
          sessionId: "s1",
          operation: "outer",
          duration: 1000,
          status: "success",
          metadata: { blockId: "b1" }
        })
      })
    )

    test("says how it ended, and ends as it would have", {}, ({ lines }) =>
      Effect.gen(function* () {
        const { withRequest, flush } = yield* StructuredLoggingService
        assert.strictEqual(yield* withRequest("a", Effect.succeed(7)), 7)
        assert.strictEqual(yield* Effect.flip(withRequest("b", Effect.fail("no '/home/ada'"))), "no '/home/ada'")
        assert.strictEqual((yield* Effect.exit(withRequest("c", Effect.die(new Error("bug")))))._tag, "Failure")
        const hung = yield* Effect.fork(withRequest("d", Effect.never))
        yield* TestClock.adjust("5 millis")
        yield* Fiber.interrupt(hung)
        yield* flush
        assert.deepStrictEqual(
          lines().map(({ operation, level, status, duration, error }) => [operation, level, status, duration, error]),
          [
            ["a", "info", "success", 0, undefined],
            ["b", "warn", "failure", 0, { name: "string", message: "no <text>" }],
            ["c", "error", "failure", 0, { name: "Error", message: "bug" }],
            ["d", "info", "interrupted", 5, undefined]
          ]
        )
      })
    )
  })

  describe("Effect's own log", () => {
    test("goes the same way and never to the screen", { logLevel: "debug" }, ({ lines }) =>
      Effect.gen(function* () {
        const { flush } = yield* StructuredLoggingService
        yield* Effect.log("not for the screen", "twice", { count: 2 })
        yield* Effect.logError("not for the screen", new Error("at /home/ada"))
        yield* Effect.sandbox(Effect.fail("why")).pipe(
          Effect.catchAll((cause) => Effect.logFatal("not for the screen", cause))
        )
        yield* Effect.logDebug("not for the screen").pipe(Effect.annotateLogs({ blockId: "b1", sessionId: 7 }))
        yield* Effect.zipRight(TestClock.adjust("3 millis"), Effect.log("not for the screen")).pipe(
          Effect.withLogSpan("save")
        )
        yield* Effect.fork(Effect.die("not for the screen")).pipe(Effect.flatMap(Fiber.await))
        yield* flush
        const rest = lines().map(({ timestamp: _, ...line }) => line)
        assert.deepStrictEqual(rest.slice(0, 5), [
          { level: "info", message: "not for the screen twice", metadata: { details: [{ count: 2 }] } },
          { level: "error", message: "not for the screen", error: { name: "Error", message: "at <path>" } },
          { level: "error", message: "not for the screen", error: { name: "string", message: "why" } },
          { level: "debug", message: "not for the screen", sessionId: "7", metadata: { blockId: "b1" } },
          { level: "info", message: "not for the screen", operation: "save", duration: 3 }
        ])
        // A fiber that died unobserved.
        assert.strictEqual(rest[5]?.level, "debug")
      })
    )
  })
})
