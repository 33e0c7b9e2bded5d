import { type BlockHeader, type BlockMetadata, type BlockOrigin, isStopCode } from "../../domain/Block.ts"
import { fitCells, textWidth } from "../../terminal/cells.ts"
import type { Paint, Signs, Theme } from "../theme.ts"
import { headerLead } from "./blockSayings.ts"
import {
  DURATION_CELLS,
  formatDay,
  formatDuration,
  formatLines,
  formatLiveDuration,
  formatTime,
  formatTimeLeft,
  shortenPath,
  TIME_CELLS,
  TIME_LEFT_CELLS,
  tildePath
} from "./format.ts"
import { truncateText, visibleText, wrapText } from "./visibleText.ts"

/** How a block ended, as a reader sees it. */
export type Outcome = BlockHeader["status"]

/** 128 + SIGINT and 128 + SIGPIPE: somebody stopped the command or stopped reading; nothing failed. */
const CALM_EXIT_CODES: ReadonlySet<number> = new Set([130, 141])
const CALM_SIGNALS: ReadonlySet<string> = new Set(["SIGINT", "SIGPIPE"])

/**
 * A block's outcome for the eye. A command that Ctrl+C or a closed pipe ended is `interrupted` even when the shell
 * reports it as failed.
 */
export const outcomeOf = (block: Pick<BlockHeader, "status" | "exitCode" | "signal">): Outcome => {
  if (block.status !== "failure") return block.status
  if (block.signal !== null) return CALM_SIGNALS.has(block.signal) ? "interrupted" : "failure"
  const calm = block.exitCode !== null && (CALM_EXIT_CODES.has(block.exitCode) || isStopCode(block.exitCode))
  return calm ? "interrupted" : "failure"
}

/** `exit 7`, `SIGKILL`, `stopped (148)`, `interrupted`, `not run`, `waiting`; empty where there is nothing to say. */
export const exitText = (block: Pick<BlockHeader, "status" | "exitCode" | "signal" | "startTime">): string => {
  if (block.status === "idle") return "waiting"
  if (block.status === "success" || block.status === "running") return ""
  if (block.signal !== null) return visibleText(block.signal)
  // It waited for its turn until it was cancelled, or until its session ended.
  if (block.exitCode === null) return block.startTime === null ? "not run" : "interrupted"
  return isStopCode(block.exitCode) ? `stopped (${block.exitCode})` : `exit ${block.exitCode}`
}

/** Rows of a command under its header; the rest of a longer one is counted. */
export const MAX_COMMAND_ROWS = 12

/** The lines of a command as they may be shown: no control byte is left, blank lines at the end are dropped. */
export const commandLines = (command: string): ReadonlyArray<string> =>
  command
    .replace(/[\r\n]+$/, "")
    .split(/\r\n|\r|\n/)
    .map(visibleText)

const ORIGIN_TITLES: Readonly<Record<BlockOrigin, string>> = {
  start: "(shell start)",
  background: "(background output)"
}

/** What stands in place of a command where none printed the block, and which one has left what did; null for a command. */
export const originTitle = ({ origin, from }: BlockMetadata): string | null => {
  if (origin === undefined) return null
  return from === undefined ? ORIGIN_TITLES[origin] : `${ORIGIN_TITLES[origin]} from: ${visibleText(from.command)}`
}

/** The command, or what stands in its place. The blank that makes a command incognito is said in words. */
const titleOf = ({ command, metadata }: BlockHeader): string =>
  originTitle(metadata) ?? (metadata.incognito === true ? command.trimStart() : command)

/** Characters of a command's first line that a header looks at; a command may be a megabyte. */
const MAX_HEADER_LENGTH = 10_000

const firstLine = (command: string): string => {
  const end = command.search(/[\r\n]/)
  const length = Math.min(end < 0 ? command.length : end, MAX_HEADER_LENGTH)
  return visibleText(command.slice(0, length))
}

