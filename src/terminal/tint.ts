import { applySgr } from "./CellStyle.ts"

const SGR = /\x1b\[([\d;:]*)m/g
const DEFAULT_FOREGROUND = "\x1b[39m"
const RESET = "\x1b[0m"

/** True when a style is another one without this: nothing else tells what a canonical style sets. */
const sets = (style: string, clear: string): boolean => applySgr(style, clear, "truecolor") !== style

/**
 * Sanitised text with a foreground colour where it has no colours of its own: what a program coloured itself stays as
 * it is, and its bold and other attributes everywhere. Ends reset; empty text stays empty.
 *
 * @param color the SGR parameter of a foreground colour, `"35"`
 */
export const tint = (text: string, color: string): string => {
  if (text === "") return ""
  const open = `\x1b[${color}m`
  let style = ""
  const tinted = text.replace(SGR, (sequence, parameters: string) => {
    style = applySgr(style, parameters, "truecolor")
    if (sets(style, "39")) return sequence
    // On a background that the program chose our colour might not be seen.
    return sequence + (sets(style, "49") ? DEFAULT_FOREGROUND : open)
  })
  return `${open}${tinted}${RESET}`
}
