import type { BlockHeader } from "../domain/Block.ts"
import { writtenText } from "./slashCommands.ts"

/** Whether a block's command was written by the user: not output without one, nor the name of a plain shell. */
const wasWritten = ({ command, metadata }: BlockHeader): boolean => command !== "" && metadata.plain !== true

/** The commands of blocks that a session had when it was opened: its shell may have kept them too. */
export const storedCommands = (blocks: ReadonlyArray<BlockHeader>): ReadonlySet<string> =>
  new Set(blocks.filter(wasWritten).map(({ command }) => command))

/**
 * What Up walks through, oldest first: what the shell's own history held before the session was opened, then the session's
 * commands. A resumed session's earlier commands are usually in both: they are where the session has them.
 *
 * @param stored see `storedCommands`
 */
export const pastCommands = (
  ofShell: ReadonlyArray<string>,
  blocks: ReadonlyArray<BlockHeader>,
  stored: ReadonlySet<string>
): ReadonlyArray<string> => [
  ...(stored.size === 0 ? ofShell : ofShell.filter((command) => !stored.has(command))),
  ...blocks.filter(wasWritten).map(writtenText)
]
