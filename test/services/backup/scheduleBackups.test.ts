import { utimesSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { assert, beforeAll } from "vitest"
import { BackgroundError } from "../../../src/services/backgroundThread.ts"
import type { BackupMessage, BackupOrder } from "../../../src/services/backup/postBackup.ts"
import { backupOnThread, scheduleBackups } from "../../../src/services/backup/scheduleBackups.ts"
import { Telemetry } from "../../../src/services/Telemetry.ts"
import { ensureBuilt } from "../../harness/build.ts"
import { fakeLogging } from "../fakeLogging.ts"
import { temporaryDirectory } from "../persistence/sessions.ts"
import { DAY_MS, HOUR_MS, NOW, namesOf, put, someSessions } from "./backups.ts"

const WORKER = fileURLToPath(new URL("../../../dist/backgroundWorker.cjs", import.meta.url))
const LAST = "2026-01-02T030405Z.tar.gz"

const done = (name: string): BackupMessage => ({
  type: "done",
  outcome: {
    ...{ type: "unchanged", name, path: name, size: 1, sessions: 1, removed: [], skipped: [] },
    known: { name, stamp: "s" }
  }
})

/** A schedule of one an hour, and what it has done at `at()` milliseconds after `NOW`. */
const schedule = Effect.fn(function* (
  dataDir: string,
  answer: (order: BackupOrder, attempt: number) => Effect.Effect<BackupMessage, BackgroundError>
) {
  const attempts: Array<number> = []
  const orders: Array<BackupOrder> = []
  const reported: Array<string> = []
  const counted: Array<string> = []
  const logged: Array<string> = []
  const telemetry = Telemetry.of({
    openSession: () => Effect.succeed({ observe: () => {} }),
    processSpawned: () => {},
    processExited: () => {},
    error: (component, kind) => void counted.push(`${component} ${kind}`),
    registerGauge: () => Effect.void,
    live: null
  })
  const config = { dataDir, backupInterval: HOUR_MS, backupRetention: 7 * DAY_MS, backupMaxBytes: 1e9 }
  yield* TestClock.setTime(NOW)
  yield* scheduleBackups({
    config,
    make: (order) =>
      Effect.flatMap(
        Effect.clockWith((clock) => clock.currentTimeMillis),
        (now) => {
          attempts.push((now - NOW) / 60_000)
          orders.push(order)
          return answer(order, attempts.length)
        }
      ),
    report: (line) => Effect.sync(() => void reported.push(line))
  }).pipe(Effect.provide(Layer.merge(fakeLogging(logged), Layer.succeed(Telemetry, telemetry))), Effect.forkScoped)
  return { attempts, orders, reported, counted, logged }
})

const minutes = (count: number) => TestClock.adjust(count * 60_000)

describe("scheduleBackups", () => {
  it.scoped("makes one an interval after the last by its name, then every interval, told what it knows", () =>
    Effect.gen(function* () {
      const dataDir = temporaryDirectory()
      const path = put(dataDir, "backups/2026-01-02T024405Z.tar.gz", "")
      utimesSync(path, 0, 0)
      const { attempts, orders, logged } = yield* schedule(dataDir, () => Effect.succeed(done(LAST)))
      yield* minutes(200)
      assert.deepStrictEqual(attempts, [40, 100, 160])
      assert.deepStrictEqual(
        orders.map(({ known }) => known?.name ?? null),
        [null, LAST, LAST]
      )
      assert.deepStrictEqual(logged, ["info backup", "info backup", "info backup"])
    })
  )

  it.scoped("makes one at once where there is none, or only what a wrong clock has left", () =>
    Effect.gen(function* () {
      const dataDir = temporaryDirectory()
      const path = put(dataDir, "backups/2035-01-02T024405Z.tar.gz", "")
      utimesSync(path, 2_000_000_000, 2_000_000_000)
      const { attempts } = yield* schedule(dataDir, () => Effect.succeed({ type: "done", outcome: null }))
      yield* minutes(90)
      assert.deepStrictEqual(attempts, [0, 60])
    })
  )

  it.scoped("makes none while another process makes them, and goes on when that has ended", () =>
    Effect.gen(function* () {
      const dataDir = temporaryDirectory()
      const path = put(dataDir, `backups/${LAST}`, "")
      const confirm = (afterMinutes: number) => utimesSync(path, NOW / 1000, NOW / 1000 + afterMinutes * 60)
      confirm(0)
      const { attempts } = yield* schedule(dataDir, () => Effect.succeed(done(LAST)))
      yield* minutes(50)
      // The other one finds that nothing has changed.
      confirm(50)
      yield* minutes(50)
      assert.deepStrictEqual(attempts, [])
      yield* minutes(60)
      assert.deepStrictEqual(attempts, [110])
    })
  )

  it.scoped("counts the time that the machine has slept, in which timers stand still", () =>
    Effect.gen(function* () {
      let slept = 0
      const real = yield* Effect.clock
      const clock = new Proxy(real, {
        get: (target, key) =>
          key === "currentTimeMillis"
            ? Effect.map(target.currentTimeMillis, (now) => now + slept)
            : Reflect.get(target, key, target)
      })
      const { attempts } = yield* schedule(temporaryDirectory(), () => Effect.succeed(done(LAST))).pipe(
        Effect.withClock(clock)
      )
      yield* minutes(10)
      slept = 50 * 60_000
      yield* minutes(5)
      assert.deepStrictEqual(attempts, [0, 65])
    })
  )

  it.scoped("leaves a process alone that is about it, and looks again after a minute", () =>
    Effect.gen(function* () {
      const busy: BackupMessage = {
        type: "failed",
        reason: "Busy",
        message: "process 7 is making or restoring a backup"
      }
      const { attempts, reported, counted } = yield* schedule(temporaryDirectory(), (_, attempt) =>
        Effect.succeed(attempt < 3 ? busy : done(LAST))
      )
      yield* minutes(30)
      assert.deepStrictEqual(attempts, [0, 1, 2])
      assert.deepStrictEqual([reported, counted], [[], []])
    })
  )

  it.scoped("tells once why none is made, counts each time, and goes on trying", () =>
    Effect.gen(function* () {
      const failed = (reason: "NoSpace" | "TooLarge"): BackupMessage => ({
        type: "failed",
        reason,
        message: `${reason}!`
      })
      const answers = [failed("NoSpace"), failed("NoSpace"), failed("TooLarge"), done(LAST), failed("TooLarge")]
      const { reported, counted, logged } = yield* schedule(temporaryDirectory(), (_, attempt) => {
        const answer = answers[attempt - 1]
        return answer === undefined ? new BackgroundError({ reason: "Failed", cause: "gone" }) : Effect.succeed(answer)
      })
      yield* minutes(5 * 60)
      assert.deepStrictEqual(
        reported,
        ["NoSpace!", "TooLarge!", "TooLarge!", "gone"].map((why) => `No backup was made: ${why}`)
      )
      assert.deepStrictEqual(
        counted,
        ["NoSpace", "NoSpace", "TooLarge", "TooLarge", "Io"].map((kind) => `backup ${kind}`)
      )
      assert.deepStrictEqual(logged.filter((line) => line === "error backup").length, 5)
    })
  )
})

describe("a backup on the thread", () => {
  beforeAll(ensureBuilt)

  it.effect("is made there, or it is said why not", () =>
    Effect.gen(function* () {
      const dataDir = someSessions()
      const order: BackupOrder = { type: "backup", dataDir, maxBytes: 1e9, retention: DAY_MS }
      const made = yield* backupOnThread(WORKER)(order)
      if (made.type !== "done" || made.outcome === null) throw new Error(JSON.stringify(made))
      assert.strictEqual(made.outcome.sessions, 3)
      assert.deepStrictEqual(namesOf(dataDir), [made.outcome.name])
      const again = yield* backupOnThread(WORKER)({ ...order, known: made.outcome.known })
      assert.deepInclude(again, { type: "done" })
      const large = yield* backupOnThread(WORKER)({ ...order, dataDir: someSessions(), maxBytes: 1 })
      assert.deepInclude(large, { type: "failed", reason: "TooLarge" })
    })
  )
})
