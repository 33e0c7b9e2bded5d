import { Unicode11Addon } from "@xterm/addon-unicode11"
import xtermHeadless, { type IBuffer, type IBufferLine, type Terminal as Xterm } from "@xterm/headless"

/** A colour as it was asked for: the terminal's default, a palette index (0–255), or `#rrggbb`. */
export type Color = "default" | number | `#${string}`

/** One cell of the screen. The right half of a wide character has width 0 and no text. */
export interface Cell {
  /** The character with its combining marks; " " where nothing was written. */
  readonly char: string
  readonly width: number
  readonly fg: Color
  readonly bg: Color
  readonly bold: boolean
  readonly dim: boolean
  readonly italic: boolean
  readonly underline: boolean
  readonly blink: boolean
  readonly inverse: boolean
  readonly invisible: boolean
  readonly strikethrough: boolean
  readonly overline: boolean
}

/** Where the cursor is (cells from 0,0 at the top left) and how it looks. */
export interface Cursor {
  readonly x: number
  readonly y: number
  readonly visible: boolean
  readonly shape: "block" | "underline" | "bar"
}

/** The state a program can leave a terminal in. */
export interface Modes {
  readonly alternateScreen: boolean
  readonly applicationCursor: boolean
  readonly applicationKeypad: boolean
  readonly autoWrap: boolean
  readonly bracketedPaste: boolean
  readonly focusEvents: boolean
  readonly insert: boolean
  readonly origin: boolean
  readonly mouse: "none" | "x10" | "vt200" | "drag" | "any"
  /** Reports in SGR form (DECSET 1006). */
  readonly mouseSgr: boolean
  readonly synchronizedOutput: boolean
  /** Flags of the kitty keyboard protocol on top of the stack; 0 is off. */
  readonly kittyKeyboard: number
  /** xterm's modifyOtherKeys level; 0 is off. */
  readonly modifyOtherKeys: number
}

/** The modes of a terminal nobody has touched: what must be true again after a program has left. */
export const INITIAL_MODES: Modes = {
  alternateScreen: false,
  applicationCursor: false,
  applicationKeypad: false,
  autoWrap: true,
  bracketedPaste: false,
  focusEvents: false,
  insert: false,
  origin: false,
  mouse: "none",
  mouseSgr: false,
  synchronizedOutput: false,
  kittyKeyboard: 0,
  modifyOtherKeys: 0
}

/** Size and behaviour of the emulated terminal. */
export interface EmulatorOptions {
  readonly cols?: number | undefined
  readonly rows?: number | undefined
  /** Lines kept above the primary screen. */
  readonly scrollback?: number | undefined
  /** Answers to `OSC 10 ; ?` and `OSC 11 ; ?`, as `rgb:rrrr/gggg/bbbb`. Without it they stay unanswered. */
  readonly colors?: { readonly foreground: string; readonly background: string } | undefined
  /** Adds handlers of your own, for queries that xterm leaves unanswered (XTVERSION, `CSI ? u`, …). */
  readonly customize?: ((xterm: Xterm, reply: (bytes: string) => void) => void) | undefined
}

const DEFAULT_COLS = 80
const DEFAULT_ROWS = 24
const DEFAULT_SCROLLBACK = 2_000

interface Internals {
  readonly _core: {
    readonly buffers: { readonly alt: { readonly lines: { readonly length: number; maxLength: number } } }
  }
}

/**
 * The terminal a user would sit in front of: @xterm/headless with the widths of Unicode 11, plus what it keeps to
 * itself (cursor visibility and shape, mouse encoding, keyboard protocols, clipboard, bells). No process: feed it bytes.
 */
export class Emulator implements Disposable {
  /** For the rare test that needs xterm itself. */
  readonly xterm: Xterm
  /** The window title, as last set by OSC 0 or 2. */
  title = ""
  /** Times BEL rang. */
  bells = 0
  /** What programs put on the clipboard by OSC 52, decoded. */
  readonly clipboard: Array<string> = []
  /** Hears what the terminal answers to queries (DA, DSR, CPR, DECRQM …). */
  onReply: (bytes: string) => void = () => {}

