import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Config } from "../../config.ts"
import { BackgroundError, backgroundThread } from "../backgroundThread.ts"
import { dataDirectory } from "../persistence/dataDirectory.ts"
import { StructuredLoggingService } from "../StructuredLoggingService.ts"
import { Telemetry } from "../Telemetry.ts"
import { BackupError } from "./BackupError.ts"
import { lastSuccess } from "./backupFiles.ts"
import type { BackupOutcome, KnownBackup } from "./makeBackup.ts"
import type { BackupMessage, BackupOrder } from "./postBackup.ts"

/** Longest pause between two looks at the clock, in milliseconds: timers stand still while the machine sleeps. */
const LOOK_MS = 300_000
/** How long another process that makes one is left alone, in milliseconds. */
const BUSY_MS = 60_000

/** What the schedule needs. */
export interface ScheduleOptions {
  readonly config: Pick<Config, "dataDir" | "backupInterval" | "backupRetention" | "backupMaxBytes">
  /** Has a backup made; interrupting ends it. */
  readonly make: (order: BackupOrder) => Effect.Effect<BackupMessage, BackgroundError>
  /** Told in a line why none is made, once until one is made or the reason is another. */
  readonly report: (line: string) => Effect.Effect<void>
}

/**
 * Makes a backup every BACKUP_INTERVAL, for ever: counted from the last one in DATA_DIR, whichever process made it, so that
 * many instances make no more of them than one. Failures are logged, counted and reported, and tried again after the
 * interval.
 */
export const scheduleBackups = Effect.fn("scheduleBackups")(function* ({ config, make, report }: ScheduleOptions) {
  const logging = yield* StructuredLoggingService
  const telemetry = yield* Telemetry
  const { dataDir, backupInterval, backupRetention, backupMaxBytes } = config
  const { backups } = dataDirectory(dataDir)
  const bounds = { maxBytes: backupMaxBytes, retention: backupRetention }
  let known: KnownBackup | null = null
  let reported: BackupError["reason"] | null = null

  const fail = Effect.fn("scheduleBackups.fail")(function* (reason: BackupError["reason"], message: string) {
    telemetry.error("backup", reason)
    const error = new BackupError({ reason, subject: dataDir, detail: message })
    yield* logging.log("error", "backup", { status: "failure", error })
    if (reported === reason) return
    reported = reason
    yield* report(`No backup was made: ${message}`)
  })

  const succeed = Effect.fn("scheduleBackups.succeed")(function* (outcome: BackupOutcome | null) {
    known = outcome?.known ?? null
    reported = null
    if (outcome === null) return
    const { type, name, size, sessions, removed, skipped } = outcome
    const fields = { outcome: type, name, size, sessions, removed: removed.length, skipped: skipped.length }
    yield* logging.log(skipped.length > 0 ? "warn" : "info", "backup", { status: "success", ...fields })
  })

  /** False when another process is at it: its backup is as good as ours. */
  const attempt = Effect.suspend(() => make({ type: "backup", dataDir, known, ...bounds })).pipe(
    Effect.matchEffect({
      onFailure: (error) => Effect.as(fail("Io", error.message), true),
      onSuccess: (message) => {
        if (message.type === "done") return Effect.as(succeed(message.outcome), true)
        const { reason } = message
        return reason === "Busy" ? Effect.succeed(false) : Effect.as(fail(reason, message.message), true)
      }
    })
  )

  /** When this process last tried, in milliseconds since the epoch. */
  let tried = Number.NEGATIVE_INFINITY
  for (;;) {
    const now = yield* Clock.currentTimeMillis
    // A clock that was set back makes nobody wait for the day on which it was wrong.
    const last = Math.max(lastSuccess(backups, now), tried <= now ? tried : Number.NEGATIVE_INFINITY)
    if (last + backupInterval > now) yield* Effect.sleep(Math.min(last + backupInterval - now, LOOK_MS))
    else if (yield* attempt) tried = yield* Clock.currentTimeMillis
    else yield* Effect.sleep(BUSY_MS)
  }
})

/**
 * Has the thread make a backup.
 *
 * @param worker absolute path of the thread's file (src/backgroundWorker.ts, built)
 */
export const backupOnThread =
  (worker: string) =>
  (order: BackupOrder): Effect.Effect<BackupMessage, BackgroundError> =>
    backgroundThread<BackupOrder>(worker, order).pipe(
      Stream.runLast,
      Effect.flatMap(
        Option.match({
          onNone: () => new BackgroundError({ reason: "Failed", cause: "its thread said nothing" }),
          onSome: Effect.succeed
        })
      )
    )
