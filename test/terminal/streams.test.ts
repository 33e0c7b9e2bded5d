/**
 * What real programs printed, recorded byte by byte (fixtures/streams), and what a block makes of it: the same however
 * the bytes are cut, the same after the disk, and the picture that a terminal of its own shows.
 */

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import type { IBufferCell } from "@xterm/headless"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BlockId } from "../../src/domain/ids.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import { BlockOutput } from "../../src/terminal/BlockOutput.ts"
import { charWidth, emulatorWidths } from "../../src/terminal/cells.ts"
import type { CellPosition } from "../../src/terminal/OutputView.ts"
import { Emulator, type EmulatorOptions } from "../harness/Emulator.ts"
import {
  created,
  finished,
  optionsFor,
  SESSION,
  started,
  temporaryDirectory
} from "../services/persistence/sessions.ts"

const DIRECTORY = fileURLToPath(new URL("../../fixtures/streams/", import.meta.url))
/** More than any recording has. */
const ALL_ROWS = 100_000
/** A width that no program was recorded at. */
const OTHER_WIDTH = 37
/** Bytes of text kept where the limit is to hide something. */
const SMALL_LIMIT = 3_000
/** Places at which a picture is compared, besides those before each change of screen. */
const PICTURES = 16
/** Rows above the screen that are compared each time; all are at the end. */
const ROWS_ABOVE = 300
/** Chunkings tried per stream; fast-check prints the seed of one that fails. */
const RUNS = 10

interface Stream {
  readonly name: string
  readonly columns: number
  readonly rows: number
  readonly bytes: Uint8Array
}

const FILES = readdirSync(DIRECTORY).filter((file) => /\.bin(\.gz)?$/.test(file))

const bytesOf = (name: string): Uint8Array => {
  const file = FILES.find((found) => found === `${name}.bin` || found === `${name}.bin.gz`)
  if (file === undefined) throw new Error(`fixtures/streams has no ${name}.bin`)
  const stored = readFileSync(join(DIRECTORY, file))
  // Out of the pool: a stray write past a chunk's end must not reach the next recording.
  return new Uint8Array(file.endsWith(".gz") ? gunzipSync(stored) : stored)
}

/** The recordings that the index names: `| name | program | columns×rows | …`. */
const STREAMS: ReadonlyArray<Stream> = Array.from(
  readFileSync(join(DIRECTORY, "README.md"), "utf8").matchAll(/^\| `([\w-]+)` \|[^|]+\| (\d+)×(\d+) \|/gm),
  ([, name, columns, rows]) => ({
    name: name!,
    columns: Number(columns),
    rows: Number(rows),
    bytes: bytesOf(name!)
  })
)

/** A block under way, all it replied, and all lines that were taken for the journal. */
class Replay {
  readonly output: BlockOutput
  replies = ""
  readonly journal: Array<string> = []

  constructor({ columns, rows }: Stream, maxBytes?: number) {
    this.output = new BlockOutput({
      columns,
      rows,
      ...(maxBytes !== undefined && { maxBytes }),
      onChange: () => {},
      onReply: (bytes) => {
        this.replies += bytes
      }
    })
  }

  /** All bytes are parsed when it is resolved: a long piece takes several turns of the event loop. */
  async write(bytes: Uint8Array): Promise<void> {
    this.output.write(bytes)
    while (this.output.backlog > 0) await new Promise((resolve) => setImmediate(resolve))
  }

  finish(): Promise<void> {
    return new Promise((resolve) => this.output.finish(resolve))
  }

  /** Takes what may be journaled now. */
  takeFrozen(): void {
    for (let lines = this.output.takeFrozen(); lines !== null; lines = this.output.takeFrozen()) {
      this.journal.push(...lines.lines)
    }
  }
}

/** Everything a reader can learn of a block. */
const seen = ({ output, replies }: Replay, { columns }: Stream) => ({
  text: output.text(),
  lines: Array.from({ length: output.lineCount }, (_, index) => output.line(index)),
  rows: output.rows(columns, 0, ALL_ROWS),
  otherRows: output.rows(OTHER_WIDTH, 0, ALL_ROWS),
  counts: [output.rowCount(columns), output.rowCount(OTHER_WIDTH)],
  cursors: [output.cursor(columns), output.cursor(OTHER_WIDTH)],
  hidden: output.hidden,
  open: output.isOpen,
  alternate: output.alternate,
  screen: output.screen(),
  modes: { ...output.modes },
  replies
})

/**
 * What a block shows at the given places of its stream and after its end, written in the given pieces; all lines it
 * gave to the journal, asked for after each piece when `journaled`, else at the end.
 */
