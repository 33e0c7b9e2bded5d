import { type BlockHeader, isFinished, type OutputStream } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import type { TextRange } from "../../domain/textPattern.ts"
import type { PlainText, TextPiece } from "../../terminal/PlainText.ts"
import { type BlockCount, type CountedPlace, HitCounts, type PieceCount } from "./HitCounts.ts"
import type { LineHit, LineMatcher } from "./LineMatcher.ts"
import { narrows } from "./narrows.ts"
import { SEARCH_PARTS, type SearchPart, textOfPart } from "./searchParts.ts"

/** A place in the session's text: a kept line of a part of a block, and an offset in it. */
export interface SearchPlace {
  readonly block: BlockId
  readonly part: SearchPart
  readonly line: number
  /** UTF-16 offset in the line's plain text. */
  readonly offset: number
}

/** A hit. In a header there is one at most, without a range. */
export interface Found extends TextRange, CountedPlace {
  readonly line: number
  /** The line's plain text. */
  readonly text: string
}

/** How far a search is. */
export interface SearchState {
  readonly found: Found | null
  /** The hit's number, counted from the end of the session; null while not everything below it is counted. */
  readonly number: number | null
  readonly total: number
  /** Not everything is counted yet. */
  readonly counting: boolean
  /** The next hit is still looked for. */
  readonly walking: boolean
  /** The expression has taken too long and was given up. */
  readonly tooSlow: boolean
}

/** What is searched. */
export interface SearchSource {
  /** The text of a block's stream as the screen shows it, null when there is none. It may read from disk, and is not held. */
  readonly text: (block: BlockHeader, stream: OutputStream) => PlainText | null
  /** Version of what is shown in place of a block's output (a filter), null for the output itself. */
  readonly shown?: (id: BlockId) => number | null
  /** Calls back when the state has changed: at once for another hit, every so often while counting. */
  readonly changed: () => void
  /** Does the next slice later, in a turn of its own; `delay` in ms. The result stops that. For tests. */
  readonly later?: (work: () => void, delay: number) => () => void
  /** Milliseconds of a clock that never goes back. For tests. */
  readonly now?: () => number
}

/** Longest stretch of searching in one turn of the event loop, in ms. */
const SLICE_MS = 4
/** Time for counting while a key waits for its frame, in ms. */
const ANSWER_COUNT_MS = 2
/** Time between two words on how far counting is, in ms. */
const NEWS_MS = 100
/** New output is counted this long after it came, in ms. */
const RECOUNT_MS = 100
/** Pieces at a running output's end that can still change. */
const LIVE_PIECES = 3
/** Of an output that cannot change any more. */
const FINAL = "final"

const later = (work: () => void, delay: number): (() => void) => {
  if (delay > 0) {
    const timer = setTimeout(work, delay)
    return () => clearTimeout(timer)
  }
  const turn = setImmediate(work)
  return () => clearImmediate(turn)
}

/**
 * Searches the commands and outputs of a session for a pattern, in slices of a few milliseconds.
 *
 * Two things go on: the walk to the next hit, which comes first and reads no more than lies between, and the count of all
 * hits, from the block that was being read outwards. A longer pattern is looked for only where the shorter one was found.
 *
 * Plain and mutable: it answers every key of a search.
 */
export class Finder {
  readonly #source: SearchSource
  readonly #later: NonNullable<SearchSource["later"]>
  readonly #now: NonNullable<SearchSource["now"]>
  #blocks: ReadonlyArray<BlockHeader> = []
  #matcher: LineMatcher | null = null
  #from: SearchPlace | null = null
  #found: Found | null = null
  readonly #counts = new HitCounts()
  #walk: Iterator<void, Found | null> | null = null
  #count: Iterator<void, void> | null = null
  #stopSlice: (() => void) | null = null
  #stopRecount: (() => void) | null = null
  #toldAt = 0

  constructor(source: SearchSource) {
    this.#source = source
    this.#later = source.later ?? later
    this.#now = source.now ?? (() => performance.now())
  }

  /** What is searched for; null while nothing is. */
  get matcher(): LineMatcher | null {
    return this.#matcher
  }

  get state(): SearchState {
    return {
      found: this.#found,
      number: this.#found === null ? null : this.#counts.numberOf(this.#found, this.#blocks),
      total: this.#counts.total,
      counting: this.#count !== null,
      walking: this.#walk !== null,
      tooSlow: this.#matcher?.tooSlow === true
    }
  }

