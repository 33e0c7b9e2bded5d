import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type { Surroundings } from "./open.ts"

const file = Args.text({ name: "backup" }).pipe(
  Args.withDescription("Its name in the list of effecttalk backups, or the path of a file.")
)
const dryRun = Options.boolean("dry-run").pipe(
  Options.withDescription("Check it, print what would come back, go and change, and change nothing.")
)
const yes = Options.boolean("yes").pipe(Options.withDescription("Do not ask."))

const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("Put the sessions of a backup in the place of all that are there."),
  HelpDoc.p("Not while one is open anywhere. What was there is kept beside it, and where is printed."),
  HelpDoc.p("Asks first, unless no session is there.")
])

/** `effecttalk restore <backup>`. */
export const restoreCommand = (surroundings: Surroundings) =>
  Command.make("restore", { file, dryRun, yes }, (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./backup/printRestore.ts")),
      ({ printRestore }) => printRestore(options, surroundings)
    )
  ).pipe(Command.withDescription(DESCRIPTION))
