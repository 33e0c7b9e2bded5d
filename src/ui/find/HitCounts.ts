import type { BlockHeader } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { SEARCH_PARTS, type SearchPart } from "./searchParts.ts"

/** The hits of one piece of a block's text. */
export interface PieceCount {
  readonly part: SearchPart
  readonly firstLine: number
  readonly lines: number
  readonly hits: number
}

/** The hits of a block. */
export interface BlockCount {
  /** What was counted: it is counted again when this differs. */
  readonly stamp: string
  readonly hits: number
  /** From top to bottom, those with hits; of an output that still grows all. */
  readonly pieces: ReadonlyArray<PieceCount>
}

/** Where a hit is among the counts. */
export interface CountedPlace {
  readonly block: BlockId
  readonly part: SearchPart
  /** First line of the piece it is in, and hits after it in that piece. */
  readonly piece: number
  readonly after: number
}

const NO_PIECES: ReadonlyArray<PieceCount> = []

/** What is known of the hits of a pattern, block by block. Plain: a search of thousands of blocks tells of each. */
export class HitCounts {
  #counts = new Map<BlockId, BlockCount>()
  #total = 0

  /** Hits of all blocks that are counted. */
  get total(): number {
    return this.#total
  }

  get(id: BlockId): BlockCount | undefined {
    return this.#counts.get(id)
  }

  /** What a block holds by now, in place of what was known of it. */
  set(id: BlockId, stamp: string, pieces: ReadonlyArray<PieceCount>): void {
    const hits = pieces.reduce((sum, piece) => sum + piece.hits, 0)
    this.#total += hits - (this.#counts.get(id)?.hits ?? 0)
    this.#counts.set(id, { stamp, hits, pieces: pieces.length === 0 ? NO_PIECES : pieces })
  }

  /** Keeps only which blocks have no hit: a pattern that finds less has none there either. */
  keepEmpty(): void {
    const counts = this.#counts
    this.clear()
    for (const [id, count] of counts) if (count.hits === 0) this.#counts.set(id, count)
  }

  /** Forgets blocks that are not there any more. */
  keepOnly(blocks: ReadonlyArray<BlockHeader>): void {
    if (this.#counts.size <= blocks.length) return
    const here = new Set(blocks.map(({ id }) => id))
    for (const [id, { hits }] of this.#counts) {
      if (here.has(id)) continue
      this.#counts.delete(id)
      this.#total -= hits
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts = new Map()
    this.#total = 0
  }

  /** A hit's number from the end of `blocks`, 1 for the last; null while not everything from it on is counted. */
  numberOf(place: CountedPlace, blocks: ReadonlyArray<BlockHeader>): number | null {
    const own = this.#counts.get(place.block)
    if (own === undefined) return null
    let number = place.after + 1
    for (const { part, firstLine, hits } of own.pieces) {
      const later = SEARCH_PARTS.indexOf(part) - SEARCH_PARTS.indexOf(place.part)
      if (later > 0 || (later === 0 && firstLine > place.piece)) number += hits
    }
    for (let index = blocks.length - 1; index >= 0; index--) {
      const { id } = blocks[index]!
      if (id === place.block) return number
      const count = this.#counts.get(id)
      if (count === undefined) return null
      number += count.hits
    }
    return null
  }
}
