/** What `effecttalk exec` does: a command in a stored block, without a screen. */
import { statSync } from "node:fs"
import { isatty } from "node:tty"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { OutputStream } from "../../domain/Block.ts"
import { BACKGROUND_WORKER } from "../../EffectTalkLayer.ts"
import { ownsTerminal } from "../../platform.ts"
import { BlockService, statusOf } from "../../services/BlockService.ts"
import { keepBackups } from "../../services/backup/keepBackups.ts"
import { ConfigService } from "../../services/ConfigService.ts"
import { newSession } from "../../services/newSession.ts"
import { PersistenceService } from "../../services/PersistenceService.ts"
import { ProcessService } from "../../services/ProcessService.ts"
import type { SessionFile } from "../../services/persistence/SessionFile.ts"
import { SessionStore } from "../../services/SessionStore.ts"
import { Telemetry } from "../../services/Telemetry.ts"
import { timeLimitNotice } from "../../services/timeLimit.ts"
import { signalOfStatus } from "../../shell/commandText.ts"
import type { PtyExit } from "../../shell/Pty.ts"
import { plainShell, shellPath } from "../../shell/shellPath.ts"
import { BlockStore } from "../../terminal/BlockStore.ts"
import { visibleText } from "../../ui/blocks/visibleText.ts"
import { CliError, CommandExit, toCliError } from "../CliError.ts"
import { requireConfig } from "../configProblems.ts"
import type { Surroundings } from "../open.ts"
import { execCommand } from "./command.ts"
import { copyOutput } from "./copyOutput.ts"
import { Ending } from "./Ending.ts"
import { ownSize, sizeChanges, typedBytes } from "./ownTerminal.ts"
import { Sink } from "./Sink.ts"
import { exitCodeOf, startCommand } from "./start.ts"
import { overTimeLine, type TimeLimit, timeLimitOf } from "./TimeLimit.ts"

/** What `exec` was asked for. */
export interface ExecRequest {
  /** One word is a line of the shell, several are a program and its arguments. */
  readonly words: ReadonlyArray<string>
  /** An id or the beginning of one; null for a new session. */
  readonly session: string | null
  readonly splitStderr: boolean
  /** As it was written; null when it was not. */
  readonly timeout: string | null
}

/** Where a command runs. */
interface Place {
  readonly directory: string
  /** bash or sh: it starts the command. */
  readonly shell: string
  /** Another shell that was asked for, for a command of one word. */
  readonly lineShell: string | null
  readonly interactive: boolean
  readonly limit: TimeLimit | null
}

const DIRECTORY_IS_GONE = "the working directory is gone; exec runs its command in no other one"

/** The directory by the name that the caller's shell has for it, which may lead through links. */
const callersDirectory = (PWD: string | undefined): string => {
  const directory = process.cwd()
  if (PWD === undefined || !PWD.startsWith("/") || PWD === directory) return directory
  try {
    const [named, real] = [statSync(PWD), statSync(directory)]
    return named.dev === real.dev && named.ino === real.ino ? PWD : directory
  } catch {
    return directory
  }
}

/** What `--shell` names: a script must not depend on what its user likes to type into. */
const askedShell = ({ environment, configuration }: Surroundings) => {
  const setting = configuration.origins.shell
  if (setting?.origin._tag !== "CommandLine") return Effect.succeed(null)
  const choice = shellPath(environment, setting, process.cwd())
  return "problem" in choice
    ? Effect.fail(new CliError({ exitCode: 2, line: visibleText(choice.problem) }))
    : Effect.succeed(choice.path)
}

const storedSession = Effect.fn("exec.storedSession")(function* (text: string) {
  const persistence = yield* PersistenceService
  const id = yield* persistence.resolveSession(text)
  return yield* persistence.openSession(id)
}, Effect.mapError(toCliError))

/** The session's own services over its file. */
const openServices = Effect.fn("exec.openServices")(function* (file: SessionFile, isNew: boolean) {
  const config = yield* ConfigService
  const telemetry = yield* Telemetry
  const observer = yield* telemetry.openSession(isNew ? null : file.session)
  if (!isNew) file.resume({ at: yield* Clock.currentTimeMillis, exec: true })
  const append: typeof file.append = (event, add) => {
    observer.observe(event)
    return file.append(event, add)
  }
  const outputs = new BlockStore({
    maxBytes: config.maxBlockOutputSize,
    restore: (id, stream) => file.output(id, stream)
  })
  const keepScreens: typeof file.keepScreens = (screens) => file.keepScreens(screens)
  return yield* Layer.build(
    Layer.merge(
      BlockService.layer(outputs, { keepScreens }).pipe(
        Layer.provideMerge(SessionStore.layer(file.session, { append }))
      ),
      ProcessService.layer(config)
    )
  )
})

/** How a command ended, and what has to be said about it. */
interface CommandEnd {
  readonly exit: PtyExit
  readonly lines: ReadonlyArray<string>
}

