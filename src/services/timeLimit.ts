import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { KILL_GRACE_MS } from "../domain/limits.ts"
import { signalForeground } from "../shell/signalForeground.ts"

/** How often what still runs afterwards is signalled again, in milliseconds. */
const AGAIN_EVERY_MS = 100

/** What a time limit ends. */
export interface TimeLimit {
  /** Milliseconds. */
  readonly limit: number
  /** Pid of the shell that runs the command. */
  readonly shell: number
  /** The shell was started for this command alone: it may be killed when nothing else ends the command. */
  readonly mayKillShell: boolean
  /** Run once, when the limit is reached. */
  readonly onReached: Effect.Effect<void>
}

const signal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended.
  }
}

/**
 * Ends the program in the foreground of a shell's terminal once `limit` is over: SIGTERM, after `KILL_GRACE_MS` SIGKILL.
 * A line may go on with its next program, or with its loop's: these are killed and interrupted in turn, since a loop ends
 * when its program dies of SIGINT. Goes on until it is interrupted, which is the caller's business once the command ends.
 */
export const enforceTimeLimit = Effect.fn("enforceTimeLimit")(function* (options: TimeLimit) {
  const { limit, shell, mayKillShell, onReached } = options
  const send = (name: NodeJS.Signals) =>
    Effect.sync(() => {
      // An interactive shell ignores SIGTERM, and must not be killed: a builtin of its own ends with SIGINT.
      if (signalForeground(shell, name)) signal(shell, "SIGINT")
    })
  yield* Effect.sleep(limit)
  yield* onReached
  yield* send("SIGTERM")
  yield* Effect.sleep(KILL_GRACE_MS)
  for (let waited = 0; ; waited += 2 * AGAIN_EVERY_MS) {
    yield* send("SIGKILL")
    yield* Effect.sleep(AGAIN_EVERY_MS)
    yield* send("SIGINT")
    yield* Effect.sleep(AGAIN_EVERY_MS)
    if (mayKillShell && waited >= KILL_GRACE_MS) yield* Effect.sync(() => signal(shell, "SIGKILL"))
  }
})

/** Enforces one time limit after the other, until `end` or the end of the scope. */
export const makeTimeLimiter = Effect.map(Effect.scope, (scope) => {
  let enforcing: Fiber.RuntimeFiber<unknown> | null = null
  return {
    begin: (options: TimeLimit) =>
      enforceTimeLimit(options).pipe(
        // Whoever begins may not be interrupted just then.
        Effect.interruptible,
        Effect.forkIn(scope),
        Effect.flatMap((fiber) =>
          Effect.sync(() => {
            enforcing = fiber
          })
        )
      ),
    end: Effect.suspend(() => {
      const fiber = enforcing
      enforcing = null
      return fiber === null ? Effect.void : Fiber.interruptFork(fiber)
    })
  }
})

/** A duration as a user reads it: `30 s`, `1.5 s`, `250 ms`. */
const inWords = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`)

/** What stands under a block whose time is over. */
export const timeLimitNotice = (limit: number): string => `ended by its time limit of ${inWords(limit)}`
