import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { toCliError } from "./CliError.ts"
import type { Surroundings } from "./open.ts"

const id = Args.text({ name: "id" }).pipe(Args.withDescription("The session's id, or a unique beginning of it."))

const json = Options.boolean("json").pipe(Options.withDescription("Print the whole session as one JSON document."))

const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("Print a stored session: every block with its output."),
  HelpDoc.p("A session that is open elsewhere is only read. Colours are for terminals, and not with NO_COLOR.")
])

/** `effecttalk show <id>`: a whole session, as text or as the document on disk. */
export const show = ({ environment }: Surroundings) =>
  Command.make("show", { id, json }, (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./show/printSession.ts")),
      ({ printDocument, printSession }) =>
        Effect.mapError(
          options.json
            ? printDocument(options.id)
            : printSession(options.id, {
                colors: process.stdout.isTTY === true && !environment.NO_COLOR,
                forTerminal: process.stdout.isTTY === true,
                home: environment.HOME ?? "/"
              }),
          toCliError
        )
    )
  ).pipe(Command.withDescription(DESCRIPTION))
