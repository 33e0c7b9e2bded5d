import type { OutputStream } from "../domain/Block.ts"
import type { BlockId } from "../domain/ids.ts"
import { BlockOutput } from "./BlockOutput.ts"
import type { OutputView } from "./OutputView.ts"
import { type PlainText, plainLines } from "./PlainText.ts"
import type { ProgramRequest } from "./ProgramTalk.ts"
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

/** Hears what a block's program wants of the user's terminal. */
export type RequestListener = (id: BlockId, request: ProgramRequest) => void

interface Options {
  /** Bytes of stored text kept per block. */
  readonly maxBytes: number
  /** Reads a block's output that is not in memory; null when there is none. `stderr` is asked for only by who knows of it. */
  readonly restore: (id: BlockId, stream: OutputStream) => StoredOutput | null
  /** Memory that finished outputs may take together, in bytes; `HELD_OUTPUT_BYTES` unless given. */
  readonly heldBytes?: number
}

/** A finished output and the memory it takes, in bytes. */
interface Finished {
  readonly output: BlockOutput
  readonly bytes: number
}

/** What an output goes by: block and stream. */
type Key = BlockId | `${BlockId}/stderr`

const keyOf = (id: BlockId, stream: OutputStream): Key => (stream === "stderr" ? `${id}/stderr` : id)

/**
 * The outputs of one session's blocks, live and finished, by id. A block has a second one, for `stderr`, only where the two
 * streams are kept apart; it is a second terminal, and ends with the first. What is finished and stored leaves memory when there is
 * too much of it, and is read from disk again when somebody asks.
 *
 * Plain: every byte a command prints comes through here. Readers learn of changes through `subscribe`; they are told
 * which block changed, not what, and read the rows they show. They ask for an output each time and hold none.
 */
