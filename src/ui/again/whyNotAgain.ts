import type { BlockHeader } from "../../domain/Block.ts"

/** What a block is called in a sentence: `b12`, the number in its header. */
export const blockLabel = ({ metadata }: BlockHeader): string => `b${metadata.number}`

/**
 * Why a block has no command to run again; null when it has one. What runs again is the text that was submitted for the
 * block, never anything read from an output.
 */
export const whyNotAgain = (block: BlockHeader): string | null => {
  const { origin, plain } = block.metadata
  if (origin === "start") return `${blockLabel(block)} has no command: the shell's start files printed it`
  if (origin === "background") return `${blockLabel(block)} has no command: a job in the background printed it`
  if (plain === true) return `${blockLabel(block)} is a plain shell: what was typed there is in its own history`
  return block.command.trim() === "" ? `${blockLabel(block)} has no command` : null
}
