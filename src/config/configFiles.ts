/**
 * The two files of the configuration directory, and no others: a `.env` of the working directory belongs to whoever wrote
 * the repository. Light on purpose, as the launcher reads them before its shell starts.
 */
import { isUtf8 } from "node:buffer"
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs"
import { join } from "node:path"
import { getegid, geteuid } from "node:process"
import { NODE_ENV, readEarly } from "../earlyVariables.ts"
import { parseEnvFile } from "./envFile.ts"
import type { ParsedFile } from "./parsedFile.ts"
import { shown } from "./shown.ts"
import { type ConfigFile, type Environment, type FileProblem, NOTHING_GIVEN } from "./sources.ts"
import { parseTomlFile } from "./tomlFile.ts"

/** Largest configuration file that is read, in bytes: many times what every variable with a remark takes. */
const MAX_CONFIG_FILE_BYTES = 65_536

/** The user's home directory, absolute. */
export const homeDirectory = (environment: Environment): string =>
  environment.HOME?.startsWith("/") ? environment.HOME : "/"

/** Absolute path of the configuration directory, which need not exist: EffectTalk only reads there. */
export const configDirectory = (environment: Environment): string => {
  const base = environment.XDG_CONFIG_HOME
  // The XDG specification has relative paths ignored.
  return base?.startsWith("/") ? join(base, "effecttalk") : join(homeDirectory(environment), ".config/effecttalk")
}

/**
 * True when somebody else can write to a file. A group that is the user's own, by the convention that it has the user's
 * number, is nobody else: where it is followed, files are made writable for it.
 */
const othersCanWrite = ({ mode, gid }: Stats): boolean => {
  const ownGroup = gid === getegid?.() && gid === geteuid?.()
  return (mode & (ownGroup ? 0o002 : 0o022)) !== 0
}

/** Why a file is not read, or null. The directory need not be looked at: who can only write there owns what he puts in. */
const refusal = (stats: Stats): string | null => {
  if (!stats.isFile()) return "is no regular file"
  if (stats.uid !== 0 && stats.uid !== geteuid?.()) return "belongs to another user and is not read"
  if (othersCanWrite(stats)) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, "0")
    return `can be written by others (mode ${mode}) and is not read; chmod go-w helps`
  }
  return stats.size > MAX_CONFIG_FILE_BYTES
    ? `has ${stats.size} bytes and is not read; at most ${MAX_CONFIG_FILE_BYTES} are allowed`
    : null
}

/** A file's text, why there is none, or null where there is no file. */
const readText = (path: string): { readonly text: string } | { readonly refused: string } | null => {
  let fd: number
  try {
    // Never waits for a FIFO's other end. Symbolic links are followed: that is how people keep such files.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    return code === "ENOENT" || code === "ENOTDIR" ? null : { refused: `cannot be read (${code})` }
  }
  try {
    const refused = refusal(fstatSync(fd))
    if (refused !== null) return { refused }
    const bytes = readFileSync(fd)
    return isUtf8(bytes) ? { text: bytes.toString().replace(/^\ufeff/, "") } : { refused: "is not UTF-8 text" }
  } catch (cause) {
    return { refused: `cannot be read (${(cause as NodeJS.ErrnoException).code})` }
  } finally {
    closeSync(fd)
  }
}

const readFile = (
  path: string,
  format: ConfigFile["format"],
  parse: (text: string) => ParsedFile,
  asked = false
): ConfigFile | null => {
  const read = readText(path)
  if (read === null && !asked) return null
  if (read === null || "refused" in read) {
    const text = read === null ? "is not there" : read.refused
    return { path, format, settings: [], problems: [{ line: null, text }], asked }
  }
  const { settings, problems } = parse(read.text)
  return {
    path,
    format,
    settings: settings.map(({ line, ...setting }) => ({ ...setting, origin: { _tag: "File", path, line } })),
    problems,
    asked
  }
}

/** The file of an environment cannot say that the environment is another one. */
const withoutContradiction = (file: ConfigFile, nodeEnv: string): ConfigFile => {
  const contradicts = ({ variable, value }: ConfigFile["settings"][number]) =>
    variable === NODE_ENV.name && value !== "" && value !== nodeEnv
  const problems = file.settings.filter(contradicts).map(
    ({ origin, value }): FileProblem => ({
      line: origin._tag === "File" ? origin.line : null,
      text: `NODE_ENV cannot be "${shown(value)}" here: the file is read where it is ${nodeEnv}`
    })
  )
  return {
    ...file,
    settings: file.settings.filter((setting) => !contradicts(setting)),
    problems: [...file.problems, ...problems]
  }
}

/**
 * Reads what is there of the configuration's files, the first of which wins: the env file, then `config.toml`. Never
 * throws; what is wrong stands in each file's `problems`.
 *
 * @param envFile absolute path of the env file to read in place of `.env.<NODE_ENV>` in the configuration directory
 */
export const readConfigFiles = (environment: Environment, envFile: string | null = null): ReadonlyArray<ConfigFile> => {
  const directory = configDirectory(environment)
  const toml = readFile(join(directory, "config.toml"), "toml", parseTomlFile)
  const files = toml === null ? [] : [toml]
  if (envFile !== null) {
    const named = readFile(envFile, "env", parseEnvFile, true)
    return named === null ? files : [named, ...files]
  }
  const nodeEnv = readEarly(NODE_ENV, environment, { ...NOTHING_GIVEN, files })
  const env = readFile(join(directory, `.env.${nodeEnv}`), "env", parseEnvFile)
  return env === null ? files : [withoutContradiction(env, nodeEnv), ...files]
}