  private cursorVisible = true
  private cursorShape: Cursor["shape"] = "block"
  private mouseSgr = false
  private kitty: Array<number> = []
  private modifyOtherKeys = 0

  constructor(options: EmulatorOptions = {}) {
    this.xterm = new xtermHeadless.Terminal({
      cols: options.cols ?? DEFAULT_COLS,
      rows: options.rows ?? DEFAULT_ROWS,
      scrollback: options.scrollback ?? DEFAULT_SCROLLBACK,
      allowProposedApi: true,
      logLevel: "off"
    })
    this.xterm.loadAddon(new Unicode11Addon())
    this.xterm.unicode.activeVersion = "11"
    this.xterm.onData((bytes) => this.onReply(bytes))
    this.xterm.onTitleChange((title) => {
      this.title = title
    })
    this.xterm.onBell(() => {
      this.bells++
    })
    this.watchModes()
    // xterm leaves an alternate screen that is not on the room of a larger size, and rows above it in that.
    const { buffers } = (this.xterm as unknown as Internals)._core
    this.xterm.onResize(({ rows }) => {
      if (buffers.alt.lines.length === 0) buffers.alt.lines.maxLength = rows
    })
    for (const [number, color] of [
      [10, options.colors?.foreground],
      [11, options.colors?.background]
    ] as const) {
      if (color === undefined) continue
      this.xterm.parser.registerOscHandler(number, (data) => {
        if (data !== "?") return false
        this.onReply(`\x1b]${number};${color}\x1b\\`)
        return true
      })
    }
    options.customize?.(this.xterm, (bytes) => this.onReply(bytes))
  }

  /** Parses `data`; `done` is called when the screen shows it. */
  write(data: string | Uint8Array, done?: () => void): void {
    this.xterm.write(data, done)
  }

  /** The rows of the screen, trailing blanks cut; `keepBlanks` keeps those that were written. */
  screen(keepBlanks = false): Array<string> {
    return this.rowsOf(this.xterm.buffer.active, this.xterm.buffer.active.baseY, keepBlanks)
  }

  /** The primary screen with all scrollback above it, empty lines at the end cut: what is left when a program goes. */
  primary(): Array<string> {
    const rows = this.rowsOf(this.xterm.buffer.normal, 0)
    while (rows.at(-1) === "") rows.pop()
    return rows
  }

  /** The text of screen row `y`, from 0, trailing blanks cut. */
  row(y: number): string {
    const buffer = this.xterm.buffer.active
    return textOf(buffer.getLine(buffer.baseY + y))
  }

