/**
 * The variables that are read before the program is loaded: by the launcher, and for the first prompt. Light on purpose:
 * no schemas. `config.ts` builds on the same definitions, so that what it reports is what was used.
 */

/** Process environment as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where a variable is looked for. */
export interface VariableName {
  /** Name without the prefix. */
  readonly name: string
  /** True when the bare name is read too. */
  readonly bare: boolean
}

/** A variable that is read early: one of a set of texts. */
export interface EarlyVariable<A extends string> extends VariableName {
  readonly isAllowed: (value: string) => value is A
  readonly default: A
}

/** The full name under which the variable is set or would be, and its text; undefined when it is not set or empty. */
export const lookUp = (
  { name, bare }: VariableName,
  environment: Environment
): { readonly name: string; readonly value: string | undefined } => {
  const prefixed = `EFFECTTALK_${name}`
  const found = environment[prefixed] !== undefined || !bare ? prefixed : name
  return { name: found, value: environment[found] || undefined }
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

/** Whose prompt stands above the editor. */
export const PROMPT: EarlyVariable<"shell" | "own"> = {
  name: "PROMPT",
  bare: false,
  isAllowed: (value) => value === "shell" || value === "own",
  default: "shell"
}

/** The variable's value, or its default where there is none or one that does not fit. */
export const readEarly = <A extends string>(variable: EarlyVariable<A>, environment: Environment): A => {
  const { value } = lookUp(variable, environment)
  return value !== undefined && variable.isAllowed(value) ? value : variable.default
}
