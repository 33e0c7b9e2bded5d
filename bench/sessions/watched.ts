import { setImmediate as nextTurn } from "node:timers/promises"

/** What a piece of work took, in milliseconds. */
export interface Watched {
  /** From its beginning to its end. */
  readonly took: number
  /** Its longest slice of the event loop. */
  readonly slice: number
}

/**
 * How long `work` takes, and the longest slice of the event loop meanwhile. Of a slice no more counts than the process had of
 * the processors: on a busy machine others' work lies in it.
 */
export const watched = async (work: () => Promise<unknown>): Promise<Watched> => {
  const used = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
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
  await over
  return { took: performance.now() - start, slice }
}
