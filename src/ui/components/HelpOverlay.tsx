import { textWidth } from "../../terminal/cells.ts"
import { truncateText, wrapText } from "../blocks/visibleText.ts"
import { hintRow, type KeyHint } from "../keyHint.ts"
import type { Theme } from "../theme.ts"
import { CenteredOverlay, FRAME_COLUMNS, FRAME_ROWS } from "./CenteredOverlay.tsx"
import { Lines } from "./Lines.tsx"
import { Surface } from "./Surface.tsx"

/** Keys that belong together, in the order of the key table. */
export interface HelpGroup {
  readonly title: string
  readonly keys: ReadonlyArray<KeyHint>
}

/** The help as rows of text, and how far they can be scrolled. */
export interface HelpPage {
  /** The rows in view, at most as many as asked for. */
  readonly rows: ReadonlyArray<string>
  /** The first row in view: the asked one, kept in range. */
  readonly scroll: number
  /** All rows. */
  readonly total: number
  /** Cells of the widest row. */
  readonly width: number
}

/** Blanks between key names and meanings. */
const KEY_GAP = 2
/** Blanks between two columns. */
const COLUMN_GAP = 4
const MAX_COLUMNS = 3
/** Least room for what a key does, beside it. */
const MIN_MEANING_CELLS = 10
/** Widest key names beside which a group's meanings stand; those of wider ones stand under them. */
const MAX_KEY_CELLS = 20

interface Column {
  readonly rows: ReadonlyArray<string>
  readonly cells: ReadonlyArray<number>
  readonly width: number
}

/**
 * Groups under each other, a blank row between them, in at most `width` cells. Meanings stand beside their keys, each group's
 * in a column of its own, and are continued below; where that would leave them too little room, they stand under their keys.
 */
const column = (groups: ReadonlyArray<HelpGroup>, width: number, theme: Theme): Column => {
  const { ellipsis } = theme.signs
  const rows: Array<string> = []
  const cells: Array<number> = []
  const add = (row: string, size: number) => {
    rows.push(row)
    cells.push(size)
  }
  for (const [index, group] of groups.entries()) {
    if (index > 0) add("", 0)
    const title = truncateText(group.title, width, ellipsis)
    add(theme.strong(title), textWidth(title))
    const keyCells = Math.max(
      0,
      ...group.keys.map((key) => textWidth(key.keys)).filter((size) => size <= MAX_KEY_CELLS)
    )
    const hasRoom = width - keyCells - KEY_GAP >= MIN_MEANING_CELLS
    const indent = hasRoom ? keyCells + KEY_GAP : KEY_GAP
    for (const { keys, meaning } of group.keys) {
      const shown = truncateText(keys, width, ellipsis)
      const beside = hasRoom && textWidth(shown) <= keyCells
      if (!beside) add(theme.key(shown), textWidth(shown))
      for (const [row, text] of wrapText(meaning, width - indent, width - indent).entries()) {
        const lead = beside && row === 0 ? theme.key(shown) + " ".repeat(indent - textWidth(shown)) : " ".repeat(indent)
        const part = text.trimEnd()
        add(lead + part, indent + textWidth(part))
      }
    }
  }
  return { rows, cells, width: Math.max(0, ...cells) }
}

const groupRows = (group: HelpGroup): number => group.keys.length + 2

/** Deals groups out to columns in their order, so that the tallest column is as low as can be. */
const deal = (groups: ReadonlyArray<HelpGroup>, columns: number): ReadonlyArray<ReadonlyArray<HelpGroup>> => {
  const total = groups.reduce((sum, group) => sum + groupRows(group), 0)
  for (let limit = Math.ceil(total / columns); ; limit++) {
    const dealt: Array<Array<HelpGroup>> = [[]]
    let rows = 0
    for (const group of groups) {
      if (rows > 0 && rows + groupRows(group) > limit) {
        dealt.push([])
        rows = 0
      }
      dealt.at(-1)!.push(group)
      rows += groupRows(group)
    }
    if (dealt.length <= columns) return dealt
  }
}

/**
 * Prints the key table into `width` × `height` cells: in as many columns as it takes to show everything at once and the
 * width allows, and scrolled by `scroll` rows when that is not enough.
 */
