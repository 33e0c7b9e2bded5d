import type { BlockHeader } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import type { CursorAt } from "../../terminal/OutputView.ts"
import type { BlockMeasures } from "./BlockMeasures.ts"
import { type BlockLayout, type BlockStreams, partAt, rowOfPart } from "./blockRows.ts"
import type { RowKind } from "./place.ts"
import type { Viewport } from "./Viewport.ts"

/** A block in view: its rows `from` on, `rows` of them, stand from the view's row `at` on. */
export interface BlockInView {
  readonly block: BlockHeader
  readonly layout: BlockLayout
  readonly streams: BlockStreams
  readonly from: number
  readonly at: number
  readonly rows: number
}

/** What is under a row of the view. */
export interface Hit {
  readonly block: BlockId
  readonly part: RowKind
}

/** Which rows of which blocks stand where in the view. Nothing is kept here: it reads what is measured and where the view is. */
export class ViewMap {
  readonly #measures: BlockMeasures
  readonly #viewport: Viewport

  constructor(measures: BlockMeasures, viewport: Viewport) {
    this.#measures = measures
    this.#viewport = viewport
  }

  /** The blocks in view, from top to bottom: each with the rows of it that are, but for a header that only stands over them. */
  blocks(): ReadonlyArray<BlockInView> {
    const { blocks } = this.#measures
    const { position, shown, blank, sticky } = this.#viewport.window()
    const end = blank + shown
    const found: Array<BlockInView> = []
    let at = blank + (sticky ? 1 : 0)
    let { index } = position
    let row = position.row + (sticky ? 1 : 0)
    while (at < end && index < blocks.length) {
      const layout = this.#measures.layout(index)
      const rows = Math.min(layout.height - row, end - at)
      const streams = this.#measures.streams(index)
      if (rows > 0) found.push({ block: blocks[index]!, layout, streams, from: row, at, rows })
      at += this.#measures.rows(index) - row
      index++
      row = 0
    }
    return found
  }

  /** The part of a block that is in view, undefined for none. */
  block(id: BlockId): BlockInView | undefined {
    return this.blocks().find(({ block }) => block.id === id)
  }

  /** The block under a row of the view (0 is the top), null where there is none. */
  hit(row: number): Hit | null {
    const { blocks } = this.#measures
    const { position, shown, blank, sticky } = this.#viewport.window()
    if (row < blank || row >= blank + shown) return null
    if (sticky && row === 0) return { block: blocks[position.index]!.id, part: "header" }
    const at = this.#viewport.walk(position, row - blank)
    const layout = this.#measures.layout(at.index)
    const part = at.row >= layout.height ? "divider" : partAt(layout, at.row).part
    return { block: blocks[at.index]!.id, part }
  }

  /** The view's row where a block's row stands, null when it is out of view. */
  rowOf(id: BlockId, row: number): number | null {
    const visible = this.block(id)
    if (visible === undefined || row < visible.from || row >= visible.from + visible.rows) return null
    return visible.at + row - visible.from
  }

  /** Where a running program's cursor is in the view; null when it is hidden or out of view. */
  cursor(id: BlockId): CursorAt | null {
    const index = this.#measures.indexOf(id)
    if (index === undefined || this.#measures.blocks[index]!.metadata.folded) return null
    const { width } = this.#measures
    const layout = this.#measures.layout(index)
    const at = this.#measures.streams(index).stdout?.cursor(width) ?? null
    if (at === null || at.row >= layout.outputRows) return null
    const row = this.rowOf(id, rowOfPart(layout, "output", at.row))
    return row === null ? null : { ...at, row, column: Math.min(at.column, width - 1) }
  }

  /** The rows in view that show a block's `output`: its rows `from` on stand from view row `at` to `end` (exclusive). */
  output(id: BlockId): { readonly from: number; readonly at: number; readonly end: number } | null {
    const visible = this.block(id)
    // What a gap parts is shown above it: what can still change is below.
    const section = visible?.layout.sections.findLast(({ part }) => part === "output")
    if (visible === undefined || section === undefined) return null
    const first = Math.max(section.at, visible.from)
    const end = Math.min(section.at + section.rows, visible.from + visible.rows)
    if (first >= end) return null
    const at = visible.at + first - visible.from
    return { from: section.from + first - section.at, at, end: at + end - first }
  }
}
