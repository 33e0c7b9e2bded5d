import * as Context from "effect/Context"
import * as Layer from "effect/Layer"

/** How many commands run in this process, over all its sessions. Plain: a metric reads it at any time. */
export class ProcessSlots extends Context.Tag("effecttalk/ProcessSlots")<
  ProcessSlots,
  {
    /** Takes a slot for a command that is about to run; false when all are taken. */
    readonly take: () => boolean
    /** Gives one back. */
    readonly release: () => void
    /** How many are taken. */
    readonly used: number
    /** How many there are: MAX_CONCURRENT_PROCESSES. */
    readonly max: number
  }
>() {
  /** `max` slots, shared by all who are given this layer. */
  static readonly layer = (max: number) =>
    Layer.sync(this, () => {
      let used = 0
      return ProcessSlots.of({
        take: () => {
          if (used >= max) return false
          used++
          return true
        },
        release: () => void used--,
        get used() {
          return used
        },
        max
      })
    })
}
