import { type BlockHeader, isFinished } from "../../domain/Block.ts"
import type { BlockOutput } from "../../terminal/BlockOutput.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"

/** A block's stderr; null where it is not kept apart, or nothing was printed to it. */
export const stderrOf = (outputs: BlockStore, { id, status, metadata }: BlockHeader): BlockOutput | null => {
  // Until the block has ended memory has it, and its header may not have an account of it yet.
  if (!isFinished(status)) return outputs.held(id, "stderr")
  return (metadata.stderr?.lines ?? 0) > 0 ? outputs.get(id, "stderr") : null
}
