import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { BlockId } from "../src/domain/ids.ts"
import { FollowedOutputs } from "../src/services/ownership/FollowedOutputs.ts"
import { SessionFollower } from "../src/services/ownership/SessionFollower.ts"
import { dataDirectory } from "../src/services/persistence/dataDirectory.ts"
import type { SessionFile } from "../src/services/persistence/SessionFile.ts"
import { BlockStore } from "../src/terminal/BlockStore.ts"
import { appendBlock, appendBlocks, createLarge, LARGE, openLarge } from "./sessions/large.ts"
import { type Watched, watched } from "./sessions/watched.ts"

/** 100 MB in blocks of 10 KB. */
const BLOCKS = 10_000
/** Blocks that the owner adds between two looks. */
const ADDED_BLOCKS = 200
/** Lines of 100 bytes that one running command prints between two looks: 5 MB. */
const ADDED_LINES = 50_000
/** Looks of each kind, of which the best is told. */
const LOOKS = 5

/** How long one slice of the event loop may be while a session is looked at, in milliseconds: half a frame. */
const MAX_SLICE_MS = 8

/** What a look found, and what that took. */
export interface Line extends Watched {
  readonly what: string
  /** What was read from files, in megabytes. */
  readonly read: number
}

/** What this process has read from files, in megabytes. */
const megabytesRead = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]) / 1e6

/** Ends a command that has printed `ADDED_LINES`. */
const finish = (owner: SessionFile, block: BlockId): void => {
  const account = { lines: ADDED_LINES, hiddenLines: 0, hiddenBytes: 0, headLines: 0 }
  owner.append({ _tag: "BlockFinished", at: 0, block, status: "success", exitCode: 0, signal: null, ...account })
}

/** One window that follows the session, with the outputs it shows. */
const window = async (dataDir: string) => {
  const processes = { self: { pid: process.pid, startTime: 1, bootId: "bench" }, isAlive: () => true }
  const follower = await SessionFollower.open(LARGE, { directory: dataDirectory(dataDir), processes })
  const outputs = new BlockStore({ maxBytes: 10_485_760, restore: (id, stream) => follower.output(id, stream) })
  const followed = new FollowedOutputs(outputs, follower)
  follower.follow((change) => followed.take(change))
  return follower
}

/** What a window does that follows a session of 100 MB while its owner works. */
export const follow = async (): Promise<ReadonlyArray<Line>> => {
  const dataDir = mkdtempSync(join(tmpdir(), "et-follow-"))
  try {
    const made = createLarge(dataDir)
    await appendBlocks(made, 0, BLOCKS)
    await made.close()
    let owner = await openLarge(dataDir)
    let number = BLOCKS
    /** What the owner does between two looks. */
    const steps: Readonly<Record<string, (follower: SessionFollower) => Promise<unknown>>> = {
      "nothing new": async () => {},
      "one command of 10 KB": async () => {
        appendBlock(owner, number++)
        await owner.flush()
      },
      [`${ADDED_BLOCKS} commands of 10 KB`]: async () => {
        for (let added = 0; added < ADDED_BLOCKS; added++) appendBlock(owner, number++)
        await owner.flush()
      },
      "5 MB of a command that runs": async (follower) => {
        const block = BlockId.make(`running${number++}`)
        owner.append({ _tag: "BlockStarted", at: 0, block, command: "print much", directory: "/" })
        await owner.flush()
        await follower.look()
        for (let firstLine = 0; firstLine < ADDED_LINES; firstLine += 1_000) {
          const lines = Array.from({ length: 1_000 }, (_, index) => `line ${firstLine + index} `.padEnd(99, "x"))
          owner.append({ _tag: "OutputFrozen", block, firstLine, lines })
        }
        await owner.flush()
      },
      "a compaction": async (follower) => {
        for (let added = 0; added < ADDED_BLOCKS; added++) appendBlock(owner, number++)
        await owner.flush()
        await follower.look()
        await owner.compact()
      },
      "a compaction with blocks not seen": async () => {
        for (let added = 0; added < ADDED_BLOCKS; added++) appendBlock(owner, number++)
        await owner.flush()
        await owner.compact()
      },
      // Whatever the files are by now, they are read as if nothing were known of them.
      "the end of its owner": async () => {
        appendBlock(owner, number++)
        await owner.close()
      }
    }
    const lines: Array<Line> = []
    for (const [what, work] of Object.entries(steps)) {
      const follower = await window(dataDir)
      const looks: Array<Line> = []
      for (let turn = 0; turn < LOOKS; turn++) {
        await work(follower)
        const before = megabytesRead()
        const { took, slice } = await watched(async () => follower.look())
        looks.push({ what, took, slice, read: megabytesRead() - before })
        if (what === "the end of its owner") owner = await openLarge(dataDir)
        for (const { id } of owner.session.blocks.filter(({ status }) => status === "running")) finish(owner, id)
      }
      await follower.close()
      lines.push(looks.reduce((best, look) => (look.slice < best.slice ? look : best)))
    }
    const opening = await watched(async () => (await window(dataDir)).close())
    lines.push({ what: "opening it", ...opening, read: 0 })
    await owner.close()
    return lines
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** The report as text; `ok` when every budget is kept. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => ({
  text: lines
    .map(({ what, took, slice, read }) => {
      const time = `${took.toFixed(0).padStart(5)} ms, longest slice ${slice.toFixed(1).padStart(6)} ms (≤ ${MAX_SLICE_MS})`
      return `${what.padEnd(36)} ${time} ${read.toFixed(1).padStart(6)} MB read${slice > MAX_SLICE_MS ? "  over budget" : ""}`
    })
    .concat(`best of ${LOOKS} looks each, ${availableParallelism()} cores`)
    .join("\n"),
  ok: lines.every(({ slice }) => slice <= MAX_SLICE_MS)
})
