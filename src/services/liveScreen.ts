import type { OutputStream } from "../domain/Block.ts"
import type { BlockId } from "../domain/ids.ts"
import { EMPTY_SPAN, type OutputSpan, placeLines } from "../domain/OutputSpan.ts"
import { MAX_KEY_LINES } from "../domain/redact.ts"
import type { PrintedLines } from "../terminal/LineStore.ts"
import { plain } from "../terminal/sanitise.ts"
import { plainLength, type Untaken } from "../terminal/TakenLines.ts"
import type { PrintedOutput } from "./persistence/LiveScreen.ts"

/**
 * Text of live screens that is kept beside the journal, of all blocks together, in UTF-16 units: screens are far smaller, but
 * a line may have megabytes.
 */
export const MAX_SCREEN_TEXT = 1024 * 1024

/** Counts the plain text that the journal keeps of a stream, newlines included, as its lines go there. */
export class KeptBytes {
  #span: OutputSpan = EMPTY_SPAN
  #head = 0
  /** Of lines behind a gap. */
  #tail = 0

  get total(): number {
    return this.#head + this.#tail
  }

  /** All that went there, what a later gap took out again too. */
  given = 0

  /** Lines at the end of those so far, or, with a gap between, behind it: then a second gap takes what lay before it. */
  add({ firstLine, lines }: PrintedLines): void {
    const isGap = firstLine > this.#span.lines
    if (isGap) this.#tail = 0
    this.#span = placeLines(this.#span, firstLine, lines.length).span
    const bytes = plainLength(lines)
    this.given += bytes
    if (this.#span.hiddenLines > 0) this.#tail += bytes
    else this.#head += bytes
  }

  /** What it would be with these lines too. */
  with(runs: ReadonlyArray<PrintedLines>): number {
    const all = new KeptBytes()
    all.#span = this.#span
    all.#head = this.#head
    all.#tail = this.#tail
    for (const run of runs) all.add(run)
    return all.total
  }
}

/** A style or a link that a cut has left without its end. */
const CUT_SEQUENCE = /\x1b(?:\[[0-9;:]*|\][^\x1b]*\x1b?)?$/

/** The end of a live screen, `room` UTF-16 units at most: lines are left out at its beginning, or what is too much of one. */
const withinRoom = (runs: ReadonlyArray<PrintedLines>, room: number): ReadonlyArray<PrintedLines> => {
  let left = room - runs.reduce((sum, { lines }) => sum + lines.reduce((units, line) => units + line.length, 0), 0)
  if (left >= 0) return runs
  const fitting: Array<PrintedLines> = []
  left = room
  for (const { firstLine, lines } of runs.toReversed()) {
    let from = lines.length
    while (from > 0 && lines[from - 1]!.length <= left) left -= lines[--from]!.length
    if (from < lines.length) fitting.unshift({ firstLine: firstLine + from, lines: lines.slice(from) })
    else if (fitting.length === 0) {
      // Of its beginning: a line may have many times as much.
      const text = plain(lines.at(-1)!.slice(0, room).replace(CUT_SEQUENCE, ""))
      fitting.push({ firstLine: firstLine + from - 1, lines: [text.replace(/[\ud800-\udbff]$/, "")] })
    }
    if (from > 0) break
  }
  return fitting
}

/** The lines of `runs` above the first of `shown`: the last of them, as far back as a private key may go. */
const linesAbove = (runs: ReadonlyArray<PrintedLines>, shown: ReadonlyArray<PrintedLines>): ReadonlyArray<string> => {
  const first = shown[0]?.firstLine ?? Number.POSITIVE_INFINITY
  let above: ReadonlyArray<string> = []
  for (const { firstLine, lines } of runs.toReversed()) {
    const missing = MAX_KEY_LINES - above.length
    if (missing <= 0) break
    above = [...lines.slice(0, Math.max(0, first - firstLine)).slice(-missing), ...above]
  }
  return above
}

/** What is to be kept of a stream beside the journal, which has `kept`, and what both together leave out. */
export const liveOutput = (
  block: BlockId,
  stream: OutputStream,
  { runs, open, before }: Untaken,
  kept: KeptBytes,
  room: number
): PrintedOutput => {
  const shown = withinRoom(runs, room)
  const above = shown === runs ? [] : linesAbove(runs, shown)
  // One line that was cut short goes on, whether it is whole on the screen or not.
  const isCut = (runs.at(-1)?.lines.at(-1)?.length ?? 0) > room
  const printed = runs.reduce((sum, { lines }) => sum + plainLength(lines), before)
  return {
    block,
    stream,
    runs: shown,
    unfinished: open || isCut,
    hiddenBytes: Math.max(0, printed - kept.with(shown)),
    ...(above.length > 0 && { above })
  }
}
