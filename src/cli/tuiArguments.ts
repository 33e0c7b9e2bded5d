/** What a screen may be asked to do besides. */
interface ScreenOptions {
  /** Serve health and metrics: on this port, or on PORT of the configuration (null). */
  readonly metrics?: { readonly port: number | null }
}

/** How a stored session is opened: `any` reads it where another process writes it, see `SessionRequest`. */
interface StoredOptions extends ScreenOptions {
  readonly access: "any" | "read" | "take"
}

/** What `effecttalk` without a subcommand was asked to open. */
export type TuiRequest =
  | ({ readonly _tag: "New" } & ScreenOptions)
  | ({ readonly _tag: "Continue" } & StoredOptions)
  | ({ readonly _tag: "Resume"; readonly session: string } & StoredOptions)
  | { readonly _tag: "List" }

const METRICS = "--metrics"
const TAKE = "--take"
const READ_ONLY = "--read-only"

/** The highest TCP port. */
const MAX_PORT = 65_535

/** The port of `--metrics` or `--metrics=<port>`: null for that of the configuration, undefined for what is none. */
const metricsPort = (option: string): number | null | undefined => {
  if (option === METRICS) return null
  const digits = option.slice(METRICS.length + 1)
  const port = Number(digits)
  return /^\d+$/.test(digits) && port >= 1 && port <= MAX_PORT ? port : undefined
}

/**
 * Reads the few argument lists that open the screen, so that the option parser, its help and its shell completions are
 * loaded only when something else was typed; null then. `--resume` alone lists the sessions.
 */
export const tuiArguments = (argv: ReadonlyArray<string>): TuiRequest | null => {
  const { options, rest } = metricsOptions(argv)
  const request = accessedSession(rest)
  const [option] = options
  if (request === null || option === undefined) return request
  const port = metricsPort(option)
  return port === undefined || options.length > 1 || request._tag === "List" ? null : { ...request, metrics: { port } }
}

/** What is wrong with `--metrics` in arguments that would open a screen without it; null when that is not the matter. */
export const metricsProblem = (argv: ReadonlyArray<string>): string | null => {
  const { options, rest } = metricsOptions(argv)
  const request = accessedSession(rest)
  if (options.length === 0 || request === null) return null
  if (options.length > 1) return `${METRICS} is there more than once`
  if (request._tag === "List") return `${METRICS} is of no use to a list`
  return metricsPort(options[0]!) === undefined ? `${METRICS}=<port>: a port is a number from 1 to ${MAX_PORT}` : null
}

/** What is wrong with `--take` or `--read-only` in arguments of nothing but options; null when that is not the matter. */
export const accessProblem = (argv: ReadonlyArray<string>): string | null => {
  const { options, rest } = accessOptions(metricsOptions(argv).rest)
  const [option] = options
  if (option === undefined) return null
  const request = sessionArguments(rest)
  if (request === null) return null
  if (request._tag === "New") return `${option} needs --resume <id> or --continue: which session is meant?`
  if (request._tag === "List") return `${option} needs the id of a session behind --resume`
  return options.length > 1 ? `${TAKE} and ${READ_ONLY} do not go together, and once is enough` : null
}

const accessOptions = (argv: ReadonlyArray<string>) => {
  const isAccess = (argument: string) => argument === TAKE || argument === READ_ONLY
  return { options: argv.filter(isAccess), rest: argv.filter((argument) => !isAccess(argument)) }
}

const accessedSession = (argv: ReadonlyArray<string>): TuiRequest | null => {
  const { options, rest } = accessOptions(argv)
  const request = sessionArguments(rest)
  const [option] = options
  if (request === null || option === undefined) return request
  if (request._tag === "New" || request._tag === "List" || options.length > 1) return null
  return { ...request, access: option === TAKE ? "take" : "read" }
}

const metricsOptions = (argv: ReadonlyArray<string>) => {
  const isMetrics = (argument: string) => argument === METRICS || argument.startsWith(`${METRICS}=`)
  return { options: argv.filter(isMetrics), rest: argv.filter((argument) => !isMetrics(argument)) }
}

const sessionArguments = (argv: ReadonlyArray<string>): TuiRequest | null => {
  const [first, second] = argv
  if (argv.length === 0) return { _tag: "New" }
  if (argv.length === 1 && first === "--continue") return { _tag: "Continue", access: "any" }
  if (argv.length === 1 && first === "--resume") return { _tag: "List" }
  if (argv.length === 1 && first?.startsWith("--resume="))
    return { _tag: "Resume", session: first.slice(9), access: "any" }
  if (argv.length === 2 && first === "--resume") return { _tag: "Resume", session: second ?? "", access: "any" }
  return null
}
