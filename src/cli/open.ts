/** `effecttalk`, `effecttalk --continue` and `effecttalk --resume`: opens a session on the screen, or lists them. */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { ConfigReading } from "../config.ts"
import { flatConfig } from "../config.ts"
import type { SessionId } from "../domain/ids.ts"
import type { Early } from "../Early.ts"
import { BACKGROUND_WORKER, sessionsLayer } from "../EffectTalkLayer.ts"
import type { SignalDesk } from "../endingSignals.ts"
import { BlockService } from "../services/BlockService.ts"
import { keepBackups } from "../services/backup/keepBackups.ts"
import { ConfigService } from "../services/ConfigService.ts"
import { OpenSessions, type SessionRequest } from "../services/OpenSessions.ts"
import { PersistenceService } from "../services/PersistenceService.ts"
import type { PersistenceError } from "../services/persistence/PersistenceError.ts"
import type { SessionHandle } from "../services/persistence/SessionFile.ts"
import type { SessionList } from "../services/persistence/sessionList.ts"
import { SessionArchive } from "../services/SessionArchive.ts"
import { SessionShell } from "../services/SessionShell.ts"
import { SessionStore } from "../services/SessionStore.ts"
import { StructuredLoggingService } from "../services/StructuredLoggingService.ts"
import { Telemetry } from "../services/Telemetry.ts"
import { quote } from "../shell/integration/shellWords.ts"
import { shellPath } from "../shell/shellPath.ts"
import { isInsideEffectTalk } from "../shell/spawnShell.ts"
import { processTerminal } from "../terminal/processTerminal.ts"
import { plain } from "../terminal/sanitise.ts"
import { truncateText, visibleText } from "../ui/blocks/visibleText.ts"
import { spellKey } from "../ui/keyNames.ts"
import { showScreen } from "../ui/showScreen.tsx"
import { CliError, toCliError } from "./CliError.ts"
import { problemNotice, warnOf } from "./configProblems.ts"
import { printSessions } from "./sessionTable.ts"
import type { TuiRequest } from "./tuiArguments.ts"

/** The shortest beginning of an id that the resume line prints, in characters. */
const MIN_PREFIX = 6

/** Most lines that are repeated of what start files printed before they ended their shell. */
const MAX_LAST_LINES = 10
/** Longest of them, in cells. */
const MAX_LAST_LINE_CELLS = 200

/** The requests that need a terminal. */
type ScreenRequest = Exclude<TuiRequest, { readonly _tag: "List" }>

/** What `effecttalk` was started with. */
export interface Surroundings {
  /** The environment, copied before anything changes it. */
  readonly environment: Readonly<Record<string, string>>
  /** The caller's working directory is gone; ours is the nearest above it. */
  readonly directoryIsGone: boolean
  readonly configuration: ConfigReading
  /** What the launcher has begun already. */
  readonly early: Early | null
  /** What became of a restore that was cut short, a line; null without one. */
  readonly settled: string | null
  readonly signals: SignalDesk
}

/** Why there is no screen here, and what to do instead. */
const NO_TERMINAL =
  "a terminal is needed on standard input and output; over ssh use `ssh -t host effecttalk`, and in a script run the command itself"

/**
 * The session to continue: the latest that somebody has worked in and that no process has open; one that is open, to be
 * read; then whatever there is. To be taken, or only read, it is the latest one, whoever has it.
 */
const latest = ({ sessions }: SessionList, access: "any" | "read" | "take"): SessionId | null => {
  const own = sessions.filter(({ exec }) => !exec)
  const free = access === "any" ? own.find(({ owner }) => owner === null) : undefined
  return (free ?? own[0] ?? sessions[0])?.id ?? null
}

/** Who asks for something that is in the archive wants it back; `unknown` when it is not there either. */
const fromArchive = (text: string, unknown: PersistenceError) =>
  Effect.flatMap(SessionArchive, ({ restore }) => restore(text)).pipe(
    Effect.map(({ id }) => id),
    Effect.mapError((error) => (error.reason === "Unknown" ? unknown : error))
  )

