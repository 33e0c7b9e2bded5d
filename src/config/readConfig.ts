import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Config } from "./Config.ts"
import { describeOrigin, describePlace } from "./describe.ts"
import { nearest } from "./nearest.ts"
import { shown } from "./shown.ts"
import {
  type ConfigFile,
  type Environment,
  type Given,
  NOTHING_GIVEN,
  PREFIX,
  type Setting,
  settingsOf
} from "./sources.ts"
import { FIELDS, type Field, ORDERED, VARIABLES, type Variable } from "./variables.ts"

/** Something in the configuration that does not fit. */
export interface ConfigProblem {
  /** The name it was written under, prefix included; a file's path where the file as a whole is meant. */
  readonly variable: string
  /** One line without control characters: name, place, value, what is allowed, the nearest suggestion. */
  readonly message: string
  /** What counts in its place, as text; null where nothing is replaced. */
  readonly instead: string | null
  /** True for what was asked for on the command line, which nobody can have meant for another program. */
  readonly asked: boolean
}

/** What reading the configuration gives: always a whole one. */
export interface ConfigReading {
  readonly config: Config
  /** All of them, in the table's order; what names no variable of ours comes last. */
  readonly problems: ReadonlyArray<ConfigProblem>
  /** Where each value was written; null for a default. */
  readonly origins: { readonly [K in Field]: Setting | null }
}

/** A value as it would be written in an environment. */
export const formatValue = <K extends Field>(field: K, value: Config[K]): string =>
  (VARIABLES[field] as Variable<Config[K]>).kind.format(value)

const didYouMean = (guess: string | null | undefined): string => (guess ? `; did you mean ${shown(guess)} ?` : "")

const decode = <A>({ kind }: Variable<A>, text: string): Either.Either<A, unknown> =>
  Schema.decodeUnknownEither(kind.schema())(text)

/** Longest text that a suggestion is made for, in UTF-16 units: it would be cut in the message. */
const MAX_SUGGESTED_LENGTH = 256

/** The likeliest text that is allowed. Blanks and quotes around a value are a slip, whatever its kind. */
const suggest = <A>(variable: Variable<A>, text: string, environment: Environment): string | undefined => {
  if (text.length > MAX_SUGGESTED_LENGTH) return undefined
  const bare = text.trim().replace(/^(["'])(.*)\1$/, "$2")
  return [bare, ...variable.kind.guesses(bare, environment)].find(
    (guess) => guess !== text && guess !== "" && Either.isRight(decode(variable, guess))
  )
}

const misfit = <A>(variable: Variable<A>, setting: Setting, environment: Environment, instead: string) => {
  const place = describeOrigin(setting.origin, environment)
  const guess = didYouMean(suggest(variable, setting.value, environment))
  return {
    variable: setting.name,
    message: `${setting.name} (${place}): "${shown(setting.value)}" is not ${variable.kind.allowed}${guess}`,
    instead,
    asked: setting.origin._tag === "CommandLine"
  }
}

/** Values that do not fit each other are both left for their defaults, which do. */
const checkOrder = (
  values: Record<Field, unknown>,
  origins: Record<Field, Setting | null>,
  environment: Environment
): ReadonlyArray<ConfigProblem> =>
  ORDERED.flatMap(([lesser, greater]) => {
    if ((values[lesser] as number) <= (values[greater] as number)) return []
    const [less, more] = [lesser, greater].map((field) => {
      const setting = origins[field as typeof lesser]
      const place = setting === null ? "default" : describeOrigin(setting.origin, environment)
      return { name: setting?.name ?? VARIABLES[field as typeof lesser].name, place, setting }
    }) as [Named, Named]
    const problem: ConfigProblem = {
      variable: less.setting === null ? more.name : less.name,
      message:
        `${less.name} (${less.place}): "${values[lesser]}" is more than ${more.name} (${more.place}), ` +
        `${values[greater]}; at most that is allowed`,
      instead: `${VARIABLES[lesser].fallback(environment)} and ${VARIABLES[greater].fallback(environment)}`,
      asked: [less, more].some(({ setting }) => setting?.origin._tag === "CommandLine")
    }
    for (const field of [lesser, greater]) {
      values[field] = VARIABLES[field].fallback(environment)
      origins[field] = null
    }
    return [problem]
  })

interface Named {
  readonly name: string
  readonly place: string
  readonly setting: Setting | null
}

const NAMES: ReadonlyArray<string> = FIELDS.map((field) => VARIABLES[field].name)
const KNOWN: ReadonlySet<string> = new Set(NAMES)

const unknownInEnvironment = (environment: Environment): ReadonlyArray<ConfigProblem> =>
  Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !KNOWN.has(name.slice(PREFIX.length)))
    .map((name) => {
      const near = nearest(name.slice(PREFIX.length), NAMES)
      const guess = didYouMean(near === null ? null : PREFIX + near)
      return {
        variable: name,
        message: `${shown(name)} (environment): there is no such variable${guess}`,
        instead: null,
        asked: false
      }
    })

const problemsOfFile = (file: ConfigFile, environment: Environment): ReadonlyArray<ConfigProblem> => [
  ...file.problems.map(({ line, text }) => ({
    variable: file.path,
    message: `${describePlace(file.path, line, environment)} ${text}`,
    instead: null,
    asked: file.asked && line === null
  })),
  ...file.settings
    .filter(({ variable }) => !KNOWN.has(variable))
    .map(({ name, variable, origin }) => {
      const near = nearest(variable, NAMES)
      const guess = didYouMean(near === null ? null : file.format === "toml" ? near.toLowerCase() : near)
      return {
        variable: name,
        message: `${shown(name)} (${describeOrigin(origin, environment)}): there is no such variable${guess}`,
        instead: null,
        asked: false
      }
    })
]

/**
 * Reads every variable. Problems come all at once; a value that does not fit is passed over, and the next source or the
 * default counts. Never throws.
 *
 * @param given what the command line and the configuration's files say (`readConfigFiles`)
 */
export const readConfig = (environment: Environment, given: Given = NOTHING_GIVEN): ConfigReading => {
  const problems: Array<ConfigProblem> = []
  const values = {} as Record<Field, unknown>
  const origins = {} as Record<Field, Setting | null>
  const read = <K extends Field>(field: K): void => {
    const variable = VARIABLES[field] as Variable<Config[K]>
    const misfits: Array<Setting> = []
    values[field] = undefined
    origins[field] = null
    for (const setting of settingsOf(variable, environment, given)) {
      const decoded = decode(variable, setting.value)
      if (Either.isRight(decoded)) {
        values[field] = decoded.right
        origins[field] = setting
        break
      }
      misfits.push(setting)
    }
    values[field] ??= variable.fallback(environment)
    const instead = formatValue(field, values[field] as Config[K])
    for (const setting of misfits) problems.push(misfit(variable, setting, environment, instead))
  }
  for (const field of FIELDS) read(field)
  problems.push(...checkOrder(values, origins, environment))
  problems.push(...given.files.flatMap((file) => problemsOfFile(file, environment)))
  problems.push(...unknownInEnvironment(environment))
  return { config: values as unknown as Config, problems, origins }
}
