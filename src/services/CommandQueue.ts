import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { BlockId } from "../domain/ids.ts"
import { type BlockEnd, BlockService } from "./BlockService.ts"
import { CommandError } from "./CommandError.ts"
import { ProcessSlots } from "./ProcessSlots.ts"
import { type RunOptions, SessionShell } from "./SessionShell.ts"
import { SessionStore } from "./SessionStore.ts"
import { ShellError, textProblem } from "./ShellError.ts"

/** A command on its way through the session's shell. */
interface Entry {
  readonly id: BlockId
  readonly command: string
  readonly incognito: boolean
  /** It has an `idle` block. */
  shown: boolean
  /** Done when it may run, failed when it is cancelled. */
  readonly turn: Deferred.Deferred<void, CommandError>
  /** Its way is over, or nobody waits for it any more: from then on the shell's state alone tells. */
  settled: boolean
}

/** The commands for a session's shell, of which one runs and the others wait. */
export interface CommandQueue {
  /**
   * Runs a command when its turn comes, in the block `id`. Until then the block is `idle`; to interrupt cancels it then.
   * Fails with `CommandError`.
   */
  readonly run: (
    id: BlockId,
    command: string,
    options?: Omit<RunOptions, "id">
  ) => Effect.Effect<BlockEnd, CommandError>
  /** Cancels one that waits; false when it does not. */
  readonly cancel: (id: BlockId) => Effect.Effect<boolean>
  readonly cancelAll: Effect.Effect<void>
  /** Whether a command given now would have to wait for another. */
  readonly isBusy: () => boolean
}

/** What a cancelled block says of it. */
const notRun = (why: string): string => `not run: ${why}`

/**
 * Makes the queue of a session. It goes on after success and failure; once the command that runs is interrupted (Ctrl+C) or
 * the shell ends, what waits is cancelled, as a terminal drops what was typed ahead.
 *
 * One process slot stands for the session's shell while it has work, whoever's.
 */
