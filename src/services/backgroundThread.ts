import { type ResourceLimits, type TransferListItem, Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { ArchiveMessage, ArchiveOrder } from "./archive/postArchived.ts"
import type { BackupMessage, BackupOrder } from "./backup/postBackup.ts"
import type { DiffOrder, LineDiff } from "./diff/DiffOrder.ts"
import type { SearchMessage, SearchOrder } from "./search/postSearch.ts"
import { releaseThreadLocks } from "./threadLocks.ts"

/** What the thread can be started for. */
export type BackgroundOrder = SearchOrder | DiffOrder | ArchiveOrder | BackupOrder

/** What it says to an order. */
export type BackgroundMessage<O extends BackgroundOrder> = O extends SearchOrder
  ? SearchMessage
  : O extends BackupOrder
    ? BackupMessage
    : O extends ArchiveOrder
      ? ArchiveMessage
      : LineDiff

/** Why an order was not carried out: the thread could not be started, or broke. */
export class BackgroundError extends Schema.TaggedError<BackgroundError>()("BackgroundError", {
  reason: Schema.Literal("Failed"),
  cause: Schema.Defect
}) {
  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause)
  }
}

/** Orders that are carried out under locks, which name the thread (`threadProcesses`). */
const takesLocks = (order: BackgroundOrder): order is ArchiveOrder | BackupOrder =>
  order.type === "archive" || order.type === "backup"

const failed = (cause: unknown) => new BackgroundError({ reason: "Failed", cause })

/**
 * Has a thread of its own carry out an order: what it says, until it has nothing more to say. To interrupt ends the thread,
 * whatever it is in the midst of. Whatever ends it, it leaves nothing locked. Fails with `BackgroundError`.
 *
 * @param file absolute path of the thread's file (src/backgroundWorker.ts, built)
 * @param transfer what of the order is handed over and not copied: it is gone here
 * @param limits of its memory; those of the process unless a test says otherwise
 */
export const backgroundThread = <O extends BackgroundOrder>(
  file: string,
  order: O,
  transfer: ReadonlyArray<TransferListItem> = [],
  limits: ResourceLimits = {}
): Stream.Stream<BackgroundMessage<O>, BackgroundError> =>
  Stream.asyncPush((emit) =>
    Effect.acquireRelease(
      Effect.try({
        try: () => {
          // Its output would be the screen's.
          const quiet = { stdout: true, stderr: true, env: {} }
          const given = { workerData: order, transferList: [...transfer], resourceLimits: limits }
          const thread = new Worker(file, { ...quiet, ...given })
          // Once it has ended it has no number any more.
          const { threadId } = thread
          thread.on("message", (message) => emit.single(message))
          thread.on("error", (cause) => emit.fail(failed(cause)))
          thread.on("exit", (code) => {
            if (takesLocks(order)) releaseThreadLocks(order.dataDir, threadId)
            if (code === 0) emit.end()
            else emit.fail(failed("its thread has ended"))
          })
          return thread
        },
        catch: failed
      }),
      (thread) => Effect.promise(() => thread.terminate())
    )
  )