/** Which session was asked for. */
const sessionRequest = Effect.fn("open.sessionRequest")(function* (
  request: ScreenRequest,
  directory: string,
  shell: string
): Effect.fn.Return<SessionRequest, CliError, PersistenceService | SessionArchive> {
  const persistence = yield* PersistenceService
  if (request._tag === "New") return { _tag: "New", directory, shell }
  const id = yield* Effect.mapError(
    request._tag === "Resume"
      ? Effect.catchIf(
          persistence.resolveSession(request.session),
          ({ reason }) => request.access !== "read" && (reason === "Unknown" || reason === "Malformed"),
          (unknown) => fromArchive(request.session, unknown)
        )
      : Effect.map(persistence.listSessions(), (list) => latest(list, request.access)),
    toCliError
  )
  if (id === null) return yield* new CliError({ exitCode: 2, line: "there is no session to continue" })
  return { _tag: "Stored", id, access: request.access }
})

/** The shortest beginning of `id` that names no other session. */
const uniquePrefix = (id: string, others: ReadonlyArray<string>): string => {
  for (let length = MIN_PREFIX; length < id.length; length++) {
    const prefix = id.slice(0, length)
    if (!others.some((other) => other !== id && other.startsWith(prefix))) return prefix
  }
  return id
}

/** A word of a shell's command line. */
const asWord = (text: string): string => (/^[\w./+-]+$/.test(text) ? text : quote(text))

/**
 * What leaving prints on the primary screen: which sessions were not saved, and the lines that resume the others. Nothing
 * for a session that left no file because it had nothing to keep.
 */
const farewell = Effect.fn("open.farewell")(function* (
  files: ReadonlyArray<SessionHandle>,
  { config, origins }: ConfigReading
) {
  const persistence = yield* PersistenceService
  const several = files.length > 1
  for (const { id, status, session } of files) {
    if (status.failure === null || session.blocks.length === 0) continue
    const which = several ? `session ${session.metadata.name ?? id}` : "this session"
    process.stderr.write(`effecttalk: ${visibleText(which)} was ${status.failure}\n`)
  }
  const { sessions } = yield* persistence.listSessions()
  const ids = sessions.map((session) => session.id)
  // A session does not remember its shell.
  const shell = origins.shell?.origin._tag === "CommandLine" ? ` --shell ${asWord(config.shell)}` : ""
  for (const { id } of files) {
    if (ids.includes(id)) process.stdout.write(`effecttalk${shell} --resume ${uniquePrefix(id, ids)}\n`)
  }
})

/**
 * Fails when no command could be given to the shell because its start files have ended it, with what they printed last:
 * the screen was gone before anybody could read it.
 */
const checkStart = Effect.fn("open.checkStart")(function* () {
  const { state } = yield* SessionShell
  const { outputs } = yield* BlockService
  const { blocks } = yield* (yield* SessionStore).get
  const { ending } = yield* state.get
  if (ending === null || !ending.beforePrompt) return
  const start = blocks.findLast((block) => block.metadata.origin === "start")
  const text = start === undefined ? "" : (outputs.get(start.id)?.text() ?? "")
  const lines = plain(text).trimEnd().split("\n").slice(-MAX_LAST_LINES)
  const line = ending.problem ?? `the shell ended before its first prompt (status ${ending.exitCode})`
  const before = text === "" ? [] : lines.map((each) => truncateText(visibleText(each), MAX_LAST_LINE_CELLS))
  yield* new CliError({ exitCode: 1, line: visibleText(line), before })
})

