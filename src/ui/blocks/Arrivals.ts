import type { BlockId } from "../../domain/ids.ts"

/** How much was printed since a view was held. Plain: it hears of every change of an output. */
export class Arrivals {
  readonly #known = new Map<BlockId, number>()
  #lines = 0

  /** Lines that have come. */
  get lines(): number {
    return this.#lines
  }

  /** Begins anew. */
  reset(): void {
    this.#known.clear()
    this.#lines = 0
  }

  /** Remembers how many lines a block has that may go on printing. */
  expect(id: BlockId, lines: number): void {
    this.#known.set(id, lines)
  }

  /**
   * Counts what a block has more of than when it was last heard of.
   *
   * @param before its lines until now, for one that nobody expected to print
   */
  note(id: BlockId, before: number, now: number): void {
    const known = this.#known.get(id) ?? before
    this.#known.set(id, now)
    // Lines that a program takes back and prints again are not new.
    if (now > known) this.#lines += now - known
    else this.#known.set(id, known)
  }
}
