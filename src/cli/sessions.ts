import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { toCliError } from "./CliError.ts"
import { printSessions, printSessionsJson } from "./sessionTable.ts"

const json = Options.boolean("json").pipe(Options.withDescription("Print one JSON array."))

/** `effecttalk sessions`: the stored sessions, last used first. */
export const sessions = Command.make("sessions", { json }, (options) =>
  Effect.mapError(options.json ? printSessionsJson() : printSessions(), toCliError)
).pipe(Command.withDescription("List the stored sessions."))