  /** The cell in column `x` of screen row `y`, both from 0. Throws outside the screen. */
  cell(x: number, y: number): Cell {
    const buffer = this.xterm.buffer.active
    const cell = y < this.xterm.rows ? buffer.getLine(buffer.baseY + y)?.getCell(x) : undefined
    if (cell === undefined)
      throw new RangeError(`no cell at ${x},${y} on a ${this.xterm.cols}×${this.xterm.rows} screen`)
    const color = (isDefault: boolean, isRgb: boolean, value: number): Color =>
      isDefault ? "default" : isRgb ? `#${value.toString(16).padStart(6, "0")}` : value
    return {
      char: cell.getChars() || (cell.getWidth() === 0 ? "" : " "),
      width: cell.getWidth(),
      fg: color(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
      bg: color(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
      italic: cell.isItalic() !== 0,
      underline: cell.isUnderline() !== 0,
      blink: cell.isBlink() !== 0,
      inverse: cell.isInverse() !== 0,
      invisible: cell.isInvisible() !== 0,
      strikethrough: cell.isStrikethrough() !== 0,
      overline: cell.isOverline() !== 0
    }
  }

  /** The first place where `text` stands on the screen, in cells; undefined when it is not there. */
  find(text: string): { readonly x: number; readonly y: number } | undefined {
    for (let y = 0; y < this.xterm.rows; y++) {
      let rest = this.row(y).indexOf(text)
      if (rest < 0) continue
      let x = 0
      for (; rest > 0; x++) {
        const cell = this.cell(x, y)
        rest -= cell.char.length
        if (cell.width === 2) x++
      }
      return { x, y }
    }
    return undefined
  }

  get cursor(): Cursor {
    const { cursorX: x, cursorY: y } = this.xterm.buffer.active
    return { x, y, visible: this.cursorVisible, shape: this.cursorShape }
  }

  get modes(): Modes {
    const modes = this.xterm.modes
    return {
      alternateScreen: this.xterm.buffer.active.type === "alternate",
      applicationCursor: modes.applicationCursorKeysMode,
      applicationKeypad: modes.applicationKeypadMode,
      autoWrap: modes.wraparoundMode,
      bracketedPaste: modes.bracketedPasteMode,
      focusEvents: modes.sendFocusMode,
      insert: modes.insertMode,
      origin: modes.originMode,
      mouse: modes.mouseTrackingMode,
      mouseSgr: this.mouseSgr,
      synchronizedOutput: modes.synchronizedOutputMode,
      kittyKeyboard: this.kitty.at(-1) ?? 0,
      modifyOtherKeys: this.modifyOtherKeys
    }
  }

  [Symbol.dispose](): void {
    this.xterm.dispose()
  }

  private rowsOf(buffer: IBuffer, first: number, keepBlanks = false): Array<string> {
    const rows: Array<string> = []
    for (let y = first; y < buffer.length; y++) rows.push(textOf(buffer.getLine(y), keepBlanks))
    return rows
  }

  // Every handler returns false, so xterm does its own part after we have looked.
  private watchModes(): void {
    const parser = this.xterm.parser
    const csi = (id: Parameters<typeof parser.registerCsiHandler>[0], see: (first: number, second: number) => void) =>
      parser.registerCsiHandler(id, (params) => {
        see(Number(params[0] ?? 0), Number(params[1] ?? 0))
        return false
      })
    const reset = () => {
      this.cursorVisible = true
      this.cursorShape = "block"
      this.mouseSgr = false
      this.kitty = []
      this.modifyOtherKeys = 0
      return false
    }
    for (const [final, on] of [
      ["h", true],
      ["l", false]
    ] as const) {
      parser.registerCsiHandler({ prefix: "?", final }, (params) => {
        for (const mode of params) {
          if (mode === 25) this.cursorVisible = on
          if (mode === 1006) this.mouseSgr = on
        }
        return false
      })
    }
    csi({ intermediates: " ", final: "q" }, (style) => {
      this.cursorShape = style <= 2 ? "block" : style <= 4 ? "underline" : "bar"
    })
    csi({ prefix: ">", final: "u" }, (flags) => this.kitty.push(flags))
    csi({ prefix: "=", final: "u" }, (flags) => {
      this.kitty[Math.max(this.kitty.length - 1, 0)] = flags
    })
    csi({ prefix: "<", final: "u" }, (count) => this.kitty.splice(-Math.max(count, 1)))
    csi({ prefix: ">", final: "m" }, (resource, level) => {
      if (resource === 4) this.modifyOtherKeys = level
    })
    parser.registerEscHandler({ final: "c" }, reset)
    csi({ intermediates: "!", final: "p" }, () => {
      this.cursorVisible = true
    })
    parser.registerOscHandler(52, (data) => {
      const payload = data.slice(data.indexOf(";") + 1)
      if (payload !== "?") this.clipboard.push(Buffer.from(payload, "base64").toString("utf8"))
      return true
    })
  }
}

// xterm cuts what was never written; without our cut, programs that erase by writing blanks would look different.
const textOf = (line: IBufferLine | undefined, keepBlanks = false): string => {
  const text = line?.translateToString(true) ?? ""
  return keepBlanks ? text : text.replace(/ +$/, "")
}
