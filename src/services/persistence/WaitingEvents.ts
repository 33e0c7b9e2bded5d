import type { BlockId } from "../../domain/ids.ts"
import type { SessionEvent } from "../../domain/SessionEvent.ts"
import type { NumberedEvent } from "./StoredSession.ts"

/**
 * The events that no file has yet, in order. What they hold of output is bounded (`shed`). Plain: appending costs no more
 * than an array push.
 */
export class WaitingEvents {
  #events: Array<NumberedEvent>
  /** Of the output that waits, in UTF-16 units. */
  #units: number
  /** Events, the oldest, whose lines were let go: they are not looked through again for each that is appended. */
  #shed = 0

  constructor(events: ReadonlyArray<NumberedEvent>) {
    this.#events = [...events]
    this.#units = this.#events.reduce((sum, { event }) => sum + unitsOf(event), 0)
  }

  get length(): number {
    return this.#events.length
  }

  /** The event at an index, 0 for the oldest; undefined behind the last. */
  at(index: number): NumberedEvent | undefined {
    return this.#events[index]
  }

  append(sequence: number, event: SessionEvent): void {
    this.#events.push({ sequence, event })
    this.#units += unitsOf(event)
  }

  /** Output of a block that waits. */
  outputOf(block: BlockId): ReadonlyArray<SessionEvent> {
    return this.#events.flatMap(({ event }) => (event._tag === "OutputFrozen" && event.block === block ? [event] : []))
  }

  /**
   * Lets the lines of the oldest output go until at most `units` (UTF-16) are held. Gives the blocks that have lost lines;
   * their events stay.
   */
  shed(units: number): ReadonlySet<BlockId> {
    const blocks = new Set<BlockId>()
    for (; this.#units > units && this.#shed < this.#events.length; this.#shed++) {
      const index = this.#shed
      const { sequence, event } = this.#events[index]!
      if (event._tag !== "OutputFrozen" || event.lines.length === 0) continue
      blocks.add(event.block)
      this.#units -= unitsOf(event)
      this.#events[index] = { sequence, event: { ...event, lines: [] } }
    }
    return blocks
  }

  /** The first `count` are on disk; gives the number of the last of them, null for none. */
  settle(count: number): number | null {
    const settled = this.#events.splice(0, count)
    for (const { event } of settled) this.#units -= unitsOf(event)
    this.#shed = Math.max(0, this.#shed - count)
    return settled.at(-1)?.sequence ?? null
  }
}

/** What an event holds of output, in UTF-16 units. */
const unitsOf = (event: SessionEvent): number =>
  event._tag === "OutputFrozen" ? event.lines.reduce((sum, line) => sum + line.length + 1, 0) : 0
