import { resolve } from "node:path"
import type { Setting } from "../config/sources.ts"

/** An option of every command that stands for a variable of the configuration, or for one of its files. */
export interface ConfigFlag {
  /** Without the dashes. */
  readonly name: string
  /** The variable's name without the prefix; null for the env file. */
  readonly variable: string | null
  /** True for a path, which may be relative to the working directory. */
  readonly path: boolean
  /** What its value is called in the help. */
  readonly value: string
  readonly description: string
}

/** The option that names the shell. */
export const SHELL_FLAG = "shell"

/** The options of the configuration. There are few: what somebody wants always is said in `config.toml` once. */
export const CONFIG_FLAGS: ReadonlyArray<ConfigFlag> = [
  { name: "env-file", variable: null, path: true, value: "file", description: "Read it in place of .env.<NODE_ENV>." },
  {
    name: "data-dir",
    variable: "DATA_DIR",
    path: true,
    value: "directory",
    description: "Keep sessions there (DATA_DIR)."
  },
  {
    name: "log-level",
    variable: "LOG_LEVEL",
    path: false,
    value: "level",
    description: "debug, info, warn or error (LOG_LEVEL)."
  },
  { name: "port", variable: "PORT", path: false, value: "number", description: "Serve metrics there (PORT)." },
  {
    name: SHELL_FLAG,
    variable: "SHELL",
    path: false,
    value: "name or path",
    description: "Run this shell in place of SHELL (EFFECTTALK_SHELL)."
  }
]

/** What to say of an option of the configuration that stands last, without its value; null when that is not the matter. */
export const missingValue = (rest: ReadonlyArray<string>): string | null => {
  const dashes = rest.indexOf("--")
  const flag = CONFIG_FLAGS.find(({ name }) => `--${name}` === (dashes < 0 ? rest : rest.slice(0, dashes)).at(-1))
  return flag === undefined ? null : `--${flag.name} needs a value: ${flag.value}`
}

/** What the command line says about the configuration. */
export interface ConfigArguments {
  /** Absolute path, or null. */
  readonly envFile: string | null
  readonly settings: ReadonlyArray<Setting>
  /** The other arguments, for the command. */
  readonly rest: ReadonlyArray<string>
}

/**
 * Takes the options of the configuration out of the arguments, wherever they stand before `--`: what follows is another
 * program's. One without a value is left for the option parser to complain about. Plain, as the screen's own arguments
 * are read without that parser.
 *
 * @param directory absolute directory that relative paths begin at
 */
export const configArguments = (argv: ReadonlyArray<string>, directory: string): ConfigArguments => {
  const settings: Array<Setting> = []
  const rest: Array<string> = []
  let envFile: string | null = null
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!
    if (argument === "--") {
      rest.push(...argv.slice(index))
      break
    }
    const equals = argument.indexOf("=")
    const name = equals < 0 ? argument : argument.slice(0, equals)
    const flag = CONFIG_FLAGS.find((each) => name === `--${each.name}`)
    const given = equals < 0 ? argv[index + 1] : argument.slice(equals + 1)
    if (flag === undefined || given === undefined || (equals < 0 && given === "--")) {
      rest.push(argument)
      continue
    }
    if (equals < 0) index++
    const value = flag.path && given !== "" ? resolve(directory, given) : given
    if (flag.variable === null) envFile = value
    else settings.push({ name, variable: flag.variable, value, origin: { _tag: "CommandLine" } })
  }
  return { envFile, settings, rest }
}
