import type { BlockHeader, OutputAccount } from "../../../src/domain/Block.ts"
import type { BlockId } from "../../../src/domain/ids.ts"
import { charWidth } from "../../../src/terminal/cells.ts"
import type { CellPosition, OutputView } from "../../../src/terminal/OutputView.ts"

/** Output in memory, wrapped by cells: the contract of `OutputView` in its simplest form. */
export class FakeOutput implements OutputView {
  version = 0
  hidden = { lines: 0, bytes: 0, headLines: 0 }
  /** Asked-for rows, for tests about what is computed. */
  readonly asked: Array<{ readonly from: number; readonly count: number }> = []
  cursorAt: CellPosition | null = null
  readonly #lines: Array<string>

  constructor(lines: ReadonlyArray<string> = []) {
    this.#lines = [...lines]
  }

  get lineCount(): number {
    return this.#lines.length
  }

  append(...lines: ReadonlyArray<string>): void {
    this.#lines.push(...lines)
    this.version++
  }

  /** Lets the output limit take `count` kept lines out of the middle. */
  hide(headLines: number, count: number): void {
    const gone = this.#lines.splice(headLines, count)
    const bytes = gone.reduce((sum, line) => sum + line.length + 1, this.hidden.bytes)
    this.hidden = { lines: this.hidden.lines + gone.length, bytes, headLines }
    this.version++
  }

  rowCount(width: number): number {
    return this.#wrapped(width).length
  }

  rowOfLine(width: number, index: number): number {
    return this.#lines.slice(0, index).reduce((sum, line) => sum + wrap(line, width).length, 0)
  }

  rows(width: number, from: number, count: number): ReadonlyArray<string> {
    this.asked.push({ from, count })
    return this.#wrapped(width).slice(from, from + count)
  }

  line(index: number): string {
    return this.#lines[index] ?? ""
  }

  text(): string {
    return this.#lines.map((line) => `${line}\n`).join("")
  }

  cursor(): CellPosition | null {
    return this.cursorAt
  }

  #wrapped(width: number): ReadonlyArray<string> {
    return this.#lines.flatMap((line) => wrap(line, width))
  }
}

const wrap = (line: string, width: number): ReadonlyArray<string> => {
  const rows = [""]
  let cells = 0
  for (const char of line) {
    const size = charWidth(char.codePointAt(0)!)
    if (cells + size > width) {
      rows.push("")
      cells = 0
    }
    rows[rows.length - 1] += char
    cells += size
  }
  return rows
}

/** A local wall-clock moment of 2026-03-14, so that times print alike in every time zone. */
export const clock = (time: string, day = "2026-03-14"): number => new Date(`${day}T${time}`).getTime()

export interface BlockSketch {
  readonly command: string
  readonly number?: number
  readonly status?: BlockHeader["status"]
  readonly exitCode?: number | null
  readonly signal?: string | null
  readonly start?: number | null
  /** Milliseconds; the block has no end while it is running. */
  readonly took?: number
  readonly directory?: string
  /** Lines printed, hidden ones included. */
  readonly lines?: number
  readonly hidden?: OutputView["hidden"] | undefined
  readonly folded?: boolean
  readonly notices?: ReadonlyArray<string>
  readonly beside?: boolean
  readonly plain?: boolean
  /** The command that left this output in the background. */
  readonly from?: string | undefined
  /** Milliseconds. */
  readonly timeLimit?: number | undefined
  readonly stderr?: OutputAccount | undefined
  readonly name?: string | undefined
  readonly note?: string | undefined
  readonly pinned?: boolean
  readonly incognito?: boolean
  /** Secrets that are not saved. */
  readonly redacted?: number | undefined
}

/** What a header says of an output. */
export const accountOf = ({ lineCount, hidden }: OutputView): OutputAccount => ({
  lines: lineCount + hidden.lines,
  hiddenLines: hidden.lines,
  hiddenBytes: hidden.bytes,
  headLines: hidden.headLines
})

/** A block's header with quiet defaults. */
export const sketchBlock = (sketch: BlockSketch): BlockHeader => {
  const status = sketch.status ?? "success"
  const start = sketch.start === undefined ? clock("14:03:22") : sketch.start
  const running = status === "running" || status === "idle"
  return {
    id: `block-${sketch.number ?? 1}` as BlockId,
    command: sketch.command,
    status,
    exitCode: sketch.exitCode === undefined ? (status === "success" ? 0 : null) : sketch.exitCode,
    signal: sketch.signal ?? null,
    startTime: start,
    endTime: running || start === null ? null : start + (sketch.took ?? 12),
    metadata: {
      number: sketch.number ?? 1,
      directory: sketch.directory ?? "/home/ada/work",
      lines: sketch.lines ?? 0,
      hiddenBytes: sketch.hidden?.bytes ?? 0,
      hiddenLines: sketch.hidden?.lines ?? 0,
      headLines: sketch.hidden?.headLines ?? sketch.lines ?? 0,
      folded: sketch.folded ?? false,
      ...(sketch.from !== undefined && {
        origin: "background" as const,
        from: { block: "block-0" as BlockId, command: sketch.from }
      }),
      ...(sketch.beside === true && { beside: true }),
      ...(sketch.plain === true && { plain: true }),
      ...(sketch.timeLimit !== undefined && { timeLimit: sketch.timeLimit }),
      ...(sketch.stderr !== undefined && { stderr: sketch.stderr }),
      ...(sketch.name !== undefined && { name: sketch.name }),
      ...(sketch.note !== undefined && { note: sketch.note }),
      ...(sketch.pinned === true && { pinned: true }),
      ...(sketch.incognito === true && { incognito: true }),
      ...(sketch.redacted !== undefined && { redacted: sketch.redacted }),
      notices: sketch.notices ?? []
    }
  }
}
