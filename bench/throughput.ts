/**
 * 50 MB of output through a PTY into a block, against tmux doing the same on this machine in this run: budget no slower
 * than tmux, in every form of output (design: "Budgets").
 *
 * The two take turns, so that the machine's moods meet both; the ratio of medians is what counts. The block is read
 * sixty times a second meanwhile, as the screen does. tmux keeps its default 2,000 lines, the block its default 10 MB.
 */
import { execFile, spawnSync } from "node:child_process"
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { promisify } from "node:util"
import * as pty from "node-pty"
import { BlockOutput } from "../src/terminal/BlockOutput.ts"

const BYTES = 50_000_000
const COLUMNS = 120
const ROWS = 40
const ROUNDS = 3
const FRAME_MS = 16
/** Watermarks of what is written and not parsed, in bytes. */
const PAUSE_AT = 524_288
const RESUME_AT = 131_072
const END_MARK = Buffer.from("\x1b]6973;end\x07")

/** One line or frame of each form of output, by its number. */
const FORMS: Readonly<Record<string, (i: number) => string>> = {
  "plain lines": (i) =>
    `${String(i).padStart(8)} The quick brown fox jumps over the lazy dog, and nobody minds at all.\n`,
  "coloured lines": (i) =>
    `\x1b[32m${i}\x1b[0m \x1b[1;34msrc/file.ts\x1b[0m:\x1b[33m${i % 997}\x1b[m: \x1b[38;5;208mwarning\x1b[0m \x1b[38;2;1;${i % 256};3mtext\x1b[0m\n`,
  "CJK lines": (i) => `${i} 日本語の文章を端末に表示する速さを測っています。 한국어 텍스트도 있습니다 — приве́т\n`,
  "3-byte lines": () => "ab\n",
  "progress bar": (i) =>
    `\r${String(i % 101).padStart(3)}% [${"=".repeat(i % 50).padEnd(50)}] ${i} kB/s\x1b[K${i % 101 === 100 ? "\n" : ""}`,
  "redrawn lines": (i) =>
    `${i > 0 && i % 5 === 0 ? "\x1b[5A" : ""}\x1b[2K layer ${i % 5}: \x1b[36mPulling\x1b[0m ${i} bytes of many\n`
}

const writeForm = (path: string, form: (i: number) => string): number => {
  const file = openSync(path, "w")
  let size = 0
  for (let i = 0; size < BYTES; ) {
    let piece = ""
    while (piece.length < 200_000) piece += form(i++)
    size += writeSync(file, piece)
  }
  closeSync(file)
  return size
}

/** Milliseconds from starting `cat` to having all its output in lines. */
const throughBlock = (path: string): Promise<number> =>
  new Promise((resolve) => {
    const start = performance.now()
    const terminal = pty.spawn("/bin/sh", ["-c", `cat '${path}'; printf '\\033]6973;end\\007'; read -r _`], {
      cols: COLUMNS,
      rows: ROWS,
      encoding: null
    })
    let paused = false
    const output = new BlockOutput({
      columns: COLUMNS,
      rows: ROWS,
      onChange: () => {},
      onReply: (bytes) => terminal.write(bytes),
      onBacklog: (bytes) => {
        if (!paused && bytes > PAUSE_AT) terminal.pause()
        else if (paused && bytes < RESUME_AT) terminal.resume()
        else return
        paused = !paused
      }
    })
    const screen = setInterval(() => output.rows(COLUMNS, Math.max(0, output.rowCount(COLUMNS) - ROWS), ROWS), FRAME_MS)
    let tail = Buffer.alloc(0)
    // With `encoding: null` the data are Buffers, whatever the types say.
    terminal.onData((data: unknown) => {
      const bytes = data as Buffer
      output.write(bytes)
      tail = Buffer.concat([tail, bytes.subarray(-END_MARK.length)]).subarray(-END_MARK.length)
      if (!tail.equals(END_MARK)) return
      output.finish(() => {
        clearInterval(screen)
        const took = performance.now() - start
        terminal.onExit(() => resolve(took))
        terminal.write("\n")
      })
    })
  })

const socket = `effecttalk-bench-${process.pid}`
const tmux = (...args: ReadonlyArray<string>) => promisify(execFile)("tmux", ["-L", socket, "-f", "/dev/null", ...args])

/** Milliseconds from starting `cat` in a running tmux to its end. */
const throughTmux = async (path: string): Promise<number> => {
  const start = performance.now()
  await tmux("new-window", "-d", `cat '${path}'; tmux -L ${socket} wait-for -S done`)
  await tmux("wait-for", "done")
  return performance.now() - start
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** One form's result. */
export interface Line {
  readonly form: string
  /** Megabytes of the file per second. */
  readonly block: number
  readonly tmux: number | null
}

/** Measures every form; without tmux on the machine there is nothing to compare with. */
export const throughput = async (): Promise<ReadonlyArray<Line>> => {
  const hasTmux = spawnSync("tmux", ["-V"]).status === 0
  const directory = mkdtempSync(join(tmpdir(), "effecttalk-throughput-"))
  const path = join(directory, "output")
  const lines: Array<Line> = []
  try {
    if (hasTmux) await tmux("new-session", "-d", "-x", String(COLUMNS), "-y", String(ROWS), "cat")
    for (const [form, one] of Object.entries(FORMS)) {
      const size = writeForm(path, one)
      const ours: Array<number> = []
      const theirs: Array<number> = []
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await throughBlock(path))
        if (hasTmux) theirs.push(await throughTmux(path))
      }
      const speed = (times: ReadonlyArray<number>) => size / 1_000 / median(times)
      lines.push({ form, block: speed(ours), tmux: hasTmux ? speed(theirs) : null })
    }
  } finally {
    if (hasTmux) await tmux("kill-server")
    rmSync(directory, { recursive: true, force: true })
  }
  return lines
}

/** The report as text; `ok` when no form is slower than in tmux. */
export const report = (lines: ReadonlyArray<Line>): { readonly text: string; readonly ok: boolean } => ({
  text: lines
    .map(({ form, block, tmux }) => {
      const speed = `${form.padEnd(16)} ${block.toFixed(1).padStart(6)} MB/s`
      if (tmux === null) return `${speed}  (no tmux)`
      const ratio = tmux / block
      return `${speed}  tmux ${tmux.toFixed(1).padStart(6)} MB/s  ${ratio.toFixed(2)}× its time${ratio <= 1 ? "" : "  over budget"}`
    })
    .concat(`${BYTES / 1e6} MB, ${COLUMNS}×${ROWS}, medians of ${ROUNDS} runs in turns`)
    .join("\n"),
  ok: lines.every(({ block, tmux }) => tmux === null || block >= tmux)
})
