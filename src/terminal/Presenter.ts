import { CellReader, type CellRow, CellRowBuilder, EMPTY_ROW } from "./CellRow.ts"
import type { ColorDepth } from "./colorDepth.ts"
import type { CursorAt } from "./OutputView.ts"
import { closePen, moveTo, type PenState, patchRow } from "./rowPatch.ts"
import type { Ambiguity } from "./sureWidths.ts"
import type { CursorShape } from "./TerminalModes.ts"

/** A rectangle of the screen, in cells from the top left. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Where a layer wants the terminal's cursor, in cells from the layer's top left. */
export type LayerCursor = CursorAt

/** What lies on Ink's frame: a surface brings its own rows, an overlay lifts Ink's cells above surfaces. */
export interface Layer {
  /** For error reports only. */
  readonly id: string
  /** Higher lies above; equal ones in the order they were added. */
  readonly z: number
  /** The rectangle at this moment, null while it is not shown. Asked for at every paint: Yoga moves it silently. */
  rect(): Rect | null
  /**
   * What a surface shows: up to `height` rows of up to `width` cells, missing ones blank. SGR and http(s) OSC 8 are
   * shown, anything else is dropped. Absent on an overlay, which shows Ink's frame.
   */
  rows?(width: number, height: number): ReadonlyArray<string>
  /** The cursor's place, null for none. The highest layer that has one gets the terminal's cursor. */
  cursor?(width: number, height: number): LayerCursor | null
}

/** Where the presenter's bytes go. */
export interface PresenterOutput {
  /** Writes and calls back once the bytes are handed over, with the error if they were not. Must not throw. */
  write(data: string, done: (error?: Error | null) => void): void
  /** The bytes that select a cursor shape; whoever gives them undoes them on leaving. */
  cursorShape(shape: CursorShape, blink: boolean): string
}

/** What went wrong while painting: the terminal could not be written, or a surface's function threw. */
export type PresenterError =
  | { readonly kind: "write"; readonly cause: unknown }
  | { readonly kind: "layer"; readonly layer: string; readonly cause: unknown }

export interface PresenterOptions {
  readonly output: PresenterOutput
  readonly columns: number
  readonly rows: number
  readonly colorDepth: ColorDepth
  readonly ambiguity: Ambiguity
  /** Whether the terminal may be given links (OSC 8); true unless said otherwise. */
  readonly links?: boolean
  readonly onError: (error: PresenterError) => void
}

/** Shortest time between two paints, in ms: 60 per second. The first after a pause is not delayed. */
export const FRAME_MS = 16
/** Longest time between two paints on a terminal that takes bytes slowly, in ms. */
export const MAX_FRAME_MS = 250

/** DEC private mode 2026 (synchronized output): terminals that have it show the frame at once, others ignore it. */
const SYNC_BEGIN = "\x1b[?2026h"
const SYNC_END = "\x1b[?2026l"
const CURSOR_HIDE = "\x1b[?25l"
const CURSOR_SHOW = "\x1b[?25h"
const CLEAR = "\x1b[0m\x1b[2J"

/** Counters for benchmarks and tests. */
export interface PresenterStats {
  /** Frames that changed something. */
  readonly frames: number
  /** UTF-8 bytes written. */
  readonly bytes: number
}

interface CursorState {
  readonly row: number
  readonly column: number
  readonly shape: CursorShape
  readonly blink: boolean
}

/**
 * The only writer of the outer terminal's screen. It puts Ink's frame and the layers together, compares the cells with
 * what is on screen and writes what differs: one synchronised write per frame, by absolute position, never clearing but
 * on start, resize and `repaint`. It emits SGR, cursor addressing, erase, cursor visibility and shape, DEC 2026 and
 * http(s) OSC 8, all made from cells: no byte of a frame or surface is copied through.
 *
 * Expects the alternate screen and autowrap off (OuterTerminal). `TERM=dumb` gets the same picture without colour: a
 * dumb terminal that cannot address its cursor cannot show a full-screen program at all.
 *
 * A plain class over plain data: it runs at every frame.
 */
