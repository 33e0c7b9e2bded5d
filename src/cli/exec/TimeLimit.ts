import * as Effect from "effect/Effect"
import type { ConfigReading } from "../../config.ts"
import { DURATION_FORMS, parseDuration } from "../../domain/duration.ts"
import { quoted } from "../../services/persistence/PersistenceError.ts"
import { CliError } from "../CliError.ts"

/** How long a command of `exec` may run, and who says so. */
export interface TimeLimit {
  /** Milliseconds. */
  readonly ms: number
  readonly source: "--timeout" | "MAX_PROCESS_TIMEOUT"
}

/**
 * The limit of a command, null for none. `--timeout` decides, then a MAX_PROCESS_TIMEOUT that somebody has set; its
 * default binds only what runs unattended (docs/decisions/0010-exec.md).
 *
 * @param timeout as it was written; null when it was not
 * @param interactive somebody sits at the command's keyboard
 */
export const timeLimitOf = (
  timeout: string | null,
  interactive: boolean,
  { config, origins }: ConfigReading
): Effect.Effect<TimeLimit | null, CliError> => {
  if (timeout === "none") return Effect.succeed(null)
  if (timeout !== null) {
    const ms = parseDuration(timeout)
    return ms === null
      ? new CliError({ exitCode: 2, line: `--timeout: ${quoted(timeout)} is neither none nor ${DURATION_FORMS}` })
      : Effect.succeed({ ms, source: "--timeout" })
  }
  if (interactive && origins.maxProcessTimeout === null) return Effect.succeed(null)
  return Effect.succeed({ ms: config.maxProcessTimeout, source: "MAX_PROCESS_TIMEOUT" })
}

/** What is said on stderr once the limit has ended a command. */
export const overTimeLine = ({ ms, source }: TimeLimit): string => {
  const more = source === "--timeout" ? "" : "; --timeout 10m or --timeout none allows more"
  return `the command was ended after ${ms} ms (${source})${more}`
}