export class BlockStore {
  readonly #options: Options
  readonly #maxHeld: number
  readonly #live = new Map<Key, BlockOutput>()
  /** The output read longest ago first. */
  readonly #finished = new Map<Key, Finished>()
  #newest: Key | null = null
  /** Memory that finished outputs take, in bytes. */
  #held = 0
  /** Finished outputs that `restore` does not know whole yet. */
  readonly #unstored = new Set<Key>()
  readonly #listeners = new Set<(id: BlockId) => void>()
  readonly #requestListeners = new Set<RequestListener>()

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
    onBacklog: (bytes: number) => void,
    stream: OutputStream = "stdout"
  ): BlockOutput {
    const output = new BlockOutput({
      columns: size.columns,
      rows: size.rows,
      maxBytes: this.#options.maxBytes,
      onChange: () => this.#notify(id),
      onReply,
      onRequest: (request) => this.#request(id, request),
      onBacklog
    })
    this.#live.set(keyOf(id, stream), output)
    return output
  }

  /** The output being written to, null when the block has ended or is unknown. */
  live(id: BlockId, stream: OutputStream = "stdout"): BlockOutput | null {
    return this.#live.get(keyOf(id, stream)) ?? null
  }

  /** Blocks whose output is still being written. */
  liveIds(): ReadonlyArray<BlockId> {
    return [...new Set([...this.#live.keys()].map((key) => key.split("/")[0] as BlockId))]
  }

  /**
   * Ends a block's output, of both streams; `done` is called once everything written is in lines. It stays in memory until
   * `stored`.
   */
  finish(id: BlockId, done: () => void): void {
    this.#finishStream(id, "stdout", () => this.#finishStream(id, "stderr", done))
  }

  #finishStream(id: BlockId, stream: OutputStream, done: () => void): void {
    const key = keyOf(id, stream)
    const output = this.#live.get(key)
    if (output === undefined) return done()
    output.finish(() => {
      this.#live.delete(key)
      this.#unstored.add(key)
      this.#hold(key, output)
      this.#notify(id)
      done()
    })
  }

  /** Tells that `restore` gives all of a finished block's output from now on, so that memory may let go of it. */
  stored(id: BlockId): void {
    this.#unstored.delete(keyOf(id, "stdout"))
    this.#unstored.delete(keyOf(id, "stderr"))
    this.#letGo()
  }

  /**
   * Has all that was printed taken once more by the journal, see `BlockOutput.retake`. It stays in memory until `stored`. False,
   * and nothing is done, when memory has not all of it as it was printed.
   */
  retake(id: BlockId, streams: ReadonlyArray<OutputStream>): boolean {
    const outputs = streams.map((stream) => this.held(id, stream))
    if (!outputs.every((output) => output?.isRestored === false)) return false
    for (const output of outputs) output?.retake()
    for (const stream of streams) if (this.live(id, stream) === null) this.#unstored.add(keyOf(id, stream))
    return true
  }

  /** Forgets what memory has of a block's output, live or finished: whoever asks next gets what `restore` gives then. */
  discard(id: BlockId): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const key = keyOf(id, stream)
      const live = this.#live.get(key)
      this.#live.delete(key)
      live?.finish(() => {})
      this.#held -= this.#finished.get(key)?.bytes ?? 0
      this.#finished.delete(key)
      this.#unstored.delete(key)
      if (this.#newest === key) this.#newest = null
    }
    this.#notify(id)
  }

  /** Forgets all outputs. */
  discardAll(): void {
    const keys = [...this.#live.keys(), ...this.#finished.keys()]
    for (const id of new Set(keys.map((key) => key.split("/")[0] as BlockId))) this.discard(id)
  }

  /** The output if memory has it, live or finished; never reads from disk. */
  held(id: BlockId, stream: OutputStream = "stdout"): BlockOutput | null {
    const key = keyOf(id, stream)
    return this.#live.get(key) ?? this.#finished.get(key)?.output ?? null
  }

  /**
   * A block's output for reading, from disk when it is not in memory; null for an unknown block. `stderr` is to be asked
   * for only where the block's header has an account of it, or it is live.
   */
  get(id: BlockId, stream: OutputStream = "stdout"): BlockOutput | null {
    const key = keyOf(id, stream)
    const live = this.#live.get(key)
    if (live !== undefined) return live
    const finished = this.#finished.get(key)
    if (finished !== undefined) {
      this.#use(key, finished)
      return finished.output
    }
    const stored = this.#options.restore(id, stream)
    if (stored === null) return null
    const output = BlockOutput.fromLines(stored.lines, stored.hidden, stored.unfinished)
    this.#hold(key, output)
    return output
  }

  /**
   * A block's text for a search, which reads every block once: what is read from disk for it is not held, and nothing is let
   * go of for it. Null for an unknown block; `stderr` as in `get`.
   */
  plainText(id: BlockId, stream: OutputStream = "stdout"): PlainText | null {
    const held = this.held(id, stream)
    if (held !== null) return held
    const stored = this.#options.restore(id, stream)
    return stored === null ? null : plainLines(stored.lines, stored.hidden.lines)
  }

  /** Calls `listener` after each change of a block's output; returns how to stop. */
  subscribe(listener: (id: BlockId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `listener` with what running programs want of the user's terminal; returns how to stop. */
  onRequest(listener: RequestListener): () => void {
    this.#requestListeners.add(listener)
    return () => this.#requestListeners.delete(listener)
  }

  #request(id: BlockId, request: ProgramRequest): void {
    for (const listener of this.#requestListeners) listener(id, request)
    // A program must not wait for an answer that nobody will give.
    if (this.#requestListeners.size === 0 && request.type === "color") request.answer(null)
  }

  #hold(key: Key, output: BlockOutput): void {
    const finished = { output, bytes: output.heldBytes }
    this.#held += finished.bytes - (this.#finished.get(key)?.bytes ?? 0)
    this.#use(key, finished)
    this.#letGo()
  }

  #use(key: Key, finished: Finished): void {
    if (key === this.#newest && this.#finished.get(key) === finished) return
    this.#newest = key
    this.#finished.delete(key)
    this.#finished.set(key, finished)
  }

  #letGo(): void {
    if (this.#held <= this.#maxHeld) return
    for (const [key, { bytes }] of this.#finished) {
      // The newest is being read, however large it is.
      if (this.#held <= this.#maxHeld || key === this.#newest) return
      if (this.#unstored.has(key)) continue
      this.#finished.delete(key)
      this.#held -= bytes
    }
  }

  #notify(id: BlockId): void {
    for (const listener of this.#listeners) listener(id)
  }
}
