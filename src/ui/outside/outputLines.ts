import type { BlockHeader } from "../../domain/Block.ts"
import { formatBytes } from "../../domain/formatBytes.ts"
import type { BlockText } from "../../services/persistence/Snapshot.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import type { OutputView } from "../../terminal/OutputView.ts"
import { plain } from "../../terminal/sanitise.ts"
import { RESET } from "../../terminal/sgr.ts"
import { formatGap } from "../blocks/format.ts"
import { stderrOf } from "../blocks/stderrOf.ts"

/** Lines that are given at a time: some 100 KB of ordinary output, which no reader waits for. */
const PIECE_LINES = 1_000

/** A link of a stored line, or its end: pagers of some years ago show it as text. */
const LINK = /\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)/g

/** How lines are wanted: with their colours, or as text alone. */
export type LineForm = "colors" | "plain"

const inForm = (line: string, form: LineForm): string => {
  if (!line.includes("\x1b")) return line
  if (form === "plain") return plain(line)
  const colored = line.replace(LINK, "")
  // One that is still being printed goes on in its look.
  return colored.endsWith(RESET) ? colored : colored + RESET
}

/** What stands where a part of one long line is missing, and no line is. */
const partGap = (bytes: number): string => `… ${formatBytes(bytes)} of a line are not kept …`

/**
 * The lines of one stream that are there when the first is asked for. One that is still being printed may lose lines to the
 * output limit meanwhile: they are counted over everything printed, and what is gone is stated at its place.
 */
function* streamLines(view: OutputView, form: LineForm): Generator<string> {
  const end = view.lineCount + view.hidden.lines
  for (let line = 0; line <= end; ) {
    const { lines: hidden, bytes, headLines } = view.hidden
    if (hidden === 0 && bytes > 0 && line === headLines) yield partGap(bytes)
    if (line === end) return
    if (line >= headLines && line < headLines + hidden) {
      yield formatGap(headLines + hidden - line, bytes)
      line = headLines + hidden
    } else {
      yield inForm(view.line(line < headLines ? line : line - hidden), form)
      line++
    }
  }
}

/**
 * A block's lines: of stdout, then of stderr where it is kept apart. What the output limit left out is stated at its place.
 */
export function* outputLines(outputs: BlockStore, block: BlockHeader, form: LineForm): Generator<string> {
  for (const view of [outputs.get(block.id), stderrOf(outputs, block)])
    if (view !== null) yield* streamLines(view, form)
}

/** The same as text for other programs, in pieces of whole lines. */
export function* outputText(outputs: BlockStore, block: BlockHeader, form: LineForm): Generator<string> {
  let piece: Array<string> = []
  for (const line of outputLines(outputs, block, form)) {
    piece.push(line)
    if (piece.length < PIECE_LINES) continue
    yield `${piece.join("\n")}\n`
    piece = []
  }
  if (piece.length > 0) yield `${piece.join("\n")}\n`
}

/** The same of a block's text that was read from disk. */
export function* storedText({ stdout, stderr }: BlockText, form: LineForm): Generator<string> {
  for (const text of [stdout, stderr]) {
    if (text === "") continue
    const lines = text.replace(/\n$/, "").split("\n")
    for (let at = 0; at < lines.length; at += PIECE_LINES) {
      const piece = lines.slice(at, at + PIECE_LINES).map((line) => inForm(line, form))
      yield `${piece.join("\n")}\n`
    }
  }
}
