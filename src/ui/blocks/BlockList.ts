import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { textWidth } from "../../terminal/cells.ts"
import type { CursorAt } from "../../terminal/OutputView.ts"
import { BlockMeasures, type BlockSource, type ShownView } from "./BlockMeasures.ts"
import { type BlockLayout, type BlockStreams, blockRows, partAt, rowOfPart } from "./blockRows.ts"
import { formatCount } from "./format.ts"
import type { LineMarker } from "./lineMarks.ts"
import { type Place, placeOfRow, type RowKind, rowOfPlace } from "./place.ts"
import { truncateText } from "./visibleText.ts"

/** Where the view is: at the end, following new output, or held with a place at its top. */
type Scroll = { readonly mode: "follow" } | { readonly mode: "pinned"; readonly block: BlockId; readonly place: Place }

/** A row of the list: a block's index and the row within the block, its divider included. */
interface Position {
  readonly index: number
  readonly row: number
}

/** The part of the list in view. */
interface Window {
  /** Its first row. */
  readonly position: Position
  /** Rows of content. */
  readonly shown: number
  /** Blank rows above them, while everything fits. */
  readonly blank: number
}

/** A block in view: its rows `from` on, `rows` of them, stand from the view's row `at` on. */
export interface BlockInView {
  readonly block: BlockHeader
  readonly layout: BlockLayout
  readonly streams: BlockStreams
  readonly from: number
  readonly at: number
  readonly rows: number
}

/** Who marks text in the list: a search, and above it what selects or names it to be picked. */
export type MarkerOwner = "search" | "pick"

/** What is under a row of the view. */
export interface Hit {
  readonly block: BlockId
  readonly part: RowKind
}

/** Below this many rows a held view has no row to spare for the "more below" sign. */
const MIN_ROWS_FOR_SIGN = 3
/** A scroll of more pages than this jumps by the known heights instead of measuring every block on its way. */
const WALKED_PAGES = 8
/** Rows that stay in view on a page up or down, as a guide for the eye. */
const PAGE_OVERLAP = 2

/**
 * The block list: which rows of which blocks are in view, and how scrolling moves them.
 *
 * Blocks stand at the bottom of the view, the last one just above the editor. Following, the view sticks to the end of
 * the list; scrolled up, it is held: the row at its top stays there whatever is printed, folded or resized elsewhere.
 * Only blocks in view are measured and drawn, and no row in view depends on an estimate.
 *
 * Plain and mutable: it works for every frame. `rows` gives the same rows for the same blocks, scroll, size and time.
 */
export class BlockList {
  readonly #source: BlockSource
  readonly #measures: BlockMeasures
  readonly #listeners = new Set<() => void>()
  #scroll: Scroll = { mode: "follow" }
  #selected: BlockId | null = null
  #height = 24
  readonly #markers = new Map<MarkerOwner, LineMarker>()
  /** A folded block that is shown unfolded for now, and the session's blocks as they came. */
  #peeked: BlockId | null = null
  #given: ReadonlyArray<BlockHeader> = []
  /** Something was printed at or below a held view since it was held. */
  #unseen = false

  constructor(source: BlockSource) {
    this.#source = source
    this.#measures = new BlockMeasures(source)
  }

  /** Calls `changed` after everything that could change the rows; returns how to stop. Time and size are the caller's. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  /** True while the view sticks to the end of the list. */
  get following(): boolean {
    return this.#scroll.mode === "follow"
  }

  get selected(): BlockId | null {
    return this.#selected
  }

  /** True when there is no block to show. */
  get empty(): boolean {
    return this.#blocks.length === 0
  }

  /** Rows below the view, partly estimated. */
  get below(): number {
    const { position, shown } = this.#window()
    const { heights } = this.#measures
    return Math.max(0, heights.total - heights.before(position.index) - position.row - shown)
  }

