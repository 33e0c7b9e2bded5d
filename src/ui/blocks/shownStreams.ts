import type { BlockHeader } from "../../domain/Block.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import type { BlockList } from "./BlockList.ts"
import type { BlockStreams } from "./blockRows.ts"
import { stderrOf } from "./stderrOf.ts"

/** What the list shows as a block's output, folded or not: the output, or what stands in its place. */
export const shownStreams = (list: BlockList, outputs: BlockStore, block: BlockHeader): BlockStreams =>
  list.view(block.id)?.streams ?? { stdout: outputs.get(block.id), stderr: stderrOf(outputs, block) }
