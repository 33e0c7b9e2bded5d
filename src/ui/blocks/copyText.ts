import type { BlockHeader } from "../../domain/Block.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import type { OutputView } from "../../terminal/OutputView.ts"
import { plain } from "../../terminal/sanitise.ts"
import { outcomeOf } from "./blockHeader.ts"
import type { BlockStreams } from "./blockRows.ts"
import { formatGap } from "./format.ts"
import { blockEnding, fenced, shellSession } from "./pastedBlock.ts"
import { stderrOf } from "./stderrOf.ts"

/** Where line `index` begins in a text; its end where it has fewer lines. */
const lineStart = (text: string, index: number): number => {
  let at = 0
  for (let line = 0; line < index && at !== -1; line++) at = text.indexOf("\n", at) + 1 || -1
  return at === -1 ? text.length : at
}

/** A stream as plain text, with a line that says so where the output limit left lines out. */
const streamText = (output: OutputView | null): string => {
  if (output === null) return ""
  const text = output.text()
  const { lines, bytes, headLines } = output.hidden
  if (lines === 0) return text
  const cut = lineStart(text, headLines)
  return `${text.slice(0, cut)}${formatGap(lines, bytes)}\n${text.slice(cut)}`
}

/**
 * What is copied of a block's output: plain text, stdout and below it, on a line of its own, stderr where it is kept apart.
 * Lines are whole, tabs and trailing blanks are as they were printed.
 *
 * @param shown what is shown in place of the output (a filter): that is copied then
 */
export const copyText = (outputs: BlockStore, block: BlockHeader, shown?: BlockStreams): string => {
  const stdout = shown === undefined ? streamText(outputs.get(block.id)) : (shown.stdout?.text() ?? "")
  const stderr = shown === undefined ? streamText(stderrOf(outputs, block)) : (shown.stderr?.text() ?? "")
  return stdout === "" || stderr === "" || stdout.endsWith("\n") ? stdout + stderr : `${stdout}\n${stderr}`
}

/** Lines of a block that the output limit left out. */
export const hiddenLines = (outputs: BlockStore, block: BlockHeader): number =>
  (outputs.get(block.id)?.hidden.lines ?? 0) + (stderrOf(outputs, block)?.hidden.lines ?? 0)

/** Command and output as they stand in a terminal: `$ make`, then what it printed. */
export const copyBoth = (outputs: BlockStore, block: BlockHeader, shown?: BlockStreams): string =>
  shellSession(plain(block.command), copyText(outputs, block, shown))

/** Command and output for an issue or a wiki: a fenced block, and how it ended where it failed. */
export const copyMarkdown = (outputs: BlockStore, block: BlockHeader, shown?: BlockStreams): string => {
  const both = copyBoth(outputs, block, shown)
  if (both === "") return ""
  const failed = ["failure", "interrupted"].includes(outcomeOf(block))
  return fenced(both) + (failed ? `\n${blockEnding(block)}\n` : "")
}
