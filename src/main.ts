/**
 * Composition root: which command was asked for, its layers, signals and exit codes. The only place where an effect is
 * run, but for the React bridge.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { CliError, CommandExit } from "./cli/CliError.ts"
import { configArguments } from "./cli/configFlags.ts"
import { requireArguments } from "./cli/configProblems.ts"
import { open, type Surroundings } from "./cli/open.ts"
import { tuiArguments } from "./cli/tuiArguments.ts"
import { readConfigFiles } from "./config/configFiles.ts"
import type { Environment } from "./config/sources.ts"
import { type ConfigReading, readConfig } from "./config.ts"
import type { Early } from "./Early.ts"
import { processLayer } from "./EffectTalkLayer.ts"
import { ENDING_SIGNALS, type EndingSignal, type SignalDesk } from "./endingSignals.ts"
import { dataDirectory } from "./services/persistence/dataDirectory.ts"
import { PersistenceError } from "./services/persistence/PersistenceError.ts"
import { systemProcesses } from "./services/persistence/ProcessLock.ts"
import { isRestoreUnfinished } from "./services/persistence/restoreGuard.ts"

/**
 * Runs the program and ends the process as it ends: with its exit code, or by the signal that asked for the end, which is
 * what the parent expects to see; and after a hangup Node 20's own exit aborts while it resets a terminal that is gone.
 */
const run = <A, E>(program: (signals: SignalDesk) => Effect.Effect<A, E>, early: Early | null): void => {
  let endedBy: EndingSignal | null = null
  let taker: ((signal: EndingSignal) => void) | null = null
  const ignored = new Set<EndingSignal>()
  const signals: SignalDesk = {
    take: (listener) => {
      taker = listener
      return () => {
        taker = null
      }
    },
    ignore: (signal) => {
      ignored.add(signal)
      return () => void ignored.delete(signal)
    }
  }
  const onSignal = (signal: EndingSignal) => {
    if (ignored.has(signal)) return
    if (taker !== null) taker(signal)
    else if (endedBy === null) {
      endedBy = signal
      fiber.unsafeInterruptAsFork(fiber.id())
    } else if (signal !== "SIGHUP") {
      // Who asks again does not wait for the finalizers. A window that closes hangs up more than once: the kernel does,
      // the shell does, and so do we.
      process.exit(128 + ENDING_SIGNALS[signal])
    }
  }
  // Before anything runs that would have to be undone.
  for (const signal of Object.keys(ENDING_SIGNALS) as Array<EndingSignal>) process.on(signal, onSignal)
  early?.handOverSignals()
  // A terminal or a pipe that is gone shall not keep the finalizers from what they have to do.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
  // Effects that only wait do not keep Node alive.
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1)
  const fiber = Effect.runFork(program(signals))
  fiber.addObserver((exit) => {
    clearInterval(keepAlive)
    if (endedBy === null) return process.exit(exitCodeOf(exit))
    process.removeAllListeners(endedBy)
    process.kill(process.pid, endedBy)
  })
}

const exitCodeOf = <A, E>(exit: Exit.Exit<A, E>): number => {
  if (Exit.isSuccess(exit)) return 0
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
  return failure instanceof CliError || failure instanceof CommandExit ? failure.exitCode : 1
}

/** What is printed of a failure: its lines, the last one ours. */
const report = <E>(cause: Cause.Cause<E>): string => {
  const failure = Option.getOrUndefined(Cause.failureOption(cause))
  if (failure instanceof CommandExit) return ""
  const before = failure instanceof CliError ? failure.before : []
  const line = `effecttalk: ${failure instanceof Error ? failure.message : Cause.pretty(cause)}`
  return [...before, line, ""].join("\n")
}

/**
 * Before anything looks at the sessions: completes a restore that was cut short. What became of it, a line; null without
 * one. What cannot be completed is told as well, and costs nobody the help.
 */
const settle = (dataDir: string) =>
  Effect.suspend(() =>
    isRestoreUnfinished(dataDir)
      ? Effect.promise(() => import("./services/backup/restore/settleRestore.ts")).pipe(
          Effect.flatMap(({ settleRestore }) =>
            Effect.tryPromise(() => settleRestore(dataDirectory(dataDir), systemProcesses()))
          ),
          Effect.catchAll(({ error }) => Effect.succeed(PersistenceError.from(error, dataDir).message))
        )
      : Effect.succeed(null)
  )

const command = (argv: ReadonlyArray<string>, given: Omit<Surroundings, "settled">) =>
  Effect.flatMap(settle(given.configuration.config.dataDir), (settled) => {
    const surroundings: Surroundings = { ...given, settled }
    const request = tuiArguments(argv)
    if (request !== null) return open(request, surroundings)
    if (settled !== null) process.stderr.write(`effecttalk: ${settled}\n`)
    // The option parser is loaded only when there is something for it to parse.
    return Effect.flatMap(
      Effect.promise(() => import("./cli/root.ts")),
      ({ root }) => root(argv, surroundings)
    )
  })

/** The configuration from all its sources, and the arguments that are left for the command. */
const configure = (
  argv: ReadonlyArray<string>,
  environment: Environment,
  early: Early | null
): { readonly configuration: ConfigReading; readonly rest: ReadonlyArray<string> } => {
  // The launcher has taken the options and read the files, and starts nothing early when there are other arguments.
  if (early !== null) return { configuration: readConfig(environment, early.given), rest: [] }
  const { envFile, settings, rest } = configArguments(argv, process.cwd())
  const given = { flags: settings, files: readConfigFiles(environment, envFile) }
  return { configuration: readConfig(environment, given), rest }
}

/** Runs `effecttalk`; the parameters are those of `start`. */
export const main = (argv: ReadonlyArray<string>, early: Early | null, directoryIsGone: boolean): void => {
  const environment = early?.environment ?? ({ ...process.env } as Record<string, string>)
  const { configuration, rest } = configure(argv, environment, early)
  run(
    (signals) =>
      requireArguments(configuration).pipe(
        Effect.zipRight(command(rest, { environment, directoryIsGone, configuration, early, signals })),
        Effect.provide(processLayer(configuration.config, environment)),
        // Before an error is printed, which would be lost with the alternate screen.
        Effect.ensuring(Effect.sync(() => early?.abandon())),
        Effect.tapErrorCause((cause) =>
          Cause.isInterruptedOnly(cause) ? Effect.void : Effect.sync(() => process.stderr.write(report(cause)))
        )
      ),
    early
  )
}
