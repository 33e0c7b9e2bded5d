/**
 * The style of a cell as one canonical string: SGR parameters in a fixed order, then, for a link, a line feed and the
 * address. Equal looks are equal strings, so rows compare by string. Plain functions: they run for every painted row.
 */

import { type Color, type ColorDepth, colorParameters } from "./colorDepth.ts"

/** Canonical SGR parameters (`"1;31"`), with `"\n" + address` after them inside a link; `""` is the default look. */
export type CellStyle = string

/** Longest address kept in a link, in UTF-16 units; longer ones become plain text (VTE's limit). */
export const MAX_LINK_LENGTH = 2083

/** Attributes in the order they are written, with the SGR numbers that set and clear each. */
const FLAGS = [
  { name: "bold", set: 1, clear: 22 },
  { name: "dim", set: 2, clear: 22 },
  { name: "italic", set: 3, clear: 23 },
  { name: "blink", set: 5, clear: 25 },
  { name: "inverse", set: 7, clear: 27 },
  { name: "hidden", set: 8, clear: 28 },
  { name: "strike", set: 9, clear: 29 },
  { name: "overline", set: 53, clear: 55 }
] as const

/** Splits a style into SGR parameters and address. */
const split = (style: CellStyle): readonly [parameters: string, link: string] => {
  const at = style.indexOf("\n")
  return at === -1 ? [style, ""] : [style.slice(0, at), style.slice(at + 1)]
}

/** The address that a cell of this style links to, `""` for none. */
export const linkOf = (style: CellStyle): string => split(style)[1]

/** The SGR sequence that gives exactly this look, whatever was set before. */
export const sgrOf = (style: CellStyle): string => {
  const [parameters] = split(style)
  return parameters === "" ? "\x1b[0m" : `\x1b[0;${parameters}m`
}

/** The same look inside a link, or outside of any when `address` is not a plain http(s) address. */
export const withLink = (style: CellStyle, address: string): CellStyle => {
  const [parameters] = split(style)
  // Printable ASCII without blanks: nothing in it can end the OSC or start another sequence.
  const safe = address.length <= MAX_LINK_LENGTH && /^https?:\/\/[\x21-\x7e]+$/i.test(address)
  return safe ? `${parameters}\n${address}` : parameters
}

/** A colour after 38, 48 or 58, and how many further parameters it took. */
const readColor = (
  parameter: ReadonlyArray<string>,
  rest: ReadonlyArray<string>
): readonly [color: Color | null, taken: number] => {
  const byte = (text: string | undefined): number => Math.min(255, Number(text ?? "") || 0)
  // 38:2:<space>:r:g:b and 38:2:r:g:b are both in use; 38:5:n has one form.
  if (parameter.length > 1) {
    if (parameter[1] === "5") return [{ kind: "palette", index: byte(parameter[2]) }, 0]
    if (parameter[1] !== "2") return [null, 0]
    const [red, green, blue] = parameter.slice(parameter.length >= 6 ? 3 : 2)
    return [{ kind: "rgb", red: byte(red), green: byte(green), blue: byte(blue) }, 0]
  }
  if (rest[0] === "5") return [{ kind: "palette", index: byte(rest[1]) }, 2]
  if (rest[0] === "2") return [{ kind: "rgb", red: byte(rest[1]), green: byte(rest[2]), blue: byte(rest[3]) }, 4]
  return [null, rest.length]
}

/** Attributes of a style while a sequence is applied to it. */
class Pen {
  readonly flags = new Set<number>()
  underline = ""
  foreground = ""
  background = ""
  underlineColor = ""

  toString(): string {
    const parts: Array<string> = []
    for (const flag of FLAGS) if (this.flags.has(flag.set)) parts.push(String(flag.set))
    if (this.underline !== "") parts.push(this.underline)
    if (this.foreground !== "") parts.push(this.foreground)
    if (this.background !== "") parts.push(this.background)
    if (this.underlineColor !== "") parts.push(this.underlineColor)
    return parts.join(";")
  }
}

/** Shapes of underline that are shown as such; fewer colours mean an old terminal, which knows one. */
const underlineParameter = (shape: string, depth: ColorDepth): string => {
  if (shape === "0") return ""
  if (shape === "" || shape === "1" || !/^[2-5]$/.test(shape)) return "4"
  return depth === "256" || depth === "truecolor" ? `4:${shape}` : "4"
}

const apply = (pen: Pen, parameters: string, depth: ColorDepth): void => {
  const list = parameters.split(";")
  for (let i = 0; i < list.length; i++) {
    const parameter = list[i]!.split(":")
    const code = Number(parameter[0])
    if (code === 0) {
      pen.flags.clear()
      pen.underline = pen.foreground = pen.background = pen.underlineColor = ""
    } else if (code === 4) pen.underline = underlineParameter(parameter[1] ?? "", depth)
    else if (code === 21) pen.underline = underlineParameter("2", depth)
    else if (code === 24) pen.underline = ""
    else if (code === 38 || code === 48 || code === 58) {
      const [color, taken] = readColor(parameter, list.slice(i + 1))
      i += taken
      if (color === null) continue
      if (code === 38) pen.foreground = colorParameters(color, "foreground", depth)
      else if (code === 48) pen.background = colorParameters(color, "background", depth)
      else pen.underlineColor = colorParameters(color, "underline", depth)
    } else if (code === 39) pen.foreground = ""
    else if (code === 49) pen.background = ""
    else if (code === 59) pen.underlineColor = ""
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
      const index = code >= 90 ? code - 82 : code - 30
      pen.foreground = colorParameters({ kind: "palette", index }, "foreground", depth)
    } else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) {
      const index = code >= 100 ? code - 92 : code - 40
      pen.background = colorParameters({ kind: "palette", index }, "background", depth)
    } else {
      for (const flag of FLAGS) {
        if (flag.set === code) pen.flags.add(flag.set)
        if (flag.clear === code) pen.flags.delete(flag.set)
      }
    }
  }
}

/**
 * The style after one more SGR sequence.
 *
 * @param parameters what stands between `CSI` and `m`: digits, `;` and `:`; `""` resets
 */
export const applySgr = (style: CellStyle, parameters: string, depth: ColorDepth): CellStyle => {
  const [before, link] = split(style)
  const pen = new Pen()
  // What a style says is already mapped to the depth: applying it again changes nothing.
  if (before !== "") apply(pen, before, depth)
  apply(pen, parameters, depth)
  const after = pen.toString()
  return link === "" ? after : `${after}\n${link}`
}
