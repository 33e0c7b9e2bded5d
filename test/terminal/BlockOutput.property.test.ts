import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BlockOutput } from "../../src/terminal/BlockOutput.ts"
import { Emulator } from "../../src/terminal/Emulator.ts"
import { ProgramTalk } from "../../src/terminal/ProgramTalk.ts"
import { plain } from "../../src/terminal/sanitise.ts"
import { plainLength } from "../../src/terminal/TakenLines.ts"
import { initialModes } from "../../src/terminal/TerminalModes.ts"

const COLUMNS = 20
const ROWS = 6

const output = (columns = COLUMNS, rows = ROWS) =>
  new BlockOutput({ columns, rows, onChange: () => {}, onReply: () => {} })

const finished = (stream: ReadonlyArray<Uint8Array>, columns = COLUMNS, rows = ROWS): BlockOutput => {
  const block = output(columns, rows)
  for (const bytes of stream) block.write(bytes)
  block.finish(() => {})
  return block
}

/** Everything a reader can learn. */
const seen = (block: BlockOutput) => ({
  lines: Array.from({ length: block.lineCount }, (_, index) => block.line(index)),
  text: block.text(),
  rows: block.rows(7, 0, 1_000),
  cursor: block.cursor(COLUMNS),
  screen: block.screen(),
  modes: { ...block.modes },
  alternate: block.alternate,
  hidden: block.hidden,
  open: block.isOpen
})

/** What an emulator alone makes of a stream: its logical lines, those on the screen included. */
const emulated = (stream: string, columns = COLUMNS, rows = ROWS) => {
  const lines: Array<string> = []
  let part = ""
  const emulator = new Emulator({
    columns,
    rows,
    modes: initialModes(),
    talk: new ProgramTalk({ onReply: () => {}, onRequest: () => {} }),
    onLine: (text, ended) => {
      part += text
      if (!ended) return
      lines.push(part)
      part = ""
    }
  })
  emulator.write(stream)
  emulator.handOut()
  const live = emulator.live()
  const screen = emulator.screen()
  emulator.dispose()
  const before = BlockOutput.fromLines([...lines, ...live.lines], { lines: 0, bytes: 0, headLines: 0 })
  return { rows: before.rows(columns, 0, 10_000), screen, open: live.open }
}

/** Blanks at a row's end: cells that were skipped over and left alone are the same to the eye. */
const trimmed = (rows: ReadonlyArray<string>) => rows.map((row) => row.replace(/ +$/, ""))

const split = (bytes: Uint8Array, cuts: ReadonlyArray<number>): Array<Uint8Array> => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place))
}
const cuts = fc.array(fc.nat({ max: 4_000 }), { maxLength: 12 })

const sgr = fc
  .array(
    fc.oneof(
      fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 21, 22, 23, 24, 25, 27, 28, 29, 39, 49, 53, 55, 59).map(String),
      fc.integer({ min: 30, max: 37 }).map(String),
      fc.integer({ min: 90, max: 97 }).map(String),
      fc.integer({ min: 0, max: 255 }).map((n) => `38;5;${n}`),
      fc.integer({ min: 0, max: 255 }).map((n) => `58;5;${n}`),
      fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map(([r, g, b]) => `38;2;${r};${g};${b}`),
      fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map(([r, g, b]) => `38:2::${r}:${g}:${b}`),
      fc.nat(255).map((n) => `38:5:${n}`),
      fc.integer({ min: 0, max: 5 }).map((n) => `4:${n}`)
    ),
    { maxLength: 4 }
  )
  .map((list) => `\x1b[${list.join(";")}m`)
/** A background that is gone before the line ends: terminals disagree about what a line feed paints with one. */
const background = fc
  .tuple(fc.constantFrom("41", "104", "48;5;77", "48;2;1;2;3"), fc.stringMatching(/^[a-z ]{1,6}$/))
  .map(([code, text]) => `\x1b[${code}m${text}\x1b[49m`)