  /** Takes the session's blocks, at every change of the session. */
  setBlocks(given: ReadonlyArray<BlockHeader>): void {
    if (given === this.#given) return
    this.#given = given
    this.#takeBlocks()
  }

  #takeBlocks(): void {
    const blocks = this.#withPeeked(this.#given)
    this.#measures.setBlocks(blocks, (index, old) => {
      if (old === undefined || saysMore(old, blocks[index]!)) this.#noteUnseen(index)
    })
    if (this.#scroll.mode === "pinned" && this.#measures.indexOf(this.#scroll.block) === undefined) this.#follow()
    if (this.#selected !== null && this.#measures.indexOf(this.#selected) === undefined) this.#selected = null
    this.#changed()
  }

  /** Tells that a block's output changed. */
  touch(id: BlockId): void {
    const index = this.#measures.touch(id)
    if (index === undefined) return
    this.#noteUnseen(index)
    this.#changed()
  }

  /** Marks a block as selected, or none; the view does not move. */
  select(id: BlockId | null): void {
    if (id === this.#selected || (id !== null && this.#measures.indexOf(id) === undefined)) return
    this.#selected = id
    this.#changed()
  }

  /**
   * Selects the nearest block above (`step` −1) or below (1) that passes `filter`, and brings it into view. With no
   * selection it starts at the last block. The selection stays where it is when there is no such block.
   */
  selectBy(step: -1 | 1, filter: (block: BlockHeader) => boolean = () => true): void {
    const from = this.#selected === null ? undefined : this.#measures.indexOf(this.#selected)
    if (step < 0 && from !== undefined && this.#headerIsAbove(from)) {
      // First to the header of the block that is being read.
      this.ensureVisible(this.#selected!)
      return
    }
    for (let i = from === undefined ? this.#blocks.length - 1 : from + step; this.#blocks[i] !== undefined; i += step) {
      const block = this.#blocks[i]!
      if (!filter(block)) continue
      this.select(block.id)
      this.ensureVisible(block.id)
      return
    }
  }

  /** Lets `marker` decide what stands out in the output; null for nothing. To be told again whenever it answers otherwise. */
  setMarker(marker: LineMarker | null, owner: MarkerOwner = "search"): void {
    if (marker === null) this.#markers.delete(owner)
    else this.#markers.set(owner, marker)
    this.#changed()
  }

  get #marker(): LineMarker | null {
    const [search, pick] = [this.#markers.get("search"), this.#markers.get("pick")]
    if (search === undefined || pick === undefined) return search ?? pick ?? null
    return (...line) => [...search(...line), ...pick(...line)]
  }

  /** Keeps where the view is and what is selected; the result puts it back. */
  remember(): () => void {
    const scroll = this.#scroll
    const selected = this.#selected
    return () => {
      const gone = scroll.mode === "pinned" && this.#measures.indexOf(scroll.block) === undefined
      if (scroll.mode === "follow" || gone) this.#follow()
      else this.#scroll = scroll
      this.#selected = selected !== null && this.#measures.indexOf(selected) === undefined ? null : selected
      this.#changed()
    }
  }

  /** Shows one folded block unfolded until another is, or none; it stays folded in the session. */
  peek(id: BlockId | null): void {
    if (id === this.#peeked) return
    this.#peeked = id
    this.#takeBlocks()
  }

  /** Shows something else in place of a block's output; null brings the output back. To be told again when it changes. */
  setView(id: BlockId, view: ShownView | null): void {
    if (this.#measures.setView(id, view)) this.#changed()
  }

  /** What is shown in place of a block's output, null for the output itself. */
  view(id: BlockId): ShownView | null {
    return this.#measures.view(id)
  }

  /** The blocks in view, from top to bottom: each with the rows of it that are. */
  inView(): ReadonlyArray<BlockInView> {
    const { position, shown, blank } = this.#window()
    const found: Array<BlockInView> = []
    let at = blank
    let { index, row } = position
    while (at < blank + shown && index < this.#blocks.length) {
      const layout = this.#measures.layout(index)
      const rows = Math.min(layout.height - row, blank + shown - at)
      const streams = this.#measures.streams(index)
      if (rows > 0) found.push({ block: this.#blocks[index]!, layout, streams, from: row, at, rows })
      at += this.#measures.rows(index) - row
      index++
      row = 0
    }
    return found
  }

  /** Brings a row of an output's kept line into view: where it is already, nothing moves; else to the middle. */
  reveal(id: BlockId, stream: OutputStream, line: number, rowInLine = 0): void {
    const index = this.#measures.indexOf(id)
    const view = index === undefined ? null : this.#measures.streams(index)[stream]
    if (index === undefined || view === null) return
    const { width } = this.#measures
    const part = stream === "stdout" ? "output" : "stderr"
    const row = rowOfPart(this.#measures.layout(index), part, view.rowOfLine(width, line) + rowInLine)
    const visible = this.inView().find(({ block }) => block.id === id)
    if (visible !== undefined && row >= visible.from && row < visible.from + visible.rows) return
    this.#holdAt(this.#walk({ index, row }, -Math.floor(this.#height / 2)))
  }

  /** Columns that rows were last asked for. */
  get width(): number {
    return this.#measures.width
  }

  /** Rows that were last asked for. */
  get height(): number {
    return this.#height
  }

  /** Moves the view by rows: negative is up. Reaching the end makes it follow. */
  scrollBy(rows: number): void {
    if (rows === 0 || this.empty) return
    const { position } = this.#window()
    const { heights } = this.#measures
    const far = Math.abs(rows) > WALKED_PAGES * this.#height
    this.#holdAt(far ? heights.find(heights.before(position.index) + position.row + rows) : this.#walk(position, rows))
  }

  /** One page up, with an overlap. */
  pageUp(): void {
    this.scrollBy(-Math.max(1, this.#height - PAGE_OVERLAP))
  }

  /** One page down, with an overlap. */
  pageDown(): void {
    this.scrollBy(Math.max(1, this.#height - PAGE_OVERLAP))
  }

  /** Shows the first block's header. */
  toTop(): void {
    this.#holdAt({ index: 0, row: 0 })
  }

  /** Goes to the end and follows. */
  toBottom(): void {
    this.#follow()
    this.#changed()
  }

  /** Moves the view as little as shows the block: whole if it fits, else from its header on. */
  ensureVisible(id: BlockId): void {
    const index = this.#measures.indexOf(id)
    if (index === undefined) return
    const { position, shown } = this.#window()
    const header: Position = { index, row: 0 }
    if (this.#headerIsAbove(index)) {
      this.#holdAt(header)
      return
    }
    const size = this.#measures.layout(index).height
    let above = -position.row
    for (let i = position.index; i < index && above < shown; i++) above += this.#measures.rows(i)
    if (above + size <= shown) return
    const room = this.#heldRows()
    this.#holdAt(size >= room ? header : this.#walk(header, size - room))
  }

  /** The block under a row of the view (0 is the top), null where there is none. */
  hit(row: number): Hit | null {
    const { position, shown, blank } = this.#window()
    if (row < blank || row >= blank + shown) return null
    const at = this.#walk(position, row - blank)
    const layout = this.#measures.layout(at.index)
    const part = at.row >= layout.height ? "divider" : partAt(layout, at.row).part
    return { block: this.#blocks[at.index]!.id, part }
  }

  /** Where a running program's cursor is in the view; null when it is hidden or out of view. */
  cursor(id: BlockId): CursorAt | null {
    const index = this.#measures.indexOf(id)
    if (index === undefined || this.#blocks[index]!.metadata.folded) return null
    const { width } = this.#measures
    const layout = this.#measures.layout(index)
    const at = this.#measures.streams(index).stdout?.cursor(width) ?? null
    if (at === null || at.row >= layout.outputRows) return null
    const { position, shown, blank } = this.#window()
    if (index < position.index) return null
    let row = rowOfPart(layout, "output", at.row) - position.row
    for (let i = position.index; i < index && row < shown; i++) row += this.#measures.rows(i)
    return row >= 0 && row < shown ? { ...at, row: blank + row, column: Math.min(at.column, width - 1) } : null
  }

  /** The rows in view that show a block's `output`: its rows `from` on stand from view row `at` to `end` (exclusive). */
  outputInView(id: BlockId): { readonly from: number; readonly at: number; readonly end: number } | null {
    const index = this.#measures.indexOf(id)
    if (index === undefined) return null
    const { position, shown, blank } = this.#window()
    if (index < position.index) return null
    const layout = this.#measures.layout(index)
    let start = -position.row
    for (let i = position.index; i < index && start < shown; i++) start += this.#measures.rows(i)
    // What a gap parts is shown above it: what can still change is below.
    const section = layout.sections.findLast(({ part }) => part === "output")
    if (section === undefined) return null
    const top = start + section.at
    const at = Math.max(0, top)
    const end = Math.min(shown, top + section.rows)
    return at < end ? { from: section.from + at - top, at: blank + at, end: blank + end } : null
  }

  /**
   * The rows in view: exactly `height` of them, each at most `width` cells, with SGR.
   *
   * @param now milliseconds since the epoch, for running blocks' durations and for what "today" is
   */
  rows(width: number, height: number, now: number): ReadonlyArray<string> {
    this.#measures.setFrame(width, now)
    this.#height = height
    const { position, shown, blank } = this.#window()
    const end = blank + shown
    const rows: Array<string> = Array(blank).fill("")
    let { index, row } = position
    while (rows.length < end && index < this.#blocks.length) {
      const block = this.#blocks[index]!
      const layout = this.#measures.layout(index)
      if (row < layout.height) {
        const context = this.#measures.context(index, block.id === this.#selected)
        const streams = this.#measures.streams(index)
        rows.push(...blockRows(block, streams, layout, context, row, end - rows.length, this.#marker))
      }
      if (rows.length < end && this.#measures.rows(index) > layout.height) rows.push("")
      index++
      row = 0
    }
    while (rows.length < height) rows.push("")
    if (end < height) rows[height - 1] = this.#belowSign()
    return rows
  }

  get #blocks(): ReadonlyArray<BlockHeader> {
    return this.#measures.blocks
  }

  /** `↓ 1,204 more lines, new output` at the right edge. */
  #belowSign(): string {
    const { theme } = this.#source
    const { width } = this.#measures
    const below = this.below
    const text = `${theme.signs.below} ${formatCount(below)} more ${below === 1 ? "line" : "lines"}`
    const whole = truncateText(this.#unseen ? `${text}, new output` : text, width, theme.signs.ellipsis)
    const pad = " ".repeat(width - textWidth(whole))
    return pad + (this.#unseen ? theme.key(whole) : theme.quiet(whole))
  }

  /** The blocks with the one unfolded that is looked into; who unfolds it for good is not in need of that any more. */
  #withPeeked(blocks: ReadonlyArray<BlockHeader>): ReadonlyArray<BlockHeader> {
    const index = this.#peeked === null ? -1 : blocks.findIndex(({ id }) => id === this.#peeked)
    const block = blocks[index]
    if (block?.metadata.folded !== true) {
      this.#peeked = null
      return blocks
    }
    return blocks.with(index, { ...block, metadata: { ...block.metadata, folded: false } })
  }

  #headerIsAbove(index: number): boolean {
    const { position } = this.#window()
    return index < position.index || (index === position.index && position.row > 0)
  }

  /** Rows of content in a held view: its last row tells what is below. */
  #heldRows(): number {
    return this.#height >= MIN_ROWS_FOR_SIGN ? this.#height - 1 : this.#height
  }

  /** Finds the rows in view; a held view that shows the end becomes a following one here. */
  #window(): Window {
    if (this.#scroll.mode === "pinned") {
      const { block, place } = this.#scroll
      const index = this.#measures.indexOf(block) ?? 0
      const { width } = this.#measures
      const row = rowOfPlace(this.#measures.layout(index), this.#measures.streams(index), width, place)
      const position = { index, row: Math.min(row, this.#measures.rows(index) - 1) }
      if (this.#reaches(position, this.#height)) return { position, shown: this.#heldRows(), blank: 0 }
      this.#follow()
    }
    let rows = 0
    let index = this.#blocks.length
    while (index > 0 && rows < this.#height) rows += this.#measures.rows(--index)
    const shown = Math.min(rows, this.#height)
    return { position: { index, row: rows - shown }, shown, blank: this.#height - shown }
  }

  /** True when more than `rows` rows follow from `position` on. */
  #reaches(position: Position, rows: number): boolean {
    let found = -position.row
    for (let i = position.index; i < this.#blocks.length; i++) {
      found += this.#measures.rows(i)
      if (found > rows) return true
    }
    return false
  }

  #follow(): void {
    this.#scroll = { mode: "follow" }
    this.#unseen = false
  }

  /** Holds the view with `position` at its top, or follows when that shows the end. */
  #holdAt({ index, row }: Position): void {
    const block = this.#blocks[index]
    if (block === undefined) return
    const { width } = this.#measures
    const place = placeOfRow(this.#measures.layout(index), this.#measures.streams(index), width, row)
    this.#scroll = { mode: "pinned", block: block.id, place }
    // Decides whether the end is in view.
    this.#window()
    this.#changed()
  }

  /** The position `rows` rows further (or back), inside the list, measuring what it passes. */
  #walk(from: Position, rows: number): Position {
    let { index } = from
    let row = from.row + rows
    while (row < 0 && index > 0) row += this.#measures.rows(--index)
    while (index < this.#blocks.length - 1 && row >= this.#measures.rows(index)) row -= this.#measures.rows(index++)
    return { index, row: Math.max(0, Math.min(row, this.#measures.rows(index) - 1)) }
  }

  #noteUnseen(index: number): void {
    if (this.#scroll.mode === "pinned" && index >= (this.#measures.indexOf(this.#scroll.block) ?? 0))
      this.#unseen = true
  }

  #changed(): void {
    for (const changed of this.#listeners) changed()
  }
}

/** True when a reader of the end of the list would find something new: not for a fold. */
const saysMore = (old: BlockHeader, next: BlockHeader): boolean =>
  old.status !== next.status ||
  old.metadata.lines !== next.metadata.lines ||
  old.metadata.stderr?.lines !== next.metadata.stderr?.lines ||
  old.metadata.notices.length !== next.metadata.notices.length
