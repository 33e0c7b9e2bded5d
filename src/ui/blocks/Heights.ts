/**
 * Heights in rows of a list's items, with sums in O(log n): a Fenwick tree (P. M. Fenwick, "A new data structure for
 * cumulative frequency tables", 1994). Plain arrays: it is read and written for every frame of a 10,000-block session.
 */
export class Heights {
  readonly #heights: Array<number> = []
  /** `#tree[i]` sums the `i & -i` heights that end with item `i - 1`; index 0 is unused. */
  readonly #tree: Array<number> = [0]

  /** Number of items. */
  get length(): number {
    return this.#heights.length
  }

  /** Rows of all items. */
  get total(): number {
    return this.before(this.#heights.length)
  }

  /** Rows of one item; 0 outside the list. */
  get(index: number): number {
    return this.#heights[index] ?? 0
  }

  /** Adds an item at the end. */
  push(height: number): void {
    this.#heights.push(height)
    const position = this.#heights.length
    let sum = height
    for (let below = position - 1; below > position - (position & -position); below -= below & -below)
      sum += this.#tree[below]!
    this.#tree.push(sum)
  }

  /** Changes one item's height; an index outside the list is ignored. */
  set(index: number, height: number): void {
    const old = this.#heights[index]
    if (old === undefined || old === height) return
    this.#heights[index] = height
    for (let i = index + 1; i < this.#tree.length; i += i & -i) this.#tree[i]! += height - old
  }

  /** Drops the items from `length` on. */
  truncate(length: number): void {
    if (length >= this.#heights.length) return
    this.#heights.length = length
    // A node sums items before it only, so what is kept stays right.
    this.#tree.length = length + 1
  }

  /** Rows of the items before `index`. */
  before(index: number): number {
    let sum = 0
    for (let i = Math.min(index, this.#heights.length); i > 0; i -= i & -i) sum += this.#tree[i]!
    return sum
  }

  /** The item that holds row `row` of the whole list, and which of its rows that is; clamped to the list. */
  find(row: number): { readonly index: number; readonly row: number } {
    const size = this.#heights.length
    if (size === 0) return { index: 0, row: 0 }
    let rest = Math.max(0, row)
    let index = 0
    for (let step = 2 ** Math.floor(Math.log2(size)); step >= 1; step /= 2) {
      const next = index + step
      if (next <= size && this.#tree[next]! <= rest) {
        index = next
        rest -= this.#tree[next]!
      }
    }
    if (index < size) return { index, row: rest }
    return { index: size - 1, row: Math.max(0, this.get(size - 1) - 1) }
  }
}
