import { type FuzzyQuery, fuzzyRanges } from "../../domain/fuzzy.ts"
import type { HistoryEntry } from "../../domain/HistoryEntry.ts"
import { HISTORY_FILTERS, type HistoryFilter, type IndexedEntry } from "../../services/history/HistoryIndex.ts"
import { fitCells, styledWidth, textWidth } from "../../terminal/cells.ts"
import { formatCount, formatDay, formatDuration, formatTime, shortenPath, tildePath } from "../blocks/format.ts"
import { truncateText, visibleText, wrapText } from "../blocks/visibleText.ts"
import { type PickerPlace, pickerRows } from "../picker/pickerList.ts"
import { markedText } from "../search/markedText.ts"
import { formatAge } from "../sidebar/formatAge.ts"
import type { Paint, Theme } from "../theme.ts"

/** What the panel shows. */
export interface HistoryView {
  /** The match of a rank, 0 for the best. */
  readonly at: (rank: number) => IndexedEntry | undefined
  /** How many match, and of how many. */
  readonly count: number
  readonly size: number
  readonly query: FuzzyQuery
  readonly place: PickerPlace
  readonly filter: HistoryFilter
  /** Nothing is known yet: the file is being read. */
  readonly reading: boolean
}

/** What it is drawn with. */
export interface HistoryLook {
  readonly theme: Theme
  /** Absolute, written `~`. */
  readonly home: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Rows of the title, of the facts about the chosen command, and of the filters. */
const TITLE_ROWS = 1
const FACTS_ROWS = 1
const FILTER_ROWS = 1
/** Most rows for the whole of a command that a row of the list cannot show. */
const MAX_WHOLE_ROWS = 4
/** The panel takes this part of the screen, and these rows at least. */
const SHARE = 0.6
const MIN_ROWS = 8

/** Rows of the panel on a screen with `room` rows for it. */
export const historyHeight = (rows: number, room: number): number =>
  Math.min(room, Math.max(MIN_ROWS, Math.floor(rows * SHARE)))

/** Cells of an exit code, of an age, and between columns. */
const EXIT_CELLS = 3
const AGE_CELLS = 4
const GAP = 2
/** Cells before a command: mark, sign, blank, exit code, blank. */
const LEAD_CELLS = 4 + EXIT_CELLS
/** Cells for the directory, by the width of the panel from which it has them. */
const DIRECTORY_CELLS: ReadonlyArray<readonly [from: number, cells: number]> = [
  [110, 28],
  [90, 20],
  [76, 14]
]

const directoryCells = (width: number, filter: HistoryFilter): number =>
  filter === "directory" ? 0 : (DIRECTORY_CELLS.find(([from]) => width >= from)?.[1] ?? 0)

const commandRoom = (width: number, filter: HistoryFilter): number => {
  const directory = directoryCells(width, filter)
  return Math.max(1, width - LEAD_CELLS - GAP - AGE_CELLS - (directory === 0 ? 0 : GAP + directory))
}

/** A command in one line: offsets stay. */
const oneLine = (command: string, theme: Theme): string => command.replaceAll("\n", theme.signs.newline)

const ageOf = ({ at }: HistoryEntry, now: number): string => (at === null ? "" : formatAge(now - at))

const signOf = ({ status }: HistoryEntry, theme: Theme): string => (status === null ? " " : theme.signs[status])

const paintOf = ({ status }: HistoryEntry, theme: Theme): Paint => (status === null ? theme.quiet : theme[status])

/** Of a command that succeeded or was interrupted nobody asks for the number. */
const exitOf = ({ status, exit }: HistoryEntry): string => (status === "failure" && exit !== null ? String(exit) : "")

/** One command of the list, `width` cells. */
const entryRow = (
  entry: IndexedEntry,
  chosen: boolean,
  view: HistoryView,
  look: HistoryLook,
  width: number
): string => {
  const { theme, home, now } = look
  const { signs } = theme
  const room = commandRoom(width, view.filter)
  const match: Paint = chosen ? (text) => text : theme.match
  const ranges = fuzzyRanges(entry, view.query)
  const shown = markedText(oneLine(entry.command, theme), ranges, room, match, signs.ellipsis)
  const cells = directoryCells(width, view.filter)
  const path = entry.directory === null ? "" : shortenPath(tildePath(entry.directory, home), cells, signs.ellipsis)
  const directory = cells === 0 ? "" : " ".repeat(GAP) + path + " ".repeat(Math.max(0, cells - textWidth(path)))
  const end = `${directory}${" ".repeat(GAP)}${ageOf(entry, now).padStart(AGE_CELLS)}`
  const command = shown.text + " ".repeat(Math.max(0, room - shown.cells))
  const exit = exitOf(entry).padStart(EXIT_CELLS)
  if (chosen) return theme.selected(`${signs.selected}${signOf(entry, theme)} ${exit} ${command}${end}`)
  return ` ${paintOf(entry, theme)(signOf(entry, theme))} ${theme.failure(exit)} ${command}${theme.quiet(end)}`
}

/** What is known of the chosen command, in one row. */
const factsRow = (entry: HistoryEntry, { theme, home, now }: HistoryLook, width: number): string => {
  const { status, exit, at, duration, directory } = entry
  const ended =
    status === null
      ? "from the shell's own history"
      : exit === null || exit === 0
        ? status === "success"
          ? "succeeded"
          : status === "failure"
            ? "failed"
            : "interrupted"
        : `exit ${exit}`
  const age = at === null ? "" : formatAge(now - at)
  const facts = [
    ended,
    at === null ? "" : `${formatDay(at)} ${formatTime(at)}`,
    age === "" || age === "now" ? age : `${age} ago`,
    duration === null ? "" : `took ${formatDuration(duration)}`,
    directory === null ? "" : tildePath(directory, home)
  ].filter((fact) => fact !== "")
  return theme.quiet(truncateText(` ${facts.join(` ${theme.signs.separator} `)}`, width, theme.signs.ellipsis))
}

/** The whole of the chosen command where its row cannot show it. */
const wholeRows = (entry: HistoryEntry, view: HistoryView, theme: Theme, width: number): ReadonlyArray<string> => {
  const line = oneLine(entry.command, theme)
  if (!entry.command.includes("\n") && textWidth(visibleText(line)) <= commandRoom(width, view.filter)) return []
  const rows = entry.command
    .split("\n", MAX_WHOLE_ROWS + 1)
    .flatMap((each) => wrapText(visibleText(each), width - 2, width - 2))
  const shown = rows.slice(0, MAX_WHOLE_ROWS)
  const lead = theme.quiet(theme.unicode ? "│ " : "| ")
  return shown.map((row, index) => {
    const goesOn = index === shown.length - 1 && rows.length > shown.length
    return lead + (goesOn ? truncateText(`${row.slice(0, width - 4)} ${theme.signs.more}`, width - 2) : row.trimEnd())
  })
}

const FILTER_WORDS: Readonly<Record<HistoryFilter, string>> = {
  session: "this session",
  directory: "this directory",
  everywhere: "everywhere",
  failed: "failed"
}

/** The filters, the one that holds standing out, and the key that leads on. */
const filterRow = (filter: HistoryFilter, theme: Theme, width: number): string => {
  const words = HISTORY_FILTERS.map((each) =>
    each === filter ? theme.strong(`[${FILTER_WORDS[each]}]`) : theme.quiet(` ${FILTER_WORDS[each]} `)
  ).join(" ")
  const whole = ` ${words}   ${theme.key("Ctrl+R")} ${theme.quiet("next filter")}`
  return fitCells(styledWidth(whole) <= width ? whole : ` ${words}`, width)
}

const titleRow = ({ count, size, reading }: HistoryView, theme: Theme, width: number): string => {
  const { rule } = theme.signs
  const title = `${rule}${rule} History `
  const counts = reading ? "" : ` ${formatCount(count)} of ${formatCount(size)} ${rule}${rule}`
  const line = rule.repeat(Math.max(0, width - textWidth(title) - textWidth(counts)))
  return theme.quiet(title + line + counts)
}

/** Why the list is empty. */
const emptyText = ({ reading, size, filter }: HistoryView): string => {
  if (reading) return "Reading the history"
  if (size > 0)
    return filter === "everywhere" ? "No command matches" : "No command matches here: Ctrl+R looks elsewhere"
  switch (filter) {
    case "session":
      return "No command of this session yet: Ctrl+R looks elsewhere"
    case "directory":
      return "No command was run in this directory yet: Ctrl+R looks elsewhere"
    case "failed":
      return "No command has failed yet"
    case "everywhere":
      return "No command was run yet"
  }
}

/** The rows that the list has of `height`, as the panel is now: for moving by pages. */
export const historyListHeight = (view: HistoryView, theme: Theme, width: number, height: number): number => {
  const chosen = view.at(view.place.at)
  const whole = chosen === undefined ? 0 : wholeRows(chosen, view, theme, width).length
  return Math.max(1, height - TITLE_ROWS - FACTS_ROWS - FILTER_ROWS - whole)
}

/** The panel from top to bottom, exactly `height` rows: title, list, the chosen command, filters. */
export const historyRows = (
  view: HistoryView,
  look: HistoryLook,
  width: number,
  height: number
): ReadonlyArray<string> => {
  const { theme } = look
  const chosen = view.at(view.place.at)
  const whole = chosen === undefined ? [] : wholeRows(chosen, view, theme, width)
  const listHeight = historyListHeight(view, theme, width, height)
  const list = [
    ...pickerRows(view.place, view.count, listHeight, "up", (rank, isChosen) => {
      const entry = view.at(rank)
      return entry === undefined ? "" : entryRow(entry, isChosen, view, look, width)
    })
  ]
  if (view.count === 0) list[list.length - 1] = ` ${theme.quiet(truncateText(emptyText(view), width - 1))}`
  return [
    titleRow(view, theme, width),
    ...list,
    ...whole,
    chosen === undefined ? "" : factsRow(chosen, look, width),
    filterRow(view.filter, theme, width)
  ]
}
