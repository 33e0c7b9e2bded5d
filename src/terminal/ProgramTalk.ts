/**
 * What a program says to its terminal besides what it shows: the bell, its title, text for the clipboard, questions about
 * colours. None of it changes the screen, so the fast path, live rows and the emulator hand it all to this one place.
 *
 * Nothing here reaches the outer terminal: requests are offered to whoever listens, and are dropped where nobody does.
 *
 * Sources: xterm's ctlseqs ("Operating System Commands", OSC 0, 2, 4, 10 to 12, 52; XTWINOPS 22, 23).
 */

import { type CopyRequest, newerRequest, readCopyRequest } from "./clipboard.ts"

/** A colour that can be asked for, as OSC names it: `10` text, `11` background, `12` cursor, `4;n` of the palette. */
export type ColorName = "10" | "11" | "12" | `4;${number}`

/** Something that a program wants of the user's terminal. */
export type ProgramRequest =
  | { readonly type: "bell" }
  | ({ readonly type: "copy" } & CopyRequest)
  /** `answer` takes the colour as the terminal spells it (`rgb:ffff/ffff/ffff`), null for no answer; once, at any time. */
  | { readonly type: "color"; readonly name: ColorName; readonly answer: (color: string | null) => void }

/** Longest title kept, in UTF-16 units: more than any header shows. */
const MAX_TITLE_LENGTH = 256
/** Titles that a program can put aside; of more, the oldest is forgotten (xterm keeps ten). */
const MAX_TITLES = 10
/** Answers that wait behind a question to the outer terminal; of further ones nothing is sent. */
const MAX_WAITING_ANSWERS = 1_024
/** Entries of the palette. */
const PALETTE_SIZE = 256
/** OSC numbers of the text, background and cursor colour, in the order in which one sequence asks for several. */
const DYNAMIC_COLORS = ["10", "11", "12"] as const

/** OSC numbers that are read here, for the emulator, which asks by number. */
export const TALK_NUMBERS = [0, 2, 4, 10, 11, 12, 52] as const

/** An answer on its way to the program: its bytes, null until they are known. */
interface Answer {
  bytes: string | null
}

interface Options {
  /** Takes what the terminal answers, in the order of the questions, for that program's PTY alone. */
  readonly onReply: (bytes: string) => void
  readonly onRequest: (request: ProgramRequest) => void
}

/** See the module's text. Plain: it is asked for every BEL and OSC of every program. */
export class ProgramTalk {
  /** As the program has set it last, `""` for none: untrusted text of at most `MAX_TITLE_LENGTH` units. */
  title = ""
  readonly #options: Options
  #titles: Array<string> = []
  #rang = false
  #copy: CopyRequest | null = null
  /** Answers from the first that is not known yet. */
  #answers: Array<Answer> = []
  #closed = false

  constructor(options: Options) {
    this.#options = options
  }

  /** A BEL that ends no string. */
  bell(): void {
    this.#rang = true
  }

  /** The text of an OSC, without its introducer and end. */
  osc(payload: string): void {
    const end = payload.indexOf(";")
    const number = payload.slice(0, end === -1 ? payload.length : end)
    const text = end === -1 ? "" : payload.slice(end + 1)
    if (number === "0" || number === "2") this.title = text.slice(0, MAX_TITLE_LENGTH)
    else if (number === "52") this.#wantCopy(readCopyRequest(text))
    else if (number === "4") this.#askPalette(text.split(";", 2 * PALETTE_SIZE))
    else if (number === "10" || number === "11" || number === "12") this.#askColors(number, text)
  }

  /** XTWINOPS 22 (puts the title aside) and 23 (takes it back); `what` 1 is the icon's title, which nobody shows. */
  titleStack(operation: number, what: number): void {
    if (what !== 0 && what !== 2) return
    if (operation === 22) {
      this.#titles.push(this.title)
      if (this.#titles.length > MAX_TITLES) this.#titles.shift()
    } else if (operation === 23) this.title = this.#titles.pop() ?? this.title
  }

  /** What the emulator answers: goes out once all that was asked before is answered. */
  reply(bytes: string): void {
    if (this.#closed) return
    if (this.#answers.length === 0) this.#options.onReply(bytes)
    else if (this.#answers.length < MAX_WAITING_ANSWERS) this.#answers.push({ bytes })
  }

  /**
   * Offers what has been said since the last call, once each: of many bells one, of many texts for the clipboard the
   * newest. Called once per turn of parsing.
   */
  tell(): void {
    const copy = this.#copy
    const rang = this.#rang
    this.#copy = null
    this.#rang = false
    if (rang) this.#options.onRequest({ type: "bell" })
    if (copy !== null) this.#options.onRequest({ type: "copy", ...copy })
  }

  /** The program has ended: nothing is answered any more, and it has no title. */
  close(): void {
    this.#closed = true
    this.#answers = this.#titles = []
    this.title = ""
  }

  #wantCopy(request: CopyRequest | null): void {
    if (request !== null) this.#copy = newerRequest(this.#copy, request)
  }

  /** OSC 4: pairs of a number and `?`; what sets a colour is dropped. */
  #askPalette(parts: ReadonlyArray<string>): void {
    for (let i = 0; i + 1 < parts.length; i += 2) {
      const color = parts[i]!
      if (parts[i + 1] === "?" && /^\d{1,3}$/.test(color) && Number(color) < PALETTE_SIZE)
        this.#ask(`4;${Number(color)}`)
    }
  }

  /** OSC 10 to 12: each further `?` of one sequence asks for the next number's colour. */
  #askColors(first: (typeof DYNAMIC_COLORS)[number], text: string): void {
    const names = DYNAMIC_COLORS.slice(DYNAMIC_COLORS.indexOf(first))
    const parts = text.split(";", names.length)
    names.forEach((name, index) => {
      if (parts[index] === "?") this.#ask(name)
    })
  }

  #ask(name: ColorName): void {
    if (this.#answers.length >= MAX_WAITING_ANSWERS) return
    const slot: Answer = { bytes: null }
    this.#answers.push(slot)
    this.#options.onRequest({
      type: "color",
      name,
      answer: (color) => {
        if (slot.bytes !== null) return
        slot.bytes = color === null ? "" : `\x1b]${name};${color}\x1b\\`
        this.#sendAnswers()
      }
    })
  }

  #sendAnswers(): void {
    if (this.#closed) return
    for (let bytes = this.#answers[0]?.bytes; bytes != null; bytes = this.#answers[0]?.bytes) {
      this.#answers.shift()
      if (bytes !== "") this.#options.onReply(bytes)
    }
  }
}
