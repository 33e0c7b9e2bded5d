/**
 * What the launcher does before the program is loaded: the first picture, and the user's shell, so that both are under
 * way while the rest is read. Light on purpose: no Effect, no React.
 */
import { closeSync, constants, openSync, readSync } from "node:fs"
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

/** What was typed before the terminal was raw, in bytes; a terminal that is not raw holds no more (N_TTY_BUF_SIZE). */
const MAX_TYPED_BYTES = 4096

/** Reads what waits in the terminal. Opened anew, so that not waiting for more is a matter of this reading alone. */
const takeTyped = (): Uint8Array => {
  const bytes = Buffer.alloc(MAX_TYPED_BYTES)
  try {
    const terminal = openSync("/dev/fd/0", constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    try {
      return bytes.subarray(0, readSync(terminal, bytes))
    } finally {
      closeSync(terminal)
    }
  } catch {
    return bytes.subarray(0, 0) // EAGAIN: nothing was typed
  }
}

/** The outer terminal of this process. */
export const makeOuterTerminal = (onError: (cause: unknown) => void): OuterTerminal =>
  new OuterTerminal({ stdin: process.stdin, stdout: process.stdout, process, onError, takeTyped })

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