const ascii = fc.stringMatching(/^[ -~]{1,12}$/)
const wide = fc.stringMatching(/^[日本語の漢字한국🚀✅é—ж█⠋]{1,8}$/u)
const appended = fc.oneof(
  { weight: 4, arbitrary: ascii },
  { weight: 2, arbitrary: wide },
  { weight: 2, arbitrary: sgr },
  background,
  fc.constantFrom(
    "\t",
    "\t\t",
    "\r\n",
    "\r\n",
    "\r\r\n",
    "\x1b[K",
    "\x1b[0K",
    "\x07",
    "\x1b(B",
    "\x1b]0;title\x07",
    "\x1b[?25l"
  ),
  fc.constantFrom(
    "e\u0301",
    "a\u200d",
    "x\ufe0f",
    "\x1b[24m\x1b]8;;https://a.b/c\x1b\\l\x1b]8;;\x1b\\",
    "\x1b[24m\x1b]8;;file:///x\x07f\x1b]8;;\x07"
  )
)
const redrawn = fc.oneof(
  { weight: 6, arbitrary: appended },
  fc.constantFrom(
    "\r",
    "\b",
    "\r\x1b[K",
    "\x1b[2K",
    "\x1b[1K",
    "\x1b[J",
    "\n",
    "\x1b[A\r",
    "\x1b[2A",
    "\x1b[B",
    "\x1b[3C"
  ),
  fc.constantFrom("\x1b[2D", "\x1b[5G", "\x1b[3A\x1b[J", "\x1b[19G", "\x1b[20Gx", "\x1b[9A")
)
const addressed = fc.oneof(
  { weight: 6, arbitrary: redrawn },
  fc.constantFrom(
    "\x1b[H",
    "\x1b[2J",
    "\x1b[H\x1b[2J\x1b[3J",
    "\x1b[3;4H",
    "\x1b[2;4r",
    "\x1b[r",
    "\x1bM",
    "\x1bD",
    "\x1b7",
    "\x1b8"
  ),
  fc.constantFrom("\x1b[2L", "\x1b[M", "\x1b[3P", "\x1b[2@", "\x1b[4X", "\x1b(0qq\x1b(B", "\x1b[4h", "\x1b[4l"),
  fc.constantFrom(
    "\x1b[?1049h",
    "\x1b[?1049l",
    "\x1b[S",
    "\x1b[T",
    "\x1bc",
    "\x1b[!p",
    "\x1b[6n",
    "\x0b",
    "\x1bH",
    "\x1b[3g",
    "\x1b[44m"
  )
)
const streamOf = (piece: fc.Arbitrary<string>, maxLength = 60) =>
  fc.array(piece, { maxLength }).map((pieces) => `${pieces.join("")}.`)

describe("chunks", () => {
  it("make no difference, whatever the bytes", () => {
    const piece = fc.oneof(
      { weight: 6, arbitrary: addressed.map((text) => Buffer.from(text)) },
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom("\x1b[", "\x1b]8;;http", "\x1bP+q", "\x1b", "\xc3", "\xe6\x97", "\r")
        .map((text) => Buffer.from(text, "latin1"))
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), cuts, (pieces, at) => {
        const bytes = new Uint8Array(Buffer.concat(pieces))
        expect(seen(finished(split(bytes, at)))).toEqual(seen(finished([bytes])))
      }),
      { numRuns: 1_000 }
    )
  })

  it("make no difference to a live block, but for what a split sequence holds back", () => {
    fc.assert(
      fc.property(streamOf(addressed), cuts, (stream, at) => {
        const bytes = Buffer.from(stream)
        const whole = output()
        const parts = output()
        whole.write(bytes)
        for (const part of split(bytes, at)) parts.write(part)
        expect(seen(parts)).toEqual(seen(whole))
      }),
      { numRuns: 500 }
    )
  })

  it("make no difference when a reader and the journal look in between", () => {
    fc.assert(
      fc.property(streamOf(redrawn), cuts, (stream, at) => {
        const bytes = Buffer.from(stream)
        const read = output()
        for (const part of split(bytes, at)) {
          read.write(part)
          seen(read)
        }
        read.finish(() => {})
        expect(seen(read)).toEqual(seen(finished([bytes])))
      }),
      { numRuns: 300 }
    )
  })
})

describe("against the emulator alone", () => {
  it("appended lines have its cells", () => {
    fc.assert(
      fc.property(streamOf(appended), (stream) => {
        // High enough that nothing scrolls: a scrolled line is painted with the background.
        const bytes = Buffer.from(stream)
        expect(finished([bytes], COLUMNS, 300).rows(COLUMNS, 0, 1_000)).toEqual(emulated(stream, COLUMNS, 300).rows)
      }),
      { numRuns: 1_000 }
    )
  })

  it("redrawn lines have its cells, its cursor and its screen", () => {
    fc.assert(
      fc.property(streamOf(redrawn), (stream) => {
        const block = output()
        block.write(Buffer.from(stream))
        const other = emulated(stream)
        expect(trimmed(block.rows(COLUMNS, 0, 1_000))).toEqual(trimmed(other.rows))
        expect(block.isOpen).toBe(other.open)
      }),
      { numRuns: 2_000 }
    )
  })

  it("an emulator that takes over sees the same screen", () => {
    fc.assert(
      fc.property(streamOf(redrawn), (stream) => {
        // DECALN's opposite: a query that needs an emulator and changes nothing.
        const text = `${stream}\x1b[6n`
        const block = output()
        block.write(Buffer.from(text))
        const { rows, cursor } = emulated(text).screen
        const screen = block.screen()
        expect(trimmed(screen.rows)).toEqual(trimmed(rows))
        expect(screen.cursor).toEqual(block.modes.cursorVisible ? cursor : null)
      }),
      { numRuns: 1_000 }
    )
  })
})

