import type { BlockHeader } from "../domain/Block.ts"
import type { PersistenceError } from "../services/persistence/PersistenceError.ts"
import type { BlockText } from "../services/persistence/Snapshot.ts"
import { plain, sanitise } from "../terminal/sanitise.ts"
import { exitText, originTitle, outcomeOf } from "../ui/blocks/blockHeader.ts"
import { formatDay, formatDuration, formatGap, formatTime, tildePath } from "../ui/blocks/format.ts"
import { visibleText } from "../ui/blocks/visibleText.ts"
import { type ExportedBlock, type ExportedStream, partsOf, storedBlock } from "./ExportedBlock.ts"

/** How a session's text looks. */
export interface TextLook {
  /** The program's own colours, and ours. */
  readonly colors: boolean
  /** Direction controls are spelled out: they would make lines read otherwise than they run. */
  readonly forTerminal: boolean
  /** Absolute path written as `~`. */
  readonly home: string
}

const SIGNS = { idle: "○", running: "●", success: "✓", failure: "✗", interrupted: "⊘" } as const

/** Fields of a header stand this far apart. */
const GAP = "  "

const bold = (text: string, { colors }: TextLook) => (colors ? `\x1b[1m${text}\x1b[0m` : text)
const dim = (text: string, { colors }: TextLook) => (colors ? `\x1b[2m${text}\x1b[0m` : text)

const stateOf = (block: BlockHeader): string =>
  block.status === "running" || block.status === "idle" ? block.status : exitText(block)

const duration = ({ startTime, endTime }: BlockHeader): string =>
  startTime === null || endTime === null ? "" : formatDuration(endTime - startTime)

/** Before the command, where the user has pinned the block, and before what they have noted about it. */
const [PINNED, NOTE] = ["⚑ ", "✎ "]

/**
 * `✗ 3 @tests make test  exit 2  1.2s  ~/work  2026-08-05 12:00:00`, the further lines of the command and the user's note
 * below it.
 */
export const headerText = (block: BlockHeader, look: TextLook): string => {
  const { number, directory, name, note, pinned } = block.metadata
  const [command = "", ...more] = block.command.replace(/\n+$/, "").split("\n").map(visibleText)
  const title = originTitle(block.metadata) ?? command
  const time = block.startTime === null ? "" : `${formatDay(block.startTime)} ${formatTime(block.startTime)}`
  const fields = [stateOf(block), duration(block), tildePath(directory, look.home), time]
  const rest = fields.filter((field) => field !== "").join(GAP)
  const own = `${pinned === true ? PINNED : ""}${name === undefined ? "" : `@${visibleText(name)} `}`
  const lines = [`${bold(`${SIGNS[outcomeOf(block)]} ${number} ${own}${title}`, look)}${GAP}${dim(rest, look)}`]
  const below = [
    ...more.map((line) => bold(`    ${line}`, look)),
    ...(note === undefined ? [] : [`    ${NOTE}${visibleText(note)}`])
  ]
  return [...lines, ...below].map((line) => `${line}\n`).join("")
}

/** One stored line for where it is shown; its own colours end with it. */
const shownLine = (line: string, { colors, forTerminal }: TextLook): string => {
  const text = colors ? line : plain(line)
  const safe = forTerminal ? sanitise(text) : text
  return safe.includes("\x1b") ? `${safe}\x1b[0m` : safe
}

/** Whole lines. Most have no colours, and are many: those are taken together. */
const shownLines = (text: string, look: TextLook): string => {
  if (!text.includes("\x1b")) return look.forTerminal ? sanitise(text) : text
  return text
    .split("\n")
    .map((line) => shownLine(line, look))
    .join("\n")
}

/** A stream's pieces, with a line that says so where the output limit left lines out of its middle. */
function* streamPieces(stream: ExportedStream, look: TextLook): Generator<string> {
  for (const part of partsOf(stream))
    yield typeof part === "string" ? shownLines(part, look) : `${dim(formatGap(part.lines, part.bytes), look)}\n`
}

/** A block's output alone, as a file would have it: stdout, then what was kept apart of stderr. */
export function* outputPieces({ stdout, stderr, problem }: ExportedBlock, look: TextLook): Generator<string> {
  if (problem !== null) yield `${visibleText(problem)}\n`
  yield* streamPieces(stdout, look)
  yield* streamPieces(stderr, look)
}

/** A block as text, in pieces of whole lines: header, output, errors that were kept apart, notices. */
export function* blockPieces({ header, stdout, stderr, problem }: ExportedBlock, look: TextLook): Generator<string> {
  yield headerText(header, look)
  if (problem !== null) yield `${visibleText(problem)}\n`
  yield* streamPieces(stdout, look)
  let isFirst = true
  for (const piece of streamPieces(stderr, look)) {
    yield isFirst ? `${dim("stderr:", look)}\n${piece}` : piece
    isFirst = false
  }
  for (const line of header.metadata.notices) yield `${dim(`| ${visibleText(line)}`, look)}\n`
}

/** A block as text, whole. */
export const blockText = (block: BlockHeader, output: BlockText | PersistenceError, look: TextLook): string =>
  [...blockPieces(storedBlock(block, output), look)].join("")
