/** `\n` and `\\`, the only escapes of the file. */
const unescaped = (text: string): string => text.replace(/\\(\\|n)/g, (_, char: string) => (char === "n" ? "\n" : "\\"))

/**
 * The commands of a fish history file, oldest first. An entry is `- cmd: <text>` with the lines `  when: <seconds>` and
 * `  paths:` below it.
 */
export const parseHistory = (file: Buffer): ReadonlyArray<string> =>
  file
    .toString("utf8")
    .split("\n")
    .filter((line) => line.startsWith("- cmd: "))
    .map((line) => unescaped(line.slice("- cmd: ".length)))