/** What one header needs besides its block. */
export interface HeaderContext {
  readonly theme: Theme
  /** Cells of the row. */
  readonly width: number
  /** Milliseconds since the epoch; a running block's duration is counted up to it. */
  readonly now: number
  /** Absolute path written as `~`. */
  readonly home: string
  /** Cells for block numbers, the same in every header so that commands stand in one column. */
  readonly numberCells: number
  /** True when the block ran in another directory than the one before it. */
  readonly showDirectory: boolean
  /** True when the block began on another day than the one before it. */
  readonly showDay: boolean
  readonly selected: boolean
  /** The header stands over a part of its block whose beginning is above the view. */
  readonly continued?: boolean
  /** Logical lines of output, printed while folded. */
  readonly lines: number
  /** What is to be said of the rows below it: that they are not all. Empty for nothing. */
  readonly tag?: string
}

/** Cells before the command, or before what the user has put on the block: sign, selection mark, number, blank. */
export const commandColumn = (numberCells: number): number => 2 + numberCells + 1

/** A command gives up room for the fields on the right until it has this share of the row (or its own length). */
const COMMAND_SHARE = 0.4
/** The least room a command keeps, in cells, as long as a field can still be dropped. */
const MIN_COMMAND_CELLS = 12
/** A directory is shortened to this many cells before it is dropped. */
const MIN_DIRECTORY_CELLS = 12
/** A directory takes no more than this share of the row while the command could use the room. */
const DIRECTORY_SHARE = 0.3
/** Blanks between two fields. */
const FIELD_GAP = 2

interface Field {
  readonly text: string
  readonly cells: number
  readonly paint: Paint
}

interface HeaderPlan {
  /** The pin and the name before the command. */
  readonly lead: string
  /** Cells for the command's first row and the tags after it. */
  readonly room: number
  /** From left to right. */
  readonly fields: ReadonlyArray<Field>
}

/** True when what does not fit is cut: of a folded block, and where the command is another block's. */
const isCut = ({ metadata }: BlockHeader): boolean => metadata.folded || metadata.from !== undefined

/** True when no line of the command stands below the header; a line that is too long for it may. */
const endsInHeader = (block: BlockHeader): boolean => isCut(block) || commandLines(titleOf(block)).length === 1

/** What is not shared by a block that ran beside the session's shell, in the words that the room allows, longest first. */
const BESIDE_FORMS = ["beside: its cd, variables and history end with it", "beside"] as const
/** The same of a plain shell, which keeps its history as any shell does. */
const PLAIN_FORMS = ["plain shell beside: its cd and variables end with it", "plain shell beside", "beside"] as const

/** What `room` cells say of a block that ran beside; null when nothing fits, or it did not. */
const besideText = ({ metadata }: BlockHeader, room: number): string | null => {
  if (metadata.beside !== true) return null
  return (metadata.plain === true ? PLAIN_FORMS : BESIDE_FORMS).find((form) => textWidth(form) <= room) ?? null
}

/** How a header says that `count` secrets of its block are not stored, longest first. */
const redactedForms = (count: number): ReadonlyArray<string> => [
  `${count} ${count === 1 ? "secret" : "secrets"} not saved`,
  `${count} not saved`
]

const paintOf = (theme: Theme, outcome: Outcome): Paint => (outcome === "idle" ? theme.quiet : theme[outcome])

/**
 * How long it took, has been running, or may still run. The field's cells depend on nothing that changes while a command
 * runs.
 */
const durationField = ({ status, startTime, endTime, metadata }: BlockHeader, { theme, now }: HeaderContext): Field => {
  const running = status === "running"
  const limited = running && metadata.timeLimit !== undefined
  const cells = limited ? TIME_LEFT_CELLS : DURATION_CELLS
  let text = ""
  if (startTime !== null) {
    if (limited) text = formatTimeLeft(startTime + metadata.timeLimit - now)
    else text = endTime === null ? formatLiveDuration(now - startTime) : formatDuration(endTime - startTime)
  }
  return { text: text.padStart(cells), cells, paint: running ? theme.running : theme.quiet }
}

/**
 * Decides which fields stand on the right and how much room that leaves to the command. When the row is too narrow,
 * these go, in this order: the directory's middle, the day, the directory, the word "secrets", the start time, the
 * duration, what is not saved. The exit code or signal goes last, below about 20 columns. The plan depends on nothing that changes while a command runs (the
 * duration's column is fixed), so a tick never moves a row.
 */
