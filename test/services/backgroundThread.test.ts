import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { build } from "esbuild"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { BackgroundError, backgroundThread } from "../../src/services/backgroundThread.ts"
import { ProcessLock, systemProcesses } from "../../src/services/persistence/ProcessLock.ts"
import { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import { threadProcesses } from "../../src/services/threadLocks.ts"
import type { Death, DyingOrder } from "./dyingThread.ts"
import { block, created, optionsFor, SESSION, temporaryDirectory } from "./persistence/sessions.ts"

const programs = mkdtempSync(join(tmpdir(), "threads-"))
let worker = ""

beforeAll(async () => {
  const entry = fileURLToPath(new URL("./dyingThread.ts", import.meta.url))
  const built = await build({ entryPoints: [entry], bundle: true, platform: "node", format: "cjs", write: false })
  worker = join(programs, "dyingThread.cjs")
  writeFileSync(worker, built.outputFiles[0]!.text)
})

afterAll(() => rmSync(programs, { recursive: true }))

/** A session that nobody has open. */
const dataDirWithSession = async (): Promise<string> => {
  const dataDir = temporaryDirectory()
  const file = SessionFile.create(created, optionsFor(dataDir))
  for (const event of block("a", ["one"])) file.append(event)
  await file.close()
  return dataDir
}

const orders = {
  backup: (dataDir: string) => ({ type: "backup", dataDir, maxBytes: 1e9, retention: 1e9, known: null }) as const,
  archive: (dataDir: string) => ({ type: "archive", dataDir, before: Number.MAX_SAFE_INTEGER }) as const
}

/** Directory and name of each lock that an order is carried out under. */
const LOCKS = {
  backup: [["backups", "backup"]],
  archive: [
    [".", "archiving"],
    ["active", SESSION]
  ]
} as const

describe("a thread that dies", () => {
  for (const type of ["backup", "archive"] as const) {
    it.each<Death>(["never", "throws", "memory"])(`leaves nothing of its ${type} locked: %s`, async (death) => {
      const dataDir = await dataDirWithSession()
      const paths = LOCKS[type].map(([directory, name]) => join(dataDir, directory, `${name}.lock`))
      const order: DyingOrder = { ...orders[type](dataDir), death, lock: paths.at(-1)! }
      // Held by the first thread of this process: that is another's.
      const mine = ProcessLock.acquire(dataDir, "mine", systemProcesses())
      const ended = await Effect.gen(function* () {
        const busy = yield* Deferred.make<void>()
        const told = Stream.runForEach(
          backgroundThread(worker, order, [], { maxOldGenerationSizeMb: 64 }),
          ({ type: said }) => (said === "busy" ? Deferred.succeed(busy, undefined) : Effect.void)
        )
        const fiber = yield* Effect.fork(Effect.either(told))
        yield* Effect.raceFirst(Deferred.await(busy), Fiber.await(fiber))
        if (death !== "never") return yield* Fiber.join(fiber)
        for (const path of paths) {
          const { pid, thread } = JSON.parse(readFileSync(path, "utf8"))
          assert.strictEqual(pid, process.pid)
          assert.isNumber(thread)
        }
        yield* Fiber.interrupt(fiber)
        return null
      }).pipe(Effect.runPromise)
      if (ended !== null) assert.instanceOf(ended._tag === "Left" ? ended.left : null, BackgroundError)
      assert.deepStrictEqual(
        paths.filter((path) => existsSync(path)),
        []
      )
      for (const [directory, name] of LOCKS[type]) {
        ProcessLock.acquire(join(dataDir, directory), name, systemProcesses()).release()
      }
      assert.isTrue(mine.isHeld())
      mine.release()
    })
  }

  it("leaves what another thread has locked", async () => {
    const dataDir = await dataDirWithSession()
    const { self, ...others } = threadProcesses()
    const other = ProcessLock.acquire(dataDir, "archiving", { ...others, self: { ...self, thread: 1_000_000 } })
    const order: DyingOrder = { ...orders.archive(dataDir), death: "throws", lock: join(dataDir, "archiving.lock") }
    // It lives until it has said that another is at it.
    const first = backgroundThread(worker, order).pipe(Stream.take(1), Stream.runCollect, Effect.runPromise)
    assert.deepStrictEqual([...(await first)], [{ type: "busy" }])
    assert.isTrue(other.isHeld())
    other.release()
  })
})
