/**
 * Composition root: which command was asked for, its layers, signals and exit codes. The only place where an effect is
 * run, but for the React bridge.
 */
import { makeRunMain } from "@effect/platform/Runtime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { CliError } from "./cli/CliError.ts"
import { open } from "./cli/open.ts"
import { tuiArguments } from "./cli/tuiArguments.ts"
import type { Early } from "./launch.ts"

/** Signals that end EffectTalk, with the numbers for exit codes (128 + n). */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
type EndingSignal = keyof typeof SIGNALS

/** The signal that is ending us, for the exit status. */
let endedBy: EndingSignal | null = null

const runMain = makeRunMain(({ fiber, teardown }) => {
  // Effects that only wait do not keep Node alive.
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1)
  const onSignal = (signal: EndingSignal) => {
    if (endedBy !== null) process.exit(128 + SIGNALS[signal])
    endedBy = signal
    fiber.unsafeInterruptAsFork(fiber.id())
  }
  for (const signal of Object.keys(SIGNALS) as Array<EndingSignal>) process.on(signal, onSignal)
  fiber.addObserver((exit) => {
    clearInterval(keepAlive)
    teardown(exit, (code) => {
      if (endedBy === null) return process.exit(code)
      // Dying of the signal itself, with Node's default action, is what the parent expects to see; and after a hangup
      // Node 20's own exit path aborts while it resets a terminal that is gone.
      process.removeAllListeners(endedBy)
      process.kill(process.pid, endedBy)
    })
  })
})

const exitCodeOf = <A, E>(exit: Exit.Exit<A, E>): number => {
  if (Exit.isSuccess(exit)) return 0
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
  return failure instanceof CliError ? failure.exitCode : 1
}

const command = (argv: ReadonlyArray<string>, early: Early | null) => {
  const request = tuiArguments(argv)
  return request === null
    ? Effect.promise(() => import("./cli/root.ts")).pipe(Effect.flatMap(({ root }) => root(argv)))
    : open(request, early)
}

/** Runs `effecttalk` with its arguments; `early` is what the launcher has begun already. */
export const main = (argv: ReadonlyArray<string>, early: Early | null): void =>
  runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) => onExit(exitCodeOf(exit))
  })(
    command(argv, early).pipe(
      Effect.tapErrorCause((cause) =>
        Cause.isInterruptedOnly(cause) ? Effect.void : Effect.sync(() => process.stderr.write(errorLine(cause)))
      )
    )
  )

const errorLine = <E>(cause: Cause.Cause<E>): string => {
  const failure = Option.getOrUndefined(Cause.failureOption(cause))
  return `effecttalk: ${failure instanceof Error ? failure.message : Cause.pretty(cause)}\n`
}
