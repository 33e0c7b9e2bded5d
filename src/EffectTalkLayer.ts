/**
 * Every service of the program, composed once. Two halves, because a list of sessions needs no shell: what the process
 * has once, and the sessions that are open in it.
 */
import { fileURLToPath } from "node:url"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Config } from "./config.ts"
import type { OutputStream } from "./domain/Block.ts"
import type { BlockId } from "./domain/ids.ts"
import { BesideShells } from "./services/BesideShells.ts"
import { BlockFiles } from "./services/BlockFiles.ts"
import { BlockService } from "./services/BlockService.ts"
import { CommandExecutor } from "./services/CommandExecutor.ts"
import { ConfigService } from "./services/ConfigService.ts"
import { ErrorRecoveryService } from "./services/ErrorRecoveryService.ts"
import { GitService } from "./services/GitService.ts"
import { HistoryStore } from "./services/HistoryStore.ts"
import { OpenSessions, type SessionRequest, type SessionServices } from "./services/OpenSessions.ts"
import { OutputDiff } from "./services/OutputDiff.ts"
import { readOnlyServices } from "./services/ownership/readOnlyServices.ts"
import { Takeover } from "./services/ownership/Takeover.ts"
import { PersistenceService } from "./services/PersistenceService.ts"
import { ProcessService } from "./services/ProcessService.ts"
import { ProcessSlots } from "./services/ProcessSlots.ts"
import { PersistenceError } from "./services/persistence/PersistenceError.ts"
import { systemProcesses } from "./services/persistence/ProcessLock.ts"
import type { SessionFile } from "./services/persistence/SessionFile.ts"
import { ResourceManagement } from "./services/ResourceManagement.ts"
import { SessionArchive } from "./services/SessionArchive.ts"
import { SessionSearch } from "./services/SessionSearch.ts"
import { SessionShell } from "./services/SessionShell.ts"
import { type EventSink, SessionStore } from "./services/SessionStore.ts"
import { ShellPool } from "./services/ShellPool.ts"
import { StructuredLoggingService } from "./services/StructuredLoggingService.ts"
import { Telemetry } from "./services/Telemetry.ts"
import type { SpawnedShell } from "./shell/spawnShell.ts"
import { BlockStore, type StoredOutput } from "./terminal/BlockStore.ts"
import type { TerminalSize } from "./terminal/TerminalSize.ts"

/** Services that a process has once, whatever it was asked to do. */
export type ProcessServices =
  | ConfigService
  | ErrorRecoveryService
  | ResourceManagement
  | PersistenceService
  | ProcessService
  | GitService
  | HistoryStore
  | OutputDiff
  | ProcessSlots
  | SessionArchive
  | SessionSearch
  | StructuredLoggingService
  | Takeover
  | Telemetry

/** Everything: the process's services, its open sessions, and those of the session that was opened first. */
export type EffectTalkServices = ProcessServices | OpenSessions | SessionServices

/** What the sessions of a process are opened with. */
export interface SessionsOptions {
  /** The session that is open from the start. */
  readonly first: SessionRequest
  /** The environment of commands, copied before anything changed it. */
  readonly environment: Readonly<Record<string, string>>
  /** Absolute path of the shell that runs them. */
  readonly shell: string
  /** Of the terminal that the shells get, in cells. */
  readonly size: TerminalSize
  /** A shell that runs already, for the first session. */
  readonly early?: SpawnedShell | null
  /** Whether other processes of the user may ask for its sessions, and it for theirs; for those on a screen. */
  readonly changesHands?: boolean
}

/** The thread for searching, comparing and backups, which is built beside this. */
export const BACKGROUND_WORKER = fileURLToPath(new URL("./backgroundWorker.cjs", import.meta.url))

/**
 * The services that a process has once.
 *
 * @param environment what helpers such as git are run with
 */
export const processLayer = (
  config: Config,
  environment: Readonly<Record<string, string>>
): Layer.Layer<ProcessServices> =>
  Layer.mergeAll(
    Layer.unwrapEffect(
      Effect.map(Takeover, ({ socket }) =>
        PersistenceService.layer({ dataDir: config.dataDir, processes: systemProcesses(), socket })
      )
    ),
    SessionArchive.layer({ ...config, worker: BACKGROUND_WORKER, processes: systemProcesses() }),
    ProcessService.layer(config)
  ).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        Takeover.layer(environment.XDG_RUNTIME_DIR),
        ConfigService.layer(config),
        ErrorRecoveryService.layer(config),
        ResourceManagement.layer(config),
        StructuredLoggingService.layer(config),
        Telemetry.layer(config),
        GitService.layer(environment),
        HistoryStore.layer({ dataDir: config.dataDir, processes: systemProcesses() }),
        ProcessSlots.layer(config.maxConcurrentProcesses),
        SessionSearch.layer({ dataDir: config.dataDir, worker: BACKGROUND_WORKER }),
        OutputDiff.layer(BACKGROUND_WORKER)
      )
    )
  )

