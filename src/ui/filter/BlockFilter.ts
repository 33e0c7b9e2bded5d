import type { OutputStream } from "../../domain/Block.ts"
import type { ShownView } from "../blocks/BlockMeasures.ts"
import { type FilterBase, FilteredView, type LineFilter } from "./FilteredView.ts"

/** How much of a block is shown. */
export interface FilterCount {
  readonly matched: number
  readonly of: number
  /** Share of the lines that is looked at, 0 to 1. */
  readonly looked: number
}

/** What a block's filter works with. */
export interface BlockFilterSource {
  /** A stream of the block, null when there is none; asked for in each slice. */
  readonly output: (stream: OutputStream) => FilterBase | null
  /** More may be printed. */
  readonly live: () => boolean
  /** The rule between two groups of lines. */
  readonly rule: (linesLeftOut: number) => string
  /** Calls back when more is shown, or less. */
  readonly changed: () => void
  /** See `SearchSource`. */
  readonly later?: (work: () => void, delay: number) => () => void
  readonly now?: () => number
}

const STREAMS: ReadonlyArray<OutputStream> = ["stdout", "stderr"]

/** Longest stretch of filtering in one turn of the event loop, in ms. */
const SLICE_MS = 4
/** Time between two words on how far it is, in ms. */
const NEWS_MS = 100
/** New output is filtered this long after it came, in ms. */
const REFRESH_MS = 50

const later = (work: () => void, delay: number): (() => void) => {
  if (delay > 0) {
    const timer = setTimeout(work, delay)
    return () => clearTimeout(timer)
  }
  const turn = setImmediate(work)
  return () => clearImmediate(turn)
}

/**
 * Filters a block's lines, in slices of a few milliseconds, and goes on as the block prints.
 *
 * Plain and mutable. Once the output limit has moved the lines of a running output, all of it is filtered again; until that
 * is done what is shown stays.
 */
export class BlockFilter {
  readonly filter: LineFilter
  readonly #source: BlockFilterSource
  readonly #later: NonNullable<BlockFilterSource["later"]>
  readonly #now: NonNullable<BlockFilterSource["now"]>
  readonly #views: Record<OutputStream, FilteredView>
  /** What is to take a view's place once it is done. */
  readonly #next: Record<OutputStream, FilteredView | null> = { stdout: null, stderr: null }
  #stopSlice: (() => void) | null = null
  #stopRefresh: (() => void) | null = null
  #toldAt = 0
  #done = false

  constructor(filter: LineFilter, source: BlockFilterSource) {
    this.filter = filter
    this.#source = source
    this.#later = source.later ?? later
    this.#now = source.now ?? (() => performance.now())
    this.#views = { stdout: this.#newView(), stderr: this.#newView() }
  }

  /** What is shown, with what is said of it. */
  view(tag: string): ShownView {
    const shown = (stream: OutputStream) => (this.#source.output(stream) === null ? null : this.#views[stream])
    return {
      streams: { stdout: shown("stdout"), stderr: shown("stderr") },
      text: shown,
      version: Math.max(this.#views.stdout.version, this.#views.stderr.version),
      tag
    }
  }

  get count(): FilterCount {
    const views = STREAMS.map((stream) => this.#views[stream])
    const sum = (of: (view: FilteredView) => number) => views.reduce((total, view) => total + of(view), 0)
    const of = sum((view) => view.of)
    return {
      matched: sum((view) => view.matched),
      of,
      looked: this.#done || of === 0 ? 1 : sum((view) => view.looked) / of
    }
  }

  /** Begins; what takes a few milliseconds is done when this returns. `changed` is not called for that. */
  start(): void {
    this.#toldAt = this.#now()
    this.#work()
  }

  /** Tells that the block has printed. */
  touch(): void {
    this.#stopRefresh ??= this.#later(() => {
      this.#stopRefresh = null
      // The slice that is under way takes it along.
      if (this.#stopSlice === null) this.#slice()
    }, REFRESH_MS)
  }

  stop(): void {
    this.#stopSlice?.()
    this.#stopRefresh?.()
    this.#stopSlice = this.#stopRefresh = null
  }

  #newView(): FilteredView {
    return new FilteredView(this.filter, this.#source.rule)
  }

  #slice(): void {
    this.#work()
    const now = this.#now()
    if (!this.#done && now - this.#toldAt < NEWS_MS) return
    this.#toldAt = now
    this.#source.changed()
  }

  #work(): void {
    const until = this.#now() + SLICE_MS
    const enough = () => this.#now() >= until
    this.#done = STREAMS.every((stream) => {
      const base = this.#source.output(stream)
      return base === null || this.#advance(stream, base, enough)
    })
    if (this.#done) return
    this.#stopSlice = this.#later(() => {
      this.#stopSlice = null
      this.#slice()
    }, 0)
  }

  #advance(stream: OutputStream, base: FilterBase, enough: () => boolean): boolean {
    const view = this.#views[stream]
    const moved = view.looked > 0 && view.hiddenLines !== base.hiddenLines
    if (!moved && this.#next[stream] === null) return view.advance(base, this.#source.live(), enough)
    const next = this.#next[stream] ?? this.#newView()
    this.#next[stream] = next
    if (!next.advance(base, this.#source.live(), enough)) return false
    this.#views[stream] = next
    this.#next[stream] = null
    return true
  }
}
