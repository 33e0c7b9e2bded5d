/**
 * Composition root: which command was asked for, its layers, signals and exit codes. The only place where an effect is
 * run, but for the React bridge.
 */
import { makeRunMain } from "@effect/platform/Runtime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { CliError } from "./cli/CliError.ts"
import { open, type Surroundings } from "./cli/open.ts"
import { tuiArguments } from "./cli/tuiArguments.ts"
import { readConfig } from "./config.ts"
import type { Early } from "./launch.ts"
import { ConfigService } from "./services/ConfigService.ts"
import { PersistenceService } from "./services/PersistenceService.ts"
import { systemProcesses } from "./services/persistence/ProcessLock.ts"

/** Signals that end EffectTalk, with their numbers for exit codes (128 + n). */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
type EndingSignal = keyof typeof SIGNALS

const runMain = makeRunMain(({ fiber, teardown }) => {
  let endedBy: EndingSignal | null = null
  // Effects that only wait do not keep Node alive.
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1)
  const onSignal = (signal: EndingSignal) => {
    // A second signal does not wait for the finalizers.
    if (endedBy !== null) process.exit(128 + SIGNALS[signal])
    endedBy = signal
    fiber.unsafeInterruptAsFork(fiber.id())
  }
  for (const signal of Object.keys(SIGNALS) as Array<EndingSignal>) process.on(signal, onSignal)
  fiber.addObserver((exit) => {
    clearInterval(keepAlive)
    teardown(exit, (code) => {
      if (endedBy === null) return process.exit(code)
      // Dying of the signal itself is what the parent expects to see; and after a hangup Node 20's own exit aborts
      // while it resets a terminal that is gone.
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

const errorLine = <E>(cause: Cause.Cause<E>): string => {
  const failure = Option.getOrUndefined(Cause.failureOption(cause))
  return `effecttalk: ${failure instanceof Error ? failure.message : Cause.pretty(cause)}\n`
}

const command = (argv: ReadonlyArray<string>, surroundings: Surroundings) => {
  const request = tuiArguments(argv)
  // The option parser is loaded only when there is something for it to parse.
  return request === null
    ? Effect.flatMap(
        Effect.promise(() => import("./cli/root.ts")),
        ({ root }) => root(argv, surroundings)
      )
    : open(request, surroundings)
}

/** Runs `effecttalk` with its arguments; `early` is what the launcher has begun already. */
export const main = (argv: ReadonlyArray<string>, early: Early | null): void => {
  const environment = early?.environment ?? ({ ...process.env } as Record<string, string>)
  const { config, problems } = readConfig(environment)
  const services = Layer.merge(
    ConfigService.layer(config),
    PersistenceService.layer({ dataDir: config.dataDir, processes: systemProcesses() })
  )
  runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) => onExit(exitCodeOf(exit))
  })(
    command(argv, { environment, problems, early }).pipe(
      Effect.tapErrorCause((cause) =>
        Cause.isInterruptedOnly(cause) ? Effect.void : Effect.sync(() => process.stderr.write(errorLine(cause)))
      ),
      Effect.provide(services)
    )
  )
}
