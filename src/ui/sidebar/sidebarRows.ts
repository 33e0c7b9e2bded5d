import type { SessionId } from "../../domain/ids.ts"
import { fitCells, styledWidth } from "../../terminal/cells.ts"
import type { CellPosition } from "../../terminal/OutputView.ts"
import type { Theme } from "../theme.ts"
import { contextRows } from "./contextRows.ts"
import { anythingRuns, runningRows } from "./runningRows.ts"
import type { SidebarModel } from "./SidebarModel.ts"
import { sessionRowCount, sessionRows } from "./sessionRows.ts"
import { emptyRow, leftRow, paintRow, type SidebarRow } from "./sidebarRow.ts"
import type { SidebarState } from "./sidebarState.ts"

/** Cells before the text of a row: the separator, and a blank that keeps text off it. */
const MARGIN_CELLS = 2
/** With at least this many rows a blank one stands between sections. */
const GAP_HEIGHT = 18
/** Sessions have two rows each while that takes no more than this share of the height. */
const TWO_ROWS_SHARE = 1 / 2
/** Rows that a section gets before the less important ones get any, its heading included. */
const LEAST_ROWS = 4

/** The sidebar as it is painted. */
export interface SidebarRows {
  /** As many as asked for, each of at most the width asked for, with SGR. */
  readonly rows: ReadonlyArray<string>
  /** Where the terminal's cursor stands while a name is being written. */
  readonly cursor: CellPosition | null
  /** The session that each row is about, null for other rows. */
  readonly sessions: ReadonlyArray<SessionId | null>
}

/**
 * Deals rows out to sections, the most important first: each gets its least while there are two rows left for it (a
 * heading alone says nothing), the rest goes round.
 *
 * @param wanted rows of each section, the most important first
 */
export const shareRows = (height: number, wanted: ReadonlyArray<number>): ReadonlyArray<number> => {
  let left = height
  const given = wanted.map((rows, index) => {
    const share = Math.min(rows, LEAST_ROWS, left)
    if (index > 0 && share < Math.min(rows, 2)) return 0
    left -= share
    return share
  })
  for (let dealt = true; dealt; ) {
    dealt = false
    for (let i = 0; i < wanted.length && left > 0; i++) {
      if (given[i]! === 0 || given[i]! >= wanted[i]!) continue
      given[i]!++
      left--
      dealt = true
    }
  }
  return given
}

/** The rows of all sections, from the top: sessions, where this one stands, what runs. */
const contentRows = (
  model: SidebarModel,
  state: SidebarState,
  width: number,
  height: number,
  theme: Theme,
  now: number
): ReadonlyArray<SidebarRow> => {
  const gap = height >= GAP_HEIGHT ? 1 : 0
  const context = (rows: number) => contextRows(model.context, model.home, width, rows, theme)
  const running = (rows: number) => runningRows(model, rows, theme, now)
  const order = anythingRuns(model)
    ? (["sessions", "running", "context"] as const)
    : (["sessions", "context", "running"] as const)

  // Whether the sidebar has the keyboard changes nothing here: what is being read must not move away.
  const share = (twoRows: boolean) => {
    const wanted = {
      sessions: sessionRowCount({ model, state, twoRows }),
      context: context(height).length + 1 + gap,
      running: running(height).length + 1 + gap
    }
    const shares = shareRows(
      height,
      order.map((name) => wanted[name])
    )
    const given = (name: keyof typeof wanted) => shares[order.indexOf(name)] ?? 0
    return {
      twoRows,
      wanted: wanted.sessions,
      sessions: given("sessions"),
      context: given("context"),
      running: given("running")
    }
  }
  const roomy = share(true)
  const shares = roomy.wanted <= height * TWO_ROWS_SHARE && roomy.sessions === roomy.wanted ? roomy : share(false)

  const below = (title: string, room: number, rows: (count: number) => ReadonlyArray<SidebarRow>) =>
    room <= gap
      ? []
      : [...(gap === 1 ? [emptyRow] : []), leftRow({ text: title, paint: theme.quiet }), ...rows(room - gap - 1)]
  return [
    ...sessionRows({ model, state, theme, width, now, twoRows: shares.twoRows }, shares.sessions),
    ...below("Context", shares.context, context),
    ...below("Running", shares.running, running)
  ]
}

/** The sidebar in `width` × `height` cells: a separator at its left, its sections beside it. Pure. */
export const sidebarRows = (
  model: SidebarModel,
  state: SidebarState,
  width: number,
  height: number,
  theme: Theme,
  now: number
): SidebarRows => {
  const room = Math.max(1, width - MARGIN_CELLS)
  const content = contentRows(model, state, room, height, theme, now)
  const separator = theme.quiet(theme.unicode ? "│" : "|")
  const rows = Array.from({ length: height }, (_, index) => {
    const row = content[index]
    const painted = row === undefined ? separator : `${separator} ${paintRow(row, room, theme)}`
    return styledWidth(painted) > width ? fitCells(painted, width) : painted
  })
  const row = content.findIndex(({ cursor }) => cursor !== undefined)
  const column = content[row]?.cursor
  return {
    rows,
    cursor: column === undefined ? null : { row, column: Math.min(MARGIN_CELLS + column, width - 1) },
    sessions: content.map(({ session = null }) => session)
  }
}
