import { plainBytes } from "./LineChunk.ts"
import type { LineStore, PrintedLines } from "./LineStore.ts"

/** See `BlockOutput.untaken`. */
export interface Untaken {
  /** Lines in order; a gap between two runs is what the limit has dropped. */
  readonly runs: ReadonlyArray<PrintedLines>
  /** The last line has no newline. */
  readonly open: boolean
  /** Bytes of plain text, newlines included, that were printed and are in none of the runs. */
  readonly before: number
}

/**
 * How far the journal has come in a store's lines: what it has taken cannot change any more. Counted over everything
 * printed, so that neither what the limit drops nor what a screen takes back moves it.
 */
export class TakenLines {
  readonly #store: LineStore
  #taken = 0

  constructor(store: LineStore) {
    this.#store = store
  }

  /** Complete lines at the store's end that nobody has taken for good. */
  get changeable(): number {
    return this.#complete - this.#taken
  }

  /**
   * Takes the lines that follow, to the next gap; null when there are none.
   *
   * @param kept complete lines at the store's end that may still change
   */
  take(kept: number): PrintedLines | null {
    const printed = this.#store.printedLines(this.#taken, this.#complete - kept)
    if (printed !== null) this.#taken = printed.firstLine + printed.lines.length
    return printed
  }

  /** Takes the open line, which nothing follows, after all that are complete; null when there is none. */
  takeOpen(): PrintedLines | null {
    const store = this.#store
    const complete = this.#complete
    if (store.openBytes === 0 || this.#taken > complete) return null
    this.#taken = complete + 1
    return { firstLine: complete, lines: [store.line(store.completeLines)] }
  }

  /** Begins anew with the first line. */
  retake(): void {
    this.#taken = 0
  }

  /**
   * What was not taken yet.
   *
   * @param parts all lines, this store first; the open line of one part goes on in the next one's first
   * @param openEnd ends the looks of the last part's open line
   */
  untaken(parts: ReadonlyArray<LineStore>, openEnd: string): Untaken {
    const store = this.#store
    const complete = this.#complete
    const runs: Array<PrintedLines> = []
    for (let at = this.#taken; ; ) {
      const run = store.printedLines(at, complete)
      if (run === null) break
      runs.push(run)
      at = run.firstLine + run.lines.length
    }
    const before = runs.reduce((bytes, run) => bytes - plainLength(run.lines), store.printedBytes)
    const held: Array<string> = []
    let open = false
    for (const part of parts) {
      const lines = part === store ? [] : part.lines(0, part.completeLines)
      if (part.openBytes > 0) lines.push(part.line(part.completeLines))
      if (lines.length === 0) continue
      if (open) held.push(`${held.pop()}${lines.shift()}`)
      for (const line of lines) held.push(line)
      open = part.openBytes > 0
    }
    if (open) held.push(held.pop() + openEnd)
    if (held.length > 0) {
      const last = runs.at(-1)
      if (last !== undefined && last.firstLine + last.lines.length === complete) last.lines.push(...held)
      else runs.push({ firstLine: complete, lines: held })
    }
    return { runs, open, before }
  }

  get #complete(): number {
    return this.#store.droppedLines + this.#store.completeLines
  }
}

/** Bytes of lines as plain text, each with its newline. */
export const plainLength = (lines: ReadonlyArray<string>): number =>
  lines.reduce((bytes, line) => bytes + plainBytesOf(line) + 1, 0)

/** Every 200 ms also of a line of a megabyte, so without making its plain text. */
const plainBytesOf = (line: string): number => {
  if (!line.includes("\x1b")) return Buffer.byteLength(line)
  const bytes = Buffer.from(line)
  return plainBytes(bytes, 0, bytes.length)
}
