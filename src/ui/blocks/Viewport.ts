import { type BlockHeader, isFinished } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { Arrivals } from "./Arrivals.ts"
import type { BlockMeasures } from "./BlockMeasures.ts"
import { type Place, placeOfRow, rowOfPlace } from "./place.ts"

/** A row of the list: a block's index and the row within the block, its divider included. */
export interface Position {
  readonly index: number
  readonly row: number
}

/** The part of the list in view. */
export interface Window {
  /** Its first row; one behind the last block when there is nothing to show. */
  readonly position: Position
  /** Rows of the list in view, the one that the header stands over counted. */
  readonly shown: number
  /** Blank rows above them, while everything fits. */
  readonly blank: number
  /**
   * The first row is the header of a block that begins above the view; it stands over a row of that block, which is next
   * when one scrolls up.
   */
  readonly sticky: boolean
  /** The last row of the view tells what is below. */
  readonly sign: boolean
}

/** Where the view is: at the end, following new output, or held. */
type Scroll =
  | { readonly mode: "follow" }
  | {
      readonly mode: "pinned"
      readonly block: BlockId
      /** A place of the block, which stays where it is whatever happens elsewhere. */
      readonly place: Place
      /** That place is the view's second row: a header stands over the one before it. */
      readonly under: boolean
      /** The block was folded: what it showed then is something else now. */
      readonly folded: boolean
    }

/** Below this many rows a held view has no row to spare for the "more below" sign. */
const MIN_ROWS_FOR_SIGN = 3
/** Where a block begins. */
const HEADER: Place = { part: "header", line: 0, row: 0 }
/** Below this many rows a view has no row to spare for a header that is not there. */
const MIN_ROWS_FOR_HEADER = 5
/** A scroll of more pages than this jumps by the known heights instead of measuring every block on its way. */
const WALKED_PAGES = 8
/** Rows of a view that are no part of a page up or down: sign and header, and one that stays as a guide for the eye. */
const PAGE_OVERLAP = 3

/**
 * Which rows of which blocks are in view, and how scrolling moves them. Plain and mutable, as the list it belongs to.
 *
 * A view that was cleared begins behind what was there then: following, nothing before that is in view. Scrolled up past
 * it, the view is held even where everything fits, and comes to its beginning again at the end.
 */
export class Viewport {
  readonly #measures: BlockMeasures
  readonly #arrivals = new Arrivals()
  #scroll: Scroll = { mode: "follow" }
  /** The last block that a view which was cleared leaves out. */
  #cleared: BlockId | null = null
  /** A held view stays held though the end is in view. */
  #firm = false
  /** Rows. */
  height = 24

  constructor(measures: BlockMeasures) {
    this.#measures = measures
  }

  /** True while the view sticks to the end of the list. */
  get following(): boolean {
    return this.#scroll.mode === "follow"
  }

  /** Lines that have come at or below a held view since it was held. */
  get arrived(): number {
    return this.#arrivals.lines
  }

  /** Rows of content in a held view whose last row tells what is below. */
  get heldRows(): number {
    return this.height >= MIN_ROWS_FOR_SIGN ? this.height - 1 : this.height
  }

  /** Rows below the view, partly estimated. */
  get below(): number {
    const { position, shown } = this.window()
    const { heights } = this.#measures
    return Math.max(0, heights.total - heights.before(position.index) - position.row - shown)
  }

