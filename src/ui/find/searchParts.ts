import { type BlockHeader, isFinished, type OutputStream } from "../../domain/Block.ts"
import type { PlainText } from "../../terminal/PlainText.ts"

/** Where a hit can be: in a block's header (command, name, note) or in one of its outputs. */
export type SearchPart = "header" | OutputStream

/** A block's parts from top to bottom. */
export const SEARCH_PARTS: ReadonlyArray<SearchPart> = ["header", "stdout", "stderr"]

/** A block's header as a search reads it. */
const headerText = ({ command, metadata }: BlockHeader): PlainText => {
  const text = [command, metadata.name ?? "", metadata.note ?? ""].filter((each) => each !== "").join("\n")
  return {
    version: 0,
    lineCount: 1,
    hiddenLines: 0,
    pieceAt: (line) => (line === 0 ? { firstLine: 0, lines: 1, text: () => text } : null)
  }
}

/**
 * The text of a block's part, null when there is none.
 *
 * @param output reads a stream's text, perhaps from disk: not asked for one that has printed nothing
 */
export const textOfPart = (
  block: BlockHeader,
  part: SearchPart,
  output: (block: BlockHeader, stream: OutputStream) => PlainText | null
): PlainText | null => {
  if (part === "header") return headerText(block)
  if (block.status === "idle") return null
  if (part === "stderr" && isFinished(block.status) && (block.metadata.stderr?.lines ?? 0) === 0) return null
  if (part === "stdout" && isFinished(block.status) && block.metadata.lines === 0) return null
  return output(block, part)
}