describe("text", () => {
  it("is what was printed, exactly, when nothing addresses the cursor", () => {
    const piece = fc.oneof(
      fc.stringMatching(/^[ -~\t]{0,40}$/),
      fc.fullUnicodeString({ maxLength: 20 }).map((text) => text.replace(/[\u0000-\u001f\u007f-\u009f]|\p{Cs}/gu, "_"))
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), cuts, (lines, ended, at) => {
        const text = lines.join("\n") + (ended ? "\n" : "")
        const block = finished(split(Buffer.from(text.replaceAll("\n", "\r\n")), at))
        expect(block.text()).toBe(text)
      })
    )
  })

  it("survives the journal and the disk", () => {
    fc.assert(
      fc.property(streamOf(addressed), cuts, (stream, at) => {
        const block = output()
        const taken: Array<string> = []
        const take = () => {
          for (let frozen = block.takeFrozen(); frozen !== null; frozen = block.takeFrozen()) {
            expect(frozen.firstLine).toBe(taken.length)
            taken.push(...frozen.lines)
          }
        }
        for (const part of split(Buffer.from(stream), at)) {
          block.write(part)
          take()
        }
        block.finish(() => {})
        take()
        const restored = BlockOutput.fromLines(taken, block.hidden, block.isOpen)
        expect(restored.text()).toBe(block.text())
        expect(restored.rows(9, 0, 1_000)).toEqual(block.rows(9, 0, 1_000))
      }),
      { numRuns: 500 }
    )
  })
})

describe("what the journal has not taken yet", () => {
  it("is, behind what it has, all that is there at any moment, whatever the program does to its screen", () => {
    fc.assert(
      fc.property(streamOf(addressed), cuts, fc.array(fc.boolean()), (stream, at, takes) => {
        const block = output()
        const taken: Array<string> = []
        for (const [index, part] of split(Buffer.from(stream), at).entries()) {
          block.write(part)
          for (let run = takes[index] ? block.takeFrozen() : null; run !== null; run = block.takeFrozen()) {
            taken.push(...run.lines)
          }
          const { runs, open, before } = block.untaken()
          expect(runs.length).toBeLessThan(2)
          expect(runs[0]?.firstLine ?? taken.length).toBe(taken.length)
          const lines = [...taken, ...runs.flatMap((run) => run.lines)]
          expect(plain(lines.join("\n") + (open || lines.length === 0 ? "" : "\n"))).toBe(block.text())
          expect(before).toBe(plainLength(taken))
        }
      }),
      { numRuns: 500 }
    )
  })

  const total = (block: BlockOutput): number => {
    const { runs, open, before } = block.untaken()
    return runs.reduce((sum, run) => sum + plainLength(run.lines), before) - (open ? 1 : 0)
  }

  it("tells, with the rest, of every byte printed: a limit loses none of them and counts none twice", () => {
    const line = fc.array(fc.oneof(ascii, wide, sgr), { maxLength: 30 }).map((pieces) => `${pieces.join("")}\r\n`)
    // Asked where its cursor is, or to keep it, a terminal needs the emulator from there to the end of its screen.
    const stream = fc.array(fc.oneof({ weight: 4, arbitrary: line }, fc.constantFrom("\x1b7", "a\x1b[6n")))
    fc.assert(
      fc.property(stream, fc.integer({ min: 20, max: 600 }), fc.array(fc.boolean()), (parts, maxBytes, takes) => {
        const limited = new BlockOutput({ columns: 80, rows: 2, maxBytes, onChange: () => {}, onReply: () => {} })
        const whole = output(80, 2)
        for (const [index, part] of parts.entries()) {
          limited.write(Buffer.from(part))
          whole.write(Buffer.from(part))
          if (takes[index]) while (limited.takeFrozen() !== null);
          expect(total(limited)).toBe(total(whole))
        }
        for (const block of [limited, whole]) block.finish(() => {})
        expect(Buffer.byteLength(limited.text()) + limited.hidden.bytes).toBe(Buffer.byteLength(whole.text()))
      }),
      { numRuns: 500 }
    )
  })
})

describe("rows", () => {
  it("are counted as they are shown, at any width, in any portion", () => {
    fc.assert(
      fc.property(
        streamOf(appended),
        fc.integer({ min: 2, max: 50 }),
        fc.nat(30),
        fc.nat(20),
        (stream, width, from, count) => {
          const block = finished([Buffer.from(stream)])
          const all = block.rows(width, 0, 10_000)
          expect(block.rowCount(width)).toBe(all.length)
          expect(block.rows(width, from, count)).toEqual(all.slice(from, from + count))
          let row = 0
          for (let line = 0; line <= block.lineCount; line++) {
            expect(block.rowOfLine(width, line)).toBe(row)
            if (line === block.lineCount) break
            const alone = BlockOutput.fromLines([block.line(line)], { lines: 0, bytes: 0, headLines: 0 })
            row += alone.rowCount(width)
          }
        }
      )
    )
  })
})
