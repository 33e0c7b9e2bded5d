import { EMPTY_ACCOUNT } from "../../src/domain/Block.ts"
import { lastDeleted, withoutDeleted } from "../../src/domain/deletedBlocks.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"
import type { Session } from "../../src/domain/Session.ts"
import type { SessionCreated, SessionEvent } from "../../src/domain/SessionEvent.ts"
import { KeptOutput } from "../../src/services/persistence/KeptOutput.ts"
import type { SessionReader } from "../../src/services/persistence/SessionReader.ts"
import { seeded, seedOf } from "./seeded.ts"

/*
 * What happens to a session here is decided by a seed and the event's number alone, given the session as it is then: the
 * process that writes it and the one that checks what is left of it need not talk about more than numbers.
 */

/** The session that everything here happens to. */
export const SESSION = SessionId.make("s1")

/** Event number 1. */
export const CREATED: typeof SessionCreated.Type = {
  _tag: "SessionCreated",
  at: 1,
  session: SESSION,
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
}

/** One number in this many is a session that is closed and opened again. */
const REOPEN_EVERY = 211
/** Lines that an event prints at most. */
const MAX_LINES = 12
/** Finished blocks from which on the session is cleared, so that no run grows without end. */
const CLEAR_AFTER = 40

const LINES = ["", "\ttab \x1b[31mred\x1b[0m", "…漢字🙂", 'quote " \\ ,"stdout":"', "x".repeat(900), "plain text"]

/**
 * True for numbers at which the session is closed and opened again before `SessionResumed` is appended. Not before its first
 * block: a session that nothing has run in has no file.
 */
export const isReopened = (seed: number, number: number, { blocks }: Session): boolean =>
  blocks.length > 0 && seeded(seedOf(seed, number) ^ 0x5bd1e995)(REOPEN_EVERY) === 0

/** The event of this number, in a session that has seen all before it. */
export const eventAt = (seed: number, number: number, session: Session): SessionEvent => {
  const at = 1000 + number
  if (isReopened(seed, number, session)) return { _tag: "SessionResumed", at }
  const next = seeded(seedOf(seed, number))
  const running = session.blocks.findLast(({ status }) => status === "running")
  const any = session.blocks[next(Math.max(1, session.blocks.length))]
  if (running === undefined && next(3) > 0) return start(at, number, next)
  if (running !== undefined && next(4) > 0) {
    const { id, metadata } = running
    const stderr = metadata.stderr ?? EMPTY_ACCOUNT
    if (next(6) === 0) {
      return {
        _tag: "BlockFinished",
        at,
        block: id,
        status: "failure",
        exitCode: next(256),
        signal: null,
        lines: metadata.lines,
        hiddenLines: 0,
        hiddenBytes: 0,
        headLines: 0,
        ...(metadata.stderr !== undefined && { stderr: { ...EMPTY_ACCOUNT, lines: stderr.lines } })
      }
    }
    const isStderr = next(5) === 0
    const lines = Array.from(
      { length: 1 + next(MAX_LINES) },
      (_, index) => `${number}.${index} ${LINES[next(LINES.length)]}`
    )
    const firstLine = isStderr ? stderr.lines : metadata.lines
    return { _tag: "OutputFrozen", block: id, firstLine, lines, ...(isStderr && { stream: "stderr" as const }) }
  }
  if (any === undefined) return start(at, number, next)
  if (session.blocks.length > CLEAR_AFTER) return { _tag: "BlocksCleared", at }
  switch (next(11)) {
    case 0:
      return { _tag: "BlockRenamed", at, block: any.id, name: next(4) === 0 ? null : `n${next(5)}` }
    case 1:
      return { _tag: "BlockNoted", at, block: any.id, note: next(4) === 0 ? null : `note ${number}` }
    case 2:
      return { _tag: "BlockPinned", at, block: any.id, pinned: next(2) === 0 }
    case 3:
      return { _tag: "BlockFolded", at, block: any.id, folded: next(2) === 0 }
    case 4:
      return { _tag: "BlocksDeleted", at, blocks: [any.id] }
    case 5:
      return { _tag: "BlocksRestored", at, blocks: lastDeleted(session).map(({ id }) => id) }
    case 6:
      return { _tag: "SessionRenamed", at, name: `name ${number}` }
    case 7:
      return { _tag: "DirectoryChanged", at, directory: `/home/ada/${number}` }
    case 8:
      return { _tag: "EnvironmentChanged", at, set: { EDITOR: `vi${number}` }, unset: ["LESS"] }
    case 9:
      return { _tag: "NoticeAdded", at, block: any.id, lines: [`notice ${number}`] }
    default:
      return { _tag: "InputKept", at, input: `unsent ${number}` }
  }
}

const start = (at: number, number: number, next: (below: number) => number): SessionEvent => ({
  _tag: "BlockStarted",
  at,
  block: BlockId.make(`b${number}`),
  command: `echo ${number}`,
  directory: "/home/ada",
  ...(next(4) === 0 && { split: true })
})

/** Everything a user can see of a session. */
export interface Seen {
  readonly session: Session
  /** `stdout` and `stderr` of each block. */
  readonly texts: ReadonlyArray<readonly [string, string]>
}

/** What the events of numbers 1 to `events.length` mean, as whoever reads them from disk must see it. */
export const meaning = (events: ReadonlyArray<SessionEvent>): Seen => {
  const session = withoutDeleted(events.reduce(reduce, emptySession(CREATED)))
  const outputs = new Map(
    session.blocks.map(({ id }) => [id, { stdout: KeptOutput.empty(), stderr: KeptOutput.empty() }])
  )
  for (const event of events) {
    if (event._tag === "OutputFrozen") outputs.get(event.block)?.[event.stream ?? "stdout"].add(event)
  }
  const texts = session.blocks.map(({ id }) => {
    const { stdout, stderr } = outputs.get(id)!
    return [stdout.text(), stderr.text()] as const
  })
  return { session, texts }
}

/** The same as it stands on disk. */
export const seen = ({ session, text }: SessionReader): Seen => ({
  session,
  texts: session.blocks.map((header) => {
    const { stdout, stderr } = text(header)
    return [stdout, stderr] as const
  })
})

/** The events that a seed makes happen, given when the session was resumed; as many as are asked for. */
export class Happenings {
  readonly #seed: number
  readonly #events: Array<SessionEvent> = [CREATED]
  #session = emptySession(CREATED)

  constructor(seed: number) {
    this.#seed = seed
  }

  /** The first `count` events. */
  upTo(count: number): ReadonlyArray<SessionEvent> {
    while (this.#events.length < count) {
      this.#add(eventAt(this.#seed, this.#events.length + 1, this.#session))
    }
    return this.#events.slice(0, count)
  }

  /** After event `last` a new process went on: what was to follow never happens. */
  resumeAfter(last: number): void {
    const events = [...this.upTo(last)]
    this.#events.length = 0
    this.#session = emptySession(CREATED)
    for (const event of events) this.#add(event)
    this.#add({ _tag: "SessionResumed", at: 1000 + last + 1 })
  }

  #add(event: SessionEvent): void {
    this.#events.push(event)
    this.#session = reduce(this.#session, event)
  }
}
