import { randomInt } from "node:crypto"
import { accessSync, constants, realpathSync, statSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { colorDepthOf } from "../terminal/colorDepth.ts"
import { findProgram } from "./findProgram.ts"
import { integrationOf } from "./integration/integrationOf.ts"
import { type EnvironmentChange, SHELL_FILES, type ShellIntegration } from "./integration/ShellIntegration.ts"
import { openPty, type Pty } from "./Pty.ts"
import { makePrivateDirectory, removeLeftovers, removePrivateDirectory, writePrivateFile } from "./privateDirectory.ts"

/** How a shell is started. */
export interface ShellOptions {
  /** Absolute path of the shell. */
  readonly shell: string
  /** Absolute directory to start in; while there is none, the nearest above it. */
  readonly directory: string
  /** The environment EffectTalk itself was started with; it is copied. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly columns: number
  readonly rows: number
  /** TERM of the commands. */
  readonly term?: string
  /** Exported variables that a resumed session had changed; applied after the user's start files. */
  readonly changes?: EnvironmentChange
  /** It is for one command beside a session: it waits behind the start files for `handOver`, and keeps no history. */
  readonly pooled?: boolean
}

/** A shell that runs but has no driver yet. Nothing it prints is lost: reading starts with the driver. */
export interface SpawnedShell {
  readonly pty: Pty
  readonly integration: ShellIntegration
  /** What it was started with, after its name. */
  readonly arguments: ReadonlyArray<string>
  /** Names of its start files in the private directory. */
  readonly startFiles: ReadonlyArray<string>
  /** The shell's private directory. */
  readonly files: string
  /** Nonce of the first prompt. */
  readonly nonce: number
  /** Where it was started. */
  readonly directory: string
  readonly columns: number
  readonly rows: number
}

/** TERM of the commands when the caller does not say. */
export const DEFAULT_TERM = "xterm-256color"

/** Upper bound of a nonce: 13 digits, so that bash can append a digit and stay within 63 bits. */
const NONCE_LIMIT = 2 ** 43
/** Largest range that `randomInt` takes at once is 2^48; nonces never begin with 0. */
const NONCE_FLOOR = 2 ** 40

/** When what killed processes have left is removed: after the first frame, which nothing shall delay, in ms. */
const LEFTOVERS_AFTER_MS = 1000

/** A number that nobody can guess: about 43 bits. */
export const newNonce = (): number => randomInt(NONCE_FLOOR, NONCE_LIMIT)

/**
 * Starts the user's shell. Plain and light: the launcher calls it before the application is loaded. Throws when no
 * terminal or no private directory can be made.
 */
export const spawnShell = (options: ShellOptions): SpawnedShell => {
  const integration = integrationOf(options.shell)
  const files = makePrivateDirectory(options.environment.XDG_RUNTIME_DIR)
  const nonce = newNonce()
  const directory = enterable(options.directory)
  try {
    const changes = options.changes ?? { set: {}, unset: [] }
    const environment = commandEnvironment(options)
    const init = { directory: files, nonce, changes, pooled: options.pooled === true, environment }
    const begin = integration.start(init)
    for (const [name, text] of Object.entries(begin.files)) {
      writeFileSync(join(files, name), text, { mode: 0o600, flag: "wx" })
    }
    // Made here, so that the shell's umask does not decide who may read them.
    const { start, status, startNames, names, history } = SHELL_FILES
    for (const name of [start, status, startNames, names, history]) {
      writeFileSync(join(files, name), "", { mode: 0o600 })
    }
    const pty = openPty({
      file: shellName(options.shell, environment.PATH),
      args: begin.arguments,
      cwd: directory,
      env: { ...environment, ...begin.environment },
      cols: options.columns,
      rows: options.rows
    })
    setTimeout(() => void removeLeftovers(files), LEFTOVERS_AFTER_MS).unref()
    return {
      pty,
      integration,
      arguments: begin.arguments,
      startFiles: Object.keys(begin.files),
      files,
      nonce,
      directory,
      columns: options.columns,
      rows: options.rows
    }
  } catch (error) {
    removePrivateDirectory(files)
    throw error
  }
}

/**
 * Has a pooled shell go on: in `directory`, with these exported variables on top of its start files' own. What it cannot
 * enter it does not: its first prompt tells where it is. Returns false when nothing can be handed over.
 */
export const handOver = (shell: SpawnedShell, directory: string, changes: EnvironmentChange): boolean => {
  const { files, integration, pty } = shell
  if (!writePrivateFile(files, SHELL_FILES.prepare, integration.prepareFile(directory, changes))) return false
  // The shell looks for this file after it has printed that it waits. If it has, a line on its terminal wakes it; if it
  // has not, it will find the file, and a line would answer whatever its start files may ask.
  if (!writePrivateFile(files, SHELL_FILES.go, "")) return false
  if (pty.peek().includes(integration.waits)) pty.write("\n")
  return true
}

/** The directory, or the nearest above it that can be entered: one of a resumed session may be gone. */
export const enterable = (directory: string): string => {
  try {
    if (statSync(directory).isDirectory()) {
      accessSync(directory, constants.X_OK)
      return directory
    }
  } catch {}
  return directory === "/" ? directory : enterable(dirname(directory))
}

/** What TERM_PROGRAM says in the commands of EffectTalk, as it names every terminal. */
const TERM_PROGRAM = "effecttalk"

/** What other terminals tell of themselves, which is not true of this one. */
const OUTER_TERMINAL = new Set(["LINES", "COLUMNS", "TERM_PROGRAM_VERSION"])

/** Whether an environment is that of a command of EffectTalk's: no other terminal lies between. */
export const isInsideEffectTalk = (environment: Readonly<Record<string, string | undefined>>): boolean =>
  environment.TERM_PROGRAM === TERM_PROGRAM

/**
 * The environment of commands: EffectTalk's own but for what the terminal tells: TERM, COLORTERM, TERM_PROGRAM, the size.
 * An outer terminal that promises 24-bit colours by its TERM alone has its promise kept in COLORTERM, since TERM is
 * another here. A SHELL that is EffectTalk itself becomes the shell that runs in it: what opens `$SHELL` wants a shell.
 */
export const commandEnvironment = (
  options: Pick<ShellOptions, "environment" | "shell" | "term">
): Record<string, string> => {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.environment)) {
    if (value !== undefined && !OUTER_TERMINAL.has(name)) env[name] = value
  }
  if (basename(env.SHELL ?? "").startsWith(TERM_PROGRAM)) env.SHELL = options.shell
  env.TERM_PROGRAM = TERM_PROGRAM
  env.TERM = options.term ?? DEFAULT_TERM
  if (colorDepthOf(options.environment) === "truecolor") env.COLORTERM = "truecolor"
  return env
}

/** The shell's name alone when PATH leads to it, as a login makes it `$0`; the whole path otherwise. */
export const shellName = (shell: string, path: string | undefined): string => {
  const name = basename(shell)
  const found = findProgram(name, path)
  return found !== null && realpathSync(found) === realpathSync(shell) ? name : shell
}
