import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { type KeyState, NO_KEY } from "../../domain/redact.ts"
import { isSent } from "../../domain/reduce.ts"
import type { Session } from "../../domain/Session.ts"
import type { OutputFrozen, SecretsRedacted, SessionEvent } from "../../domain/SessionEvent.ts"
import { redactTexts, redactTyped } from "./redactTexts.ts"
import { StreamRedactor } from "./StreamRedactor.ts"
import { storableEnvironment } from "./storableEnvironment.ts"

const STREAMS: ReadonlyArray<OutputStream> = ["stdout", "stderr"]

/** What is known of one block. */
interface BlockSecrets {
  /** Secrets by what they were in; `before` is what was known when the session was opened. */
  readonly counts: Map<string, number>
  readonly streams: Map<OutputStream, StreamRedactor>
  /** The count that the last `SecretsRedacted` told. */
  told: number
  /** The user has said that it holds none. */
  kept: boolean
}

/** The events that stand for one that happened, and how many of a block's secrets they lack by now. */
export interface StorableEvents {
  /** In order; the first is another's if a line that was held back comes before it. */
  readonly events: ReadonlyArray<SessionEvent>
  /** The last of them, when the count of a block has changed. */
  readonly counted: typeof SecretsRedacted.Type | null
}

/**
 * What may reach the disk of a session's events: the one way there. Takes secrets out of every text, follows output over
 * its events, and counts by block what it has taken.
 */
export class EventRedactor {
  readonly #blocks = new Map<BlockId, BlockSecrets>()
  /** Streams whose last line is not whole in any event. */
  readonly #holding = new Set<StreamRedactor>()

  /** Unsent input as it was typed. */
  #input = ""

  /** True while the end of a line is held back: not everything that happened is in the events. */
  get holds(): boolean {
    return this.#holding.size > 0
  }

  /**
   * @param session as it was before the event
   */
  storable(event: SessionEvent, session: Session): StorableEvents {
    switch (event._tag) {
      case "OutputFrozen":
        return this.#output(event, session)
      case "BlockFinished": {
        const { kept } = this.#of(event.block, session)
        const rest = this.#release(event.block)
        const { events, counted } = this.#said(event, event.block, session)
        const finished = { events: [...rest, ...events], counted }
        // The session knows the count from now on.
        if (!kept) this.#blocks.delete(event.block)
        return finished
      }
      case "SecretsKept": {
        const block = this.#of(event.block, session)
        block.kept = true
        block.counts.clear()
        block.told = 0
        this.#release(event.block)
        return { events: [event], counted: null }
      }
      case "SecretsRedacted": {
        const block = this.#of(event.block, session)
        block.counts.clear()
        block.counts.set("before", event.count)
        block.told = event.count
        return { events: [event], counted: null }
      }
      case "InputKept":
        this.#input = event.input
        return { events: [{ ...event, input: redactTyped(event.input) }], counted: null }
      case "EnvironmentChanged": {
        const { set, redacted } = storableEnvironment(event.set)
        const named =
          redacted.length === 0 ? event : { ...event, set, redacted: [...(event.redacted ?? []), ...redacted] }
        return { events: [redactTexts(named).value], counted: null }
      }
      case "BlockRenamed":
        return this.#renamed(event, session)
      default:
        return "block" in event && event.block !== null
          ? this.#said(event, event.block, session)
          : { events: [redactTexts(event).value], counted: null }
    }
  }

