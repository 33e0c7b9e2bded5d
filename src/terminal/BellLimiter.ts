/** Shortest time between two bells, in ms. */
const BELL_GAP_MS = 250
/** Bells that may follow each other without a pause: who has not heard these does not hear more of them either. */
const MAX_BELLS_IN_A_ROW = 5
/** Silence after which bells are counted anew, in ms. */
const BELL_PAUSE_MS = 900

/**
 * Decides which of the bells that programs ring is heard: not more than four a second, and of a program that does not stop
 * ringing (`yes $'\a'`) only the first few, until it was silent for a moment. Plain: the time is given.
 */
export class BellLimiter {
  #asked = Number.NEGATIVE_INFINITY
  #rung = Number.NEGATIVE_INFINITY
  #inARow = 0

  /** Whether a bell at `now` (ms of a clock that never goes back) is to be heard. */
  rings(now: number): boolean {
    if (now - this.#asked >= BELL_PAUSE_MS) this.#inARow = 0
    this.#asked = now
    if (this.#inARow >= MAX_BELLS_IN_A_ROW || now - this.#rung < BELL_GAP_MS) return false
    this.#rung = now
    this.#inARow++
    return true
  }
}
