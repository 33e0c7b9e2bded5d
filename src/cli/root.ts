import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CliError } from "./CliError.ts"
import { open, type Surroundings } from "./open.ts"

declare const __VERSION__: string

const resume = Options.text("resume").pipe(
  Options.withPseudoName("id"),
  Options.withDescription("Open a stored session by its id or a unique beginning of it; without an id, list them."),
  Options.optional
)

const continueLatest = Options.boolean("continue").pipe(Options.withDescription("Open the latest session."))

const effecttalk = (surroundings: Surroundings) =>
  Command.make("effecttalk", { resume, continueLatest }, (options) =>
    Option.match(options.resume, {
      onSome: (session) => open({ _tag: "Resume", session }, surroundings),
      onNone: () => open({ _tag: options.continueLatest ? "Continue" : "New" }, surroundings)
    })
  ).pipe(Command.withDescription("The block terminal that runs inside any terminal."))

/** The whole command line: help, shell completions and usage errors (exit 2). */
export const root = (argv: ReadonlyArray<string>, surroundings: Surroundings) =>
  // The parser skips the interpreter and the script, as in process.argv.
  Command.run(effecttalk(surroundings), { name: "effecttalk", version: __VERSION__ })([
    "node",
    "effecttalk",
    ...argv
  ]).pipe(
    Effect.catchIf(ValidationError.isValidationError, (error) =>
      Effect.fail(new CliError({ exitCode: 2, line: HelpDoc.toAnsiText(error.error).replace(/\s+/g, " ").trim() }))
    ),
    Effect.provide(NodeContext.layer)
  )
