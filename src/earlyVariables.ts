/**
 * The variables that are read before the program is loaded: by the launcher, for the first prompt, and to find the
 * configuration's files. Light on purpose: no schemas. The table in `config/variables.ts` builds on the same definitions,
 * so that what is reported is what was used.
 */
import {
  type Environment,
  type Given,
  NOTHING_GIVEN,
  type Setting,
  settingsOf,
  type VariableName
} from "./config/sources.ts"

/** A variable that is read early: one of a set of texts. */
export interface EarlyVariable<A extends string> extends VariableName {
  readonly isAllowed: (value: string) => value is A
  readonly default: A
}

/** A terminfo name, of 64 characters at most. */
const TERM_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/

/** TERM of the commands. */
export const PTY_TERM_TYPE: EarlyVariable<string> = {
  name: "PTY_TERM_TYPE",
  bare: true,
  isAllowed: (value): value is string => TERM_NAME.test(value),
  default: "xterm-256color"
}

/** Longest path of Linux, in bytes (PATH_MAX of linux/limits.h). */
const MAX_PATH_BYTES = 4096

/** The shell that runs, before SHELL decides; empty for nobody's wish. */
export const SHELL: EarlyVariable<string> = {
  name: "SHELL",
  bare: false,
  isAllowed: (value): value is string =>
    value !== "" && !/\p{Cc}/u.test(value) && Buffer.byteLength(value) < MAX_PATH_BYTES,
  default: ""
}

/** Whose prompt stands above the editor. */
export const PROMPT: EarlyVariable<"shell" | "own"> = {
  name: "PROMPT",
  bare: false,
  isAllowed: (value) => value === "shell" || value === "own",
  default: "shell"
}

/** Which `.env.<NODE_ENV>` is read. */
export const NODE_ENV: EarlyVariable<"development" | "production" | "test"> = {
  name: "NODE_ENV",
  bare: true,
  isAllowed: (value) => value === "development" || value === "production" || value === "test",
  default: "production"
}

/** Where the first value that fits was written; null for the default. */
export const settingOf = <A extends string>(
  variable: EarlyVariable<A>,
  environment: Environment,
  given: Given = NOTHING_GIVEN
): Setting | null => settingsOf(variable, environment, given).find(({ value }) => variable.isAllowed(value)) ?? null

/** The first value that fits, or the default. */
export const readEarly = <A extends string>(
  variable: EarlyVariable<A>,
  environment: Environment,
  given: Given = NOTHING_GIVEN
): A => {
  for (const { value } of settingsOf(variable, environment, given)) if (variable.isAllowed(value)) return value
  return variable.default
}
