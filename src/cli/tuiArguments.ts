/** What a screen may be asked to do besides. */
interface ScreenOptions {
  /** Serve health and metrics: on this port, or on PORT of the configuration (null). */
  readonly metrics?: { readonly port: number | null }
}

/** What `effecttalk` without a subcommand was asked to open. */
export type TuiRequest =
  | ({ readonly _tag: "New" } & ScreenOptions)
  | ({ readonly _tag: "Continue" } & ScreenOptions)
  | ({ readonly _tag: "Resume"; readonly session: string } & ScreenOptions)
  | { readonly _tag: "List" }

const METRICS = "--metrics"

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
  const request = sessionArguments(rest)
  const [option] = options
  if (request === null || option === undefined) return request
  const port = metricsPort(option)
  return port === undefined || options.length > 1 || request._tag === "List" ? null : { ...request, metrics: { port } }
}

/** What is wrong with `--metrics` in arguments that would open a screen without it; null when that is not the matter. */
export const metricsProblem = (argv: ReadonlyArray<string>): string | null => {
  const { options, rest } = metricsOptions(argv)
  const request = sessionArguments(rest)
  if (options.length === 0 || request === null) return null
  if (options.length > 1) return `${METRICS} is there more than once`
  if (request._tag === "List") return `${METRICS} is of no use to a list`
  return metricsPort(options[0]!) === undefined ? `${METRICS}=<port>: a port is a number from 1 to ${MAX_PORT}` : null
}

const metricsOptions = (argv: ReadonlyArray<string>) => {
  const isMetrics = (argument: string) => argument === METRICS || argument.startsWith(`${METRICS}=`)
  return { options: argv.filter(isMetrics), rest: argv.filter((argument) => !isMetrics(argument)) }
}

const sessionArguments = (argv: ReadonlyArray<string>): TuiRequest | null => {
  const [first, second] = argv
  if (argv.length === 0) return { _tag: "New" }
  if (argv.length === 1 && first === "--continue") return { _tag: "Continue" }
  if (argv.length === 1 && first === "--resume") return { _tag: "List" }
  if (argv.length === 1 && first?.startsWith("--resume=")) return { _tag: "Resume", session: first.slice(9) }
  if (argv.length === 2 && first === "--resume") return { _tag: "Resume", session: second ?? "" }
  return null
}
