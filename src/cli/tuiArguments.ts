/** What `effecttalk` without a subcommand was asked to open. */
export type TuiRequest =
  | { readonly _tag: "New" }
  | { readonly _tag: "Continue" }
  | { readonly _tag: "Resume"; readonly session: string }
  | { readonly _tag: "List" }

/**
 * Reads the few argument lists that open the screen, so that the option parser, its help and its shell completions are
 * loaded only when something else was typed; null then. `--resume` alone lists the sessions.
 */
export const tuiArguments = (argv: ReadonlyArray<string>): TuiRequest | null => {
  const [first, second] = argv
  if (argv.length === 0) return { _tag: "New" }
  if (argv.length === 1 && first === "--continue") return { _tag: "Continue" }
  if (argv.length === 1 && first === "--resume") return { _tag: "List" }
  if (argv.length === 1 && first?.startsWith("--resume=")) return { _tag: "Resume", session: first.slice(9) }
  if (argv.length === 2 && first === "--resume") return { _tag: "Resume", session: second ?? "" }
  return null
}
