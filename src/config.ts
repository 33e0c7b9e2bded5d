/**
 * The one configuration. Its table is `config/variables.ts`; `EFFECTTALK_<NAME>` wins over the bare `<NAME>` of the
 * seeds, because PORT or LOG_LEVEL belong to everybody.
 *
 * This is also an entry of its own in dist, for scripts: `node -e "require('./dist/config.js').validateConfig()"`.
 */
import type { Config } from "./config/Config.ts"
import { readConfigFiles } from "./config/configFiles.ts"
import { type ConfigProblem, formatValue, readConfig } from "./config/readConfig.ts"
import type { Environment } from "./config/sources.ts"
import { FIELDS, VARIABLES } from "./config/variables.ts"

export type { Config } from "./config/Config.ts"
export { leaderByte } from "./config/leaders.ts"
export { type ConfigProblem, type ConfigReading, readConfig } from "./config/readConfig.ts"
export type { Environment } from "./config/sources.ts"
export { VARIABLES } from "./config/variables.ts"

/** The problems in one text: how many there are, then a line each. */
export const listProblems = (problems: ReadonlyArray<ConfigProblem>): string => {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`
  return [`the configuration has ${count}:`, ...problems.map(({ message }) => `  ${message}`)].join("\n")
}

/**
 * The configuration of a process with this environment, its files read. Throws one `Error` whose message lists every
 * problem, one to a line.
 */
export const validateConfig = (environment: Environment = process.env): Config => {
  const { config, problems } = readConfig(environment, { flags: [], files: readConfigFiles(environment) })
  if (problems.length > 0) {
    const error = new Error(listProblems(problems))
    // Uncaught, it is printed with its stack, which begins at the caller: what lies between is not where to look.
    Error.captureStackTrace(error, validateConfig)
    throw error
  }
  return config
}

/** Every value by its field, each a text, a number or a boolean: for the first line of a log. There are no secrets. */
export const flatConfig = (config: Config): Readonly<Record<keyof Config, string | number | boolean>> =>
  Object.fromEntries(
    FIELDS.map((field) => {
      const value = config[field]
      const { type } = VARIABLES[field].kind
      return [field, type === "number" || type === "boolean" ? value : formatValue(field, value)]
    })
  ) as Record<keyof Config, string | number | boolean>
