/**
 * A timer that waits for one thing at a time: setting it again drops what it waited for. It waits for somebody's silence,
 * so what has come meanwhile is read first: a turn of the event loop that takes long ends with both, and Node runs timers
 * before it reads.
 */
export class OneTimer {
  private timer: NodeJS.Timeout | undefined
  private afterReading: NodeJS.Immediate | undefined

  /** Calls `then` after `ms` and what could be read by then, unless it is set again or stopped before. */
  set(ms: number, then: () => void): void {
    this.stop()
    this.timer = setTimeout(() => {
      this.afterReading = setImmediate(then)
    }, ms)
  }

  stop(): void {
    clearTimeout(this.timer)
    clearImmediate(this.afterReading)
    this.timer = undefined
    this.afterReading = undefined
  }
}
