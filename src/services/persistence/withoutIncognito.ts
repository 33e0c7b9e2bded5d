import type { BlockHeader } from "../../domain/Block.ts"
import { isIncognitoText } from "../../domain/incognito.ts"
import type { SessionMetadata } from "../../domain/Session.ts"

/** A session, or a whole document of one. */
interface WithBlocks {
  readonly blocks: ReadonlyArray<Pick<BlockHeader, "metadata">>
  readonly metadata: SessionMetadata
}

/** A session as it may be in a file: without incognito blocks, whose numbers stay taken, and without such unsent text. */
export const withoutIncognito = <S extends WithBlocks>(session: S): S => {
  const { metadata } = session
  const blocks = session.blocks.filter((block) => block.metadata.incognito !== true)
  const input = isIncognitoText(metadata.input) ? "" : metadata.input
  if (blocks.length === session.blocks.length) return { ...session, metadata: { ...metadata, input } }
  const lastNumber = Math.max(metadata.lastNumber ?? 0, ...session.blocks.map((block) => block.metadata.number))
  return { ...session, blocks, metadata: { ...metadata, input, lastNumber } }
}