/** A finished block's output from disk; a block that cannot be read says so in its place and costs no other. */
const restoreOutput = (file: SessionFile, id: BlockId, stream: OutputStream): StoredOutput | null => {
  try {
    return file.output(id, stream)
  } catch (cause) {
    const hidden = { lines: 0, bytes: 0, headLines: 0 }
    return { lines: [PersistenceError.from(cause, id).message], unfinished: false, hidden }
  }
}

/** The services of one session over its file. */
const sessionLayer = (options: SessionsOptions) => (file: SessionFile, sink: EventSink, first: boolean) =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const { maxBlockOutputSize: maxBytes, ptyTermType: term, autoFoldLines } = yield* ConfigService
      const { environment, shell, size, early = null } = options
      const observer = yield* Telemetry
      const history = yield* HistoryStore
      const outputs = new BlockStore({ maxBytes, restore: (id, stream) => restoreOutput(file, id, stream) })
      return CommandExecutor.layer.pipe(
        Layer.provideMerge(BesideShells.layer(size)),
        Layer.provideMerge(SessionShell.layer({ shell, environment, term, ...size, observer }, first ? early : null)),
        Layer.provideMerge(BlockFiles.layer(environment.XDG_RUNTIME_DIR)),
        Layer.provideMerge(
          BlockService.layer(outputs, { autoFoldLines, keepScreens: (screens) => file.keepScreens(screens) })
        ),
        Layer.provideMerge(SessionStore.layer(file.session, history.recording(file.id, sink))),
        Layer.orDie
      )
    })
  )

/** The open sessions, and the services of the first. Fails as opening the first one does. */
export const sessionsLayer = (options: SessionsOptions) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const { active } = yield* (yield* OpenSessions).state.get
      return active.services
    })
  ).pipe(
    Layer.provideMerge(openSessionsLayer(options)),
    Layer.provideMerge(measuredLimits),
    Layer.provideMerge(shellPoolLayer(options))
  )

const openSessionsLayer = (options: SessionsOptions) =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const { maxBlockOutputSize: maxBytes } = yield* ConfigService
      const takeover = yield* Takeover
      const { environment, first, changesHands = false } = options
      return OpenSessions.layer({
        first,
        services: sessionLayer(options),
        readers: (follower) => readOnlyServices(follower, { maxBytes, environment }),
        takeover: changesHands ? takeover : null
      })
    })
  )

/** The shells for commands beside, of all sessions together. */
const shellPoolLayer = ({ environment, shell, size }: SessionsOptions) =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const { ptyTermType: term } = yield* ConfigService
      return ShellPool.layer({ environment, shell, term, ...size, observer: yield* Telemetry })
    })
  )

/** Has the metrics know how much of what is limited is in use. */
const measuredLimits = Layer.scopedDiscard(
  Effect.gen(function* () {
    const telemetry = yield* Telemetry
    const { resourcePoolSize } = yield* ConfigService
    const slots = yield* ProcessSlots
    const pool = yield* ShellPool
    yield* telemetry.registerGauge("processSlotsUsed", () => slots.used)
    yield* telemetry.registerGauge("processSlotsMax", () => slots.max)
    yield* telemetry.registerGauge("poolUsed", pool.used)
    yield* telemetry.registerGauge("poolMax", () => resourcePoolSize)
  })
)

/**
 * The whole service layer: `Effect.provide(EffectTalkLayer({ config, first, environment, shell, size }))` is all that a program
 * of one's own needs. Fails with `PersistenceError` when the first session cannot be opened.
 */
export const EffectTalkLayer = (options: SessionsOptions & { readonly config: Config }) =>
  sessionsLayer(options).pipe(Layer.provideMerge(processLayer(options.config, options.environment)))

/** One service of a session that is open. */
export const serviceOf = <I extends SessionServices, S>(
  session: { readonly services: Context.Context<SessionServices> },
  tag: Context.Tag<I, S>
): S => Context.get(session.services as Context.Context<I>, tag)
