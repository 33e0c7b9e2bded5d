import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, statSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { BINARY, effecttalk } from "../test/harness/effecttalk.ts"
import { Home } from "../test/harness/Home.ts"
import { Terminal } from "../test/harness/Terminal.ts"
import { appendBlocks, createLarge, LARGE, openLarge } from "./sessions/large.ts"

/** 100 MB in blocks of 10 KB. */
const BLOCKS = 10_000
/** Blocks in a journal of 16 MiB behind them: a larger one is brought into the snapshot. */
const JOURNAL_BLOCKS = 1_550
/** Starts of each kind, in turns so that the machine's moods meet all alike. One more of each warms the caches. */
const RUNS = 7

const MB = 1_000_000
const size = { cols: 120, rows: 40 }

/** How something began. */
interface Sample {
  /** Until the first byte on the terminal, in milliseconds; null for what has none. */
  readonly firstFrame: number | null
  /** Until it was there, in milliseconds. */
  readonly milliseconds: number
  /** Most memory it had by then, in megabytes. */
  readonly megabytes: number
  /** What it read from files by then, in megabytes. */
  readonly read: number
}

/** A line of `/proc/<pid>/<file>`, in bytes. */
const counted = (pid: number | "self", file: string, name: string): number => {
  const line = new RegExp(`^${name}:\\s+(\\d+)( kB)?`, "m").exec(readFileSync(`/proc/${pid}/${file}`, "utf8"))
  return Number(line?.[1]) * (line?.[2] === undefined ? 1 : 1024)
}

const used = (pid: number): Pick<Sample, "megabytes" | "read"> => ({
  megabytes: counted(pid, "status", "VmHWM") / MB,
  read: counted(pid, "io", "rchar") / MB
})

/** A script in a Node of its own: until it says that it is done, start included. */
const node = async (home: Home, script: string): Promise<Sample> => {
  const start = performance.now()
  const child = spawn(process.execPath, ["-e", `${script};process.stdout.write("done");process.stdin.resume()`], {
    env: home.environment(),
    stdio: ["pipe", "pipe", "inherit"]
  })
  await once(child.stdout, "data")
  const sample = { firstFrame: null, milliseconds: performance.now() - start, ...used(child.pid!) }
  child.stdin.end()
  await once(child, "exit")
  return sample
}

const shown = (t: Terminal): Sample => ({
  firstFrame: t.firstByteAt! - t.startedAt,
  milliseconds: performance.now() - t.startedAt,
  ...used(t.pid)
})

/** `effecttalk --resume` until the newest block stands on the screen, with its output. */
const resumed = async (home: Home, blocks: number): Promise<Sample> => {
  await using t = new Terminal(
    { file: process.execPath, args: [BINARY, "--resume", LARGE] },
    { ...size, home, env: { EFFECTTALK_MAX_SESSION_SIZE: "1073741824" } }
  )
  await t.waitFor(`block ${blocks - 1} line 99 `)
  const sample = shown(t)
  t.kill("SIGKILL")
  await t.exit
  return sample
}

/** A new session, until the shell's prompt is there. */
const begun = async (): Promise<Sample> => {
  await using t = await effecttalk({ ...size, rc: "PS1='the-users-prompt '" })
  await t.waitFor("the-users-prompt")
  await t.waitFor("Alt+Enter")
  return shown(t)
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** One line of the report: medians. */
export interface Line extends Sample {
  readonly what: string
  /** Time against `JSON.parse` of the file in the same run. */
  readonly ofParse: number
  /** Why it is over budget, null when it is not, or has none. */
  readonly over: string | null
}

/** Most memory, in megabytes (design.md, "Budgets"), and of the file alone no more than `JSON.parse` takes. */
const MAX_MEGABYTES = 350
/** Most that the first frame may take, as a multiple of `JSON.parse` of the file: all of a new session's start is in it. */
const MAX_OF_PARSE = 2

/** Time, memory and bytes read until the first frame of a session of 100 MB and 10,000 blocks. */
export const largeSession = async (): Promise<ReadonlyArray<Line>> => {
  using home = new Home()
  using behind = new Home()
  for (const { dataDir } of [home, behind]) {
    const file = createLarge(dataDir)
    await appendBlocks(file, 0, BLOCKS)
    await file.close()
  }
  // Never closed, as if its process had been killed.
  const journal = await openLarge(behind.dataDir)
  await appendBlocks(journal, BLOCKS, BLOCKS + JOURNAL_BLOCKS)
  const path = join(home.dataDir, "active", `${LARGE}.json`)
  const parse = `JSON.parse(require("fs").readFileSync(${JSON.stringify(path)},"utf8"))`
  const kinds = {
    "node -e 0": () => node(home, "0"),
    "node, JSON.parse of the file": () => node(home, parse),
    "effecttalk, a new session": begun,
    "effecttalk, the file resumed": () => resumed(home, BLOCKS),
    "the same with a journal": () => resumed(behind, BLOCKS + JOURNAL_BLOCKS)
  }
  const samples = Object.values(kinds).map((): Array<Sample> => [])
  for (let run = 0; run <= RUNS; run++) {
    for (const [index, sample] of Object.values(kinds).entries()) {
      const found = await sample()
      if (run > 0) samples[index]!.push(found)
    }
  }
  const middle = samples.map((all): Sample => {
    const of = (key: "milliseconds" | "megabytes" | "read") => median(all.map((one) => one[key]))
    const first = all.flatMap(({ firstFrame }) => firstFrame ?? [])
    return {
      firstFrame: first.length === 0 ? null : median(first),
      milliseconds: of("milliseconds"),
      megabytes: of("megabytes"),
      read: of("read")
    }
  })
  const parsed = middle[1]!
  const overOf = ({ firstFrame, megabytes }: Sample): string | null => {
    if (firstFrame === null) return null
    if (firstFrame > MAX_OF_PARSE * parsed.milliseconds) return `first frame over ${MAX_OF_PARSE}×`
    return megabytes > Math.min(MAX_MEGABYTES, parsed.megabytes) ? "over budget" : null
  }
  const sizeOf = (dataDir: string, kind: string) =>
    ` (${(statSync(join(dataDir, "active", `${LARGE}.${kind}`)).size / MB).toFixed(0)} MB)`
  const sizes = ["", sizeOf(home.dataDir, "json"), "", sizeOf(home.dataDir, "json"), sizeOf(behind.dataDir, "journal")]
  return Object.keys(kinds).map((what, index) => ({
    what: what + sizes[index],
    ...middle[index]!,
    ofParse: middle[index]!.milliseconds / parsed.milliseconds,
    over: overOf(middle[index]!)
  }))
}

/** The report as text; `ok` when every budget is kept. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => ({
  text: lines
    .map(({ what, firstFrame, milliseconds, megabytes, read, ofParse, over }) => {
      const first = firstFrame === null ? "" : `, first frame ${firstFrame.toFixed(0)} ms`
      const time = `${milliseconds.toFixed(0).padStart(5)} ms ${ofParse.toFixed(2)}×`
      const memory = `${megabytes.toFixed(0).padStart(4)} MB at most, ${read.toFixed(0).padStart(4)} MB read`
      return `${what.padEnd(38)} ${time} ${memory}${first}${over === null ? "" : `  ${over}`}`
    })
    .concat(`medians of ${RUNS} starts in turns, ${availableParallelism()} cores`)
    .join("\n"),
  ok: lines.every(({ over }) => over === null)
})
