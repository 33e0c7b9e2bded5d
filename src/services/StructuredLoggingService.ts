import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as List from "effect/List"
import * as Logger from "effect/Logger"
import * as EffectLogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import { LogFile } from "./logging/LogFile.ts"
import { LOG_LEVELS, type LogFields, type LogLevel, logRecord, renderRecord } from "./logging/LogRecord.ts"

/** The log's file in DATA_DIR/logs. */
export const LOG_FILE = "effecttalk.log"
/** The file of what was done, in the same directory. */
export const AUDIT_FILE = "audit.log"
/** The size from which the log is moved aside, in bytes, and how many such files are kept. */
export const MAX_LOG_BYTES = 10 * 1024 * 1024
export const KEPT_LOGS = 3
/** How long a line may wait for the disk, in milliseconds, and how much of the log, in bytes. */
export const LOG_FLUSH_MS = 250
export const LOG_FLUSH_BYTES = 64 * 1024
/** How long the end of the program waits for a disk that does not answer, in milliseconds. */
const LAST_FLUSH_MS = 2000
/** Random characters of a request's id. */
const REQUEST_ID_LENGTH = 12

/** The part of the configuration that says what is logged, where and how. */
export interface LoggingOptions {
  readonly dataDir: string
  /** Lines below are left out (LOG_LEVEL). */
  readonly logLevel: LogLevel
  /** True for JSON lines, false for `time level message key=value …` (STRUCTURED_LOGGING). The audit log is JSON. */
  readonly structuredLogging: boolean
  /** Whether there is an audit log (AUDIT_LOG_ENABLED). */
  readonly auditLogEnabled: boolean
  /** Hides stacks, paths and quoted text of errors (SANITIZE_ERROR_MESSAGES). */
  readonly sanitizeErrorMessages: boolean
  /** `MAX_LOG_BYTES` unless a test says otherwise. */
  readonly maxLogBytes?: number
}

/**
 * The log: one line per event, in DATA_DIR/logs and never on the screen. A caller neither waits for the disk nor fails
 * with it.
 *
 * Lines below `Effect.annotateLogs({ sessionId })` carry the session; those within `withRequest` the request. No line
 * holds what was typed, printed or set: of members called `command`, `output`, `environment` and the like only the
 * length is logged.
 */
export class StructuredLoggingService extends Context.Tag("effecttalk/StructuredLoggingService")<
  StructuredLoggingService,
  {
    /** Logs a message, which should be a constant. Fields without a place of their own become `metadata`. */
    readonly log: (level: LogLevel, message: string, fields?: LogFields) => Effect.Effect<void>
    /** Logs how long something took, in milliseconds; successful unless `status` says otherwise. */
    readonly logPerformance: (operation: string, durationMs: number, metadata?: LogFields) => Effect.Effect<void>
    /** Adds to the audit log that something was done, whatever LOG_LEVEL is; written at once. */
    readonly audit: (action: string, fields?: LogFields) => Effect.Effect<void>
    /**
     * Runs an effect as one request: all that is logged below it, in forked fibers too, carries one id (an outer
     * request's where there is one), and its end is logged with duration and status.
     */
    readonly withRequest: <A, E, R>(
      operation: string,
      effect: Effect.Effect<A, E, R>,
      metadata?: Readonly<Record<string, unknown>>
    ) => Effect.Effect<A, E, R>
    /** Writes what waits, as far as the disk takes it. */
    readonly flush: Effect.Effect<void>
    /** Lines that were lost because the disk took none for too long, and why it takes none now. Plain. */
    readonly health: () => { readonly lost: number; readonly failure: string | null }
  }
>() {
  /** Also has whatever is logged by `Effect.log` and its like go the same way, so that none of it reaches the screen. */
  static readonly layer = (options: LoggingOptions): Layer.Layer<StructuredLoggingService> =>
    Layer.unwrapScoped(
      Effect.map(make(options), ({ service, logger }) =>
        Layer.mergeAll(
          Layer.succeed(this, service),
          Logger.replace(Logger.defaultLogger, logger),
          Logger.minimumLogLevel(EFFECT_LEVELS[options.logLevel])
        )
      )
    )
}

const EFFECT_LEVELS: Readonly<Record<LogLevel, EffectLogLevel.LogLevel>> = {
  debug: EffectLogLevel.Debug,
  info: EffectLogLevel.Info,
  warn: EffectLogLevel.Warning,
  error: EffectLogLevel.Error
}

const levelOf = (level: EffectLogLevel.LogLevel): LogLevel =>
  LOG_LEVELS.findLast((name) => level.ordinal >= EFFECT_LEVELS[name].ordinal) ?? "debug"

/** Letters and digits that are not mistaken for one another. */
const ID_CHARACTERS = "0123456789abcdefghjkmnpqrstvwxyz"

const newRequestId = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, ID_CHARACTERS.length), REQUEST_ID_LENGTH),
  (indices) => `req-${indices.map((index) => ID_CHARACTERS[index]).join("")}`
)

