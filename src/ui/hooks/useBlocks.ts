import type { BlockHeader } from "../../domain/Block.ts"
import { useSession } from "./useSession.ts"

/** The blocks of the session on the screen, oldest first, without their output. */
export const useBlocks = (): ReadonlyArray<BlockHeader> => useSession().blocks
