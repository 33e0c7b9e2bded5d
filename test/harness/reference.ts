import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { nearest16, nearest256 } from "../../src/terminal/colorDepth.ts"
import { type Cell, type Color, Emulator } from "./Emulator.ts"
import type { Terminal } from "./Terminal.ts"

/** How long program and picture may take to agree, ms; only spent when a test fails. */
const AGREE_TIMEOUT_MS = 10_000
/** How often the tee's files, of which no event tells, are looked at again, ms. */
const POLL_MS = 10
/** Cells named in a message; the rest is counted. */
const MAX_NAMED_CELLS = 12

/**
 * Lines for `.bashrc`: `tee_pty 'command'` runs a command in a terminal of its own whose bytes script(1) copies to ours
 * unchanged, and to a file; a second file tells where among them the size changed. So the file holds what the block's
 * PTY carried, and nothing of EffectTalk has touched it.
 */
export const TEE_RC = `tee_pty() { command script -qfe -m advanced -T ~/pty.times -O ~/pty.bytes -c "$1"; }`

/** What is compared of a cell. */
const LOOKS = ["char", "width", "fg", "bg", "bold", "dim", "italic", "underline", "inverse", "strikethrough"] as const

/** A picture to compare with: cells by position, and a cursor. */
export type Picture = Pick<Emulator, "cell" | "cursor">

/** How many colours the outer terminal shows: others become the nearest of those. */
export type Depth = "truecolor" | "256" | "16"

const CUBE = [0, 95, 135, 175, 215, 255] as const

/** Red, green and blue of a palette index from 16 on, as xterm draws it. */
const rgbOf = (index: number): readonly [number, number, number] => {
  const grey = 8 + (index - 232) * 10
  if (index >= 232) return [grey, grey, grey]
  const at = index - 16
  return [CUBE[Math.floor(at / 36)]!, CUBE[Math.floor(at / 6) % 6]!, CUBE[at % 6]!]
}

/** What a colour becomes on a terminal of `depth`. That the nearest is near is colorDepth's own test. */
export const shownColor = (color: Color, depth: Depth): Color => {
  if (color === "default" || depth === "truecolor") return color
  if (typeof color === "number") return depth === "256" || color < 16 ? color : nearest16(...rgbOf(color))
  const channel = (at: number) => Number.parseInt(color.slice(at, at + 2), 16)
  return (depth === "256" ? nearest256 : nearest16)(channel(1), channel(3), channel(5))
}

const describeCell = (cell: Cell): string =>
  LOOKS.filter((name) => cell[name] !== false)
    .map((name) => (typeof cell[name] === "boolean" ? name : `${name} ${JSON.stringify(cell[name])}`))
    .join(", ")

/** A cell that shows nothing but its background: emulators differ in what else they remember of it. */
const isPlainBlank = (cell: Cell): boolean =>
  cell.char === " " && !cell.underline && !cell.inverse && !cell.strikethrough

/** The cells of `rows`×`cols` that differ between two pictures, as text; `""` when all are equal. */
export const cellDifferences = (
  expected: Picture,
  actual: Picture,
  area: {
    readonly cols: number
    readonly rows: number
    readonly top?: number
    readonly depth?: Depth
    readonly onlyVisible?: boolean
  }
): string => {
  const { cols, rows, top = 0, depth = "truecolor", onlyVisible = false } = area
  const found: Array<string> = []
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x++) {
      const cell = expected.cell(x, y)
      const want = { ...cell, fg: shownColor(cell.fg, depth), bg: shownColor(cell.bg, depth) }
      const have = actual.cell(x, y + top)
      const blank = onlyVisible && isPlainBlank(want) && isPlainBlank(have)
      const looks = !blank ? LOOKS : want.invisible ? [] : (["bg"] as const)
      if (looks.some((name) => want[name] !== have[name]))
        found.push(
          `  ${x},${y}: expected ${describeCell(want)}\n  ${" ".repeat(`${x},${y}`.length)}  but is ${describeCell(have)}`
        )
    }
  }
  const more = found.length > MAX_NAMED_CELLS ? [`  … ${found.length - MAX_NAMED_CELLS} more cells`] : []
  return [...found.slice(0, MAX_NAMED_CELLS), ...more].join("\n")
}