export const makeCommandQueue = Effect.gen(function* () {
  const shell = yield* SessionShell
  const store = yield* SessionStore
  const blocks = yield* BlockService
  const slots = yield* ProcessSlots
  let active: Entry | null = null
  let waiting: ReadonlyArray<Entry> = []

  const blockOf = (id: BlockId) =>
    Effect.map(store.get, ({ blocks: all }) => all.findLast((block) => block.id === id) ?? null)

  /** Gives an entry an `idle` block, unless it has a block by now. */
  const show = Effect.fn("CommandQueue.show")(function* (entry: Entry) {
    if (entry.shown || (yield* blockOf(entry.id)) !== null) return
    entry.shown = true
    yield* blocks.createBlock(entry.command, { id: entry.id, queued: true, incognito: entry.incognito })
  })

  /** Ends the `idle` block of a command that will not run. */
  const dismiss = Effect.fn("CommandQueue.dismiss")(function* (entry: Entry, why: string | null) {
    if ((yield* blockOf(entry.id))?.status !== "idle") return
    yield* blocks.finishBlock(entry.id, { status: "interrupted", exitCode: null, signal: null })
    if (why !== null) yield* blocks.addNotice(entry.id, [notRun(why)])
  })

  const drop = Effect.fn("CommandQueue.drop")(function* (entry: Entry, why: string) {
    waiting = waiting.filter((other) => other !== entry)
    yield* dismiss(entry, why)
    yield* Deferred.fail(entry.turn, cancelled(why))
  }, Effect.uninterruptible)

  const dropAll = (why: string) =>
    Effect.suspend(() => Effect.forEach(waiting, (entry) => drop(entry, why), { discard: true }))

  const rest = () => {
    if (active === null) return
    active = null
    slots.release()
  }

  /** Lets the next one have the shell, if it is free. */
  const advance: Effect.Effect<void> = Effect.gen(function* () {
    const { phase } = yield* SubscriptionRef.get(shell.state)
    if (phase !== "ready" || (active !== null && !active.settled)) return
    const last = active === null ? null : yield* blockOf(active.id)
    // Many programs make a clean end of Ctrl+C, a server above all.
    if (last !== null && (last.signal === "SIGINT" || last.exitCode === 130 || shell.interrupted())) {
      yield* dropAll("the command before it was interrupted")
    }
    const [next, ...others] = waiting
    if (next === undefined) return rest()
    waiting = others
    active = next
    yield* Deferred.succeed(next.turn, undefined)
  }).pipe(Effect.uninterruptible)

  const onEnded = Effect.gen(function* () {
    yield* dropAll("the shell has ended")
    if (active?.settled === true) rest()
  }).pipe(Effect.uninterruptible)

  yield* shell.state.changes.pipe(
    Stream.runForEach(({ phase }) =>
      phase === "ended" ? onEnded : phase === "bare" ? dropAll("there is no shell integration") : advance
    ),
    Effect.forkScoped
  )
  yield* Effect.addFinalizer(() => Effect.zipRight(dropAll("its session was left"), Effect.sync(rest)))

  // In the order in which they were given, however many fibers give them.
  const queueing = yield* Effect.makeSemaphore(1)

  const wait = Effect.fn("CommandQueue.wait")(function* (entry: Entry) {
    const problem = textProblem(entry.command)
    if (problem !== null) return yield* fromShell(new ShellError({ reason: problem }))
    yield* Effect.gen(function* () {
      waiting = [...waiting, entry]
      // One that was given to a shell that has not started it yet would get a later number.
      if (active !== null) yield* show(active)
      yield* show(entry)
    }).pipe(queueing.withPermits(1), Effect.uninterruptible)
    // The shell may have come free meanwhile.
    yield* advance
    yield* Deferred.await(entry.turn)
  })

  /** Takes the shell if nothing runs or waits; null when the entry has to wait. */
  const take = Effect.fn("CommandQueue.take")(function* (entry: Entry) {
    const { phase } = yield* SubscriptionRef.get(shell.state)
    // In one step: of two fibers one has it.
    return yield* Effect.suspend(() => {
      if (phase === "bare") return fromShell(new ShellError({ reason: "NoIntegration" }))
      if (isBusy() || phase === "running") return Effect.succeed(false)
      if (!slots.take()) return tooManyProcesses(slots)
      active = entry
      return Effect.succeed(true)
    })
  })

  const isBusy = () => active !== null || waiting.length > 0

  return {
    run: Effect.fn("CommandQueue.run")((id, command, options = {}) =>
      // Whoever gives up between two steps must leave nothing that waits for what never comes: only waiting can be given up.
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const entry: Entry = {
            id,
            command,
            incognito: options.incognito === true,
            shown: false,
            turn: yield* Deferred.make<void, CommandError>(),
            settled: false
          }
          const direct = yield* take(entry)
          const result = restore(shell.run(command, { ...options, id })).pipe(
            Effect.catchTag("ShellError", (error) =>
              Effect.zipRight(
                dismiss(entry, error.message),
                direct ? fromShell(error) : cancelled(error.message, error.typed)
              )
            )
          )
          return yield* Effect.onExit(direct ? result : Effect.zipRight(restore(wait(entry)), result), () =>
            Effect.suspend(() => {
              entry.settled = true
              // Given up while it waited, or between its turn and its start.
              const givenUp = waiting.includes(entry) ? drop(entry, "given up") : dismiss(entry, null)
              return Effect.zipRight(givenUp, advance)
            })
          )
        })
      )
    ),
    cancel: Effect.fn("CommandQueue.cancel")(function* (id) {
      const entry = waiting.find((other) => other.id === id)
      if (entry === undefined) return false
      yield* drop(entry, "cancelled")
      return true
    }),
    cancelAll: dropAll("cancelled"),
    isBusy
  } satisfies CommandQueue as CommandQueue
})

const cancelled = (why: string, typed?: Uint8Array) =>
  new CommandError({ reason: "Cancelled", detail: notRun(why), ...(typed !== undefined && { typed }) })

const fromShell = ({ reason, message, typed }: ShellError) => new CommandError({ reason, detail: message, typed })

/** That no more commands may run at a time. */
export const tooManyProcesses = ({ max }: { readonly max: number }) =>
  new CommandError({
    reason: "TooManyProcesses",
    detail: `${max} ${max === 1 ? "command runs" : "commands run"} already, which is all that may (MAX_CONCURRENT_PROCESSES)`
  })
