/**
 * Longest that work in the background has the event loop at a time, in milliseconds: an eighth of a frame. A step begun at its
 * end and a collection of garbage come on top.
 */
const SLICE_MS = 2

/** How work is cut into slices. */
export interface SliceOptions {
  /** Longest slice, in milliseconds, where it is another than usual: with 0 every step is one. */
  readonly sliceMs?: number
}

/** Cuts long work into slices, so that keys and frames have their turn. */
export class Slices {
  readonly #sliceMs: number
  #begun = performance.now()

  constructor({ sliceMs = SLICE_MS }: SliceOptions = {}) {
    this.#sliceMs = sliceMs
  }

  /** To be waited for between two steps, none of which may take long. */
  async next(): Promise<void> {
    if (performance.now() - this.#begun < this.#sliceMs) return
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#begun = performance.now()
  }
}

/** Work that can be interrupted: it yields between two steps, none of which may take long. */
export type Steps<A> = Generator<void, A>

/** Does all of it at once. */
export const atOnce = <A>(steps: Steps<A>): A => {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/**
 * Does it in slices. Once `signal` is aborted the work is broken off where it stands, as if its last step had thrown the signal's
 * reason, so that it lets go of what it has opened.
 */
export const inSlices = async <A>(steps: Steps<A>, slices: Slices = new Slices(), signal?: AbortSignal): Promise<A> => {
  for (let step = steps.next(); ; step = signal?.aborted === true ? steps.throw(signal.reason) : steps.next()) {
    if (step.done === true) return step.value
    await slices.next()
  }
}
