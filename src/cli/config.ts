/** `effecttalk config`: the values in effect, what each means and where it comes from, or what is wrong with them. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type { Config } from "../config/Config.ts"
import { describeOrigin } from "../config/describe.ts"
import { type ConfigReading, formatValue } from "../config/readConfig.ts"
import { type Environment, PREFIX } from "../config/sources.ts"
import { FIELDS, type Field, type Group, VARIABLES } from "../config/variables.ts"
import { CliError } from "./CliError.ts"
import { requireConfig, warnOf } from "./configProblems.ts"
import type { Surroundings } from "./open.ts"
import { writeOut } from "./writeOut.ts"

/** What an env file, and a shell, take as it is. */
const PLAIN = /^[\w./:,@%+-]*$/

/** A value as an env file has it: read again it gives the same. */
const quotedValue = (text: string): string => {
  if (PLAIN.test(text)) return text
  const quote = ["'", '"', "`"].find((each) => !text.includes(each)) ?? "'"
  return quote + text + quote
}

const assignment = (field: Field, { config }: ConfigReading): string =>
  `${PREFIX}${VARIABLES[field].name}=${quotedValue(formatValue(field, config[field]))}`

/** Where a value was written and under which name. */
const source = (field: Field, { origins }: ConfigReading, environment: Environment): string => {
  const setting = origins[field]
  return setting === null ? "default" : `${describeOrigin(setting.origin, environment)} (${setting.name})`
}

const explanation = (field: Field, reading: ConfigReading, environment: Environment): ReadonlyArray<string> => {
  const { documentation, kind, fallback, usedBy } = VARIABLES[field]
  const fallbackText = formatValue(field, fallback(environment)) || "none"
  return [
    assignment(field, reading),
    `  ${documentation}`,
    `  allowed:  ${kind.allowed}`,
    `  default:  ${fallbackText}`,
    `  from:     ${source(field, reading, environment)}`,
    ...(usedBy === null ? ["  Nothing goes by it yet."] : [])
  ]
}

const explain = (reading: ConfigReading, environment: Environment): ReadonlyArray<string> => {
  let group: Group | null = null
  return FIELDS.flatMap((field) => {
    const heading = VARIABLES[field].group === group ? [] : [`# ${VARIABLES[field].group}`, ""]
    group = VARIABLES[field].group
    return [...heading, ...explanation(field, reading, environment), ""]
  })
}

/** A value as JSON has it: modes as everybody writes them, 0700. */
const jsonValue = <K extends Field>(field: K, value: Config[K]) =>
  VARIABLES[field].kind.type === "mode" ? formatValue(field, value) : value

const valuesJson = ({ config }: ConfigReading) =>
  Object.fromEntries(FIELDS.map((field) => [field, jsonValue(field, config[field])]))

const explainJson = (reading: ConfigReading, environment: Environment) =>
  Object.fromEntries(
    FIELDS.map((field) => {
      const { name, group, kind, documentation, fallback, usedBy } = VARIABLES[field]
      const from = source(field, reading, environment)
      const value = jsonValue(field, reading.config[field])
      return [
        field,
        {
          name,
          group,
          value,
          default: jsonValue(field, fallback(environment)),
          type: kind.type,
          allowed: kind.allowed,
          documentation,
          from,
          usedBy
        }
      ]
    })
  )

const print = (lines: ReadonlyArray<string>) => writeOut(`${lines.join("\n")}\n`)

interface Flags {
  readonly check: boolean
  readonly explain: boolean
  readonly json: boolean
}

const run = Effect.fn("config")(function* (flags: Flags, { environment, configuration }: Surroundings) {
  if (flags.check) {
    if (flags.explain || flags.json) return yield* new CliError({ exitCode: 2, line: "--check stands alone" })
    yield* requireConfig(configuration)
    return yield* Effect.asVoid(print(["configuration is fine"]))
  }
  if (flags.json) {
    const document = flags.explain ? explainJson(configuration, environment) : valuesJson(configuration)
    yield* print([JSON.stringify(document, null, 2)])
  } else {
    yield* print(
      flags.explain ? explain(configuration, environment) : FIELDS.map((field) => assignment(field, configuration))
    )
  }
  yield* warnOf(configuration)
})

/** Fails with every problem (exit code 2) for `--check`; otherwise they stand on standard error, below the values. */
export const configCommand = (surroundings: Surroundings) =>
  Command.make(
    "config",
    {
      check: Options.boolean("check").pipe(
        Options.withDescription("Say what is wrong with the configuration; exit code 2 when something is.")
      ),
      explain: Options.boolean("explain").pipe(
        Options.withDescription("Say what each value means and where it comes from.")
      ),
      json: Options.boolean("json").pipe(Options.withDescription("Print JSON."))
    },
    (flags) => run(flags, surroundings)
  ).pipe(Command.withDescription("Print the configuration in effect."))
