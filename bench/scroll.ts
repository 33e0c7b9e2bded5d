import type { BlockHeader } from "../src/domain/Block.ts"
import type { BlockId } from "../src/domain/ids.ts"
import { BlockOutput } from "../src/terminal/BlockOutput.ts"
import type { OutputView } from "../src/terminal/OutputView.ts"
import { BlockList } from "../src/ui/blocks/BlockList.ts"
import { fullTheme } from "../src/ui/theme.ts"

const BLOCKS = 10_000
const LINES_PER_BLOCK = 100
/** Lines of one more block, to scroll inside. */
const HUGE_BLOCK_LINES = 200_000
const WIDTH = 120
const HEIGHT = 40
/** Pages measured of each kind. */
const PAGES = 2_000
/** One page of scroll at p95, in milliseconds (design.md, "Budgets"). */
const BUDGET_MS = 16
/** Rows of a scroll that jumps. */
const JUMP_ROWS = 50_000

const START = Date.UTC(2026, 0, 1)
const NOTHING_HIDDEN = { lines: 0, bytes: 0, headLines: 0 }

/** Mostly plain lines of 50 to 140 cells, every tenth with colour, every hundredth wide. */
const outputLine = (block: number, index: number): string => {
  const text = `${block}:${index} the quick brown fox jumps over the lazy dog ${"=".repeat((block * 7 + index) % 90)}`
  if (index % 100 === 99) return `${text} 会議 🚀`
  return index % 10 === 9 ? `\x1b[32m${text}\x1b[0m` : text
}

const outputOf = (block: number, lines: number): OutputView =>
  BlockOutput.fromLines(
    Array.from({ length: lines }, (_, index) => outputLine(block, index)),
    NOTHING_HIDDEN
  )

const header = (index: number, lines: number): BlockHeader => ({
  id: `block${index}` as BlockId,
  command: index % 9 === 0 ? `for f in *; do\n  process "$f" --block ${index}\ndone` : `run --block ${index}`,
  status: index % 7 === 0 ? "failure" : "success",
  exitCode: index % 7 === 0 ? 1 : 0,
  signal: null,
  startTime: START + index * 60_000,
  endTime: START + index * 60_000 + 1_234,
  metadata: {
    number: index + 1,
    directory: `/home/ada/work/project-${Math.floor(index / 50)}`,
    lines,
    hiddenBytes: 0,
    hiddenLines: 0,
    headLines: lines,
    folded: index % 11 === 0,
    notices: index % 13 === 0 ? ["[1]+  Done  sleep 1"] : []
  }
})

/** One line of the report. */
export interface Line {
  readonly what: string
  /** Milliseconds. */
  readonly median: number
  readonly p95: number
  readonly max: number
}

const line = (what: string, samples: ReadonlyArray<number>): Line => {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
  return { what, median: at(0.5), p95: at(0.95), max: at(1) }
}

const timed = (work: () => void): number => {
  const from = performance.now()
  work()
  return performance.now() - from
}

/**
 * One page of scroll, from the key to the rows, in a session of 10,000 blocks and 1,000,000 lines and inside one block
 * of 200,000 lines. Pages are drawn for the first time, so their blocks are measured too.
 */
export const scroll = (): ReadonlyArray<Line> => {
  const blocks = Array.from({ length: BLOCKS }, (_, index) => header(index, LINES_PER_BLOCK))
  const outputs = new Map(blocks.map((block, index) => [block.id, outputOf(index, LINES_PER_BLOCK)]))
  const list = new BlockList({
    theme: fullTheme,
    home: "/home/ada",
    output: (id) => outputs.get(id) ?? null,
    stderr: () => null
  })
  const pages = (move: (page: number) => void, width: (page: number) => number = () => WIDTH) =>
    Array.from({ length: PAGES }, (_, page) =>
      timed(() => {
        move(page)
        list.rows(width(page), HEIGHT, START)
      })
    )
  const show = () => {
    list.setBlocks(blocks)
    list.rows(WIDTH, HEIGHT, START)
  }

  const lines = [
    line("first page", [timed(show)]),
    line(
      "page up",
      pages(() => list.pageUp())
    ),
    line(
      "page down, new width",
      pages(
        () => list.pageDown(),
        (page) => 60 + (page % 120)
      )
    ),
    line(
      "jump",
      pages((page) => list.scrollBy(page % 20 < 10 ? -JUMP_ROWS : JUMP_ROWS))
    ),
    line(
      "session event",
      pages((page) => {
        const index = BLOCKS - 1 - (page % 100)
        list.setBlocks(blocks.with(index, { ...blocks[index]! }))
      })
    )
  ]
  const huge = header(BLOCKS + 1, HUGE_BLOCK_LINES)
  outputs.set(huge.id, outputOf(BLOCKS, HUGE_BLOCK_LINES))
  list.setBlocks([...blocks, huge])
  list.toBottom()
  return [
    ...lines,
    line(
      "page up, huge block",
      pages(() => list.pageUp())
    )
  ]
}

/** The report as text; `ok` when every page is in its budget. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => {
  const cell = (milliseconds: number) => milliseconds.toFixed(2).padStart(7)
  return {
    text: lines
      .map(({ what, median, p95, max }) => {
        const verdict = p95 <= BUDGET_MS ? "" : "  over budget"
        return `${what.padEnd(22)} median ${cell(median)} ms  p95 ${cell(p95)} ms (≤ ${BUDGET_MS})  max ${cell(max)} ms${verdict}`
      })
      .concat(`${BLOCKS} blocks of ${LINES_PER_BLOCK} lines, ${PAGES} pages of ${WIDTH}×${HEIGHT} each`)
      .join("\n"),
    ok: lines.every(({ p95 }) => p95 <= BUDGET_MS)
  }
}
