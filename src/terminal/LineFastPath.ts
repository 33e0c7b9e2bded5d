/**
 * The fast path: output that only ever adds to the last line, copied straight into the store.
 *
 * It takes printable text, tabs, line ends, SGR, links, and the sequences that change nothing on the last line's end,
 * and stops at the first byte that needs an emulator. What it stores is what the emulator's cells would show (a property
 * test holds the two together), but exact: tabs, trailing blanks and all. Plain code over bytes, as every byte of every
 * command comes through here.
 */

import { MAX_COPY_CHARACTERS } from "./clipboard.ts"
import type { LineStore } from "./LineStore.ts"
import type { ProgramTalk } from "./ProgramTalk.ts"
import { followKeypad, followPassive } from "./passiveSequences.ts"
import { applySgr, isLinkAllowed, LINK_END, linkOf, MAX_LINK_BYTES, Pen, RESET, sgrOf } from "./sgr.ts"
import type { TerminalModes } from "./TerminalModes.ts"

const ESC = 0x1b
const CR = 0x0d
const LF = 0x0a
const BEL = 0x07
const CAN = 0x18
const SUB = 0x1a
/** Longest CSI sequence followed here; the emulator judges longer ones. */
const MAX_CSI_BYTES = 128
/** Most of an OSC's payload that is looked at: a link's parameters and address. The rest is dropped unread. */
const MAX_OSC_BYTES = MAX_LINK_BYTES + 512
/** The same for OSC 52, whose text may be long. */
const MAX_COPY_BYTES = "52;".length + MAX_COPY_CHARACTERS

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f

/** Why `consume` stopped: nothing left, the rest of a sequence is needed, or the emulator is. */
export type Stop = "end" | "more" | "slow"

/** See the module's text. */
export class LineFastPath {
  /** Where text goes; changed by the owner between calls. */
  store: LineStore
  readonly pen = new Pen()
  /** Address of the open link, `""` for none. */
  link = ""
  stop: Stop = "end"
  readonly #modes: TerminalModes
  readonly #talk: ProgramTalk
  /** The look in force, written before the first text of each line. */
  #sgr = ""
  /** The open line has text: the cursor is not in column 0. */
  #begun = false
  /** An OSC's payload so far, null outside of one. */
  #osc: Array<number> | null = null

  constructor(store: LineStore, modes: TerminalModes, talk: ProgramTalk) {
    this.store = store
    this.#modes = modes
    this.#talk = talk
  }

  /** True when the cursor is in column 0. */
  get atLineStart(): boolean {
    return !this.#begun
  }

  /** Goes on after an emulator: column 0 of an empty last line, in this look. */
  resume(store: LineStore, pen: Pen, link: string): void {
    this.store = store
    this.pen.copy(pen)
    this.#sgr = sgrOf(pen)
    this.link = link
    this.#begun = false
  }

  /** Goes on in a new store that took over the old one's open line. */
  moveTo(store: LineStore): void {
    this.store = store
  }

