import { type BlockHeader, EMPTY_ACCOUNT, type OutputAccount } from "../domain/Block.ts"
import type { PersistenceError } from "../services/persistence/PersistenceError.ts"
import type { BlockText } from "../services/persistence/Snapshot.ts"
import type { BlockOutput } from "../terminal/BlockOutput.ts"
import type { BlockStore } from "../terminal/BlockStore.ts"
import { stderrOf } from "../ui/blocks/stderrOf.ts"

/** Text that is worked on at a time, in characters: a piece takes a millisecond or two. */
const PIECE_CHARACTERS = 16 * 1024

/** What the output limit left out of a stream's middle. */
export interface Gap {
  readonly lines: number
  /** Bytes of stored text. */
  readonly bytes: number
}

/** One stream of a block. */
export interface ExportedStream {
  /** The stored text from its beginning, in pieces of whole lines; the last one may have no newline. */
  readonly pieces: () => Iterable<string>
  readonly gap: Gap
  /** Lines before the gap. */
  readonly headLines: number
}

/** A block as it is exported. */
export interface ExportedBlock {
  readonly header: BlockHeader
  readonly stdout: ExportedStream
  readonly stderr: ExportedStream
  /** Why its output could not be read, one line, untrusted; null when it could. */
  readonly problem: string | null
}

/** A text in pieces of whole lines. */
export function* textPieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at + PIECE_CHARACTERS)
    const end = newline === -1 ? text.length : newline + 1
    yield text.slice(at, end)
    at = end
  }
}

/** An output's lines, as it is now, in pieces. */
function* outputPieces(output: BlockOutput): Generator<string> {
  let piece = ""
  for (let index = 0; index < output.lineCount; index++) {
    piece += output.line(index)
    if (index < output.lineCount - 1 || !output.isOpen) piece += "\n"
    if (piece.length < PIECE_CHARACTERS) continue
    yield piece
    piece = ""
  }
  if (piece !== "") yield piece
}

const gapOf = ({ hiddenLines, hiddenBytes }: OutputAccount): Gap => ({ lines: hiddenLines, bytes: hiddenBytes })

const storedStream = (text: string, account: OutputAccount): ExportedStream => ({
  pieces: () => textPieces(text),
  gap: gapOf(account),
  headLines: account.headLines
})

/** A block as it is stored, or why it cannot be read. */
export const storedBlock = (header: BlockHeader, output: BlockText | PersistenceError): ExportedBlock => {
  const isRead = "stdout" in output
  return {
    header,
    stdout: storedStream(isRead ? output.stdout : "", isRead ? header.metadata : EMPTY_ACCOUNT),
    stderr: storedStream(isRead ? output.stderr : "", (isRead ? header.metadata.stderr : undefined) ?? EMPTY_ACCOUNT),
    problem: isRead ? null : output.message
  }
}

const outputStream = (output: BlockOutput | null): ExportedStream => ({
  pieces: () => (output === null ? [] : outputPieces(output)),
  gap: { lines: output?.hidden.lines ?? 0, bytes: output?.hidden.bytes ?? 0 },
  headLines: output?.hidden.headLines ?? 0
})

/** A block of an open session as it is now, also while it runs. */
export const openBlock = (outputs: BlockStore, header: BlockHeader): ExportedBlock => ({
  header,
  stdout: outputStream(outputs.get(header.id)),
  stderr: outputStream(stderrOf(outputs, header)),
  problem: null
})

/** Where line `count` of a text begins; -1 where it has not so many. */
const afterLines = (text: string, count: number): number => {
  let at = 0
  for (let line = 0; line < count; line++) {
    at = text.indexOf("\n", at) + 1
    if (at === 0) return -1
  }
  return at
}

const lineEnds = (text: string): number => {
  let count = 0
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++
  return count
}

/** A stream for people: whole lines, each with its newline, and the gap in its place. */
export function* partsOf({ pieces, gap, headLines }: ExportedStream): Generator<string | Gap> {
  let before = headLines
  let isTold = gap.lines === 0
  for (const piece of pieces()) {
    const whole = piece.endsWith("\n") ? piece : `${piece}\n`
    const cut = isTold ? -1 : afterLines(whole, before)
    if (cut === -1) {
      if (!isTold) before -= lineEnds(whole)
      yield whole
      continue
    }
    if (cut > 0) yield whole.slice(0, cut)
    yield gap
    isTold = true
    if (cut < whole.length) yield whole.slice(cut)
  }
  if (!isTold) yield gap
}
