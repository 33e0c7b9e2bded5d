/**
 * Mouse reports on their way to a program: the outer terminal counts cells from its own top left, the program from the top
 * left of its screen. Reports are found by the encoding that the program has asked for, which the outer terminal is set to,
 * and where the mouse is ours at times by those that it sends us; everything else passes as it came.
 *
 * Source: xterm's ctlseqs, "Mouse Tracking", "Extended coordinates".
 */

import type { TerminalModes } from "./TerminalModes.ts"

/** A cell of the program's screen, from 0; one outside is moved to the nearest inside. */
export interface ProgramCell {
  readonly x: number
  readonly y: number
  readonly inside: boolean
}

/** A report that is not the program's: see `mouseEvent`. */
export type OwnReport = (code: number, column: number, row: number, released: boolean) => void

/** Where a cell of the outer terminal, from 0, lies for the program; null while its screen is not in view. */
export type Locate = (x: number, y: number) => ProgramCell | null

/** Buttons and the wheel; `form` keeps how it was spelt. */
interface Report {
  readonly code: number
  readonly x: number
  readonly y: number
  readonly released: boolean
  readonly length: number
}

type Encoding = TerminalModes["mouseEncoding"]

/** Bits of the button's code: a move, and the wheel and buttons beyond the third. */
const MOTION = 32
const WHEEL = 64
/** The low bits of a release in the encodings that do not say of which button. */
const RELEASED = 3
/** The offset of each value in xterm's first encodings. */
const OFFSET = 32
/** Largest value of one byte, and of two in UTF-8, in those. */
const MAX_BYTE = 255
const MAX_UTF8 = 2047

const SGR = /^\x1b\[<(\d{1,9});(\d{1,9});(\d{1,9})([Mm])/
const URXVT = /^\x1b\[(\d{1,9});(\d{1,9});(\d{1,9})M/
const SGR_BEGINNING = /^\x1b\[<[\d;]{0,29}$/
const URXVT_BEGINNING = /^\x1b\[\d[\d;]{0,28}$/
/** Longest form of `CSI M` and three characters, in bytes. */
const MAX_X10_BYTES = 9

const isReleased = (code: number): boolean => (code & RELEASED) === RELEASED && (code & (MOTION | WHEEL)) === 0

/** `CSI M` and three bytes, or characters of UTF-8; null when there is none, "more" when its end is missing. */
const readX10 = (data: string, encoding: Encoding): Report | "more" | null => {
  if (!data.startsWith("\x1b[M")) return null
  const values: Array<number> = []
  let at = 3
  while (values.length < 3) {
    const lead = data.charCodeAt(at)
    const isPair = encoding === "utf8" && lead >= 0xc2 && lead <= 0xdf
    if (at + (isPair ? 1 : 0) >= data.length) return "more"
    values.push((isPair ? ((lead & 0x1f) << 6) | (data.charCodeAt(at + 1) & 0x3f) : lead) - OFFSET)
    at += isPair ? 2 : 1
  }
  const [code = 0, column = 1, row = 1] = values
  return { code, x: column - 1, y: row - 1, released: isReleased(code), length: at }
}

/** The report at the beginning of `data` (one character per byte), as `readX10`. */
const read = (data: string, encoding: Encoding): Report | "more" | null => {
  if (encoding === "default" || encoding === "utf8") return readX10(data, encoding)
  const match = (encoding === "urxvt" ? URXVT : SGR).exec(data)
  if (match === null) return (encoding === "urxvt" ? URXVT_BEGINNING : SGR_BEGINNING).test(data) ? "more" : null
  const code = Number(match[1]) - (encoding === "urxvt" ? OFFSET : 0)
  const released = encoding === "urxvt" ? isReleased(code) : match[4] === "m"
  return { code, x: Number(match[2]) - 1, y: Number(match[3]) - 1, released, length: match[0].length }
}

/** The report at the beginning of `data` in the first of `encodings` that it has the form of. */
const readAny = (data: string, encodings: ReadonlyArray<Encoding>) => {
  for (const encoding of encodings) {
    const report = read(data, encoding)
    if (report !== null) return { report, encoding }
  }
  return null
}

const spellX10 = (values: ReadonlyArray<number>, encoding: Encoding): string => {
  const limit = encoding === "utf8" ? MAX_UTF8 : MAX_BYTE
  const characters = String.fromCharCode(...values.map((value) => Math.min(limit, value + OFFSET)))
  return `\x1b[M${encoding === "utf8" ? Buffer.from(characters, "utf8").toString("latin1") : characters}`
}

const spell = ({ code, released }: Report, { x, y }: ProgramCell, encoding: Encoding): string => {
  if (encoding === "default" || encoding === "utf8") return spellX10([code, x + 1, y + 1], encoding)
  if (encoding === "urxvt") return `\x1b[${code + OFFSET};${x + 1};${y + 1}M`
  return `\x1b[<${code};${x + 1};${y + 1}${released ? "m" : "M"}`
}

/** What a terminal sends that was asked for an encoding: one that does not know it stays with the first there was. */
const sentFor = (encoding: Encoding): ReadonlyArray<Encoding> => [encoding, "default"]
const OWN_ENCODING: Encoding = "sgr"

/** See the module's text. Plain: everything that is typed into a program passes through it. */
export class MouseReports {
  /** The beginning of a report whose rest has not come, one character per byte. */
  #held = ""
  /** A button went down on the program's screen: moves and the release are its business wherever they happen. */
  #down = false

  /**
   * Gives what goes to the program of what was typed and clicked.
   *
   * @param own takes the reports while the program has not asked for any; null where the mouse is never ours. One that was
   *   on its way to us when the program asked for the mouse is nobody's.
   */
  translate(
    chunk: Uint8Array,
    modes: Pick<TerminalModes, "mouse" | "mouseEncoding">,
    locate: Locate,
    own: OwnReport | null = null
  ): Uint8Array {
    const { mouse, mouseEncoding } = modes
    const asked = mouse !== "none"
    if (!asked && own === null && this.#held === "") {
      this.#down = false
      return chunk
    }
    const data = this.#held + Buffer.from(chunk).toString("latin1")
    this.#held = ""
    let out = ""
    let from = 0
    for (let at = data.indexOf("\x1b"); at !== -1; at = data.indexOf("\x1b", at)) {
      const tail = data.slice(at, at + MAX_REPORT_BYTES)
      const theirs = asked || own === null ? readAny(tail, sentFor(mouseEncoding)) : null
      const found = theirs ?? (own === null ? null : readAny(tail, sentFor(OWN_ENCODING)))
      if (found === null) {
        at++
        continue
      }
      const { report, encoding } = found
      out += data.slice(from, at)
      if (report === "more") {
        this.#held = data.slice(at)
        from = data.length
        break
      }
      if (theirs !== null) out += this.#place(report, encoding, locate)
      else if (!asked) own?.(report.code, report.x + 1, report.y + 1, report.released)
      at += report.length
      from = at
    }
    return Buffer.from(out + data.slice(from), "latin1")
  }

  #place(report: Report, encoding: Encoding, locate: Locate): string {
    const moves = (report.code & MOTION) !== 0
    const isWheel = (report.code & WHEEL) !== 0
    const cell = locate(report.x, report.y)
    const wasDown = this.#down
    if (report.released) this.#down = false
    if (cell === null) return ""
    if (!cell.inside && !(wasDown && (moves || report.released))) return ""
    if (!moves && !isWheel && !report.released) this.#down = true
    return spell(report, cell, encoding)
  }
}

/** Longest report that is read, in bytes. */
const MAX_REPORT_BYTES = Math.max(40, MAX_X10_BYTES)
