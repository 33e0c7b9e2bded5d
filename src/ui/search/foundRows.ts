import type { TextRange } from "../../domain/textPattern.ts"
import type { FoundBlock, FoundLine } from "../../services/search/searchSessions.ts"
import { textWidth } from "../../terminal/cells.ts"
import { exitText, originTitle, outcomeOf } from "../blocks/blockHeader.ts"
import { formatCount, shortenPath, tildePath } from "../blocks/format.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import { formatAge } from "../sidebar/formatAge.ts"
import type { Theme } from "../theme.ts"
import { markedText } from "./markedText.ts"

/** A row of the list of what was found. */
export type FoundRow =
  | { readonly type: "session"; readonly found: FoundBlock }
  | { readonly type: "block"; readonly found: FoundBlock }
  | { readonly type: "line"; readonly found: FoundBlock; readonly line: FoundLine }
  /** Lines of the block above that are not listed. */
  | { readonly type: "more"; readonly count: number }

/** Where one can go from the list. */
export type FoundPlace = Extract<FoundRow, { readonly type: "block" | "line" }>

/** True for rows that can be chosen. */
export const isPlace = (row: FoundRow | undefined): row is FoundPlace => row?.type === "block" || row?.type === "line"

/** Lines that the list has of one block: it shall be seen in how many blocks there is something. */
const MAX_LISTED_LINES = 3

/** The rows of what was found: a row above the blocks of each session, a row per block, its first lines below it. */
export const rowsOf = (found: ReadonlyArray<FoundBlock>): ReadonlyArray<FoundRow> => {
  const rows: Array<FoundRow> = []
  let last = ""
  for (const each of found) {
    const place = `${each.session} ${each.archived}`
    if (place !== last) rows.push({ type: "session", found: each })
    last = place
    rows.push({ type: "block", found: each })
    for (const line of each.lines.slice(0, MAX_LISTED_LINES)) rows.push({ type: "line", found: each, line })
    const count = Math.max(0, each.lines.length - MAX_LISTED_LINES) + each.more
    if (count > 0) rows.push({ type: "more", count })
  }
  return rows
}

/** What the rows are drawn with. */
export interface FoundContext {
  readonly theme: Theme
  /** Cells of a row. */
  readonly width: number
  /** Absolute path written as `~`. */
  readonly home: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The session on the screen. */
  readonly session: string
}

/** Characters of a session's id that tell it from the others of a person. */
const SHORT_ID = 8
const FIELD_GAP = 2
/** Cells before a line's text: indent, number, blank. */
const LINE_INDENT = 4
/** Fewest cells of a command; before they go, the fields on the right do. */
const MIN_COMMAND_CELLS = 20
const MAX_DIRECTORY_CELLS = 24

const sessionRow = ({ session, sessionName, archived }: FoundBlock, context: FoundContext): string => {
  const name = sessionName === null ? `session ${session.slice(0, SHORT_ID)}` : visibleText(sessionName)
  const where = session === context.session ? ", this session" : archived === null ? "" : `, archived ${archived}`
  return context.theme.quiet(truncateText(name + where, context.width, context.theme.signs.ellipsis))
}

/** The first line of a command with the matches that lie in it. */
const firstLine = (command: string, ranges: ReadonlyArray<TextRange>) => {
  const [text = ""] = command.split(/[\r\n]/, 1)
  return { text, ranges: ranges.filter(({ from, to }) => from < text.length && to <= text.length) }
}

const blockRow = ({ block, inCommand }: FoundBlock, selected: boolean, context: FoundContext): string => {
  const { theme, width, home, now } = context
  const { signs } = theme
  const outcome = outcomeOf(block)
  const number = String(block.metadata.number)
  const lead = `${selected ? signs.selected : " "}${signs[outcome]} ${number} `
  const age = block.startTime === null ? "" : formatAge(now - block.startTime)
  const directory = shortenPath(tildePath(block.metadata.directory, home), MAX_DIRECTORY_CELLS, signs.ellipsis)
  let fields = [exitText(block), directory, age].filter((field) => field !== "")
  const right = () => fields.reduce((sum, field) => sum + FIELD_GAP + textWidth(field), 0)
  // The directory goes first, then the exit, then the age.
  for (const drop of [directory, exitText(block), age]) {
    if (width - textWidth(lead) - right() < MIN_COMMAND_CELLS) fields = fields.filter((field) => field !== drop)
  }
  const room = Math.max(0, width - textWidth(lead) - right())
  const { text, ranges } = firstLine(block.command, inCommand)
  const title = originTitle(block.metadata)
  const command =
    title === null
      ? markedText(text, ranges, room, selected ? (cells) => cells : theme.match, signs.ellipsis)
      : { text: truncateText(title, room, signs.ellipsis), cells: Math.min(room, textWidth(title)) }
  const gap = " ".repeat(Math.max(0, room - command.cells))
  const ends = fields.map((field) => " ".repeat(FIELD_GAP) + field).join("")
  if (selected) return theme.selected(lead + command.text + gap + ends)
  const paint = outcome === "idle" ? theme.quiet : theme[outcome]
  return ` ${paint(signs[outcome])} ${theme.quiet(number)} ${command.text}${gap}${theme.quiet(ends)}`
}

const lineRow = ({ line }: Extract<FoundRow, { type: "line" }>, selected: boolean, context: FoundContext): string => {
  const { theme, width } = context
  const { signs } = theme
  const number = `${line.stream === "stderr" ? "stderr " : ""}${formatCount(line.number)}`
  const lead = `${selected ? signs.selected : " "}${" ".repeat(LINE_INDENT - 1)}${number} `
  const room = Math.max(0, width - textWidth(lead))
  const shown = markedText(line.text, line.ranges, room, selected ? (cells) => cells : theme.match, signs.ellipsis)
  if (selected) return theme.selected(lead + shown.text + " ".repeat(Math.max(0, room - shown.cells)))
  return theme.quiet(lead) + shown.text
}

/** One row, with SGR, at most `width` cells. */
export const foundRow = (row: FoundRow, selected: boolean, context: FoundContext): string => {
  const { theme, width } = context
  switch (row.type) {
    case "session":
      return sessionRow(row.found, context)
    case "block":
      return blockRow(row.found, selected, context)
    case "line":
      return lineRow(row, selected, context)
    case "more": {
      const text = `${" ".repeat(LINE_INDENT)}${theme.signs.more} ${formatCount(row.count)} more`
      return theme.quiet(truncateText(text, width, theme.signs.ellipsis))
    }
  }
}
