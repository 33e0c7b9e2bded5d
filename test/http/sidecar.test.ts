import { existsSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { assert } from "vitest"
import { type SidecarOptions, sidecar } from "../../src/http/sidecar.ts"
import { Telemetry } from "../../src/services/Telemetry.ts"
import { METRICS_DIRECTORY, processFileNames, TOTALS_FILE } from "../../src/services/telemetry/ProcessCounts.ts"
import { eventually } from "../harness/eventually.ts"
import { asleep, sleepers } from "../services/asleep.ts"
import { processes, started, temporaryDirectory } from "../services/persistence/sessions.ts"

const INTERVAL = 60_000

const get = (url: string): Promise<{ readonly status: number | undefined; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { agent: false }, async (response) => {
      let body = ""
      for await (const text of response.setEncoding("utf8")) body += text
      resolve({ status: response.statusCode, body })
    })
    sent.on("error", reject)
    sent.end()
  })

const serve = (dataDir: string, changes: Partial<SidecarOptions["config"]> = {}, live: SidecarOptions["live"] = null) =>
  Effect.map(
    sidecar({
      config: {
        dataDir,
        metricsEnabled: true,
        metricsInterval: INTERVAL,
        enableCors: false,
        enableCompression: true,
        enforceHttps: true,
        trustedProxies: [],
        sanitizeErrorMessages: true,
        ...changes
      },
      version: "1.2.3",
      host: null,
      port: 0,
      allowedHosts: [],
      live
    }),
    ({ urls }) => urls[0] ?? ""
  )

/** A process with this pid that does not run any more once its scope is closed. */
const telemetry = (dataDir: string, pid: number) =>
  Effect.map(
    Layer.build(
      Telemetry.layer({ dataDir, metricsEnabled: true, metricsInterval: INTERVAL, processes: processes(pid, []) })
    ),
    (context) => Context.get(context, Telemetry)
  )

const endedProcess = (dataDir: string, pid: number) =>
  Effect.gen(function* () {
    const { observe } = yield* (yield* telemetry(dataDir, pid)).openSession(null)
    observe(started("b1"))
  }).pipe(Effect.scoped)

describe("sidecar", () => {
  it.scoped("serves what all processes have counted, this one's as they are now", () =>
    Effect.gen(function* () {
      const dataDir = join(temporaryDirectory(), "data")
      yield* endedProcess(dataDir, 1)
      const { live, openSession } = yield* telemetry(dataDir, 2)
      const url = yield* serve(dataDir, {}, live)
      const { observe } = yield* openSession(null)
      const scrape = Effect.promise(() => get(`${url}/metrics`))
      assert.include((yield* scrape).body, "\neffect_talk_blocks_total 1\n")
      observe(started("b1"))
      observe(started("b2"))
      const { status, body } = yield* scrape
      assert.strictEqual(status, 200)
      assert.include(body, "\neffect_talk_blocks_total 3\n")
      assert.include(body, "\neffect_talk_sessions_total 2\n")
      assert.include(body, "\neffect_talk_blocks_running 2\n")
      assert.include(body, "\neffect_talk_active_sessions 1\n")
      assert.include(body, '\neffect_talk_build_info{version="1.2.3"')
    })
  )

  it.scoped("adds up ended processes at once and every METRICS_INTERVAL", () =>
    Effect.gen(function* () {
      const dataDir = join(temporaryDirectory(), "data")
      const directory = join(dataDir, METRICS_DIRECTORY)
      const moved = Effect.promise(() =>
        eventually(() => {
          assert.isTrue(existsSync(join(directory, TOTALS_FILE)))
          assert.deepStrictEqual(processFileNames(directory), [])
        })
      )
      yield* endedProcess(dataDir, 1)
      const before = yield* sleepers
      const url = yield* serve(dataDir)
      yield* moved
      yield* asleep(before + 1)
      yield* endedProcess(dataDir, 2)
      yield* TestClock.adjust(INTERVAL - 1)
      assert.strictEqual(processFileNames(directory).length, 1)
      yield* TestClock.adjust(1)
      yield* moved
      assert.include((yield* Effect.promise(() => get(`${url}/metrics`))).body, "\neffect_talk_sessions_total 2\n")
    })
  )

  it.scoped("has health without metrics where these are turned off, and moves nothing", () =>
    Effect.gen(function* () {
      const dataDir = join(temporaryDirectory(), "data")
      yield* endedProcess(dataDir, 1)
      const url = yield* serve(dataDir, { metricsEnabled: false })
      yield* TestClock.adjust(INTERVAL)
      assert.strictEqual((yield* Effect.promise(() => get(`${url}/metrics`))).status, 404)
      const { status, body } = yield* Effect.promise(() => get(`${url}/health/ready`))
      assert.deepInclude(JSON.parse(body), { status: "ready" })
      assert.strictEqual(status, 200)
      assert.isFalse(existsSync(join(dataDir, METRICS_DIRECTORY, TOTALS_FILE)))
    })
  )

  it.effect("listens no more once its scope is closed", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const url = yield* Scope.extend(serve(join(temporaryDirectory(), "data")), scope)
      assert.strictEqual((yield* Effect.promise(() => get(`${url}/health/live`))).status, 200)
      yield* Scope.close(scope, Exit.void)
      const refused = yield* Effect.promise(() =>
        get(`${url}/health/live`).then(
          () => null,
          (error) => error.code
        )
      )
      assert.strictEqual(refused, "ECONNREFUSED")
    })
  )
})
