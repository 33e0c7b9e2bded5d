/**
 * Where the values of the configuration come from, first wins: the command line, the environment, the two files of the
 * configuration directory. Light on purpose, as the launcher reads two variables by it: no schemas.
 */

/** Process environment as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What a variable is called. */
export interface VariableName {
  /** Name without the prefix. */
  readonly name: string
  /** True when the environment's bare name is read too; in a file of ours it always is. */
  readonly bare: boolean
}

/** Prefix of EffectTalk's own names in the environment. */
export const PREFIX = "EFFECTTALK_"

/** The place a value was written in. */
export type Origin =
  | { readonly _tag: "CommandLine" }
  | { readonly _tag: "Environment" }
  /** `line` counts from 1. */
  | { readonly _tag: "File"; readonly path: string; readonly line: number }

/** A value as somebody wrote it. */
export interface Setting {
  /** The name it was written under: `PORT`, `EFFECTTALK_PORT`, `port` in TOML, `--port`. */
  readonly name: string
  /** The variable meant by it, without the prefix; one that is in no table is unknown. */
  readonly variable: string
  readonly value: string
  readonly origin: Origin
}

/** What a file says that cannot be taken for a setting. */
export interface FileProblem {
  /** From 1; null for the file as a whole. */
  readonly line: number | null
  /** What is wrong, without a subject: `cannot be read (EACCES)`. One line without control characters. */
  readonly text: string
}

/** A configuration file that is there. */
export interface ConfigFile {
  /** Absolute path. */
  readonly path: string
  readonly format: "env" | "toml"
  /** In the file's order. */
  readonly settings: ReadonlyArray<Setting>
  readonly problems: ReadonlyArray<FileProblem>
  /** True for a file that the command line names: that it cannot be read is a usage error. */
  readonly asked: boolean
}

/** What is known beside the environment. */
export interface Given {
  /** Settings of the command line. */
  readonly flags: ReadonlyArray<Setting>
  /** The first file wins. */
  readonly files: ReadonlyArray<ConfigFile>
}

/** The environment alone. */
export const NOTHING_GIVEN: Given = { flags: [], files: [] }

const inEnvironment = ({ name, bare }: VariableName, environment: Environment): Setting | undefined => {
  const prefixed = PREFIX + name
  // Set but empty, the prefixed name hides a bare one that was meant for another program.
  const found = environment[prefixed] !== undefined || !bare ? prefixed : name
  const value = environment[found]
  return value ? { name: found, variable: name, value, origin: { _tag: "Environment" } } : undefined
}

const inFile = ({ name }: VariableName, { settings }: ConfigFile): Setting | undefined => {
  const all = settings.filter(({ variable }) => variable === name)
  // As in the environment, and as in a shell the last one counts.
  const found = all.findLast((setting) => setting.name.startsWith(PREFIX)) ?? all.at(-1)
  return found?.value ? found : undefined
}

/** What was written for a variable, in order of precedence. Empty is as not set, but on the command line. */
export const settingsOf = (
  variable: VariableName,
  environment: Environment,
  { flags, files }: Given
): ReadonlyArray<Setting> =>
  [
    flags.findLast((flag) => flag.variable === variable.name),
    inEnvironment(variable, environment),
    ...files.map((file) => inFile(variable, file))
  ].filter((setting) => setting !== undefined)