/** What the terminal is asked for while the mouse is EffectTalk's: in the editor, and under a program among the blocks that asks for none. */
export const OWN_MOUSE = { mouse: "vt200", mouseSgr: true } as const

/**
 * The terminal that a program run by `tee_pty` would have had to itself: a second emulator, fed with the bytes of the
 * block's PTY and resized where the program was.
 */
export class Reference implements Disposable {
  readonly #directory: string
  #emulator = new Emulator()
  #bytes = 0
  #header = 0
  #lines = 0

  constructor(t: Terminal) {
    this.#directory = t.home.path
  }

  /** The emulator, as far as it was fed. */
  get emulator(): Emulator {
    return this.#emulator
  }

  /**
   * Waits until the outer terminal shows the program's screen above the status line, cell by cell, with its cursor and
   * the modes of keyboard and mouse that it asked for; rejects with the difference.
   */
  async agrees(t: Terminal, depth: Depth = "truecolor"): Promise<void> {
    await this.#until(t, () => {
      const { cols, rows } = this.#emulator.xterm
      if (cols !== t.emulator.xterm.cols || rows !== t.emulator.xterm.rows - 1)
        return `the program's terminal is ${cols}×${rows}`
      return (
        cellDifferences(this.#emulator, t.emulator, { cols, rows, depth }) ||
        this.#cursorDifference(t, 0) ||
        this.#modeDifference(t)
      )
    })
  }

  /**
   * The same for a program that stays among the blocks: its rows, down to the last that was written or has the cursor,
   * stand below the newest block's header, and nothing of the block stands below them.
   */
  async agreesInline(t: Terminal): Promise<void> {
    await this.#until(t, () => {
      const { cols } = this.#emulator.xterm
      const rows = this.#rows(this.#emulator.cursor.visible)
      const top = 1 + t.screen().findLastIndex((row) => row.startsWith("●"))
      return (
        this.#blockDifference(t, Math.max(top, 1), rows) ||
        cellDifferences(this.#emulator, t.emulator, { cols, rows, top: Math.max(top, 1) }) ||
        this.#cursorDifference(t, Math.max(top, 1)) ||
        this.#modeDifference(t, OWN_MOUSE)
      )
    })
  }

  /**
   * Waits until the newest block, which has ended, holds the last picture that the program left on its normal screen, cell
   * by cell, and ends with it; rejects with the difference. The picture begins below the block's header, which the screen
   * must have room for, unless the program `scrolls`: then lines that have left its screen stand between.
   */
  async agreesFrozen(t: Terminal, scrolls = false): Promise<void> {
    await this.#until(t, () => {
      if (this.#emulator.modes.alternateScreen) return "the program's terminal is still on the alternate screen"
      const { cols } = this.#emulator.xterm
      const rows = this.#rows(false)
      const header = t.screen().findLastIndex((row) => /^[✓✗⊘]/.test(row))
      const top = scrolls ? t.emulator.xterm.rows - 2 - rows : header + 1
      if (top <= header) return `the picture has ${rows} rows, the block less`
      return this.#blockDifference(t, top, rows) || cellDifferences(this.#emulator, t.emulator, { cols, rows, top })
    })
  }

  /** Rows of the picture: down to the last that shows anything, be it a background, and to the cursor's. */
  #rows(withCursor: boolean): number {
    const { cols, rows } = this.#emulator.xterm
    const isBlank = (y: number) =>
      Array.from({ length: cols }, (_, x) => this.#emulator.cell(x, y)).every(
        (cell) => isPlainBlank(cell) && cell.bg === "default"
      )
    let written = rows
    while (written > 0 && isBlank(written - 1)) written--
    // A line that has ended is a line, also when it is empty.
    const { y } = this.#emulator.cursor
    return Math.max(written, withCursor ? y + 1 : y)
  }

  /** A block of `rows` rows from `top` on ends above the prompt's row and the status line, which are the last two. */
  #blockDifference(t: Terminal, top: number, rows: number): string {
    const bottom = t.emulator.xterm.rows - 2
    return top + rows === bottom ? "" : `  the picture has ${rows} rows, the block ${bottom - top} from row ${top} on`
  }

  [Symbol.dispose](): void {
    this.#emulator[Symbol.dispose]()
  }

  async #until(t: Terminal, difference: () => string): Promise<void> {
    const failure = new Error()
    Error.captureStackTrace(failure, this.agrees)
    const deadline = performance.now() + AGREE_TIMEOUT_MS
    for (;;) {
      await this.#catchUp()
      const midFrame = t.modes.synchronizedOutput || this.#emulator.modes.synchronizedOutput
      const found = midFrame ? "in the middle of a frame" : difference()
      if (found === "") return
      if (performance.now() > deadline) {
        const expected = this.#emulator.screen().map((row) => `│${row}`)
        failure.message = `not what the program painted:\n${found}\nexpected\n${expected.join("\n")}\nbut is\n${t.picture()}`
        throw failure
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  #cursorDifference(t: Terminal, top: number): string {
    const want = this.#emulator.cursor
    const have = t.cursor
    // Past the last column it waits on it for the next character.
    const x = Math.min(want.x, this.#emulator.xterm.cols - 1)
    if (want.visible !== have.visible) return `  cursor: expected ${want.visible ? "visible" : "hidden"}`
    if (!want.visible || (x === have.x && want.y + top === have.y && want.shape === have.shape)) return ""
    return `  cursor: expected ${want.shape} at ${x},${want.y + top} but is ${have.shape} at ${have.x},${have.y}`
  }

  /** @param unasked what the mouse is set to while the program asks for none */
  #modeDifference(t: Terminal, unasked: Partial<Emulator["modes"]> = {}): string {
    const { modes } = this.#emulator
    const want = modes.mouse === "none" ? { ...modes, ...unasked } : modes
    const names = [
      "applicationCursor",
      "applicationKeypad",
      "bracketedPaste",
      "focusEvents",
      "mouse",
      "mouseSgr"
    ] as const
    return names
      .filter((name) => want[name] !== t.modes[name])
      .map((name) => `  ${name}: expected ${want[name]} but is ${t.modes[name]}`)
      .join("\n")
  }

  /** Feeds what the tee has written since the last time: bytes and sizes in their order. */
  async #catchUp(): Promise<void> {
    const times = join(this.#directory, "pty.times")
    if (!existsSync(times)) return
    const lines = readFileSync(times, "utf8").split("\n").slice(0, -1)
    const bytes = readFileSync(join(this.#directory, "pty.bytes"))
    for (const line of lines.slice(this.#lines)) {
      // script(1), "advanced" format: O is output, S a signal, H a header; then seconds, then what it is about.
      const [, kind, rest] = /^([A-Z]) \S+ (.*)$/.exec(line)!
      if (kind === "O") {
        this.#header ||= bytes.indexOf("\n") + 1
        const end = this.#bytes + Number(rest)
        if (this.#header + end > bytes.length) break
        await this.#write(bytes.subarray(this.#header + this.#bytes, this.#header + end))
        this.#bytes = end
      } else this.#size(rest!)
      this.#lines++
    }
  }

  #size(text: string): void {
    const { cols, rows } = this.#emulator.xterm
    const read = (pattern: RegExp): number | undefined => {
      const found = pattern.exec(text)
      return found === null ? undefined : Number(found[1])
    }
    // "COLUMNS 80" and "LINES 24" at the start, "SIGWINCH ROWS=24 COLS=80" later.
    this.#emulator.xterm.resize(
      read(/^(?:COLUMNS |SIGWINCH.* COLS=)(\d+)/) ?? cols,
      read(/^(?:LINES |SIGWINCH.* ROWS=)(\d+)/) ?? rows
    )
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#emulator.write(bytes, resolve))
  }
}
