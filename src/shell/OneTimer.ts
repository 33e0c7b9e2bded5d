/** A timer that waits for one thing at a time: setting it again drops what it waited for. */
export class OneTimer {
  private timer: NodeJS.Timeout | undefined

  /** Calls `then` after `ms`, unless it is set again or stopped before. */
  set(ms: number, then: () => void): void {
    this.stop()
    this.timer = setTimeout(then, ms)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }
}
