/**
 * What colours the outer terminal can show, and the nearest it has for those it has not.
 *
 * Plain functions over numbers and strings. They run once for every style that is new to the screen (CellReader
 * remembers), so searching the palette is cheap enough.
 */

/** Colours of the outer terminal: none, the 16 of ECMA-48 and aixterm, xterm's palette of 256, or 24 bits. */
export type ColorDepth = "none" | "16" | "256" | "truecolor"

/** A colour as SGR names it: a palette index (0–255) or red, green and blue (0–255 each). */
export type Color =
  | { readonly kind: "palette"; readonly index: number }
  | { readonly kind: "rgb"; readonly red: number; readonly green: number; readonly blue: number }

/** Which SGR parameter a colour is for: 38 foreground, 48 background, 58 underline. */
export type ColorTarget = "foreground" | "background" | "underline"

/** Terminals that show 24 bits and say so by TERM alone. */
const TRUECOLOR_TERM = /(^xterm-(kitty|ghostty)$|-direct$)/
/** Terminals known to stop at 16 colours. */
const SIXTEEN_COLOR_TERM = /^(linux|vt\d|ansi|xterm-16color|cons25|screen-16color|rxvt-16color|xterm-color)/

/**
 * The depth that the environment promises. NO_COLOR, when it is not empty, wins (https://no-color.org); then TERM=dumb,
 * COLORTERM (`truecolor` or `24bit`), TERM. Unknown terminals get 256 colours, which all current ones have.
 */
export const colorDepthOf = (env: {
  readonly NO_COLOR?: string | undefined
  readonly COLORTERM?: string | undefined
  readonly TERM?: string | undefined
}): ColorDepth => {
  const term = env.TERM ?? ""
  if ((env.NO_COLOR ?? "") !== "" || term === "dumb" || term === "") return "none"
  if (env.COLORTERM === "truecolor" || env.COLORTERM === "24bit" || TRUECOLOR_TERM.test(term)) return "truecolor"
  return SIXTEEN_COLOR_TERM.test(term) ? "16" : "256"
}

/** xterm's cube has these six values per channel. */
const CUBE = [0, 95, 135, 175, 215, 255] as const

/** The 16 named colours as xterm draws them by default: only used to find the nearest. */
const NAMED: ReadonlyArray<readonly [number, number, number]> = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255]
]

const distance = (r: number, g: number, b: number, [x, y, z]: readonly [number, number, number]): number =>
  (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2

const paletteRgb = (index: number): readonly [number, number, number] => {
  if (index < 16) return NAMED[index]!
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10
    return [grey, grey, grey]
  }
  const cube = index - 16
  return [CUBE[Math.floor(cube / 36)]!, CUBE[Math.floor(cube / 6) % 6]!, CUBE[cube % 6]!]
}

const nearest = (red: number, green: number, blue: number, from: number, to: number): number => {
  let best = from
  for (let index = from + 1; index < to; index++) {
    if (distance(red, green, blue, paletteRgb(index)) < distance(red, green, blue, paletteRgb(best))) best = index
  }
  return best
}

/** The nearest of xterm's palette above the 16 named colours, which users redefine. */
export const nearest256 = (red: number, green: number, blue: number): number => nearest(red, green, blue, 16, 256)

/** The nearest of the 16 named colours. */
export const nearest16 = (red: number, green: number, blue: number): number => nearest(red, green, blue, 0, 16)

const named = (index: number, target: ColorTarget): string => {
  const base = target === "background" ? 40 : 30
  return String(index < 8 ? base + index : base + 52 + index)
}

/**
 * SGR parameters that show `color` at `depth`, nearest first; empty when the terminal cannot show it. Underline colours
 * exist in the colon form of ITU T.416 only: terminals that do not know them read the semicolon form as blink.
 */
export const colorParameters = (color: Color, target: ColorTarget, depth: ColorDepth): string => {
  if (depth === "none") return ""
  if (target === "underline") {
    if (depth === "16") return ""
    if (color.kind === "palette") return `58:5:${color.index}`
    const { red, green, blue } = color
    return depth === "256" ? `58:5:${nearest256(red, green, blue)}` : `58:2::${red}:${green}:${blue}`
  }
  const prefix = target === "background" ? 48 : 38
  if (color.kind === "palette") {
    if (color.index < 16) return named(color.index, target)
    return depth === "16" ? named(nearest16(...paletteRgb(color.index)), target) : `${prefix};5;${color.index}`
  }
  const { red, green, blue } = color
  if (depth === "truecolor") return `${prefix};2;${red};${green};${blue}`
  return depth === "256" ? `${prefix};5;${nearest256(red, green, blue)}` : named(nearest16(red, green, blue), target)
}
