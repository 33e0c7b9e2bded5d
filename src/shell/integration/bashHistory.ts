import type { PastCommand } from "./ShellIntegration.ts"

/** A timestamp that bash writes before an entry while HISTTIMEFORMAT is set (bash(1), HISTORY): seconds. */
const TIMESTAMP = /^#(\d{4,})$/

/**
 * The commands of a bash history file, oldest first. With timestamps an entry reaches to the next one and may have
 * several lines; without, every line is an entry, as bash itself reads it.
 */
export const parsePast = (file: Buffer): ReadonlyArray<PastCommand> => {
  const entries: Array<PastCommand> = []
  let stamped: { readonly at: number; readonly lines: Array<string> } | null = null
  const end = () => {
    if (stamped !== null && stamped.lines.length > 0)
      entries.push({ command: stamped.lines.join("\n"), at: stamped.at })
  }
  for (const line of file.toString("utf8").replace(/\n$/, "").split("\n")) {
    const [, seconds] = TIMESTAMP.exec(line) ?? []
    if (seconds !== undefined) {
      end()
      stamped = { at: Number(seconds) * 1000, lines: [] }
    } else if (stamped !== null) stamped.lines.push(line)
    else if (line !== "") entries.push({ command: line, at: null })
  }
  end()
  return entries
}

/** The same without their times. */
export const parseHistory = (file: Buffer): ReadonlyArray<string> => parsePast(file).map(({ command }) => command)
