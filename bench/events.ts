import { mkdtempSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import type { BlockHeader } from "../src/domain/Block.ts"
import { BlockId, SessionId } from "../src/domain/ids.ts"
import { emptySession, reduce } from "../src/domain/reduce.ts"
import type { SessionEvent } from "../src/domain/SessionEvent.ts"
import { dataDirectory, ensureDataDirectory } from "../src/services/persistence/dataDirectory.ts"
import type { SessionFile } from "../src/services/persistence/SessionFile.ts"
import { writeSnapshot } from "../src/services/persistence/writeSnapshot.ts"
import { UndoStack } from "../src/services/UndoStack.ts"
import { BlockList } from "../src/ui/blocks/BlockList.ts"
import { fullTheme } from "../src/ui/theme.ts"
import { LARGE, openLarge } from "./sessions/large.ts"

/** Blocks of the sessions that are compared. */
const SIZES = [1_000, 10_000, 50_000] as const
/** Commands, of three events each; medians are told. */
const COMMANDS = 300
/** Clears of all blocks, each taken back; the best is told. */
const CLEARS = 7

/** Most that an event may take, in milliseconds: a twentieth of a frame. */
const MAX_EVENT_MS = 0.8
/** Most that clearing 10,000 blocks, or taking that back, may hold the event loop, in milliseconds of the processor: a frame. */
const MAX_CLEAR_MS = 16
const CLEARED = 10_000

/** One size of a session. */
export interface Line {
  readonly blocks: number
  /** Median of an event that every command brings, in milliseconds: noted, folded for the screen and for the disk, shown. */
  readonly event: number
  /** The same by where it is spent. */
  readonly parts: { readonly fold: number; readonly file: number; readonly list: number }
  /** Clearing all of it, and bringing it back, in milliseconds of the processor. */
  readonly clear: number
  readonly restore: number
}

const header = (index: number): BlockHeader => ({
  id: BlockId.make(`block${String(index).padStart(8, "0")}`),
  command: `print ${index}`,
  status: "success",
  exitCode: 0,
  signal: null,
  startTime: 1,
  endTime: 2,
  metadata: {
    number: index + 1,
    directory: "/",
    lines: 3,
    hiddenLines: 0,
    hiddenBytes: 0,
    headLines: 3,
    folded: false,
    notices: []
  }
})

/** A session of `blocks` blocks without output, as one that is opened from the disk. */
const sessionOf = async (dataDir: string, blocks: number): Promise<SessionFile> => {
  const directory = dataDirectory(dataDir)
  await ensureDataDirectory(directory)
  const begun = emptySession({
    _tag: "SessionCreated",
    at: 0,
    session: LARGE,
    workingDirectory: "/",
    shell: "/bin/bash"
  })
  const snapshot = await writeSnapshot({
    directory: directory.active,
    session: { ...begun, blocks: Array.from({ length: blocks }, (_, index) => header(index)) },
    sequence: 1,
    previous: null,
    changedText: async () => ({ stdout: "", stderr: "" })
  })
  snapshot.close()
  return openLarge(dataDir)
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** What the process has had of the processors, in milliseconds. */
const used = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const measure = async (file: SessionFile, blocks: number): Promise<Line> => {
  let { session } = file
  const undo = new UndoStack()
  const list = new BlockList({ output: () => null, stderr: () => null, theme: fullTheme, home: "/" })
  list.setBlocks(session.blocks)
  /** Begin of the event, then the end of each of its parts. */
  const happens = (event: SessionEvent): readonly [number, number, number, number] => {
    const begun = performance.now()
    undo.note(session, event)
    session = reduce(session, event)
    const folded = performance.now()
    file.append(event)
    const appended = performance.now()
    list.setBlocks(session.blocks)
    return [begun, folded, appended, performance.now()]
  }
  const times: Array<ReturnType<typeof happens>> = []
  for (let number = 0; number < COMMANDS; number++) {
    const block = BlockId.make(`new${number}`)
    const account = { lines: 1, hiddenLines: 0, hiddenBytes: 0, headLines: 1 }
    times.push(
      happens({ _tag: "BlockStarted", at: number, block, command: "print", directory: "/" }),
      happens({ _tag: "OutputFrozen", block, firstLine: 0, lines: ["x"] }),
      happens({ _tag: "BlockFinished", at: number, block, status: "success", exitCode: 0, signal: null, ...account })
    )
    await file.flush()
  }
  const ids = session.blocks.map(({ id }) => id)
  const takes = async (event: SessionEvent): Promise<number> => {
    const before = used()
    happens(event)
    const after = used()
    await file.flush()
    return after - before
  }
  const [clears, restores]: [Array<number>, Array<number>] = [[], []]
  const archive = SessionId.make("cleared")
  for (let at = 0; at < CLEARS; at++) {
    clears.push(await takes({ _tag: "BlocksArchived", at, blocks: ids, archive, why: "clear" }))
    restores.push(await takes({ _tag: "BlocksRestored", at, blocks: ids }))
  }
  return {
    blocks,
    event: median(times.map(([begun, , , shown]) => shown - begun)),
    parts: {
      fold: median(times.map(([begun, folded]) => folded - begun)),
      file: median(times.map(([, folded, appended]) => appended - folded)),
      list: median(times.map(([, , appended, shown]) => shown - appended))
    },
    clear: Math.min(...clears),
    restore: Math.min(...restores)
  }
}

/** What events cost in sessions of 1,000, 10,000 and 50,000 blocks. */
export const events = async (): Promise<ReadonlyArray<Line>> => {
  const lines: Array<Line> = []
  for (const blocks of SIZES) {
    const root = mkdtempSync(join(tmpdir(), "et-events-"))
    try {
      const file = await sessionOf(root, blocks)
      lines.push(await measure(file, blocks))
      await file.close()
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  }
  return lines
}

/** The report as text; `ok` when every budget is kept. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => {
  const isWithin = ({ blocks, event, clear, restore }: Line) =>
    event <= MAX_EVENT_MS && (blocks > CLEARED || Math.max(clear, restore) <= MAX_CLEAR_MS)
  const least = lines[0]!.event
  return {
    text: lines
      .map((line) => {
        const { blocks, event, parts, clear, restore } = line
        const micros = (milliseconds: number) => (milliseconds * 1000).toFixed(0)
        const by = `fold ${micros(parts.fold)}, file ${micros(parts.file)}, list ${micros(parts.list)} µs`
        const cost = `event ${micros(event)} µs (≤ ${micros(MAX_EVENT_MS)}) ${(event / least).toFixed(1)}×: ${by}`
        const limit = blocks > CLEARED ? "" : ` (≤ ${MAX_CLEAR_MS})`
        const all = `clear ${clear.toFixed(1)} ms, undo ${restore.toFixed(1)} ms${limit}`
        return `${String(blocks).padStart(6)} blocks  ${cost}  ${all}${isWithin(line) ? "" : "  over budget"}`
      })
      .concat(`medians of ${3 * COMMANDS} events, best of ${CLEARS} clears, ${availableParallelism()} cores`)
      .join("\n"),
    ok: lines.every(isWithin)
  }
}
