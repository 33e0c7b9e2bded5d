import {
  type BlockHeader,
  EMPTY_ACCOUNT,
  isFinished,
  type OutputAccount,
  type OutputStream
} from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { DEFAULT_FOLD_LINES } from "../../domain/limits.ts"
import type { OutputView } from "../../terminal/OutputView.ts"
import type { PlainText } from "../../terminal/PlainText.ts"
import type { Theme } from "../theme.ts"
import { type HeaderContext, MAX_COMMAND_ROWS } from "./blockHeader.ts"
import { type BlockLayout, type BlockStreams, layoutBlock, NO_STREAMS } from "./blockRows.ts"
import { type FoldLines, previewHeight } from "./foldPreview.ts"
import { formatDay } from "./format.ts"
import { Heights } from "./Heights.ts"

/** What measuring and drawing need besides the blocks. */
export interface BlockSource {
  /** A block's output; asked for blocks that are in view or running only, so it may read from disk. */
  readonly output: (id: BlockId) => OutputView | null
  /** A block's stderr where it is kept apart, null otherwise; asked for as `output` is. */
  readonly stderr: (block: BlockHeader) => OutputView | null
  readonly theme: Theme
  /** Absolute home directory, written `~`. */
  readonly home: string
  /** What a folded block shows; `DEFAULT_FOLD_LINES` unless given. */
  readonly fold?: FoldLines
  /** Whether a block that ended without a line of output has cleared its screen. */
  readonly cleared?: (id: BlockId) => boolean
}

/** What is shown in place of a block's output; its streams' versions are never those of the output itself. */
export interface ShownView {
  readonly streams: BlockStreams
  /** The same lines as a search reads them; null for a stream without output. */
  readonly text: (stream: OutputStream) => PlainText | null
  /** Grows with every change of the streams. */
  readonly version: number
  /** What the block's header says of it. */
  readonly tag: string
}

/** What a measurement was made of; the block is measured again when one of these differs. */
interface Stamp {
  readonly block: BlockHeader
  /** Decides whether directory and day are shown. */
  readonly before: BlockHeader | undefined
  /** The streams' versions, `NO_OUTPUT` for one without output. */
  readonly stdoutVersion: number
  readonly stderrVersion: number
  readonly width: number
  readonly numberCells: number
  /** The current day, in the first block's stamp only: the others compare themselves with the block before. */
  readonly today: string
  /** True once a running block has lasted long enough to get a row for an empty cursor line. */
  readonly settled: boolean
}

/** A measured block. The output itself is not held: its store decides what stays in memory. */
interface Measurement extends Stamp {
  readonly layout: BlockLayout
}

const NO_OUTPUT = -1
/** Fewest cells for block numbers: commands do not move when the tenth block comes. */
const MIN_NUMBER_CELLS = 2
/**
 * A running block gets a row for its cursor's still empty line after this long: a command that ends at once would make
 * the list jump up and down by that row.
 */
const CURSOR_ROW_DELAY_MS = 200

/**
 * How many rows each block takes. Blocks in view are measured; others count with an estimate from their header, so that
 * opening a session of 10,000 blocks reads no output.
 *
 * Plain and mutable: it is asked for every frame.
 */
export class BlockMeasures {
  readonly #source: BlockSource
  readonly #fold: FoldLines
  /** Rows of every block, its divider included; measured or estimated. */
  readonly heights = new Heights()
  /** Rows of every block without its divider. */
  readonly #content: Array<number> = []
  readonly #measured: Array<Measurement | undefined> = []
  readonly #indices = new Map<BlockId, number>()
  readonly #views = new Map<BlockId, ShownView>()
  #blocks: ReadonlyArray<BlockHeader> = []
  #numberCells = MIN_NUMBER_CELLS
  #width = 80
  #now = 0
  #today = formatDay(0)

  constructor(source: BlockSource) {
    this.#source = source
    this.#fold = source.fold ?? DEFAULT_FOLD_LINES
  }

  get blocks(): ReadonlyArray<BlockHeader> {
    return this.#blocks
  }

  /** Columns that rows are measured for. */
  get width(): number {
    return this.#width
  }

  /** A block's place in the list; undefined when it is not there. */
  indexOf(id: BlockId): number | undefined {
    return this.#indices.get(id)
  }

  /** Sets the width in columns and the time in milliseconds since the epoch; measurements that differ are redone. */
  setFrame(width: number, now: number): void {
    this.#width = width
    this.#now = now
    this.#today = formatDay(now)
  }

