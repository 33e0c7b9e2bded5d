import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { type HistoryEntry, MAX_HISTORY_COMMAND_LENGTH } from "../domain/HistoryEntry.ts"
import type { SessionId } from "../domain/ids.ts"
import { holdsSecret } from "../domain/redact.ts"
import type { PastCommand } from "../shell/integration/ShellIntegration.ts"
import { CommandRecorder } from "./history/CommandRecorder.ts"
import { type HistoryCursor, HistoryFile } from "./history/HistoryFile.ts"
import { HistoryIndex } from "./history/HistoryIndex.ts"
import { entryLine, seededLine } from "./history/historyCodec.ts"
import { Suggester } from "./history/Suggester.ts"
import { SHRINK_FROM_ENTRIES, shrinkHistory } from "./history/shrinkHistory.ts"
import { describeFailure, PersistenceError } from "./persistence/PersistenceError.ts"
import type { ProcessTable } from "./persistence/ProcessLock.ts"
import type { EventSink } from "./SessionStore.ts"

/** Entries whose secrets are looked for between two turns of the event loop: some 2 ms. */
const ENTRIES_PER_TURN = 50
/** The last moment that is a date (ECMA-262, time values), in ms since the epoch: what a damaged history tells is none. */
const MAX_TIME_MS = 8.64e15
/** How long a rewrite waits for that of another window, in milliseconds, and how often it looks. */
const LOCK_WAIT_MS = 5_000
const LOCK_POLL_MS = 100

/** What a history is built from. */
export interface HistoryOptions {
  /** Absolute: the file is `history.jsonl` in it. */
  readonly dataDir: string
  /** For the lock of whoever rewrites the file. */
  readonly processes: ProcessTable
}

/**
 * True for a command that the history takes: not one that begins with a blank, as in every shell, not a pasted file, and
 * none that holds a secret.
 */
export const isRemembered = (command: string): boolean =>
  command !== "" && !/^\s/.test(command) && command.length <= MAX_HISTORY_COMMAND_LENGTH && !holdsSecret(command)

/** The commands that were run, in every session and window of the user, newest last. Nothing is read before it is asked for. */
export class HistoryStore extends Context.Tag("effecttalk/HistoryStore")<
  HistoryStore,
  {
    /** A sink that remembers the commands of a session as they end, and hands every event on. Plain. */
    readonly recording: (session: SessionId, sink: EventSink) => EventSink
    /** Remembers one command that has ended. Plain: the disk follows. */
    readonly record: (entry: HistoryEntry) => void
    /**
     * The history with what other windows have added; the first call reads the whole file, in slices. Never fails: what
     * cannot be read is in `failure`.
     */
    readonly open: Effect.Effect<HistoryIndex>
    /** What follows a text that is being written, by the newest command that begins with it. Plain; null until `open`. */
    readonly suggest: (text: string, directory: string) => string | null
    /** Takes over the history of a kind of shell, once ever. Nothing happens where it was done or cannot be. */
    readonly seed: (shell: string, past: () => ReadonlyArray<PastCommand>) => Effect.Effect<void>
    /**
     * Takes entries out of the file and of every window; gives how many.
     *
     * @param matches is asked of each
     */
    readonly forget: (matches: (entry: HistoryEntry) => boolean) => Effect.Effect<number, PersistenceError>
    /** Waits until what was recorded so far is on disk, or cannot be. */
    readonly settled: Effect.Effect<void>
    /** Why the history is in memory only; null while it is on disk. */
    readonly failure: () => string | null
    /** Counts changes of what is known and of `failure`, for React; tells of each. */
    readonly version: () => number
    readonly subscribe: (changed: () => void) => () => void
  }
>() {
  static readonly layer = (options: HistoryOptions) => Layer.scoped(this, make(options))
}

const nextTurn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

