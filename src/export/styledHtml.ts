import { sanitise } from "../terminal/sanitise.ts"
import {
  applySgr,
  BOLD,
  DIM,
  INVERSE,
  INVISIBLE,
  ITALIC,
  isLinkAllowed,
  OVERLINE,
  PALETTE,
  Pen,
  RGB,
  STRIKE,
  UNDERLINE_SHIFT
} from "../terminal/sgr.ts"

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** Text that is nothing but text in HTML, also inside an attribute. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)

const two = (value: number): string => value.toString(16).padStart(2, "0")
const cssColour = (rgb: number): string => `#${two((rgb >> 16) & 255)}${two((rgb >> 8) & 255)}${two(rgb & 255)}`

/** Levels of xterm's 6×6×6 colours (256colres.pl). */
const CUBE_LEVELS = [0, 95, 135, 175, 215, 255] as const

/** Colours 16 to 255 of xterm's palette. */
const paletteColour = (index: number): string => {
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232)
    return cssColour((grey << 16) | (grey << 8) | grey)
  }
  const at = index - 16
  const [red, green, blue] = [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6]
  return cssColour((CUBE_LEVELS[red]! << 16) | (CUBE_LEVELS[green]! << 8) | CUBE_LEVELS[blue]!)
}

/** What a colour is written as: a class for those that follow the theme, else a declaration. */
const colourOf = (colour: number, prefix: "f" | "b", into: { classes: Array<string>; styles: Array<string> }): void => {
  if (colour === 0) return
  if (colour < RGB && (colour & 255) < 16) into.classes.push(`${prefix}${colour & 255}`)
  else {
    const value = colour >= RGB ? cssColour(colour & 0xffffff) : paletteColour(colour & (PALETTE - 1))
    into.styles.push(`${prefix === "f" ? "color" : "background"}:${value}`)
  }
}

const FLAG_CLASSES: ReadonlyArray<readonly [number, string]> = [
  [BOLD, "bo"],
  [DIM, "di"],
  [ITALIC, "it"],
  [INVISIBLE, "hi"]
]

/** The attributes of a look; `""` for the default. */
const attributesOf = (pen: Pen): string => {
  const into = { classes: [] as Array<string>, styles: [] as Array<string> }
  for (const [flag, name] of FLAG_CLASSES) if (pen.flags & flag) into.classes.push(name)
  const lines = [
    (pen.flags >> UNDERLINE_SHIFT) & 7 ? "underline" : "",
    pen.flags & STRIKE ? "line-through" : "",
    pen.flags & OVERLINE ? "overline" : ""
  ].filter((line) => line !== "")
  if (lines.length > 0) into.styles.push(`text-decoration:${lines.join(" ")}`)
  const isInverse = (pen.flags & INVERSE) !== 0
  if (isInverse) into.classes.push("iv")
  colourOf(isInverse ? pen.background : pen.foreground, "f", into)
  colourOf(isInverse ? pen.foreground : pen.background, "b", into)
  const classes = into.classes.length > 0 ? ` class="${into.classes.join(" ")}"` : ""
  return into.styles.length > 0 ? `${classes} style="${into.styles.join(";")}"` : classes
}

/** The sequences that stored text has, once it is sanitised: SGR and hyperlinks. */
const SEQUENCE = /\x1b\[([0-9:;]*)m|\x1b\]8;[^;\x1b\x07]*;([^\x1b\x07]*)(?:\x1b\\|\x07)/g

const lineToHtml = (line: string): string => {
  const pen = new Pen()
  let link = ""
  let out = ""
  let at = 0
  const add = (text: string) => {
    if (text === "") return
    const attributes = attributesOf(pen)
    const escaped = escapeHtml(text)
    const styled = attributes === "" ? escaped : `<span${attributes}>${escaped}</span>`
    out += link === "" ? styled : `<a href="${escapeHtml(link)}" rel="noopener noreferrer">${styled}</a>`
  }
  for (const match of line.matchAll(SEQUENCE)) {
    add(line.slice(at, match.index))
    at = match.index + match[0].length
    const [, sgr, address] = match
    if (sgr !== undefined) {
      const bytes = Buffer.from(sgr, "latin1")
      applySgr(pen, bytes, 0, bytes.length)
    } else link = address !== undefined && isLinkAllowed(address) ? address : ""
  }
  add(line.slice(at))
  return out
}

/**
 * Whole lines of stored text as HTML for a `<pre>`: each line by itself, its looks as spans, http(s) links as links, every
 * other sequence dropped and everything else escaped. Without its tags it is the text; direction controls are spelled out.
 */
export const styledHtml = (lines: string): string => {
  // Line by line, so that a sequence without an end cannot take the lines after it along.
  if (/[\x1b\x80-\x9f]/.test(lines))
    return lines
      .split("\n")
      .map((line) => lineToHtml(sanitise(line)))
      .join("\n")
  return escapeHtml(sanitise(lines))
}
