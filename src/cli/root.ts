import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { nearest } from "../config/nearest.ts"
import { quoted } from "../services/persistence/PersistenceError.ts"
import { truncateText, visibleText } from "../ui/blocks/visibleText.ts"
import { archiveCommand } from "./archive.ts"
import { backupCommand } from "./backup.ts"
import { backupsCommand } from "./backups.ts"
import { CliError } from "./CliError.ts"
import { type CommandDoc, documentCommand, type OptionDoc, plainText } from "./commandDocs.ts"
import { type CompletedProgram, completions } from "./completions.ts"
import { configCommand } from "./config.ts"
import { CONFIG_FLAGS, missingValue } from "./configFlags.ts"
import { execCommand, execNeedsCommand } from "./exec.ts"
import { exportCommand } from "./export.ts"
import { forgetCommand } from "./forget.ts"
import { commandHelp, PLAIN, rootHelp, STYLED } from "./help.ts"
import { historyCommand } from "./history.ts"
import { open, type Surroundings } from "./open.ts"
import { pathsCommand } from "./paths.ts"
import { restoreCommand } from "./restore.ts"
import { search } from "./search.ts"
import { serveMetrics } from "./serveMetrics.ts"
import { sessions } from "./sessions.ts"
import { show } from "./show.ts"
import { accessProblem, metricsProblem } from "./tuiArguments.ts"
import { writeOut } from "./writeOut.ts"

declare const __VERSION__: string

const resume = Options.text("resume").pipe(
  Options.withPseudoName("id"),
  Options.withDescription("Open a stored session by its id or a unique beginning of it; without an id, list them."),
  Options.optional
)

const continueLatest = Options.boolean("continue").pipe(Options.withDescription("Open the latest session."))

const take = Options.boolean("take").pipe(
  Options.withDescription(
    "With --resume or --continue: take the session from the process that has it open, which ends its commands."
  )
)

const readOnly = Options.boolean("read-only").pipe(
  Options.withDescription("With --resume or --continue: only look at the session, and follow it.")
)

/** For the help: `tuiArguments` reads it, since the parser knows no option with a value that may be left out. */
const metrics = Options.boolean("metrics").pipe(
  Options.withDescription("Serve health and metrics beside the screen; --metrics=<port> on another port than PORT.")
)

/** For the help and the shell completions: `configArguments` has taken them out, wherever they stood. */
const configFlags = CONFIG_FLAGS.map(({ name, value, description }) =>
  Options.text(name).pipe(Options.withPseudoName(value), Options.withDescription(description), Options.optional)
)

const DESCRIPTION = "The block terminal that runs inside any terminal: without a command it opens a new session there."

/**
 * Every subcommand, in the order of the help: each from a file of its own, which loads what only it needs when it runs.
 * They fail with `CliError`.
 *
 * @param words what follows `--`
 */
const subcommands = (
  surroundings: Surroundings,
  words: ReadonlyArray<string> | null,
  program: () => CompletedProgram
) =>
  [
    sessions,
    show(surroundings),
    search(surroundings),
    exportCommand(surroundings),
    archiveCommand,
    historyCommand(surroundings),
    forgetCommand(surroundings),
    execCommand(words, surroundings),
    backupCommand(surroundings),
    backupsCommand(surroundings),
    restoreCommand(surroundings),
    configCommand(surroundings),
    pathsCommand(surroundings),
    serveMetrics(surroundings),
    completions(program)
  ] as const

/** The whole command line as the parser knows it, and as help and completions tell of it. */
const commandLine = (surroundings: Surroundings, words: ReadonlyArray<string> | null) => {
  const program = (): CompletedProgram => ({
    root: documentCommand(root),
    commands: children.map((child) => documentCommand(child as typeof sessions))
  })
  const accessOf = (options: { readonly take: boolean; readonly readOnly: boolean }) =>
    options.take ? "take" : options.readOnly ? "read" : "any"
  const root = Command.make("effecttalk", { resume, continueLatest, take, readOnly, metrics, configFlags }, (options) =>
    Option.match(options.resume, {
      onSome: (session) => open({ _tag: "Resume", session, access: accessOf(options) }, surroundings),
      onNone: () =>
        open(options.continueLatest ? { _tag: "Continue", access: accessOf(options) } : { _tag: "New" }, surroundings)
    })
  ).pipe(Command.withDescription(DESCRIPTION))
  const children = subcommands(surroundings, words, program)
  // Without a command the parser shall speak of options, not of commands that nobody has named.
  return { alone: root, whole: Command.withSubcommands(root, children), program: program() }
}

/** Longest usage error that is printed, in cells: an argument may have any length. */
const MAX_ERROR_CELLS = 200

const usageError = (line: string): CliError =>
  new CliError({ exitCode: 2, line: truncateText(visibleText(line), MAX_ERROR_CELLS) })

/** The parser's own words about what it did not understand are `usageError`'s to print. */
const silent = (console: Console.Console): Console.Console => ({ ...console, error: () => Effect.void })

