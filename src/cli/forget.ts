import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Surroundings } from "./open.ts"

const session = Args.text({ name: "id" }).pipe(Args.withDescription("The session's id, or a unique beginning of it."))
const block = Args.text({ name: "block" }).pipe(
  Args.withDescription("Only this block: the number in its header, or the name you gave it."),
  Args.optional
)
const dryRun = Options.boolean("dry-run").pipe(
  Options.withDescription("Print what would be removed from where, and remove nothing.")
)
const yes = Options.boolean("yes").pipe(Options.withDescription("Do not ask."))

const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("Remove a session or a block from every file: sessions, archive, history, backups and what was put aside."),
  HelpDoc.p("There is no way back. Killed in the middle, it is completed when it is run again.")
])

/** `effecttalk forget <id> [<block>]`. */
export const forgetCommand = ({ configuration }: Surroundings) =>
  Command.make("forget", { session, block, dryRun, yes }, (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./forget/runForget.ts")),
      ({ runForget }) => runForget({ ...options, block: Option.getOrNull(options.block) }, configuration.config.dataDir)
    )
  ).pipe(Command.withDescription(DESCRIPTION))
