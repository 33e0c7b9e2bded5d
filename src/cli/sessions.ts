import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { toCliError } from "./CliError.ts"
import { printSessions } from "./sessionTable.ts"

/** `effecttalk sessions`: the stored sessions, last used first. */
export const sessions = Command.make("sessions", {}, () => Effect.mapError(printSessions(), toCliError)).pipe(
  Command.withDescription("List the stored sessions.")
)
