import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type { Surroundings } from "./open.ts"

const verify = Options.boolean("verify").pipe(
  Options.withDescription("Read each to its last byte; exit code 3 when one is damaged.")
)
const json = Options.boolean("json").pipe(Options.withDescription("Print one JSON array."))

/** `effecttalk backups`: those there are, the newest first. */
export const backupsCommand = (surroundings: Surroundings) =>
  Command.make("backups", { verify, json }, (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./backup/printBackups.ts")),
      ({ printBackups }) => printBackups(options, surroundings)
    )
  ).pipe(Command.withDescription("List the backups."))
