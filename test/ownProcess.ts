import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Where tests drive the built program, kill processes, or drive shells by a helper of their folder. */
const DRIVES_PROGRAMS = /^(bin|e2e|faults|shell\/table)\//

/**
 * What a test file holds that needs a process of its own: programs and shells that it drives, by the helpers too, and things of which
 * there is one in a process and which it changes or measures: a builtin module, the clock, the directory, signals, the environment,
 * time of the processor, memory.
 */
const NEEDS_A_PROCESS: ReadonlyArray<RegExp> = [
  /from "node:(child_process|module|worker_threads)"/,
  /from "node-pty"/,
  /from ".*\/(Pty|spawnShell|Home|Terminal|TestShell|BareShell|blocks|build|dying|effecttalk|gates|ordinaryUser|piped|processes|realShells|screens|smallDisk|sshd|tmux|tools)\.ts"/,
  /\bvi\.(mock|stub\w+|useFakeTimers)\(/,
  /\bprocess\.(chdir|umask|kill|exit|on|once|cpuUsage|memoryUsage|resourceUsage)\(/,
  /\bprocess\.(env\.\w+|exitCode) = /
]

/** The test files below `folder` that need a process of their own, as paths from `folder`. */
export const filesOfOwnProcess = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => {
    if (!/\.test\.tsx?$/.test(path)) return false
    if (DRIVES_PROGRAMS.test(path)) return true
    const text = readFileSync(join(folder, path), "utf8")
    return NEEDS_A_PROCESS.some((pattern) => pattern.test(text))
  })