const replay = async (
  stream: Stream,
  cuts: ReadonlyArray<number>,
  looks: ReadonlyArray<number>,
  options: { readonly maxBytes?: number; readonly journaled?: boolean } = {}
) => {
  const { bytes } = stream
  const block = new Replay(stream, options.maxBytes)
  const places = [...new Set([...cuts, ...looks, bytes.length])].sort((a, b) => a - b)
  const looked: Array<ReturnType<typeof seen>> = []
  let from = 0
  for (const place of places) {
    await block.write(bytes.subarray(from, place))
    from = place
    if (options.journaled === true) block.takeFrozen()
    if (looks.includes(place)) looked.push(seen(block, stream))
  }
  looked.push(seen(block, stream))
  await block.finish()
  block.takeFrozen()
  return { looked, end: seen(block, stream), journal: block.journal }
}

/** Where the alternate screen is entered or left. */
const changesOfScreen = (bytes: Uint8Array): ReadonlyArray<number> =>
  Array.from(
    Buffer.from(bytes)
      .toString("latin1")
      .matchAll(/\x1b\[\?(?:1049|1047|47)[hl]/g),
    ({ index }) => index
  )

const everyByte = ({ bytes }: Stream) => Array.from(bytes, (_, index) => index)

const chunking = ({ bytes }: Stream) =>
  fc.oneof(
    fc.array(fc.nat({ max: bytes.length }), { maxLength: 40 }),
    // As a PTY gives them: pieces of about one size.
    fc.integer({ min: 2, max: 4_096 }).map((size) => {
      return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => index * size)
    })
  )

const evenly = (length: number, parts: number) =>
  Array.from({ length: parts }, (_, index) => Math.floor((length * (index + 1)) / (parts + 1)))

/** Every cell of a row with its look; blanks at its end that look like nothing, and bidi controls, are left out. */
const rowOf = ({ xterm }: Emulator, row: number): string => {
  const line = xterm.buffer.active.getLine(row)!
  const cell = xterm.buffer.active.getNullCell()
  let out = ""
  let look = PLAIN
  for (let column = 0; column < xterm.cols; column++) {
    line.getCell(column, cell)
    // Not the right half of a wide character.
    if (cell.getWidth() > 0) {
      const next = lookOf(cell)
      if (next !== look) out += next
      look = next
    }
    const chars = cell.getChars()
    // A mark on a cell where nothing was written stands on a blank.
    if (chars === "" ? cell.getWidth() > 0 : charWidth(chars.codePointAt(0)!) === 0) out += " "
    out += chars
  }
  return out.replace(/(?:<>)? *$/, "").replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
}

const PLAIN = "<>"
const lookOf = (cell: IBufferCell): string => {
  const names = [
    cell.isFgDefault() ? "" : `fg${cell.isFgRGB() ? "#" : ""}${cell.getFgColor()}`,
    cell.isBgDefault() ? "" : `bg${cell.isBgRGB() ? "#" : ""}${cell.getBgColor()}`,
    cell.isBold() && "bold",
    cell.isDim() && "dim",
    cell.isItalic() && "italic",
    cell.isUnderline() && "underline",
    cell.isBlink() && "blink",
    cell.isInverse() && "inverse",
    cell.isInvisible() && "invisible",
    cell.isStrikethrough() && "strikethrough",
    cell.isOverline() && "overline"
  ]
  return `<${names.filter(Boolean).join(" ")}>`
}

interface Internals {
  readonly _core: { readonly buffer: { readonly x: number }; readonly _inputHandler: { print: Print } }
}
type Print = (codePoints: Uint32Array, from: number, to: number) => void

/**
 * A terminal with our widths (test/terminal/widths.test.ts holds those to other tables). By its own ones a mark that
 * follows a control or begins a row has a cell to itself, as in no other terminal.
 */
const terminalOf = (options: EmulatorOptions): Emulator => {
  const terminal = new Emulator(options)
  terminal.xterm.unicode.register(emulatorWidths)
  terminal.xterm.unicode.activeVersion = emulatorWidths.version
  const core = (terminal.xterm as unknown as Internals)._core
  const print = core._inputHandler.print
  core._inputHandler.print = (codePoints, from, to) => {
    const marks = core.buffer.x > 0 ? 0 : codePoints.subarray(from, to).findIndex((code) => charWidth(code) > 0)
    print.call(core._inputHandler, codePoints, marks === -1 ? to : from + marks, to)
  }
  return terminal
}

/**
 * A terminal that knows nothing of blocks. It differs from one fresh from the shelf where a block does so on purpose:
 * invalid UTF-8 shows as U+FFFD, links that are not http(s) are dropped, and what has scrolled off the screen stays
 * whatever erases it.
 */
