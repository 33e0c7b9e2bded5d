import * as fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { FRAME_MS, type Layer, Presenter, type PresenterError, type Rect } from "../../src/terminal/Presenter.ts"
import { screenWith } from "./screenWith.ts"

const surface = (id: string, z: number, rect: Rect, rows: ReadonlyArray<string>): Layer => ({
  id,
  z,
  rect: () => rect,
  rows: () => rows
})

describe("the picture", () => {
  it("keeps each grapheme of Ink's frame in Ink's column, where its widths and the terminal's differ", async () => {
    const { presenter, settle, emulator } = screenWith({ columns: 20, rows: 4 })
    // Ink counts two columns for each of these; the terminal one for the heart, six for the family.
    presenter.setFrame(["❤️|", "👨‍👩‍👧|", "é|", "🚀|"])
    await settle()
    expect(emulator.cell(2, 0).char).toBe("|")
    expect(emulator.cell(2, 1).char).toBe("|")
    expect(emulator.cell(1, 2).char).toBe("|")
    expect(emulator.cell(2, 3).char).toBe("|")
  })

  it("keeps columns on a terminal whose width table is older", async () => {
    const { presenter, settle, emulator } = screenWith({ columns: 20, rows: 2 })
    // One column for the rocket.
    emulator.xterm.unicode.activeVersion = "6"
    presenter.setFrame(["🚀|"])
    presenter.add(surface("s", 0, { x: 0, y: 1, width: 20, height: 1 }, ["🚀🚀|"]))
    await settle()
    expect(emulator.cell(2, 0).char).toBe("|")
    expect(emulator.cell(4, 1).char).toBe("|")
  })

  it("blanks the half that is left of a wide character under a layer's edge", async () => {
    const { presenter, lines } = screenWith({ columns: 10, rows: 1 })
    presenter.setFrame(["你好你好你"])
    presenter.add(surface("s", 0, { x: 1, y: 0, width: 4, height: 1 }, ["好好好"]))
    expect(await lines()).toEqual([" 好好 好你"])
  })

  it("shows overlays above surfaces below them and under surfaces above them", async () => {
    const { presenter, lines } = screenWith({ columns: 12, rows: 3 })
    presenter.setFrame(["............", "..+------+..", "............"])
    presenter.add({ id: "o", z: 5, rect: () => ({ x: 2, y: 1, width: 8, height: 1 }) })
    presenter.add(surface("above", 6, { x: 4, y: 1, width: 2, height: 1 }, ["##"]))
    presenter.add(surface("below", 0, { x: 0, y: 0, width: 12, height: 3 }, ["aaaaaaaaaaaa", "bbbbbbbbbbbb", "cc"]))
    expect(await lines()).toEqual(["aaaaaaaaaaaa", "bb+-##---+bb", "cc"])
  })

  it("gives the cursor to the highest layer that has one, and hides it under what lies above", async () => {
    const { presenter, settle, emulator } = screenWith({ columns: 12, rows: 3 })
    const at = (column: number): Layer => ({
      ...surface("s", 0, { x: 1, y: 1, width: 10, height: 1 }, ["text"]),
      cursor: () => ({ row: 0, column, shape: "bar" })
    })
    const remove = presenter.add(at(3))
    await settle()
    expect(emulator.cursor).toEqual({ x: 4, y: 1, visible: true, shape: "bar" })
    presenter.add({ id: "o", z: 1, rect: () => ({ x: 3, y: 0, width: 4, height: 3 }) })
    await settle()
    expect(emulator.cursor.visible).toBe(false)
    remove()
    presenter.add(at(9))
    await settle()
    expect(emulator.cursor).toEqual({ x: 10, y: 1, visible: true, shape: "bar" })
  })

  it("keeps painting the rest when a surface throws, and says once which one", async () => {
    const { presenter, lines, errors } = screenWith({ columns: 10, rows: 2 })
    presenter.setFrame(["frame", "frame"])
    const broken: Layer = {
      id: "broken",
      z: 0,
      rect: () => ({ x: 0, y: 0, width: 10, height: 1 }),
      rows: () => {
        throw new Error("no rows")
      }
    }
    presenter.add(broken)
    expect(await lines()).toEqual(["", "frame"])
    presenter.setFrame(["frame", "again"])
    expect(await lines()).toEqual(["", "again"])
    expect(errors).toEqual([{ kind: "layer", layer: "broken", cause: new Error("no rows") }])
  })

  it("keeps looks but no colours under NO_COLOR", async () => {
    const { presenter, settle, emulator, writes } = screenWith({ columns: 20, rows: 2, colorDepth: "none" })
    presenter.setFrame(["\x1b[1;31;48;2;1;2;3mbold\x1b[0m \x1b[4;38;5;9mline\x1b[0m"])
    presenter.add(surface("s", 0, { x: 0, y: 1, width: 20, height: 1 }, ["\x1b[7;92minverse\x1b[0m"]))
    await settle()
    expect(emulator.cell(0, 0)).toMatchObject({ char: "b", bold: true, fg: "default", bg: "default" })
    expect(emulator.cell(5, 0)).toMatchObject({ char: "l", underline: true, fg: "default" })
    expect(emulator.cell(0, 1)).toMatchObject({ char: "i", inverse: true, fg: "default" })
    expect(writes.join("")).not.toMatch(/[;[](3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]/)
  })
})

describe("hostile text", () => {
  const hostile = [
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]0;title\x07",
    "\x1b]8;;file:///etc/passwd\x1b\\link\x1b]8;;\x1b\\",
    '\x1bP$q"p\x1b\\',
    "\x1b[21t\x1b[6n\x1b[c\x05",
    "\x1bc\x1b[2J\x1b[?1049l\x1b[?1000h",
    "\x9b31m\x9d52;c;ZXZpbA==\x9c\u0085",
    "\x07\x08\x0b\x0c\x0e\x0f\x7f",
    "\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",
    "unfinished \x1b[3",
    "unfinished \x1b]52;c;"
  ]

  /** What the presenter may write: printable text and its own few sequences. */
  const OWN_SEQUENCES =
    // biome-ignore lint/complexity/useRegexLiterals: a literal would need every ESC spelt twice
    new RegExp(
      "\\x1b\\[(\\?2026[hl]|\\?25[hl]|[\\d;]*H|\\d*G|0?K|2J|[\\d;:]*m|[0-6] q)|\\x1b\\]8;(id=[\\da-z]+)?;(https?://[!-~]*)?\\x1b\\\\",
      "g"
    )

  it.each(["frame", "surface"])("in a %s reaches the terminal as harmless text", async (where) => {
    const { presenter, settle, emulator, writes } = screenWith({ columns: 60, rows: hostile.length })
    const replies: Array<string> = []
    emulator.onReply = (bytes) => replies.push(bytes)
    const modes = emulator.modes
    if (where === "frame") presenter.setFrame(hostile)
    else presenter.add(surface("s", 0, { x: 0, y: 0, width: 60, height: hostile.length }, hostile))
    await settle()
    expect(replies).toEqual([])
    expect(emulator.clipboard).toEqual([])
    expect(emulator.title).toBe("")
    expect(emulator.bells).toBe(0)
    expect({ ...emulator.modes, alternateScreen: true, autoWrap: false }).toEqual({
      ...modes,
      alternateScreen: true,
      autoWrap: false
    })
    expect(writes.join("").replaceAll(OWN_SEQUENCES, "")).toMatch(/^[^\x00-\x1f\x7f-\x9f]*$/)
    expect(emulator.row(2)).toBe("link")
  })

  it.each(["frame", "surface"])(
    "cannot reorder or join a row with bidi and invisible characters in a %s",
    async (where) => {
      const { presenter, settle, writes } = screenWith({ columns: 40, rows: 1 })
      const text = "a\u202eb\u2066c\u200fd\u061ce\u200bf\ufeffg\u2028h\u{e0041}i"
      if (where === "frame") presenter.setFrame([text])
      else presenter.add(surface("s", 0, { x: 0, y: 0, width: 40, height: 1 }, [text]))
      await settle()
      expect(writes.join("")).not.toMatch(
        /[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u061c\ufeff\u2028]|[\u{e0000}-\u{e007f}]/u
      )
      expect(writes.join("").replaceAll(OWN_SEQUENCES, "").replaceAll(" ", "")).toBe("abcdefghi")
    }
  )

  it("keeps http links of surfaces and closes them before the frame ends", async () => {
    const { presenter, settle, writes } = screenWith({ columns: 40, rows: 1 })
    const rows = ["\x1b]8;id=1;https://example.org/a\x07go\x1b]8;;\x07 on"]
    presenter.add(surface("s", 0, { x: 0, y: 0, width: 40, height: 1 }, rows))
    await settle()
    expect(writes.join("")).toMatch(/\x1b\]8;id=[\da-z]+;https:\/\/example\.org\/a\x1b\\go\x1b\]8;;\x1b\\ on/)
  })
})

