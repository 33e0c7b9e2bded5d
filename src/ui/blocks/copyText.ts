import type { BlockHeader } from "../../domain/Block.ts"
import { partsOf } from "../../export/ExportedBlock.ts"
import type { BlockOutput } from "../../terminal/BlockOutput.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import { plain } from "../../terminal/sanitise.ts"
import { outcomeOf } from "./blockHeader.ts"
import type { BlockStreams } from "./blockRows.ts"
import { formatGap } from "./format.ts"
import { blockEnding, fenced, shellSession } from "./pastedBlock.ts"
import { stderrOf } from "./stderrOf.ts"

/** A stream as plain text, with a line that says so where the output limit left lines out. */
function* streamPieces(output: BlockOutput | null): Generator<string> {
  if (output === null) return
  const { lines, bytes, headLines } = output.hidden
  if (lines === 0) return yield* output.textPieces()
  const stream = { pieces: () => output.textPieces(), gap: { lines, bytes }, headLines }
  for (const part of partsOf(stream)) yield typeof part === "string" ? part : `${formatGap(part.lines, part.bytes)}\n`
}

/**
 * What is copied of a block's output, in pieces: plain text, stdout and below it, on a line of its own, stderr where it is
 * kept apart. Lines are whole, tabs and trailing blanks are as they were printed.
 *
 * @param shown what is shown in place of the output (a filter): that is copied then
 */
export function* copyPieces(outputs: BlockStore, block: BlockHeader, shown?: BlockStreams): Generator<string> {
  const stdout = shown === undefined ? streamPieces(outputs.get(block.id)) : [shown.stdout?.text() ?? ""]
  const stderr = shown === undefined ? streamPieces(stderrOf(outputs, block)) : [shown.stderr?.text() ?? ""]
  let isLineEnded = true
  for (const piece of stdout) {
    if (piece !== "") isLineEnded = piece.endsWith("\n")
    yield piece
  }
  for (const piece of stderr) {
    if (piece === "") continue
    yield isLineEnded ? piece : `\n${piece}`
    isLineEnded = true
  }
}

/** The same, whole. */
export const copyText = (outputs: BlockStore, block: BlockHeader, shown?: BlockStreams): string =>
  [...copyPieces(outputs, block, shown)].join("")

/** Lines of a block that the output limit left out. */
export const hiddenLines = (outputs: BlockStore, block: BlockHeader): number =>
  (outputs.get(block.id)?.hidden.lines ?? 0) + (stderrOf(outputs, block)?.hidden.lines ?? 0)

/** Command and output as they stand in a terminal: `$ make`, then what it printed. */
export const bothText = (block: BlockHeader, output: string): string => shellSession(plain(block.command), output)

/** Command and output for an issue or a wiki: a fenced block, and how it ended where it failed. */
export const markdownText = (block: BlockHeader, output: string): string => {
  const both = bothText(block, output)
  if (both === "") return ""
  const failed = ["failure", "interrupted"].includes(outcomeOf(block))
  return fenced(both) + (failed ? `\n${blockEnding(block)}\n` : "")
}