/** What asks for the help or the version, wherever it stands before `--`. */
const HELP_OPTIONS: ReadonlySet<string> = new Set(["--help", "-h"])
const VERSION_OPTIONS: ReadonlySet<string> = new Set(["--version", "-v"])

const hint = (guess: string | null, otherwise: string): string =>
  guess === null ? `${otherwise} lists them` : `did you mean ${guess}?`

const unknownCommand = (name: string, names: ReadonlyArray<string>): CliError =>
  usageError(`there is no command ${quoted(name)}: ${hint(nearest(name, names), "effecttalk help")}`)

/** The first option that a command does not have, null when it has all of them. The parser's guesses come and go. */
const unknownOption = ({ options }: CommandDoc, argv: ReadonlyArray<string>): string | null => {
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!
    if (argument === "--") return null
    if (!argument.startsWith("-") || argument === "-") continue
    const [name = ""] = argument.split("=")
    const option = options.find((each) => each.name === name)
    if (option === undefined) return name
    if (option.value !== null && name === argument) index++
  }
  return null
}

/** The option that stands last and lacks its value, null for none: the parser would take its name for an argument. */
const valueless = ({ options }: CommandDoc, argv: ReadonlyArray<string>): OptionDoc | null => {
  if (argv.includes("--")) return null
  const withValue = (argument?: string) => options.find(({ name, value }) => name === argument && value !== null)
  // Behind another option that takes a value it is that value.
  return withValue(argv.at(-2)) === undefined ? (withValue(argv.at(-1)) ?? null) : null
}

/** The whole command line: help, shell completions and usage errors (exit 2). */
export const root = (argv: ReadonlyArray<string>, surroundings: Surroundings) => {
  const problem = missingValue(argv) ?? accessProblem(argv) ?? metricsProblem(argv)
  return problem === null ? run(argv, surroundings) : Effect.fail(new CliError({ exitCode: 2, line: problem }))
}

const run = (argv: ReadonlyArray<string>, surroundings: Surroundings) =>
  Effect.suspend(() => {
    const dashes = argv.indexOf("--")
    const own = dashes < 0 ? argv : argv.slice(0, dashes)
    const { alone, whole, program } = commandLine(surroundings, dashes < 0 ? null : argv.slice(dashes + 1))
    const names = program.commands.map(({ name }) => name)
    const [first = "", second] = own
    const isHelp = first === "help" || own.some((argument) => HELP_OPTIONS.has(argument))
    const subject = first === "help" ? second : first
    if (subject !== undefined && subject !== "" && !subject.startsWith("-") && ![...names, "help"].includes(subject)) {
      return unknownCommand(subject, [...names, "help"])
    }
    if (isHelp) return help(program, subject, surroundings)
    if (own.some((argument) => VERSION_OPTIONS.has(argument))) return Effect.asVoid(writeOut(`${__VERSION__}\n`))
    // The parser would take the command's own words for ours.
    if (first === "exec" && dashes < 0) return execNeedsCommand
    const words = first === "--completions" ? ["completions", ...own.slice(1)] : first === "exec" ? own : argv
    const called = program.commands.find(({ name }) => name === words[0])
    const doc = called ?? program.root
    const option = unknownOption(doc, called === undefined ? words : words.slice(1))
    if (option !== null) {
      const guess = nearest(
        option,
        doc.options.map(({ name }) => name)
      )
      const command = called === undefined ? "effecttalk" : `effecttalk ${called.name}`
      return usageError(`${command} has no option ${quoted(option)}: ${hint(guess, `${command} --help`)}`)
    }
    if (called === undefined) return parse(alone, words)
    const lacking = valueless(called, words.slice(1))
    if (lacking !== null) return usageError(`${lacking.name} needs a value: ${lacking.value}`)
    return parse(whole, words)
  })

const help = ({ root, commands }: CompletedProgram, subject: string | undefined, { environment }: Surroundings) => {
  const look = process.stdout.isTTY === true && !environment.NO_COLOR ? STYLED : PLAIN
  const command = commands.find(({ name }) => name === subject)
  const text = command === undefined ? rootHelp(root, commands, __VERSION__, look) : commandHelp(root, command, look)
  return Effect.asVoid(writeOut(text))
}

const parse = <Name extends string, R, E, A>(command: Command.Command<Name, R, E, A>, argv: ReadonlyArray<string>) =>
  Effect.flatMap(Effect.console, (console) =>
    // The parser skips the interpreter and the script, as in process.argv.
    Command.run(command, { name: "effecttalk", version: __VERSION__ })(["node", "effecttalk", ...argv]).pipe(
      Effect.withConsole(silent(console))
    )
  ).pipe(
    Effect.catchIf(ValidationError.isValidationError, ({ error }) => usageError(plainText(error))),
    Effect.provide([NodeContext.layer, CliConfig.layer({ showBuiltIns: false })])
  )
