import { describe, expect, it } from "vitest"
import { LineStore } from "../../src/terminal/LineStore.ts"
import { plainLength, TakenLines } from "../../src/terminal/TakenLines.ts"

const storeOf = (lines: ReadonlyArray<string>, open = "", maxBytes = Infinity): LineStore => {
  const store = new LineStore(maxBytes)
  for (const line of lines) store.appendLine(line)
  store.writeText(open)
  return store
}

describe("what the journal has taken of a store", () => {
  it("is every line once, but for those that may still change", () => {
    const store = storeOf(["a", "b", "c"])
    const taken = new TakenLines(store)
    expect(taken.take(1)).toEqual({ firstLine: 0, lines: ["a", "b"] })
    expect(taken.take(1)).toBeNull()
    expect(taken.changeable).toBe(1)
    store.appendLine("d")
    expect(taken.take(0)).toEqual({ firstLine: 2, lines: ["c", "d"] })
    expect(taken.changeable).toBe(0)
  })

  it("is the open line last, and once", () => {
    const taken = new TakenLines(storeOf(["a"], "open"))
    expect(taken.take(0)).toEqual({ firstLine: 0, lines: ["a"] })
    expect(taken.takeOpen()).toEqual({ firstLine: 1, lines: ["open"] })
    expect(taken.takeOpen()).toBeNull()
    expect(new TakenLines(storeOf(["a"])).takeOpen()).toBeNull()
  })

  it("goes on behind lines that the limit has dropped meanwhile, with their numbers", () => {
    const store = storeOf(["1111", "2222"], "", 20)
    const taken = new TakenLines(store)
    expect(taken.take(0)?.lines).toEqual(["1111", "2222"])
    for (let i = 3; i < 9; i++) store.appendLine(`${i}`.repeat(4))
    const { hidden } = store
    expect(hidden.lines).toBeGreaterThan(0)
    const next = taken.take(0)!
    expect(next.firstLine).toBe(hidden.headLines + hidden.lines)
    expect(next.lines.at(-1)).toBe("8888")
    expect(next.firstLine + next.lines.length).toBe(8)
  })

  it("leaves the rest: of this store, and of what goes on in others", () => {
    const store = storeOf(["a", "b"], "be")
    const taken = new TakenLines(store)
    taken.take(1)
    const screen = storeOf(["gun", "next"], "la")
    const recent = storeOf([], "st")
    expect(taken.untaken([store, screen, recent], "")).toEqual({
      runs: [{ firstLine: 1, lines: ["b", "begun", "next", "last"] }],
      open: true,
      before: 2
    })
    expect(taken.untaken([store, storeOf(["gun"])], "\x1b[m").runs[0]!.lines).toEqual(["b", "begun"])
    expect(taken.untaken([store], "\x1b[m").runs[0]!.lines).toEqual(["b", "be\x1b[m"])
  })

  it("is nothing any more when it begins anew", () => {
    const taken = new TakenLines(storeOf(["a"], "open"))
    taken.take(0)
    taken.takeOpen()
    taken.retake()
    expect(taken.take(0)?.lines).toEqual(["a"])
  })
})

describe("the length of lines", () => {
  it("is that of their plain text in UTF-8, each with a newline", () => {
    expect(plainLength([])).toBe(0)
    expect(plainLength(["ab", ""])).toBe(4)
    expect(plainLength(["\x1b[31mé\x1b[m"])).toBe(3)
  })
})
