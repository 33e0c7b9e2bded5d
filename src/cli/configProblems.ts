/** What is said of a configuration that does not fit: the screen opens all the same, other commands refuse. */
import * as Effect from "effect/Effect"
import type { ConfigProblem, ConfigReading } from "../config/readConfig.ts"
import { CliError } from "./CliError.ts"

/** A problem with what is done about it. */
const withConsequence = ({ message, instead }: ConfigProblem): string =>
  instead === null ? message : `${message}; ${instead || "nothing"} is used`

/** The problems in one line: a status line has no room for more than one of them. Null when there are none. */
export const problemNotice = (problems: ReadonlyArray<ConfigProblem>): string | null => {
  const [first, ...others] = problems
  if (first === undefined) return null
  // The count first: the status line cuts the end.
  if (others.length > 0) return `${problems.length} problems: see effecttalk config --check; ${withConsequence(first)}`
  return withConsequence(first)
}

/** For commands that go on: prints every problem, and what is done about it, on standard error. */
export const warnOf = ({ problems }: ConfigReading): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const problem of problems) process.stderr.write(`effecttalk: ${withConsequence(problem)}\n`)
  })

/** Exit code 2 with every problem, one to a line. */
const refusal = (problems: ReadonlyArray<ConfigProblem>): CliError => {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`
  return new CliError({
    exitCode: 2,
    before: problems.map(({ message }) => message),
    line: `the configuration has ${count}`
  })
}

/**
 * For commands that work unseen: fails (exit code 2) with every problem, since nobody would read a notice there, and a
 * default in a value's place would be found out too late.
 */
export const requireConfig = ({ problems }: ConfigReading): Effect.Effect<void, CliError> =>
  problems.length === 0 ? Effect.void : refusal(problems)

/** For every command: fails (exit code 2) when what was asked for on this very command line does not fit. */
export const requireArguments = ({ problems }: ConfigReading): Effect.Effect<void, CliError> => {
  const asked = problems.filter((problem) => problem.asked)
  return asked.length === 0 ? Effect.void : refusal(asked)
}
