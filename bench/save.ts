import { mkdtempSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { BlockId } from "../src/domain/ids.ts"
import type { SessionFile } from "../src/services/persistence/SessionFile.ts"
import { appendBlock, appendBlocks, createLarge, openLarge } from "./sessions/large.ts"
import { type Watched, watched } from "./sessions/watched.ts"

/** Sessions that are compared: a new one, and one of 100 MB. */
const SIZES = [10, 10_000] as const
/** Saves in each, in turns; medians are told. */
const SAVES = 300
/** Commands between two compactions, some of 10 KB and one of 10 MB. */
const CHANGED_BLOCKS = 200
const LARGE_LINES = 100_000
/** Compactions, of which the best is told. */
const COMPACTIONS = 5

/** How long one slice of the event loop may be while a session is compacted, in milliseconds: half a frame. */
const MAX_SLICE_MS = 8
/** Most that a save in the large session may take, as a multiple of one in the small (design.md, "Budgets"). */
const MAX_RATIO = 1.5

/** One size of a session. */
export interface Line {
  readonly blocks: number
  /** From a command's last byte to its end being on disk, in milliseconds. */
  readonly median: number
  readonly p95: number
  /** A compaction from its beginning to its end, and the longest slice of the event loop meanwhile, in milliseconds. */
  readonly compaction: number
  readonly slice: number
}

const quantile = (values: ReadonlyArray<number>, part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)]!

/** One command in a session, until everything of it survives a power loss. */
const saveOne = async (file: SessionFile, number: number): Promise<number> => {
  const start = performance.now()
  appendBlock(file, number, ["done"])
  const { failure } = await file.flush()
  if (failure !== null) throw new Error(failure)
  return performance.now() - start
}

const compaction = async (file: SessionFile, from: number) => {
  for (let number = from; number < from + CHANGED_BLOCKS; number++) appendBlock(file, number)
  const block = BlockId.make(`large${from}`)
  file.append({ _tag: "BlockStarted", at: 0, block, command: "print much", directory: "/" })
  for (let line = 0; line < LARGE_LINES; line += 1_000) {
    const lines = Array.from({ length: 1_000 }, (_, index) => `line ${line + index} `.padEnd(99, "x"))
    file.append({ _tag: "OutputFrozen", block, firstLine: line, lines })
  }
  await file.flush()
  return watched(() => file.compact())
}

/** The cost of one save, and of a compaction, in a session of 10 blocks and one of 10,000. */
export const save = async (): Promise<ReadonlyArray<Line>> => {
  const root = mkdtempSync(join(tmpdir(), "et-save-"))
  try {
    const files: Array<SessionFile> = []
    for (const blocks of SIZES) {
      const dataDir = join(root, String(blocks))
      const made = createLarge(dataDir)
      await appendBlocks(made, 0, blocks)
      await made.close()
      files.push(await openLarge(dataDir))
    }
    const times = files.map((): Array<number> => [])
    for (let turn = 0; turn < SAVES; turn++) {
      for (const [index, file] of files.entries()) times[index]!.push(await saveOne(file, 20_000 + turn))
    }
    const lines: Array<Line> = []
    for (const [index, file] of files.entries()) {
      const compactions: Array<Watched> = []
      for (let turn = 0; turn < COMPACTIONS; turn++) compactions.push(await compaction(file, 30_000 + turn * 1_000))
      lines.push({
        blocks: SIZES[index]!,
        median: quantile(times[index]!, 0.5),
        p95: quantile(times[index]!, 0.95),
        compaction: Math.min(...compactions.map(({ took }) => took)),
        slice: Math.min(...compactions.map(({ slice }) => slice))
      })
    }
    return lines
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** The report as text; `ok` when every budget is kept. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => {
  const ratio = lines[1]!.median / lines[0]!.median
  const ok = ratio <= MAX_RATIO && lines.every(({ slice }) => slice <= MAX_SLICE_MS)
  return {
    text: lines
      .map(({ blocks, median, p95, compaction: took, slice }) => {
        const over = slice <= MAX_SLICE_MS ? "" : "  over budget"
        const saved = `save ${median.toFixed(2)} ms (p95 ${p95.toFixed(2)})`
        const compacted = `compaction ${took.toFixed(0)} ms, longest slice ${slice.toFixed(1)} ms (≤ ${MAX_SLICE_MS})`
        return `${String(blocks).padStart(6)} blocks  ${saved}  ${compacted}${over}`
      })
      .concat(
        `a save in the large one: ${ratio.toFixed(2)}× (≤ ${MAX_RATIO}×)${ratio <= MAX_RATIO ? "" : "  over budget"}`
      )
      .concat(`medians of ${SAVES} saves in turns, best of ${COMPACTIONS} compactions, ${availableParallelism()} cores`)
      .join("\n"),
    ok
  }
}
