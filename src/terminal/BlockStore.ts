import type { BlockId } from "../domain/ids.ts"
import { BlockOutput } from "./BlockOutput.ts"
import type { OutputView } from "./OutputView.ts"

/** A finished block's output as it comes from disk: sanitised lines and what the output limit left out. */
export interface StoredOutput {
  readonly lines: ReadonlyArray<string>
  /** The last line has no newline. */
  readonly unfinished: boolean
  readonly hidden: OutputView["hidden"]
}

/** Size of a program's terminal, in cells. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

interface Options {
  /** Bytes of stored text kept per block. */
  readonly maxBytes: number
  /** Reads a block's output that is not in memory; null when there is none. */
  readonly restore: (id: BlockId) => StoredOutput | null
}

/**
 * The outputs of one session's blocks, live and finished, by id.
 *
 * Plain: every byte a command prints comes through here. Readers learn of changes through `subscribe`; they are told
 * which block changed, not what, and read the rows they show.
 */
export class BlockStore {
  readonly #options: Options
  readonly #outputs = new Map<BlockId, BlockOutput>()
  readonly #live = new Set<BlockId>()
  readonly #listeners = new Set<(id: BlockId) => void>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Bytes of stored text kept per block. */
  get maxBytes(): number {
    return this.#options.maxBytes
  }

  /** Opens a block's output for writing. `onReply` gets what the emulator answers to the program's queries. */
  open(
    id: BlockId,
    size: TerminalSize,
    onReply: (bytes: string) => void,
    onBacklog: (bytes: number) => void
  ): BlockOutput {
    const output = new BlockOutput({
      columns: size.columns,
      rows: size.rows,
      maxBytes: this.#options.maxBytes,
      onChange: () => this.#notify(id),
      onReply,
      onBacklog
    })
    this.#outputs.set(id, output)
    this.#live.add(id)
    return output
  }

  /** The output being written to, null when the block has ended or is unknown. */
  live(id: BlockId): BlockOutput | null {
    return this.#live.has(id) ? (this.#outputs.get(id) ?? null) : null
  }

  /** Blocks whose output is still being written. */
  liveIds(): ReadonlyArray<BlockId> {
    return [...this.#live]
  }

  /** Ends a block's output; `done` is called once everything written is in lines. */
  finish(id: BlockId, done: () => void): void {
    const output = this.live(id)
    if (output === null) return done()
    output.finish(() => {
      this.#live.delete(id)
      this.#notify(id)
      done()
    })
  }

  /** A block's output for reading, from disk when it is not in memory; null for an unknown block. */
  get(id: BlockId): BlockOutput | null {
    const known = this.#outputs.get(id)
    if (known !== undefined) return known
    const stored = this.#options.restore(id)
    if (stored === null) return null
    const output = BlockOutput.fromLines(stored.lines, stored.hidden, stored.unfinished)
    this.#outputs.set(id, output)
    return output
  }

  /** Calls `listener` after each change of a block's output; returns how to stop. */
  subscribe(listener: (id: BlockId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #notify(id: BlockId): void {
    for (const listener of this.#listeners) listener(id)
  }
}
