import { type BlockHeader, isFinished, type OutputStream } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import type { CursorAt } from "../../terminal/OutputView.ts"
import { BlockMeasures, type BlockSource, type ShownView } from "./BlockMeasures.ts"
import { belowSign } from "./belowSign.ts"
import { blockHeaderRow } from "./blockHeader.ts"
import { blockRows, rowOfPart } from "./blockRows.ts"
import type { LineMark, LineMarker } from "./lineMarks.ts"
import { type BlockInView, type Hit, ViewMap } from "./ViewMap.ts"
import { type Position, Viewport } from "./Viewport.ts"

/** Who marks text in the list: a search, and above it what selects or names it to be picked. */
export type MarkerOwner = "search" | "pick"

/**
 * The block list: what is shown of which blocks, and which one is selected.
 *
 * Blocks stand at the bottom of the view, the last one just above the editor. Following, the view sticks to the end of
 * the list; scrolled up, it is held: the row at its top stays there whatever is printed, folded or resized elsewhere.
 * While a block begins above the view, its header stands in the first row. Only blocks in view are measured and drawn,
 * and no row in view depends on an estimate.
 *
 * Plain and mutable: it works for every frame. `rows` gives the same rows for the same blocks, scroll, size and time.
 */
export class BlockList {
  readonly #source: BlockSource
  readonly #measures: BlockMeasures
  readonly #viewport: Viewport
  readonly #map: ViewMap
  readonly #listeners = new Set<() => void>()
  /** The highest number that a block has had. */
  #newest = 0
  #selected: BlockId | null = null
  readonly #markers = new Map<MarkerOwner, LineMarker>()
  /** A folded block that is shown unfolded for now, and the session's blocks as they came. */
  #peeked: BlockId | null = null
  #given: ReadonlyArray<BlockHeader> = []

  constructor(source: BlockSource) {
    this.#source = source
    this.#measures = new BlockMeasures(source)
    this.#viewport = new Viewport(this.#measures)
    this.#map = new ViewMap(this.#measures, this.#viewport)
  }

  /** Calls `changed` after everything that could change the rows; returns how to stop. Time and size are the caller's. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  /** True while the view sticks to the end of the list. */
  get following(): boolean {
    return this.#viewport.following
  }

  get selected(): BlockId | null {
    return this.#selected
  }

  /** The selected block as it is now. */
  get selectedBlock(): BlockHeader | null {
    const index = this.#selected === null ? undefined : this.#measures.indexOf(this.#selected)
    return index === undefined ? null : this.#blocks[index]!
  }

  /** True when there is no block to show. */
  get empty(): boolean {
    return this.#blocks.length === 0
  }

  /** Columns that rows were last asked for. */
  get width(): number {
    return this.#measures.width
  }

  /** Rows that were last asked for. */
  get height(): number {
    return this.#viewport.height
  }

  /** Rows below the view, partly estimated. */
  get below(): number {
    return this.#viewport.below
  }