/** What may stand in a row: all that makes cells hard. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "bc", " ", "    ", "word ", "─", "│", "x".repeat(9)) },
  { weight: 3, arbitrary: fc.constantFrom("你", "好世", "🚀", "❤️", "é", "👨‍👩‍👧", "🇩🇪", "✓", "⚠️", "ｶﾞ", "한", "नि") },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "\x1b[31m",
      "\x1b[0m",
      "\x1b[1;4m",
      "\x1b[7m",
      "\x1b[48;5;20m",
      "\x1b[38;2;1;2;3m",
      "\x1b[9;53m",
      "\x1b[39;49m",
      "\x1b[22;24m"
    )
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("\t", "\x07", "\x1b[2J", "\x1b]0;t\x07", "\u202e", "\u0301", "\ud83d", "\x1b[")
  }
)

const rowText = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""))

/** One state of the screen; rows are made from a small pool of parts, so that states often share beginnings and ends. */
const states = fc
  .tuple(fc.array(rowText, { minLength: 3, maxLength: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([pool, count]) => {
    const line = fc
      .tuple(fc.constantFrom(...pool), fc.oneof(fc.constant(""), piece), fc.constantFrom(...pool))
      .map((parts) => parts.join(""))
    const layer = fc.record({
      z: fc.integer({ min: 0, max: 3 }),
      x: fc.integer({ min: -3, max: 24 }),
      y: fc.integer({ min: -2, max: 8 }),
      width: fc.integer({ min: 0, max: 20 }),
      height: fc.integer({ min: 0, max: 5 }),
      rows: fc.option(fc.array(line, { maxLength: 5 })),
      cursor: fc.option(fc.record({ row: fc.integer({ min: 0, max: 4 }), column: fc.integer({ min: 0, max: 19 }) }))
    })
    const state = fc.record({
      columns: fc.constantFrom(24, 24, 24, 13),
      rows: fc.constantFrom(7, 7, 7, 4),
      frame: fc.array(line, { minLength: 4, maxLength: 8 }),
      layers: fc.array(layer, { maxLength: 4 })
    })
    return fc.array(state, { minLength: count, maxLength: count })
  })

describe("painting what differs", () => {
  it("leaves the screen that a full repaint leaves", async () => {
    await fc.assert(
      fc.asyncProperty(states, async (sequence) => {
        const first = sequence[0]!
        const screen = screenWith(first)
        let layers: Array<() => void> = []
        const apply = (presenter: Presenter, state: (typeof sequence)[number]) => {
          presenter.setFrame(state.frame)
          return state.layers.map(({ z, rows, cursor, ...rect }, i) =>
            presenter.add({
              id: `layer ${i}`,
              z,
              rect: () => rect,
              ...(rows !== null && { rows: () => rows }),
              cursor: () => cursor
            })
          )
        }
        for (const state of sequence) {
          screen.emulator.xterm.resize(state.columns, state.rows)
          screen.presenter.resize(state.columns, state.rows)
          for (const remove of layers) remove()
          layers = apply(screen.presenter, state)
          const fresh = screenWith(state)
          apply(fresh.presenter, state)
          const [diffed, repainted] = await Promise.all([screen.picture(), fresh.picture()])
          fresh.emulator[Symbol.dispose]()
          expect(diffed).toEqual(repainted)
        }
        screen.presenter.stop()
        screen.emulator[Symbol.dispose]()
        expect(screen.errors).toEqual([])
      }),
      { numRuns: 150 }
    )
  })

  it("paints both cells when a character that stays gains a second one", async () => {
    const heart = "\x1b[41m❤️"
    const screen = screenWith({ columns: 8, rows: 1 })
    screen.presenter.setFrame([heart])
    // A surface's heart has the emulator's one column.
    const remove = screen.presenter.add(surface("s", 0, { x: 0, y: 0, width: 8, height: 1 }, [`${heart}\x1b[0mx`]))
    await screen.settle()
    remove()
    const fresh = screenWith({ columns: 8, rows: 1 })
    fresh.presenter.setFrame([heart])
    expect(await screen.picture()).toEqual(await fresh.picture())
  })

  it("writes nothing when nothing has changed, and only the cell that has", async () => {
    const { presenter, settle, writes } = screenWith({ columns: 120, rows: 40 })
    const frame = Array.from({ length: 40 }, (_, y) => `${y}`.padEnd(60, "-").padEnd(118, "="))
    presenter.setFrame(frame)
    await settle()
    writes.length = 0
    presenter.setFrame([...frame])
    await settle()
    expect(writes).toEqual([])
    presenter.setFrame(frame.map((line, y) => (y === 20 ? `${line.slice(0, 50)}X${line.slice(51)}` : line)))
    await settle()
    expect(writes).toEqual(["\x1b[?2026h\x1b[?25l\x1b[21;51HX\x1b[?2026l"])
  })

  it("paints everything again after `repaint` and `resume`, because something else has written", async () => {
    const { presenter, emulator, lines } = screenWith({ columns: 20, rows: 2 })
    presenter.setFrame(["one", "two"])
    expect(await lines()).toEqual(["one", "two"])
    emulator.write("\x1b[Hsomething else entirely")
    presenter.repaint()
    expect(await lines()).toEqual(["one", "two"])
    presenter.pause()
    emulator.write("\x1b[2J\x1b[Hshell")
    presenter.setFrame(["three", "four"])
    expect(await lines()).toEqual(["shell", ""])
    presenter.resume()
    expect(await lines()).toEqual(["three", "four"])
    // Stopped and continued unannounced: there was no `pause`.
    emulator.write("\x1b[2J")
    presenter.resume()
    expect(await lines()).toEqual(["three", "four"])
  })
})

describe("when it paints", () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const presenterWith = (
    write: (data: string, done: (error?: Error | null) => void) => void,
    onError: (error: PresenterError) => void = () => {}
  ) =>
    new Presenter({
      columns: 20,
      rows: 2,
      colorDepth: "16",
      ambiguity: "narrow",
      output: { write, cursorShape: () => "" },
      onError
    })

  it("paints at the end of the turn, then at most once per frame time", () => {
    const writes: Array<string> = []
    const presenter = presenterWith((data, done) => {
      writes.push(data)
      done()
    })
    presenter.setFrame(["a"])
    presenter.setFrame(["b"])
    expect(writes).toEqual([])
    vi.advanceTimersByTime(0)
    expect(writes).toHaveLength(1)
    presenter.setFrame(["c"])
    vi.advanceTimersByTime(FRAME_MS - 1)
    presenter.setFrame(["d"])
    expect(writes).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(writes).toHaveLength(2)
    expect(writes[1]).toContain("d")
    vi.advanceTimersByTime(FRAME_MS)
    presenter.setFrame(["e"])
    vi.advanceTimersByTime(0)
    expect(writes).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("has one write under way at most, and gives a slow terminal fewer frames", () => {
    const writes: Array<string> = []
    const pending: Array<() => void> = []
    const presenter = presenterWith((data, done) => {
      writes.push(data)
      pending.push(done)
    })
    presenter.setFrame(["a"])
    vi.advanceTimersByTime(0)
    presenter.setFrame(["b"])
    vi.advanceTimersByTime(40)
    presenter.flush()
    expect(writes).toHaveLength(1)
    pending.shift()?.()
    vi.advanceTimersByTime(39)
    expect(writes).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(writes).toHaveLength(2)
  })

  it("reports a terminal that is gone once and stops painting", () => {
    const errors: Array<PresenterError> = []
    let count = 0
    const cause = Object.assign(new Error("write EIO"), { code: "EIO" })
    const presenter = presenterWith(
      (_, done) => {
        count++
        done(cause)
      },
      (error) => errors.push(error)
    )
    presenter.setFrame(["a"])
    vi.advanceTimersByTime(0)
    presenter.setFrame(["b"])
    vi.advanceTimersByTime(1000)
    expect(errors).toEqual([{ kind: "write", cause }])
    expect(count).toBe(1)
  })
})
