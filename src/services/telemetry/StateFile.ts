import { randomBytes } from "node:crypto"
import { closeSync } from "node:fs"
import { join } from "node:path"
import { replaceFile } from "../persistence/atomicReplace.ts"
import { inodeOf } from "../persistence/checkedFile.ts"
import { ensureSubdirectory } from "../persistence/dataDirectory.ts"
import type { ProcessTable } from "../persistence/ProcessLock.ts"
import { type Counts, countsSince } from "./Counters.ts"
import { COUNTS_VERSION, type Gauges, METRICS_DIRECTORY, type ProcessCounts, processFileName } from "./ProcessCounts.ts"

/** Random bytes in a file's name: 12 characters of base64url. */
const NAME_BYTES = 9

/** What a process has to say of itself at one moment. */
export interface Measurement {
  readonly counts: Counts
  readonly gauges: Gauges
}

/** What the file of this process's counts needs from its surroundings. */
export interface StateFileOptions {
  readonly dataDir: string
  readonly processes: ProcessTable
  /** Number of our pid's namespace, null where there is none. */
  readonly namespace: number | null
  /** METRICS_INTERVAL, in milliseconds. */
  readonly interval: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * The file in which this process keeps its counts for `serve-metrics`.
 *
 * Whoever believes this process dead (another machine that shares DATA_DIR, after a suspend) adds the file to the totals
 * and removes it. That is noticed here by the missing file: what was in it is counted already, and a new file, with
 * another name, begins after it.
 */
export class StateFile {
  readonly #options: StateFileOptions
  #name: string
  /** The counts that the file in place has made known; null before the first write. */
  #written: Counts | null = null
  /** Counts that are in the totals, and not in this file any more. */
  #moved: Counts = new Map()
  #writing: Promise<void> = Promise.resolve()

  constructor(options: StateFileOptions) {
    this.#options = options
    this.#name = this.#newName()
  }

  /** The name of the file, and what it would hold if it were written now. */
  describe(now: Measurement, ended: boolean): { readonly name: string; readonly content: ProcessCounts } {
    return {
      name: this.#name,
      content: {
        version: COUNTS_VERSION,
        process: this.#options.processes.self,
        namespace: this.#options.namespace,
        interval: this.#options.interval,
        writtenAt: this.#options.now(),
        ended,
        counts: Object.fromEntries(countsSince(now.counts, this.#moved)),
        gauges: now.gauges
      }
    }
  }

  /**
   * Replaces the file; one write at a time, in the order of the calls. Rejects when the disk says no: the file then holds
   * what it held before.
   *
   * @param measure asked when it is this write's turn
   * @param ended true for the last write of a process that ends in order
   */
  write(measure: () => Measurement, ended: boolean): Promise<void> {
    const turn = this.#writing.then(() => this.#write(measure(), ended))
    this.#writing = turn.catch(() => {})
    return turn
  }

  async #write(now: Measurement, ended: boolean): Promise<void> {
    const directory = await ensureSubdirectory(this.#options.dataDir, METRICS_DIRECTORY)
    if (this.#written !== null && inodeOf(join(directory, this.#name)) === null) {
      this.#moved = this.#written
      this.#written = null
      this.#name = this.#newName()
    }
    const counts = new Map(now.counts)
    const { content } = this.describe(now, ended)
    const text = Buffer.from(`${JSON.stringify(content)}\n`)
    closeSync(await replaceFile(directory, this.#name, (sink) => sink.write(text)))
    this.#written = counts
  }

  #newName(): string {
    return processFileName(this.#options.processes.self, randomBytes(NAME_BYTES).toString("base64url"))
  }
}
