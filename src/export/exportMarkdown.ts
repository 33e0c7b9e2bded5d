import type { BlockHeader } from "../domain/Block.ts"
import { plain, sanitise } from "../terminal/sanitise.ts"
import { exitText, originTitle, outcomeOf } from "../ui/blocks/blockHeader.ts"
import { formatDay, formatDuration, formatGap, formatTime, tildePath } from "../ui/blocks/format.ts"
import { fenceOfLength, longestRun, promptedCommand } from "../ui/blocks/pastedBlock.ts"
import { truncateText, visibleText } from "../ui/blocks/visibleText.ts"
import { type ExportedBlock, type ExportedStream, partsOf } from "./ExportedBlock.ts"

/** Cells of a command in a heading; the whole of it is in the block of code. */
const HEADING_CELLS = 80

const SIGNS = { idle: "○", running: "●", success: "✓", failure: "✗", interrupted: "⊘" } as const

/** Text as a span of code, which nothing in it can end (CommonMark 6.1). */
export const codeSpan = (text: string): string => {
  const fence = "`".repeat(longestRun(text) + 1)
  return `${fence}${/^`|`$|^ .* $/.test(text) ? ` ${text} ` : text}${fence}`
}

const fieldsOf = (block: BlockHeader, home: string): string => {
  const { startTime, endTime, metadata } = block
  const state = block.status === "running" || block.status === "idle" ? block.status : exitText(block)
  return [
    state,
    startTime === null || endTime === null ? "" : formatDuration(endTime - startTime),
    codeSpan(tildePath(metadata.directory, home)),
    startTime === null ? "" : `${formatDay(startTime)} ${formatTime(startTime)}`
  ]
    .filter((field) => field !== "")
    .join(" · ")
}

/** A stream as its plain text, direction controls spelled out. */
function* plainParts(stream: ExportedStream): Generator<string> {
  for (const part of partsOf(stream))
    yield typeof part === "string" ? sanitise(plain(part)) : `${formatGap(part.lines, part.bytes)}\n`
}

/**
 * A block of code. Its text is read twice: first for a fence that it cannot close. What a running command has printed in
 * between stands in another block, when it could.
 */
function* codeBlock(info: string, parts: () => Iterable<string>): Generator<string> {
  let longest = 0
  let isEmpty = true
  for (const part of parts()) {
    isEmpty = false
    longest = Math.max(longest, longestRun(part))
    // A step of its own for whoever shares out the time.
    yield ""
  }
  if (isEmpty) return
  let fence = fenceOfLength(longest + 1)
  yield `${fence}${info}\n`
  for (const part of parts()) {
    const run = longestRun(part)
    if (run >= fence.length) {
      yield `${fence}\n\n`
      fence = fenceOfLength(run + 1)
      yield `${fence}${info}\n`
    }
    yield part
  }
  yield `${fence}\n\n`
}

/** A section: heading, how it went, command and output, standard error that was kept apart, notices. */
export function* markdownBlock({ header, stdout, stderr, problem }: ExportedBlock, home: string): Generator<string> {
  const { number, name, note, notices } = header.metadata
  const command = sanitise(plain(header.command))
  const [first = ""] = command.split("\n").map(visibleText)
  const title = originTitle(header.metadata) ?? first
  const heading = [
    `## ${SIGNS[outcomeOf(header)]} ${number}`,
    ...(name === undefined ? [] : [`@${visibleText(name)}`]),
    codeSpan(truncateText(title.trim(), HEADING_CELLS) || " ")
  ]
  yield `${heading.join(" ")}\n\n${fieldsOf(header, home)}\n\n`
  if (note !== undefined) yield `${codeSpan(visibleText(note))}\n\n`
  if (problem !== null) yield `${codeSpan(visibleText(problem))}\n\n`
  yield* codeBlock("console", function* () {
    if (command !== "") yield promptedCommand(command)
    yield* plainParts(stdout)
  })
  let isFirst = true
  for (const piece of codeBlock("text", () => plainParts(stderr))) {
    yield isFirst ? `Standard error:\n\n${piece}` : piece
    isFirst = false
  }
  yield* codeBlock("text", () => notices.map((line) => `${visibleText(line)}\n`))
}
