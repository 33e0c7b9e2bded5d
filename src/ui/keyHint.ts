import { textWidth } from "../terminal/cells.ts"
import type { Theme } from "./theme.ts"

/** A key and what it does now, as the status line, the help and the first-run text print it. */
export interface KeyHint {
  /** As a person reads it: `Alt+Enter`, `Ctrl+\ ?`. */
  readonly keys: string
  readonly meaning: string
}

/** `Enter run`, styled. */
export const paintHint = (theme: Theme, hint: KeyHint): string => `${theme.key(hint.keys)} ${theme.quiet(hint.meaning)}`

/** Cells of `paintHint`. */
export const hintCells = (hint: KeyHint): number => textWidth(hint.keys) + 1 + textWidth(hint.meaning)

/** As many hints as fit `width` cells, from the first on, set apart by the theme's separator. */
export const hintRow = (theme: Theme, hints: ReadonlyArray<KeyHint>, width: number): string => {
  let row = ""
  let cells = 0
  for (const hint of hints) {
    const gap = cells === 0 ? 0 : 3
    if (cells + gap + hintCells(hint) > width) break
    row += (gap === 0 ? "" : theme.quiet(` ${theme.signs.separator} `)) + paintHint(theme, hint)
    cells += gap + hintCells(hint)
  }
  return row
}
