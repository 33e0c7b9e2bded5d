import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { BlockId } from "../../domain/ids.ts"
import type { BlockOutput } from "../../terminal/BlockOutput.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import type { TerminalSize } from "../../terminal/TerminalSize.ts"
import { repairOf } from "./ownTerminal.ts"
import type { Sink } from "./Sink.ts"
import type { StartedOutput } from "./start.ts"

/** Output that may wait to be parsed before the command is held up, and what is left of it when it goes on, in bytes. */
const BACKLOG_HIGH_BYTES = 512 * 1024
const BACKLOG_LOW_BYTES = 128 * 1024

const LF = 0x0a
const CR = 0x0d

/** Lines as a terminal prints them (ONLCR): what comes through a pipe ends them with LF alone. */
export const asPrinted = (bytes: Uint8Array): Uint8Array => {
  let ends = 0
  for (const byte of bytes) if (byte === LF) ends++
  if (ends === 0) return bytes
  const printed = Buffer.allocUnsafe(bytes.length + ends)
  let at = 0
  for (const byte of bytes) {
    if (byte === LF) printed[at++] = CR
    printed[at++] = byte
  }
  return printed
}

/** One of a command's streams on its way: to ours as it comes, and into the block. */
export interface OutputCopy {
  /** Ends with the stream, or once nobody reads ours any more: then whoever prints into a pipe gets SIGPIPE. */
  readonly run: Effect.Effect<void>
  readonly resize: (size: TerminalSize) => void
  /** Brings our terminal back from where a command that was killed has left it. */
  readonly repair: Effect.Effect<void>
}

/** Opens the block's side of a stream. */
export const copyOutput = (
  { stream, isTerminal, bytes }: StartedOutput,
  sink: Sink,
  outputs: BlockStore,
  block: BlockId,
  size: TerminalSize
): OutputCopy => {
  let goOn: (() => void) | null = null
  const onBacklog = (backlog: number) => {
    if (backlog > BACKLOG_LOW_BYTES) return
    goOn?.()
    goOn = null
  }
  // Replies to the program's queries come from the terminal that shows it.
  const output: BlockOutput = outputs.open(block, size, () => {}, onBacklog, stream)
  const keep = (chunk: Uint8Array): Effect.Effect<void> =>
    Effect.async((resume) => {
      output.write(isTerminal ? chunk : asPrinted(chunk))
      if (output.backlog <= BACKLOG_HIGH_BYTES) resume(Effect.void)
      else goOn = () => resume(Effect.void)
    })
  const copy = (chunk: Uint8Array) => Effect.zipRight(keep(chunk), sink.write(chunk))
  return {
    // A terminal that is not read would hold the command up for ever; that ours is gone it learns by SIGHUP.
    run: isTerminal ? Stream.runForEach(bytes, copy) : Stream.runForEachWhile(bytes, copy),
    resize: ({ columns, rows }) => {
      if (isTerminal) output.resize(columns, rows)
    },
    repair: Effect.suspend(() => {
      const repair = isTerminal ? repairOf(output) : ""
      return repair === "" ? Effect.void : Effect.asVoid(sink.write(Buffer.from(repair)))
    })
  }
}
