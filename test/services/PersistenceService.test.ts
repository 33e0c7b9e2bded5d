import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { assert } from "vitest"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { PersistenceService } from "../../src/services/PersistenceService.ts"
import type { ProcessTable } from "../../src/services/persistence/ProcessLock.ts"

const SESSION = SessionId.make("s1")
const created = {
  _tag: "SessionCreated",
  at: 1000,
  session: SESSION,
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
} as const

const processes = (pid: number, alive: ReadonlyArray<number> = []): ProcessTable => ({
  self: { pid, startTime: 1, bootId: "b" },
  isAlive: (process) => process.bootId === "b" && alive.includes(process.pid)
})

/** A block that runs `command` and prints `lines`. */
const block = (name: string, command: string, lines: ReadonlyArray<string>): ReadonlyArray<SessionEvent> => {
  const id = BlockId.make(name)
  return [
    { _tag: "BlockStarted", at: 2000, block: id, command, directory: "/home/ada" },
    { _tag: "OutputFrozen", block: id, firstLine: 0, lines },
    {
      _tag: "BlockFinished",
      at: 3000,
      block: id,
      status: "success",
      exitCode: 0,
      signal: null,
      lines: lines.length,
      hiddenLines: 0,
      hiddenBytes: 0,
      headLines: 0
    }
  ]
}

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "persistence-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const withService = <A, E>(
  body: (service: typeof PersistenceService.Service, dataDir: string) => Effect.Effect<A, E, never>,
  table: ProcessTable = processes(10)
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const dataDir = join(yield* temporaryDirectory, "data")
      return yield* Effect.gen(function* () {
        return yield* body(yield* PersistenceService, dataDir)
      }).pipe(Effect.provide(PersistenceService.layer({ dataDir, processes: table })))
    })
  )

describe("PersistenceService", () => {
  it.effect("leaves no file of a session without blocks, and its directories neither", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        yield* Effect.scoped(service.createSession(created))
        assert.isFalse(existsSync(dataDir))
      })
    )
  )

  it.effect("brings a closed session back, one snapshot and nothing else on disk", () =>
    withService((service, dataDir) =>
      Effect.gen(function* () {
        const session = yield* Effect.scoped(
          Effect.gen(function* () {
            const file = yield* service.createSession(created)
            for (const event of block("a", "printf x", ["\tone  ", "\x1b[31mtwo\x1b[0m"])) file.append(event)
            const status = yield* Effect.promise(() => file.flush())
            assert.deepStrictEqual(status, { appended: 4, durable: 4, failure: null })
            assert.deepStrictEqual(readdirSync(join(dataDir, "active")).sort(), ["s1.journal", "s1.lock"])
            return file.session
          })
        )
        assert.deepStrictEqual(readdirSync(join(dataDir, "active")), ["s1.json"])
        yield* Effect.scoped(
          Effect.gen(function* () {
            const file = yield* service.openSession(SESSION)
            assert.deepStrictEqual(file.session, session)
            assert.deepStrictEqual(file.output(BlockId.make("a")), {
              lines: ["\tone  ", "\x1b[31mtwo\x1b[0m"],
              unfinished: false,
              hidden: { lines: 0, bytes: 0, headLines: 0 }
            })
          })
        )
      })
    )
  )
})
