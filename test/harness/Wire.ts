/**
 * How much longer something may be under way than it has to be, ms, in a run that looks for races: `TEST_JITTER_MS=40 npm test`.
 * Half of it comes at once all the same, and a twentieth after four times as long.
 */
const JITTER_MS = Number(process.env.TEST_JITTER_MS ?? 0)

const jitter = (): number => {
  if (JITTER_MS === 0 || Math.random() < 0.5) return 0
  return Math.random() < 0.1 ? 4 * JITTER_MS : Math.random() * JITTER_MS
}

/** One direction of a link: what is sent arrives after a while, in its order; at once where nothing is to be waited for. */
export class Wire {
  private readonly delay: number
  private readonly jitter: () => number
  private readonly underWay: Array<{ readonly at: number; readonly arrive: () => void }> = []

  /** @param delay ms, of each thing sent. */
  constructor(delay: number, more: () => number = jitter) {
    this.delay = delay
    this.jitter = more
  }

  send(arrive: () => void): void {
    const late = this.delay + this.jitter()
    if (late === 0 && this.underWay.length === 0) {
      arrive()
      return
    }
    const at = Math.max(performance.now() + late, this.underWay.at(-1)?.at ?? 0)
    if (this.underWay.push({ at, arrive }) === 1) this.deliver()
  }

  private deliver(): void {
    for (;;) {
      const [first] = this.underWay
      if (first === undefined) return
      const left = first.at - performance.now()
      if (left > 0) {
        setTimeout(() => this.deliver(), left)
        return
      }
      first.arrive()
      this.underWay.shift()
    }
  }
}
