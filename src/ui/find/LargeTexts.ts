import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import type { PlainText } from "../../terminal/PlainText.ts"

/** Lines from which reading an output from disk takes longer than a slice of a search. */
const LARGE_LINES = 5_000
/** Lines kept at most: some 30 MB. */
const MAX_KEPT_LINES = 300_000

/**
 * Reads outputs for a search. Large ones that come from disk are kept while the search is on: with every key of its pattern
 * they would be read again, and each takes as long as several frames. `forget` lets go of them.
 */
export class LargeTexts {
  readonly #outputs: Pick<BlockStore, "held" | "plainText">
  readonly #maxLines: number
  /** The one read longest ago first. */
  readonly #kept = new Map<string, PlainText>()
  #lines = 0

  constructor(outputs: Pick<BlockStore, "held" | "plainText">, maxLines = MAX_KEPT_LINES) {
    this.#outputs = outputs
    this.#maxLines = maxLines
  }

  /** A stream of a block, null when there is none. */
  read({ id }: Pick<BlockHeader, "id">, stream: OutputStream): PlainText | null {
    const held = this.#outputs.held(id, stream)
    if (held !== null) return held
    const key = `${id}/${stream}`
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const text = this.#outputs.plainText(id, stream)
    if (text !== null && text.lineCount >= LARGE_LINES) this.#keep(key, text)
    return text
  }

  forget(): void {
    this.#kept.clear()
    this.#lines = 0
  }

  #keep(key: string, text: PlainText): void {
    this.#kept.set(key, text)
    this.#lines += text.lineCount
    for (const [oldest, { lineCount }] of this.#kept) {
      if (this.#lines <= this.#maxLines) return
      this.#kept.delete(oldest)
      this.#lines -= lineCount
    }
  }
}
