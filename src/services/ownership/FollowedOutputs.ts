import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import { isFinished } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import type { OutputFrozen } from "../../domain/SessionEvent.ts"
import type { BlockStore, StoredOutput } from "../../terminal/BlockStore.ts"
import type { TerminalSize } from "../../terminal/TerminalSize.ts"
import type { FollowedChange, SessionFollower } from "./SessionFollower.ts"

/** The terminal that followed text is laid out for; lines are kept whole, so it hardly matters. */
const TEXT_SIZE: TerminalSize = { columns: 80, rows: 24 }

/** One stream of a block that prints elsewhere. */
interface Feed {
  /** Lines that it has. */
  lines: number
  /** The last of them has no newline yet. */
  unfinished: boolean
}

type Key = `${OutputStream}/${BlockId}`

/**
 * Keeps the outputs of a followed session as its journal tells them: what runs prints into a live output, line by line; what
 * has ended is read from disk. Lines are added where they follow upon the others; where they take the place of some, or
 * leave a gap, the output begins anew with what is stored.
 */
export class FollowedOutputs {
  readonly #outputs: BlockStore
  readonly #follower: SessionFollower
  readonly #feeds = new Map<Key, Feed>()

  constructor(outputs: BlockStore, follower: SessionFollower) {
    this.#outputs = outputs
    this.#follower = follower
    this.#openAll()
  }

  /** Takes what a look has found. */
  take({ events }: FollowedChange): void {
    if (events === null) {
      this.#feeds.clear()
      this.#outputs.discardAll()
      return this.#openAll()
    }
    /** Begun with all that is stored by now: events of this look are in it. */
    const whole = new Set<BlockId>()
    for (const event of events) {
      switch (event._tag) {
        case "BlockStarted":
          this.#reopen(event.block)
          whole.add(event.block)
          break
        case "OutputFrozen":
          if (!whole.has(event.block) && !this.#add(event)) {
            this.#reopen(event.block)
            whole.add(event.block)
          }
          break
        case "BlockFinished":
          this.#close(event.block)
          whole.add(event.block)
          break
        case "SessionResumed":
          this.#closeAll()
          break
      }
    }
  }

  /** Another process has the session, or none: then nothing runs. */
  ownerChanged(): void {
    this.#closeAll()
    this.#openAll()
  }

  /** What is live is read from disk from now on. */
  #closeAll(): void {
    for (const id of this.#outputs.liveIds()) this.#close(id)
  }

  #openAll(): void {
    for (const { id, status } of this.#follower.session.blocks) if (!isFinished(status)) this.#reopen(id)
  }

  #header(id: BlockId): BlockHeader | undefined {
    return this.#follower.session.blocks.findLast((block) => block.id === id)
  }

  #close(id: BlockId): void {
    this.#feeds.delete(`stdout/${id}`)
    this.#feeds.delete(`stderr/${id}`)
    this.#outputs.discard(id)
  }

  /** Begins a block's live output with what is stored of it. */
  #reopen(id: BlockId): void {
    this.#close(id)
    const header = this.#header(id)
    // It has ended by now, or waits, or has left the session; or nobody is there for it to run in.
    if (header?.status !== "running" || this.#follower.owner === null) return
    this.#open(header, "stdout")
    if (header.metadata.stderr !== undefined) this.#open(header, "stderr")
  }

  #open(header: BlockHeader, stream: OutputStream): void {
    const { id, metadata } = header
    const stored = this.#stored(id, stream)
    const lines = (stream === "stdout" ? metadata.lines : metadata.stderr?.lines) ?? 0
    this.#feeds.set(`${stream}/${id}`, { lines, unfinished: stored?.unfinished === true })
    this.#outputs.open(
      id,
      TEXT_SIZE,
      () => {},
      () => {},
      stream
    )
    if (stored !== null) this.#write(id, stream, stored.lines, stored.unfinished)
  }

  #stored(id: BlockId, stream: OutputStream): StoredOutput | null {
    try {
      return this.#follower.output(id, stream)
    } catch {
      // What cannot be read is told of where the block is shown once it has ended.
      return null
    }
  }

  /** False where the lines do not simply follow. */
  #add({ block, firstLine, lines, stream = "stdout", unfinished = false }: typeof OutputFrozen.Type): boolean {
    const feed = this.#feeds.get(`${stream}/${block}`)
    if (feed === undefined || feed.unfinished || feed.lines !== firstLine) return false
    feed.lines += lines.length
    feed.unfinished = unfinished && lines.length > 0
    this.#write(block, stream, lines, feed.unfinished)
    return true
  }

  #write(id: BlockId, stream: OutputStream, lines: ReadonlyArray<string>, unfinished: boolean): void {
    if (lines.length === 0) return
    this.#outputs.live(id, stream)?.write(Buffer.from(lines.join("\r\n") + (unfinished ? "" : "\r\n"), "utf8"))
  }
}