const make = Effect.fn("StructuredLoggingService.make")(function* (options: LoggingOptions) {
  const { dataDir, structuredLogging, auditLogEnabled, sanitizeErrorMessages, maxLogBytes = MAX_LOG_BYTES } = options
  const lowest = LOG_LEVELS.indexOf(options.logLevel)
  const clock = yield* Effect.clock
  const now = () => clock.unsafeCurrentTimeMillis()
  const waiting = Effect.unsafeMakeLatch(false)
  const urgent = Effect.unsafeMakeLatch(false)

  const file = (name: string, maxBytes: number | null, format: "json" | "text") => {
    const render = (level: LogLevel, message: string, fields: LogFields) =>
      renderRecord(logRecord(now(), level, message, fields, sanitizeErrorMessages), format)
    const lostLine = (count: number) => render("warn", "log lines were lost", { status: "failure", lost: count })
    return { render, file: new LogFile({ dataDir, name, maxBytes, keep: KEPT_LOGS, now, lostLine }) }
  }
  const log = file(LOG_FILE, maxLogBytes, structuredLogging ? "json" : "text")
  // What was done must not be forgotten because much was done.
  const audit = file(AUDIT_FILE, null, "json")
  const files = [log.file, audit.file]
  let broken = 0

  /** Hands a line over, with fields of which the last win; whatever is wrong with them, the caller goes on. */
  const emit = (target: typeof log, level: LogLevel, message: string, ...fields: ReadonlyArray<LogFields>): void => {
    try {
      target.file.append(target.render(level, message, Object.assign({}, ...fields)))
      waiting.unsafeOpen()
      if (target === audit || target.file.waitingBytes >= LOG_FLUSH_BYTES) urgent.unsafeOpen()
    } catch {
      broken++
    }
  }

  const annotated = (target: typeof log, level: LogLevel, message: string, ...fields: ReadonlyArray<LogFields>) =>
    FiberRef.getWith(FiberRef.currentLogAnnotations, (annotations) =>
      Effect.sync(() => emit(target, level, message, annotationFields(annotations), ...fields))
    )

  const write = (level: LogLevel, message: string, ...fields: ReadonlyArray<LogFields>) =>
    LOG_LEVELS.indexOf(level) < lowest ? Effect.void : annotated(log, level, message, ...fields)

  const flush = Effect.promise(() => Promise.all(files.map((one) => one.flush())))

  const writer = waiting.await.pipe(
    Effect.zipRight(Effect.raceFirst(Effect.sleep(LOG_FLUSH_MS), urgent.await)),
    Effect.zipRight(Effect.all([waiting.close, urgent.close])),
    Effect.zipRight(flush),
    Effect.forever
  )

  // Before the fiber that writes, so that the last write comes after its end.
  yield* Effect.addFinalizer(() =>
    Effect.promise(() => Promise.all(files.map((one) => one.close()))).pipe(
      // A finalizer cannot be interrupted, and so not timed out, unless it says so.
      Effect.interruptible,
      Effect.timeout(LAST_FLUSH_MS),
      Effect.ignore
    )
  )
  yield* Effect.forkScoped(writer)

  const service = StructuredLoggingService.of({
    log: (level, message, fields = {}) => write(level, message, fields),
    logPerformance: (operation, duration, metadata = {}) =>
      write("info", "performance", { status: "success" }, metadata, { operation, duration }),
    audit: (action, fields = {}) =>
      auditLogEnabled ? annotated(audit, "info", action, fields, { operation: action }) : Effect.void,
    withRequest: (operation, effect, metadata = {}) =>
      Effect.gen(function* () {
        const annotations = yield* FiberRef.get(FiberRef.currentLogAnnotations)
        const outer = HashMap.get(annotations, "requestId")
        const requestId = outer._tag === "Some" ? outer.value : yield* newRequestId
        const startedAt = yield* Clock.currentTimeMillis
        const end = (exit: Exit.Exit<unknown, unknown>) =>
          Effect.flatMap(Clock.currentTimeMillis, (endedAt) => {
            const { level, ...how } = outcome(exit)
            return write(level, "request", { metadata, ...how, operation, duration: endedAt - startedAt })
          })
        return yield* Effect.onExit(effect, end).pipe(Effect.annotateLogs("requestId", requestId))
      }),
    flush: Effect.asVoid(flush),
    health: () => ({
      lost: broken + files.reduce((sum, one) => sum + one.lost, 0),
      failure: files.map((one) => one.failure).find((failure) => failure !== null) ?? null
    })
  })

  /** Effect's messages are lists of anything: texts are the message, an error is the error, the rest is metadata. */
  const logger = Logger.make<unknown, void>(({ logLevel, message, cause, annotations, spans, date }) => {
    const parts: ReadonlyArray<unknown> = Array.isArray(message) ? message : [message]
    const error = Cause.isEmpty(cause) ? parts.find((part) => part instanceof Error) : Cause.squash(cause)
    const details = parts.filter((part) => typeof part !== "string" && part !== error)
    const span = List.head(spans)
    const text = parts.filter((part) => typeof part === "string").join(" ")
    emit(log, levelOf(logLevel), text, annotationFields(annotations), {
      ...(span._tag === "Some" && { operation: span.value.label, duration: date.getTime() - span.value.startTime }),
      ...(error !== undefined && { error }),
      ...(details.length > 0 && { details })
    })
  })

  return { service, logger }
})

/** Annotations are fields as they are, but for those whose place holds a text. */
const annotationFields = (annotations: HashMap.HashMap<string, unknown>): LogFields =>
  Object.fromEntries(
    HashMap.toEntries(annotations).map(([name, value]) => [name, TEXT_FIELDS.has(name) ? String(value) : value])
  )

const TEXT_FIELDS: ReadonlySet<string> = new Set(["operation", "status", "requestId", "sessionId"])

/** How a request ended. A typed failure is part of its contract, a defect is a bug. */
const outcome = (
  exit: Exit.Exit<unknown, unknown>
): { readonly level: LogLevel; readonly status: string; readonly error?: unknown } => {
  if (Exit.isSuccess(exit)) return { level: "info", status: "success" }
  if (Cause.isInterruptedOnly(exit.cause)) return { level: "info", status: "interrupted" }
  const level = Cause.isDie(exit.cause) ? "error" : "warn"
  return { level, status: "failure", error: Cause.squash(exit.cause) }
}
