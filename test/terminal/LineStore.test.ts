import { describe, expect, it } from "vitest"
import { LineStore } from "../../src/terminal/LineStore.ts"

const filled = (lines: ReadonlyArray<string>, maxBytes = Infinity): LineStore => {
  const store = new LineStore(maxBytes)
  for (const line of lines) store.appendLine(line)
  return store
}
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}`)

describe("LineStore", () => {
  it("gives lines back across chunks", () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `${i} ${"é".repeat(i % 90)}`)
    const store = filled(lines)
    expect(store.lines(0, 5_000)).toEqual(lines)
    expect(store.line(4_321)).toBe(lines[4_321])
    expect(store.lines(1_000, 1_010)).toEqual(lines.slice(1_000, 1_010))
    expect(store.line(5_000)).toBe("")
    expect(store.text()).toBe(`${lines.join("\n")}\n`)
  })

  it("takes lines back, the gap and the other half untouched", () => {
    const store = filled(numbered(20))
    expect(store.takeLast(3)).toEqual(["line 17", "line 18", "line 19"])
    expect(store.lineCount).toBe(17)
    store.appendLine("again")
    expect(store.line(17)).toBe("again")
    expect(store.takeLast(100)).toHaveLength(18)
    expect(store.lineCount).toBe(0)
    store.appendLine("first")
    expect(store.text()).toBe("first\n")

    const limited = filled(numbered(1_000), 1_000)
    const { headLines, lines: dropped } = limited.hidden
    const tail = limited.lineCount - headLines
    expect(limited.takeLast(1_000)).toEqual(numbered(1_000).slice(-tail))
    expect(limited.hidden).toMatchObject({ headLines, lines: dropped })
    limited.appendLine("on it goes")
    expect(limited.line(headLines)).toBe("on it goes")
  })

  it("opens its head again when the lines beyond it are taken back before any was lost", () => {
    const store = filled(numbered(100), 1_000)
    const before = filled(numbered(80), 1_000)
    expect(before.takeLast(60)).toHaveLength(60)
    for (const line of numbered(100).slice(20)) before.appendLine(line)
    expect(before.text()).toBe(store.text())
    expect(before.hidden).toEqual(store.hidden)
  })

  it("counts rows once per width and follows what is dropped", () => {
    const store = new LineStore(20_000)
    const expected = () =>
      store.lines(0, store.completeLines).reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / 7)), 0)
    for (let i = 0; i < 3_000; i++) {
      store.appendLine("x".repeat(i % 40))
      if (i % 100 === 0) expect(store.rowCount(7)).toBe(expected())
    }
    expect(store.rowCount(7)).toBe(expected())
    expect(store.hidden.lines).toBeGreaterThan(0)
    const all = store.rows(7, 0, 100_000)
    expect(all).toHaveLength(store.rowCount(7))
    expect(store.rows(7, 1_234, 40)).toEqual(all.slice(1_234, 1_274))
  })

  it("takes over another store with its open line", () => {
    const one = filled(["a"])
    const other = filled(["b\tc", "d"])
    other.writeText("open")
    one.writeText(">")
    one.appendStore(other)
    expect(one.text()).toBe("a\n>b\tc\nd\nopen")
    expect(other.lineCount).toBe(0)
    one.writeText("!")
    one.endLine()
    expect(one.line(3)).toBe("open!")
  })

  it("keeps short lines in few bytes", () => {
    const store = new LineStore()
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 1_000_000; i++) store.appendLine("0123456789")
    store.compact()
    const perLine = (process.memoryUsage().arrayBuffers - before) / 1_000_000
    expect(store.rowCount(80)).toBe(1_000_000)
    // The text, its newline, four bytes of offset, and slack that is not collected yet.
    expect(perLine).toBeLessThan(40)
    expect(store.line(999_999)).toBe("0123456789")
  })

  it("measures a growing open line by what is new", () => {
    const store = new LineStore()
    let column = 0
    for (let i = 0; i < 200; i++) {
      store.writeText(i % 3 === 0 ? "日本" : "abc")
      store.mixed = true
      column = store.openEnd(1_000_000).column
    }
    expect(column).toBe(67 * 4 + 133 * 3)
    expect(store.openEnd(10).row).toBeGreaterThan(60)
    expect(store.rowCount(10)).toBe(store.rows(10, 0, 10_000).length)
  })
})