  /**
   * Takes the session's blocks; costs a comparison per block and work for those that changed, came, or stand behind one that
   * came or left.
   *
   * @param changed called with the index of each block that is new or differs, and what it was before
   */
  setBlocks(blocks: ReadonlyArray<BlockHeader>, changed: (index: number, old: BlockHeader | undefined) => void): void {
    const old = this.#blocks
    this.#blocks = blocks
    this.#numberCells = Math.max(MIN_NUMBER_CELLS, String(blocks.at(-1)?.metadata.number ?? 0).length)
    const differing: Array<number> = []
    let kept = 0
    // Nearly all blocks are the same ones: of those nothing is read, not even an id.
    for (const end = Math.min(old.length, blocks.length); kept < end; kept++) {
      if (old[kept] === blocks[kept]) continue
      if (old[kept]!.id !== blocks[kept]!.id) break
      differing.push(kept)
    }
    const content = this.#content.slice(kept)
    const measured = this.#measured.slice(kept)
    this.heights.truncate(kept)
    this.#content.length = kept
    this.#measured.length = kept
    for (const i of differing) {
      const block = blocks[i]!
      // Its rows are measured when they come into view; until then the header's own numbers do.
      this.#measured[i] = undefined
      this.#setContent(i, estimate(block, this.#fold))
      changed(i, old[i])
    }
    for (let i = kept; i < blocks.length; i++) {
      const block = blocks[i]!
      const from = this.#indices.get(block.id)
      const before = from === undefined ? undefined : old[from]
      this.#indices.set(block.id, i)
      // A block that only moves, as another has come or left, is neither new nor measured again.
      const moved = from !== undefined && before === block ? from - kept : null
      this.#measured[i] = moved === null ? undefined : measured[moved]
      this.#content[i] = (moved === null ? undefined : content[moved]) ?? estimate(block, this.#fold)
      if (moved === null) changed(i, before)
    }
    for (let i = kept; i < blocks.length; i++) this.heights.push(this.#withDivider(i))
    this.#setDivider(kept - 1)
    for (let from = kept; from < old.length; from++) {
      const { id } = old[from]!
      if (blocks[this.#indices.get(id)!]?.id !== id) this.#indices.delete(id)
    }
    for (const id of this.#views.keys()) if (!this.#indices.has(id)) this.#views.delete(id)
  }

  /** Tells that a block's output changed; gives the block's index, or undefined when it is not in the list. */
  touch(id: BlockId): number | undefined {
    const index = this.#indices.get(id)
    if (index === undefined) return undefined
    const known = this.#measured[index]
    if (known?.stdoutVersion === NO_OUTPUT || known?.stderrVersion === NO_OUTPUT) this.#measured[index] = undefined
    if (known !== undefined || !isFinished(this.#blocks[index]!.status)) this.layout(index)
    return index
  }

  /** Shows something else in place of a block's output, null for the output again; false for an unknown block. */
  setView(id: BlockId, view: ShownView | null): boolean {
    const index = this.#indices.get(id)
    if (view === null) this.#views.delete(id)
    else if (index !== undefined) this.#views.set(id, view)
    if (index === undefined) return false
    // The old tag may be in the measured header.
    this.#measured[index] = undefined
    this.layout(index)
    return true
  }

  /** What is shown in place of a block's output; null for the output itself. */
  view(id: BlockId): ShownView | null {
    return this.#views.get(id) ?? null
  }

  /** Rows of a block with its divider: needs its neighbour below, which decides about the divider. */
  rows(index: number): number {
    this.layout(index)
    if (index + 1 < this.#blocks.length) this.layout(index + 1)
    return this.heights.get(index)
  }

  /** The block's layout at the current width, measured again only when something it depends on changed. */
  layout(index: number): BlockLayout {
    return this.#measure(index).layout
  }

  /** Lines printed by a block so far, and those of its notices. */
  lines(index: number): number {
    const block = this.#blocks[index]!
    const { notices } = block.metadata
    if (isFinished(block.status)) return storedLines(block) + notices.length
    if (block.status === "idle") return notices.length
    const { output, stderr } = this.#source
    const live =
      printed(output(block.id), block.metadata) + printed(stderr(block), block.metadata.stderr ?? EMPTY_ACCOUNT)
    return Math.max(live, storedLines(block)) + notices.length
  }

  /** Asks for the output only when it can matter: a restored block's output is read from disk by that. */
  streams(index: number): BlockStreams {
    const block = this.#blocks[index]!
    const { output, stderr } = this.#source
    if (block.status === "idle") return NO_STREAMS
    const shown = this.#views.get(block.id)
    if (shown !== undefined && !block.metadata.folded) return shown.streams
    if (!isFinished(block.status)) return { stdout: output(block.id), stderr: stderr(block) }
    // Nor where nothing of it is shown.
    if (block.metadata.folded && previewHeight(storedLines(block), this.#fold) === 0) return NO_STREAMS
    // What is not there is not asked for again in every frame, only once `touch` or an event says that it changed.
    const known = this.#measured[index]
    const missing = known?.block === block ? known : undefined
    return {
      stdout: missing?.stdoutVersion === NO_OUTPUT ? null : output(block.id),
      stderr: missing?.stderrVersion === NO_OUTPUT ? null : stderr(block)
    }
  }

  /** What the block's rows are drawn with. */
  context(index: number, selected: boolean): HeaderContext {
    return this.#contextOf(this.#measure(index), this.streams(index), selected)
  }

  #measure(index: number): Measurement {
    const block = this.#blocks[index]!
    const known = this.#measured[index]
    const streams = this.streams(index)
    const stamp: Stamp = {
      block,
      before: this.#blocks[index - 1],
      stdoutVersion: streams.stdout?.version ?? NO_OUTPUT,
      stderrVersion: streams.stderr?.version ?? NO_OUTPUT,
      width: this.#width,
      numberCells: this.#numberCells,
      today: index === 0 ? this.#today : "",
      settled: block.status === "running" && this.#now - (block.startTime ?? this.#now) >= CURSOR_ROW_DELAY_MS
    }
    if (known !== undefined && sameStamp(known, stamp)) return known
    const layout = layoutBlock(block, streams, this.#contextOf(stamp, streams, false), stamp.settled, this.#fold)
    const measurement = { ...stamp, layout }
    this.#measured[index] = measurement
    this.#setContent(index, layout.height)
    return measurement
  }

  #contextOf(stamp: Stamp, streams: BlockStreams, selected: boolean): HeaderContext {
    const { block, before } = stamp
    const start = block.startTime
    const reference = before === undefined ? stamp.today : formatDay(before.startTime ?? start ?? 0)
    return {
      theme: this.#source.theme,
      home: this.#source.home,
      width: stamp.width,
      now: this.#now,
      numberCells: stamp.numberCells,
      showDirectory: before === undefined || before.metadata.directory !== block.metadata.directory,
      showDay: start !== null && formatDay(start) !== reference,
      selected,
      tag: this.#views.get(block.id)?.tag ?? "",
      lines: printed(streams.stdout, block.metadata) + printed(streams.stderr, block.metadata.stderr ?? EMPTY_ACCOUNT)
    }
  }

  #setContent(index: number, rows: number): void {
    this.#content[index] = rows
    this.#setDivider(index - 1)
    this.#setDivider(index)
  }

  #setDivider(index: number): void {
    if (this.#content[index] !== undefined) this.heights.set(index, this.#withDivider(index))
  }

  /** A blank row follows a block, but not the last, and not between two blocks that are a header only. */
  #withDivider(index: number): number {
    const rows = this.#content[index]!
    const next = this.#content[index + 1]
    return next === undefined || (rows === 1 && next === 1) ? rows : rows + 1
  }
}

const sameStamp = (a: Stamp, b: Stamp): boolean =>
  a.block === b.block &&
  a.stdoutVersion === b.stdoutVersion &&
  a.stderrVersion === b.stderrVersion &&
  a.width === b.width &&
  a.before === b.before &&
  a.numberCells === b.numberCells &&
  a.today === b.today &&
  a.settled === b.settled

/** Lines printed to a stream: the header's account is late while they still come. */
const printed = (view: OutputView | null, account: OutputAccount): number =>
  view === null ? account.lines : view.lineCount + view.hidden.lines

/** Lines printed by a finished block, by its header. */
const storedLines = ({ metadata }: BlockHeader): number => metadata.lines + (metadata.stderr?.lines ?? 0)

/** Rows of a stream by its account alone. */
const estimateStream = ({ lines, hiddenLines, hiddenBytes }: OutputAccount): number =>
  lines - hiddenLines + (hiddenLines > 0 || hiddenBytes > 0 ? 1 : 0)

/** Rows of a block by its header alone. */
const estimate = (block: BlockHeader, fold: FoldLines): number => {
  const { metadata } = block
  const own = metadata.note === undefined ? 1 : 2
  if (metadata.folded) return own + previewHeight(storedLines(block), fold)
  let breaks = 0
  for (let i = block.command.indexOf("\n"); i >= 0; i = block.command.indexOf("\n", i + 1)) breaks++
  const stderr = estimateStream(metadata.stderr ?? EMPTY_ACCOUNT)
  const rule = stderr > 0 ? 1 : 0
  return own + Math.min(breaks, MAX_COMMAND_ROWS) + estimateStream(metadata) + rule + stderr + metadata.notices.length
}
