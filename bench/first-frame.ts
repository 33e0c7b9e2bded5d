import { spawn } from "node:child_process"
import { once } from "node:events"
import { availableParallelism } from "node:os"
import { effecttalk } from "../test/harness/effecttalk.ts"
import { Home } from "../test/harness/Home.ts"

/** What the user's prompt shows, and nothing of ours. */
const PROMPT = "the-users-prompt"
/** What only Ink draws: a key in the status line. The badge before it is in the launcher's first picture already. */
const INK = "Alt+Enter"
/** Runs of each kind, taken in turns so that the machine's moods meet all alike. One more of each warms the caches. */
const RUNS = 21

/** Milliseconds from the start of the program. */
interface Sample {
  /** `node -e 0`, start to end: what nobody who starts Node can undercut. */
  readonly node: number
  /** The first byte on the terminal. */
  readonly firstFrame: number
  /** The shell's own prompt on the screen. */
  readonly shellOutput: number
  /** Ink's first frame on the screen. */
  readonly inkFrame: number
}

/** Allowed medians as multiples of `node -e 0` in the same run (design.md, "Budgets"). */
const BUDGETS: Readonly<Record<Exclude<keyof Sample, "node">, number>> = {
  firstFrame: 1.5,
  shellOutput: 2.5,
  inkFrame: 3.5
}

const nodeAlone = async (home: Home): Promise<number> => {
  const start = performance.now()
  const child = spawn(process.execPath, ["-e", "0"], { env: home.environment(), stdio: "ignore" })
  await once(child, "exit")
  return performance.now() - start
}

const effectTalk = async (): Promise<Omit<Sample, "node">> => {
  await using t = await effecttalk({ cols: 120, rows: 40, rc: `PS1='${PROMPT} '` })
  const since = async (shown: Promise<void>) => {
    await shown
    return performance.now() - t.startedAt
  }
  const [shellOutput, inkFrame] = await Promise.all([since(t.waitFor(PROMPT)), since(t.waitFor(INK))])
  return { firstFrame: t.firstByteAt! - t.startedAt, shellOutput, inkFrame }
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** One line of the report. */
export interface Line {
  readonly what: string
  readonly milliseconds: number
  /** Against `node -e 0` in the same run. */
  readonly ratio: number
  /** Most that `ratio` may be; null for what the others are measured against. */
  readonly budget: number | null
}

/** Time from starting `effecttalk` to what the user sees, as medians and as multiples of `node -e 0`. */
export const firstFrame = async (runs = RUNS): Promise<ReadonlyArray<Line>> => {
  using home = new Home()
  const samples: Array<Sample> = []
  for (let run = 0; run <= runs; run++) {
    const sample = { node: await nodeAlone(home), ...(await effectTalk()) }
    if (run > 0) samples.push(sample)
  }
  const node = median(samples.map((sample) => sample.node))
  const keys = Object.keys(BUDGETS) as Array<keyof typeof BUDGETS>
  return [
    { what: "node -e 0", milliseconds: node, ratio: 1, budget: null },
    ...keys.map((what) => {
      const milliseconds = median(samples.map((sample) => sample[what]))
      return { what, milliseconds, ratio: milliseconds / node, budget: BUDGETS[what] }
    })
  ]
}

/** The report as text; `ok` when every budget is kept. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => ({
  text: lines
    .map(({ what, milliseconds, ratio, budget }) => {
      const limit = budget === null ? "" : ` (≤ ${budget}×)${ratio <= budget ? "" : "  over budget"}`
      return `${what.padEnd(12)} ${milliseconds.toFixed(1).padStart(7)} ms  ${ratio.toFixed(2)}×${limit}`
    })
    .concat(`medians of ${RUNS} runs in turns, ${availableParallelism()} cores`)
    .join("\n"),
  ok: lines.every(({ ratio, budget }) => budget === null || ratio <= budget)
})