/** What the screen begins with saying, a line each. */
const openingNews = Effect.fn("open.openingNews")(function* (
  request: ScreenRequest,
  surroundings: Surroundings,
  shellNotice: string | null
) {
  const { leader } = yield* ConfigService
  const key = spellKey(leader)
  const notice = problemNotice(surroundings.configuration.problems)
  const nested = isInsideEffectTalk(surroundings.environment)
  const served = request.metrics === undefined ? null : yield* serveMetrics(request.metrics.port)
  return [
    ...(nested ? [`This EffectTalk runs inside another: ${key} ${key} is its leader`] : []),
    ...(surroundings.settled === null ? [] : [visibleText(surroundings.settled)]),
    ...(notice === null ? [] : [notice]),
    ...(shellNotice === null ? [] : [visibleText(shellNotice)]),
    ...(served === null ? [] : [served])
  ]
})

/** Loaded when it is asked for: the first frame has no need of it. */
const serveMetrics = (port: number | null) =>
  Effect.flatMap(
    Effect.promise(() => import("../http/withMetrics.ts")),
    ({ withMetrics }) => withMetrics(port)
  )

/** Fails with exit code 2 when the shell that was asked for cannot run. */
const chosenShell = ({ environment, configuration }: Surroundings, directory: string) => {
  const choice = shellPath(environment, configuration.origins.shell, directory)
  return "problem" in choice
    ? Effect.fail(new CliError({ exitCode: 2, line: visibleText(choice.problem) }))
    : Effect.succeed(choice)
}

/** Gives the files of the sessions that were open at the end, closed by then, and how the screen ended. */
const showSessions = Effect.fn("open.showSessions")(function* (request: ScreenRequest, surroundings: Surroundings) {
  const { environment, early } = surroundings
  const logging = yield* StructuredLoggingService
  const telemetry = yield* Telemetry
  const directory = early?.directory ?? process.cwd()
  const { path: shell, notice } = early?.shellChoice ?? (yield* chosenShell(surroundings, directory))
  const first = yield* sessionRequest(request, directory, shell)
  const terminal = early?.terminal ?? processTerminal()
  const layer = sessionsLayer({
    first,
    environment,
    shell,
    size: terminal.size,
    early: early?.shell ?? null,
    changesHands: true
  })
  const context = yield* Effect.mapError(Layer.build(layer), toCliError)
  const { state, kept } = Context.get(context, OpenSessions)
  const configuration = flatConfig(yield* ConfigService)
  // Who only looks, or reads what another process writes, leaves nothing behind: not a backup either.
  yield* Effect.forkScoped(Effect.zipRight(kept, (yield* SessionArchive).archiveByAge))
  yield* Effect.forkScoped(Effect.zipRight(kept, logging.log("info", "configuration", { configuration })))
  const opening = yield* openingNews(request, surroundings, notice)
  yield* SubscriptionRef.update(state, (now) => ({ ...now, news: [...opening, ...now.news] }))
  const say = (line: string) => SubscriptionRef.update(state, (now) => ({ ...now, news: [visibleText(line)] }))
  yield* Effect.forkScoped(Effect.zipRight(kept, keepBackups(BACKGROUND_WORKER, say)))
  const shown = yield* showScreen({ environment, terminal, signals: surroundings.signals }).pipe(
    Effect.tapErrorCause((cause) => {
      if (Cause.isInterruptedOnly(cause)) return Effect.void
      telemetry.error("screen", "ScreenError")
      return logging.log("error", "the screen failed", { status: "failure", error: cause })
    }),
    Effect.zipRight(checkStart()),
    Effect.provide(context),
    Effect.exit
  )
  const files = (yield* state.get).open.map((session) => session.file)
  return { files, shown }
})

/** Opens the screen, or prints the list of sessions. Fails with the line to print and the exit code. */
export const open = Effect.fn("open")(function* (request: TuiRequest, surroundings: Surroundings) {
  if (request._tag === "List") {
    yield* warnOf(surroundings.configuration)
    return yield* Effect.mapError(printSessions(), toCliError)
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) return yield* new CliError({ exitCode: 2, line: NO_TERMINAL })
  const { files, shown } = yield* Effect.scoped(showSessions(request, surroundings))
  yield* Effect.ignore(farewell(files, surroundings.configuration))
  yield* shown
})