  /** What was held back of lines whose end nobody will tell any more, as events, with the count of what was in it. */
  releaseAll(): ReadonlyArray<SessionEvent> {
    return [...this.#blocks.keys()].flatMap((id) => {
      const rest = this.#release(id)
      return rest.length === 0 ? [] : this.#counted(id, rest).events
    })
  }

  /** Where a stream's lines so far leave off: a private key may go on in those that come next. */
  keyState(id: BlockId, stream: OutputStream): KeyState {
    return this.#blocks.get(id)?.streams.get(stream)?.state ?? NO_KEY
  }

  /** Whether the user has said that a block holds no secret. */
  isKept(id: BlockId): boolean {
    return this.#blocks.get(id)?.kept === true
  }

  /** @param isNew no block of the session can be it: a long session is not searched for each command */
  #of(id: BlockId, session: Session, isNew = false): BlockSecrets {
    const known = this.#blocks.get(id)
    if (known !== undefined) return known
    const isIt = (block: BlockHeader) => block.id === id
    const header = isNew ? undefined : (session.blocks.findLast(isIt) ?? session.deleted?.find(isIt))
    const before = header?.metadata.redacted ?? 0
    const counts = new Map(before === 0 ? [] : [["before", before]])
    const block: BlockSecrets = { counts, streams: new Map(), told: before, kept: false }
    this.#blocks.set(id, block)
    return block
  }

  #output(event: typeof OutputFrozen.Type, session: Session): StorableEvents {
    const { streams, counts, kept } = this.#of(event.block, session)
    if (kept) return { events: [event], counted: null }
    const name = event.stream ?? "stdout"
    let stream = streams.get(name)
    if (stream === undefined) {
      stream = new StreamRedactor()
      streams.set(name, stream)
    }
    const stored = stream.redact(event)
    if (stream.holds) this.#holding.add(stream)
    else this.#holding.delete(stream)
    counts.set(name, stream.count)
    return this.#counted(event.block, [stored])
  }

  /** A name with a secret in it would name nothing any more. */
  #renamed(event: Extract<SessionEvent, { readonly _tag: "BlockRenamed" }>, session: Session): StorableEvents {
    const { counts, kept } = this.#of(event.block, session)
    const { count } = redactTexts(event)
    counts.set("name", kept ? 0 : count)
    return this.#counted(event.block, [kept || count === 0 ? event : { ...event, name: null }])
  }

  /** Whatever else is told of a block, by the kind of event: what is told anew counts anew, notices are added. */
  #said(event: SessionEvent, id: BlockId, session: Session): StorableEvents {
    const isNew = event._tag === "BlockQueued" || (event._tag === "BlockStarted" && event.queued !== true)
    const { counts, kept } = this.#of(id, session, isNew)
    if (kept) return { events: [event], counted: null }
    const { value, count } = redactTexts(event)
    const before = this.#unsent(event, session)
    // Both have the command.
    const part = event._tag === "BlockQueued" ? "BlockStarted" : event._tag
    if (part === "NoticeAdded") counts.set(part, (counts.get(part) ?? 0) + count)
    else if (count > 0 || counts.has(part)) counts.set(part, count)
    return this.#counted(id, [...before, value])
  }

  /** The stored input is not unsent any more either, though its stand-ins may not be where those of the command are. */
  #unsent(event: SessionEvent, session: Session): ReadonlyArray<SessionEvent> {
    if (event._tag !== "BlockQueued" && event._tag !== "BlockStarted") return []
    if (session.metadata.input === "" || !isSent(this.#input, event.command)) return []
    return [{ _tag: "InputKept", at: event.at, input: "" }]
  }

  #counted(id: BlockId, events: ReadonlyArray<SessionEvent>): StorableEvents {
    const block = this.#blocks.get(id)!
    const count = [...block.counts.values()].reduce((sum, one) => sum + one, 0)
    if (count === block.told) return { events, counted: null }
    block.told = count
    const counted = { _tag: "SecretsRedacted", block: id, count } as const
    return { events: [...events, counted], counted }
  }

  #release(id: BlockId): ReadonlyArray<SessionEvent> {
    const { streams, counts } = this.#blocks.get(id)!
    return STREAMS.flatMap((name) => {
      const stream = streams.get(name)
      const rest = stream?.release() ?? null
      if (stream === undefined || rest === null) return []
      this.#holding.delete(stream)
      counts.set(name, stream.count)
      return [rest]
    })
  }
}