  /** Takes the session's blocks, at every change of the session. */
  setBlocks(blocks: ReadonlyArray<BlockHeader>): void {
    if (blocks === this.#blocks) return
    this.#blocks = blocks
    this.#recountSoon()
  }

  /** Tells that a block's output changed. */
  touch(): void {
    this.#recountSoon()
  }

  /**
   * Looks for a pattern anew: for the nearest hit at or above `from` (below it where `step` is 1), else round from the other
   * end of the session. What takes a few milliseconds is found when this returns.
   */
  start(matcher: LineMatcher, from: SearchPlace, step: -1 | 1 = -1): void {
    this.#keepCounts(matcher)
    this.#matcher = matcher
    this.#from = from
    this.#found = null
    this.#walk = this.#walkFrom(from, step)
    this.#count = this.#countAll()
    this.#toldAt = this.#now()
    this.#answer()
  }

  /** Goes on to the next hit above (−1) or below (1) the one found, or above where the search began. */
  walk(step: -1 | 1): void {
    if (this.#matcher === null || this.#from === null) return
    const found = this.#found
    const place = found === null ? this.#from : { ...found, offset: found.from }
    this.#walk = this.#walkFrom(place, step)
    this.#answer()
  }

  /** Looks for nothing any more. */
  stop(): void {
    this.#stopSlice?.()
    this.#stopRecount?.()
    this.#stopSlice = this.#stopRecount = null
    this.#matcher = this.#from = this.#found = this.#walk = this.#count = null
    this.#counts.clear()
  }

  /** What the pattern before has shown of the next one: a block without a hit of `ab` has none of `abc`. */
  #keepCounts(next: LineMatcher): void {
    const before = this.#matcher
    const kept = before !== null && !before.tooSlow && narrows(before.written, next.written)
    if (kept) this.#counts.keepEmpty()
    else this.#counts.clear()
  }

  #recountSoon(): void {
    if (this.#matcher === null || this.#stopRecount !== null) return
    this.#stopRecount = this.#later(() => {
      this.#stopRecount = null
      this.#count ??= this.#countAll()
      this.#sliceSoon()
    }, RECOUNT_MS)
  }

  #sliceSoon(): void {
    this.#stopSlice ??= this.#later(() => {
      this.#stopSlice = null
      this.#slice()
    }, 0)
  }

  /** Answers a key: with the hit, where that is near enough, and with the count of a session that is small. */
  #answer(): void {
    const now = this.#now()
    const arrived = this.#work(now + SLICE_MS, now + ANSWER_COUNT_MS)
    if (this.#walk !== null || this.#count !== null) this.#sliceSoon()
    if (arrived) this.#source.changed()
  }

  /** Works for a few milliseconds, and comes back for the rest. */
  #slice(): void {
    const until = this.#now() + SLICE_MS
    const arrived = this.#work(until, until)
    const now = this.#now()
    const ended = this.#walk === null && this.#count === null
    if (!ended) this.#sliceSoon()
    if (!arrived && !ended && now - this.#toldAt < NEWS_MS) return
    this.#toldAt = now
    this.#source.changed()
  }

  /** Walks until a time, counts until another; true when the walk has come to its end, or all is given up. */
  #work(walkUntil: number, countUntil: number): boolean {
    let arrived = false
    while (this.#matcher !== null && (this.#walk !== null || this.#count !== null)) {
      if (this.#walk !== null) {
        const step = this.#walk.next()
        if (step.done === true) {
          this.#walk = null
          this.#found = step.value
          arrived = true
        }
      } else if (this.#count?.next().done === true) this.#count = null
      if (this.#matcher.tooSlow) {
        this.#walk = this.#count = null
        arrived = true
      }
      if (this.#now() >= (this.#walk === null ? countUntil : walkUntil)) break
    }
    return arrived
  }

  #textOf(block: BlockHeader, part: SearchPart): PlainText | null {
    return textOfPart(block, part, this.#source.text)
  }

  #hitsIn(part: SearchPart, piece: TextPiece): ReadonlyArray<LineHit> {
    const hits = this.#matcher?.hits(piece.text()) ?? []
    return part === "header" ? hits.slice(0, 1).map(() => ({ line: 0, from: 0, to: 0 })) : hits
  }

  /** The pieces of a block in the order of `step`, from `place` on where that is given. */
  *#piecesOf(
    block: BlockHeader,
    step: -1 | 1,
    place: SearchPlace | null
  ): Generator<{ readonly part: SearchPart; readonly piece: TextPiece }, void> {
    const begin = place === null ? -1 : SEARCH_PARTS.indexOf(place.part)
    for (const part of step > 0 ? SEARCH_PARTS : SEARCH_PARTS.toReversed()) {
      const index = SEARCH_PARTS.indexOf(part)
      if (begin >= 0 && (step > 0 ? index < begin : index > begin)) continue
      const text = this.#textOf(block, part)
      if (text === null || text.lineCount === 0) continue
      const last = text.lineCount - 1
      let line = step > 0 ? 0 : last
      if (index === begin && place !== null) line = Math.min(place.line, last)
      for (let piece = text.pieceAt(line); piece !== null; piece = text.pieceAt(line)) {
        yield { part, piece }
        line = step > 0 ? piece.firstLine + piece.lines : piece.firstLine - 1
      }
    }
  }

  /** The next hit in the order of `step`, behind `place`; the same one again where there is no other. */
  *#walkFrom(place: SearchPlace, step: -1 | 1): Generator<void, Found | null> {
    const blocks = this.#blocks
    const start = blocks.findIndex(({ id }) => id === place.block)
    const count = blocks.length
    // The block that it begins in comes last once more: for what lies on the other side of the place.
    for (let passed = start < 0 ? 1 : 0; passed <= count; passed++) {
      const begin = start < 0 ? (step > 0 ? -1 : count) : start
      const block = blocks[(begin + step * passed + 2 * count) % count]
      if (block === undefined) break
      const known = this.#counts.get(block.id)
      if (known?.hits === 0 && known.stamp === this.#stampOf(block)) {
        // Thousands of these cost a slice all the same.
        if (passed % 256 === 255) yield
        continue
      }
      const from = passed === 0 ? place : null
      for (const { part, piece } of this.#piecesOf(block, step, from)) {
        const hits = this.#hitsIn(part, piece)
        const behind =
          from === null || part !== from.part ? hits : hits.filter((hit) => isBehind(hit, piece, from, step))
        const hit = step > 0 ? behind[0] : behind.at(-1)
        if (hit !== undefined) {
          const text = part === "header" ? "" : (piece.text().split("\n")[hit.line] ?? "")
          return {
            block: block.id,
            part,
            line: piece.firstLine + hit.line,
            from: hit.from,
            to: hit.to,
            text,
            piece: piece.firstLine,
            after: hits.length - 1 - hits.indexOf(hit)
          }
        }
        yield
      }
      // What has been gone through need not be counted.
      if (from === null && this.#matcher?.tooSlow !== true) this.#counts.set(block.id, this.#stampOf(block), [])
    }
    return null
  }

  /** Counts the hits of all blocks that are not counted as they are now, from the place of the search outwards. */
  *#countAll(): Generator<void, void> {
    const blocks = this.#blocks
    this.#counts.keepOnly(blocks)
    const middle = Math.max(
      0,
      blocks.findIndex(({ id }) => id === this.#from?.block)
    )
    let skipped = 0
    for (let distance = 0; distance < blocks.length; distance++) {
      const around = distance === 0 ? [middle] : [middle + distance, middle - distance]
      for (const index of around) {
        const block = blocks[index]
        if (block === undefined) continue
        const known = this.#counts.get(block.id)
        if (known?.stamp === this.#stampOf(block)) {
          if (++skipped % 256 === 255) yield
        } else yield* this.#countBlock(block, known)
      }
    }
  }

  *#countBlock(block: BlockHeader, known: BlockCount | undefined): Generator<void, void> {
    // What comes while it is being counted makes it count again.
    const stamp = this.#stampOf(block)
    const pieces: Array<PieceCount> = []
    const sameLines = known !== undefined && shiftOf(known.stamp) === shiftOf(stamp)
    for (const part of SEARCH_PARTS) {
      const text = this.#textOf(block, part)
      if (text === null) continue
      const live = part !== "header" && !isFinished(block.status)
      const before = live && sameLines ? known.pieces.filter((piece) => piece.part === part) : []
      const settled = new Map(before.slice(0, -LIVE_PIECES).map((piece) => [piece.firstLine, piece]))
      for (let piece = text.pieceAt(0); piece !== null; piece = text.pieceAt(piece.firstLine + piece.lines)) {
        const { firstLine, lines } = piece
        const old = settled.get(firstLine)
        const hits = old?.lines === lines ? old.hits : this.#hitsIn(part, piece).length
        // Of a live output also those without a hit: they need not be read again.
        if (hits > 0 || live) pieces.push({ part, firstLine, lines, hits })
        if (old === undefined) yield
      }
    }
    this.#counts.set(block.id, stamp, pieces)
    yield
  }

  /** What a count of a block was made of. */
  #stampOf(block: BlockHeader): string {
    const { name = "", note = "" } = block.metadata
    if (block.status === "idle") return block.command
    const shown = this.#source.shown?.(block.id) ?? null
    if (isFinished(block.status) && shown === null)
      return name === "" && note === "" ? FINAL : `${FINAL}/${name}/${note}`
    if (shown !== null) return `${FINAL}/${shown}/${name}/${note}`
    const stdout = this.#source.text(block, "stdout")
    const stderr = this.#source.text(block, "stderr")
    const shift = (stdout?.hiddenLines ?? 0) + (stderr?.hiddenLines ?? 0)
    return `${shift}/${stdout?.version ?? ""}/${stderr?.version ?? ""}/${name}/${note}`
  }
}

/** The part of a live block's stamp that says whether its lines still have their indices. */
const shiftOf = (stamp: string): string => stamp.split("/", 1)[0]!

/** Whether a hit of a piece lies behind a place of the same part, seen in the direction of `step`. */
const isBehind = (hit: LineHit, piece: TextPiece, place: SearchPlace, step: -1 | 1): boolean => {
  const line = piece.firstLine + hit.line
  const order = line === place.line ? hit.from - place.offset : line - place.line
  return step > 0 ? order > 0 : order < 0
}
