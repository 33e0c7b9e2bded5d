import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { assert } from "vitest"
import type { BlockStatus } from "../../src/domain/Block.ts"
import { BlockId } from "../../src/domain/ids.ts"
import type { Session } from "../../src/domain/Session.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { FOLD_AT_FILES, Telemetry, type TelemetryOptions } from "../../src/services/Telemetry.ts"
import { durationCounts, errorCounts, exitCodeCounts } from "../../src/services/telemetry/Counters.ts"
import { countsOf, type ProcessCounts, processFileNames } from "../../src/services/telemetry/ProcessCounts.ts"
import { eventually } from "../harness/eventually.ts"
import { asleep } from "./asleep.ts"
import { finished, processes, SESSION, started, temporaryDirectory } from "./persistence/sessions.ts"

const INTERVAL = 60_000

/** Telemetry of a process with the pid 10, in a data directory of its own that does not exist yet. */
const withTelemetry = <A, E>(
  body: (service: typeof Telemetry.Service, dataDir: string, end: Effect.Effect<void>) => Effect.Effect<A, E>,
  options: Partial<TelemetryOptions> = {}
) =>
  Effect.gen(function* () {
    const dataDir = options.dataDir ?? join(temporaryDirectory(), "data")
    const scope = yield* Scope.make()
    const layer = Telemetry.layer({
      dataDir,
      metricsEnabled: true,
      metricsInterval: INTERVAL,
      processes: processes(10),
      ...options
    })
    const context = yield* Layer.buildWithScope(layer, scope)
    const end = Scope.close(scope, Exit.void)
    return yield* Effect.ensuring(body(Context.get(context, Telemetry), dataDir, end), end)
  })

const queued = (name: string): SessionEvent => ({
  _tag: "BlockQueued",
  at: 1500,
  block: BlockId.make(name),
  command: "make",
  directory: "/home/ada"
})

const ended = (name: string, status: BlockStatus, at = 3000): SessionEvent =>
  ({ ...finished(name, 0), status, at }) as SessionEvent

const liveCounts = (service: typeof Telemetry.Service): Record<string, number> => ({
  ...service.live?.().content.counts
})

/** What the process's file holds, once there is one that was written then. */
const stored = (dataDir: string, writtenAt: number): Effect.Effect<ProcessCounts> =>
  Effect.promise(() =>
    eventually(() => {
      const directory = join(dataDir, "metrics")
      const [name = ""] = processFileNames(directory)
      const content: ProcessCounts = JSON.parse(readFileSync(join(directory, name), "utf8"))
      assert.strictEqual(content.writtenAt, writtenAt)
      return content
    })
  )

