import { fitCells, styledWidth, textWidth } from "../../terminal/cells.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import { hintCells, hintRow, type KeyHint } from "../keyHint.ts"
import type { Theme } from "../theme.ts"
import { Lines } from "./Lines.tsx"

/** Who gets what is typed; `layer` is what lies above the others for a while (layers/Layer.ts). */
export type KeyboardOwner = "editor" | "program" | "navigate" | "sidebar" | "layer"

export interface StatusLineProps {
  readonly owner: KeyboardOwner
  /** The word for a layer, or for another owner in place of its own. */
  readonly badge?: string | undefined
  /** The keys that work now, most important first: a narrow line drops them from the end. */
  readonly hints: ReadonlyArray<KeyHint>
  /** Something that just happened ("copied 12 lines"); stands before the keys. */
  readonly message?: string | null
  /** The title of a program that leaves no room for a header, untrusted; at the right, where there is room. */
  readonly title?: string
  readonly theme: Theme
  /** Columns of the screen. */
  readonly width: number
}

/** Blanks and the separator around a message before keys, in cells. */
const KEYS_GAP = 4
/** Cells between the keys and a title; fewest and most cells of the title. */
const TITLE_GAP = 3
const MIN_TITLE_CELLS = 8
const MAX_TITLE_CELLS = 40

const BADGES: Record<Exclude<KeyboardOwner, "layer">, string> = {
  editor: " EDITOR ",
  program: " PROGRAM ",
  navigate: " NAVIGATE ",
  sidebar: " SESSIONS "
}

/** Most cells of a message beside which a key still fits, whoever has the keyboard. */
export const messageRoom = (width: number, hint: KeyHint): number =>
  width - Math.max(...Object.values(BADGES).map(textWidth)) - KEYS_GAP - hintCells(hint)

/** One row of at most `width` cells: the keyboard's owner, always; then the message; then keys while they fit. */
export const statusRow = (props: StatusLineProps): string => {
  const { owner, hints, message, title = "", theme, width } = props
  const badge = owner === "layer" || props.badge !== undefined ? ` ${props.badge ?? ""} ` : BADGES[owner]
  const row = [theme.badge(badge)]
  let left = width - textWidth(badge)
  const text = truncateText(visibleText(message ?? ""), left - 1, theme.signs.ellipsis)
  if (text !== "") {
    row.push(theme.strong(text))
    left -= textWidth(text) + 1
  }
  const keys = hintRow(theme, hints, left - 1 - (text === "" ? 0 : 2))
  if (keys !== "") row.push((text === "" ? "" : theme.quiet(`${theme.signs.separator} `)) + keys)
  if (left < 0) return fitCells(row[0]!, width)
  const line = row.join(" ")
  const spare = width - styledWidth(line) - TITLE_GAP
  const shown = visibleText(title).trim()
  if (shown === "" || spare < MIN_TITLE_CELLS) return line
  const end = truncateText(shown, Math.min(spare, MAX_TITLE_CELLS), theme.signs.ellipsis)
  return fitCells(line, width - textWidth(end)) + theme.quiet(end)
}

/** The last line of the screen: it always names who owns the keyboard. */
export const StatusLine = (props: StatusLineProps) => <Lines id="status" rows={[statusRow(props)]} />
