import { availableParallelism } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import { ended, ready } from "../test/harness/blocks.ts"
import { effecttalk } from "../test/harness/effecttalk.ts"
import { Terminal } from "../test/harness/Terminal.ts"

/** Keys typed for each figure. */
const KEYS = 60

/** What was measured, per key. */
interface Sample {
  readonly milliseconds: number
  readonly bytes: number
}

/** One line of the report: 95th percentiles. */
export interface Line {
  readonly what: string
  readonly milliseconds: number
  readonly bytes: number
  /** Most that the time may be, in milliseconds; null for the peer. */
  readonly budget: number | null
}

/** Most bytes to the outer terminal per key, p95 (design.md, "Budgets"). */
const BYTES_BUDGET = 256

const p95 = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1]!

/** Time between two keys, in ms: a fast typist's, and no multiple of the frame time. */
const KEY_INTERVAL_MS = 53

/** Types one letter at a time and waits until the cursor has moved on. */
const typeKeys = async (t: Terminal): Promise<ReadonlyArray<Sample>> => {
  const samples: Array<Sample> = []
  for (let i = 0; i < KEYS; i++) {
    await sleep(KEY_INTERVAL_MS)
    const { x, y } = t.cursor
    const mark = t.mark()
    const start = performance.now()
    t.type(String.fromCharCode(97 + (i % 26)))
    await t.waitFor(() => t.cursor.y === y && t.cursor.x === x + 1)
    samples.push({ milliseconds: performance.now() - start, bytes: t.bytesSince(mark) })
  }
  return samples
}

const line = (what: string, samples: ReadonlyArray<Sample>, budget: number | null): Line => ({
  what,
  milliseconds: p95(samples.map((sample) => sample.milliseconds)),
  bytes: p95(samples.map((sample) => sample.bytes)),
  budget
})

const size = { cols: 120, rows: 40 }

/** Time and bytes from a key to its echo on the outer screen, in the editor and in a program, beside bare bash. */
export const latency = async (): Promise<ReadonlyArray<Line>> => {
  const lines: Array<Line> = []
  {
    await using t = new Terminal({ file: "bash", args: ["-i"] }, size)
    await t.waitFor("$")
    lines.push(line("bash alone", await typeKeys(t), null))
  }
  await using t = await effecttalk(size)
  await ready(t)
  lines.push(line("editor", await typeKeys(t), 16))
  t.keys("ctrl+u")
  t.type("cat\r")
  await t.waitFor(" PROGRAM ")
  // The empty line of a program's cursor gets its row a little later.
  t.type("a")
  await t.waitFor(() => t.cursor.x === 1)
  lines.push(line("program", await typeKeys(t), 16))
  t.keys("ctrl+c")
  await ended(t, 0)
  // A block prints at full speed; the leader brings the editor while it runs.
  t.type("yes\r")
  await t.waitFor(" PROGRAM ")
  t.keys("ctrl+\\", "e")
  await t.waitFor(" EDITOR ")
  lines.push(
    line(
      "editor, flood",
      (await typeKeys(t)).map((sample) => ({ ...sample, bytes: 0 })),
      50
    )
  )
  return lines
}

/** The report as text; `ok` when every budget is kept. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => {
  const alone = lines[0]!.milliseconds
  const within = ({ milliseconds, bytes, budget }: Line) =>
    budget === null || (milliseconds <= budget && bytes <= BYTES_BUDGET)
  return {
    text: lines
      .map((each) => {
        const { what, milliseconds, bytes, budget } = each
        const limit =
          budget === null ? "" : ` (≤ ${budget} ms, ≤ ${BYTES_BUDGET} bytes)${within(each) ? "" : "  over budget"}`
        const ratio = `${(milliseconds / alone).toFixed(1)}×`
        return `${what.padEnd(14)} ${milliseconds.toFixed(1).padStart(6)} ms ${ratio.padStart(6)}  ${String(bytes).padStart(4)} bytes${limit}`
      })
      .concat(`95th percentiles of ${KEYS} keys, key to cells on the outer screen, ${availableParallelism()} cores`)
      .join("\n"),
    ok: lines.every(within)
  }
}
