import fs, { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { MIN_FREE_BYTES, PROBE_TTL_MS, type ReadinessOptions, readinessProbe } from "../../src/http/readiness.ts"
import type { Gauges, ProcessCounts } from "../../src/services/telemetry/ProcessCounts.ts"
import type { Aggregate } from "../../src/services/telemetry/SharedCounts.ts"
import { temporaryDirectory } from "../services/persistence/sessions.ts"

const fsync = fs.fsync

afterEach(() => {
  fs.fsync = fsync
  syncBuiltinESMExports()
})

/** An fsync that calls back as `answer` says. */
const replaceFsync = (answer: (fd: number, done: (error: Error | null) => void) => void) => {
  fs.fsync = answer as typeof fs.fsync
  syncBuiltinESMExports()
}

const running = (gauges: Partial<Gauges>): Aggregate => ({
  counts: new Map(),
  running: [{ process: { pid: 77, startTime: 1, bootId: null }, gauges } as ProcessCounts],
  age: 0,
  lastBackup: 0,
  unreadable: 0
})

const probe = (dataDir: string, changes: Partial<ReadinessOptions> = {}) =>
  readinessProbe({
    dataDir,
    sanitizeErrorMessages: true,
    aggregate: () => running({ processSlotsUsed: 1, processSlotsMax: 2, poolUsed: 0, poolMax: 0 }),
    now: () => 0,
    freeBytes: async () => MIN_FREE_BYTES,
    ...changes
  })

const WELL = { database: "connected", persistence: "ready", resources: "initialized" }

describe("readiness", () => {
  it("is a file that was written and synced, and leaves none behind", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    let synced = 0
    replaceFsync((fd, done) => {
      if (!fs.fstatSync(fd).isDirectory()) synced++
      fsync(fd, done)
    })
    assert.deepStrictEqual(await probe(dataDir)(), { components: WELL, problems: {} } as never)
    assert.strictEqual(synced, 1)
    assert.deepStrictEqual(readdirSync(join(dataDir, "metrics")), [])
  })

  it("asks the disk once for all who ask within a second", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    let probes = 0
    let now = 0
    const ready = probe(dataDir, {
      now: () => now,
      freeBytes: async () => {
        probes++
        return MIN_FREE_BYTES
      }
    })
    await Promise.all([ready(), ready(), ready()])
    now = PROBE_TTL_MS - 1
    await ready()
    assert.strictEqual(probes, 1)
    now = PROBE_TTL_MS
    await ready()
    assert.strictEqual(probes, 2)
    now = 0
    await ready()
    assert.strictEqual(probes, 3)
  })

  it("fails with a disk that says no, and names its path only where messages are not sanitised", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    const failing = (done: (error: Error) => void) => done(Object.assign(new Error("EIO"), { code: "EIO" }))
    await probe(dataDir)()
    replaceFsync((_, done) => failing(done))
    const { components, problems } = await probe(dataDir)()
    assert.deepInclude(components, { persistence: "failed", database: "connected" })
    assert.deepStrictEqual(problems, { persistence: "nothing can be written: the disk reports an error (EIO)" })
    assert.deepStrictEqual(readdirSync(join(dataDir, "metrics")), [])
    const told = await probe(dataDir, { sanitizeErrorMessages: false })()
    assert.include(told.problems.persistence, dataDir)
  })

  it("fails on a disk that is nearly full", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    const { components, problems } = await probe(dataDir, { freeBytes: async () => MIN_FREE_BYTES - 1 })()
    assert.strictEqual(components.persistence, "failed")
    assert.match(problems.persistence ?? "", /67108863 bytes are free/)
  })

  it("fails when sessions cannot be listed", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    mkdirSync(dataDir, { mode: 0o700 })
    const secret = temporaryDirectory()
    symlinkSync(secret, join(dataDir, "active"))
    const { components, problems } = await probe(dataDir)()
    assert.deepInclude(components, { database: "unavailable", persistence: "ready" })
    assert.deepStrictEqual(problems, { database: "sessions cannot be listed" })
  })

  it("fails when DATA_DIR is no directory, and puts nothing in its place", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    writeFileSync(dataDir, "mine")
    chmodSync(dataDir, 0o600)
    const { components } = await probe(dataDir)()
    assert.deepInclude(components, { database: "unavailable", persistence: "failed" })
    assert.isFalse(existsSync(join(dataDir, "metrics")))
  })

  it("fails when a process has no slot or no pooled shell left", async () => {
    const dataDir = join(temporaryDirectory(), "data")
    for (const [gauges, expected] of [
      [{ processSlotsUsed: 2, processSlotsMax: 2 }, "exhausted"],
      [{ poolUsed: 50, poolMax: 50 }, "exhausted"],
      [{ processSlotsUsed: 0, processSlotsMax: 0, poolUsed: 49, poolMax: 50 }, "initialized"]
    ] as const) {
      const { components, problems } = await probe(dataDir, { aggregate: () => running(gauges) })()
      assert.strictEqual(components.resources, expected)
      assert.strictEqual(problems.resources, expected === "exhausted" ? "process 77 has no slot left" : undefined)
    }
  })
})
