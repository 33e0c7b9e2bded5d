import { type BlockHeader, isFinished } from "../domain/Block.ts"
import type { BlockId } from "../domain/ids.ts"

/**
 * Which blocks fold by themselves when they end: successes with many lines. What failed or was interrupted is to be read, and
 * so is what the user has opened or reads.
 */
export class SelfFolding {
  readonly #lines: number
  /** Unfinished blocks that the user has unfolded. */
  readonly #leftOpen = new Set<BlockId>()
  #isRead: (id: BlockId) => boolean = () => false

  /** @param lines a block with more of them folds; 0 folds none */
  constructor(lines: number) {
    this.#lines = lines
  }

  /** Says which blocks are being read, in place of what was said before. */
  reading(isRead: (id: BlockId) => boolean): void {
    this.#isRead = isRead
  }

  /** The user has folded or unfolded blocks: of those that still run the latter stay open. */
  chosen(blocks: ReadonlyArray<BlockHeader>, folded: boolean): void {
    for (const { id, status } of blocks) {
      if (folded) this.#leftOpen.delete(id)
      else if (!isFinished(status)) this.#leftOpen.add(id)
    }
  }

  /** Whether a block that has just ended folds; it is asked once. */
  folds({ id, status, metadata }: BlockHeader): boolean {
    const wasLeftOpen = this.#leftOpen.delete(id)
    if (this.#lines === 0 || status !== "success" || metadata.origin !== undefined) return false
    const lines = metadata.lines + (metadata.stderr?.lines ?? 0)
    return lines > this.#lines && !wasLeftOpen && !this.#isRead(id)
  }
}
