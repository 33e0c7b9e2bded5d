/** How long a command's start or end may wait for the disk before the screen says so, in milliseconds. */
export const LATE_SAVE_MS = 250

/** Knows whether a command's start or end waits unusually long for the disk, which is slow and has not failed. */
export class LateSave {
  readonly #onLate: () => void
  #newest = 0
  #durable = 0
  #isLate = false
  #timer: NodeJS.Timeout | null = null

  /** @param onLate called when the wait has become long; its end comes with `settled` */
  constructor(onLate: () => void) {
    this.#onLate = onLate
  }

  get isLate(): boolean {
    return this.#isLate
  }

  /** Event `sequence` is on its way to the disk. */
  expect(sequence: number): void {
    this.#newest = sequence
    if (this.#timer === null && !this.#isLate) this.#watch(sequence)
  }

  /** Everything up to event `durable` is there. */
  settled(durable: number): void {
    this.#durable = durable
    if (durable >= this.#newest) this.#isLate = false
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #watch(sequence: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (this.#durable < sequence) {
        this.#isLate = true
        this.#onLate()
      } else if (this.#durable < this.#newest) this.#watch(this.#newest)
    }, LATE_SAVE_MS)
    this.#timer.unref()
  }
}