const planHeader = (block: BlockHeader, context: HeaderContext, commandCells: number): HeaderPlan => {
  const { theme } = context
  const start = block.startTime
  const exit = exitText(block)
  const path = context.showDirectory ? tildePath(block.metadata.directory, context.home) : ""
  const fixed = {
    day: context.showDay && start !== null ? { text: formatDay(start), cells: 10, paint: theme.quiet } : null,
    exit: exit === "" ? null : { text: exit, cells: textWidth(exit), paint: paintOf(theme, outcomeOf(block)) },
    duration: durationField(block, context),
    time: {
      text: (start === null ? "" : formatTime(start)).padStart(TIME_CELLS),
      cells: TIME_CELLS,
      paint: theme.quiet
    }
  }
  const row = context.width - commandColumn(context.numberCells)
  const lead = headerLead(block, theme, context.width, row - MIN_COMMAND_CELLS)
  const available = row - textWidth(lead)
  const least = Math.min(commandCells, Math.max(MIN_COMMAND_CELLS, Math.floor(context.width * COMMAND_SHARE)))
  const taken = (fields: ReadonlyArray<Field | null>): number =>
    fields.reduce((sum, field) => (field === null ? sum : sum + field.cells + FIELD_GAP), 0)
  const others: Array<Field | null> = [fixed.exit, null, fixed.day, fixed.duration, fixed.time]
  const directoryCells = Math.min(textWidth(path), MIN_DIRECTORY_CELLS)
  const needsDirectory = () => (path === "" ? 0 : directoryCells + FIELD_GAP)

  let directory: Field | null = null
  const { redacted = 0 } = block.metadata
  if (redacted > 0) {
    const forms = redactedForms(redacted).map((text) => ({ text, cells: textWidth(text), paint: theme.quiet }))
    const fits = (form: Field) => available - taken([fixed.exit, form, fixed.duration, fixed.time]) >= least
    others[1] = forms.find(fits) ?? forms.at(-1)!
  }
  if (available - taken(others) - needsDirectory() < least) others[2] = null
  if (path !== "" && available - taken(others) - needsDirectory() >= least) {
    const free = available - taken(others) - FIELD_GAP
    // Room that a whole command leaves, or, when it is continued below anyway, a fair share.
    const share = Math.min(Math.floor(context.width * DIRECTORY_SHARE), free - least)
    const text = shortenPath(path, Math.max(directoryCells, free - commandCells, share), theme.signs.ellipsis)
    directory = { text, cells: textWidth(text), paint: theme.place }
  }
  for (const index of [4, 3, 1, 0]) {
    const floor = index <= 1 ? Math.min(least, 4) : least
    if (available - taken(others) < floor) others[index] = null
  }
  const fields = [directory, ...others].filter((field) => field !== null)
  return { lead, room: Math.max(available - taken(fields), 0), fields }
}

/** What stands after a folded command: how many lines are hidden, in the command and below it. */
const foldTags = (block: BlockHeader, lines: number, signs: Signs): ReadonlyArray<string> => {
  if (!block.metadata.folded) return []
  const more = commandLines(titleOf(block)).length - 1
  return [
    ...(more > 0 ? [`${signs.newline} +${formatLines(more)}`] : []),
    lines === 0
      ? block.metadata.notices.length > 0
        ? "notices only"
        : "no output"
      : `${signs.more} ${formatLines(lines)}`
  ]
}

/** The command's rows: the first in its room beside the fields, the others under the header, nothing lost. */
const commandRows = (lines: ReadonlyArray<string>, room: number, rest: number): ReadonlyArray<string> =>
  lines.flatMap((line, index) => wrapText(line, index === 0 ? room : rest, rest))

/** The rows of a command that do not fit into its header, counted where they are too many. */
const furtherRows = (lines: ReadonlyArray<string>, room: number, rest: number, signs: Signs): ReadonlyArray<string> => {
  const rows = commandRows(lines, room, rest).slice(1)
  if (rows.length <= MAX_COMMAND_ROWS) return rows
  const shown = rows.slice(0, MAX_COMMAND_ROWS - 1)
  return [...shown, `${signs.more} ${formatLines(rows.length - shown.length)} more`]
}

/**
 * What does not fit into a block's header: the rest of its command, and, each on a row of its own, that it ran beside and
 * what is to be said of the rows below. Plain text in the command's column.
 */
