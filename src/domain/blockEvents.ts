import { type Block, isFinished, type OutputAccount, type OutputStream } from "./Block.ts"
import { blockNameProblem, isBlockNote } from "./blockName.ts"
import type { BlockFinished, OutputFrozen, SessionEvent } from "./SessionEvent.ts"

/** Characters of output in one event: encoding more at once would be felt by somebody who types. */
export const PIECE_CHARACTERS = 131_072

/** Lines in one run, the first of them by its number. */
interface Run {
  readonly firstLine: number
  readonly lines: ReadonlyArray<string>
}

/** The same lines in runs of about `PIECE_CHARACTERS`, in order. */
export function* piecesOf({ firstLine, lines }: Run): Generator<Run> {
  let from = 0
  let characters = 0
  for (const [index, line] of lines.entries()) {
    characters += line.length + 1
    if (characters < PIECE_CHARACTERS && index < lines.length - 1) continue
    yield { firstLine: firstLine + from, lines: lines.slice(from, index + 1) }
    from = index + 1
    characters = 0
  }
}

/** The lines of a stored text; `unfinished` when the last has no newline. */
const linesOf = (text: string): { readonly lines: ReadonlyArray<string>; readonly unfinished: boolean } => {
  const lines = text.split("\n")
  const unfinished = lines.at(-1) !== ""
  return { lines: unfinished ? lines : lines.slice(0, -1), unfinished }
}

const outputEvents = (
  block: Block,
  stream: OutputStream,
  account: OutputAccount
): ReadonlyArray<typeof OutputFrozen.Type> => {
  const { lines, unfinished } = linesOf(block[stream])
  const head = account.hiddenLines > 0 ? Math.min(account.headLines, lines.length) : 0
  const pieces = [
    ...piecesOf({ firstLine: 0, lines: lines.slice(0, head) }),
    ...piecesOf({ firstLine: head + account.hiddenLines, lines: lines.slice(head) })
  ]
  return pieces.map((piece, index) => ({
    _tag: "OutputFrozen",
    block: block.id,
    ...piece,
    ...(stream === "stderr" && { stream }),
    ...(unfinished && index === pieces.length - 1 && { unfinished })
  }))
}

/** What was printed, counted from the text itself: it may come from elsewhere. */
const accountOf = (text: string, { hiddenLines, hiddenBytes, headLines }: OutputAccount): OutputAccount => {
  const { length } = linesOf(text).lines
  return { lines: length + hiddenLines, hiddenLines, hiddenBytes, headLines: Math.min(headLines, length) }
}

/**
 * The events that make a session have `block`, whole. Its number is the session's next one, and it becomes the active
 * block unless it has not started. Its text must be sanitised. A name or note that cannot be one is left out; a name that
 * another block has becomes this one's.
 *
 * @param now stands in for times that the block does not have; milliseconds since the epoch
 */
export const blockEvents = (block: Block, now: number): ReadonlyArray<SessionEvent> => {
  const { id, command, metadata, startTime } = block
  const { directory, origin, from, beside, plain, timeLimit, notices, folded, name, note, pinned, redacted } = metadata
  const incognito = metadata.incognito === true && { incognito: true }
  const begun = startTime ?? now
  const ended = block.endTime ?? Math.max(begun, now)
  const hasStderr = block.stderr !== "" || metadata.stderr !== undefined
  const stderr = metadata.stderr ?? { lines: 0, hiddenLines: 0, hiddenBytes: 0, headLines: 0 }
  const events: Array<SessionEvent> = [
    startTime === null && block.status !== "running"
      ? { _tag: "BlockQueued", at: begun, block: id, command, directory, ...incognito }
      : {
          _tag: "BlockStarted",
          at: begun,
          block: id,
          command,
          directory,
          ...(origin !== undefined && { origin }),
          ...(from !== undefined && { from }),
          ...(beside === true && { beside }),
          ...(plain === true && { plain }),
          ...(timeLimit !== undefined && { timeLimit }),
          ...incognito,
          ...(hasStderr && { split: true })
        },
    ...outputEvents(block, "stdout", metadata),
    ...(hasStderr ? outputEvents(block, "stderr", stderr) : [])
  ]
  if (isFinished(block.status)) {
    const finished: typeof BlockFinished.Type = {
      _tag: "BlockFinished",
      at: ended,
      block: id,
      status: block.status,
      exitCode: block.exitCode,
      signal: block.signal,
      ...accountOf(block.stdout, metadata),
      ...(hasStderr && { stderr: accountOf(block.stderr, stderr) })
    }
    events.push(finished)
  }
  if (notices.length > 0) events.push({ _tag: "NoticeAdded", at: ended, block: id, lines: notices })
  if (folded) events.push({ _tag: "BlockFolded", at: ended, block: id, folded })
  if (name !== undefined && blockNameProblem(name) === null) {
    events.push({ _tag: "BlockRenamed", at: ended, block: id, name })
  }
  if (note !== undefined && isBlockNote(note)) events.push({ _tag: "BlockNoted", at: ended, block: id, note })
  if (pinned === true) events.push({ _tag: "BlockPinned", at: ended, block: id, pinned })
  if (redacted !== undefined && redacted > 0) events.push({ _tag: "SecretsRedacted", block: id, count: redacted })
  return events
}
