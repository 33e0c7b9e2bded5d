import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import type { BlockId, SessionId } from "../../domain/ids.ts"
import { reduce } from "../../domain/reduce.ts"
import type { Session } from "../../domain/Session.ts"
import type { OutputFrozen, SessionEvent } from "../../domain/SessionEvent.ts"
import type { StoredOutput } from "../../terminal/BlockStore.ts"
import type { DataDirectory } from "../persistence/dataDirectory.ts"
import type { SaveStatus } from "../persistence/JournalWriter.ts"
import { type LiveScreen, screenEvents } from "../persistence/LiveScreen.ts"
import { type LockOwner, lockOwner, type ProcessTable } from "../persistence/ProcessLock.ts"
import { readScreen, screenStamp } from "../persistence/ScreenFile.ts"
import { inSlices, type SliceOptions, Slices, type Steps } from "../persistence/Slices.ts"
import { readBlockText, readStoredInSteps, type StoredSession } from "../persistence/StoredSession.ts"
import { outputOfText } from "../persistence/storedOutput.ts"
import { closeFiles, type Found, isReplaced, type Reading, readAnew, readingOf, readOn, take } from "./followedFiles.ts"

/** What a follower needs from its surroundings. */
export interface FollowerOptions extends SliceOptions {
  readonly directory: DataDirectory
  readonly processes: ProcessTable
}

/** What has happened to a followed session since it was looked at last. */
export interface FollowedChange {
  /** The session before and after, as snapshot and journal tell it. */
  readonly before: Session
  readonly told: Session
  /** The events between the two, in order; null when they cannot be told apart: everything may be another. */
  readonly events: ReadonlyArray<SessionEvent> | null
  /** What the live screens of running blocks show beyond `told`, in place of what they showed before. */
  readonly live: ReadonlyArray<LiveLines>
}

/** Lines that are still on a live screen: they may change. */
export type LiveLines = typeof OutputFrozen.Type

/** A live screen and what its file was known by when it was read. */
interface SeenScreen {
  readonly stamp: string
  readonly screen: LiveScreen | null
}

/** The session with what the live screens tell on top of the journal, and the lines of those. */
const withScreen = (
  told: Session,
  screen: LiveScreen | null
): { readonly live: ReadonlyArray<LiveLines>; readonly session: Session } => {
  const events = screen === null ? [] : screenEvents(told, screen)
  return { live: events.filter((event) => event._tag === "OutputFrozen"), session: events.reduce(reduce, told) }
}

/**
 * A stored session that another process may be writing, as its files tell it, again and again. Nothing is written or locked,
 * and the owner does not know: it is the journal that is read, from where the last look ended.
 *
 * A compaction replaces the snapshot and then the journal. While the journal's file is the same, whatever the snapshot is,
 * its records go on. When it is another one, the old one, which is open here, is read to its end first; then the new files are
 * opened, and the events since the last look are those of both journals, if the new snapshot holds none that was not seen.
 *
 * A look gives keys and frames their turn, however much there is to read. What it has found is shown at once or not at all:
 * until then everything here is as it was, the files that outputs are read from too. Of a journal that has grown much it
 * shows one part after the other, each as an earlier look would have.
 */
export class SessionFollower {
  readonly id: SessionId
  /** A reader mends nothing, so there is nothing to say of it. */
  readonly notes: ReadonlyArray<string> = []
  readonly #options: FollowerOptions
  readonly #listeners = new Set<(change: FollowedChange) => void>()
  readonly #ownerListeners = new Set<() => void>()
  readonly #closing = new AbortController()
  #reading: Reading
  /** As snapshot and journal tell it. */
  #told: Session
  #screen: SeenScreen
  #live: ReadonlyArray<LiveLines>
  #session: Session
  #owner: LockOwner | null
  #looking: Promise<void> | null = null