export const helpPage = (
  groups: ReadonlyArray<HelpGroup>,
  width: number,
  height: number,
  scroll: number,
  theme: Theme
): HelpPage => {
  let columns = [column(groups, width, theme)]
  for (let count = 2; count <= MAX_COLUMNS && columns[0]!.rows.length > height; count++) {
    const dealt = deal(groups, count).map((part) => column(part, Number.MAX_SAFE_INTEGER, theme))
    if (dealt.reduce((sum, one) => sum + one.width, COLUMN_GAP * (dealt.length - 1)) > width) break
    const tallest = Math.max(...dealt.map((one) => one.rows.length))
    columns = dealt
    if (tallest <= height) break
  }
  const total = Math.max(...columns.map((one) => one.rows.length))
  const first = Math.max(0, Math.min(scroll, total - height))
  const rows: Array<string> = []
  for (let i = first; i < Math.min(total, first + height); i++) {
    let row = ""
    let owed = 0
    for (const one of columns) {
      const text = one.rows[i] ?? ""
      if (text !== "") {
        row += " ".repeat(owed) + text
        owed = 0
      }
      owed += one.width + COLUMN_GAP - (text === "" ? 0 : one.cells[i]!)
    }
    rows.push(row)
  }
  return {
    rows,
    scroll: first,
    total,
    width: columns.reduce((sum, one) => sum + one.width, COLUMN_GAP * (columns.length - 1))
  }
}

export interface HelpOverlayProps {
  readonly groups: ReadonlyArray<HelpGroup>
  /** Keys of the overlay itself: how to scroll and close it. */
  readonly hints: ReadonlyArray<KeyHint>
  /** First row in view; `helpPage` keeps it in range. */
  readonly scroll: number
  readonly theme: Theme
  /** Size of the screen, in cells. */
  readonly columns: number
  readonly rows: number
}

/** Above every surface and below dialogs. */
const HELP_Z = 10
/** Rows under the key table: a blank one and the overlay's own keys. */
const FOOTER_ROWS = 2

/** The overlay is at least wide enough for its own keys. */
const MIN_TEXT_CELLS = 40

/** Rows of the key table that the overlay shows on a screen of `rows` rows: the size of a page for scrolling. */
export const helpPageRows = (rows: number): number => Math.max(1, rows - FRAME_ROWS - FOOTER_ROWS)

/** The keys that scroll the help, with how far; in rows, or in pages. */
const SCROLL_ROWS: Readonly<Record<string, number>> = { up: -1, k: -1, down: 1, j: 1 }
const SCROLL_PAGES: Readonly<Record<string, number>> = { pageup: -1, pagedown: 1, space: 1 }
const SCROLL_ENDS: Readonly<Record<string, number>> = { home: -Infinity, g: -Infinity, end: Infinity, G: Infinity }
const CLOSING_KEYS: ReadonlySet<string> = new Set(["escape", "q", "?", "enter", "ctrl+c"])

/**
 * How far a key takes the help, in rows: null to close it, undefined for a key that means nothing there.
 *
 * @param rows of the screen that it has
 */
export const helpStep = (name: string, rows: number): number | null | undefined => {
  if (CLOSING_KEYS.has(name)) return null
  const pages = SCROLL_PAGES[name]
  return SCROLL_ROWS[name] ?? SCROLL_ENDS[name] ?? (pages === undefined ? undefined : pages * helpPageRows(rows))
}

/** The help on a screen of `columns` × `rows` cells, from row `scroll` on or as near to it as there is a full page. */
export const helpPageOn = (
  { columns, rows, theme }: Pick<HelpOverlayProps, "columns" | "rows" | "theme">,
  groups: ReadonlyArray<HelpGroup>,
  scroll: number
): HelpPage => helpPage(groups, Math.max(1, columns - FRAME_COLUMNS), helpPageRows(rows), scroll, theme)

/** Every key, in the middle of the screen, above the blocks. */
export const HelpOverlay = ({ groups, hints, scroll, theme, columns, rows }: HelpOverlayProps) => {
  const page = helpPageOn({ columns, rows, theme }, groups, scroll)
  const position =
    page.total > page.rows.length ? `${page.scroll + 1}–${page.scroll + page.rows.length} of ${page.total}` : ""
  const room = Math.max(1, columns - FRAME_COLUMNS)
  const footer = hintRow(theme, hints, room - (position === "" ? 0 : textWidth(position) + 3))
  const width = Math.min(columns, Math.max(page.width, MIN_TEXT_CELLS) + FRAME_COLUMNS)
  const height = page.rows.length + FOOTER_ROWS + FRAME_ROWS
  return (
    <CenteredOverlay id="help" z={HELP_Z} width={width} height={height} columns={columns} rows={rows} theme={theme}>
      <Surface id="help-keys" height={page.rows.length} flexShrink={0} marginBottom={1} rows={() => page.rows} />
      <Lines
        id="help-hints"
        rows={[position === "" ? footer : `${theme.quiet(position)} ${theme.quiet(theme.signs.separator)} ${footer}`]}
      />
    </CenteredOverlay>
  )
}
