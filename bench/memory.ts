import { spawnSync } from "node:child_process"
import { BlockId, SessionId } from "../src/domain/ids.ts"
import { dataDirectory } from "../src/services/persistence/dataDirectory.ts"
import { SessionFile } from "../src/services/persistence/SessionFile.ts"
import { isReady, ready } from "../test/harness/blocks.ts"
import { BINARY, effecttalk } from "../test/harness/effecttalk.ts"
import type { Terminal } from "../test/harness/Terminal.ts"

/** A long session: this many small blocks, a million lines together. */
const BLOCKS = 10_000
const LINES_PER_BLOCK = 100
/** Keys sent in one go while walking through them. */
const STEP = 250
/** Blocks of a megabyte each, more than may stay in memory. */
const LARGE_BLOCKS = 150
/** Prints a megabyte of plain lines. */
const PRINT_LARGE = "head -c 1000000 /dev/zero | tr '\\0' x | fold -w 99; echo"

const size = { cols: 120, rows: 40 }

/** One line of the report. */
export interface Line {
  readonly what: string
  /** Resident memory of the program, in megabytes. */
  readonly megabytes: number
  /** Most that it may be (design.md, "Budgets"). */
  readonly budget: number
}

/** Resident memory in megabytes, as the user's own tools tell it. */
const resident = (t: Terminal): number =>
  Number(spawnSync("ps", ["-o", "rss=", "-p", String(t.pid)], { encoding: "utf8" }).stdout) / 1024

/** Writes a session of small blocks to a data directory, as a program that had run them would leave it. */
const storeSession = async (dataDir: string): Promise<void> => {
  const session = SessionId.make("long")
  const file = SessionFile.create(
    { _tag: "SessionCreated", at: Date.now(), session, workingDirectory: "/", shell: "/bin/bash" },
    {
      directory: dataDirectory(dataDir),
      processes: { self: { pid: process.pid, startTime: 1, bootId: "bench" }, isAlive: () => false },
      now: Date.now
    }
  )
  for (let index = 0; index < BLOCKS; index++) {
    const block = BlockId.make(`b${index}`)
    const lines = Array.from({ length: LINES_PER_BLOCK }, (_, line) => `line ${line} of block ${index}`)
    const at = Date.now()
    file.append({ _tag: "BlockStarted", at, block, command: `print ${index}`, directory: "/" })
    file.append({ _tag: "OutputFrozen", block, firstLine: 0, lines })
    const end = { status: "success", exitCode: 0, signal: null, lines: lines.length } as const
    file.append({ _tag: "BlockFinished", at, block, ...end, hiddenLines: 0, hiddenBytes: 0, headLines: 0 })
  }
  await file.close()
}

/** Selects every block, the newest first, which reads its output. */
const walk = async (t: Terminal): Promise<void> => {
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
  // The first step goes to the header of the newest itself.
  t.keys("k")
  for (let number = BLOCKS; number > 1; ) {
    const steps = Math.min(STEP, number - 1)
    t.type("k".repeat(steps))
    number -= steps
    const selected = new RegExp(`▸ *${number} `)
    await t.waitFor((rows) => rows.some((row) => selected.test(row)))
  }
}

/** Resident memory at the start, with a long session that was read from end to end, and after much output. */
export const memory = async (): Promise<ReadonlyArray<Line>> => {
  const lines: Array<Line> = []
  await using t = await effecttalk(size)
  await ready(t)
  lines.push({ what: "start", megabytes: resident(t), budget: 120 })
  for (let index = 1; index <= LARGE_BLOCKS; index++) {
    t.type(`${PRINT_LARGE}; echo "do""ne ${index}."\r`)
    await t.waitFor((rows) => rows.includes(`done ${index}.`) && isReady(rows))
  }
  lines.push({ what: `${LARGE_BLOCKS} blocks of 1 MB`, megabytes: resident(t), budget: 350 })
  t.kill("SIGKILL")
  await t.exit

  await using long = await effecttalk(size)
  await ready(long)
  long.keys("ctrl+d")
  await long.exit
  await storeSession(long.home.dataDir)
  await using u = await long.restart({ args: [BINARY, "--resume", "long"] })
  await ready(u)
  lines.push({ what: "10,000 blocks, resumed", megabytes: resident(u), budget: 350 })
  await walk(u)
  lines.push({ what: "10,000 blocks, 1 M lines read", megabytes: resident(u), budget: 350 })
  return lines
}

/** The report as text; `ok` when every budget is kept. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => ({
  text: lines
    .map(({ what, megabytes, budget }) => {
      const over = megabytes <= budget ? "" : "  over budget"
      return `${what.padEnd(30)} ${megabytes.toFixed(0).padStart(4)} MB (≤ ${budget} MB)${over}`
    })
    .join("\n"),
  ok: lines.every(({ megabytes, budget }) => megabytes <= budget)
})