  private constructor(
    id: SessionId,
    options: FollowerOptions,
    found: { readonly owner: LockOwner | null; readonly screen: SeenScreen; readonly stored: StoredSession }
  ) {
    this.id = id
    this.#options = options
    this.#owner = found.owner
    this.#screen = found.screen
    this.#reading = readingOf(found.stored)
    this.#told = found.stored.told
    ;({ live: this.#live, session: this.#session } = withScreen(this.#told, this.#screen.screen))
  }

  /** Reads a session without its output. Rejects with `PersistenceError`: `Unknown`, `Refused`, `Damaged`, `Newer`, `Io`. */
  static async open(id: SessionId, options: FollowerOptions): Promise<SessionFollower> {
    const { active } = options.directory
    const owner = readOwner(id, options)
    // Before the journal, which only gains meanwhile.
    const screen = seeScreen(active, id)
    const stored = await inSlices(readStoredInSteps(active, id), new Slices(options))
    return new SessionFollower(id, options, { owner, screen, stored })
  }

  /** What the live screens of running blocks show beyond what the journal has, as of the last look. */
  get live(): ReadonlyArray<LiveLines> {
    return this.#live
  }

  /** The session as snapshot and journal told it at the last look. */
  get told(): Session {
    return this.#told
  }

  /** The session as of the last look, the live screens counted. */
  get session(): Session {
    return this.#session
  }

  /** Who writes it, as of the last look; null for nobody. */
  get owner(): LockOwner | null {
    return this.#owner
  }

  /** Nothing of a reader's waits for the disk. */
  get status(): SaveStatus {
    return { appended: this.#reading.sequence, durable: this.#reading.sequence, failure: null }
  }

  /** There is nothing to be made durable. */
  flush(): Promise<SaveStatus> {
    return Promise.resolve(this.status)
  }

  /** Bytes of its files. */
  get size(): number {
    return (this.#reading.snapshot?.size ?? 0) + this.#reading.end
  }

  /** As `SessionFile.output`. */
  output(id: BlockId, stream: OutputStream = "stdout"): StoredOutput | null {
    const header = this.#session.blocks.findLast((block) => block.id === id)
    return header === undefined ? null : outputOfText(header, this.#text(header, this.#live), stream)
  }

  /** The lines that snapshot and journal have of a block's stream. Throws `PersistenceError` when they cannot be read. */
  toldLines(id: BlockId, stream: OutputStream): ReadonlyArray<string> {
    const header = this.#told.blocks.findLast((block) => block.id === id)
    return header === undefined ? [] : (outputOfText(header, this.#text(header, []), stream)?.lines ?? [])
  }

  /** Calls `listener` after each look that has found something; returns how to stop. */
  follow(listener: (change: FollowedChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `listener` when another process has the session, or none; returns how to stop. */
  followOwner(listener: () => void): () => void {
    this.#ownerListeners.add(listener)
    return () => this.#ownerListeners.delete(listener)
  }

  /** Of a reader's saving there is nothing to tell. */
  subscribe(_listener: (status: SaveStatus) => void): () => void {
    return () => {}
  }

  /**
   * Looks at the files. What cannot be read just now (they are being replaced, the disk is gone) is left for the next look;
   * a session whose files are gone stays as it was. Rejects with what the disk says. Who looks while another look is under way
   * waits for that one.
   */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  /** Looks at who has the session. */
  lookAtOwner(): void {
    if (this.#isClosed) return
    const owner = readOwner(this.id, this.#options)
    const before = this.#owner
    if (owner?.pid === before?.pid && owner?.elsewhere === before?.elsewhere && owner?.socket === before?.socket) return
    this.#owner = owner
    for (const listener of this.#ownerListeners) listener()
  }

  /** Breaks off a look that is under way, and lets the files go. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#closing.abort()
    await this.#looking?.catch(() => {
      // Whoever has asked for it hears of it.
    })
    await closeFiles(this.#reading)
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return
    const { active } = this.#options.directory
    // Before the journal, as above.
    const screen = screenStamp(active, this.id) === this.#screen.stamp ? this.#screen : seeScreen(active, this.id)
    // Before the old journal, which is whole then: what was written meanwhile is in the new one.
    const replaced = isReplaced(this.#reading, active, this.id)
    // One for all: what is done with a part that is shown lies in a slice too.
    const slices = new Slices(this.#options)
    let found = await this.#work(readOn(this.#reading, this.#told), slices)
    while (found?.more === true) {
      // With the screen as it was: the new one has not the lines that left it meanwhile, which are still to come.
      this.#show(found, this.#screen)
      found = await this.#work(readOn(this.#reading, this.#told), slices)
    }
    if (found === null) return
    if (found.events === null || replaced) {
      const hasOwner = () => {
        const owner = readOwner(this.id, this.#options)
        return owner !== null && owner.pid === this.#owner?.pid
      }
      found = await this.#work(readAnew(found, active, this.id, hasOwner), slices)
    }
    if (found !== null) this.#show(found, screen)
  }

  /** Work in slices; null when this was closed meanwhile. */
  async #work(steps: Steps<Found>, slices: Slices): Promise<Found | null> {
    const { signal } = this.#closing
    try {
      const found = await inSlices(steps, slices, signal)
      if (!signal.aborted) return found
      if (found.reading !== this.#reading) await closeFiles(found.reading)
    } catch (cause) {
      if (!signal.aborted) throw cause
    }
    return null
  }

  /** Everything that was found becomes what this is, in one step. */
  #show(found: Found, screen: SeenScreen): void {
    const { reading, told, events } = found
    const [before, old, isRedrawn] = [this.#told, this.#reading, screen !== this.#screen]
    this.#reading = take(found)
    this.#told = told
    this.#screen = screen
    // Nobody waits for it: of a file that was replaced this is the last that is left.
    if (reading !== old) void closeFiles(old)
    if (events !== null && events.length === 0 && !isRedrawn) return
    ;({ live: this.#live, session: this.#session } = withScreen(told, screen.screen))
    const change = { before, told, events, live: this.#live }
    for (const listener of this.#listeners) listener(change)
  }

  #text(header: BlockHeader, live: ReadonlyArray<LiveLines>) {
    const { snapshot, journal, outputs } = this.#reading
    const records = outputs.get(header.id) ?? []
    return readBlockText(header, {
      snapshot,
      journal: journal?.fd ?? null,
      records,
      pending: live.filter(({ block }) => block === header.id)
    })
  }
}

const readOwner = (id: SessionId, { directory, processes }: FollowerOptions): LockOwner | null => {
  try {
    return lockOwner(directory.active, id, processes)
  } catch {
    // A lock that cannot be read is found by whoever opens the session.
    return null
  }
}

/** The stamp first: a screen that is written meanwhile is seen again. */
const seeScreen = (directory: string, id: SessionId): SeenScreen => {
  const stamp = screenStamp(directory, id)
  return { stamp, screen: readScreen(directory, id) }
}
