import { realpathSync, statSync } from "node:fs"
import { basename, isAbsolute, resolve } from "node:path"
import type { Setting } from "../config/sources.ts"
import { commandLine, processStatus } from "../platform.ts"
import { findProgram } from "./findProgram.ts"
import { isIntegrated } from "./integration/integrationOf.ts"
import { isInsideEffectTalk } from "./spawnShell.ts"

/** The shell that runs. */
export interface ChosenShell {
  /** Absolute. */
  readonly path: string
  /** Why it is not the one that was wanted, for the user; null when it is. */
  readonly notice: string | null
}

/** The shell to run, or why the one that the command line asked for cannot be. */
export type ShellPath = ChosenShell | { readonly problem: string }

/** Where programs are looked for without a PATH, as execvp(3) does. */
const DEFAULT_PATH = "/bin:/usr/bin"

/** What passwd(5) names where nobody shall log in: they end at once, or worse. */
const NO_SHELLS = new Set(["nologin", "false", "true", "sync", "halt", "shutdown"])

/** How the program itself is called, installed and built. */
const OWN_NAME = /^effecttalk(\.cjs)?$/

type Found = { readonly path: string } | { readonly why: string }

/** A script that starts EffectTalk and was started as the shell of another EffectTalk would be started again for ever. */
const startedUs = (path: string): boolean => {
  const session = processStatus(process.pid)?.session
  if (session === undefined) return false
  // It has become us by `exec`, or waits for us.
  if (session === process.pid) return !isIntegrated(path)
  return `${commandLine(session)} `.includes(` ${path} `)
}

const check = (path: string, environment: Readonly<Record<string, string | undefined>>): Found => {
  let real: string
  try {
    if (!statSync(path).isFile()) return { why: "is not a program" }
    real = realpathSync(path)
  } catch {
    return { why: "does not exist" }
  }
  if (findProgram(path, undefined) === null) return { why: "cannot be executed" }
  if (NO_SHELLS.has(basename(path)) || NO_SHELLS.has(basename(real))) return { why: "takes no commands" }
  const isOurs = [path, real].some((each) => OWN_NAME.test(basename(each)))
  if (isOurs || (isInsideEffectTalk(environment) && startedUs(path))) return { why: "starts EffectTalk itself" }
  return { path }
}

/** By its name, on PATH, or by its path. */
const find = (wanted: string, environment: Readonly<Record<string, string | undefined>>, directory: string): Found => {
  if (wanted.includes("/")) return check(resolve(directory, wanted), environment)
  const found = findProgram(wanted, environment.PATH ?? DEFAULT_PATH)
  return found === null ? { why: "is not on the PATH" } : check(resolve(directory, found), environment)
}

/**
 * The shell that runs: the one that the command line or the configuration names, else `SHELL`, else bash, else sh. What was
 * asked for on the command line runs or is a problem; what is written elsewhere and cannot be used is passed over with a
 * notice.
 *
 * @param setting what names a shell before `SHELL` does, checked to be a text without control characters
 * @param directory absolute directory that relative paths begin at
 */
export const shellPath = (
  environment: Readonly<Record<string, string | undefined>>,
  setting: Setting | null,
  directory: string
): ShellPath => {
  let notice: string | null = null
  const use = (path: string): ChosenShell => ({
    path,
    notice: notice === null ? null : `${notice}: ${basename(path)} runs instead`
  })
  if (setting !== null) {
    const found = find(setting.value, environment, directory)
    if ("path" in found) return use(found.path)
    if (setting.origin._tag === "CommandLine") return { problem: `${setting.name}: ${setting.value} ${found.why}` }
    notice = `${setting.name}: ${setting.value} ${found.why}`
  }
  const { SHELL } = environment
  if (SHELL !== undefined && SHELL !== "") {
    const found = isAbsolute(SHELL) ? check(SHELL, environment) : { why: "is not an absolute path" }
    if ("path" in found) return use(found.path)
    notice ??= `SHELL: ${SHELL} ${found.why}`
  }
  return use(plainShell(environment))
}

/** Absolute path of the first bash on the PATH, or of the first sh. */
export const plainShell = ({ PATH = DEFAULT_PATH }: Readonly<Record<string, string | undefined>>): string => {
  const directories = PATH.split(":").filter(isAbsolute).join(":")
  return findProgram("bash", directories) ?? findProgram("sh", directories) ?? "/bin/sh"
}
