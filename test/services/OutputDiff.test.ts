import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { beforeAll, describe, expect, it } from "vitest"
import { encodeLines, hunkAt, hunkCount } from "../../src/services/diff/DiffOrder.ts"
import { OutputDiff } from "../../src/services/OutputDiff.ts"
import { ensureBuilt } from "../harness/build.ts"

const WORKER = fileURLToPath(new URL("../../dist/backgroundWorker.cjs", import.meta.url))

const comparing = (
  before: ReadonlyArray<ReadonlyArray<string>>,
  after: ReadonlyArray<ReadonlyArray<string>>,
  worker = WORKER
) =>
  Effect.flatMap(OutputDiff, ({ diff }) =>
    diff({ before: before.map(encodeLines), after: after.map(encodeLines) })
  ).pipe(Effect.provide(OutputDiff.layer(worker)))

describe("comparing on a thread", () => {
  beforeAll(ensureBuilt)

  it("tells what differs between two outputs that come in pieces", async () => {
    const { hunks, lineByLine } = await Effect.runPromise(comparing([["a", "b"], ["c"]], [["a"], ["x", "c", "d"]]))
    expect(lineByLine).toBe(true)
    expect(hunkCount(hunks)).toBe(2)
    expect([hunkAt(hunks, 0), hunkAt(hunks, 1)]).toEqual([
      { from: 1, to: 2, newFrom: 1, newTo: 2 },
      { from: 3, to: 3, newFrom: 3, newTo: 4 }
    ])
    expect(hunkCount((await Effect.runPromise(comparing([], []))).hunks)).toBe(0)
  })

  it("says that its thread could not be started", async () => {
    const error = await Effect.runPromise(Effect.flip(comparing([["a"]], [["b"]], "/none/worker.cjs")))
    expect(error.reason).toBe("Failed")
    expect(error.message).toContain("/none/worker.cjs")
  })

  it("ends the thread when it is told to, long before it has a result", async () => {
    const lines = Array.from({ length: 50_000 }, (_, n) => `line ${n}`)
    const thread = new Promise<Worker>((resolve) => process.once("worker", resolve))
    const fiber = Effect.runFork(comparing([lines], [lines.toReversed()]))
    const ended = new Promise((resolve) => void thread.then((started) => started.once("exit", resolve)))
    await once(await thread, "online")
    const exit = await Effect.runPromise(Fiber.interrupt(fiber))
    expect(exit._tag).toBe("Failure")
    // What `terminate` gives; a thread that has come to its end gives 0.
    expect(await ended).toBe(1)
  })
})
