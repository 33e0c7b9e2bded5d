import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { truncateText, visibleText } from "../ui/blocks/visibleText.ts"
import { CliError } from "./CliError.ts"
import { configCommand } from "./config.ts"
import { CONFIG_FLAGS } from "./configFlags.ts"
import { open, type Surroundings } from "./open.ts"
import { pathsCommand } from "./paths.ts"
import { serveMetrics } from "./serveMetrics.ts"
import { sessions } from "./sessions.ts"
import { metricsProblem } from "./tuiArguments.ts"

declare const __VERSION__: string

const resume = Options.text("resume").pipe(
  Options.withPseudoName("id"),
  Options.withDescription("Open a stored session by its id or a unique beginning of it; without an id, list them."),
  Options.optional
)

const continueLatest = Options.boolean("continue").pipe(Options.withDescription("Open the latest session."))

/** For the help: `tuiArguments` reads it, since the parser knows no option with a value that may be left out. */
const metrics = Options.boolean("metrics").pipe(
  Options.withDescription("Serve health and metrics beside the screen; --metrics=<port> on another port than PORT.")
)

/** For the help and the shell completions: `configArguments` has taken them out, wherever they stood. */
const configFlags = CONFIG_FLAGS.map(({ name, value, description }) =>
  Options.text(name).pipe(Options.withPseudoName(value), Options.withDescription(description), Options.optional)
)

/** SGR, the only sequence that the parser's documents hold. */
const SGR = /\x1b\[[\d;]*m/g

/** The parser's own options as far as they are of use here. */
const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("The block terminal that runs inside any terminal."),
  HelpDoc.p("--help prints this, --version the version, --completions bash|zsh|fish|sh a completion script.")
])
/** Paragraphs that the parser's help says of every option. */
const SAYS_NOTHING = new Set(["A user-defined piece of text.", "A true or false value.", "This setting is optional."])

/** The help without them. */
const shortHelp = (text: string): string =>
  text
    .split("\n\n")
    .filter((paragraph) => !SAYS_NOTHING.has(paragraph.replace(SGR, "").trim()))
    .join("\n\n")

/**
 * Every subcommand, in the order of the help: each from a file of its own, which loads what only it needs when it runs.
 * They fail with `CliError`.
 */
const subcommands = (surroundings: Surroundings) =>
  [sessions, configCommand(surroundings), pathsCommand(surroundings), serveMetrics(surroundings)] as const

const effecttalk = (surroundings: Surroundings) =>
  Command.make("effecttalk", { resume, continueLatest, metrics, configFlags }, (options) =>
    Option.match(options.resume, {
      onSome: (session) => open({ _tag: "Resume", session }, surroundings),
      onNone: () => open({ _tag: options.continueLatest ? "Continue" : "New" }, surroundings)
    })
  ).pipe(Command.withDescription(DESCRIPTION), Command.withSubcommands(subcommands(surroundings)))

/** Longest usage error that is printed, in cells: an argument may have any length. */
const MAX_ERROR_CELLS = 200

const usageError = (error: ValidationError.ValidationError): CliError => {
  const text = HelpDoc.toAnsiText(error.error).replace(SGR, "").replace(/\s+/g, " ").trim()
  return new CliError({ exitCode: 2, line: truncateText(visibleText(text), MAX_ERROR_CELLS) })
}

/** The parser's console: its errors are `usageError`'s to print, and colours are for terminals. */
const quietConsole = (console: Console.Console, colors: boolean): Console.Console => ({
  ...console,
  error: () => Effect.void,
  log: (...parts) =>
    console.log(...parts.map((part) => shortHelp(colors ? String(part) : String(part).replace(SGR, ""))))
})

/** The whole command line: help, shell completions and usage errors (exit 2). */
export const root = (argv: ReadonlyArray<string>, surroundings: Surroundings) => {
  const problem = metricsProblem(argv)
  return problem === null ? parse(argv, surroundings) : Effect.fail(new CliError({ exitCode: 2, line: problem }))
}

const parse = (argv: ReadonlyArray<string>, surroundings: Surroundings) =>
  Effect.flatMap(Effect.console, (console) =>
    // The parser skips the interpreter and the script, as in process.argv.
    Command.run(effecttalk(surroundings), { name: "effecttalk", version: __VERSION__ })([
      "node",
      "effecttalk",
      ...argv
    ]).pipe(Effect.withConsole(quietConsole(console, process.stdout.isTTY && !surroundings.environment.NO_COLOR)))
  ).pipe(
    Effect.catchIf(ValidationError.isValidationError, usageError),
    Effect.provide([NodeContext.layer, CliConfig.layer({ showBuiltIns: false })])
  )