class Reference implements Disposable {
  readonly terminal: Emulator
  replies = ""
  /** Rows that had scrolled off when the terminal was reset. */
  readonly #before: Array<string> = []
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true })

  constructor({ columns, rows }: Stream) {
    this.terminal = terminalOf({ cols: columns, rows, scrollback: ALL_ROWS })
    this.terminal.onReply = (bytes) => {
      this.replies += bytes
    }
    const { parser } = this.terminal.xterm
    parser.registerOscHandler(8, (payload) => !/;(https?:.*)?$/i.test(payload))
    parser.registerCsiHandler({ final: "J" }, ([what]) => what === 3)
    parser.registerEscHandler({ final: "c" }, () => {
      const { normal } = this.terminal.xterm.buffer
      for (let row = 0; row < normal.baseY; row++) this.#before.push(rowOf(this.terminal, row))
      return false
    })
  }

  write(bytes: Uint8Array): Promise<void> {
    const text = this.#decoder.decode(bytes, { stream: true })
    return new Promise((resolve) => this.terminal.write(text, resolve))
  }

  /** Rows above the screen. */
  get above(): number {
    return this.#before.length + this.terminal.xterm.buffer.active.baseY
  }

  /** All rows from row `from` on, those that scrolled off counted, and the cursor among all rows unless it is hidden. */
  picture(from: number): Picture {
    const { length } = this.terminal.xterm.buffer.active
    const before = this.#before.length
    const rows = this.#before.slice(from)
    for (let row = Math.max(0, from - before); row < length; row++) rows.push(rowOf(this.terminal, row))
    const { x, y, visible } = this.terminal.cursor
    return { rows, cursor: visible ? { row: this.above + y, column: Math.min(x, this.terminal.xterm.cols - 1) } : null }
  }

  [Symbol.dispose](): void {
    this.terminal[Symbol.dispose]()
  }
}

interface Picture {
  readonly rows: ReadonlyArray<string>
  readonly cursor: CellPosition | null
}

/** The same of a block: its rows are painted one by one on an empty terminal. On the alternate screen there is no more. */
const pictureOf = async ({ columns, rows }: Stream, output: BlockOutput, from: number, count: number) => {
  const { alternate } = output
  const shown = alternate
    ? output.screen()
    : { rows: output.rows(columns, from, count), cursor: output.cursor(columns) }
  using terminal = terminalOf({ cols: columns, rows: Math.max(count, rows), scrollback: 0 })
  const text = shown.rows.map((row, index) => `\x1b[${index + 1}H${row}`).join("")
  await new Promise<void>((resolve) => terminal.write(`\x1b[?7l${text}`, resolve))
  return { rows: Array.from({ length: count }, (_, row) => rowOf(terminal, row)), cursor: placeOf(shown.cursor) }
}

/** The shape that a program asks for is a mode; here it is where the cursor stands. */
const placeOf = (cursor: CellPosition | null): CellPosition | null =>
  cursor === null ? null : { row: cursor.row, column: cursor.column }

/** The modes that both know. */
const modesOf = ({ modes }: BlockOutput) => ({
  applicationCursor: modes.applicationCursorKeys,
  applicationKeypad: modes.applicationKeypad,
  bracketedPaste: modes.bracketedPaste,
  focusEvents: modes.sendFocus,
  mouse: modes.mouse,
  mouseSgr: modes.mouseEncoding === "sgr",
  synchronizedOutput: modes.synchronizedOutput
})

const modesOfTerminal = ({ modes }: Emulator): ReturnType<typeof modesOf> => ({
  applicationCursor: modes.applicationCursor,
  applicationKeypad: modes.applicationKeypad,
  bracketedPaste: modes.bracketedPaste,
  focusEvents: modes.focusEvents,
  mouse: modes.mouse,
  mouseSgr: modes.mouseSgr,
  synchronizedOutput: modes.synchronizedOutput
})

/**
 * Exceptions by name. Random bytes put combining marks behind controls that do nothing: xterm.js gives such a mark a
 * column of its own, terminals and a block's appended lines join it to the character before. The pictures of that
 * stream are compared without those controls.
 */
const WITHOUT_IDLE_CONTROLS = new Set(["urandom"])
const isIdle = (byte: number) =>
  byte < 0x07 || (byte >= 0x10 && byte < 0x18) || byte === 0x19 || (byte >= 0x1c && byte < 0x20) || byte === 0x7f

/**
 * A row that scrolls in while a background is set is painted to its end by a terminal; a block keeps
 * the background of what was printed, as its rows have no end that would be the same at another width.
 */
