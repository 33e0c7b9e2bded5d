import * as Effect from "effect/Effect"
import { type BlockHeader, EMPTY_ACCOUNT, type OutputAccount, type OutputStream } from "../domain/Block.ts"
import { piecesOf } from "../domain/blockEvents.ts"
import type { BlockId } from "../domain/ids.ts"
import type { BlockStore } from "../terminal/BlockStore.ts"
import { KeptBytes, liveOutput, MAX_SCREEN_TEXT } from "./liveScreen.ts"
import type { PrintedOutput } from "./persistence/LiveScreen.ts"
import type { SessionStore } from "./SessionStore.ts"

/** How long output may wait for the journal, in milliseconds: with a sync it is on the disk within a quarter of a second. */
export const OUTPUT_JOURNAL_INTERVAL_MS = 200

/** Takes what the running blocks show beyond what was journaled, in place of what it took before. */
export type KeepScreens = (outputs: ReadonlyArray<PrintedOutput>) => void

/** What a finished block has printed: to its terminal, and to `stderr` where that was kept apart. */
export interface PrintedAccount extends OutputAccount {
  readonly stderr?: OutputAccount
}

/** Lets keys and frames have their turn of the event loop. */
const nextTurn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/**
 * Takes what blocks print into the session's events, until the end of the scope: of running ones every 200 ms the lines that
 * have left their screens and, for `keepScreens`, the screens; of finished ones the rest.
 */
export const makeOutputJournal = Effect.fn("OutputJournal.make")(function* (
  outputs: BlockStore,
  store: Pick<typeof SessionStore.Service, "get" | "dispatch">,
  keepScreens: KeepScreens = () => {}
) {
  // Taking lines and journaling them is one step: otherwise two fibers could swap their lines' order.
  const journaling = yield* Effect.makeSemaphore(1)
  const alone = journaling.withPermits(1)

  /** What the journal has taken of running blocks, by block and stream. */
  const journaled = { stdout: new Map<BlockId, KeptBytes>(), stderr: new Map<BlockId, KeptBytes>() }

  const keptOf = (id: BlockId, stream: OutputStream): KeptBytes => {
    const known = journaled[stream].get(id)
    if (known !== undefined) return known
    const kept = new KeptBytes()
    journaled[stream].set(id, kept)
    return kept
  }

  /** Blocks whose streams are kept apart, until all they have printed is journaled. */
  const split = new Set<BlockId>()

  const outputOf = (id: BlockId, stream: OutputStream) =>
    stream === "stderr" && !split.has(id) ? null : outputs.get(id, stream)

  const journalStream = Effect.fn("OutputJournal.journalStream")(function* (id: BlockId, stream: OutputStream) {
    const live = outputs.live(id, stream)
    const kept = keptOf(id, stream)
    // A flood must not fill the disk: past what is kept anyway, the journal waits for the block's end and its last lines.
    if (live !== null && kept.given >= outputs.maxBytes) return
    if (live !== null && stream === "stderr") split.add(id)
    const output = outputOf(id, stream)
    let frozen = output?.takeFrozen() ?? null
    while (output !== null && frozen !== null) {
      const next = output.takeFrozen()
      kept.add(frozen)
      // Only a finished output hands out a line that has no newline, as its very last.
      const unfinished = next === null && live === null && output.isOpen
      const hiddenBytes =
        live !== null && next === null && live.hidden.bytes > 0 ? live.untaken().before - kept.total : 0
      for (const piece of piecesOf(frozen)) {
        const last = piece.firstLine + piece.lines.length === frozen.firstLine + frozen.lines.length
        yield* store.dispatch({
          _tag: "OutputFrozen",
          block: id,
          ...piece,
          ...(stream === "stderr" && { stream }),
          ...(hiddenBytes > 0 && { hiddenBytes }),
          ...(last && unfinished && { unfinished })
        })
        if (!last) yield* nextTurn
      }
      frozen = next
    }
    if (live === null) journaled[stream].delete(id)
  })

  const journalOutput = Effect.fn("OutputJournal.journalOutput")(
    (id: BlockId) => Effect.zipRight(journalStream(id, "stdout"), journalStream(id, "stderr")),
    alone
  )

  /** An output opens before its block is started: lines of a block that the session does not know would be nobody's. */
  const running = Effect.map(store.get, ({ blocks }) =>
    outputs.liveIds().flatMap((id) => {
      const header = blocks.findLast((block) => block.id === id)
      return header?.status === "running" ? [header] : []
    })
  )

  const keepLive = (blocks: ReadonlyArray<BlockHeader>): void => {
    const live = blocks.flatMap(({ id, metadata }) =>
      (["stdout", "stderr"] as const).flatMap((stream) => {
        const output = metadata.incognito === true ? null : outputs.live(id, stream)
        return output === null ? [] : [{ id, stream, untaken: output.untaken() }]
      })
    )
    const room = Math.floor(MAX_SCREEN_TEXT / Math.max(1, live.length))
    keepScreens(live.map(({ id, stream, untaken }) => liveOutput(id, stream, untaken, keptOf(id, stream), room)))
  }

  // A session that only waits costs nothing.
  const printed = yield* Effect.makeLatch(false)
  const journalRunning = Effect.gen(function* () {
    const found = yield* running
    yield* Effect.forEach(found, ({ id }) => journalOutput(id), { discard: true })
    if (outputs.liveIds().length > found.length) yield* printed.open
    keepLive(found)
  })
  yield* Effect.acquireRelease(
    Effect.sync(() => outputs.subscribe(() => printed.unsafeOpen())),
    (stop) => Effect.sync(stop)
  )
  yield* printed.await.pipe(
    // What ends before is journaled with its end.
    Effect.zipRight(Effect.sleep(OUTPUT_JOURNAL_INTERVAL_MS)),
    Effect.zipRight(printed.close),
    Effect.zipRight(journalRunning),
    Effect.forever,
    Effect.forkScoped
  )

  /** What was printed to a stream. */
  const accountOf = (id: BlockId, stream: OutputStream): OutputAccount => {
    const output = outputOf(id, stream)
    if (output === null) return EMPTY_ACCOUNT
    const { lines, bytes, headLines } = output.hidden
    return { lines: output.lineCount + lines, hiddenLines: lines, hiddenBytes: bytes, headLines }
  }

  return {
    /** Ends a block's output and journals the rest of it; gives what it has printed in all. */
    finish: Effect.fn("OutputJournal.finish")(function* (id: BlockId) {
      if (outputs.live(id, "stderr") !== null) split.add(id)
      yield* Effect.async<void>((resume) => outputs.finish(id, () => resume(Effect.void)))
      yield* journalOutput(id)
      const stderr = split.has(id) && { stderr: accountOf(id, "stderr") }
      const account: PrintedAccount = { ...accountOf(id, "stdout"), ...stderr }
      split.delete(id)
      return account
    }),
    /** Runs an effect while nobody takes lines. */
    alone,
    /**
     * Journals streams of a block from their first line on, once more; to be run `alone`.
     *
     * @param isFinished nothing more is printed to them
     */
    again: Effect.fn("OutputJournal.again")(function* (
      id: BlockId,
      streams: ReadonlyArray<OutputStream>,
      isFinished: boolean
    ) {
      for (const stream of streams) journaled[stream].delete(id)
      if (isFinished && streams.includes("stderr")) split.add(id)
      for (const stream of streams) yield* journalStream(id, stream)
      if (isFinished) split.delete(id)
    })
  }
})
