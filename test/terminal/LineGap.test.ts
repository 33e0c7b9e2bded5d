import { describe, expect, it } from "vitest"
import { LineGap } from "../../src/terminal/LineGap.ts"

/** A gap of `dropped` lines of 10 bytes behind `head` lines. */
const gapBehind = (head: number, dropped: number): LineGap => {
  const gap = new LineGap()
  gap.endHead(1, head)
  for (let i = 0; i < dropped; i++) gap.drop(10)
  return gap
}

describe("the gap in a store's lines", () => {
  it("is none until a line is dropped, also when the head is full", () => {
    expect(gapBehind(5, 0).hidden).toEqual({ lines: 0, bytes: 0, headLines: 0 })
    expect(gapBehind(5, 3).hidden).toEqual({ lines: 3, bytes: 30, headLines: 5 })
  })

  it("is where the first line was cut, while no line is missing", () => {
    const gap = new LineGap()
    gap.cut(7)
    gap.cut(9)
    gap.hiddenBytes += 100
    expect(gap.hidden).toEqual({ lines: 0, bytes: 100, headLines: 8 })
  })

  it("divides lines by what was printed: up to it, or from behind it", () => {
    const gap = gapBehind(5, 3)
    expect(gap.span(2, 20)).toEqual({ firstLine: 2, from: 2, to: 5 })
    expect(gap.span(5, 20)).toEqual({ firstLine: 8, from: 5, to: 17 })
    expect(gap.span(7, 20)).toEqual({ firstLine: 8, from: 5, to: 17 })
    expect(gap.span(10, 20)).toEqual({ firstLine: 10, from: 7, to: 17 })
    expect(gap.span(6, 8)).toBeNull()
    expect(gap.span(20, 20)).toBeNull()
    expect(new LineGap().span(2, 20)).toEqual({ firstLine: 2, from: 2, to: 20 })
  })

  it("lets the head go on when its lines were taken out, but not once something is missing behind it", () => {
    const gap = gapBehind(5, 0)
    gap.left(5)
    expect(gap.headChunks).toBe(1)
    gap.left(4)
    expect(gap.headChunks).toBe(Infinity)
    const open = gapBehind(5, 1)
    open.left(4)
    expect(open.headChunks).toBe(1)
    open.clear()
    expect([open.headChunks, open.hidden]).toEqual([Infinity, { lines: 0, bytes: 0, headLines: 0 }])
  })
})
