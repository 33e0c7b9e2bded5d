import type { PastCommand } from "./ShellIntegration.ts"

/** What stands before a byte that zsh writes XORed with 32 (Meta in zsh.h). */
const META = 0x83

/** A zsh history file's bytes as they were typed. */
const unmetafy = (bytes: Uint8Array): Buffer => {
  const plain = Buffer.alloc(bytes.length)
  let length = 0
  for (let i = 0; i < bytes.length; i++) {
    plain[length++] = bytes[i] === META && i + 1 < bytes.length ? bytes[++i]! ^ 32 : bytes[i]!
  }
  return plain.subarray(0, length)
}

/** A line ends here unless an odd number of backslashes does: those escape the newline. */
const goesOn = (line: string): boolean => /(?:^|[^\\])(?:\\\\)*\\$/.test(line)

/** `: time:duration;` before an entry of EXTENDED_HISTORY: both in seconds. */
const EXTENDED = /^: *(\d+):\d+;/

/**
 * The commands of a zsh history file, oldest first (savehistfile and readhistfile in hist.c): newlines in a command are
 * escaped, a command that ends in a backslash has a blank behind it, one that begins with a colon a backslash before it.
 */
export const parsePast = (file: Uint8Array): ReadonlyArray<PastCommand> => {
  const entries: Array<PastCommand> = []
  /** The lines so far of a command that goes on. */
  let begun: Array<string> = []
  let at: number | null = null
  const end = () => {
    const text = begun.join("\n").replace(/(\\ *) $/, "$1")
    if (text !== "") entries.push({ command: text, at })
    begun = []
  }
  for (const line of unmetafy(file).toString("utf8").split("\n")) {
    const isFirst = begun.length === 0
    if (isFirst) {
      const [, seconds] = EXTENDED.exec(line) ?? []
      at = seconds === undefined ? null : Number(seconds) * 1000
    }
    const text = isFirst ? line.replace(EXTENDED, "").replace(/^\\:/, ":") : line
    const isOpen = goesOn(line)
    begun.push(isOpen ? text.slice(0, -1) : text)
    if (!isOpen) end()
  }
  if (begun.length > 0) end()
  return entries
}

/** The same without their times. */
export const parseHistory = (file: Uint8Array): ReadonlyArray<string> => parsePast(file).map(({ command }) => command)