const WITHOUT_PAINTED_ENDS = new Set(["seq-column"])

const asBlock = ({ name }: Stream, picture: Picture): Picture => {
  if (!WITHOUT_PAINTED_ENDS.has(name)) return picture
  return { ...picture, rows: picture.rows.map((row) => row.replace(/(?:<bg\d+> *)+$/, "")) }
}

describe("the recordings", () => {
  it("are at least 20, all in the index, and name no machine", () => {
    expect(STREAMS.length).toBeGreaterThanOrEqual(20)
    for (const { name, bytes } of STREAMS) {
      expect(Buffer.from(bytes).toString("latin1"), name).not.toMatch(
        /\/(?:home|root|Users|usr\/local|tmp\/(?!demo))\b/
      )
    }
    expect(FILES.map((file) => file.replace(/\.bin(\.gz)?$/, "")).sort()).toEqual(
      STREAMS.map(({ name }) => name).sort()
    )
  })
})

describe.each(STREAMS)("$name", (stream) => {
  it("gives the same block in any chunks", async () => {
    const looks = changesOfScreen(stream.bytes).slice(0, 8)
    const whole = await replay(stream, [], looks)
    expect(whole.journal).toEqual(whole.end.lines)
    expect(await replay(stream, everyByte(stream), looks)).toEqual(whole)
    await fc.assert(
      fc.asyncProperty(chunking(stream), fc.boolean(), async (cuts, journaled) => {
        expect(await replay(stream, cuts, looks, { journaled })).toEqual(whole)
      }),
      { numRuns: RUNS }
    )
  })

  it("hides the same in any chunks", async () => {
    const whole = await replay(stream, [], [], { maxBytes: SMALL_LIMIT })
    await fc.assert(
      fc.asyncProperty(chunking(stream), async (cuts) => {
        expect(await replay(stream, cuts, [], { maxBytes: SMALL_LIMIT })).toEqual(whole)
      }),
      { numRuns: RUNS }
    )
  })

  it("shows what a terminal of its own shows, wherever the stream is stopped", async () => {
    const { name, rows } = stream
    const bytes = WITHOUT_IDLE_CONTROLS.has(name) ? stream.bytes.filter((byte) => !isIdle(byte)) : stream.bytes
    using reference = new Reference(stream)
    const { terminal } = reference
    const block = new Replay(stream)
    const { output } = block
    const places = [...changesOfScreen(bytes), ...evenly(bytes.length, PICTURES), bytes.length].sort((a, b) => a - b)
    let from = 0
    for (const place of places) {
      const piece = bytes.subarray(from, place)
      from = place
      await block.write(piece)
      await reference.write(piece)
      const where = `after ${place} of ${bytes.length} bytes`
      const { alternateScreen } = terminal.modes
      expect(output.alternate, where).toBe(alternateScreen)
      const top = alternateScreen || place === bytes.length ? 0 : Math.max(0, reference.above - ROWS_ABOVE)
      const count = alternateScreen ? rows : reference.above + rows - top
      const shown = await pictureOf(stream, output, top, count)
      expect(asBlock(stream, shown), where).toEqual(asBlock(stream, reference.picture(top)))
      expect(modesOf(output), where).toEqual(modesOfTerminal(terminal))
      expect(block.replies, where).toBe(reference.replies)
    }
  })

  it("comes back from the disk with the same rows", async () => {
    const { columns } = stream
    const block = new Replay(stream)
    await block.write(stream.bytes)
    block.takeFrozen()
    const early = block.journal.length
    await block.finish()
    block.takeFrozen()
    const { journal, output } = block
    const id = BlockId.make("a")
    const options = optionsFor(temporaryDirectory())
    const file = SessionFile.create(created, options)
    const lines = (firstLine: number, lines: ReadonlyArray<string>, unfinished: boolean): SessionEvent => {
      return { _tag: "OutputFrozen", block: id, firstLine, lines, unfinished }
    }
    file.append(started("a"))
    file.append(lines(0, journal.slice(0, early), false))
    file.append(lines(early, journal.slice(early), output.isOpen))
    file.append(finished("a", journal.length))
    expect((await file.close()).failure).toBeNull()
    const again = await SessionFile.open(SESSION, options)
    const stored = again.output(id)!
    await again.close()
    const restored = BlockOutput.fromLines(stored.lines, stored.hidden, stored.unfinished)
    expect(restored.text()).toBe(output.text())
    expect(restored.isOpen).toBe(output.isOpen)
    for (const width of [columns, OTHER_WIDTH]) {
      expect(restored.rows(width, 0, ALL_ROWS)).toEqual(output.rows(width, 0, ALL_ROWS))
    }
  })
})
