import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import type { Surroundings } from "./open.ts"

const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("Make a backup of all sessions now, the archive too."),
  HelpDoc.p("When nothing has changed since the last one, that is checked and named.")
])

/** `effecttalk backup`. */
export const backupCommand = (surroundings: Surroundings) =>
  Command.make("backup", {}, () =>
    Effect.flatMap(
      Effect.promise(() => import("./backup/printBackup.ts")),
      ({ printBackup }) => printBackup(surroundings)
    )
  ).pipe(Command.withDescription(DESCRIPTION))
