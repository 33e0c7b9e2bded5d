/**
 * The one configuration: every variable that EffectTalk reads, its schema, default and documentation.
 *
 * `EFFECTTALK_<NAME>` wins over the bare `<NAME>` of the seeds, because PORT or LOG_LEVEL belong to everybody. Names
 * that EffectTalk invented are read with the prefix only.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { MAX_BLOCK_OUTPUT_BYTES } from "./domain/limits.ts"
import {
  type EarlyVariable,
  type Environment,
  lookUp,
  PROMPT,
  PTY_TERM_TYPE,
  type VariableName
} from "./earlyVariables.ts"

export type { Environment } from "./earlyVariables.ts"

interface Variable<A> extends VariableName {
  readonly schema: Schema.Schema<A, string> | Schema.Schema<A>
  readonly fallback: (environment: Environment) => A
  /** One sentence for `docs/configuration.md`. */
  readonly documentation: string
  /** What is allowed, for error messages. */
  readonly allowed: string
}

const variable = <A>(definition: Variable<A>): Variable<A> => definition

const earlyVariable = <A extends string>(
  early: EarlyVariable<A>,
  texts: Pick<Variable<A>, "documentation" | "allowed">
): Variable<A> => ({
  name: early.name,
  bare: early.bare,
  schema: Schema.String.pipe(Schema.filter(early.isAllowed)),
  fallback: () => early.default,
  ...texts
})

/** Leader keys by the name a user writes, with the byte a terminal sends. */
const LEADERS = { "ctrl+\\": 0x1c, "ctrl+]": 0x1d, "ctrl+^": 0x1e, "ctrl+g": 0x07, "ctrl+o": 0x0f } as const

const home = (environment: Environment): string => environment.HOME ?? "/"

const AbsolutePath = Schema.String.pipe(Schema.filter((path) => path.startsWith("/")))

/** Every variable, by the key of `Config` it fills. */
export const VARIABLES = {
  dataDir: variable({
    name: "DATA_DIR",
    bare: true,
    schema: AbsolutePath,
    fallback: (environment) =>
      environment.XDG_STATE_HOME?.startsWith("/")
        ? `${environment.XDG_STATE_HOME}/effecttalk`
        : `${home(environment)}/.local/state/effecttalk`,
    documentation: "Directory of sessions and logs.",
    allowed: "an absolute path"
  }),
  ptyTermType: earlyVariable(PTY_TERM_TYPE, {
    documentation: "TERM of the commands.",
    allowed: "a terminfo name such as xterm-256color"
  }),
  maxBlockOutputSize: variable({
    name: "MAX_BLOCK_OUTPUT_SIZE",
    bare: true,
    schema: Schema.NumberFromString.pipe(Schema.int(), Schema.between(4096, 4_294_967_296)),
    fallback: () => MAX_BLOCK_OUTPUT_BYTES,
    documentation: "Bytes of output kept per block: the first half and the last half.",
    allowed: "bytes from 4096 to 4294967296"
  }),
  prompt: earlyVariable(PROMPT, {
    documentation: "Whose prompt stands above the editor: the shell's own, or EffectTalk's (directory and branch).",
    allowed: "shell or own"
  }),
  leader: variable({
    name: "LEADER",
    bare: false,
    schema: Schema.Literal(...(Object.keys(LEADERS) as Array<keyof typeof LEADERS>)),
    fallback: () => "ctrl+\\" as const,
    documentation: "The key that takes the keyboard from a running program.",
    allowed: Object.keys(LEADERS).join(", ")
  })
}

/** EffectTalk's configuration, every value checked. Sizes in bytes, times in milliseconds. */
export type Config = { readonly [K in keyof typeof VARIABLES]: Schema.Schema.Type<(typeof VARIABLES)[K]["schema"]> }

/** A variable that does not fit; the default stands in its place. */
export interface ConfigProblem {
  readonly variable: string
  readonly message: string
}

/** The byte that a configured leader key sends. */
export const leaderByte = (leader: Config["leader"]): number => LEADERS[leader]

/** Reads every variable; problems come all at once, each with the default in its value's place. */
export const readConfig = (environment: Environment): { config: Config; problems: ReadonlyArray<ConfigProblem> } => {
  const problems: Array<ConfigProblem> = []
  const read = <A>(definition: Variable<A>): A => {
    const { name, value } = lookUp(definition, environment)
    if (value === undefined) return definition.fallback(environment)
    const decoded = Schema.decodeUnknownEither(definition.schema as Schema.Schema<A, string>)(value)
    if (Either.isRight(decoded)) return decoded.right
    problems.push({
      variable: name,
      message: `${name}: ${JSON.stringify(value.slice(0, 80))} is not ${definition.allowed}; the default is used`
    })
    return definition.fallback(environment)
  }
  const config: Config = {
    dataDir: read(VARIABLES.dataDir),
    ptyTermType: read(VARIABLES.ptyTermType),
    maxBlockOutputSize: read(VARIABLES.maxBlockOutputSize),
    prompt: read(VARIABLES.prompt),
    leader: read(VARIABLES.leader)
  }
  return { config, problems }
}
