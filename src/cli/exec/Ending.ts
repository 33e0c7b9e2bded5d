import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { KILL_GRACE_MS } from "../../domain/limits.ts"
import type { EndingSignal, SignalDesk } from "../../endingSignals.ts"
import { ownsTerminal } from "../../platform.ts"
import { signalTree } from "./processTree.ts"
import { exitCodeOf } from "./start.ts"

/** How long the last output of a command that was asked to end may take to come, in milliseconds. */
const LAST_WORDS_MS = 500

/** Ends a command before its time: a signal has asked for it, or its time limit. Plain, as signals come between fibers. */
export class Ending {
  readonly #pid: number
  /** True when the command has a terminal of its own: what is typed on ours is no signal to it. */
  readonly #interactive: boolean
  /** Done when output that may still come from what the command has left behind is not waited for. */
  readonly #impatient: Deferred.Deferred<void>
  #signals = 0
  #exited = false
  #overTime = false

  private constructor(pid: number, interactive: boolean, impatient: Deferred.Deferred<void>) {
    this.#pid = pid
    this.#interactive = interactive
    this.#impatient = impatient
  }

  /** Takes the program's signals until the scope ends. */
  static make = (options: {
    readonly pid: number
    readonly interactive: boolean
    readonly signals: Pick<SignalDesk, "take">
  }): Effect.Effect<Ending, never, Scope.Scope> =>
    Effect.gen(function* () {
      const ending = new Ending(options.pid, options.interactive, yield* Deferred.make<void>())
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          const giveBack = options.signals.take((signal) => ending.#onSignal(signal))
          // Node would die of it, and leave the block without an end.
          const onQuit = () => ending.#onSignal("SIGQUIT")
          process.on("SIGQUIT", onQuit)
          return () => {
            giveBack()
            process.off("SIGQUIT", onQuit)
          }
        }),
        (release) => Effect.sync(release)
      )
      return ending
    })

  /** True when the time limit was reached. */
  get overTime(): boolean {
    return this.#overTime
  }

  /**
   * The command itself has ended: its pid may be another's from now on. Waits until what it has left behind, which may
   * print for ever, is not to be waited for any longer.
   */
  get afterExit(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#exited = true
      const asked = Deferred.await(this.#impatient)
      // Who has asked for the end wants the command's last words, and no more.
      return this.#signals === 0 ? asked : Effect.raceFirst(asked, Effect.sleep(LAST_WORDS_MS))
    })
  }

  /** After `ms` milliseconds: SIGTERM, after `KILL_GRACE_MS` SIGKILL, and no more waiting. */
  after(ms: number): Effect.Effect<void> {
    return Effect.sleep(ms).pipe(
      Effect.zipRight(
        Effect.sync(() => {
          this.#overTime = true
          this.#signal("SIGTERM")
        })
      ),
      Effect.zipRight(Effect.sleep(KILL_GRACE_MS)),
      Effect.zipRight(Effect.sync(() => this.#kill()))
    )
  }

  /** The first one is passed on, the second one kills, and whoever asks a third time does not wait for us either. */
  #onSignal(signal: EndingSignal | "SIGQUIT"): void {
    // A key has sent it to the whole process group: the command has it already.
    const typed = signal === "SIGINT" || signal === "SIGQUIT"
    if (typed && !this.#interactive && !this.#exited && ownsTerminal(process.pid) === true) return
    // A window that closes hangs up more than once.
    if (signal === "SIGHUP" && this.#signals > 0) return
    this.#signals++
    if (this.#signals > 2) process.exit(exitCodeOf({ exitCode: null, signal }))
    if (this.#signals === 1) this.#signal(signal)
    else this.#kill()
  }

  /** To the command and all it has started. Once it has ended by itself, what it left behind is only not waited for. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#exited) this.#stopWaiting()
    else signalTree(this.#pid, signal)
  }

  #kill(): void {
    this.#signal("SIGKILL")
    this.#stopWaiting()
  }

  #stopWaiting(): void {
    Deferred.unsafeDone(this.#impatient, Effect.void)
  }
}
