import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { ProgramSize } from "../../src/services/ProgramSize.ts"
import type { TerminalSize } from "../../src/terminal/TerminalSize.ts"

const ROOM: TerminalSize = { columns: 80, rows: 21 }
const SCREEN: TerminalSize = { columns: 110, rows: 23 }
/** Longer than any program is waited for, in milliseconds. */
const LONG = 1000

describe("the size of a program's terminal", () => {
  let applied: Array<TerminalSize>
  let size: ProgramSize

  beforeEach(() => {
    vi.useFakeTimers()
    applied = []
    size = new ProgramSize(ROOM, (next) => applied.push(next))
    size.window(ROOM, SCREEN)
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it("is a block's room", () => {
    size.begin("make")
    for (let i = 0; i < 5; i++) {
      size.printed(false)
      vi.advanceTimersByTime(LONG)
    }
    size.end()
    expect(size.current).toEqual(ROOM)
    expect(applied).toEqual([])
  })

  it("is the screen's once a program has drawn its first picture there, and the block's again once it is back", () => {
    size.begin("git commit")
    size.printed(false)
    size.printed(true)
    vi.advanceTimersByTime(50)
    size.printed(true)
    vi.advanceTimersByTime(50)
    expect(applied).toEqual([])
    vi.advanceTimersByTime(50)
    expect(applied).toEqual([SCREEN])
    size.printed(false)
    expect(applied).toEqual([SCREEN])
    vi.advanceTimersByTime(LONG)
    expect(applied).toEqual([SCREEN, ROOM])
  })

  it("changes for a program that is never silent, too", () => {
    size.begin("cmatrix")
    for (let i = 0; i < 100 && applied.length === 0; i++) {
      size.printed(true)
      vi.advanceTimersByTime(10)
    }
    expect(applied).toEqual([SCREEN])
  })

  it("waits for a program that draws nothing because it has no processor, but not for ever", () => {
    let works = true
    size = new ProgramSize(
      ROOM,
      (next) => applied.push(next),
      () => works
    )
    size.window(ROOM, SCREEN)
    size.begin("other")
    size.printed(true)
    vi.advanceTimersByTime(300)
    expect(applied).toEqual([])
    works = false
    vi.advanceTimersByTime(100)
    expect(applied).toEqual([SCREEN])
    works = true
    size.printed(false)
    vi.advanceTimersByTime(LONG)
    expect(applied).toEqual([SCREEN, ROOM])
  })

  it("does not change for a glance at the other screen", () => {
    size.begin("git commit")
    size.printed(true)
    vi.advanceTimersByTime(LONG)
    size.printed(false)
    vi.advanceTimersByTime(20)
    size.printed(true)
    vi.advanceTimersByTime(LONG)
    expect(applied).toEqual([SCREEN])
  })

  it("is the screen's from the start for a program that is known to take it, and never changes", () => {
    size.begin("vim a.c")
    expect(applied).toEqual([SCREEN])
    // However long it takes.
    vi.advanceTimersByTime(LONG)
    size.printed(true)
    vi.advanceTimersByTime(LONG)
    expect(applied).toEqual([SCREEN])
    size.end()
    expect(applied).toEqual([SCREEN, ROOM])
  })

  it("is the block's for one that was known to take the screen and did not, until it does", () => {
    size.begin("less a.txt")
    size.printed(false)
    vi.advanceTimersByTime(LONG)
    expect(applied).toEqual([SCREEN, ROOM])
    size.end()
    size.begin("less b.txt")
    size.printed(true)
    vi.advanceTimersByTime(LONG)
    size.end()
    expect(applied).toEqual([SCREEN, ROOM, SCREEN, ROOM])
    size.begin("less a.txt")
    expect(size.current).toEqual(SCREEN)
  })

  it("says nothing of a program that ends at once, or that runs a command among the blocks", () => {
    size.begin("vim --version")
    size.printed(false)
    size.end()
    size.begin("vim a.c")
    size.printed(true)
    size.printed(false)
    vi.advanceTimersByTime(LONG)
    expect(size.current).toEqual(ROOM)
    size.end()
    size.begin("vim a.c")
    expect(size.current).toEqual(SCREEN)
  })

  it("follows the window at once", () => {
    const small = { columns: 60, rows: 12 }
    size.window(small, SCREEN)
    expect(applied).toEqual([small])
    size.begin("vim")
    const large = { columns: 200, rows: 60 }
    size.window(small, large)
    expect(applied).toEqual([small, SCREEN, large])
    size.window({ columns: 61, rows: 12 }, large)
    expect(applied).toHaveLength(3)
  })

  it("changes nothing after the end", () => {
    size.begin("git commit")
    size.printed(true)
    size.end()
    vi.advanceTimersByTime(LONG)
    expect(applied).toEqual([])
  })
})
