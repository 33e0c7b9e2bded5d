import { closeSync, openSync, readSync } from "node:fs"
import { setImmediate as nextTurn } from "node:timers/promises"

/** What a piece of work took, in milliseconds. */
export interface Watched {
  /** From its beginning to its end. */
  readonly took: number
  /** Its longest slice of the event loop. */
  readonly slice: number
}

/** Processor time of this thread so far, in milliseconds, as the kernel counts it. */
const threadTime = (schedstat: number, bytes: Buffer): number => {
  readSync(schedstat, bytes, 0, bytes.length, 0)
  return Number(bytes.toString("latin1", 0, bytes.indexOf(" "))) / 1_000_000
}

/**
 * How long `work` takes, and the longest slice of the event loop meanwhile. Of a slice no more counts than its thread had of
 * the processors: on a busy machine others' work lies in it, and writing and syncing are other threads'.
 */
export const watched = async (work: () => Promise<unknown>): Promise<Watched> => {
  const schedstat = openSync("/proc/thread-self/schedstat", "r")
  const bytes = Buffer.alloc(64)
  const used = () => threadTime(schedstat, bytes)
  let isOver = false
  let slice = 0
  const start = performance.now()
  let last = start
  let before = used()
  const over = work().finally(() => {
    isOver = true
  })
  const count = () => {
    const [now, after] = [performance.now(), used()]
    slice = Math.max(slice, Math.min(now - last, after - before))
    last = now
    before = after
  }
  // What it does at once is its first slice.
  count()
  while (!isOver) {
    await nextTurn()
    count()
  }
  closeSync(schedstat)
  await over
  return { took: performance.now() - start, slice }
}
