/**
 * What the launcher does before the program is loaded: the first picture, and the user's shell, so that both are under
 * way while the rest is read. Light on purpose: no Effect, no React.
 */
import { bashPath } from "./shell/bashPath.ts"
import { type SpawnedShell, spawnShell } from "./shell/spawnShell.ts"
import { OuterTerminal } from "./terminal/OuterTerminal.ts"

export { loadProgram } from "./loadProgram.ts"

/** What is under way already when the program is loaded. */
export interface Early {
  /** The environment EffectTalk was started with, copied before anything changes it. */
  readonly environment: Readonly<Record<string, string>>
  /** Absolute directory EffectTalk was started in. */
  readonly directory: string
  readonly terminal: OuterTerminal
  readonly shell: SpawnedShell
}

/** How the first picture begins: the header's name. */
const NAME = "\x1b[1mEffectTalk\x1b[0m"
/** And the status line's, so that nothing jumps when the whole screen follows. */
const BADGE = "\x1b[1;7m EDITOR \x1b[0m"

/** The outer terminal of this process. */
export const makeOuterTerminal = (onError: (cause: unknown) => void): OuterTerminal =>
  new OuterTerminal({ stdin: process.stdin, stdout: process.stdout, process, onError })

/** Takes the terminal, paints the first picture and starts the shell. Only for a plain `effecttalk` in a terminal. */
export const launch = (): Early => {
  const environment = { ...process.env } as Record<string, string>
  const directory = process.cwd()
  const terminal = makeOuterTerminal(() => {})
  terminal.enter()
  const { columns, rows } = terminal.size
  terminal.write(`\x1b[2J\x1b[H${NAME}\x1b[${rows};1H${BADGE}`, () => {})
  const shell = spawnShell({
    shell: bashPath(environment),
    environment,
    directory,
    term: environment.EFFECTTALK_PTY_TERM_TYPE ?? environment.PTY_TERM_TYPE ?? "xterm-256color",
    columns,
    rows
  })
  return { environment, directory, terminal, shell }
}