  /** Ends the open line where it is, for an owner that takes lines out of the store. */
  endOpen(): void {
    if (this.#begun) this.#closeLine()
    this.#begun = false
  }

  /**
   * Takes bytes `from` (inclusive) to `to` (exclusive); returns the index of the first it did not take and says in
   * `stop` why. After `more` the rest must come again, with what follows it.
   */
  consume(input: Uint8Array, from: number, to: number): number {
    let i = from
    this.stop = "end"
    if (this.#osc !== null) i = this.#oscPayload(input, i, to)
    while (i < to && this.stop === "end") {
      const byte = input[i]!
      if (isPrintable(byte)) i = this.#ascii(input, i, to)
      else if (byte >= 0x80) i = this.#utf8(input, i, to)
      else if (byte === CR) i = this.#carriageReturn(input, i, to)
      else if (byte === LF) {
        if (this.#begun) this.stop = "slow"
        else {
          this.store.endLine()
          i++
        }
      } else if (byte === ESC) i = this.#escape(input, i, to)
      else if (byte === 0x09) {
        this.#begin()
        if (this.store.room(1) > 0) {
          this.store.bytes[this.store.end++] = byte
          this.store.mixed = true
        } else this.store.hide(1)
        i++
      } else if (byte === 0x08 || (byte >= 0x0b && byte <= 0x0e)) this.stop = "slow"
      else {
        // The other controls no terminal acts on.
        if (byte === BEL) this.#talk.bell()
        i++
      }
    }
    return i
  }

  /** The output is over: what is left of an unfinished character is shown as one that is broken. */
  finish(rest: Uint8Array): void {
    if (rest.length > 0 && rest[0]! >= 0x80) this.#broken()
    this.#osc = null
    this.endOpen()
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    if (this.#sgr !== "") this.store.writeSequence(this.#sgr)
    if (this.link !== "") this.store.writeSequence(linkOf(this.link))
  }

  /** Makes the open line self-contained. */
  #closeLine(): void {
    // A line that was cut may have lost what closed its styles.
    const cut = this.store.truncated
    if (this.link !== "" || cut) this.store.closeSequence(LINK_END)
    if (this.#sgr !== "" || cut) this.store.closeSequence(RESET)
  }

  #endLine(): void {
    if (this.#begun) {
      if (this.#sgr !== "" || this.link !== "" || this.store.truncated) this.#closeLine()
      this.#begun = false
    }
    this.store.endLine()
  }

  #ascii(input: Uint8Array, from: number, to: number): number {
    this.#begin()
    const { store } = this
    const room = store.room(to - from)
    let i = from
    if (room === 0) {
      while (i < to && isPrintable(input[i]!)) i++
      store.hide(i - from)
      return i
    }
    const stop = from + room
    const { bytes } = store
    let at = store.end
    for (; i < stop; i++) {
      const byte = input[i]!
      if (!isPrintable(byte)) break
      bytes[at++] = byte
    }
    store.end = at
    return i
  }

  #carriageReturn(input: Uint8Array, from: number, to: number): number {
    let i = from + 1
    // Several in a row are as good as one.
    while (i < to && input[i] === CR) i++
    if (i === to) {
      this.stop = "more"
      return i - 1
    }
    if (input[i] === LF) {
      this.#endLine()
      return i + 1
    }
    if (!this.#begun) return i
    this.stop = "slow"
    return from
  }

  /** One character beyond ASCII, or U+FFFD for each maximal part of a broken one (Unicode 15, §3.9). */
  #utf8(input: Uint8Array, from: number, to: number): number {
    const lead = input[from]!
    let length = 0
    let low = 0x80
    let high = 0xbf
    if (lead >= 0xc2 && lead <= 0xdf) length = 2
    else if (lead >= 0xe0 && lead <= 0xef) {
      length = 3
      if (lead === 0xe0) low = 0xa0
      else if (lead === 0xed) high = 0x9f
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      length = 4
      if (lead === 0xf0) low = 0x90
      else if (lead === 0xf4) high = 0x8f
    } else {
      this.#broken()
      return from + 1
    }
    for (let n = 1; n < length; n++) {
      if (from + n === to) {
        this.stop = "more"
        return from
      }
      const byte = input[from + n]!
      if (byte < low || byte > high) {
        this.#broken()
        return from + n
      }
      low = 0x80
      high = 0xbf
    }
    // C1 controls are sequences to the emulator.
    if (lead === 0xc2 && input[from + 1]! < 0xa0) {
      this.stop = "slow"
      return from
    }
    this.#begin()
    const { store } = this
    store.mixed = true
    if (store.room(length, true) === 0) store.hide(length)
    else {
      const { bytes } = store
      for (let n = 0; n < length; n++) bytes[store.end++] = input[from + n]!
    }
    return from + length
  }

  #broken(): void {
    this.#begin()
    this.store.mixed = true
    if (this.store.room(3, true) === 0) this.store.hide(3)
    else this.store.end += this.store.bytes.write("\ufffd", this.store.end)
  }

  #escape(input: Uint8Array, from: number, to: number): number {
    if (from + 1 === to) {
      this.stop = "more"
      return from
    }
    const kind = input[from + 1]
    if (kind === 0x5b) return this.#csi(input, from, to)
    if (kind === 0x5d) {
      this.#osc = []
      return this.#oscPayload(input, from + 2, to)
    }
    if (kind === 0x28) {
      if (from + 2 === to) {
        this.stop = "more"
        return from
      }
      // ESC ( B: G0 is ASCII, as it already is; `tput sgr0` says so every time.
      if (input[from + 2] === 0x42) return from + 3
      this.stop = "slow"
      return from
    }
    // A string terminator that ends nothing does nothing.
    if (kind === 0x5c || followKeypad(kind!, this.#modes)) return from + 2
    this.stop = "slow"
    return from
  }

  #csi(input: Uint8Array, from: number, to: number): number {
    let i = from + 2
    while (i < to && input[i]! >= 0x20 && input[i]! <= 0x3f) i++
    if (i - from > MAX_CSI_BYTES) {
      this.stop = "slow"
      return from
    }
    if (i === to) {
      this.stop = "more"
      return from
    }
    const final = input[i]!
    const taken = final === 0x6d ? this.#sgrSequence(input, from, i + 1) : this.#passive(input, from + 2, i)
    if (taken) return i + 1
    this.stop = "slow"
    return from
  }

  #sgrSequence(input: Uint8Array, from: number, to: number): boolean {
    for (let i = from + 2; i < to - 1; i++) {
      const byte = input[i]!
      // Other bytes than digits, `;` and `:` make it another sequence.
      if (byte < 0x30 || byte > 0x3b) return followPassive(input, from + 2, to - 1, this.#modes, this.#talk)
    }
    applySgr(this.pen, input, from + 2, to - 1)
    this.#sgr = this.pen.isDefault ? "" : sgrOf(this.pen)
    if (this.#begun && this.store.room(to - from, true) > 0) {
      const { store } = this
      for (let i = from; i < to; i++) store.bytes[store.end++] = input[i]!
      store.openSequences += to - from
      store.mixed = true
    }
    return true
  }

  /** Follows a CSI sequence that changes nothing at the end of the last line; false when it may change something. */
  #passive(input: Uint8Array, from: number, to: number): boolean {
    const final = input[to]!
    const first = input[from]!
    // EL and ED to the right of the end: nothing is there, unless they paint the background.
    if (final === 0x4b || final === 0x4a) {
      return this.pen.background === 0 && (from === to || (to === from + 1 && first === 0x30))
    }
    return followPassive(input, from, to, this.#modes, this.#talk)
  }

  #oscPayload(input: Uint8Array, from: number, to: number): number {
    const payload = this.#osc!
    for (let i = from; i < to; i++) {
      const byte = input[i]!
      if (byte === BEL || byte === CAN || byte === SUB) return this.#oscEnd(byte === BEL, i + 1)
      if (byte === ESC) {
        if (i + 1 === to) {
          this.stop = "more"
          return i
        }
        return this.#oscEnd(true, input[i + 1] === 0x5c ? i + 2 : i)
      }
      // U+009C is ST too.
      if (byte === 0xc2) {
        if (i + 1 === to) {
          this.stop = "more"
          return i
        }
        if (input[i + 1] === 0x9c) return this.#oscEnd(true, i + 2)
      }
      if (byte >= 0x20 && payload.length <= (isCopy(payload) ? MAX_COPY_BYTES : MAX_OSC_BYTES)) payload.push(byte)
    }
    return to
  }

  #oscEnd(complete: boolean, next: number): number {
    const payload = this.#osc!
    this.#osc = null
    if (!complete) return next
    // Only links say something about text.
    if (payload[0] !== 0x38 || payload[1] !== 0x3b) {
      this.#talk.osc(Buffer.from(payload).toString("utf8"))
      return next
    }
    if (payload.length > MAX_OSC_BYTES) return next
    const separator = payload.indexOf(0x3b, 2)
    if (separator === -1) return next
    const address = String.fromCharCode(...payload.slice(separator + 1))
    const link = isLinkAllowed(address) ? address : ""
    if (link === this.link) return next
    this.link = link
    if (this.#begun) this.store.writeSequence(linkOf(link))
    return next
  }
}

/** The payload of an OSC 52, as far as it has come. */
const isCopy = (payload: ReadonlyArray<number>): boolean =>
  payload[0] === 0x35 && payload[1] === 0x32 && payload[2] === 0x3b