const make = Effect.fn("HistoryStore.make")(function* ({ dataDir, processes }: HistoryOptions) {
  const file = new HistoryFile(dataDir, processes)
  const recorded = yield* Mailbox.make<HistoryEntry | { readonly told: () => void }>()
  // One thing at a time: reading, appending and rewriting move the same cursor.
  const working = yield* Effect.makeSemaphore(1)
  const listeners = new Set<() => void>()
  let version = 0
  let failure: string | null = null
  let isOpen = false
  let index = new HistoryIndex()
  let suggester = new Suggester(index)
  let cursor: HistoryCursor | null = null
  let seeded = new Set<string>()
  /** Entries that the disk has not taken. */
  let unsaved: ReadonlyArray<HistoryEntry> = []

  const changed = () => {
    version++
    suggester.reset()
    for (const listener of listeners) listener()
  }

  const setFailure = (cause: unknown) => {
    const next = cause === null ? null : describeFailure(cause)
    if (next === failure) return
    failure = next
    changed()
  }

  const attempt = <A>(work: () => Promise<A>) =>
    Effect.tryPromise({ try: work, catch: (cause) => PersistenceError.from(cause, file.path) })

  const startAnew = () => {
    index = new HistoryIndex()
    suggester = new Suggester(index)
    seeded = new Set()
    for (const entry of unsaved) index.add(entry)
  }

  const readNews = async (): Promise<void> => {
    if (!file.hasNews(cursor)) return
    const reading = await file.read(cursor, startAnew, (line) => {
      if (line.type === "entry") index.add(line.entry)
      else if (line.type === "seeded") seeded.add(line.shell)
    })
    cursor = reading.cursor
    changed()
  }
  const read = attempt(readNews)

  const append = Effect.fn("HistoryStore.append")(function* (entries: ReadonlyArray<HistoryEntry>) {
    const waiting = [...unsaved, ...entries]
    unsaved = []
    yield* attempt(() => file.append(waiting.map(entryLine).join(""))).pipe(
      Effect.zipRight(Effect.suspend(() => (isOpen ? read : Effect.void))),
      Effect.match({
        onSuccess: () => setFailure(null),
        onFailure: (error) => {
          unsaved = waiting
          for (const entry of entries) index.add(entry)
          changed()
          setFailure(error)
        }
      })
    )
  }, working.withPermits(1))

  /** Runs what needs the lock, waiting for another window that has it. */
  const patiently = <A>(work: Effect.Effect<A, PersistenceError>) =>
    Effect.retry(work, {
      while: ({ reason }) => reason === "Locked",
      schedule: Schedule.spaced(LOCK_POLL_MS).pipe(Schedule.upTo(LOCK_WAIT_MS))
    })

  const shrink = Effect.suspend(() =>
    index.size < SHRINK_FROM_ENTRIES ? Effect.void : attempt(() => file.rewrite((lines) => shrinkHistory(lines)))
  )

  const open = working
    .withPermits(1)(
      Effect.suspend(() => {
        const isFirst = !isOpen
        isOpen = true
        // Another window may be shrinking it at this moment: then it need not be done.
        const after = isFirst ? Effect.zipRight(Effect.ignore(shrink), read) : Effect.void
        return Effect.zipRight(read, after).pipe(
          Effect.match({ onSuccess: () => unsaved.length === 0 && setFailure(null), onFailure: setFailure }),
          Effect.map(() => index)
        )
      })
    )
    .pipe(Effect.withSpan("HistoryStore.open"))

  const folding = yield* Mailbox.toStream(recorded).pipe(
    Stream.chunks,
    Stream.runForEach((chunk) =>
      Effect.gen(function* () {
        const items = [...chunk]
        const entries = items.filter((item) => "command" in item)
        if (entries.length > 0) yield* append(entries)
        for (const item of items) if ("told" in item) item.told()
      })
    ),
    Effect.forkDaemon
  )
  // What was recorded before the end is on disk at the end.
  yield* Effect.addFinalizer(() => Effect.zipRight(recorded.end, Fiber.await(folding)))

  const record = (entry: HistoryEntry): void => {
    if (isRemembered(entry.command)) recorded.unsafeOffer(entry)
  }

  const entriesOf = Effect.fn("HistoryStore.entriesOf")(function* (past: ReadonlyArray<PastCommand>) {
    const lines: Array<string> = []
    for (const [number, { command, at }] of past.entries()) {
      if (isRemembered(command)) {
        const unknown = { status: null, exit: null, duration: null, directory: null, session: null }
        lines.push(entryLine({ command, at: at !== null && at <= MAX_TIME_MS ? at : null, ...unknown }))
      }
      if (number % ENTRIES_PER_TURN === 0) yield* nextTurn
    }
    return lines.join("")
  })

  return HistoryStore.of({
    recording: (session, sink) => {
      const recorder = new CommandRecorder(session, record)
      return {
        ...sink,
        append: (event, add) => {
          sink.append(event, add)
          recorder.observe(event)
        }
      }
    },
    record,
    open,
    suggest: (text, directory) => (isOpen ? suggester.suggest(text, directory) : null),
    seed: Effect.fn("HistoryStore.seed")(function* (shell, past) {
      yield* open
      if (seeded.has(shell)) return
      const commands = past()
      if (commands.length === 0) return
      const lines = yield* entriesOf(commands)
      yield* working.withPermits(1)(
        attempt(() =>
          file.appendLocked(async () => {
            // Another window may have done it meanwhile.
            await readNews()
            return seeded.has(shell) ? "" : lines + seededLine(shell)
          })
        ).pipe(Effect.zipRight(read), Effect.ignore)
      )
    }),
    forget: Effect.fn("HistoryStore.forget")(function* (matches) {
      let count = 0
      const kept = unsaved.filter((entry) => !matches(entry))
      count += unsaved.length - kept.length
      unsaved = kept
      const rewrite = attempt(async () => {
        let taken = 0
        await file.rewrite((lines) => {
          const stay = lines.filter((line) => line.type !== "entry" || !matches(line.entry))
          taken += lines.length - stay.length
          return stay
        })
        count += taken
      })
      yield* working.withPermits(1)(patiently(rewrite))
      yield* open
      return count
    }),
    settled: Effect.async<void>((resume) => {
      if (!recorded.unsafeOffer({ told: () => resume(Effect.void) })) resume(Effect.void)
    }),
    failure: () => failure,
    version: () => version,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
  })
})
