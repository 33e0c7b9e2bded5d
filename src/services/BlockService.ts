import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { type BlockHeader, type BlockOrigin, type BlockStatus, isStopCode } from "../domain/Block.ts"
import type { BlockId } from "../domain/ids.ts"
import type { BlockStore } from "../terminal/BlockStore.ts"
import type { PrintedLines } from "../terminal/LineStore.ts"
import { SessionStore, type SessionStoreError } from "./SessionStore.ts"

/** How long lines that left the live screen may wait for the journal, in milliseconds. */
export const OUTPUT_JOURNAL_INTERVAL_MS = 250

/** How a command ended. */
export interface BlockEnd {
  readonly status: BlockStatus
  /** 0–255, or null when it never became known. */
  readonly exitCode: number | null
  readonly signal: string | null
}

/** The status that an exit code and a signal amount to. Ctrl+C and Ctrl+Z are interruptions, not failures. */
export const statusOf = (exitCode: number | null, signal: string | null): BlockStatus => {
  if (signal === "SIGINT" || exitCode === 130) return "interrupted"
  if (signal !== null || exitCode === null) return "failure"
  if (isStopCode(exitCode)) return "interrupted"
  return exitCode === 0 ? "success" : "failure"
}

/** Characters of output in one event: encoding more at once would be felt by somebody who types. */
const PIECE_CHARACTERS = 131_072

/** Lets keys and frames have their turn of the event loop. */
const nextTurn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

const charactersOf = (lines: ReadonlyArray<string>): number => lines.reduce((sum, line) => sum + line.length + 1, 0)

/** The same lines in runs of about `PIECE_CHARACTERS`. */
function* piecesOf({ firstLine, lines }: PrintedLines): Generator<PrintedLines> {
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

/** Lifecycle of blocks: opened when the shell has taken a command, closed once its end mark is parsed. */
export class BlockService extends Context.Tag("effecttalk/BlockService")<
  BlockService,
  {
    /** Outputs of this session's blocks, for readers of rows and writers of bytes. */
    readonly outputs: BlockStore
    /** Opens a `running` block and journals it. Its output must be open in `outputs` already. */
    readonly createBlock: (
      id: BlockId,
      command: string,
      directory: string,
      origin?: BlockOrigin
    ) => Effect.Effect<BlockHeader, SessionStoreError>
    /** Freezes the block's output, journals the rest of it and then its end. */
    readonly finishBlock: (id: BlockId, end: BlockEnd) => Effect.Effect<void>
    /** Adds lines to read under the block; lines are sanitised text. */
    readonly addNotice: (id: BlockId, lines: ReadonlyArray<string>) => Effect.Effect<void>
    readonly setFolded: (id: BlockId, folded: boolean) => Effect.Effect<void>
    readonly setAllFolded: (folded: boolean) => Effect.Effect<void>
  }
>() {
  /** Blocks over `outputs`; while any is live, its frozen lines reach the journal every 250 ms. */
  static readonly layer = (outputs: BlockStore) => Layer.scoped(this, make(outputs))
}

const make = Effect.fn("BlockService.make")(function* (outputs: BlockStore) {
  const store = yield* SessionStore

  // Taking lines and journaling them is one step: otherwise two fibers could swap their lines' order.
  const journaling = yield* Effect.makeSemaphore(1)

  /** Characters of running blocks that the journal has taken, by block. */
  const journaled = new Map<BlockId, number>()

  const journalOutput = Effect.fn("BlockService.journalOutput")(function* (id: BlockId) {
    // A flood must not fill the disk: past what is kept anyway, the journal waits for the block's end and its last lines.
    const live = outputs.live(id) !== null
    if (live && (journaled.get(id) ?? 0) >= outputs.maxBytes) return
    const output = outputs.get(id)
    let frozen = output?.takeFrozen() ?? null
    while (output !== null && frozen !== null) {
      const next = output.takeFrozen()
      // Only a finished output hands out a line that has no newline, as its very last.
      const unfinished = next === null && outputs.live(id) === null && output.isOpen
      for (const piece of piecesOf(frozen)) {
        const last = piece.firstLine + piece.lines.length === frozen.firstLine + frozen.lines.length
        yield* store.dispatch({ _tag: "OutputFrozen", block: id, ...piece, ...(last && unfinished && { unfinished }) })
        journaled.set(id, (journaled.get(id) ?? 0) + charactersOf(piece.lines))
        if (!last) yield* nextTurn
      }
      frozen = next
    }
    if (!live) journaled.delete(id)
  }, journaling.withPermits(1))

  yield* Effect.suspend(() => Effect.forEach(outputs.liveIds(), journalOutput, { discard: true })).pipe(
    Effect.repeat(Schedule.spaced(OUTPUT_JOURNAL_INTERVAL_MS)),
    Effect.forkScoped
  )

  return BlockService.of({
    outputs,
    createBlock: Effect.fn("BlockService.createBlock")(function* (id, command, directory, origin) {
      const at = yield* Clock.currentTimeMillis
      yield* store.dispatch({ _tag: "BlockStarted", at, block: id, command, directory, ...(origin && { origin }) })
      return yield* store.getBlock(id)
    }),
    finishBlock: Effect.fn("BlockService.finishBlock")(function* (id, end) {
      const at = yield* Clock.currentTimeMillis
      yield* Effect.async<void>((resume) => outputs.finish(id, () => resume(Effect.void)))
      yield* journalOutput(id)
      const output = outputs.get(id)
      const hidden = output?.hidden ?? { lines: 0, bytes: 0, headLines: 0 }
      yield* store.dispatch({
        _tag: "BlockFinished",
        at,
        block: id,
        ...end,
        lines: (output?.lineCount ?? 0) + hidden.lines,
        hiddenLines: hidden.lines,
        hiddenBytes: hidden.bytes,
        headLines: hidden.headLines
      })
      outputs.stored(id)
    }),
    addNotice: Effect.fn("BlockService.addNotice")(function* (block, lines) {
      const at = yield* Clock.currentTimeMillis
      if (lines.length > 0) yield* store.dispatch({ _tag: "NoticeAdded", at, block, lines })
    }),
    setFolded: Effect.fn("BlockService.setFolded")(function* (block, folded) {
      const at = yield* Clock.currentTimeMillis
      yield* store.dispatch({ _tag: "BlockFolded", at, block, folded })
    }),
    setAllFolded: Effect.fn("BlockService.setAllFolded")(function* (folded) {
      const at = yield* Clock.currentTimeMillis
      yield* store.dispatch({ _tag: "AllFolded", at, folded })
    })
  })
})