/** A shell tells of its program's signal by its own exit code. */
const blockEnd = ({ exitCode, signal }: PtyExit) => {
  const cause = signal ?? (exitCode === null ? null : signalOfStatus(exitCode))
  return { status: statusOf(exitCode, cause), exitCode, signal: cause }
}

/** Runs the command in a block of its own and waits for its end and for all it prints. */
const runInBlock = Effect.fn("exec.runInBlock")(function* (
  { words, splitStderr }: ExecRequest,
  { directory, shell, lineShell, interactive, limit }: Place,
  { environment, signals }: Surroundings
) {
  const { processSpawnTimeout } = yield* ConfigService
  const telemetry = yield* Telemetry
  const blocks = yield* BlockService
  const { text, shellArguments } = execCommand(words, lineShell)
  const command = yield* startCommand({
    shell,
    shellArguments,
    directory,
    environment,
    interactive,
    terminals: { stdout: process.stdout.isTTY === true, stderr: process.stderr.isTTY === true },
    splitStderr,
    size: ownSize(),
    spawnTimeout: processSpawnTimeout
  })
  const startedAt = yield* Clock.currentTimeMillis
  telemetry.processSpawned()
  const ending = yield* Ending.make({ pid: command.pid, interactive, signals })
  const { id } = yield* blocks.createBlock(text, { directory, ...(limit !== null && { timeLimit: limit.ms }) })

  const sinks: Readonly<Record<OutputStream, Sink>> = {
    stdout: new Sink(process.stdout),
    stderr: new Sink(process.stderr)
  }
  const copies = command.outputs.map((each) => copyOutput(each, sinks[each.stream], blocks.outputs, id, ownSize()))
  const resize = Stream.runForEach(sizeChanges, (size) =>
    Effect.zipRight(
      command.resize(size),
      Effect.sync(() => {
        for (const copy of copies) copy.resize(size)
      })
    )
  )
  yield* Effect.forkScoped(resize)
  if (interactive) yield* Effect.forkScoped(Stream.runForEach(typedBytes, command.type))
  if (limit !== null) yield* Effect.forkScoped(ending.after(limit.ms))

  const copying = yield* Effect.fork(
    Effect.all(
      copies.map(({ run }) => run),
      { concurrency: "unbounded", discard: true }
    )
  )
  const exit = yield* command.exit
  yield* Effect.raceFirst(Fiber.join(copying), ending.afterExit)
  yield* Fiber.interrupt(copying)
  telemetry.processExited((yield* Clock.currentTimeMillis) - startedAt, exit.exitCode, exit.signal)

  for (const { repair } of copies) yield* repair
  yield* blocks.finishBlock(id, blockEnd(exit))
  const overTime = ending.overTime ? limit : null
  if (overTime !== null) yield* blocks.addNotice(id, [timeLimitNotice(overTime.ms)])
  const failures = Object.entries(sinks).flatMap(([name, { failure }]) =>
    failure === null ? [] : [`${name} could not be written: ${failure}`]
  )
  return { exit, lines: overTime === null ? failures : [overTimeLine(overTime), ...failures] } satisfies CommandEnd
})

/**
 * Runs a command in a new block of a session. Fails with `CommandExit` when its exit code is not 0, with `CliError` when
 * it did not run. A disk that cannot be written keeps no command from running.
 */
export const execute = Effect.fn("exec")(function* (request: ExecRequest, surroundings: Surroundings) {
  const { configuration, environment, directoryIsGone } = surroundings
  yield* requireConfig(configuration)
  // `rm -r build` in the directory above would be something else.
  if (directoryIsGone) return yield* new CliError({ exitCode: 1, line: DIRECTORY_IS_GONE })
  // Not `process.stdin`: that would make a stream of ours of what the command shall inherit.
  const interactive = isatty(0) && process.stdout.isTTY === true && ownsTerminal(process.pid) !== false
  const place: Place = {
    directory: callersDirectory(environment.PWD),
    shell: plainShell(environment),
    lineShell: yield* askedShell(surroundings),
    interactive,
    limit: yield* timeLimitOf(request.timeout, interactive, configuration)
  }
  const { file, exit, lines } = yield* Effect.scoped(
    Effect.gen(function* () {
      const file = yield* request.session === null
        ? newSession({ ...place, shell: place.lineShell ?? place.shell, exec: true })
        : storedSession(request.session)
      // Its log says why none was made; what is printed is the command's.
      yield* Effect.forkScoped(keepBackups(BACKGROUND_WORKER, () => Effect.void))
      const services = yield* openServices(file, request.session === null)
      const end = yield* Effect.provide(Effect.scoped(runInBlock(request, place, surroundings)), services)
      return { file, ...end }
    })
  )
  // Closed by now: nothing about it changes any more.
  const { failure } = file.status
  const told = failure === null ? lines : [...lines, `this block was ${failure}`]
  yield* Effect.sync(() => process.stderr.write(told.map((line) => `effecttalk: ${line}\n`).join("")))
  const exitCode = exitCodeOf(exit)
  if (exitCode !== 0) yield* new CommandExit({ exitCode })
})
