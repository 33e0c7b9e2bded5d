/**
 * What the launcher does before the program is loaded: the first picture, and the user's shell, so that both are under
 * way while the rest is read. Light on purpose: no Effect, no React.
 */
import { rmSync } from "node:fs"
import { configArguments } from "./cli/configFlags.ts"
import { readConfigFiles } from "./config/configFiles.ts"
import type { Early } from "./Early.ts"
import { PTY_TERM_TYPE, readEarly, SHELL, settingOf } from "./earlyVariables.ts"
import { ENDING_SIGNALS, type EndingSignal } from "./endingSignals.ts"
import { shellPath } from "./shell/shellPath.ts"
import { type SpawnedShell, spawnShell } from "./shell/spawnShell.ts"
import { processTerminal } from "./terminal/processTerminal.ts"

export { loadProgram } from "./loadProgram.ts"

/** How the first picture begins: the header's name. */
const NAME = "\x1b[1mEffectTalk\x1b[0m"
/** And the status line's, so that nothing jumps when the whole screen follows. */
const BADGE = "\x1b[1;7m EDITOR \x1b[0m"

/**
 * Takes the terminal, paints the first picture and starts the shell. Only for `effecttalk` in a terminal, with no argument
 * but `--shell`. Null when there is something else to do, or to say first: nothing has happened then.
 */
export const launch = (argv: ReadonlyArray<string>): Early | null => {
  const environment = { ...process.env } as Record<string, string>
  const directory = process.cwd()
  const { envFile, settings, rest } = configArguments(argv, directory)
  if (rest.length > 0 || envFile !== null || settings.some(({ variable }) => variable !== SHELL.name)) return null
  const given = { flags: settings, files: readConfigFiles(environment) }
  const setting = settingOf(SHELL, environment, given)
  // What does not fit is the program's to say.
  if (settings.length > 0 && setting?.origin._tag !== "CommandLine") return null
  const shellChoice = shellPath(environment, setting, directory)
  if ("problem" in shellChoice) return null
  const terminal = processTerminal()
  let shell: SpawnedShell | null = null
  const abandon = () => {
    terminal.close()
    if (shell === null) return
    try {
      shell.pty.close()
      // A shell that has just been hung up may still be writing its last file: rmSync tries again.
      rmSync(shell.files, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 })
    } catch {} // there is nobody left to do better
  }
  const signals = Object.keys(ENDING_SIGNALS) as ReadonlyArray<EndingSignal>
  const handOverSignals = () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
  const onSignal = (signal: EndingSignal) => {
    abandon()
    handOverSignals()
    process.kill(process.pid, signal)
  }
  for (const signal of signals) process.on(signal, onSignal)

  terminal.enter()
  const { columns, rows } = terminal.size
  terminal.write(`\x1b[2J\x1b[H${NAME}\x1b[${rows};1H${BADGE}`, () => {})
  shell = spawnShell({
    shell: shellChoice.path,
    environment,
    directory,
    term: readEarly(PTY_TERM_TYPE, environment, given),
    columns,
    rows
  })
  return { environment, given, directory, terminal, shellChoice, shell, handOverSignals, abandon }
}
