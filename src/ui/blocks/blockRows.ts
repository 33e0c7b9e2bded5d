import { type BlockHeader, isFinished } from "../../domain/Block.ts"
import type { OutputView } from "../../terminal/OutputView.ts"
import { blockHeaderRow, commandBelow, type HeaderContext } from "./blockHeader.ts"
import { formatBytes, formatLines } from "./format.ts"
import { truncateText, visibleText, wrapText } from "./visibleText.ts"

/** The kinds of rows a block is made of, from top to bottom; `gap` lies inside the output. */
export type BlockPart = "header" | "command" | "output" | "gap" | "notice"

/** One row of a notice: `first` is false where a long line was wrapped. */
export interface NoticeRow {
  readonly text: string
  readonly first: boolean
}

/** Everything about a block's rows that does not change with scrolling. */
export interface BlockLayout {
  /** Rows of the command under the header. */
  readonly command: ReadonlyArray<string>
  /** Rows of the output, the gap not counted. */
  readonly outputRows: number
  /** The output row in front of which the gap's row stands; null when nothing is missing. */
  readonly gap: number | null
  /** Rows of the notices, without their sign. */
  readonly notices: ReadonlyArray<NoticeRow>
  /** All rows, header included. */
  readonly height: number
}

/** SGR and every other CSI and OSC sequence: a notice is shown as plain text. */
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)/g

/** Cells before a notice's text. */
const NOTICE_INDENT = 2

const noticeRows = (notices: ReadonlyArray<string>, width: number): ReadonlyArray<NoticeRow> => {
  const room = width - NOTICE_INDENT
  return notices.flatMap((notice) =>
    wrapText(visibleText(notice.replace(ESCAPES, "").trimEnd()), room, room).map((text, index) => ({
      text: text.trimEnd(),
      first: index === 0
    }))
  )
}

const gapText = (block: BlockHeader, view: OutputView | null, width: number, cut: string): string => {
  let text = `${formatLines(block.metadata.lines)} of output cannot be read`
  if (view !== null) {
    const { lines, bytes } = view.hidden
    // A part of one long line is hidden without any line missing.
    text = lines === 0 ? `${formatBytes(bytes)} hidden` : `${formatLines(lines)} hidden (${formatBytes(bytes)})`
  }
  const rule = cut.repeat(2)
  return truncateText(`${rule} ${text} ${rule}`, width)
}

/**
 * Measures a block at a width.
 *
 * @param view the block's output; null when there is none, and for a finished block with lines when it cannot be read
 * @param cursorRow whether the program's cursor gets a row although nothing stands there yet
 */
export const layoutBlock = (
  block: BlockHeader,
  view: OutputView | null,
  context: HeaderContext,
  cursorRow: boolean
): BlockLayout => {
  if (block.metadata.folded) return { command: [], outputRows: 0, gap: null, notices: [], height: 1 }
  const command = commandBelow(block, context)
  const notices = noticeRows(block.metadata.notices, context.width)
  let outputRows = view === null ? 0 : view.rowCount(context.width)
  if (cursorRow && view !== null) outputRows = Math.max(outputRows, (view.cursor(context.width)?.row ?? -1) + 1)
  let gap: number | null = null
  if (view === null) gap = isFinished(block.status) && block.metadata.lines > 0 ? 0 : null
  else if (view.hidden.lines > 0 || view.hidden.bytes > 0) gap = view.rowOfLine(context.width, view.hidden.headLines)
  const height = 1 + command.length + outputRows + (gap === null ? 0 : 1) + notices.length
  return { command, outputRows, gap, notices, height }
}

/** Which part of a block its row `row` belongs to, and the row within that part (output rows without the gap). */
export const partAt = (layout: BlockLayout, row: number): { readonly part: BlockPart; readonly row: number } => {
  if (row <= 0) return { part: "header", row: 0 }
  let rest = row - 1
  if (rest < layout.command.length) return { part: "command", row: rest }
  rest -= layout.command.length
  const body = layout.outputRows + (layout.gap === null ? 0 : 1)
  if (rest < body) {
    if (layout.gap === null || rest < layout.gap) return { part: "output", row: rest }
    return rest === layout.gap ? { part: "gap", row: 0 } : { part: "output", row: rest - 1 }
  }
  return { part: "notice", row: Math.max(0, Math.min(rest - body, layout.notices.length - 1)) }
}

/** The block's row that shows row `row` of a part: the inverse of `partAt`. */
export const rowOfPart = (layout: BlockLayout, part: BlockPart, row: number): number => {
  const output = 1 + layout.command.length
  switch (part) {
    case "header":
      return 0
    case "command":
      return 1 + row
    case "gap":
      return output + (layout.gap ?? 0)
    case "output":
      return output + row + (layout.gap !== null && row >= layout.gap ? 1 : 0)
    case "notice":
      return output + layout.outputRows + (layout.gap === null ? 0 : 1) + row
  }
}

/**
 * `count` rows of a block from its row `from`, with SGR, each at most `width` cells. Only these are computed: output
 * is asked for the rows in view and no others.
 */
export const blockRows = (
  block: BlockHeader,
  view: OutputView | null,
  layout: BlockLayout,
  context: HeaderContext,
  from: number,
  count: number
): ReadonlyArray<string> => {
  const { theme, width } = context
  const rows: Array<string> = []
  const end = Math.min(from + count, layout.height)
  let row = Math.max(0, from)
  while (row < end) {
    const at = partAt(layout, row)
    if (at.part === "output" && view !== null) {
      const stop = layout.gap !== null && at.row < layout.gap ? layout.gap : layout.outputRows
      const wanted = Math.min(end - row, stop - at.row)
      const got = view.rows(width, at.row, wanted)
      // The output may have changed since it was measured; its next notice measures it again.
      for (let i = 0; i < wanted; i++) rows.push(got[i] ?? "")
      row += wanted
      continue
    }
    if (at.part === "header") rows.push(blockHeaderRow(block, context))
    else if (at.part === "command") rows.push(theme.quiet(layout.command[at.row]!))
    else if (at.part === "gap") rows.push(theme.interrupted(gapText(block, view, width, theme.signs.cut)))
    else {
      const notice = layout.notices[at.row]
      const lead = notice?.first ? `${theme.signs.notice} ` : " ".repeat(NOTICE_INDENT)
      rows.push(theme.quiet(lead + (notice?.text ?? "")))
    }
    row++
  }
  return rows
}
