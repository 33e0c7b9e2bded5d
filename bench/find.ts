import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BlockHeader } from "../src/domain/Block.ts"
import type { BlockId } from "../src/domain/ids.ts"
import { BlockStore } from "../src/terminal/BlockStore.ts"
import { BlockList } from "../src/ui/blocks/BlockList.ts"
import { BlockFilter } from "../src/ui/filter/BlockFilter.ts"
import { Finder } from "../src/ui/find/Finder.ts"
import { LineMatcher, type WrittenPattern } from "../src/ui/find/LineMatcher.ts"
import { fullTheme } from "../src/ui/theme.ts"

const BLOCKS = 10_000
const LINES_PER_BLOCK = 100
/** The lines of one more block, to filter. */
const HUGE_BLOCK_LINES = 150_000
const WIDTH = 120
const HEIGHT = 40
/** A key at p95, in milliseconds (design.md, "Budgets"). */
const BUDGET_MS = 16
/** What is typed, a key each; between two words the line is emptied. */
const WORDS = ["error", "zebra", "a", "block 42", "the quick brown", "n:", "ERROR", "会議"]
const EXPRESSIONS = ["err.*7$", "[^ ]+:9", "^\\d+:\\d+ the", "(=+=+)+x"]
/** How often all of it is typed. */
const ROUNDS = 5

const START = Date.UTC(2026, 0, 1)
const NOTHING_HIDDEN = { lines: 0, bytes: 0, headLines: 0 }

const outputLine = (block: number, index: number): string => {
  const text = `${block}:${index} the quick brown fox jumps over the lazy dog ${"=".repeat((block * 7 + index) % 40)}`
  if (index % 100 === 99) return `${text} 会議 🚀`
  return index % 50 === 49 ? `\x1b[31merror\x1b[0m ${text}` : text
}

const header = (index: number, lines: number): BlockHeader => ({
  id: `block${index}` as BlockId,
  command: `run --block ${index}`,
  status: "success",
  exitCode: 0,
  signal: null,
  startTime: START + index * 60_000,
  endTime: START + index * 60_000 + 1_234,
  metadata: {
    number: index + 1,
    directory: "/home/ada/work",
    lines,
    hiddenBytes: 0,
    hiddenLines: 0,
    headLines: lines,
    folded: index % 11 === 0,
    notices: []
  }
})

/** One line of the report. */
export interface Line {
  readonly what: string
  /** Milliseconds. */
  readonly median: number
  readonly p95: number
  readonly max: number
  /** Most that p95 may be; null where there is no budget. */
  readonly budget: number | null
}

const line = (what: string, samples: ReadonlyArray<number>, budget: number | null = BUDGET_MS): Line => {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
  return { what, median: at(0.5), p95: at(0.95), max: at(1), budget }
}

const matcherOf = (text: string, regex: boolean): LineMatcher | null => {
  const written: WrittenPattern = { text, regex, caseSensitive: "smart", words: false }
  const made = LineMatcher.make(written)
  return "problem" in made ? null : made
}

/** Every key of the words: what the line holds after it. */
const typed = (words: ReadonlyArray<string>): ReadonlyArray<string> =>
  words.flatMap((word) => Array.from(word, (_, index) => word.slice(0, index + 1)))

const turn = () => new Promise<void>((done) => setImmediate(done))

/** How long the event loop is held, turn by turn, until `done`. */
const heldUntil = async (done: () => boolean): Promise<ReadonlyArray<number>> => {
  const held: Array<number> = []
  while (!done()) {
    const from = performance.now()
    await turn()
    held.push(performance.now() - from)
  }
  return held
}

const timed = (work: () => void): number => {
  const from = performance.now()
  work()
  return performance.now() - from
}

/** A session as it comes from disk: what is not in view is read when it is searched. */
const session = () => {
  const blocks = [...Array.from({ length: BLOCKS }, (_, index) => header(index, LINES_PER_BLOCK))]
  const linesOf = (index: number, count: number) => Array.from({ length: count }, (_, at) => outputLine(index, at))
  const store = new BlockStore({
    maxBytes: 64 * 1024 * 1024,
    restore: (id) => {
      const index = Number(id.slice("block".length))
      if (index === BLOCKS)
        return { lines: linesOf(index, HUGE_BLOCK_LINES), unfinished: false, hidden: NOTHING_HIDDEN }
      return { lines: linesOf(index, LINES_PER_BLOCK), unfinished: false, hidden: NOTHING_HIDDEN }
    }
  })
  const list = new BlockList({
    theme: fullTheme,
    home: "/home/ada",
    output: (id) => store.get(id),
    stderr: () => null
  })
  return { blocks, store, list, linesOf }
}

/** The time `grep -c` takes over the same text. */
const grep = (directory: string, linesOf: (index: number, count: number) => ReadonlyArray<string>): number => {
  const file = join(directory, "text")
  const parts: Array<string> = []
  for (let index = 0; index < BLOCKS; index++) parts.push(...linesOf(index, LINES_PER_BLOCK))
  writeFileSync(file, parts.join("\n"))
  const run = () => timed(() => spawnSync("grep", ["-ci", "error", file]))
  run()
  return Math.min(run(), run(), run())
}

