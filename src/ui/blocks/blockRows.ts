import {
  type BlockHeader,
  EMPTY_ACCOUNT,
  isFinished,
  type OutputAccount,
  type OutputStream
} from "../../domain/Block.ts"
import { formatBytes } from "../../domain/formatBytes.ts"
import { DEFAULT_FOLD_LINES } from "../../domain/limits.ts"
import { fitCells, styledWidth, textWidth } from "../../terminal/cells.ts"
import type { OutputView } from "../../terminal/OutputView.ts"
import type { Theme } from "../theme.ts"
import { blockHeaderRow, commandBelow, commandColumn, type HeaderContext } from "./blockHeader.ts"
import { type NoteRow, noteRows, noteText } from "./blockSayings.ts"
import { type FoldLines, type FoldPreview, foldPreview, type PreviewRow } from "./foldPreview.ts"
import { formatLines } from "./format.ts"
import { type LineMarker, markRows } from "./lineMarks.ts"
import { linkRows } from "./linkRows.ts"
import { truncateText, visibleText, wrapText } from "./visibleText.ts"

/**
 * The kinds of rows a block is made of, from top to bottom; a gap lies inside the rows of its stream, and so does what
 * stands for folded lines. `output` is stdout, and both streams where they are not kept apart.
 */
const PARTS = [
  "header",
  "command",
  "note",
  "output",
  "gap",
  "fold",
  "stderrRule",
  "stderr",
  "stderrGap",
  "notice"
] as const
export type BlockPart = (typeof PARTS)[number]

/** A block's output: what was printed to `stdout`, and to `stderr` where it is kept apart. */
export interface BlockStreams {
  readonly stdout: OutputView | null
  readonly stderr: OutputView | null
}

/** A block's output where there is none. */
export const NO_STREAMS: BlockStreams = { stdout: null, stderr: null }

/** One row of a notice: `first` is false where a long line was wrapped. */
export interface NoticeRow {
  readonly text: string
  readonly first: boolean
}

/** Rows of one part that stand together. */
interface Run {
  readonly part: BlockPart
  /** Which of the part's rows is the first. */
  readonly from: number
  readonly rows: number
  /** The line of its last row goes on, and is not shown any further. */
  readonly cut?: boolean
}

/** A run and the block's row at which it begins. */
interface Section extends Run {
  readonly at: number
}