  /** Takes the session's blocks, at every change of the session. */
  setBlocks(given: ReadonlyArray<BlockHeader>): void {
    if (given === this.#given) return
    this.#given = given
    this.#takeBlocks(this.following ? this.inView() : [])
  }

  /**
   * @param shown what a view that follows shows until now; nothing where blocks are only looked into
   */
  #takeBlocks(shown: ReadonlyArray<BlockInView> = []): void {
    const before = this.#blocks
    const blocks = this.#withPeeked(this.#given)
    const changed: Array<readonly [index: number, old: BlockHeader | undefined]> = []
    this.#measures.setBlocks(blocks, (index, old) => changed.push([index, old]))
    this.#viewport.blocksChanged(before)
    for (const [index, old] of changed) this.#blockChanged(index, old, before.length === 0)
    if (this.#selected !== null && this.#measures.indexOf(this.#selected) === undefined) this.#selected = null
    const unfolded = changed.filter(([index, old]) => old?.metadata.folded && !blocks[index]?.metadata.folded)
    this.#stayAt(shown, new Set(unfolded.map(([index]) => blocks[index]!.id)))
    this.#changed()
  }

  /** A block that is unfolded is read from its beginning: it stays where it was in a view that followed the end. */
  #stayAt(shown: ReadonlyArray<BlockInView>, unfolded: ReadonlySet<BlockId>): void {
    const found = shown.filter(({ block, from }) => from === 0 && unfolded.has(block.id))
    const anchor = found.find(({ block }) => block.id === this.#selected) ?? found.at(-1)
    const index = anchor === undefined ? undefined : this.#measures.indexOf(anchor.block.id)
    if (anchor !== undefined && index !== undefined)
      this.#viewport.holdAt(this.#viewport.walk({ index, row: 0 }, -anchor.at))
  }

  /** Tells that a block's output changed. */
  touch(id: BlockId): void {
    const index = this.#measures.touch(id)
    if (index === undefined) return
    this.#viewport.printed(index, storedLines(this.#blocks[index]!))
    this.#changed()
  }

  /** Marks a block as selected, or none; the view does not move. */
  select(id: BlockId | null): void {
    if (id === this.#selected || (id !== null && this.#measures.indexOf(id) === undefined)) return
    this.#selected = id
    this.#changed()
  }

  /** Selects the block that is being read: the first in a held view, else the last of all. */
  selectRead(): void {
    this.select((this.following ? undefined : this.inView()[0]?.block.id) ?? this.#blocks.at(-1)?.id ?? null)
  }

  /**
   * Selects the nearest block above (`step` −1) or below (1) that passes `filter`, and brings it into view. With no
   * selection it starts at the last block. False when there is no such block: then nothing changes.
   */
  selectBy(step: -1 | 1, filter: (block: BlockHeader) => boolean = () => true): boolean {
    const from = this.#selected === null ? undefined : this.#measures.indexOf(this.#selected)
    if (step < 0 && from !== undefined && this.#viewport.beginsAbove(from) && filter(this.#blocks[from]!)) {
      // First to the header of the block that is being read.
      this.ensureVisible(this.#selected!)
      return true
    }
    for (let i = from === undefined ? this.#blocks.length - 1 : from + step; this.#blocks[i] !== undefined; i += step) {
      const block = this.#blocks[i]!
      if (!filter(block)) continue
      this.select(block.id)
      this.ensureVisible(block.id)
      return true
    }
    return false
  }

  /** Lets `marker` decide what stands out in the output; null for nothing. To be told again whenever it answers otherwise. */
  setMarker(marker: LineMarker | null, owner: MarkerOwner = "search"): void {
    if (marker === null) this.#markers.delete(owner)
    else this.#markers.set(owner, marker)
    this.#changed()
  }

  /** What stands out in a line of output, see `setMarker`. */
  marks(...line: Parameters<LineMarker>): ReadonlyArray<LineMark> {
    return this.#marker?.(...line) ?? []
  }

  /** True while what a search has found stands out. */
  get marked(): boolean {
    return this.#markers.has("search")
  }

  get #marker(): LineMarker | null {
    const [search, pick] = [this.#markers.get("search"), this.#markers.get("pick")]
    if (search === undefined || pick === undefined) return search ?? pick ?? null
    return (...line) => [...search(...line), ...pick(...line)]
  }

  /** Keeps where the view is and what is selected; the result puts it back. */
  remember(): () => void {
    const goBack = this.#viewport.remember()
    const selected = this.#selected
    return () => {
      goBack()
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

  /** The folded block that is looked into. */
  get peeked(): BlockId | null {
    return this.#peeked
  }

  /** Shows something else in place of a block's output; null brings the output back. To be told again when it changes. */
  setView(id: BlockId, view: ShownView | null): void {
    if (this.#measures.setView(id, view)) this.#changed()
  }

  /** What is shown in place of a block's output, null for the output itself. */
  view(id: BlockId): ShownView | null {
    return this.#measures.view(id)
  }

  /** The blocks in view, from top to bottom: each with the rows of it that are, but for a header that only stands over them. */
  inView(): ReadonlyArray<BlockInView> {
    return this.#map.blocks()
  }

  /** True while a block is being read: the view is held, and some of the block is in it. */
  isRead(id: BlockId): boolean {
    return !this.following && this.#map.block(id) !== undefined
  }

  /** Brings a row of an output's kept line into view: where it is already, nothing moves; else to the middle. */
  reveal(id: BlockId, stream: OutputStream, line: number, rowInLine = 0): void {
    const index = this.#measures.indexOf(id)
    const view = index === undefined ? null : this.#measures.streams(index)[stream]
    if (index === undefined || view === null) return
    const { width } = this.#measures
    const part = stream === "stdout" ? "output" : "stderr"
    const row = rowOfPart(this.#measures.layout(index), part, view.rowOfLine(width, line) + rowInLine)
    if (this.#map.rowOf(id, row) !== null) return
    this.#holdAt(this.#viewport.walk({ index, row }, -Math.floor(this.#viewport.height / 2)))
  }

  /** Moves the view by rows: negative is up. Reaching the end makes it follow. A selection goes along. */
  scrollBy(rows: number): void {
    this.#viewport.scrollBy(rows)
    if (this.#selected !== null) this.#selectInView(this.#selected)
    this.#changed()
  }

  /** Holds the view where it is, also at the end, while something in it is being picked; or lets it follow again. */
  hold(on: boolean): void {
    this.#viewport.setFirm(on)
  }

  /** One page up, with an overlap. */
  pageUp(): void {
    this.scrollBy(-this.#viewport.page)
  }

  /** One page down, with an overlap. */
  pageDown(): void {
    this.scrollBy(this.#viewport.page)
  }

  /** Shows the first block's header. */
  toTop(): void {
    this.#holdAt({ index: 0, row: 0 })
  }

  /** Goes to the end and follows. */
  toBottom(): void {
    this.#viewport.follow()
    this.#changed()
  }

  /** Shows a block from its header on. */
  toBlockTop(id: BlockId): void {
    const index = this.#measures.indexOf(id)
    if (index !== undefined) this.#holdAt({ index, row: 0 })
  }

  /** Shows a block's last row, at the bottom of the view. */
  toBlockBottom(id: BlockId): void {
    const index = this.#measures.indexOf(id)
    if (index === undefined) return
    const last = { index, row: this.#measures.layout(index).height - 1 }
    if (index === this.#blocks.length - 1) this.toBottom()
    else this.#holdAt(this.#viewport.walk(last, 1 - this.#viewport.heldRows))
  }

  /**
   * Lets the view begin anew: what is above stays, and is reached by scrolling. A block that runs or waits goes on being
   * shown.
   */
  clear(): void {
    const first = this.#blocks.findIndex(({ status }) => !isFinished(status))
    const last = first < 0 ? this.#blocks.at(-1) : this.#blocks[first - 1]
    if (last !== undefined) this.#viewport.clearTo(last.id)
    this.toBottom()
  }

  /** Moves the view as little as shows the block: whole if it fits, else from its header on. */
  ensureVisible(id: BlockId): void {
    const index = this.#measures.indexOf(id)
    if (index === undefined) return
    const { position, shown } = this.#viewport.window()
    const header: Position = { index, row: 0 }
    if (this.#viewport.beginsAbove(index)) {
      this.#holdAt(header)
      return
    }
    const size = this.#measures.layout(index).height
    let above = -position.row
    for (let i = position.index; i < index && above < shown; i++) above += this.#measures.rows(i)
    if (above + size <= shown) return
    const room = this.#viewport.heldRows
    this.#holdAt(size >= room ? header : this.#viewport.walk(header, size - room))
  }

  /** The block under a row of the view (0 is the top), null where there is none. */
  hit(row: number): Hit | null {
    return this.#map.hit(row)
  }

  /** Where a running program's cursor is in the view; null when it is hidden or out of view. */
  cursor(id: BlockId): CursorAt | null {
    return this.#map.cursor(id)
  }

  /** The rows in view that show a block's `output`: its rows `from` on stand from view row `at` to `end` (exclusive). */
  outputInView(id: BlockId): ReturnType<ViewMap["output"]> {
    return this.#map.output(id)
  }

  /**
   * The rows in view: exactly `height` of them, each at most `width` cells, with SGR.
   *
   * @param now milliseconds since the epoch, for running blocks' durations and for what "today" is
   */
  rows(width: number, height: number, now: number): ReadonlyArray<string> {
    this.#measures.setFrame(width, now)
    this.#viewport.height = height
    const { position, shown, blank, sticky, sign } = this.#viewport.window()
    const end = blank + shown
    const rows: Array<string> = Array(blank).fill("")
    let { index, row } = position
    if (sticky) {
      const context = this.#measures.context(index, this.#blocks[index]!.id === this.#selected)
      rows.push(blockHeaderRow(this.#blocks[index]!, { ...context, continued: true }))
      row++
    }
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
    if (sign) rows[height - 1] = belowSign(this.#viewport.below, this.#viewport.arrived, width, this.#source.theme)
    return rows
  }

  get #blocks(): ReadonlyArray<BlockHeader> {
    return this.#measures.blocks
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

  #blockChanged(index: number, old: BlockHeader | undefined, all: boolean): void {
    const block = this.#blocks[index]!
    const { number } = block.metadata
    if (old !== undefined) this.#viewport.printed(index, storedLines(old))
    // A new block's header is a line to read as well; one that was deleted and comes back is nothing new.
    else if (!all) this.#viewport.printed(index, number > this.#newest ? -1 : storedLines(block))
    this.#newest = Math.max(this.#newest, number)
    if (old !== undefined && old.metadata.notices.length < block.metadata.notices.length) this.#viewport.uncover(index)
    // What ends at once is never seen while it runs.
    const ended = (old === undefined || !isFinished(old.status)) && isFinished(block.status)
    if (ended && storedLines(block) === 0 && this.#source.cleared?.(block.id) === true) this.#viewport.clearTo(block.id)
  }

  /** Keeps the selection in view, as near to where it was as can be. */
  #selectInView(selected: BlockId): void {
    const visible = this.inView()
    const first = visible[0]
    if (first === undefined || visible.some(({ block }) => block.id === selected)) return
    const isAbove = this.#measures.indexOf(selected)! < this.#measures.indexOf(first.block.id)!
    this.#selected = (isAbove ? first : visible.at(-1)!).block.id
  }

  #holdAt(position: Position): void {
    this.#viewport.holdAt(position)
    this.#changed()
  }

  #changed(): void {
    for (const changed of this.#listeners) changed()
  }
}

/** Lines to read of a block by its header: what it has printed and its notices. */
const storedLines = ({ metadata }: BlockHeader): number =>
  metadata.lines + (metadata.stderr?.lines ?? 0) + metadata.notices.length
