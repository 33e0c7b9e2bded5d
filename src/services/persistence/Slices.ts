/** Longest that work in the background has the event loop at a time, in milliseconds: a quarter of a frame. */
const SLICE_MS = 4

/** Cuts long work into slices, so that keys and frames have their turn. */
export class Slices {
  #begun = performance.now()

  /** To be waited for between two steps, none of which may take long. */
  async next(): Promise<void> {
    if (performance.now() - this.#begun < SLICE_MS) return
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#begun = performance.now()
  }
}