/** Everything about a block's rows that does not change with scrolling. */
export interface BlockLayout {
  /** Rows of the command under the header. */
  readonly command: ReadonlyArray<string>
  /** Rows of the user's note, without sign and indentation. */
  readonly note: ReadonlyArray<NoteRow>
  /** Rows of `output`, the gap not counted. */
  readonly outputRows: number
  /** Rows of the notices, without their sign. */
  readonly notices: ReadonlyArray<NoticeRow>
  /** All rows from top to bottom; none is empty, the first is the header. */
  readonly sections: ReadonlyArray<Section>
  /** All rows, header included. */
  readonly height: number
  /** What a folded block that shows lines of its output hides between them; null for every other. */
  readonly fold: (Pick<FoldPreview, "hidden" | "next"> & { readonly at: number }) | null
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

/** Text between two short rules of `sign`. */
const ruled = (text: string, sign: string, { width, theme }: HeaderContext): string =>
  truncateText(`${sign.repeat(2)} ${text} ${sign.repeat(2)}`, width, theme.signs.ellipsis)

/** What stands where rows of a stream are missing. */
const gapText = (view: OutputView | null, lost: string): string => {
  if (view === null) return `${lost} cannot be read`
  const { lines, bytes } = view.hidden
  // A part of one long line is hidden without any line missing.
  return lines === 0 ? `${formatBytes(bytes)} hidden` : `${formatLines(lines)} hidden (${formatBytes(bytes)})`
}

/** The stream's row in front of which its gap stands; null when nothing is missing. */
const gapOf = (view: OutputView | null, lost: boolean, width: number): number | null => {
  if (view === null) return lost ? 0 : null
  return view.hidden.lines > 0 || view.hidden.bytes > 0 ? view.rowOfLine(width, view.hidden.headLines) : null
}

const streamRuns = (
  part: "output" | "stderr",
  gapPart: BlockPart,
  rows: number,
  gap: number | null
): ReadonlyArray<Run> =>
  gap === null
    ? [{ part, from: 0, rows }]
    : [
        { part, from: 0, rows: gap },
        { part: gapPart, from: 0, rows: 1 },
        { part, from: gap, rows: rows - gap }
      ]

const stacked = (runs: ReadonlyArray<Run>): ReadonlyArray<Section> => {
  let at = 0
  return runs
    .filter(({ rows }) => rows > 0)
    .map((run) => {
      const section = { ...run, at }
      at += run.rows
      return section
    })
}

const stderrAccount = (block: BlockHeader): OutputAccount => block.metadata.stderr ?? EMPTY_ACCOUNT

/**
 * Measures a block at a width.
 *
 * @param streams the block's output; a stream is null when there is none, and for a finished block with lines when it
 *   cannot be read
 * @param cursorRow whether the program's cursor gets a row although nothing stands there yet
 * @param foldLines how many lines it shows while it is folded
 */
export const layoutBlock = (
  block: BlockHeader,
  { stdout, stderr }: BlockStreams,
  context: HeaderContext,
  cursorRow: boolean,
  foldLines: FoldLines = DEFAULT_FOLD_LINES
): BlockLayout => {
  const header: Run = { part: "header", from: 0, rows: 1 }
  const { width } = context
  const note = noteRows(block, context.theme, width, commandColumn(context.numberCells))
  const noteRun: Run = { part: "note", from: 0, rows: note.length }
  if (block.metadata.folded) return layoutFolded([header, noteRun], note, foldPreview(stdout, stderr, width, foldLines))
  const command = commandBelow(block, context)
  const notices = noticeRows(block.metadata.notices, width)
  const finished = isFinished(block.status)
  let outputRows = stdout?.rowCount(width) ?? 0
  if (cursorRow && stdout !== null) outputRows = Math.max(outputRows, (stdout.cursor(width)?.row ?? -1) + 1)
  const gap = gapOf(stdout, finished && block.metadata.lines > 0, width)
  const stderrRows = stderr?.rowCount(width) ?? 0
  const stderrGap = gapOf(stderr, finished && stderrAccount(block).lines > 0, width)
  const sections = stacked([
    header,
    { part: "command", from: 0, rows: command.length },
    noteRun,
    ...streamRuns("output", "gap", outputRows, gap),
    { part: "stderrRule", from: 0, rows: stderrRows > 0 || stderrGap !== null ? 1 : 0 },
    ...streamRuns("stderr", "stderrGap", stderrRows, stderrGap),
    { part: "notice", from: 0, rows: notices.length }
  ])
  const last = sections.at(-1)!
  return { command, note, outputRows, notices, sections, height: last.at + last.rows, fold: null }
}

const layoutFolded = (
  above: ReadonlyArray<Run>,
  note: ReadonlyArray<NoteRow>,
  preview: FoldPreview | null
): BlockLayout => {
  const previewRun = ({ part, row, cut }: PreviewRow): Run => ({ part, from: row, rows: 1, cut })
  const runs: ReadonlyArray<Run> =
    preview === null
      ? []
      : [...preview.head.map(previewRun), { part: "fold", from: 0, rows: 1 }, ...preview.tail.map(previewRun)]
  const sections = stacked([...above, ...runs])
  const at = sections.find(({ part }) => part === "fold")?.at
  const fold = preview === null || at === undefined ? null : { hidden: preview.hidden, next: preview.next, at }
  return { command: [], note, outputRows: 0, notices: [], sections, height: sections.length, fold }
}

/** A row of a block as a row of one of its parts; rows of a stream are counted without its gap. */
export interface PartRow {
  readonly part: BlockPart
  readonly row: number
}

/** Which part of a block its row `row` belongs to, and the row within that part. */
export const partAt = ({ sections, height }: BlockLayout, row: number): PartRow => {
  const clamped = Math.max(0, Math.min(row, height - 1))
  const { part, from, at } = sections.findLast((section) => section.at <= clamped)!
  return { part, row: from + clamped - at }
}

/**
 * The block's row that shows row `row` of a part: the inverse of `partAt`. Past the part's end it is the part's last
 * row; for a row that a fold hides, the row that stands for it; for a part that the block does not have, the row that
 * stands in its place.
 */
export const rowOfPart = ({ sections, height, fold }: BlockLayout, part: BlockPart, row: number): number => {
  let last: Section | null = null
  let above = 0
  for (const section of sections) {
    if (section.part === part) {
      if (row < section.from) return section.at - 1
      if (row < section.from + section.rows) return section.at + row - section.from
      last = section
    } else if (PARTS.indexOf(section.part) < PARTS.indexOf(part)) above = section.at + section.rows
  }
  if (last === null) return Math.min(above, height - 1)
  return fold !== null && last.at < fold.at ? fold.at : last.at + last.rows - 1
}

const noticeText = (notice: NoticeRow, { signs }: Theme): string =>
  (notice.first ? `${signs.notice} ` : " ".repeat(NOTICE_INDENT)) + notice.text

/** A full row with the sign at its end that its line goes on. */
const cutRow = (row: string, { width, theme }: HeaderContext): string => {
  const { ellipsis } = theme.signs
  const room = width - textWidth(ellipsis)
  return (styledWidth(row) > room ? fitCells(row, room) : row) + theme.quiet(ellipsis)
}

/**
 * `count` rows of a block from its row `from`, with SGR, each at most `width` cells. Only these are computed: a stream
 * is asked for the rows in view and no others.
 *
 * @param marker what stands out in the output
 */
export const blockRows = (
  block: BlockHeader,
  streams: BlockStreams,
  layout: BlockLayout,
  context: HeaderContext,
  from: number,
  count: number,
  marker: LineMarker | null = null
): ReadonlyArray<string> => {
  const { theme, width } = context
  const { signs } = theme

  const streamRows = (stream: OutputStream, first: number, wanted: number): ReadonlyArray<string> => {
    const view = streams[stream]
    if (view === null) return []
    const rows = linkRows(view, width, first, view.rows(width, first, wanted))
    const tinted = stream === "stderr" ? rows.map(theme.stderr) : rows
    if (marker === null) return tinted
    return markRows(view, width, first, tinted, theme, (line, text) => marker(block, stream, line, text))
  }

  const partRows = (part: BlockPart, first: number, wanted: number): ReadonlyArray<string> => {
    const end = first + wanted
    switch (part) {
      case "header":
        return [blockHeaderRow(block, context)]
      case "command":
        return layout.command.slice(first, end).map(theme.quiet)
      case "note": {
        const column = commandColumn(context.numberCells)
        return layout.note.slice(first, end).map((row) => noteText(row, theme, width, column))
      }
      case "output":
        return streamRows("stdout", first, wanted)
      case "gap": {
        const lost = `${formatLines(block.metadata.lines)} of output`
        return [theme.interrupted(ruled(gapText(streams.stdout, lost), signs.cut, context))]
      }
      case "fold":
        return [theme.quiet(`${signs.more} ${formatLines(layout.fold?.hidden ?? 0)} folded`)]
      case "stderrRule":
        return [theme.quiet(ruled("stderr", signs.rule, context))]
      case "stderr":
        return streamRows("stderr", first, wanted)
      case "stderrGap": {
        const lost = `${formatLines(stderrAccount(block).lines)} of stderr`
        return [theme.interrupted(ruled(gapText(streams.stderr, lost), signs.cut, context))]
      }
      case "notice":
        return layout.notices.slice(first, end).map((notice) => theme.quiet(noticeText(notice, theme)))
    }
  }

  const rows: Array<string> = []
  for (const section of layout.sections) {
    const first = Math.max(from, section.at)
    const wanted = Math.min(from + count, section.at + section.rows) - first
    if (wanted <= 0) continue
    const got = partRows(section.part, section.from + first - section.at, wanted)
    // The output may have changed since it was measured; its next notice measures it again.
    for (let i = 0; i < wanted; i++) rows.push(got[i] ?? "")
    if (section.cut === true) rows.push(cutRow(rows.pop() ?? "", context))
  }
  return rows
}
