/** Screens of at least this many columns show the sidebar from the start. */
export const SIDEBAR_COLUMNS = 120
/** Cells of the sidebar on a narrower screen, the separator among them. */
const NARROW_CELLS = 28
/** On a wide screen it takes this share of it, within limits. */
const WIDE_SHARE = 1 / 4
const MIN_WIDE_CELLS = 30
const MAX_WIDE_CELLS = 34
/** Blocks need at least this many columns beside it; with less it takes the screen. */
const MIN_BESIDE = 30

/** Whether the sidebar is open until the user says otherwise. */
export const opensByItself = (columns: number): boolean => columns >= SIDEBAR_COLUMNS

/** Cells of the sidebar on a screen of `columns`, its separator included; 0 while it is closed. */
export const sidebarWidth = (columns: number, open: boolean): number => {
  if (!open) return 0
  const wanted =
    columns < SIDEBAR_COLUMNS
      ? NARROW_CELLS
      : Math.max(MIN_WIDE_CELLS, Math.min(MAX_WIDE_CELLS, Math.floor(columns * WIDE_SHARE)))
  return columns - wanted < MIN_BESIDE ? columns : wanted
}
