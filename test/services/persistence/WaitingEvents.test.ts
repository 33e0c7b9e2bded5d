import { describe, expect, it } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { WaitingEvents } from "../../../src/services/persistence/WaitingEvents.ts"

const ONE = BlockId.make("b1")
const TWO = BlockId.make("b2")
/** Nine characters and a newline: ten units. */
const LINE = "x".repeat(9)

const output = (block: BlockId, ...lines: Array<string>): SessionEvent => {
  return { _tag: "OutputFrozen", block, firstLine: 0, lines }
}
const used: SessionEvent = { _tag: "ShellUsed", at: 0 }

const waitingOf = (...events: ReadonlyArray<SessionEvent>): WaitingEvents =>
  new WaitingEvents(events.map((event, index) => ({ sequence: index + 1, event })))

const lines = (waiting: WaitingEvents) =>
  Array.from({ length: waiting.length }, (_, index) => {
    const { event } = waiting.at(index)!
    return event._tag === "OutputFrozen" ? event.lines.length : null
  })

describe("events that wait for the disk", () => {
  it("leave from the oldest on, with the number of the last that went", () => {
    const waiting = waitingOf(used, output(ONE, LINE))
    waiting.append(3, output(TWO, LINE))
    expect(waiting.settle(0)).toBeNull()
    expect(waiting.settle(2)).toBe(2)
    expect([waiting.length, waiting.at(0)?.sequence, waiting.at(1)]).toEqual([1, 3, undefined])
  })

  it("are read for one block", () => {
    const waiting = waitingOf(output(ONE, "a"), used, output(TWO, "b"), output(ONE, "c"))
    expect(waiting.outputOf(ONE)).toEqual([output(ONE, "a"), output(ONE, "c")])
  })

  it("let the oldest lines go, and only as many as must", () => {
    const waiting = waitingOf(output(ONE, LINE), used, output(TWO, LINE), output(TWO, LINE))
    expect([...waiting.shed(30)]).toEqual([])
    expect([...waiting.shed(19)]).toEqual([ONE, TWO])
    expect(lines(waiting)).toEqual([0, null, 0, 1])
    expect([...waiting.shed(19)]).toEqual([])
    waiting.append(5, output(ONE, LINE, LINE))
    expect([...waiting.shed(20)]).toEqual([TWO])
    expect(lines(waiting)).toEqual([0, null, 0, 0, 2])
  })

  it("have room again when they are on disk", () => {
    const waiting = waitingOf(output(ONE, LINE), output(ONE, LINE), output(ONE, LINE))
    expect(waiting.shed(20).size).toBe(1)
    waiting.settle(2)
    waiting.append(4, output(TWO, LINE))
    expect([...waiting.shed(20)]).toEqual([])
    expect([...waiting.shed(10)]).toEqual([ONE])
    expect(lines(waiting)).toEqual([0, 1])
  })
})