export class Presenter {
  readonly #output: PresenterOutput
  readonly #onError: (error: PresenterError) => void
  readonly #reader: CellReader
  readonly #ambiguity: Ambiguity
  readonly #layers: Array<Layer> = []
  #columns: number
  #rows: number
  #frame: ReadonlyArray<string> = []
  /** What is on screen, unless `#clear` says that nobody knows. */
  #screen: Array<CellRow> = []
  #clear = true
  #cursor: CursorState | null = null
  /** The cursor's shape as it was last selected. */
  #shape: CursorShape = "default"
  #blink = false
  /** Rows read for the last paint, by text: a row that only moved or stayed is not read again. */
  #frameRows = new Map<string, CellRow>()
  #textRows = new Map<string, CellRow>()
  /** Layers that threw when they were last asked: reported once, not sixty times a second. */
  readonly #failing = new WeakSet<Layer>()
  #immediate: NodeJS.Immediate | null = null
  #timer: NodeJS.Timeout | null = null
  #notBefore = 0
  #writing = false
  #wanted = false
  #state: "running" | "paused" | "stopped" = "running"
  #frames = 0
  #bytes = 0

  constructor(options: PresenterOptions) {
    this.#output = options.output
    this.#onError = options.onError
    this.#reader = new CellReader(options.colorDepth, options.links)
    this.#ambiguity = options.ambiguity
    this.#columns = options.columns
    this.#rows = options.rows
  }

