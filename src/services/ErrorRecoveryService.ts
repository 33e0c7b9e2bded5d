import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

/** An operation that was given up. */
export class RecoveryError extends Schema.TaggedError<RecoveryError>()("RecoveryError", {
  /** `TimedOut`: it took longer than it may, and was stopped. */
  reason: Schema.Literal("TimedOut"),
  /** What was tried, in words that finish "… took longer than". */
  operation: Schema.String,
  /** The limit that was passed, in milliseconds. */
  milliseconds: Schema.Number
}) {
  override get message(): string {
    return `${this.operation} took longer than ${this.milliseconds} ms`
  }
}

/** The part of the configuration that says how often and how patiently is tried again. */
export interface ErrorRecoveryOptions {
  /** Attempts after the first one (ERROR_RETRY_MAX_ATTEMPTS). */
  readonly errorRetryMaxAttempts: number
  /** Longest pause before the first of them, in milliseconds; each further pause is twice as long. */
  readonly errorRetryBaseDelay: number
  /** No pause is longer, in milliseconds. */
  readonly errorRetryMaxDelay: number
}

/** How one effect is tried again; what is left out comes from the configuration. */
export interface RetryOptions<E> {
  /** Attempts after the first one. */
  readonly maxRetries?: number
  /** In milliseconds, as in `ErrorRecoveryOptions`. */
  readonly baseDelay?: number
  readonly maxDelay?: number
  /** Which failures are worth another attempt; all when left out. */
  readonly while?: (error: E) => boolean
}

/**
 * The part of its length that a pause has at least: of many processes that failed together not all come back together.
 * Chance only ever shortens a pause, so that `maxDelay` holds.
 */
const MIN_PAUSE_PART = 0.5

/** What an effect that fails, hangs or gives nothing is answered with. */
export class ErrorRecoveryService extends Context.Tag("effecttalk/ErrorRecoveryService")<
  ErrorRecoveryService,
  {
    /**
     * Runs an effect again, whole, while it fails: after a pause of `baseDelay`, twice that and so on up to `maxDelay`,
     * each shortened by up to half at random (from `Random`). The last failure comes out as it is. Defects and
     * interruptions are never tried again, not even those that came together with a failure.
     */
    readonly retry: <A, E, R>(effect: Effect.Effect<A, E, R>, options?: RetryOptions<E>) => Effect.Effect<A, E, R>
    /**
     * Stops an effect that takes longer than `milliseconds`: it is interrupted, its finalizers run, and only then the
     * failure `TimedOut` comes out, naming `operation`.
     */
    readonly withTimeout: <A, E, R>(
      effect: Effect.Effect<A, E, R>,
      milliseconds: number,
      operation?: string
    ) => Effect.Effect<A, E | RecoveryError, R>
    /** A value, or the result of another effect, in place of any failure. Defects and interruptions pass. */
    readonly fallback: {
      <A, E, R, B, E2, R2>(
        effect: Effect.Effect<A, E, R>,
        instead: Effect.Effect<B, E2, R2>
      ): Effect.Effect<A | B, E2, R | R2>
      <A, E, R, B>(effect: Effect.Effect<A, E, R>, instead: B): Effect.Effect<A | B, never, R>
    }
  }
>() {
  static readonly layer = (options: ErrorRecoveryOptions) => Layer.sync(this, () => make(options))
}

const make = (defaults: ErrorRecoveryOptions): typeof ErrorRecoveryService.Service => {
  const { errorRetryMaxAttempts: attempts, errorRetryBaseDelay: shortest, errorRetryMaxDelay: longest } = defaults
  return ErrorRecoveryService.of({
    retry: (effect, { maxRetries = attempts, baseDelay = shortest, maxDelay = longest, while: worthIt } = {}) =>
      effect.pipe(
        Effect.sandbox,
        Effect.retry({
          schedule: pauses(maxRetries, baseDelay, maxDelay),
          while: (cause) => {
            if (Cause.isDie(cause) || Cause.isInterrupted(cause)) return false
            const failure = Cause.failureOption(cause)
            return failure._tag === "Some" && (worthIt === undefined || worthIt(failure.value))
          }
        }),
        Effect.unsandbox
      ),
    withTimeout: (effect, milliseconds, operation = "the operation") =>
      Effect.timeoutFail(effect, {
        duration: Duration.millis(milliseconds),
        onTimeout: () => new RecoveryError({ reason: "TimedOut", operation, milliseconds })
      }),
    fallback
  })
}

function fallback<A, E, R, B, E2, R2>(
  effect: Effect.Effect<A, E, R>,
  instead: Effect.Effect<B, E2, R2>
): Effect.Effect<A | B, E2, R | R2>
function fallback<A, E, R, B>(effect: Effect.Effect<A, E, R>, instead: B): Effect.Effect<A | B, never, R>
function fallback<A, E, R>(effect: Effect.Effect<A, E, R>, instead: unknown) {
  return Effect.catchAll(effect, () => (Effect.isEffect(instead) ? instead : Effect.succeed(instead)))
}

const pauses = (maxRetries: number, baseDelay: number, maxDelay: number) =>
  Schedule.exponential(Duration.millis(baseDelay)).pipe(
    Schedule.modifyDelay((_, delay) => Duration.min(delay, Duration.millis(maxDelay))),
    Schedule.jitteredWith({ min: MIN_PAUSE_PART, max: 1 }),
    Schedule.intersect(Schedule.recurs(maxRetries))
  )

/**
 * What the system may say now and not in a moment, by errno name (errno(3)). Not here, because asking again changes
 * nothing or does harm: ENOSPC and EDQUOT (somebody has to make room), EACCES, EPERM and EROFS (somebody has to allow
 * it), ENOENT (it is not there), and EIO, after which a second fsync may succeed without the bytes being on disk.
 */
const PASSING: ReadonlySet<string> = new Set([
  "EAGAIN", // no process, terminal or lock to be had just now
  "EINTR", // a signal came first
  "EBUSY", // somebody is using it
  "EMFILE", // our descriptors are used up; blocks end and close theirs
  "ENFILE", // the system's are
  "ENOBUFS", // the kernel's buffers are full
  "ENOMEM", // so is memory; whatever fills it is about to be ended
  "ESTALE", // a network file was replaced: the next look finds the new one
  "ETIMEDOUT", // a network file system's server did not answer
  "ETXTBSY" // the program is being written by an installer
])
/** Errors wrapped in one another that are looked through: a ring of causes ends here. */
const MAX_CAUSES = 8

/** Whether a failure, or what caused it, is one that may pass by itself. */
export const mayPass = (error: unknown): boolean => {
  let cause = error
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth++) {
    if ("code" in cause && typeof cause.code === "string" && PASSING.has(cause.code)) return true
    cause = cause.cause
  }
  return false
}