  /** Tells that the list has other blocks now, and how it was before. */
  blocksChanged(old: ReadonlyArray<BlockHeader>): void {
    const indexOf = (id: BlockId) => this.#measures.indexOf(id)
    if (this.#scroll.mode === "pinned" && indexOf(this.#scroll.block) === undefined) {
      const { block } = this.#scroll
      const from = old.findIndex(({ id }) => id === block)
      // What comes behind it moves up into its place.
      const next = old.slice(from + 1).find(({ id }) => indexOf(id) !== undefined)
      if (next === undefined) this.follow()
      else this.#scroll = { mode: "pinned", block: next.id, place: HEADER, under: false, folded: next.metadata.folded }
    }
    if (this.#cleared === null || indexOf(this.#cleared) !== undefined) return
    const from = old.findLastIndex(({ id }) => id === this.#cleared)
    this.#cleared = old.slice(0, from).findLast(({ id }) => indexOf(id) !== undefined)?.id ?? null
  }

  /**
   * Tells that a block may have printed.
   *
   * @param before its lines until now; only a block that is finished or new needs it
   */
  printed(index: number, before: number): void {
    if (this.#scroll.mode === "follow" || index < (this.#measures.indexOf(this.#scroll.block) ?? 0)) return
    this.#arrivals.note(this.#measures.blocks[index]!.id, before, this.#measures.lines(index))
  }

  /** Lets the view begin behind a block. */
  clearTo(id: BlockId): void {
    this.#cleared = id
  }

  /** Lets a view that was cleared begin with a block that it left out, where that is the last one left out. */
  uncover(index: number): void {
    if (this.#firstIndex === index + 1) this.#cleared = this.#measures.blocks[index - 1]?.id ?? null
  }

  /** Keeps where the view is; the result puts it back, or follows when what it was held on is gone. */
  remember(): () => void {
    const scroll = this.#scroll
    return () => {
      if (scroll.mode === "follow" || this.#measures.indexOf(scroll.block) === undefined) return this.follow()
      if (this.following) this.#expectOutput()
      this.#scroll = scroll
    }
  }

  /** Goes to the end and follows. */
  follow(): void {
    this.#scroll = { mode: "follow" }
    this.#arrivals.reset()
  }

  /** Holds the view with `position` at its top, or follows when that shows the end. */
  holdAt(position: Position): void {
    const { index, row } = position
    const block = this.#measures.blocks[index]
    if (block === undefined) return
    if (this.#scroll.mode === "follow") this.#expectOutput()
    const { width } = this.#measures
    const under = this.#isSticky(position)
    const layout = this.#measures.layout(index)
    const place = placeOfRow(layout, this.#measures.streams(index), width, under ? row + 1 : row)
    this.#scroll = { mode: "pinned", block: block.id, place, under, folded: block.metadata.folded }
    // Decides whether the end is in view.
    this.window()
  }

  /** Holds the view where it is, also at the end, while something in it is being picked; or lets it follow again. */
  setFirm(on: boolean): void {
    if (on === this.#firm) return
    this.#firm = on
    if (on && this.following) this.holdAt(this.window().position)
  }

  /** Moves the view by rows: negative is up. Reaching the end makes it follow. */
  scrollBy(rows: number): void {
    const { heights, blocks } = this.#measures
    if (rows === 0 || blocks.length === 0 || (rows > 0 && this.following)) return
    const { position } = this.window()
    if (Math.abs(rows) <= WALKED_PAGES * this.height) {
      if (rows > 0 && !this.#reaches(position, rows)) this.follow()
      else this.holdAt(this.walk(position, rows))
      return
    }
    const row = heights.before(position.index) + position.row + rows
    if (row >= heights.total) this.follow()
    else this.holdAt(heights.find(row))
  }

  /** Rows of a page, for `scrollBy`. */
  get page(): number {
    return Math.max(1, this.height - PAGE_OVERLAP)
  }

  /** True when a block begins above the view. */
  beginsAbove(index: number): boolean {
    const { position } = this.window()
    return index < position.index || (index === position.index && position.row > 0)
  }

  /** Finds the rows in view; a held view that shows the end becomes a following one here. */
  window(): Window {
    if (this.#scroll.mode === "pinned") {
      const position = this.#heldPosition(this.#scroll)
      // What is being read is not covered because the block has grown below it.
      const sticky = this.#scroll.under && this.#isSticky(position)
      const more = this.#reaches(position, this.height)
      if (more || position.index < this.#firstIndex) {
        const sign = more && this.height >= MIN_ROWS_FOR_SIGN
        const shown = more ? (sign ? this.height - 1 : this.height) : this.#rowsFrom(position)
        return { position, shown, blank: 0, sticky, sign }
      }
      if (!this.#firm) this.follow()
    }
    const first = this.#firstIndex
    let rows = 0
    let index = this.#measures.blocks.length
    while (index > first && rows < this.height) rows += this.#measures.rows(--index)
    const shown = Math.min(rows, this.height)
    const position = { index, row: rows - shown }
    return { position, shown, blank: this.height - shown, sticky: this.#isSticky(position), sign: false }
  }

  /** The position `rows` rows further (or back), inside the list, measuring what it passes. */
  walk(from: Position, rows: number): Position {
    const { blocks } = this.#measures
    let { index } = from
    let row = from.row + rows
    while (row < 0 && index > 0) row += this.#measures.rows(--index)
    while (index < blocks.length - 1 && row >= this.#measures.rows(index)) row -= this.#measures.rows(index++)
    return { index, row: Math.max(0, Math.min(row, this.#measures.rows(index) - 1)) }
  }

  /** Index of the first block that a following view shows. */
  get #firstIndex(): number {
    const last = this.#cleared === null ? undefined : this.#measures.indexOf(this.#cleared)
    return last === undefined ? 0 : last + 1
  }

  #heldPosition({ block, place, under, folded }: Scroll & { readonly mode: "pinned" }): Position {
    const index = this.#measures.indexOf(block) ?? 0
    // Nobody folds a block to read on in its middle; unfolded, it is read on where it was. Below it nothing changes.
    const isFoldedNow = this.#measures.blocks[index]!.metadata.folded && !folded
    if (isFoldedNow && place.part !== "divider") return { index, row: 0 }
    const { width } = this.#measures
    const row = rowOfPlace(this.#measures.layout(index), this.#measures.streams(index), width, place)
    return { index, row: Math.max(0, Math.min(under ? row - 1 : row, this.#measures.rows(index) - 1)) }
  }

  /** Not over a block's last row: a header with nothing under it would say less than what it hides. */
  #isSticky({ index, row }: Position): boolean {
    return row > 0 && this.height >= MIN_ROWS_FOR_HEADER && row + 1 < this.#measures.layout(index).height
  }

  /** True when more than `rows` rows follow from `position` on. */
  #reaches(position: Position, rows: number): boolean {
    let found = -position.row
    for (let i = position.index; i < this.#measures.blocks.length; i++) {
      found += this.#measures.rows(i)
      if (found > rows) return true
    }
    return false
  }

  #rowsFrom({ index, row }: Position): number {
    let found = -row
    for (let i = index; i < this.#measures.blocks.length; i++) found += this.#measures.rows(i)
    return found
  }

  #expectOutput(): void {
    for (const [index, { id, status }] of this.#measures.blocks.entries())
      if (!isFinished(status)) this.#arrivals.expect(id, this.#measures.lines(index))
  }
}
