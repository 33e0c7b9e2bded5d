/**
 * SGR state as four integers, and the one way this program writes it.
 *
 * Plain and numeric: it is applied for every colour change of every command's output. Semantics follow the emulator
 * (@xterm/headless `charAttributes`), from ECMA-48 §8.3.117 and xterm's ctlseqs.
 */

/** Bits of `Pen.flags`; bits 8–10 hold the underline's shape (0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed). */
export const BOLD = 1
export const DIM = 2
export const ITALIC = 4
export const BLINK = 8
export const INVERSE = 16
export const INVISIBLE = 32
export const STRIKE = 64
export const OVERLINE = 128
export const UNDERLINE_SHIFT = 8
const UNDERLINE_MASK = 7 << UNDERLINE_SHIFT

/** Kinds of colour, in bits 24–25; 0 is the default colour. */
export const PALETTE = 1 << 24
export const RGB = 2 << 24

/** What ends every styled text. */
export const RESET = "\x1b[0m"
/** Closes a hyperlink. */
export const LINK_END = "\x1b]8;;\x1b\\"
/** Longest address kept in a link, in bytes (VTE's limit). */
export const MAX_LINK_BYTES = 2083

/** The look of the next character. */
export class Pen {
  flags = 0
  /** Colours: 0 is the default, otherwise `PALETTE | index` or `RGB | 0xrrggbb`. */
  foreground = 0
  background = 0
  underline = 0

  get isDefault(): boolean {
    return (this.flags | this.foreground | this.background | this.underline) === 0
  }

  reset(): void {
    this.flags = this.foreground = this.background = this.underline = 0
  }

  copy(other: Pen): void {
    this.flags = other.flags
    this.foreground = other.foreground
    this.background = other.background
    this.underline = other.underline
  }

  equals(other: Pen): boolean {
    return (
      this.flags === other.flags &&
      this.foreground === other.foreground &&
      this.background === other.background &&
      this.underline === other.underline
    )
  }
}

const colour = (value: number, base: 30 | 40 | 50): string => {
  if (value >= RGB) return `;${base + 8};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`
  const index = value & 255
  if (base !== 50 && index < 8) return `;${base + index}`
  if (base !== 50 && index < 16) return `;${base + 52 + index}`
  return `;${base + 8};5;${index}`
}

/**
 * The sequence that gives exactly this state whatever was set before; `""` for the default. A colour for underlines is
 * part of it even while nothing is underlined.
 */
export const sgrOf = (pen: Pen): string => {
  const { flags } = pen
  if (pen.isDefault) return ""
  let out = "\x1b[0"
  if (flags & BOLD) out += ";1"
  if (flags & DIM) out += ";2"
  if (flags & ITALIC) out += ";3"
  const shape = (flags & UNDERLINE_MASK) >> UNDERLINE_SHIFT
  if (shape === 1) out += ";4"
  else if (shape > 1) out += `;4:${shape}`
  if (flags & BLINK) out += ";5"
  if (flags & INVERSE) out += ";7"
  if (flags & INVISIBLE) out += ";8"
  if (flags & STRIKE) out += ";9"
  if (flags & OVERLINE) out += ";53"
  if (pen.foreground !== 0) out += colour(pen.foreground, 30)
  if (pen.background !== 0) out += colour(pen.background, 40)
  if (pen.underline !== 0) out += colour(pen.underline, 50)
  return `${out}m`
}

/** The sequence that gives exactly this look; `""` for the default look. Equal looks are equal strings. */
export const lookOf = (pen: Pen): string => {
  if (pen.underline === 0 || (pen.flags & UNDERLINE_MASK) !== 0) return sgrOf(pen)
  const { underline } = pen
  pen.underline = 0
  const look = sgrOf(pen)
  pen.underline = underline
  return look
}

/** Opens a hyperlink, or closes the one that is open when `address` is `""`. */
export const linkOf = (address: string): string => (address === "" ? LINK_END : `\x1b]8;;${address}\x1b\\`)

/** True for the addresses that may be kept: http(s), printable ASCII without blanks, so nothing in it can end the OSC. */
export const isLinkAllowed = (address: string): boolean =>
  address.length <= MAX_LINK_BYTES && /^https?:\/\/[\x21-\x7e]+$/i.test(address)

/** Parameters of one sequence, as the emulator limits them; further ones are ignored. */
const MAX_PARAMETERS = 32
// One sequence is parsed at a time: the arrays are shared. A sub-parameter follows a colon; an empty one is -1.
const values = new Int32Array(MAX_PARAMETERS)
const isSub = new Uint8Array(MAX_PARAMETERS)

const readParameters = (bytes: Uint8Array, from: number, to: number): number => {
  let count = 0
  let value = 0
  let empty = true
  let sub = 0
  for (let i = from; i <= to; i++) {
    const byte = i === to ? 0x3b : bytes[i]!
    if (byte >= 0x30 && byte <= 0x39) {
      value = Math.min(value * 10 + byte - 0x30, 0xffff)
      empty = false
      continue
    }
    if (count === MAX_PARAMETERS) return count
    values[count] = empty && sub === 1 ? -1 : value
    isSub[count++] = sub
    sub = byte === 0x3a ? 1 : 0
    value = 0
    empty = true
  }
  return count
}

