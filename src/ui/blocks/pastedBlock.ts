/** A block in the forms that people paste. */

import type { BlockHeader } from "../../domain/Block.ts"
import { exitText } from "./blockHeader.ts"
import { formatDuration } from "./format.ts"

/** Before a command's first line, and before its others: what shells show by default. */
const PROMPT = "$ "
const CONTINUATION = "> "

/** A command of any number of lines behind its prompts; `""` for none. */
export const promptedCommand = (command: string): string =>
  command === ""
    ? ""
    : command
        .replace(/\n+$/, "")
        .split("\n")
        .map((line, index) => `${index === 0 ? PROMPT : CONTINUATION}${line}\n`)
        .join("")

/** Command and output as they stand in a terminal. */
export const shellSession = (command: string, output: string): string => promptedCommand(command) + output

/** The longest run of backticks in a text. */
export const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0)

/** What opens and closes a Markdown block of code, of `length` backticks or the three that it takes. */
export const fenceOfLength = (length: number): string => "`".repeat(Math.max(3, length))

/** The fence for `text`: no run of backticks in it can close it (CommonMark 4.5). */
export const fenceFor = (text: string): string => fenceOfLength(longestRun(text) + 1)

/** Text as a Markdown block of code. */
export const fenced = (text: string): string => {
  const fence = fenceFor(text)
  return `${fence}console\n${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${fence}\n`
}

/** How a block ended and how long it took, in one line: `exit 2, 1.2s`. */
export const blockEnding = (block: BlockHeader): string => {
  const { startTime, endTime } = block
  const duration = startTime === null || endTime === null ? "" : formatDuration(endTime - startTime)
  return [exitText(block), duration].filter((part) => part !== "").join(", ")
}
