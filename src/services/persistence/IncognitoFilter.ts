import type { BlockId } from "../../domain/ids.ts"
import { behindWords, isIncognitoText } from "../../domain/incognito.ts"
import { isSent } from "../../domain/reduce.ts"
import type { InputKept, SessionEvent } from "../../domain/SessionEvent.ts"

/** What of an event may be stored. */
export interface Storable {
  /** To be stored in its place, in order; none when nothing of it may be. */
  readonly events: ReadonlyArray<SessionEvent>
  /**
   * The files hold what may be an incognito command as unsent text, from before it had its blank, or before it was erased and
   * typed again: they are to be made anew once `events` are stored.
   */
  readonly overwrites: boolean
}

const NOTHING: Storable = { events: [], overwrites: false }

const all = (event: SessionEvent): Storable => ({ events: [event], overwrites: false })

/**
 * Stands between a session and its files, and lets nothing pass that is incognito: no event of such a block, none that is
 * marked, no unsent text that would be such a command. Of a block that is left out only its number is told, so that no other
 * block gets it.
 *
 * Plain: every event passes here on its way to the disk.
 */
export class IncognitoFilter {
  readonly #hidden = new Set<BlockId>()
  /** The unsent text that the files hold. */
  #input: string
  /** The journal may hold unsent text that was given up since: it may have come back as an incognito command. */
  #erased: boolean

  /**
   * @param input the unsent text of the session as it is stored
   * @param erased whether its files may hold other unsent text, given up before
   */
  constructor(input: string, erased = false) {
    this.#input = input
    this.#erased = erased
  }

  /** What may be stored of an event. */
  storable(event: SessionEvent): Storable {
    if (event._tag === "BlockQueued" || event._tag === "BlockStarted") {
      if (event.incognito === true) return this.#hide(event.block, event.command, event.at)
      if (isSent(this.#input, event.command)) this.#input = ""
      return all(event)
    }
    if (event._tag === "InputKept") return this.#kept(event)
    if ("incognito" in event && event.incognito === true) return NOTHING
    if ("block" in event) return event.block !== null && this.#hidden.has(event.block) ? NOTHING : all(event)
    if ("blocks" in event) {
      const blocks = event.blocks.filter((id) => !this.#hidden.has(id))
      if (blocks.length === event.blocks.length) return all(event)
      return blocks.length === 0 ? NOTHING : all({ ...event, blocks })
    }
    return all(event)
  }

  #hide(block: BlockId, command: string, at: number): Storable {
    // A queued one has its number already.
    const events: Array<SessionEvent> = this.#hidden.has(block) ? [] : [{ _tag: "NumberTaken" }]
    this.#hidden.add(block)
    const isUnsent = isSent(behindWords(this.#input), command)
    const overwrites = isUnsent || this.#erased
    if (isUnsent) {
      this.#input = ""
      events.push({ _tag: "InputKept", at, input: "" })
    }
    if (overwrites) this.#erased = false
    return { events, overwrites }
  }

  #kept(event: typeof InputKept.Type): Storable {
    const before = this.#input
    const isHidden = isIncognitoText(event.input)
    this.#input = isHidden ? "" : event.input
    if (!isHidden) {
      // The journal has every text that was kept; one that has only grown is still there to be compared.
      if (!event.input.startsWith(before)) this.#erased = true
      return all(event)
    }
    // It may be the same text with its blank and its mistakes mended: whatever it was, nobody wants it any more.
    const overwrites = before !== "" || this.#erased
    this.#erased = false
    return { events: before === "" ? [] : [{ ...event, input: "" }], overwrites }
  }
}
