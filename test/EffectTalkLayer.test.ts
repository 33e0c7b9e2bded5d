import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { readConfig } from "../src/config.ts"
import { SessionId } from "../src/domain/ids.ts"
import { EffectTalkLayer } from "../src/EffectTalkLayer.ts"
import { BesideShells } from "../src/services/BesideShells.ts"
import { BlockService } from "../src/services/BlockService.ts"
import { CommandExecutor } from "../src/services/CommandExecutor.ts"
import { ConfigService } from "../src/services/ConfigService.ts"
import { ErrorRecoveryService } from "../src/services/ErrorRecoveryService.ts"
import { GitService } from "../src/services/GitService.ts"
import { OpenSessions, type SessionRequest } from "../src/services/OpenSessions.ts"
import { PersistenceService } from "../src/services/PersistenceService.ts"
import { ProcessService } from "../src/services/ProcessService.ts"
import { ResourceManagement } from "../src/services/ResourceManagement.ts"
import { SessionShell } from "../src/services/SessionShell.ts"
import { SessionStore } from "../src/services/SessionStore.ts"
import { StructuredLoggingService } from "../src/services/StructuredLoggingService.ts"
import { Telemetry } from "../src/services/Telemetry.ts"
import { Home } from "./harness/Home.ts"

/** The whole service layer in a home of its own. */
const everything = (home: Home, first: SessionRequest = { _tag: "New", directory: home.path, shell: "/bin/bash" }) => {
  const environment = home.environment()
  const { config } = readConfig(environment)
  return EffectTalkLayer({ config, first, environment, shell: "/bin/bash", size: { columns: 80, rows: 24 } })
}

const withHome = <A, E>(use: (home: Home) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => new Home()),
    use,
    (home) => Effect.sync(() => home[Symbol.dispose]())
  )

describe("EffectTalkLayer", () => {
  it.live("holds every service, each behind its own tag", () =>
    withHome((home) =>
      Effect.gen(function* () {
        const services = yield* Effect.all([
          SessionStore,
          BlockService,
          SessionShell,
          BesideShells,
          CommandExecutor,
          ProcessService,
          PersistenceService,
          OpenSessions,
          ErrorRecoveryService,
          StructuredLoggingService,
          ResourceManagement,
          GitService,
          Telemetry,
          ConfigService
        ])
        assert.strictEqual(new Set<unknown>(services).size, 14)
      }).pipe(Effect.provide(everything(home)))
    )
  )

  it.live("runs commands in stored blocks, keeps the shell's state, and logs no more than that they ran", () =>
    withHome((home) =>
      Effect.gen(function* () {
        const id = yield* Effect.gen(function* () {
          const executor = yield* CommandExecutor
          assert.deepStrictEqual(yield* executor.executeCommand({ command: "cd /usr" }), { success: true, exitCode: 0 })
          assert.deepStrictEqual(yield* executor.executeCommand({ command: "echo secr''et; (exit 3)" }), {
            success: false,
            exitCode: 3
          })
          const store = yield* SessionStore
          const session = yield* store.get
          assert.strictEqual(session.workingDirectory, "/usr")
          return session.id
        }).pipe(Effect.provide(everything(home)))

        yield* Effect.gen(function* () {
          const stored = yield* (yield* PersistenceService).loadSession(id)
          assert.deepStrictEqual(
            stored.blocks.map(({ status, exitCode, stdout }) => [status, exitCode, stdout]),
            [
              ["success", 0, ""],
              ["failure", 3, "secret\n"]
            ]
          )
        }).pipe(Effect.provide(everything(home)))

        const log = readFileSync(join(home.dataDir, "logs/effecttalk.log"), "utf8")
        const lines = log
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
        const executed = lines.filter(({ operation }) => operation === "executeCommand")
        assert.strictEqual(executed.length, 2)
        for (const line of executed) assert.deepInclude(line, { level: "info", sessionId: id })
        assert.notInclude(log, "secret")
        assert.include(readFileSync(join(home.dataDir, "logs/audit.log"), "utf8"), "session.created")
      })
    )
  )

  it.live("leaves nothing behind when nothing was asked of it", () =>
    withHome((home) =>
      Effect.gen(function* () {
        yield* Effect.provide(SessionShell, everything(home))
        assert.isFalse(existsSync(home.dataDir))
      })
    )
  )

  it.live("fails, typed, when the first session cannot be opened", () =>
    withHome((home) =>
      Effect.gen(function* () {
        const layer = everything(home, { _tag: "Stored", id: SessionId.make("nobody") })
        const exit = yield* Effect.exit(Effect.provide(SessionStore, layer))
        assert.isTrue(Exit.isFailure(exit))
        const error = yield* Effect.flip(Effect.provide(SessionStore, layer))
        assert.deepInclude(error, { _tag: "PersistenceError", reason: "Unknown" })
      })
    )
  )
})