export const commandBelow = (block: BlockHeader, context: HeaderContext): ReadonlyArray<string> => {
  const tag = block.metadata.folded ? "" : (context.tag ?? "")
  if (tag === "") return commandRest(block, context)
  const { signs } = context.theme
  const indent = " ".repeat(commandColumn(context.numberCells))
  const row = truncateText(`${indent}${signs.notice} ${visibleText(tag)}`, context.width, signs.ellipsis)
  return [...commandRest(block, context), row]
}

const commandRest = (block: BlockHeader, context: HeaderContext): ReadonlyArray<string> => {
  if (isCut(block)) return []
  const cells = textWidth(firstLine(titleOf(block)))
  const { room } = planHeader(block, context, cells)
  const lines = commandLines(titleOf(block))
  const whole = lines.length === 1 && cells <= room
  const tagged = whole && besideText(block, room - cells - FIELD_GAP) !== null
  if (whole && (tagged || block.metadata.beside !== true)) return []
  const { signs } = context.theme
  const indent = " ".repeat(commandColumn(context.numberCells))
  const rest = context.width - indent.length
  const rows = whole ? [] : furtherRows(lines, room, rest, signs)
  // The sign tells it from the command, which looks the same here.
  const lead = `${signs.notice} `
  const beside = besideText(block, rest - lead.length)
  return [...rows, ...(beside === null ? [] : [lead + beside])].map((row) => (indent + row).trimEnd())
}

/**
 * A block's header row, with SGR, at most `width` cells:
 * status sign, number, pin, name, the command's first line, tags; on the right directory, exit code or signal, day,
 * duration, start time. A continued one has the sign for "more above" before the command.
 */
export const blockHeaderRow = (block: BlockHeader, context: HeaderContext): string => {
  const { theme, width } = context
  const { signs } = theme
  // A sign, because colours and attributes are not everywhere.
  const above = context.continued === true ? `${signs.above} ` : ""
  const first = above + firstLine(titleOf(block))
  const tags = foldTags(block, context.lines, signs)
  const tagCells = tags.reduce((sum, tag) => sum + FIELD_GAP + textWidth(tag), 0)
  const { lead, room, fields } = planHeader(block, context, textWidth(first) + tagCells)

  // Tags go from the left: the line count is what a folded block is about.
  let shownTags = tags
  let tagRoom = tagCells
  while (shownTags.length > 0 && room - tagRoom < Math.min(textWidth(first), MIN_COMMAND_CELLS)) {
    tagRoom -= FIELD_GAP + textWidth(shownTags[0]!)
    shownTags = shownTags.slice(1)
  }
  const command =
    isCut(block) || context.continued === true
      ? truncateText(first, room - tagRoom, signs.ellipsis)
      : (wrapText(first, room, room)[0] ?? "").trimEnd()

  const outcome = outcomeOf(block)
  const number = String(block.metadata.number).padStart(context.numberCells)
  const parts: Array<readonly [string, Paint]> = [
    [signs[outcome], paintOf(theme, outcome)],
    [`${context.selected ? signs.selected : " "}${number} `, theme.quiet],
    [command.slice(0, above.length), theme.quiet],
    [lead, theme.own],
    [command.slice(above.length), block.metadata.origin === undefined ? theme.strong : theme.quiet]
  ]
  const tagged = block.metadata.beside === true && endsInHeader(block)
  const beside = tagged ? besideText(block, room - tagRoom - textWidth(first) - FIELD_GAP) : null
  for (const tag of beside === null ? shownTags : [...shownTags, beside])
    parts.push([" ".repeat(FIELD_GAP) + tag, theme.quiet])
  const left = parts.reduce((sum, [text]) => sum + textWidth(text), 0)
  const right = fields.reduce((sum, field) => sum + FIELD_GAP + field.cells, 0)
  if (right > 0) parts.push([" ".repeat(Math.max(0, width - left - right)), (text) => text])
  for (const field of fields) parts.push([" ".repeat(FIELD_GAP) + field.text, field.paint])

  if (context.selected) return theme.selected(fitCells(parts.map(([text]) => text).join(""), width))
  const row = parts.map(([text, paint]) => paint(text)).join("")
  return left + right > width ? fitCells(row, width) : row
}
