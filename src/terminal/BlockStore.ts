import type { BlockId } from "../domain/ids.ts"
import { BlockOutput } from "./BlockOutput.ts"
import type { OutputView } from "./OutputView.ts"
import type { TerminalSize } from "./TerminalSize.ts"

/** A finished block's output as it comes from disk: sanitised lines and what the output limit left out. */
export interface StoredOutput {
  readonly lines: ReadonlyArray<string>
  /** The last line has no newline. */
  readonly unfinished: boolean
  readonly hidden: OutputView["hidden"]
}

/** Memory that finished outputs may take together, in bytes, before those that were read longest ago are let go. */
const HELD_OUTPUT_BYTES = 64 * 1024 * 1024
/**
 * Where blocks may be larger than usual, this many fit all the same: a screen shows parts of several, and must not read
 * them from disk for every frame.
 */
const MIN_HELD_BLOCKS = 4

interface Options {
  /** Bytes of stored text kept per block. */
  readonly maxBytes: number
  /** Reads a block's output that is not in memory; null when there is none. */
  readonly restore: (id: BlockId) => StoredOutput | null
  /** Memory that finished outputs may take together, in bytes; `HELD_OUTPUT_BYTES` unless given. */
  readonly heldBytes?: number
}

/** A finished output and the memory it takes, in bytes. */
interface Finished {
  readonly output: BlockOutput
  readonly bytes: number
}

/**
 * The outputs of one session's blocks, live and finished, by id. What is finished and stored leaves memory when there is
 * too much of it, and is read from disk again when somebody asks.
 *
 * Plain: every byte a command prints comes through here. Readers learn of changes through `subscribe`; they are told
 * which block changed, not what, and read the rows they show. They ask for an output each time and hold none.
 */
export class BlockStore {
  readonly #options: Options
  readonly #maxHeld: number
  readonly #live = new Map<BlockId, BlockOutput>()
  /** The output read longest ago first. */
  readonly #finished = new Map<BlockId, Finished>()
  #newest: BlockId | null = null
  /** Memory that finished outputs take, in bytes. */
  #held = 0
  /** Finished outputs that `restore` does not know whole yet. */
  readonly #unstored = new Set<BlockId>()
  readonly #listeners = new Set<(id: BlockId) => void>()

  constructor(options: Options) {
    this.#options = options
    this.#maxHeld = options.heldBytes ?? Math.max(HELD_OUTPUT_BYTES, MIN_HELD_BLOCKS * options.maxBytes)
  }

  /** Bytes of stored text kept per block. */
  get maxBytes(): number {
    return this.#options.maxBytes
  }

  /** Memory that finished outputs take, in bytes. */
  get heldBytes(): number {
    return this.#held
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
    this.#live.set(id, output)
    return output
  }

  /** The output being written to, null when the block has ended or is unknown. */
  live(id: BlockId): BlockOutput | null {
    return this.#live.get(id) ?? null
  }

  /** Blocks whose output is still being written. */
  liveIds(): ReadonlyArray<BlockId> {
    return [...this.#live.keys()]
  }

  /** Ends a block's output; `done` is called once everything written is in lines. It stays in memory until `stored`. */
  finish(id: BlockId, done: () => void): void {
    const output = this.live(id)
    if (output === null) return done()
    output.finish(() => {
      this.#live.delete(id)
      this.#unstored.add(id)
      this.#hold(id, output)
      this.#notify(id)
      done()
    })
  }

  /** Tells that `restore` gives all of a finished block's output from now on, so that memory may let go of it. */
  stored(id: BlockId): void {
    this.#unstored.delete(id)
    this.#letGo()
  }

  /** A block's output for reading, from disk when it is not in memory; null for an unknown block. */
  get(id: BlockId): BlockOutput | null {
    const live = this.#live.get(id)
    if (live !== undefined) return live
    const finished = this.#finished.get(id)
    if (finished !== undefined) {
      this.#use(id, finished)
      return finished.output
    }
    const stored = this.#options.restore(id)
    if (stored === null) return null
    const output = BlockOutput.fromLines(stored.lines, stored.hidden, stored.unfinished)
    this.#hold(id, output)
    return output
  }

  /** Calls `listener` after each change of a block's output; returns how to stop. */
  subscribe(listener: (id: BlockId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #hold(id: BlockId, output: BlockOutput): void {
    const finished = { output, bytes: output.heldBytes }
    this.#held += finished.bytes
    this.#use(id, finished)
    this.#letGo()
  }

  #use(id: BlockId, finished: Finished): void {
    if (id === this.#newest) return
    this.#newest = id
    this.#finished.delete(id)
    this.#finished.set(id, finished)
  }

  #letGo(): void {
    if (this.#held <= this.#maxHeld) return
    for (const [id, { bytes }] of this.#finished) {
      // The newest is being read, however large it is.
      if (this.#held <= this.#maxHeld || id === this.#newest) return
      if (this.#unstored.has(id)) continue
      this.#finished.delete(id)
      this.#held -= bytes
    }
  }

  #notify(id: BlockId): void {
    for (const listener of this.#listeners) listener(id)
  }
}
