import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type { Surroundings } from "./open.ts"

const words = Args.text({ name: "query" }).pipe(
  Args.withDescription("What to look for, as Ctrl+R does; or forget, and a text that the commands to forget hold."),
  Args.repeated
)
const limit = Options.text("limit").pipe(
  Options.withPseudoName("number"),
  Options.withDescription("Print the newest so many."),
  Options.optional
)
const failed = Options.boolean("failed").pipe(Options.withDescription("Only commands that failed."))
const directory = Options.text("directory").pipe(
  Options.withPseudoName("path"),
  Options.withDescription("Only commands that were run in this directory."),
  Options.optional
)
const json = Options.boolean("json").pipe(Options.withDescription("Print each command as a line of JSON."))
const command = Options.text("command").pipe(
  Options.withPseudoName("text"),
  Options.withDescription("With forget: exactly this command."),
  Options.optional
)
const before = Options.text("before").pipe(
  Options.withPseudoName("date"),
  Options.withDescription("With forget: what was run before this day or time (2026-08-05, 2026-08-05T12:00)."),
  Options.optional
)
const all = Options.boolean("all").pipe(Options.withDescription("With forget: everything."))
const dryRun = Options.boolean("dry-run").pipe(
  Options.withDescription("With forget: print what would be forgotten, and forget nothing.")
)

const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("Print the commands that were run in every session, or forget some of them."),
  HelpDoc.p("effecttalk history forget takes them out of the history's file; blocks of sessions stay.")
])

/** `effecttalk history [query]` and `effecttalk history forget …`. */
export const historyCommand = ({ environment }: Surroundings) =>
  Command.make("history", { words, limit, failed, directory, json, command, before, all, dryRun }, (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./history/runHistory.ts")),
      ({ runHistory }) => runHistory(options, environment.HOME ?? "/", process.cwd())
    )
  ).pipe(Command.withDescription(DESCRIPTION))