/** What finding and filtering take per key, in a session of 10,000 blocks and 1,000,000 lines on disk. */
export const find = async (): Promise<ReadonlyArray<Line>> => {
  const { blocks, store, list, linesOf } = session()
  list.setBlocks(blocks)
  list.rows(WIDTH, HEIGHT, START)
  const search = new Finder({ text: (block, stream) => store.plainText(block.id, stream), changed: () => {} })
  search.setBlocks(blocks)
  const end = { block: blocks.at(-1)!.id, part: "stdout", line: Infinity, offset: Infinity } as const

  /** A key's answer: the pattern is made, what is in view is searched, the view goes there and is drawn. */
  const press = (text: string, regex: boolean): number =>
    timed(() => {
      const matcher = matcherOf(text, regex)
      if (matcher === null) return
      search.start(matcher, end)
      list.setMarker((_block, _stream, _line, read) => matcher.matches(read()).map((at) => ({ ...at, look: "match" })))
      const { found } = search.state
      if (found !== null && found.part !== "header") list.reveal(found.block, found.part, found.line)
      list.rows(WIDTH, HEIGHT, START)
    })
  const keys: Array<number> = []
  const expressions: Array<number> = []
  const slices: Array<number> = []
  for (let round = 0; round < ROUNDS; round++) {
    for (const [samples, words, regex] of [
      [keys, WORDS, false],
      [expressions, EXPRESSIONS, true]
    ] as const) {
      for (const text of typed(words)) {
        samples.push(press(text, regex))
        // As long as a fast typist takes for the next key the search goes on.
        const until = performance.now() + 50
        slices.push(...(await heldUntil(() => performance.now() > until)))
      }
    }
  }
  const walks: Array<number> = []
  search.start(matcherOf("error", false)!, end)
  for (let index = 0; index < 500; index++) walks.push(timed(() => search.walk(-1)))

  // Everything is counted, from the first key to the last hit.
  search.stop()
  const counted = timed(() => search.start(matcherOf("error", false)!, end))
  const from = performance.now()
  slices.push(...(await heldUntil(() => !search.state.counting)))
  const whole = counted + performance.now() - from
  search.stop()

  const huge = header(BLOCKS, HUGE_BLOCK_LINES)
  list.setMarker(null)
  list.setBlocks([...blocks, huge])
  list.toBottom()
  list.rows(WIDTH, HEIGHT, START)
  const filters: Array<number> = []
  let stopFilter = () => {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const text of typed(WORDS)) {
      stopFilter()
      filters.push(
        timed(() => {
          const matcher = matcherOf(text, false)!
          const filter: BlockFilter = new BlockFilter(
            { matcher, invert: false, context: round % 3 },
            {
              output: (stream) => (stream === "stdout" ? store.get(huge.id) : null),
              live: () => false,
              rule: (count) => `-- ${count} --`,
              changed: () => list.setView(huge.id, filter.view("filter"))
            }
          )
          stopFilter = () => filter.stop()
          filter.start()
          list.setView(huge.id, filter.view("filter"))
          list.ensureVisible(huge.id)
          list.rows(WIDTH, HEIGHT, START)
        })
      )
      const until = performance.now() + 50
      slices.push(
        ...(await heldUntil(() => {
          list.rows(WIDTH, HEIGHT, START)
          return performance.now() > until
        }))
      )
    }
  }
  stopFilter()

  const directory = mkdtempSync(join(tmpdir(), "find-"))
  try {
    const peer = grep(directory, linesOf)
    return [
      line("find, a key", keys),
      line("find, a key of a regex", expressions),
      line("find, next hit", walks),
      line("filter, a key", filters),
      line("a turn meanwhile", slices),
      line("all counted", [whole], null),
      line("grep -ci, same text", [peer], null)
    ]
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The report as text; `ok` when every key is in its budget. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => {
  const cell = (milliseconds: number) => milliseconds.toFixed(2).padStart(8)
  const peer = lines.at(-1)!.median
  const within = ({ p95, budget }: Line) => budget === null || p95 <= budget
  return {
    text: lines
      .map((each) => {
        const { what, median, p95, max, budget } = each
        if (budget === null) return `${what.padEnd(22)} ${cell(median)} ms  ${(median / peer).toFixed(1)}× grep`
        const verdict = within(each) ? "" : "  over budget"
        return `${what.padEnd(22)} median ${cell(median)} ms  p95 ${cell(p95)} ms (≤ ${budget})  max ${cell(max)} ms${verdict}`
      })
      .concat(`${BLOCKS} blocks of ${LINES_PER_BLOCK} lines from disk, one of ${HUGE_BLOCK_LINES} to filter`)
      .join("\n"),
    ok: lines.every(within)
  }
}