const byteAt = (index: number, count: number): number => (index < count ? Math.max(0, values[index]!) & 255 : 0)

/** Sets the colour that 38, 48 or 58 at `index` names; returns the index of the last parameter it took. */
const readColour = (pen: Pen, index: number, count: number): number => {
  const target = values[index]!
  let last = index
  let value = -1
  if (index + 1 < count && isSub[index + 1] === 1) {
    while (last + 1 < count && isSub[last + 1] === 1) last++
    const mode = values[index + 1]
    // 38:2:<space>:r:g:b and 38:2:r:g:b are both in use; 38:5:n has one form.
    const first = last - index >= 5 ? index + 3 : index + 2
    if (mode === 5) value = PALETTE | byteAt(index + 2, last + 1)
    else if (mode === 2) value = RGB | rgbAt(first, last + 1)
  } else if (values[index + 1] === 5 && index + 1 < count) {
    value = PALETTE | byteAt(index + 2, count)
    last = index + 2
  } else if (values[index + 1] === 2 && index + 1 < count) {
    value = RGB | rgbAt(index + 2, count)
    last = index + 4
  } else last = count
  if (value >= 0) {
    if (target === 38) pen.foreground = value
    else if (target === 48) pen.background = value
    else pen.underline = value
  }
  return last
}

const rgbAt = (first: number, count: number): number =>
  (byteAt(first, count) << 16) | (byteAt(first + 1, count) << 8) | byteAt(first + 2, count)

const setUnderline = (pen: Pen, shape: number): void => {
  pen.flags = (pen.flags & ~UNDERLINE_MASK) | ((shape < 0 || shape > 5 ? 1 : shape) << UNDERLINE_SHIFT)
}

/**
 * Applies one SGR sequence.
 *
 * @param bytes holds the parameters between `CSI` and `m` at `from` (inclusive) to `to` (exclusive): digits, `;`, `:`
 */
export const applySgr = (pen: Pen, bytes: Uint8Array, from: number, to: number): void => {
  const count = readParameters(bytes, from, to)
  for (let i = 0; i < count; i++) {
    const code = values[i]!
    if (code === 0) pen.reset()
    else if (code >= 30 && code <= 37) pen.foreground = PALETTE | (code - 30)
    else if (code >= 40 && code <= 47) pen.background = PALETTE | (code - 40)
    else if (code >= 90 && code <= 97) pen.foreground = PALETTE | (code - 82)
    else if (code >= 100 && code <= 107) pen.background = PALETTE | (code - 92)
    else if (code === 38 || code === 48 || code === 58) i = readColour(pen, i, count)
    else if (code === 4) setUnderline(pen, i + 1 < count && isSub[i + 1] === 1 ? values[i + 1]! : 1)
    else applySimple(pen, code)
    while (i + 1 < count && isSub[i + 1] === 1) i++
  }
}

const applySimple = (pen: Pen, code: number): void => {
  switch (code) {
    case 1:
      pen.flags |= BOLD
      return
    case 2:
      pen.flags |= DIM
      return
    case 3:
      pen.flags |= ITALIC
      return
    case 5:
      pen.flags |= BLINK
      return
    case 7:
      pen.flags |= INVERSE
      return
    case 8:
      pen.flags |= INVISIBLE
      return
    case 9:
      pen.flags |= STRIKE
      return
    case 21:
      setUnderline(pen, 2)
      return
    case 22:
      pen.flags &= ~(BOLD | DIM)
      return
    case 23:
      pen.flags &= ~ITALIC
      return
    case 24:
      pen.flags &= ~UNDERLINE_MASK
      return
    case 25:
      pen.flags &= ~BLINK
      return
    case 27:
      pen.flags &= ~INVERSE
      return
    case 28:
      pen.flags &= ~INVISIBLE
      return
    case 29:
      pen.flags &= ~STRIKE
      return
    case 39:
      pen.foreground = 0
      return
    case 49:
      pen.background = 0
      return
    case 53:
      pen.flags |= OVERLINE
      return
    case 55:
      pen.flags &= ~OVERLINE
      return
    case 59:
      pen.underline = 0
      return
  }
}

/**
 * Writes styled text with as few sequences as the looks need; what it writes always starts and ends at the default.
 * Two texts that look the same come out the same, whoever laid them out.
 */
export class StyledText {
  #out = ""
  #sgr = ""
  #link = ""

  /** Adds text in a look (`lookOf`) inside a link (`""` for none). */
  add(text: string, sgr: string, link: string): void {
    if (link !== this.#link) {
      this.#out += linkOf(link)
      this.#link = link
    }
    if (sgr !== this.#sgr) {
      this.#out += sgr === "" ? RESET : sgr
      this.#sgr = sgr
    }
    this.#out += text
  }

  /** Adds cells that were never written: blanks in the default look. */
  gap(cells: number): void {
    if (cells > 0) this.add(" ".repeat(cells), "", "")
  }

  /** The text so far, ended; begins the next. */
  end(): string {
    if (this.#link !== "") this.#out += LINK_END
    if (this.#sgr !== "") this.#out += RESET
    const text = this.#out
    this.#out = this.#sgr = this.#link = ""
    return text
  }
}
