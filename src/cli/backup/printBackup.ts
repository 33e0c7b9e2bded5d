import * as Effect from "effect/Effect"
import { formatBytes } from "../../domain/formatBytes.ts"
import { makeBackup } from "../../services/backup/makeBackup.ts"
import { dataDirectory } from "../../services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../services/persistence/ProcessLock.ts"
import { StructuredLoggingService } from "../../services/StructuredLoggingService.ts"
import { formatCount } from "../../ui/blocks/format.ts"
import { visibleText } from "../../ui/blocks/visibleText.ts"
import { requireConfig } from "../configProblems.ts"
import type { Surroundings } from "../open.ts"
import { writeOut } from "../writeOut.ts"
import { backupCliError } from "./backupCliError.ts"

/** `1 session`, `12 sessions`. */
export const sessionsText = (count: number): string => `${formatCount(count)} ${count === 1 ? "session" : "sessions"}`

/** Makes a backup and says where it is. Fails with `CliError`. */
export const printBackup = Effect.fn("backup")(function* ({ configuration }: Surroundings) {
  yield* requireConfig(configuration)
  const { dataDir, backupMaxBytes: maxBytes, backupRetention: retention } = configuration.config
  const logging = yield* StructuredLoggingService
  const clock = yield* Effect.clock
  const outcome = yield* Effect.tryPromise({
    try: () =>
      makeBackup({
        directory: dataDirectory(dataDir),
        processes: systemProcesses(),
        now: () => clock.unsafeCurrentTimeMillis(),
        maxBytes,
        retention
      }),
    catch: (cause) => backupCliError(cause, dataDir)
  })
  if (outcome === null) return yield* writeOut("There is no session to back up.\n")
  const { type, name, path, size, sessions, removed, skipped } = outcome
  yield* logging.audit("backup.made", { outcome: type, name, size, sessions, removed: removed.length })
  yield* Effect.sync(() => process.stderr.write(skipped.map((line) => `effecttalk: left out: ${line}\n`).join("")))
  const lines =
    type === "made"
      ? [`${visibleText(path)}: ${formatBytes(size)}, ${sessionsText(sessions)}, verified`]
      : [`Nothing has changed since ${name}, which is in order.`]
  if (removed.length > 0) lines.push(`Removed: ${removed.join(", ")}`)
  return yield* writeOut(`${lines.join("\n")}\n`)
})
