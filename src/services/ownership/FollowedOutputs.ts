import { type BlockHeader, isFinished, type OutputStream } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import { styledWidth } from "../../terminal/cells.ts"
import type { TerminalSize } from "../../terminal/TerminalSize.ts"
import type { FollowedChange, LiveLines, SessionFollower } from "./SessionFollower.ts"

/** The terminal that followed text is laid out for, until a live screen needs more rows. */
const FOLLOWED_SIZE: TerminalSize = { columns: 200, rows: 50 }
/** A live screen of more rows is shown without its first lines. */
const MAX_LIVE_ROWS = 500

/** One stream of a block that prints elsewhere. */
interface Feed {
  /** Lines of the journal that it has. */
  lines: number
  /** What stands below them of the live screen, and how many rows up that begins. */
  tail: string
  up: number
  rows: number
}

type Key = `${OutputStream}/${BlockId}`

/**
 * Keeps the outputs of a followed session: what runs prints into a live output, line by line as the journal tells them, with
 * the lines of its live screen below, which are drawn anew with each change; what has ended is read from disk. Where lines
 * take the place of others or leave a gap the output begins anew with what is stored.
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
  take({ events, live }: FollowedChange): void {
    if (events === null) {
      this.#feeds.clear()
      this.#outputs.discardAll()
      return this.#openAll()
    }
    /** Begun with all that is stored by now: events of this look are in it. */
    const whole = new Set<BlockId>()
    const printed = new Map<Key, Array<string>>()
    for (const event of events) {
      switch (event._tag) {
        case "BlockStarted":
          this.#reopen(event.block)
          whole.add(event.block)
          break
        case "OutputFrozen":
          if (!whole.has(event.block) && !this.#gather(event, printed)) {
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
    for (const { block, stream = "stdout" } of live) {
      if (whole.has(block) || this.#feeds.has(`${stream}/${block}`)) continue
      this.#reopen(block)
      whole.add(block)
    }
    for (const key of this.#feeds.keys()) this.#draw(key, whole.has(idOf(key)) ? [] : (printed.get(key) ?? []), live)
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
    for (const { id, status } of this.#follower.told.blocks) if (!isFinished(status)) this.#reopen(id)
  }

  #header(id: BlockId): BlockHeader | undefined {
    return this.#follower.told.blocks.findLast((block) => block.id === id)
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
    const { live } = this.#follower
    const hasStderr = header.metadata.stderr !== undefined || live.some((one) => one.block === id && isStderr(one))
    if (hasStderr) this.#open(header, "stderr")
  }

  #open({ id, metadata }: BlockHeader, stream: OutputStream): void {
    const lines = (stream === "stdout" ? metadata.lines : metadata.stderr?.lines) ?? 0
    const key: Key = `${stream}/${id}`
    this.#feeds.set(key, { lines, tail: "", up: 0, rows: FOLLOWED_SIZE.rows })
    this.#outputs.open(
      id,
      FOLLOWED_SIZE,
      () => {},
      () => {},
      stream
    )
    this.#draw(key, this.#stored(id, stream), this.#follower.live)
  }

  /** The lines that the journal has of a stream. */
  #stored(id: BlockId, stream: OutputStream): ReadonlyArray<string> {
    try {
      return this.#follower.toldLines(id, stream)
    } catch {
      // What cannot be read is told of where the block is shown once it has ended.
      return []
    }
  }

  /** Notes lines that follow upon the others; false for those that do not. */
  #gather(event: LiveLines, printed: Map<Key, Array<string>>): boolean {
    const key: Key = `${event.stream ?? "stdout"}/${event.block}`
    const feed = this.#feeds.get(key)
    // A line without its end is never followed upon in the journal: it is replaced.
    if (feed === undefined || feed.lines !== event.firstLine || event.unfinished === true) return false
    feed.lines += event.lines.length
    const lines = printed.get(key) ?? []
    for (const line of event.lines) lines.push(line)
    printed.set(key, lines)
    return true
  }

  /** Writes lines of the journal in the place of the live screen's, and those of the screen below. */
  #draw(key: Key, lines: ReadonlyArray<string>, live: ReadonlyArray<LiveLines>): void {
    const feed = this.#feeds.get(key)
    const [stream, id] = [streamOf(key), idOf(key)]
    const output = this.#outputs.live(id, stream)
    if (feed === undefined || output === null) return
    const runs = live.filter((one) => one.block === id && (one.stream ?? "stdout") === stream)
    const shown = lastRows(runs.flatMap((run) => run.lines))
    const unfinished = runs.at(-1)?.unfinished === true && shown.lines.length > 0
    const tail = shown.lines.join("\r\n") + (unfinished || shown.lines.length === 0 ? "" : "\r\n")
    if (lines.length === 0 && tail === feed.tail) return
    // One row stays free for the cursor behind the last line: nothing of the tail may leave the screen.
    if (shown.rows >= feed.rows) {
      feed.rows = shown.rows + 1
      output.resize(FOLLOWED_SIZE.columns, feed.rows)
    }
    const erase = feed.tail === "" ? "" : `${feed.up > 0 ? `\x1b[${feed.up}A` : ""}\r\x1b[J`
    const text = erase + lines.map((line) => `${line}\r\n`).join("") + tail
    feed.tail = tail
    feed.up = shown.rows - (unfinished ? 1 : 0)
    output.write(Buffer.from(text, "utf8"))
  }
}

const isStderr = ({ stream }: LiveLines): boolean => stream === "stderr"
const streamOf = (key: Key): OutputStream => (key.startsWith("stderr/") ? "stderr" : "stdout")
const idOf = (key: Key): BlockId => key.slice("stdout/".length) as BlockId

/** The last lines that fit, and the rows they take. */
const lastRows = (lines: ReadonlyArray<string>): { readonly lines: ReadonlyArray<string>; readonly rows: number } => {
  let rows = 0
  for (let index = lines.length - 1; index >= 0; index--) {
    const more = Math.max(1, Math.ceil(styledWidth(lines[index]!) / FOLLOWED_SIZE.columns))
    if (rows + more > MAX_LIVE_ROWS) return { lines: lines.slice(index + 1), rows }
    rows += more
  }
  return { lines, rows }
}
