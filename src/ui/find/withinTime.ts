import { type Context, createContext, Script } from "node:vm"

/**
 * Share of the limit that the process must have worked: else something else had the processor. The clock of the limit is the
 * wall's, and what is counted is the whole process, which may collect garbage meanwhile: so once is no proof.
 */
const BUSY_SHARE = 0.75
const BUSY_TRIES = 2
/** How often it is tried on a machine that has no time for it, before it is given this many times the limit once. */
const MAX_TRIES = 5
const LAST_TRY = 10
const MICROSECONDS = 1_000

let sandbox: { readonly context: Context & { work: () => void }; readonly script: Script } | null = null

/** The error is made by the other context, whose `Error` is not ours. */
const isTimeout = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"

/**
 * Does `work` and gives its result, or null when it takes longer than `limit` ms of a processor, and again when it is tried
 * once more: it is cut off, wherever it is. For pure functions only. A regular expression that goes back and forth without
 * end (`(a+)+$`) can be stopped in no other way on its own thread; a call costs some 0.03 ms.
 */
export const withinTime = <A>(work: () => A, limit: number): { readonly result: A } | null => {
  for (let tries = 0, busy = 0; tries < MAX_TRIES; tries++) {
    const before = process.cpuUsage()
    const done = attempt(work, limit)
    if (done !== null) return done
    const { user, system } = process.cpuUsage(before)
    if (user + system >= limit * MICROSECONDS * BUSY_SHARE) busy++
    if (busy === BUSY_TRIES) return null
  }
  return attempt(work, limit * LAST_TRY)
}

const attempt = <A>(work: () => A, timeout: number): { readonly result: A } | null => {
  sandbox ??= {
    context: Object.assign(createContext({}), { work: () => {} }),
    script: new Script("work()")
  }
  let result: { readonly result: A } | null = null
  sandbox.context.work = () => {
    result = { result: work() }
  }
  try {
    sandbox.script.runInContext(sandbox.context, { timeout })
    return result
  } catch (cause) {
    if (isTimeout(cause)) return null
    throw cause
  } finally {
    sandbox.context.work = () => {}
  }
}
