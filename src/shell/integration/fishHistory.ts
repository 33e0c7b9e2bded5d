import type { PastCommand } from "./ShellIntegration.ts"

/** `\n` and `\\`, the only escapes of the file. */
const unescaped = (text: string): string => text.replace(/\\(\\|n)/g, (_, char: string) => (char === "n" ? "\n" : "\\"))

const COMMAND = "- cmd: "
const WHEN = /^ {2}when: (\d+)$/

/**
 * The commands of a fish history file, oldest first. An entry is `- cmd: <text>` with the lines `  when: <seconds>` and
 * `  paths:` below it.
 */
export const parsePast = (file: Buffer): ReadonlyArray<PastCommand> => {
  const entries: Array<PastCommand> = []
  for (const line of file.toString("utf8").split("\n")) {
    const last = entries.at(-1)
    if (line.startsWith(COMMAND)) entries.push({ command: unescaped(line.slice(COMMAND.length)), at: null })
    else if (last !== undefined && last.at === null) {
      const [, seconds] = WHEN.exec(line) ?? []
      if (seconds !== undefined) entries[entries.length - 1] = { ...last, at: Number(seconds) * 1000 }
    }
  }
  return entries
}

/** The same without their times. */
export const parseHistory = (file: Buffer): ReadonlyArray<string> => parsePast(file).map(({ command }) => command)