describe("Telemetry", () => {
  it.effect("counts blocks by how they end, and a session once it has something to keep", () =>
    withTelemetry((service) =>
      Effect.gen(function* () {
        const { observe } = yield* service.openSession(null)
        assert.deepStrictEqual(liveCounts(service), {})
        for (const event of [
          { ...started("start", ""), origin: "start" } as SessionEvent,
          ended("start", "success"),
          started("ok"),
          ended("ok", "success"),
          started("bad"),
          ended("bad", "failure", 2700),
          started("stopped"),
          ended("stopped", "interrupted"),
          queued("waits"),
          { ...started("waits"), queued: true } as SessionEvent,
          ended("waits", "success"),
          queued("cancelled"),
          ended("cancelled", "interrupted"),
          started("runs"),
          queued("waits-still"),
          ended("unknown", "success")
        ]) {
          observe(event)
        }
        const { counts, gauges } = service.live!().content
        const known = countsOf(counts)
        assert.deepInclude(counts, {
          sessions: 1,
          blocks: 7,
          blocks_success: 2,
          blocks_failed: 1,
          blocks_interrupted: 2
        })
        const { upTo, sum } = durationCounts(known, "block_duration")
        assert.deepStrictEqual([upTo.at(-1)?.count, sum], [4, 1000 + 700 + 1000 + 1000])
        assert.deepInclude(gauges, { activeSessions: 1, runningBlocks: 1, queuedBlocks: 1 })
      }).pipe(Effect.scoped)
    )
  )

  it.effect("counts a renamed or pinned session as one that is kept, and none twice", () =>
    withTelemetry((service) =>
      Effect.gen(function* () {
        const first = yield* service.openSession(null)
        first.observe({ _tag: "SessionRenamed", at: 1, name: "work" })
        first.observe({ _tag: "SessionPinned", at: 2, pinned: true })
        const second = yield* service.openSession(null)
        second.observe(started("b1"))
        assert.strictEqual(liveCounts(service).sessions, 2)
        assert.strictEqual(service.live!().content.gauges.activeSessions, 2)
      }).pipe(Effect.scoped)
    )
  )

  it.effect(
    "counts what a killed process left running as interrupted when the session is resumed, not as created",
    () =>
      withTelemetry((service) =>
        Effect.gen(function* () {
          const block = (status: BlockStatus, origin?: "background") => ({
            status,
            metadata: origin === undefined ? {} : { origin }
          })
          const blocks = [block("running"), block("idle"), block("success"), block("running", "background")]
          yield* service.openSession({ id: SESSION, blocks } as unknown as Session)
          assert.deepStrictEqual(liveCounts(service), { blocks_interrupted: 2 })
        }).pipe(Effect.scoped)
      )
  )

  it.effect("keeps the counts of a session that was only resumed and left", () =>
    withTelemetry((service, dataDir, end) =>
      Effect.gen(function* () {
        yield* Effect.scoped(service.openSession({ id: SESSION, blocks: [] } as unknown as Session))
        yield* end
        const { upTo } = durationCounts(countsOf((yield* stored(dataDir, 0)).counts), "session_duration")
        assert.strictEqual(upTo.at(-1)?.count, 1)
      })
    )
  )

  it.effect("measures how long kept sessions were open", () =>
    withTelemetry((service) =>
      Effect.gen(function* () {
        const open = (event: SessionEvent) =>
          Effect.gen(function* () {
            const { observe } = yield* service.openSession(null)
            observe(event)
            yield* TestClock.adjust("2 minutes")
          }).pipe(Effect.scoped)
        yield* open(started("b1"))
        yield* open({ _tag: "ActiveBlockSet", at: 1, block: null })
        const { content } = service.live!()
        const { upTo, sum } = durationCounts(countsOf(content.counts), "session_duration")
        assert.deepStrictEqual([upTo[0]?.count, upTo[1]?.count, upTo.at(-1)?.count, sum], [0, 1, 1, 120_000])
        assert.strictEqual(content.gauges.activeSessions, 0)
      })
    )
  )

  it.effect("counts processes and errors", () =>
    withTelemetry((service) =>
      Effect.sync(() => {
        service.processSpawned()
        service.processSpawned()
        service.processExited(1500, 127, null)
        service.processExited(20, null, "SIGKILL")
        service.error("persistence", "ENOSPC")
        const counts = countsOf(service.live!().content.counts)
        assert.strictEqual(counts.get("processes"), 2)
        assert.deepStrictEqual(
          exitCodeCounts(counts).filter(({ count }) => count > 0),
          [
            { code_class: "127", count: 1 },
            { code_class: "signal", count: 1 }
          ]
        )
        assert.deepStrictEqual(errorCounts(counts), [{ component: "persistence", kind: "ENOSPC", count: 1 }])
        assert.strictEqual(durationCounts(counts, "process_duration").sum, 1520)
      })
    )
  )

  it.effect("asks registered gauges as long as their scope is open, and adds those of one name up", () =>
    withTelemetry((service) =>
      Effect.gen(function* () {
        let used = 3
        yield* service.registerGauge("poolUsed", () => used)
        const inner = Effect.gen(function* () {
          yield* service.registerGauge("poolUsed", () => 10)
          yield* service.registerGauge("poolMax", () => 50)
          return service.live!().content.gauges
        }).pipe(Effect.scoped)
        assert.deepInclude(yield* inner, { poolUsed: 13, poolMax: 50, processSlotsUsed: 0 })
        used = 4
        const { gauges } = service.live!().content
        assert.deepInclude(gauges, { poolUsed: 4, poolMax: 0 })
        assert.isAbove(gauges.heapBytes, 1_000_000)
        assert.isAbove(gauges.residentBytes, gauges.heapBytes)
      }).pipe(Effect.scoped)
    )
  )

  it.effect("writes its counts every METRICS_INTERVAL and at the end", () =>
    withTelemetry((service, dataDir, end) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { observe } = yield* Scope.extend(service.openSession(null), scope)
        observe(started("b1"))
        yield* TestClock.adjust(INTERVAL - 1)
        assert.isFalse(existsSync(dataDir))
        yield* TestClock.adjust(1)
        assert.deepInclude((yield* stored(dataDir, INTERVAL)).counts, { blocks: 1 })
        yield* asleep()
        observe(ended("b1", "success"))
        observe(started("b2"))
        yield* TestClock.adjust(INTERVAL)
        const running = yield* stored(dataDir, 2 * INTERVAL)
        assert.deepInclude(running, { ended: false, interval: INTERVAL })
        assert.deepInclude(running.counts, { blocks: 2, blocks_success: 1 })
        assert.deepInclude(running.gauges, { activeSessions: 1, runningBlocks: 1 })
        observe(ended("b2", "failure"))
        yield* TestClock.adjust(5)
        yield* Scope.close(scope, Exit.void)
        yield* end
        const last = yield* stored(dataDir, 2 * INTERVAL + 5)
        assert.deepInclude(last, { ended: true })
        assert.deepInclude(last.counts, { blocks: 2, blocks_success: 1, blocks_failed: 1 })
        assert.deepInclude(last.gauges, { activeSessions: 0, runningBlocks: 0 })
        assert.strictEqual(processFileNames(join(dataDir, "metrics")).length, 1)
      })
    )
  )

  it.effect("waits for the last processes' ends before its last write, but not for long", () =>
    Effect.gen(function* () {
      for (const exits of [true, false]) {
        yield* withTelemetry((service, dataDir, end) =>
          Effect.gen(function* () {
            service.error("process", "NotFound")
            service.processSpawned()
            const ending = yield* Effect.fork(end)
            yield* TestClock.adjust(99)
            assert.isFalse(existsSync(dataDir))
            if (exits) service.processExited(1, 0, null)
            else yield* TestClock.adjust(1)
            yield* Fiber.join(ending)
            const counts = exitCodeCounts(countsOf((yield* stored(dataDir, yield* Clock.currentTimeMillis)).counts))
            assert.strictEqual(counts[0]?.count, exits ? 1 : 0)
          })
        )
      }
    })
  )

  it.effect("leaves nothing behind where nothing was kept, or metrics are off", () =>
    Effect.gen(function* () {
      const use = (service: typeof Telemetry.Service, keeps: boolean) =>
        Effect.gen(function* () {
          const { observe } = yield* service.openSession(null)
          service.processSpawned()
          if (keeps) observe(started("b1"))
          yield* TestClock.adjust(3 * INTERVAL)
        }).pipe(Effect.scoped)
      const dataDirs: Array<string> = []
      for (const [keeps, metricsEnabled] of [
        [false, true],
        [true, false]
      ] as const) {
        yield* withTelemetry(
          (service, dataDir, end) => {
            dataDirs.push(dataDir)
            assert.strictEqual(service.live === null, !metricsEnabled)
            return Effect.zipRight(use(service, keeps), end)
          },
          { metricsEnabled }
        )
      }
      assert.deepStrictEqual(dataDirs.map(existsSync), [false, false])
    })
  )

  it.effect("goes on when the disk takes nothing, and writes when it does again", () =>
    Effect.gen(function* () {
      const dataDir = join(temporaryDirectory(), "file", "data")
      writeFileSync(join(dataDir, ".."), "in the way")
      yield* withTelemetry(
        (service, _, end) =>
          Effect.gen(function* () {
            service.error("persistence", "ENOTDIR")
            yield* TestClock.adjust(INTERVAL)
            yield* end
            assert.strictEqual(liveCounts(service)["errors:persistence:ENOTDIR"], 1)
          }),
        { dataDir }
      )
      assert.strictEqual(readFileSync(join(dataDir, ".."), "utf8"), "in the way")
    })
  )

  it.effect("adds up the files of ended processes when they have become many", () =>
    Effect.gen(function* () {
      const dataDir = join(temporaryDirectory(), "data")
      const files = () => readdirSync(join(dataDir, "metrics"))
      const once = withTelemetry((service) => Effect.sync(() => service.error("process", "NotFound")), { dataDir })
      for (let n = 1; n < FOLD_AT_FILES; n++) yield* once
      assert.strictEqual(files().length, FOLD_AT_FILES - 1)
      yield* once
      assert.deepStrictEqual(files(), ["totals.json"])
      const totals = JSON.parse(readFileSync(join(dataDir, "metrics", "totals.json"), "utf8"))
      assert.deepStrictEqual(totals.counts, { "errors:process:NotFound": FOLD_AT_FILES })
    })
  )
})
