import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BackgroundError, backgroundThread } from "./backgroundThread.ts"
import type { DiffOrder, LineDiff } from "./diff/DiffOrder.ts"

/** Compares two outputs line by line, on a thread of its own: however long they are, nobody who types feels it. */
export class OutputDiff extends Context.Tag("effecttalk/OutputDiff")<
  OutputDiff,
  {
    /**
     * What leads from one list of lines to the other. They come as `encodeLines` makes them, piece by piece, and are gone here
     * afterwards. To interrupt ends the thread. Fails with `BackgroundError`.
     */
    readonly diff: (lists: Pick<DiffOrder, "before" | "after">) => Effect.Effect<LineDiff, BackgroundError>
  }
>() {
  /** @param worker absolute path of the thread's file (src/backgroundWorker.ts, built) */
  static readonly layer = (worker: string) =>
    Layer.succeed(this, {
      diff: ({ before, after }) =>
        backgroundThread<DiffOrder>(worker, { type: "diff", before, after }, [...before, ...after]).pipe(
          Stream.runHead,
          Effect.flatten,
          Effect.catchTag("NoSuchElementException", (cause) => new BackgroundError({ reason: "Failed", cause }))
        )
    })
}
