import { fileURLToPath } from "node:url"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { beforeAll, describe, expect, it } from "vitest"
import { archiveSession } from "../../src/services/persistence/archiveSession.ts"
import { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import { MAX_FOUND_BLOCKS, SessionSearch } from "../../src/services/SessionSearch.ts"
import type { FoundBlock, SearchQuery } from "../../src/services/search/searchSessions.ts"
import { ensureBuilt } from "../harness/build.ts"
import { block, created, optionsFor, SESSION, temporaryDirectory } from "./persistence/sessions.ts"

const WORKER = fileURLToPath(new URL("../../dist/backgroundWorker.cjs", import.meta.url))

const store = async (count: number, line: string): Promise<string> => {
  const dataDir = temporaryDirectory()
  const file = SessionFile.create(created, optionsFor(dataDir))
  for (let i = 0; i < count; i++) for (const event of block(`b${i}`, [line])) file.append(event)
  await file.close()
  return dataDir
}

const searching = (dataDir: string, query: SearchQuery, worker = WORKER) =>
  Stream.unwrap(Effect.map(SessionSearch, (service) => service.search(query))).pipe(
    Stream.runCollect,
    Effect.map(Chunk.toReadonlyArray),
    Effect.provide(SessionSearch.layer({ dataDir, worker }))
  )

describe("searching on a thread", () => {
  beforeAll(ensureBuilt)

  it("gives what is found, and tells when it has ended", async () => {
    const news = await Effect.runPromise(searching(await store(3, "a needle"), { pattern: "needle" }))
    const found = news.flatMap((each) => (each.type === "news" ? each.found : []))
    expect(found.map((each) => String(each.block.id))).toEqual(["b2", "b1", "b0"])
    expect(news.at(-1)).toEqual({ type: "end", looked: 3, stopped: false })
  })

  it("reads what it has found, in the archive too, and says when it is there no more", async () => {
    const dataDir = await store(1, "a \x1b[31mneedle\x1b[0m")
    await archiveSession(SESSION, optionsFor(dataDir))
    const read = (found: FoundBlock, from: string) =>
      Effect.flatMap(SessionSearch, (service) => service.read(found)).pipe(
        Effect.provide(SessionSearch.layer({ dataDir: from, worker: WORKER }))
      )
    const news = await Effect.runPromise(searching(dataDir, { pattern: "needle" }))
    const [found] = news.flatMap((each) => (each.type === "news" ? each.found : []))
    expect(found).toMatchObject({ archived: "1970-01" })
    expect(await Effect.runPromise(read(found!, dataDir))).toEqual({ stdout: "a \x1b[31mneedle\x1b[0m\n", stderr: "" })
    expect((await Effect.runPromise(Effect.flip(read(found!, temporaryDirectory())))).reason).toBe("Unknown")
  })

  it("stops when there is more than anybody reads", async () => {
    const news = await Effect.runPromise(searching(await store(MAX_FOUND_BLOCKS + 1, "needle"), { pattern: "needle" }))
    expect(news.flatMap((each) => (each.type === "news" ? each.found : []))).toHaveLength(MAX_FOUND_BLOCKS)
    expect(news.at(-1)).toMatchObject({ type: "end", stopped: true })
  })

  it("says what is no expression, and that its thread could not be started", async () => {
    const dataDir = await store(1, "needle")
    const bad = await Effect.runPromise(Effect.flip(searching(dataDir, { pattern: "(", regex: true })))
    expect([bad.reason, bad.message]).toEqual(["BadPattern", "not a regular expression: Unterminated group"])
    const gone = await Effect.runPromise(Effect.flip(searching(dataDir, { pattern: "x" }, "/none/worker.cjs")))
    expect(gone.reason).toBe("Failed")
  })

  it("leaves an expression that never ends as soon as it is told to", async () => {
    const dataDir = await store(1, `${"a".repeat(60)}!`)
    const fiber = Effect.runFork(searching(dataDir, { pattern: "(a+)+$", regex: true }))
    // The thread is in the expression's depths, or about to go there: either way it ends with the search.
    await new Promise((resolve) => setImmediate(resolve))
    const exit = await Effect.runPromise(Fiber.interrupt(fiber))
    expect(exit._tag).toBe("Failure")
  })
})
