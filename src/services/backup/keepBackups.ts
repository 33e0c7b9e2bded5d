import * as Effect from "effect/Effect"
import { ConfigService } from "../ConfigService.ts"

/** The first look at whether a backup is due comes this long after the start, in milliseconds: whoever starts is busy. */
const FIRST_LOOK_MS = 60_000

/**
 * Makes backups for as long as it runs, from a while after the start on; what does it is loaded no earlier.
 *
 * @param worker absolute path of the thread's file (src/backgroundWorker.ts, built)
 * @param report told in a line why none is made
 */
export const keepBackups = Effect.fn("keepBackups")(function* (
  worker: string,
  report: (line: string) => Effect.Effect<void>
) {
  const config = yield* ConfigService
  yield* Effect.sleep(FIRST_LOOK_MS)
  const { backupOnThread, scheduleBackups } = yield* Effect.promise(() => import("./scheduleBackups.ts"))
  yield* scheduleBackups({ config, make: backupOnThread(worker), report })
})