  /** Size of the screen in cells. */
  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#columns, rows: this.#rows }
  }

  get stats(): PresenterStats {
    return { frames: this.#frames, bytes: this.#bytes }
  }

  /** Takes Ink's newest frame, one string per row, and paints soon. */
  setFrame(lines: ReadonlyArray<string>): void {
    this.#frame = lines
    this.invalidate()
  }

  /** Adds a surface or an overlay and paints soon; the result removes it again. */
  add(layer: Layer): () => void {
    this.#layers.push(layer)
    this.invalidate()
    return () => {
      const at = this.#layers.indexOf(layer)
      if (at === -1) return
      this.#layers.splice(at, 1)
      this.invalidate()
    }
  }

  /** Paints soon: at the end of this turn of the event loop, or when the frame time has passed since the last paint. */
  invalidate(): void {
    this.#wanted = true
    if (this.#state !== "running" || this.#writing || this.#immediate !== null || this.#timer !== null) return
    const wait = this.#notBefore - performance.now()
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = null
        this.#paint()
      }, wait)
    } else {
      this.#immediate = setImmediate(() => {
        this.#immediate = null
        this.#paint()
      })
    }
  }

  /** Takes a new size; the next paint clears the screen, whose contents the terminal has moved about. */
  resize(columns: number, rows: number): void {
    if (columns === this.#columns && rows === this.#rows) return
    this.#columns = columns
    this.#rows = rows
    this.repaint()
  }

  /** Forgets what is on screen, for when something else has written to it, and paints all of it soon. */
  repaint(): void {
    this.#clear = true
    this.invalidate()
  }

  /** Paints now if anything asked for it, whatever the frame time says. Does nothing while a write is under way. */
  flush(): void {
    if (this.#wanted && this.#state === "running" && !this.#writing) this.#paint()
  }

  /** Stops painting until `resume`: the terminal is someone else's for a while. */
  pause(): void {
    if (this.#state === "running") this.#state = "paused"
    this.#cancel()
  }

  /** Paints again, all of the screen: someone else may have written, and selected another cursor. */
  resume(): void {
    if (this.#state === "stopped") return
    this.#state = "running"
    this.#shape = "default"
    this.#blink = false
    this.repaint()
  }

  /** Never paints again. */
  stop(): void {
    this.#state = "stopped"
    this.#cancel()
  }

  #cancel(): void {
    if (this.#immediate !== null) clearImmediate(this.#immediate)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#immediate = null
    this.#timer = null
  }

  #paint(): void {
    this.#cancel()
    this.#wanted = false
    const data = this.#compose()
    if (data === "") return
    this.#frames++
    this.#bytes += Buffer.byteLength(data)
    this.#writing = true
    const start = performance.now()
    this.#output.write(data, (error) => {
      this.#writing = false
      // A terminal that needs longer for a frame than the frame lasts gets fewer frames, not a queue of them.
      const took = performance.now() - start
      this.#notBefore = start + Math.min(MAX_FRAME_MS, Math.max(FRAME_MS, 2 * took))
      if (error) {
        // The terminal is gone (EIO, EPIPE): painting on would fail sixty times a second.
        this.stop()
        this.#onError({ kind: "write", cause: error })
      } else if (this.#wanted) this.invalidate()
    })
  }

  /** The bytes from the screen as it is to the screen as it should be, and the screen's new state. */
  #compose(): string {
    const { rows, cursor } = this.#picture()
    const clear = this.#clear
    if (clear) {
      this.#clear = false
      this.#screen = Array.from({ length: this.#rows }, () => EMPTY_ROW)
    }
    const pen: PenState = { style: "" }
    let patches = ""
    for (let y = 0; y < this.#rows; y++) {
      patches += patchRow(y, this.#columns, this.#screen[y]!, rows[y]!, pen, this.#ambiguity)
    }
    this.#screen = rows
    const cursorBytes = this.#moveCursor(cursor, clear || patches !== "")
    if (!clear && patches === "") return cursorBytes
    return SYNC_BEGIN + CURSOR_HIDE + (clear ? CLEAR : "") + patches + closePen(pen) + cursorBytes + SYNC_END
  }

  /** Puts the cursor where it belongs; `moved` says that painting left it elsewhere, hidden. */
  #moveCursor(cursor: CursorState | null, moved: boolean): string {
    const before = this.#cursor
    this.#cursor = cursor
    if (cursor === null) return before === null || moved ? "" : CURSOR_HIDE
    let out = ""
    if (moved || before === null || before.row !== cursor.row || before.column !== cursor.column)
      out += moveTo(cursor.row, cursor.column)
    if (this.#shape !== cursor.shape || this.#blink !== cursor.blink) {
      this.#shape = cursor.shape
      this.#blink = cursor.blink
      out += this.#output.cursorShape(cursor.shape, cursor.blink)
    }
    return moved || before === null ? out + CURSOR_SHOW : out
  }

  /** The screen as it should be. */
  #picture(): { readonly rows: Array<CellRow>; readonly cursor: CursorState | null } {
    const [columns, height] = [this.#columns, this.#rows]
    const frameRows = new Map<string, CellRow>()
    const textRows = new Map<string, CellRow>()
    const frame: Array<CellRow> = []
    const rows: Array<CellRowBuilder> = []
    for (let y = 0; y < height; y++) {
      const line = this.#frame[y] ?? ""
      const row = frameRows.get(line) ?? this.#frameRows.get(line) ?? this.#reader.frame(line)
      frameRows.set(line, row)
      frame.push(row)
      const builder = new CellRowBuilder(columns)
      builder.put(0, columns, row)
      rows.push(builder)
    }
    let cursor: CursorState | null = null
    for (const layer of [...this.#layers].sort((a, b) => a.z - b.z)) {
      const shown = this.#ask(layer, textRows)
      if (shown === null) continue
      const { rect } = shown
      for (let i = Math.max(0, -rect.y); i < rect.height && rect.y + i < height; i++) {
        const y = rect.y + i
        if (shown.rows === null) rows[y]!.put(rect.x, rect.width, frame[y]!, rect.x)
        else rows[y]!.put(rect.x, rect.width, shown.rows[i] ?? EMPTY_ROW)
      }
      if (cursor !== null && isInside(rect, cursor.column, cursor.row)) cursor = null
      if (shown.cursor !== null) {
        const row = rect.y + shown.cursor.row
        const column = rect.x + shown.cursor.column
        const visible = isInside(rect, column, row) && row >= 0 && row < height && column >= 0 && column < columns
        const { shape = "default", blink = false } = shown.cursor
        cursor = visible ? { row, column, shape, blink: blink && shape !== "default" } : null
      }
    }
    this.#frameRows = frameRows
    this.#textRows = textRows
    return { rows, cursor }
  }

  /** What a layer shows now; null when it is not shown. A layer that throws is blank and reported. */
  #ask(
    layer: Layer,
    seen: Map<string, CellRow>
  ): { readonly rect: Rect; readonly rows: Array<CellRow> | null; readonly cursor: LayerCursor | null } | null {
    let rect: Rect | null = null
    try {
      rect = layer.rect()
      if (rect === null || rect.width <= 0 || rect.height <= 0) return null
      const texts = layer.rows?.(rect.width, rect.height)
      const cursor = layer.cursor?.(rect.width, rect.height) ?? null
      if (texts === undefined) return { rect, rows: null, cursor }
      const rows: Array<CellRow> = []
      for (let i = 0; i < texts.length && i < rect.height; i++) {
        const text = texts[i]!
        const row = seen.get(text) ?? this.#textRows.get(text) ?? this.#reader.text(text)
        seen.set(text, row)
        rows.push(row)
      }
      this.#failing.delete(layer)
      return { rect, rows, cursor }
    } catch (cause) {
      if (!this.#failing.has(layer)) this.#onError({ kind: "layer", layer: layer.id, cause })
      this.#failing.add(layer)
      return rect === null ? null : { rect, rows: [], cursor: null }
    }
  }
}

const isInside = (rect: Rect, x: number, y: number): boolean =>
  x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height
