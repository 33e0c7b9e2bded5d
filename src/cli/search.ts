import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type { Surroundings } from "./open.ts"

const pattern = Args.text({ name: "pattern" }).pipe(
  Args.withDescription("What to look for: plain text; capitals count when it has one.")
)

const regex = Options.boolean("regex").pipe(Options.withDescription("The pattern is a JavaScript regular expression."))
const word = Options.boolean("word").pipe(Options.withDescription("It matches whole words only."))
const caseSensitive = Options.boolean("case-sensitive").pipe(Options.withDescription("Capitals count in any case."))
const ignoreCase = Options.boolean("ignore-case").pipe(Options.withDescription("Capitals never count."))
const commands = Options.boolean("commands").pipe(Options.withDescription("Look at commands, and at no output."))
const failed = Options.boolean("failed").pipe(Options.withDescription("Look at blocks that failed."))
const session = Options.text("session").pipe(
  Options.withPseudoName("id"),
  Options.withDescription("Look at this session alone."),
  Options.optional
)
const limit = Options.text("limit").pipe(
  Options.withPseudoName("number"),
  Options.withDescription("Stop after so many blocks."),
  Options.optional
)
const json = Options.boolean("json").pipe(Options.withDescription("Print each block as a line of JSON."))

const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("Search the commands and the output of all sessions, the archive too."),
  HelpDoc.p("Exit code 1 says that nothing was found.")
])

/** `effecttalk search <pattern>`: blocks of all sessions that match, and their lines. */
export const search = ({ environment }: Surroundings) =>
  Command.make(
    "search",
    { pattern, regex, word, caseSensitive, ignoreCase, commands, failed, session, limit, json },
    (options) =>
      Effect.flatMap(
        Effect.promise(() => import("./search/printFound.ts")),
        ({ printFound }) =>
          printFound(options, {
            colors: process.stdout.isTTY === true && !environment.NO_COLOR,
            forTerminal: process.stdout.isTTY === true,
            home: environment.HOME ?? "/"
          })
      )
  ).pipe(Command.withDescription(DESCRIPTION))
